/* import_report.c: what is told about the lines of an import, see import_priv.h. The report is bounded, because it is held and handed on; the files
 * beside a version are complete, because no line may be dropped in silence. One thread an import.
 */
#include "engine/import_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

struct hl_twin {
	struct hl_pattern folded, pattern;
	unsigned line;
};

void hl_import_report_fini(struct hl_import_report *r)
{
	hl_buf_fini(&r->faults);
	hl_buf_fini(&r->text);
}

void hl_notes_init(struct hl_import_notes *n, struct hl_import_report *report, const char *source)
{
	*n = (struct hl_import_notes){ .report = report, .source = source, .line = HL_BUF(16 << 10) };
	hl_buf_init(&report->faults, HL_IMPORT_REPORT_MAX);
	hl_buf_init(&report->text, HL_IMPORT_REPORT_MAX);
}

static FILE *open_in(const char *dir, const char *name, struct hl_err *err)
{
	char path[HL_PATH_MAX + 32];
	FILE *f = hl_path_join(path, sizeof path, dir, name, err) ? NULL : fopen(path, "wxe");
	if (!f)
		hl_err_set(err, HL_E_IO, "can't create %s in %s: %s", name, dir, strerror(errno));
	return f;
}

enum hl_code hl_notes_files(struct hl_import_notes *n, const char *dir, struct hl_err *err)
{
	n->quarantine = open_in(dir, "quarantine.txt", err);
	if (!n->quarantine)
		return HL_E_IO;
	n->lint = open_in(dir, "lint.jsonl", err);
	return n->lint ? HL_OK : HL_E_IO;
}

static void json_line(struct hl_buf *out, const struct hl_line_fault *f, bool warning)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_int(&j, "line", f->line);
	if (f->column)
		hl_json_int(&j, "column", f->column);
	else
		hl_json_null(&j, "column");
	hl_json_str(&j, "field", f->field[0] ? f->field : NULL);
	hl_json_str(&j, "found", f->found);
	hl_json_str(&j, "expected", f->expected);
	if (warning)
		hl_json_bool(&j, "warning", true);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void text_line(struct hl_buf *out, const char *source, const struct hl_line_fault *f, bool warning)
{
	hl_text_clean(source, strlen(source), out);
	hl_buf_putc(out, ':');
	if (f->line)
		hl_buf_printf(out, "%u:", f->line);
	if (f->line && f->column)
		hl_buf_printf(out, "%u:", f->column);
	hl_buf_printf(out, " %s%s%sfound '%s', expected %s\n", warning ? "warning: " : "", f->field, f->field[0] ? ": " : "", f->found, f->expected);
}

/* The line as it stood, one line, its control bytes shown as spaces: a file that people open to mend it. */
static void quarantine(struct hl_import_notes *n, const struct hl_line_fault *f, const char *raw, size_t raw_n)
{
	struct hl_buf clean = HL_BUF(4 * raw_n + 4);
	hl_text_clean(raw, raw_n, &clean);
	fprintf(n->quarantine, "# line %u%s%s: found '%s', expected %s\n%s\n", f->line, f->field[0] ? ", " : "", f->field, f->found, f->expected, hl_buf_text(&clean));
	hl_buf_fini(&clean);
}

void hl_notes_fault(struct hl_import_notes *n, const struct hl_line_fault *f, const char *raw, size_t raw_n, bool warning)
{
	hl_buf_clear(&n->line);
	json_line(&n->line, f, warning);
	if (n->lint)
		fwrite(hl_buf_text(&n->line), 1, n->line.len, n->lint);
	if (n->quarantine && !warning)
		quarantine(n, f, raw, raw_n);
	bool room = !n->left_out && hl_buf_put(&n->report->faults, hl_buf_text(&n->line), n->line.len);
	hl_buf_clear(&n->line);
	text_line(&n->line, n->source, f, warning);
	if (!room || !hl_buf_put(&n->report->text, hl_buf_text(&n->line), n->line.len))
		n->report->untold = ++n->left_out;
}

static enum hl_code close_file(FILE **f, struct hl_err *err)
{
	if (!*f)
		return HL_OK;
	bool bad = ferror(*f);
	if (fclose(*f))
		bad = true;
	*f = NULL;
	return bad ? hl_err_set(err, HL_E_IO, "can't write the bad lines beside the version: %s", strerror(errno)) : HL_OK;
}

enum hl_code hl_notes_end(struct hl_import_notes *n, struct hl_err *err)
{
	enum hl_code a = close_file(&n->quarantine, err), b = close_file(&n->lint, a ? NULL : err);
	if (n->left_out) {
		n->report->text.max += 128;
		hl_buf_printf(&n->report->text, "... and %lld more\n", (long long)n->left_out);
	}
	n->left_out = 0;
	hl_buf_fini(&n->line);
	return a ? a : b;
}

void hl_twins_add(struct hl_twins *t, const struct hl_pattern *p, unsigned line)
{
	const uint8_t zero = 0, oh = 'O' - 'A' + 10;
	struct hl_twin twin = { .folded = *p, .pattern = *p, .line = line };
	bool some = false;
	for (size_t i = 0; i < p->len; i++) {
		some = some || p->sym[i] == zero || p->sym[i] == oh;
		if (p->sym[i] == oh)
			twin.folded.sym[i] = zero;
	}
	if (!some)
		return;
	if (t->n == t->cap)
		t->v = hl_realloc(t->v, t->cap = t->cap ? 2 * t->cap : 256, sizeof *t->v);
	t->v[t->n++] = twin;
}

static int by_folded(const void *a, const void *b)
{
	const struct hl_twin *x = a, *y = b;
	int c = memcmp(x->folded.sym, y->folded.sym, sizeof x->folded.sym);
	if (!c)
		c = x->folded.len - y->folded.len;
	if (!c)
		c = memcmp(x->pattern.sym, y->pattern.sym, sizeof x->pattern.sym);
	return c ? c : x->line < y->line ? -1 : x->line > y->line;
}

static void tell_pair(const struct hl_twin *earlier, const struct hl_twin *later, struct hl_import_notes *n)
{
	char plate[HL_PLATE_MAX + 1], other[HL_PLATE_MAX + 1];
	struct hl_line_fault f = { .line = later->line, .field = "plate" };
	hl_pattern_text(&later->pattern, plate);
	hl_pattern_text(&earlier->pattern, other);
	hl_copy(f.found, sizeof f.found, plate);
	snprintf(f.expected, sizeof f.expected, "only one of it and %s on line %u: they differ by O and 0 alone", other, earlier->line);
	hl_notes_fault(n, &f, "", 0, true);
	n->report->twins++;
}

void hl_twins_tell(struct hl_twins *t, struct hl_import_notes *n)
{
	if (t->n)
		qsort(t->v, t->n, sizeof *t->v, by_folded);
	for (size_t i = 1; i < t->n; i++) {
		const struct hl_twin *x = &t->v[i - 1], *y = &t->v[i];
		bool alike = x->folded.len == y->folded.len && !memcmp(x->folded.sym, y->folded.sym, sizeof x->folded.sym);
		if (alike && memcmp(x->pattern.sym, y->pattern.sym, sizeof x->pattern.sym))
			tell_pair(x->line < y->line ? x : y, x->line < y->line ? y : x, n);
	}
	free(t->v);
	*t = (struct hl_twins){ 0 };
}
