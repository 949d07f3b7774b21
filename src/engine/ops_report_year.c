/* ops_report_year.c: the yearly form: what an agency that reports its use of plate readers in public has to tell, counted by purpose, without a plate, a place or a person.
 * The purposes are those to which Code of Virginia 2.2-5517 limits such systems; doc/report.md says which category is of which. Pure but for the context it is given.
 */
#include "engine/ops_report.h"
#include "engine/ops_priv.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *words;
	const char *categories[12]; /* NULL-ended; the last row takes the rest */
} purpose[] = {
	{ "stolen_vehicle", "stolen vehicle", { "stolen", "stolen-vehicle", "stolen vehicle", "stolen-canadian", NULL } },
	{ "stolen_plate", "stolen license plate", { "stolen-plate", "stolen plate", NULL } },
	{ "missing_or_endangered", "missing or endangered person", { "missing", "amber", "silver", "endangered", "abduction", NULL } },
	{ "human_trafficking", "human trafficking", { "trafficking", "human-trafficking", NULL } },
	{ "outstanding_warrant", "outstanding warrant", { "wanted", "warrant", NULL } },
	{ "criminal_investigation", "criminal investigation", { "felony", "bolo", "homicide", "robbery", "narcotics", "violent-person", "gang-terrorist", NULL } },
	{ "other", "other: not among the purposes", { NULL } },
};
enum { PURPOSES = sizeof purpose / sizeof purpose[0] };

static size_t purpose_of(const char *category)
{
	for (size_t i = 0; i + 1 < PURPOSES; i++)
		for (size_t k = 0; purpose[i].categories[k]; k++)
			if (hl_text_same(purpose[i].categories[k], category))
				return i;
	return PURPOSES - 1;
}

static void by_purpose(const struct hl_review *r, struct hl_review_row sum[PURPOSES])
{
	memset(sum, 0, PURPOSES * sizeof sum[0]);
	const struct hl_review_rows *rows = &r->view[HL_REVIEW_CATEGORY];
	for (size_t i = 0; i < rows->n; i++) {
		struct hl_review_row *s = &sum[purpose_of(rows->v[i].name)];
		s->alerts += rows->v[i].alerts;
		s->verify += rows->v[i].verify;
		s->right += rows->v[i].right;
		s->wrong += rows->v[i].wrong;
		s->unknown += rows->v[i].unknown;
		s->stops += rows->v[i].stops;
		s->recovered += rows->v[i].recovered;
	}
}

/* How many cameras the settings name; -1 where there are none to ask. */
static int64_t cameras_registered(const struct hl_ops_ctx *ctx)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	return s ? (int64_t)s->cameras.n : -1;
}

static int64_t stood_down(const struct hl_review *r)
{
	return r->by_state[HL_ST_WITHDRAWN];
}

static void year_json(const struct hl_ops_ctx *ctx, const struct hl_review *r, const struct hl_review_row *sum, int year, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "form", "2.2-5517");
	hl_json_int(&j, "year", year);
	hl_json_time(&j, "since", r->filter.since_ms);
	hl_json_time(&j, "until", r->filter.until_ms);
	hl_json_time(&j, "counted_from", r->total_from_ms);
	hl_json_int(&j, "reads", hl_review_total(r, "reads.in"));
	hl_json_int(&j, "reads_matched", hl_review_total(r, "reads.matched") + hl_review_total(r, "reads.suppressed"));
	hl_json_int(&j, "non_matching_reads_kept", 0);
	hl_json_int(&j, "cameras_registered", cameras_registered(ctx));
	hl_json_int(&j, "cameras_with_alerts", (int64_t)r->view[HL_REVIEW_CAMERA].n);
	hl_json_int(&j, "lists_with_alerts", (int64_t)r->view[HL_REVIEW_LIST].n);
	hl_json_open_key(&j, "purposes", '[');
	for (size_t i = 0; i < PURPOSES; i++) {
		hl_json_open(&j, '{');
		hl_json_str(&j, "purpose", purpose[i].name);
		hl_json_int(&j, "alerts", sum[i].alerts);
		hl_json_int(&j, "right", sum[i].right);
		hl_json_int(&j, "wrong", sum[i].wrong);
		hl_json_int(&j, "unknown", sum[i].unknown);
		hl_ops_report_share(&sum[i], &j);
		hl_json_int(&j, "stops", sum[i].stops);
		hl_json_int(&j, "recovered", sum[i].recovered);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_json_int(&j, "alerts", r->all.alerts);
	hl_json_int(&j, "stood_down", stood_down(r));
	hl_json_int(&j, "unanswered", r->unanswered + r->ended_unanswered);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void year_head(const struct hl_ops_ctx *ctx, const struct hl_review *r, int year, struct hl_buf *out)
{
	char since[48], until[48], from[48];
	hl_ops_full_time(ctx, r->filter.since_ms, since);
	hl_ops_full_time(ctx, r->filter.until_ms, until);
	hl_ops_full_time(ctx, r->total_from_ms, from);
	hl_buf_printf(out, "USE OF AUTOMATIC LICENSE PLATE RECOGNITION, %d  (form of Va. Code 2.2-5517)\n%s until %s\n\n", year, since, until);
	hl_buf_printf(out, "reads                             %12lld\n", (long long)hl_review_total(r, "reads.in"));
	hl_buf_printf(out, "  counted since                   %s\n", from);
	hl_buf_printf(out, "  that matched an entry           %12lld\n", (long long)(hl_review_total(r, "reads.matched") + hl_review_total(r, "reads.suppressed")));
	hl_buf_printf(out, "  that matched none and were kept            0  (none is ever written)\n");
	if (cameras_registered(ctx) >= 0)
		hl_buf_printf(out, "cameras registered                %12lld\n", (long long)cameras_registered(ctx));
	hl_buf_printf(out, "cameras with alerts               %12zu\nlists with alerts                 %12zu\n", r->view[HL_REVIEW_CAMERA].n, r->view[HL_REVIEW_LIST].n);
}

static void year_text(const struct hl_ops_ctx *ctx, const struct hl_review *r, const struct hl_review_row *sum, int year, struct hl_buf *out)
{
	char share[32];
	year_head(ctx, r, year, out);
	hl_buf_printf(out, "\n%-30s %6s %6s %6s %7s %6s %9s\n", "PURPOSE", "ALERTS", "RIGHT", "WRONG", "UNKNOWN", "STOPS", "RECOVERED");
	for (size_t i = 0; i < PURPOSES; i++)
		hl_buf_printf(out, "%-30s %6lld %6lld %6lld %7lld %6lld %9lld\n", purpose[i].words, (long long)sum[i].alerts, (long long)sum[i].right, (long long)sum[i].wrong,
			      (long long)sum[i].unknown, (long long)sum[i].stops, (long long)sum[i].recovered);
	hl_buf_printf(out, "%-30s %6lld %6lld %6lld %7lld %6lld %9lld\n\n", "all", (long long)r->all.alerts, (long long)r->all.right, (long long)r->all.wrong,
		      (long long)r->all.unknown, (long long)r->all.stops, (long long)r->all.recovered);
	hl_ops_report_share_text(&r->all, share);
	hl_buf_printf(out, "precision (95 %%)                  %s\n", share);
	hl_buf_printf(out, "taken back (stood down)           %12lld\n", (long long)stood_down(r));
	hl_buf_printf(out, "never answered                    %12lld\n", (long long)(r->unanswered + r->ended_unanswered));
	hl_buf_puts(out, "\nNot known here: searches of stored reads (there are none to search),\nwho was stopped, sharing with others, unauthorized use.\n");
	if (r->filter.hidden)
		hl_buf_puts(out, "Not counted here: covert lists, as an officer may not see them (--role).\n");
}

void hl_ops_report_year(const struct hl_ops_ctx *ctx, const struct hl_review *r, int year, bool json, struct hl_buf *out)
{
	struct hl_review_row sum[PURPOSES];
	by_purpose(r, sum);
	(json ? year_json : year_text)(ctx, r, sum, year, out);
}
