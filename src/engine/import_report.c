/* import_report.c: what is told about the lines of an import, see import_priv.h. The report is bounded, because it is held and handed on; the files
 * beside a version are complete, because no line may be dropped in silence. One thread an import.
 */
#include "engine/import_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

void hl_import_report_fini(struct hl_import_report *r)
{
	hl_buf_fini(&r->faults);
	hl_buf_fini(&r->text);
}

size_t hl_import_report_part(const struct hl_import_report *r, const struct hl_buf *lines, const struct hl_buf *out, int64_t *left)
{
	const char *all = hl_buf_text(lines);
	size_t room = out->max > out->len + HL_IMPORT_REST ? out->max - out->len - HL_IMPORT_REST : 0, n = lines->len < room ? lines->len : room;
	while (n && all[n - 1] != '\n')
		n--;
	*left = r->untold;
	for (const char *at = all + n; (at = strchr(at, '\n')); at++)
		++*left;
	return n;
}

void hl_import_report_text(const struct hl_import_report *r, struct hl_buf *out)
{
	int64_t left;
	hl_buf_put(out, hl_buf_text(&r->text), hl_import_report_part(r, &r->text, out, &left));
	if (left)
		hl_buf_printf(out, "... and %lld more\n", (long long)left);
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
	hl_json_str(&j, "severity", warning ? "warning" : "fault");
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
	n->report->warnings += warning;
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
	n->left_out = 0;
	hl_buf_fini(&n->line);
	return a ? a : b;
}

enum hl_code hl_import_may_activate(const struct hl_import_report *r, struct hl_err *err)
{
	int64_t bad = r->rejected - r->copies - r->junk;
	if (bad > r->bad_lines)
		return hl_err_set(err, HL_E_INPUT, "version %s is not activated: lines rejected: %lld (bad_lines allows %lld); look at them, then: list activate %s %s --reason TEXT",
				  r->version.id, (long long)bad, (long long)r->bad_lines, r->version.list, r->version.id);
	if (!r->file.complete)
		return hl_err_set(err, HL_E_INPUT, "version %s is not activated: the file has no line break at its end, and may be cut off; if it is whole: list activate %s %s --reason TEXT",
				  r->version.id, r->version.list, r->version.id);
	return HL_OK;
}
