/* import.c: a hotlist file through its layout into a snapshot, see import.h. One pass serves lint, import and offline matching: good lines are
 * identified and collected, bad ones told with their number and reason. No thread of its own; one import at a time in a state folder.
 */
#include "engine/import.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/data.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/import_increment.h"
#include "engine/import_part.h"
#include "engine/lint.h"
#include "engine/segment.h"

enum { DIRS_MAX = 32 };

struct pass {
	const struct hl_import *in;
	const struct hl_list_settings *list; /* NULL: not in the settings */
	struct hl_import_report *report;
	struct hl_import_notes notes;
	struct hl_lint *lint; /* NULL: offline, where no policy holds */
	struct hl_increment *increment; /* NULL: a complete upload */
	struct hl_snapshot_writer *writer;
	struct hl_layout *layout;
	struct hl_layout_fill *fill;
	size_t n_fill;
	enum hl_field required[HL_FIELDS];
	size_t n_required;
};

/* A fault of line 0 is one of the file: not of another line. */
static void reject(struct pass *p, const struct hl_line_fault *f, const char *raw, size_t raw_n)
{
	p->report->rejected += f->line > 0;
	p->report->lines += f->line > 0;
	hl_notes_fault(&p->notes, f, raw, raw_n, false);
}

/* One form for the same instant, whatever the file's form is: the entry's revision must not depend on it, and an export must import again. */
static void put_time(struct hl_entry *e, enum hl_field field, int64_t ms, char text[HL_TIME_TEXT])
{
	if (ms == HL_NO_TIME)
		return;
	hl_time_format(ms, text);
	e->f[field] = text;
}

static void name_entry(const struct hl_entry *e, struct hl_line_fault *f)
{
	enum hl_field field = e->f[HL_F_RECORD][0] ? HL_F_RECORD : HL_F_PLATE;
	hl_copy(f->field, sizeof f->field, hl_fields[field].name);
	hl_copy(f->found, sizeof f->found, e->f[field]);
}

/* What can be said of an entry by itself, on any thread. What only names an entry that is to go is not judged by what entries must be. */
static bool prepare(void *arg, void *part, struct hl_entry *e, struct hl_line_fault *f)
{
	const struct pass *p = arg;
	struct hl_import_part *to = part;
	char starts[HL_TIME_TEXT], expires[HL_TIME_TEXT];
	struct hl_err err;
	*f = (struct hl_line_fault){ .line = 0 };
	put_time(e, HL_F_STARTS, e->starts_ms, starts);
	put_time(e, HL_F_EXPIRES, e->expires_ms, expires);
	if (p->lint && e->action != HL_ACT_REMOVE && !hl_lint_allows(p->lint, e, f))
		return false;
	if (hl_snapshot_part_add(to->entries, e, &err) == HL_OK) {
		hl_import_part_name(to, e, p->in->list);
		return true;
	}
	name_entry(e, f);
	snprintf(f->expected, sizeof f->expected, "less: %.100s", err.text);
	return false;
}

static void take_refused(void *arg, const struct hl_line_fault *f, const char *raw, size_t raw_n)
{
	struct pass *p = arg;
	p->report->cut = false; /* the line itself was whole */
	p->report->junk += hl_lint_was_junk(f);
	reject(p, f, raw, raw_n);
}

static void told_twice(struct pass *p, const struct hl_entry *e, struct hl_line_fault *f, enum hl_code code, const struct hl_err *err)
{
	p->report->duplicates += code == HL_E_EXISTS;
	p->report->copies += code == HL_E_EXISTS && !strstr(err->text, "other content");
	name_entry(e, f);
	snprintf(f->expected, sizeof f->expected, "%s%.100s", code == HL_E_EXISTS ? "an entry of its own: it is " : "less: ", err->text);
}

/* In the order of the lines. */
static void take_entry(void *arg, void *part, size_t i, unsigned line, const char *raw, size_t raw_n)
{
	struct pass *p = arg;
	struct hl_import_part *from = part;
	struct hl_entry e;
	struct hl_line_fault f = { .line = line };
	struct hl_err err;
	enum hl_line_action action = (enum hl_line_action)from->action[i];
	p->report->cut = false;
	hl_import_part_end(from);
	hl_snapshot_part_get(from->entries, i, &e);
	if (p->increment || e.pattern.flags & HL_PAT_SCANNED) /* who else looks at an id? */
		hl_snapshot_part_name(from->entries, i, &e);
	bool good = hl_increment_allows(p->increment, &e, action, &f);
	enum hl_code code = good && action != HL_ACT_REMOVE ? hl_snapshot_writer_take(p->writer, from->entries, i, line, NULL, &err) : HL_OK;
	if (code)
		told_twice(p, &e, &f, code, &err);
	if (code || !good) {
		reject(p, &f, raw, raw_n);
		return;
	}
	if (p->increment)
		hl_increment_take(p->increment, &e, action, line, p->report);
	p->report->entries += action != HL_ACT_REMOVE;
	p->report->lines++;
	if (p->lint && action != HL_ACT_REMOVE)
		hl_lint_take(p->lint, &e, line);
}

static void take_fault(void *arg, const struct hl_line_fault *f, const char *raw, size_t raw_n)
{
	struct pass *p = arg;
	p->report->cut = p->report->cut || f->line > 0;
	reject(p, f, raw, raw_n);
}

static void take_skipped(void *arg, unsigned line, const char *why)
{
	struct pass *p = arg;
	(void)line;
	(void)why;
	p->report->cut = false;
	p->report->skipped++;
	p->report->lines++;
}

static void require_fields(struct pass *p, const char *layout)
{
	static const enum hl_field usual[] = { HL_F_PLATE, HL_F_STATE, HL_F_CATEGORY, HL_F_REASON, HL_F_AGENCY, HL_F_CASE, HL_F_EXPIRES };
	const struct hl_strings *named = p->list ? &p->list->require : NULL;
	p->required[p->n_required++] = HL_F_PLATE;
	if (!p->list)
		return;
	for (size_t i = 0; i < named->n && p->n_required < HL_FIELDS; i++) {
		int field = hl_field_find(named->v[i]);
		if (field > HL_F_PLATE)
			p->required[p->n_required++] = (enum hl_field)field;
	}
	if (named->n || !strcmp(layout, "plates"))
		return;
	for (size_t i = 1; i < sizeof usual / sizeof usual[0]; i++)
		p->required[p->n_required++] = usual[i];
}

static void collect_fill(struct pass *p)
{
	const struct hl_array *more = p->list ? &p->list->fill : &(struct hl_array){ 0 };
	p->fill = hl_calloc(p->in->n_set + more->n + 1, sizeof *p->fill);
	for (size_t i = 0; i < p->in->n_set; i++)
		p->fill[p->n_fill++] = p->in->set[i];
	for (size_t i = 0; i < more->n; i++)
		p->fill[p->n_fill++] = ((const struct hl_layout_fill *)more->v)[i];
	if (p->list && p->list->agency && *p->list->agency)
		p->fill[p->n_fill++] = (struct hl_layout_fill){ .field = HL_F_AGENCY, .value = p->list->agency };
}

static enum hl_code load_layout(struct pass *p, const char *name, struct hl_err *err)
{
	const char *dirs[DIRS_MAX + 2] = { NULL };
	char own[HL_PATH_MAX];
	size_t n = 0;
	for (; p->in->layout_dirs && p->in->layout_dirs[n] && n < DIRS_MAX; n++)
		dirs[n] = p->in->layout_dirs[n];
	if (hl_data_find(own, sizeof own, "hotlists/layouts"))
		dirs[n++] = own;
	if (hl_layout_load(&p->layout, name, dirs, &p->report->layout_faults) == HL_OK)
		return HL_OK;
	const struct hl_faults *f = &p->report->layout_faults;
	return hl_err_set(err, HL_E_CONFIG, "layout '%s' can't be used: %s", name, f->n ? f->v[0].text : "not found");
}

/* All but the file itself. */
static enum hl_code begin(struct pass *p, const struct hl_settings *s, const struct hl_import *in, struct hl_import_report *out, struct hl_err *err)
{
	*p = (struct pass){ .in = in, .report = out, .list = s ? hl_settings_list(s, in->list) : NULL };
	*out = (struct hl_import_report){ 0 };
	const char *layout = in->layout ? in->layout : p->list && p->list->layout ? p->list->layout : "csv";
	hl_notes_init(&p->notes, out, in->source ? in->source : "");
	hl_copy(out->version.layout, sizeof out->version.layout, layout);
	hl_copy(out->version.list, sizeof out->version.list, in->list);
	hl_copy(out->version.source, sizeof out->version.source, in->source ? in->source : "");
	hl_copy(out->version.by, sizeof out->version.by, in->by ? in->by : "");
	out->version.imported_ms = in->now_ms;
	out->version.file_time_ms = HL_NO_TIME;
	if (!hl_text_is_name(in->list, strlen(in->list), HL_NAME - 1))
		return hl_err_set(err, HL_E_USAGE, "'%s' can't be a list's name (letters, digits, _ . -, at most %d, none of . - first)", in->list, HL_NAME - 1);
	require_fields(p, layout);
	collect_fill(p);
	p->writer = hl_snapshot_writer_new();
	return load_layout(p, layout, err);
}

/* After the last line: what lint has to say, and meanwhile the order of the entries. */
static void close_job(void *arg, size_t i)
{
	struct pass *p = arg;
	if (i == 0 && p->lint)
		hl_lint_end(p->lint, p->report);
	else if (i == 1)
		hl_snapshot_writer_patterns(p->writer);
}

static enum hl_code read_file(struct pass *p, struct hl_err *err)
{
	const struct hl_layout_run run = { .now_ms = p->in->now_ms, .fill = p->fill, .n_fill = p->n_fill, .required = p->required, .n_required = p->n_required,
				      .remove = p->in->remove, .stop = p->in->stop };
	const struct hl_layout_stage stage = { .crew = p->in->crew, .part_new = hl_import_part_new, .part_clear = hl_import_part_clear,
					       .part_free = hl_import_part_free, .prepare = prepare, .refused = take_refused, .take = take_entry };
	const struct hl_layout_sink sink = { .arg = p, .stage = &stage, .fault = take_fault, .skipped = take_skipped, .result = &p->report->file };
	struct hl_err why;
	enum hl_code code = hl_layout_read(p->layout, p->in->fd, &run, &sink, &why);
	if (code == HL_E_USAGE)
		hl_err_set(err, code, "%s", why.text);
	else if (code)
		hl_err_set(err, code, "%s: line %u: %s", p->in->source ? p->in->source : "the file", why.line, why.text);
	if (!code)
		hl_crew_run(p->in->crew, close_job, p, 2);
	p->report->version.entries = p->report->entries;
	p->report->version.rejected = p->report->rejected;
	p->report->version.skipped = p->report->skipped;
	p->report->version.lines = p->report->lines;
	return code;
}

/* Whether what was read may be used at all. */
static enum hl_code judge(const struct pass *p, bool strict, struct hl_err *err)
{
	const struct hl_import_report *r = p->report;
	const char *source = p->in->source ? p->in->source : "the file";
	/* A file that is cut off or contradicts itself may lack entries, or hold some that were taken back: none of it is used. */
	char line[32] = "", whole[HL_ERR_TEXT] = "";
	if (r->file.why.line)
		snprintf(line, sizeof line, "line %u: ", r->file.why.line);
	if (r->file.bad)
		snprintf(whole, sizeof whole, ": the file as a whole is refused: %sfound %s, expected %s", line, r->file.why.found[0] ? r->file.why.found : "nothing",
			 r->file.why.expected);
	if (!r->entries && !r->removed)
		return hl_err_set(err, HL_E_INPUT, "%s: no good entry for list '%s' by layout '%s' (%lld lines rejected)%s", source, p->in->list,
				  r->version.layout, (long long)r->rejected, whole);
	if (r->file.bad)
		return hl_err_set(err, HL_E_INPUT, "%s%s", source, whole);
	if (strict && r->rejected)
		return hl_err_set(err, HL_E_INPUT, "%s: %lld of %lld lines rejected", source, (long long)r->rejected, (long long)r->lines);
	return HL_OK;
}

/* What the version will cost, once it is known what is in it. */
static void predict(struct pass *p)
{
	if (!p->in->cost || p->report->file.bad)
		return;
	hl_cost_make(p->in->cost, p->in->list, p->writer, p->in->crew, &p->report->cost);
	hl_lint_cost(p->lint, &p->report->cost);
}

static enum hl_code end(struct pass *p, enum hl_code code, struct hl_err *err)
{
	enum hl_code closed = hl_notes_end(&p->notes, code ? NULL : err);
	hl_snapshot_writer_free(&p->writer);
	hl_increment_free(&p->increment);
	hl_layout_free(&p->layout);
	free(p->fill);
	hl_lint_free(&p->lint);
	return code ? code : closed;
}

enum hl_code hl_import_lint(const struct hl_settings *s, const struct hl_import *in, struct hl_import_report *out, struct hl_err *err)
{
	struct pass p;
	enum hl_code code = begin(&p, s, in, out, err);
	p.lint = hl_lint_new(p.list, &p.notes, in->now_ms);
	if (!code)
		code = read_file(&p, err);
	if (!code)
		code = hl_lint_guard(p.lint, in->state, in->fd, out, err);
	if (!code)
		predict(&p);
	if (!code)
		code = judge(&p, true, err);
	return end(&p, code, err);
}

enum hl_code hl_import_entries(const struct hl_settings *s, const struct hl_import *in, struct hl_snapshot **out, struct hl_import_report *report, struct hl_err *err)
{
	struct pass p;
	*out = NULL;
	enum hl_code code = begin(&p, s, in, report, err);
	if (s)
		p.lint = hl_lint_new(p.list, &p.notes, in->now_ms);
	if (!code)
		code = read_file(&p, err);
	if (!code)
		code = judge(&p, in->strict, err);
	if (!code)
		code = hl_snapshot_writer_open(p.writer, out, err);
	if (!code) {
		char hex[HL_SHA256_HEX];
		hl_hex(hl_snapshot_hash(*out), HL_SHA256, hex);
		snprintf(report->version.id, sizeof report->version.id, "file-%.12s", hex);
	}
	return end(&p, code, err);
}

enum hl_code hl_import_snapshot(const struct hl_import *in, struct hl_snapshot **out, struct hl_import_report *report, struct hl_err *err)
{
	return hl_import_entries(NULL, in, out, report, err);
}

/* The version's two large files are made at once: while the disk takes one, the other is worked out. */
struct making {
	struct pass *p;
	const char *path;
	unsigned char hash[HL_SHA256];
	struct hl_segment_draft segment;
	enum hl_code code;
	struct hl_err *err;
};

static void make_job(void *arg, size_t i)
{
	struct making *m = arg;
	const struct hl_pattern *patterns = hl_snapshot_writer_patterns(m->p->writer);
	if (i == 0)
		m->code = hl_snapshot_writer_finish(m->p->writer, m->path, m->hash, m->err);
	else
		hl_segment_build(&m->segment, patterns, hl_snapshot_writer_count(m->p->writer), m->p->in->crew);
}

static enum hl_code make(struct making *m, const struct hl_settings *s)
{
	hl_segment_begin(&m->segment, s, m->p->in->list, hl_snapshot_writer_count(m->p->writer));
	hl_snapshot_writer_patterns(m->p->writer); /* sorted before the two of them ask */
	hl_crew_run(m->p->in->crew, make_job, m, m->segment.rules ? 2 : 1);
	return m->code;
}

/* The draft's files from what was collected; the draft is gone afterwards, one way or the other. */
static enum hl_code store_draft(struct making *m, const struct hl_settings *s, struct hl_version_draft *d, struct hl_err *err)
{
	struct pass *p = m->p;
	char path[HL_PATH_MAX + 32];
	enum hl_code code = hl_path_join(path, sizeof path, d->dir, "entries.snap", err);
	hl_lint_free(&p->lint); /* it has said all, and holds every plate */
	m->path = path;
	if (!code)
		code = make(m, s);
	if (!code)
		code = hl_notes_end(&p->notes, err);
	if (code)
		return code;
	d->v = p->report->version;
	code = hl_version_commit(d, m->hash, err);
	if (code && code != HL_E_EXISTS)
		return code;
	if (!code)
		hl_segment_write(&m->segment, d->state, &d->v, m->hash, p->in->crew);
	unsigned holds = p->report->version.holds;
	p->report->existing = code == HL_E_EXISTS;
	p->report->version = d->v;
	if (!p->report->existing || d->v.active)
		return HL_OK;
	/* What this content would have been held for if it were new holds it all the same: an old, shorter file may come again by mistake. */
	p->report->version.holds |= holds;
	return hl_version_hold(d->state, d->v.list, d->v.id, holds, err);
}

static enum hl_code store(struct pass *p, const struct hl_settings *s, struct hl_version_draft *d, struct hl_err *err)
{
	struct making m = { .p = p, .err = err };
	enum hl_code code = store_draft(&m, s, d, err);
	hl_segment_end(&m.segment);
	return code;
}

/* What an increment is onto, before its file is read. */
static enum hl_code begin_increment(struct pass *p, const char *state, struct hl_err *err)
{
	if (!p->in->incremental && p->in->onto)
		return hl_err_set(err, HL_E_USAGE, "--onto says what an increment is onto: it needs --incremental");
	return p->in->incremental ? hl_increment_begin(&p->increment, state, p->in->list, p->in->onto, err) : HL_OK;
}

/* The rest of the version, once its lines are known. */
static enum hl_code end_increment(struct pass *p, struct hl_err *err)
{
	enum hl_code code = p->increment ? hl_increment_end(p->increment, p->writer, p->report, err) : HL_OK;
	if (!code && !p->report->version.entries)
		code = hl_err_set(err, HL_E_INPUT, "%s: nothing would be left of list '%s'", p->in->source ? p->in->source : "the file", p->in->list);
	return code;
}

enum hl_code hl_import_run(const struct hl_settings *s, const char *state, const struct hl_import *in, struct hl_import_report *out, struct hl_err *err)
{
	struct pass p;
	struct hl_import own = *in;
	struct hl_version_draft draft = { .dir = "" };
	struct hl_steady steady;
	int copy = -1;
	enum hl_code code = begin(&p, s, &own, out, err);
	p.lint = hl_lint_new(p.list, &p.notes, in->now_ms);
	hl_steady_begin(&steady, in->fd);
	if (!code)
		code = begin_increment(&p, state, err);
	if (!code)
		code = hl_version_begin(&draft, state, in->list, err);
	if (!code)
		code = hl_import_check_signature(p.list, in, draft.dir, &copy, out->version.signed_by, err);
	own.fd = copy >= 0 ? copy : in->fd;
	if (!code)
		code = hl_notes_files(&p.notes, draft.dir, err);
	if (!code)
		code = read_file(&p, err);
	if (!code && copy < 0) /* before anything is judged that may be half of it */
		code = hl_steady_end(&steady, in->fd, in->source, err);
	if (!code)
		code = judge(&p, in->strict, err);
	if (!code)
		code = end_increment(&p, err);
	if (!code)
		code = hl_lint_guard(p.lint, state, in->fd, out, err);
	if (!code && in->stop && atomic_load(in->stop))
		code = hl_err_set(err, HL_E_AGAIN, "stopped");
	if (!code)
		predict(&p);
	if (!code)
		code = store(&p, s, &draft, err);
	if (code)
		hl_version_abandon(&draft);
	if (copy >= 0)
		close(copy);
	return end(&p, code, err);
}
