/* replay_sweep.c: see replay_sweep.h. Values that leave the figures as they are (thresholds, routes, cooldown) are run together, with one search and one scoring; any
 * other goes through the reads by itself, one index at a time.
 */
#include "ctl/replay_sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ctl/ctl.h"

/* ---- values ---- */

enum { DIGITS_MAX = 12 };

/* A decimal taken apart: digits without the point, how many stood behind it, what followed. */
struct decimal {
	int64_t digits;
	unsigned behind;
	char unit[4];
};

static bool read_decimal(const char *s, size_t n, struct decimal *d)
{
	size_t i = 0, count = 0;
	bool point = false;
	*d = (struct decimal){ 0 };
	for (; i < n && ((s[i] >= '0' && s[i] <= '9') || (s[i] == '.' && !point && i)); i++) {
		point |= s[i] == '.';
		if (s[i] == '.')
			continue;
		d->digits = d->digits * 10 + (s[i] - '0');
		d->behind += point;
		if (++count > DIGITS_MAX)
			return false;
	}
	return count && s[i - 1] != '.' && hl_copy_n(d->unit, sizeof d->unit, s + i, n - i) && strspn(d->unit, "msdhy") == n - i;
}

static int64_t scaled(const struct decimal *d, unsigned behind)
{
	int64_t v = d->digits;
	for (unsigned i = d->behind; i < behind; i++)
		v *= 10;
	return v;
}

/* v tenths, hundredths … as text: exact. */
static bool add_value(struct hl_sweep *s, int64_t v, unsigned behind, const char *unit)
{
	int64_t one = 1;
	for (unsigned i = 0; i < behind; i++)
		one *= 10;
	if (s->n == HL_SWEEP_MAX)
		return false;
	if (behind)
		snprintf(s->value[s->n], HL_SWEEP_TEXT, "%lld.%0*lld%s", (long long)(v / one), (int)behind, (long long)(v % one), unit);
	else
		snprintf(s->value[s->n], HL_SWEEP_TEXT, "%lld%s", (long long)v, unit);
	s->number[s->n++] = (double)v / (double)one;
	return true;
}

static enum hl_code wrong(struct hl_err *err, const char *text)
{
	return hl_err_set(err, HL_E_USAGE, "--sweep '%s': expected OPTION=LOW:HIGH:STEP or OPTION=VALUE,VALUE…, such as match.min_probability=0.05:0.9:0.05", text);
}

static enum hl_code too_many(struct hl_err *err)
{
	return hl_err_set(err, HL_E_LIMIT, "a sweep of more than %d values", HL_SWEEP_MAX);
}

static enum hl_code parse_range(struct hl_sweep *s, const char *values, const char *text, struct hl_err *err)
{
	struct decimal d[3];
	const char *at = values;
	unsigned behind = 0;
	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(at, ":");
		if (!read_decimal(at, n, &d[i]) || strcmp(d[i].unit, d[0].unit) != 0 || (i < 2 ? at[n] != ':' : at[n] != 0))
			return wrong(err, text);
		behind = d[i].behind > behind ? d[i].behind : behind;
		at += n + 1;
	}
	if (behind > 6)
		return wrong(err, text);
	int64_t low = scaled(&d[0], behind), high = scaled(&d[1], behind), by = scaled(&d[2], behind);
	if (by <= 0 || high < low)
		return hl_err_set(err, HL_E_USAGE, "--sweep '%s': LOW is above HIGH, or STEP is 0", text);
	for (int64_t v = low; v <= high; v += by)
		if (!add_value(s, v, behind, d[0].unit))
			return too_many(err);
	return HL_OK;
}

static enum hl_code parse_values(struct hl_sweep *s, const char *values, const char *text, struct hl_err *err)
{
	for (const char *at = values;; at++) {
		struct decimal d;
		size_t n = strcspn(at, ",");
		if (!read_decimal(at, n, &d))
			return wrong(err, text);
		if (!add_value(s, d.digits, d.behind, d.unit))
			return too_many(err);
		at += n;
		if (!*at)
			return HL_OK;
	}
}

enum hl_code hl_sweep_parse(struct hl_sweep *s, const char *text, struct hl_err *err)
{
	const char *eq = strchr(text, '=');
	*s = (struct hl_sweep){ .n = 0 };
	if (!eq || eq == text || !eq[1] || !hl_copy_n(s->option, sizeof s->option, text, (size_t)(eq - text)))
		return wrong(err, text);
	return strchr(eq, ':') ? parse_range(s, eq + 1, text, err) : parse_values(s, eq + 1, text, err);
}

/* ---- running ---- */

/* The values of one rules file that share their figures, and where their rows go. */
struct batch {
	struct hl_catalog *catalog[HL_SWEEP_MAX];
	size_t row[HL_SWEEP_MAX];
	size_t n;
};

static enum hl_code run_batch(const struct hl_replay_args *a, struct batch *b, struct hl_sweep_row *rows, bool *told_bad, struct hl_err *err)
{
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	struct hl_replay_args told = *a;
	const struct hl_replay_opts o = { .per_read = a->per_read, .counts_only = true, .crew = &crew, .bad = *told_bad ? NULL : hl_replay_bad_line, .bad_arg = &told };
	struct hl_replay *p = NULL;
	enum hl_code rc = hl_replay_new(&p, b->catalog, b->n, &o, err);
	if (!rc)
		rc = hl_replay_run_reads(a, p, err);
	for (size_t i = 0; i < b->n && !rc; i++)
		rows[b->row[i]] = (struct hl_sweep_row){ hl_replay_set(p, i)->counts, *hl_replay_totals(p) };
	hl_replay_free(&p);
	*told_bad = true;
	return rc;
}

static void batch_fini(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		hl_catalog_unref(&b->catalog[i]);
	b->n = 0;
}

/* The catalog of the next value: it waits in b with those whose figures it shares, or is run at once by itself. Takes c. */
static enum hl_code place(const struct hl_replay_args *a, struct batch *b, struct hl_catalog *c, size_t row, struct hl_sweep_row *rows, bool *told_bad,
			  struct hl_err *err)
{
	if (!b->n || hl_replay_same_figures(b->catalog[0], c, a->per_read)) {
		b->catalog[b->n] = c;
		b->row[b->n++] = row;
		return HL_OK;
	}
	if (!strcmp(a->reads, "-")) {
		hl_catalog_unref(&c);
		return hl_err_set(err, HL_E_USAGE, "a sweep of '%s' goes through the reads for each value: they must be in a file", a->option);
	}
	struct batch *alone = hl_calloc(1, sizeof *alone);
	*alone = (struct batch){ .catalog = { c }, .row = { row }, .n = 1 };
	enum hl_code rc = run_batch(a, alone, rows, told_bad, err);
	batch_fini(alone);
	free(alone);
	return rc;
}

static enum hl_code sweep_rules(const struct hl_replay_args *a, size_t which, const struct hl_sweep *s, struct hl_sweep_row *rows, bool *told_bad, struct hl_err *err)
{
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	struct batch *b = hl_calloc(1, sizeof *b);
	struct hl_catalog *c = NULL;
	enum hl_code rc = hl_replay_first_catalog(a, which, s->value[0], &c, err);
	if (!rc)
		rc = place(a, b, c, 0, rows, told_bad, err);
	for (size_t i = 1; i < s->n && !rc; i++) {
		struct hl_rules *rules;
		rc = hl_replay_load_rules(a->rules[which], s->option, s->value[i], b->catalog[0]->settings, &rules, err);
		if (!rc)
			rc = hl_catalog_with(&c, b->catalog[0], rules, &crew, err);
		if (!rc)
			rc = place(a, b, c, i, rows, told_bad, err);
	}
	if (!rc)
		rc = run_batch(a, b, rows, told_bad, err);
	batch_fini(b);
	free(b);
	return rc;
}

/* ---- printing ---- */

static void put_row_json(const struct hl_replay_args *a, size_t which, const struct hl_sweep *s, size_t i, const struct hl_sweep_row *r, struct hl_buf *out)
{
	const struct hl_replay_counts *c = &r->counts;
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "rules", a->rules[which]);
	hl_json_str(&j, "option", s->option);
	hl_json_str(&j, "value", s->value[i]);
	hl_json_int(&j, "reads", r->totals.reads);
	hl_json_int(&j, "told", c->told);
	hl_json_int(&j, "alert", c->alerts);
	hl_json_int(&j, "verify", c->verifies);
	if (r->totals.labelled) {
		hl_json_int(&j, "labelled", r->totals.labelled);
		hl_json_num(&j, "false_per_1000", 1000.0 * (double)c->wrong / (double)r->totals.labelled);
		hl_json_int(&j, "right", c->right);
		hl_json_int(&j, "wrong", c->wrong);
		hl_replay_share_json(&j, "precision", c->right, c->right + c->wrong);
		hl_replay_share_json(&j, "recall", c->found, r->totals.listed);
	}
	if (r->totals.labelled && a->per_read) {
		hl_json_open_key(&j, "by_probability", '{');
		hl_json_int(&j, "right", c->likely_right);
		hl_json_int(&j, "wrong", c->likely_wrong);
		hl_json_int(&j, "found", c->likely_found);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void put_head(const struct hl_replay_args *a, size_t which, const struct hl_sweep *s, const struct hl_sweep_row *r, struct hl_buf *out)
{
	hl_buf_printf(out, "%s%s: %s over %lld reads%s\n", which ? "\n" : "", a->rules[which], s->option, (long long)r->totals.reads,
		      a->per_read ? ", each by itself" : ", with passages and cooldown");
	if (r->totals.labelled)
		hl_buf_printf(out, "%lld with the plate that was there, %lld of these listed\n%10s %9s %9s %9s %12s  %-26s %s\n", (long long)r->totals.labelled,
			      (long long)r->totals.listed, "value", "told", "alert", "verify", "false/1000", "precision (95 %)", "recall (95 %)");
	else
		hl_buf_printf(out, "%10s %9s %9s %9s %12s\n", "value", "told", "alert", "verify", "told/1000");
}

static void put_share(int64_t k, int64_t n, struct hl_buf *out)
{
	double low, high;
	char text[40] = "-";
	hl_replay_wilson(k, n, &low, &high);
	if (n)
		snprintf(text, sizeof text, "%.4f (%.4f, %.4f)", (double)k / (double)n, low, high);
	hl_buf_printf(out, "  %-24s", text);
}

static void put_row(const struct hl_sweep *s, size_t i, const struct hl_sweep_row *r, struct hl_buf *out)
{
	const struct hl_replay_counts *c = &r->counts;
	int64_t of = r->totals.labelled ? r->totals.labelled : r->totals.reads;
	hl_buf_printf(out, "%10s %9lld %9lld %9lld %12.3f", s->value[i], (long long)c->told, (long long)c->alerts, (long long)c->verifies,
		      of ? 1000.0 * (double)(r->totals.labelled ? c->wrong : c->told) / (double)of : 0);
	if (r->totals.labelled) {
		put_share(c->right, c->right + c->wrong, out);
		put_share(c->found, r->totals.listed, out);
	}
	hl_buf_putc(out, '\n');
}

static void put_rows(const struct hl_replay_args *a, const struct hl_sweep *s, const struct hl_sweep_row *rows, struct hl_buf *out)
{
	for (size_t k = 0; k < a->n_rules; k++) {
		if (!a->json)
			put_head(a, k, s, &rows[k * s->n], out);
		for (size_t i = 0; i < s->n; i++)
			if (a->json)
				put_row_json(a, k, s, i, &rows[k * s->n + i], out);
			else
				put_row(s, i, &rows[k * s->n + i], out);
	}
	hl_replay_put(out);
}

static enum hl_code write_svg(const struct hl_replay_args *a, const struct hl_sweep *s, const struct hl_sweep_row *rows, struct hl_err *err)
{
	struct hl_buf svg = HL_BUF(4 << 20);
	hl_sweep_draw(a, s, rows, &svg);
	enum hl_code rc = hl_file_write_atomic(a->svg, hl_buf_text(&svg), svg.len, 0644, err);
	hl_buf_fini(&svg);
	return rc;
}

enum hl_code hl_replay_sweep(struct hl_replay_args *a, struct hl_err *err)
{
	struct hl_sweep *s = hl_calloc(1, sizeof *s);
	struct hl_sweep_row *rows = hl_calloc(HL_SWEEP_MAX * HL_REPLAY_RULES_MAX, sizeof *rows);
	struct hl_buf out = HL_BUF(4 << 20);
	bool told_bad = false;
	enum hl_code rc = hl_sweep_parse(s, a->sweep, err);
	a->option = s->option;
	if (!rc && a->n_rules > 1 && !strcmp(a->reads, "-"))
		rc = hl_err_set(err, HL_E_USAGE, "a sweep of two rules files goes through the reads twice: they must be in a file");
	for (size_t k = 0; k < a->n_rules && !rc; k++)
		rc = sweep_rules(a, k, s, &rows[k * s->n], &told_bad, err);
	if (!rc)
		put_rows(a, s, rows, &out);
	if (!rc && a->svg)
		rc = write_svg(a, s, rows, err);
	if (!rc && fflush(stdout) != 0)
		rc = hl_err_set(err, HL_E_IO, "standard output can't be written");
	if (!rc && rows[0].totals.bad)
		rc = hl_err_set(err, HL_E_INPUT, "%s: %lld reads could not be read", a->reads, (long long)rows[0].totals.bad);
	a->option = NULL;
	hl_buf_fini(&out);
	free(rows);
	free(s);
	return rc;
}
