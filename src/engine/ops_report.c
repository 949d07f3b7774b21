/* ops_report.c: `report`: its options, and the JSON and CSV of it. Reads the store only; runs beside the store thread on a handle of its own.
 */
#include "engine/ops_report.h"
#include "engine/ops_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hl_ops_report_share(const struct hl_review_row *row, struct hl_json *j)
{
	double low, high;
	int64_t n = row->right + row->wrong;
	hl_replay_wilson(row->right, n, &low, &high);
	hl_json_open_key(j, "precision", '{');
	if (n)
		hl_json_prob(j, "value", (double)row->right / (double)n);
	else
		hl_json_null(j, "value");
	hl_json_prob(j, "low", low);
	hl_json_prob(j, "high", high);
	hl_json_int(j, "of", n);
	hl_json_close(j);
}

void hl_ops_report_share_text(const struct hl_review_row *row, char *dst)
{
	double low, high;
	int64_t n = row->right + row->wrong;
	hl_replay_wilson(row->right, n, &low, &high);
	if (n)
		snprintf(dst, 32, "%.3f (%.3f-%.3f)", (double)row->right / (double)n, low, high);
	else
		hl_copy(dst, 32, "-");
}

/* ---- JSON ---- */

static void json_row(const struct hl_review_row *row, struct hl_json *j)
{
	hl_json_open(j, '{');
	hl_json_str(j, "name", row->name);
	hl_json_int(j, "alerts", row->alerts);
	hl_json_int(j, "verify", row->verify);
	hl_json_int(j, "right", row->right);
	hl_json_int(j, "wrong", row->wrong);
	hl_json_int(j, "unknown", row->unknown);
	hl_ops_report_share(row, j);
	hl_json_close(j);
}

static void json_counts(const struct hl_review_counts *c, const char *key, struct hl_json *j)
{
	hl_json_open_key(j, key, '{');
	for (size_t i = 0; i < c->n; i++)
		hl_json_int(j, c->v[i].name, c->v[i].n);
	hl_json_close(j);
}

static const char *const read_totals[] = { "in", "matched", "suppressed", "discarded", "rejected", "failed", NULL };

static int64_t reads(const struct hl_review *r, const char *name)
{
	char full[32];
	snprintf(full, sizeof full, "reads.%s", name);
	return hl_review_total(r, full);
}

static void json_reads(const struct hl_review *r, struct hl_json *j)
{
	if (r->filter.list || r->filter.camera) {
		hl_json_null(j, "reads");
	} else {
		hl_json_open_key(j, "reads", '{');
		for (size_t i = 0; read_totals[i]; i++)
			hl_json_int(j, read_totals[i], reads(r, read_totals[i]));
		hl_json_time(j, "counted_from", r->total_from_ms);
		hl_json_close(j);
	}
	hl_json_open_key(j, "suppressed", '{');
	for (int i = HL_SUP_PASSAGE; i <= HL_SUP_CLEARED; i++)
		hl_json_int(j, hl_suppression_name((enum hl_suppression)i), r->suppressed[i]);
	hl_json_close(j);
}

static void json_alerts(const struct hl_review *r, struct hl_json *j)
{
	hl_json_open_key(j, "alerts", '{');
	hl_json_int(j, "all", r->all.alerts);
	hl_json_int(j, "verify", r->all.verify);
	hl_json_int(j, "muted", r->muted);
	hl_json_int(j, "late", r->late);
	hl_json_int(j, "right", r->all.right);
	hl_json_int(j, "wrong", r->all.wrong);
	hl_json_int(j, "unknown", r->all.unknown);
	hl_ops_report_share(&r->all, j);
	hl_json_open_key(j, "by_state", '{');
	for (int i = 0; i < HL_ALERT_STATES; i++)
		hl_json_int(j, hl_alert_state_name((enum hl_alert_state)i), r->by_state[i]);
	hl_json_close(j);
	hl_json_close(j);
	for (int v = 0; v < HL_REVIEW_VIEWS; v++) {
		hl_json_open_key(j, hl_review_view_name((enum hl_review_view)v), '[');
		for (size_t i = 0; i < r->view[v].n; i++)
			json_row(&r->view[v].v[i], j);
		hl_json_close(j);
	}
}

static void json_answers(const struct hl_review *r, struct hl_json *j)
{
	hl_json_open_key(j, "answer", '{');
	hl_json_int(j, "answered", (int64_t)r->n_answers);
	if (r->n_answers) {
		hl_json_num(j, "median_s", (double)hl_review_quantile(r, 0.5) / 1000);
		hl_json_num(j, "p90_s", (double)hl_review_quantile(r, 0.9) / 1000);
	} else {
		hl_json_null(j, "median_s");
		hl_json_null(j, "p90_s");
	}
	hl_json_int(j, "unanswered", r->unanswered);
	hl_json_int(j, "ended_unanswered", r->ended_unanswered);
	hl_json_close(j);
	hl_json_open_key(j, "unanswered", '[');
	for (size_t i = 0; i < r->n_open; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "id", r->open[i].id);
		hl_json_time(j, "time", r->open[i].time_ms);
		hl_json_int(j, "priority", r->open[i].priority);
		hl_json_str(j, "list", r->open[i].list);
		hl_json_str(j, "place", r->open[i].place);
		hl_json_close(j);
	}
	hl_json_close(j);
}

void hl_ops_report_json(const struct hl_ops_ctx *ctx, const struct hl_review *r, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_time(&j, "time", ctx->now_ms);
	hl_json_time(&j, "since", r->filter.since_ms);
	hl_json_time(&j, "until", r->filter.until_ms);
	hl_json_str(&j, "list_filter", r->filter.list);
	hl_json_str(&j, "camera_filter", r->filter.camera);
	json_reads(r, &j);
	json_alerts(r, &j);
	json_counts(&r->rejected, "rejected", &j);
	json_counts(&r->outcomes, "outcomes", &j);
	json_counts(&r->standdowns, "stood_down", &j);
	json_answers(r, &j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* ---- CSV ---- */

/* Quoted; what a spreadsheet would take for a formula begins with an apostrophe. */
static void csv_text(const char *text, struct hl_buf *out)
{
	hl_buf_puts(out, text[0] && strchr("=+-@\t\r", text[0]) ? "\"'" : "\"");
	for (; *text; text++)
		hl_buf_printf(out, *text == '"' ? "\"%c" : "%c", *text);
	hl_buf_putc(out, '"');
}

static void csv_figure(const char *group, const char *name, int64_t n, struct hl_buf *out)
{
	csv_text(group, out);
	hl_buf_putc(out, ',');
	csv_text(name, out);
	hl_buf_printf(out, ",%lld,,,,,,,\r\n", (long long)n);
}

static void csv_row(const char *group, const struct hl_review_row *row, struct hl_buf *out)
{
	double low, high;
	int64_t n = row->right + row->wrong;
	hl_replay_wilson(row->right, n, &low, &high);
	csv_text(group, out);
	hl_buf_putc(out, ',');
	csv_text(row->name, out);
	hl_buf_printf(out, ",%lld,%lld,%lld,%lld,%lld,", (long long)row->alerts, (long long)row->verify, (long long)row->right, (long long)row->wrong,
		      (long long)row->unknown);
	if (n)
		hl_buf_printf(out, "%.4f", (double)row->right / (double)n);
	hl_buf_printf(out, ",%.4f,%.4f\r\n", low, high);
}

static void csv_counts(const char *group, const struct hl_review_counts *c, struct hl_buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		csv_figure(group, c->v[i].name, c->v[i].n, out);
}

void hl_ops_report_csv(const struct hl_review *r, struct hl_buf *out)
{
	hl_buf_puts(out, "group,name,count,verify,right,wrong,unknown,precision,low,high\r\n");
	for (size_t i = 0; read_totals[i] && !r->filter.list && !r->filter.camera; i++)
		csv_figure("reads", read_totals[i], reads(r, read_totals[i]), out);
	for (int i = HL_SUP_PASSAGE; i <= HL_SUP_CLEARED; i++)
		csv_figure("suppressed", hl_suppression_name((enum hl_suppression)i), r->suppressed[i], out);
	csv_row("alerts", &r->all, out);
	for (int i = 0; i < HL_ALERT_STATES; i++)
		csv_figure("state", hl_alert_state_name((enum hl_alert_state)i), r->by_state[i], out);
	for (int v = 0; v < HL_REVIEW_VIEWS; v++)
		for (size_t i = 0; i < r->view[v].n; i++)
			csv_row(hl_review_view_name((enum hl_review_view)v), &r->view[v].v[i], out);
	csv_counts("rejected", &r->rejected, out);
	csv_counts("outcome", &r->outcomes, out);
	csv_counts("stood_down", &r->standdowns, out);
	csv_figure("answer", "answered", (int64_t)r->n_answers, out);
	csv_figure("answer", "median_ms", hl_review_quantile(r, 0.5), out);
	csv_figure("answer", "p90_ms", hl_review_quantile(r, 0.9), out);
	csv_figure("answer", "unanswered", r->unanswered, out);
	csv_figure("answer", "ended_unanswered", r->ended_unanswered, out);
}

/* ---- the command ---- */

struct asked {
	const char *since, *until, *year, *role;
	struct hl_looker looker;
	bool csv;
	int the_year;
	struct hl_review_filter f;
};

/* The year by the clocks of the rules' time zone. */
static enum hl_code take_year(const struct hl_ops_ctx *ctx, struct asked *q, struct hl_err *err)
{
	const struct hl_tz *tz = ctx->catalog && ctx->catalog->rules ? ctx->catalog->rules->tz : NULL;
	size_t year = 0;
	if (!q->year)
		return HL_OK;
	enum hl_code rc = hl_ops_count("--year", q->year, 9998, &year, err);
	if (!rc && (year < 1970 || strlen(q->year) != 4))
		rc = hl_err_set(err, HL_E_USAGE, "--year '%s': a year such as 2026 is expected", q->year);
	if (!rc && (q->since || q->until || q->csv || q->f.list || q->f.camera))
		rc = hl_err_set(err, HL_E_USAGE, "--year stands alone: it is the form of a whole year");
	if (rc)
		return rc;
	q->the_year = (int)year;
	hl_time_from_date((int)year, 1, 1, &q->f.since_ms);
	hl_time_from_date((int)year + 1, 1, 1, &q->f.until_ms);
	q->f.since_ms = hl_tz_instant(tz, q->f.since_ms);
	q->f.until_ms = hl_tz_instant(tz, q->f.until_ms);
	return HL_OK;
}

static enum hl_code read_asked(const struct hl_ops_ctx *ctx, struct asked *q, int argc, const char *const *argv, bool json, struct hl_err *err)
{
	const struct hl_ops_opt opts[] = { { .name = "--since", .value = &q->since }, { .name = "--until", .value = &q->until }, { .name = "--list", .value = &q->f.list },
					   { .name = "--camera", .value = &q->f.camera }, { .name = "--year", .value = &q->year }, { .name = "--csv", .flag = &q->csv },
					   { .name = "--role", .value = &q->role }, { 0 } };
	*q = (struct asked){ .f = { .since_ms = HL_NO_TIME, .until_ms = HL_NO_TIME } };
	enum hl_code rc = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!rc && q->csv && json)
		rc = hl_err_set(err, HL_E_USAGE, "--csv or --json, not both");
	if (!rc)
		rc = hl_ops_since("--since", q->since, ctx->now_ms, &q->f.since_ms, err);
	if (!rc)
		rc = hl_ops_since("--until", q->until, ctx->now_ms, &q->f.until_ms, err);
	if (!rc && q->since && q->until && q->f.until_ms <= q->f.since_ms)
		rc = hl_err_set(err, HL_E_USAGE, "--until is not after --since");
	if (!rc)
		rc = hl_ops_looker(ctx, q->role, &q->looker, err);
	if (!rc && q->looker.officer)
		q->f.hidden = hl_ops_hidden;
	q->f.hidden_arg = &q->looker;
	return rc ? rc : take_year(ctx, q, err);
}

static enum hl_code report(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct asked q;
	struct hl_review *r = hl_calloc(1, sizeof *r);
	enum hl_code rc = read_asked(ctx, &q, argc, argv, json, err);
	if (!rc)
		rc = hl_review_make(r, ctx->store, &q.f, err);
	if (!rc && q.the_year)
		hl_ops_report_year(ctx, r, q.the_year, json, out);
	else if (!rc && q.csv)
		hl_ops_report_csv(r, out);
	else if (!rc)
		(json ? hl_ops_report_json : hl_ops_report_text)(ctx, r, out);
	if (!rc)
		hl_review_fini(r);
	free(r);
	return rc;
}

const struct hl_op_row hl_ops_report[] = {
	{ .family = "report", .verb = "", .access = HL_OPS_READ, .usage = "report [--since 30d] [--until T] [--list L] [--camera C] [--csv] [--role ROLE] | report --year YYYY",
	  .help = "reads, alerts, what people found and how fast they answered; --year: the yearly form", .run = report },
	{ 0 },
};
