/* lint_guard.c: the version as a whole, see lint.h: what must not become active before a second person has seen it. Nothing here refuses a file: the version is made, and
 * held; but for more partial plates than an index takes. Reads the state folder; one thread.
 */
#include "engine/lint_priv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "core/index.h"

enum { FEWEST_LESS = 20, FEWEST_MORE = 50 };

#define DAY_MS INT64_C(86400000)

struct guard {
	const struct hl_lint *l;
	const char *state; /* NULL: there is none */
	struct hl_import_report *report;
	struct hl_version active; /* id "": none */
};

static void hold(struct guard *g, enum hl_hold what, const char *found, const char *expected)
{
	g->report->version.holds |= (unsigned)what;
	hl_lint_warn(g->l->notes, 0, NULL, found, expected);
}

static void check_sizes(struct guard *g)
{
	const struct hl_list_settings *p = g->l->policy;
	int64_t was = g->active.entries, now = g->report->version.entries; /* of an increment: with what it carries over */
	char found[64], expected[128];
	if (!g->active.id[0] || was < 0)
		return;
	snprintf(found, sizeof found, "%" PRId64 " entries", now);
	if (was - now >= FEWEST_LESS && (was - now) * 100 > p->shrink * was) {
		snprintf(expected, sizeof expected, "no more than %" PRId64 " %% fewer than the %" PRId64 " of the active version: held", p->shrink, was);
		hold(g, HL_HOLD_SHRINK, found, expected);
	}
	if (now - was >= FEWEST_MORE && (now - was) * 100 > p->growth * was) {
		snprintf(expected, sizeof expected, "no more than %" PRId64 " %% over the %" PRId64 " of the active version: held", p->growth, was);
		hold(g, HL_HOLD_GROWTH, found, expected);
	}
}

/* What the versions of the last 24 hours hold together, this one not among them. */
static int64_t of_the_day(const struct guard *g)
{
	struct hl_version *v;
	size_t n;
	int64_t sum = 0;
	if (!g->state || hl_version_list(g->state, g->report->version.list, &v, &n, NULL))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (v[i].entries > 0 && v[i].imported_ms != HL_NO_TIME && v[i].imported_ms > g->l->now_ms - DAY_MS)
			sum += v[i].entries;
	free(v);
	return sum;
}

static void check_caps(struct guard *g)
{
	int64_t now = g->report->entries, most = hl_list_max_entries(g->l->policy), day = hl_list_max_entries_day(g->l->policy);
	char found[64], expected[128];
	if (now > most) {
		snprintf(found, sizeof found, "%" PRId64 " entries", now);
		snprintf(expected, sizeof expected, "at most %" PRId64 " in one upload (max_entries): held", most);
		hold(g, HL_HOLD_CAP, found, expected);
		return;
	}
	if (day == INT64_MAX || (now += of_the_day(g)) <= day)
		return;
	snprintf(found, sizeof found, "%" PRId64 " entries in 24 hours", now);
	snprintf(expected, sizeof expected, "at most %" PRId64 " (max_entries_a_day): held", day);
	hold(g, HL_HOLD_CAP, found, expected);
}

static void check_age(struct guard *g, int fd)
{
	const struct hl_list_settings *p = g->l->policy;
	int64_t said = g->report->file.file_time_ms, made = said;
	struct stat st;
	char found[HL_TIME_TEXT + 32], then[HL_TIME_TEXT], expected[128];
	if (made == HL_NO_TIME && !fstat(fd, &st) && S_ISREG(st.st_mode))
		made = st.st_mtim.tv_sec * INT64_C(1000) + st.st_mtim.tv_nsec / 1000000;
	if (made == HL_NO_TIME)
		return;
	hl_time_format(made, then);
	snprintf(found, sizeof found, "a file of %s", then);
	if (p->max_age_ms && g->l->now_ms - made > p->max_age_ms) {
		snprintf(expected, sizeof expected, "one of the last %" PRId64 " hours at most (max_age): held", p->max_age_ms / 3600000);
		hold(g, HL_HOLD_AGE, found, p->max_age_ms < 3600000 ? "a newer one (max_age): held" : expected);
	} else if (said != HL_NO_TIME && g->active.id[0] && g->active.file_time_ms != HL_NO_TIME && said < g->active.file_time_ms) {
		hl_time_format(g->active.file_time_ms, then);
		snprintf(expected, sizeof expected, "one no older than the active version's, of %s: held", then);
		hold(g, HL_HOLD_AGE, found, expected);
	}
	if (made > g->l->now_ms + DAY_MS)
		hl_lint_warn(g->l->notes, 0, NULL, found, "a time that is past: is a clock wrong, or a date format?");
}

/* A partial plate that the active version has just so was approved with it. */
static enum hl_code check_partial(struct guard *g, struct hl_err *err)
{
	struct hl_snapshot *s = NULL;
	size_t new = 0;
	if (!g->l->n_partial)
		return HL_OK;
	enum hl_code code = g->active.id[0] ? hl_version_open(g->state, &g->active, &s, err) : HL_OK;
	if (code)
		return code;
	for (size_t i = 0; i < g->l->n_partial; i++) {
		struct hl_entry e;
		ptrdiff_t at = s ? hl_snapshot_find(s, g->l->partial[i].id) : -1;
		if (at >= 0)
			hl_snapshot_get(s, (size_t)at, &e);
		new += at < 0 || strcmp(e.revision, g->l->partial[i].revision) != 0;
	}
	hl_snapshot_close(&s);
	char found[64];
	snprintf(found, sizeof found, "%zu partial plate%s", new, new == 1 ? "" : "s");
	if (new)
		hold(g, HL_HOLD_PARTIAL, found, "none that the active version does not have: held");
	return HL_OK;
}

void hl_lint_cost(const struct hl_lint *l, const struct hl_cost *c)
{
	double most = l->policy->max_false_a_day;
	char number[32], found[64], expected[96];
	if (!c->made || !(most > 0) || c->a_day <= most)
		return;
	hl_cost_number(c->a_day, number);
	snprintf(found, sizeof found, "%s false alerts a day expected", number);
	hl_cost_number(most, number);
	snprintf(expected, sizeof expected, "at most %s (max_false_a_day): see the dearest entries", number);
	hl_lint_warn(l->notes, 0, NULL, found, expected);
}

enum hl_code hl_lint_guard(const struct hl_lint *l, const char *state, int fd, struct hl_import_report *report, struct hl_err *err)
{
	struct guard g = { .l = l, .state = state && *state ? state : NULL, .report = report };
	if (g.state && hl_version_find(g.state, report->version.list, "active", &g.active, NULL))
		g.active.id[0] = 0;
	report->version.file_time_ms = report->file.file_time_ms;
	report->bad_lines = l->policy->bad_lines;
	if (!report->entries || report->file.bad)
		return HL_OK; /* there will be no version */
	if (report->partial > HL_INDEX_PARTIAL_MAX)
		return hl_err_set(err, HL_E_LIMIT, "%" PRId64 " partial plates (with * or more than two ?), at most %d: every read is compared with each", report->partial,
				  HL_INDEX_PARTIAL_MAX);
	if (l->policy->approvals)
		report->version.holds |= HL_HOLD_POLICY;
	check_sizes(&g);
	check_caps(&g);
	check_age(&g, fd);
	return check_partial(&g, err);
}
