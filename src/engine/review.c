/* review.c: see review.h. Alerts are fetched in pages, the newest first, so that a year of them needs no more memory than a page; what is kept is counts, and a number
 * an answer.
 */
#include "engine/review.h"
#include "base/mem.h"
#include "format/alert_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 500 };

static const char *const view_names[HL_REVIEW_VIEWS] = { [HL_REVIEW_CATEGORY] = "category", [HL_REVIEW_LIST] = "list", [HL_REVIEW_RECEIVER] = "receiver",
							  [HL_REVIEW_CAMERA] = "camera", [HL_REVIEW_RULES] = "rules" };

const char *hl_review_view_name(enum hl_review_view v)
{
	return (unsigned)v < HL_REVIEW_VIEWS ? view_names[v] : "";
}

static bool all_agree(const struct hl_alert *a)
{
	for (int i = 0; i < HL_VERIFIED_PARTS; i++)
		if (a->life.verification[i].result != HL_VR_AGREES)
			return false;
	return true;
}

/* An alert that was closed before outcomes were asked for was right. */
static bool outcome_is_right(const char *outcome)
{
	return !outcome[0] || hl_outcome_is_right(outcome);
}

enum hl_replay_truth hl_alert_truth(const struct hl_alert *a)
{
	if (a->state == HL_ST_REJECTED)
		return !strcmp(a->closed_reason, "misread") || !strcmp(a->closed_reason, "other_vehicle") ? HL_TRUTH_WRONG : HL_TRUTH_UNKNOWN;
	bool right = a->state == HL_ST_VERIFIED || a->state == HL_ST_CONFIRMED || all_agree(a) || (a->state == HL_ST_CLOSED && outcome_is_right(a->life.outcome));
	return right ? HL_TRUTH_RIGHT : HL_TRUTH_UNKNOWN;
}

/* ---- counting by name ---- */

/* Where the name is among n elements of `size` bytes that begin with their names, or belongs. */
static size_t where(const void *v, size_t n, size_t size, const char *name, bool *there)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strcmp((const char *)v + mid * size, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*there = low < n && !strcmp((const char *)v + low * size, name);
	return low;
}

/* The element of the name, made where there is none. Gives the array in *v. */
static void *element(void **v, size_t *n, size_t *cap, size_t size, const char *full)
{
	bool there;
	char name[HL_TEXT_LONG];
	hl_copy(name, sizeof name, full);
	size_t at = where(*v, *n, size, name, &there);
	if (!there) {
		if (*n == *cap)
			*v = hl_realloc(*v, *cap = *cap ? 2 * *cap : 16, size);
		char *to = (char *)*v + at * size;
		memmove(to + size, to, (*n - at) * size);
		memset(to, 0, size);
		hl_copy(to, HL_TEXT_LONG, name);
		++*n;
	}
	return (char *)*v + at * size;
}

static void count(struct hl_review_counts *c, const char *name)
{
	void *v = c->v;
	struct hl_review_count *e = element(&v, &c->n, &c->cap, sizeof *e, name[0] ? name : "none");
	c->v = v;
	e->n++;
}

static bool closed_as(const struct hl_alert *a, const char *const *outcomes)
{
	for (size_t i = 0; a->state == HL_ST_CLOSED && outcomes[i]; i++)
		if (!strcmp(a->life.outcome, outcomes[i]))
			return true;
	return false;
}

static void add_to_row(struct hl_review_row *r, const struct hl_alert *a)
{
	static const char *const stops[] = { "arrest", "citation", "stopped", NULL }, *const recovered[] = { "recovered", "found", NULL };
	r->stops += closed_as(a, stops);
	r->recovered += closed_as(a, recovered);
	enum hl_replay_truth t = hl_alert_truth(a);
	r->alerts++;
	r->verify += a->decision == HL_VERIFY;
	r->right += t == HL_TRUTH_RIGHT;
	r->wrong += t == HL_TRUTH_WRONG;
	r->unknown += t == HL_TRUTH_UNKNOWN;
}

static void add_named(struct hl_review *r, enum hl_review_view view, const char *name, const struct hl_alert *a)
{
	struct hl_review_rows *rows = &r->view[view];
	void *v = rows->v;
	struct hl_review_row *row = element(&v, &rows->n, &rows->cap, sizeof *row, name[0] ? name : "none");
	rows->v = v;
	add_to_row(row, a);
}

/* ---- one alert ---- */

/* When a person first did something about it; HL_NO_TIME: nobody has. Lapsed and undone acknowledgements are answers all the same. */
static int64_t answered_at(const struct hl_alert *a)
{
	for (unsigned i = 0; i < a->life.n_steps; i++)
		if (a->life.step[i].to == HL_ST_ACKNOWLEDGED)
			return a->life.step[i].at_ms;
	if (a->acknowledged_by[0])
		return a->acknowledged_ms;
	return a->state == HL_ST_CLOSED || a->state == HL_ST_REJECTED ? a->closed_ms : HL_NO_TIME;
}

static void add_open(struct hl_review *r, const struct hl_alert *a)
{
	r->unanswered++;
	/* They come the newest first: of too many the newest go. */
	if (r->n_open == HL_REVIEW_OPEN_MAX)
		memmove(r->open, r->open + 1, --r->n_open * sizeof r->open[0]);
	struct hl_review_open *o = &r->open[r->n_open++];
	*o = (struct hl_review_open){ .time_ms = a->time_ms, .created_ms = a->created_ms, .priority = a->priority };
	hl_copy(o->id, sizeof o->id, a->id);
	hl_copy(o->list, sizeof o->list, a->list);
	hl_copy(o->place, sizeof o->place, hl_alert_place(a));
}

static void add_answer(struct hl_review *r, const struct hl_alert *a)
{
	int64_t at = answered_at(a);
	if (at == HL_NO_TIME) {
		r->ended_unanswered += a->state == HL_ST_WITHDRAWN;
		if (a->state == HL_ST_NEW)
			add_open(r, a);
		return;
	}
	if (r->n_answers == r->cap_answers)
		r->answer_ms = hl_realloc(r->answer_ms, r->cap_answers = r->cap_answers ? 2 * r->cap_answers : 64, sizeof r->answer_ms[0]);
	r->answer_ms[r->n_answers++] = at > a->created_ms ? at - a->created_ms : 0;
}

/* Each receiver that was told is a row: the alerts of these rows are more than there are alerts. */
static void add_receivers(struct hl_review *r, const struct hl_alert *a)
{
	char names[sizeof a->receivers], *rest = names, *word;
	if (!a->receivers[0])
		add_named(r, HL_REVIEW_RECEIVER, "nobody", a);
	hl_copy(names, sizeof names, a->receivers);
	while ((word = strsep(&rest, " ")))
		if (*word)
			add_named(r, HL_REVIEW_RECEIVER, word, a);
}

static void add_alert(struct hl_review *r, const struct hl_alert *a)
{
	if (r->filter.hidden && (a->life.covert || r->filter.hidden(r->filter.hidden_arg, a->list)))
		return;
	add_to_row(&r->all, a);
	add_named(r, HL_REVIEW_CATEGORY, a->category, a);
	add_named(r, HL_REVIEW_LIST, a->list, a);
	add_named(r, HL_REVIEW_CAMERA, a->read.camera, a);
	add_named(r, HL_REVIEW_RULES, a->rules_version, a);
	add_receivers(r, a);
	r->by_state[a->state]++;
	r->muted += a->muted[0] != 0;
	r->late += a->read.late;
	if (a->state == HL_ST_REJECTED)
		count(&r->rejected, a->closed_reason);
	else if (a->state == HL_ST_CLOSED)
		count(&r->outcomes, a->life.outcome);
	else if (a->state == HL_ST_WITHDRAWN)
		count(&r->standdowns, a->closed_reason);
	add_answer(r, a);
}

/* ---- all of them ---- */

/* The alerts of one page but those of its last instant, which begin the next page; all, where the page is not full. */
static enum hl_code add_page(struct hl_review *r, const struct hl_alert_row *rows, size_t n, bool full, int64_t *next_ms, struct hl_err *err)
{
	struct hl_alert *a = hl_alloc(sizeof *a);
	enum hl_code rc = HL_OK;
	if (full)
		rc = hl_alert_parse(a, rows[n - 1].body, rows[n - 1].body_n, err);
	int64_t last = rc ? 0 : a->time_ms;
	for (size_t i = 0; !rc && i < n; i++) {
		rc = hl_alert_parse(a, rows[i].body, rows[i].body_n, err);
		if (!rc && (!full || a->time_ms > last))
			add_alert(r, a);
	}
	*next_ms = last;
	free(a);
	return rc;
}

static enum hl_code add_alerts(struct hl_review *r, struct hl_store *s, struct hl_err *err)
{
	const struct hl_review_filter *w = &r->filter;
	struct hl_alert_filter f = { .list = w->list, .camera = w->camera, .since_ms = w->since_ms, .until_ms = w->until_ms == HL_NO_TIME ? HL_NO_TIME : w->until_ms - 1,
				     .limit = PAGE };
	enum hl_code rc;
	bool full;
	do {
		struct hl_alert_row *rows;
		size_t n;
		int64_t next = HL_NO_TIME;
		rc = s->ops->alert_list(s, &f, &rows, &n, err);
		if (rc)
			return rc;
		full = n == f.limit;
		rc = add_page(r, rows, n, full, &next, err);
		hl_alert_rows_free(rows, n);
		if (!rc && full && next == f.until_ms && f.limit == HL_LIST_MAX)
			return hl_err_set(err, HL_E_LIMIT, "more than %d alerts of one millisecond", HL_LIST_MAX);
		f.limit = full && next == f.until_ms ? HL_LIST_MAX : PAGE;
		f.until_ms = full ? next : f.until_ms;
	} while (!rc && full);
	return rc;
}

static enum hl_code add_suppressed(struct hl_review *r, struct hl_store *s, struct hl_err *err)
{
	const struct hl_review_filter *w = &r->filter;
	struct hl_suppressed_filter f = { .list = w->list, .camera = w->camera, .since_ms = w->since_ms,
					  .until_ms = w->until_ms == HL_NO_TIME ? HL_NO_TIME : w->until_ms - 1, .limit = HL_LIST_MAX };
	size_t n;
	do {
		struct hl_suppressed *u;
		enum hl_code rc = s->ops->suppressed_list(s, &f, &u, &n, err);
		if (rc)
			return rc;
		int64_t last = n == HL_LIST_MAX ? u[n - 1].time_ms : HL_NO_TIME;
		for (size_t i = 0; i < n; i++)
			if ((u[i].time_ms > last || n < HL_LIST_MAX) && u[i].why <= HL_SUP_DUPLICATE && !(w->hidden && w->hidden(w->hidden_arg, u[i].list)))
				r->suppressed[u[i].why]++;
		free(u);
		if (n == HL_LIST_MAX && last == f.until_ms)
			return hl_err_set(err, HL_E_LIMIT, "more than %d suppressed reads of one millisecond", HL_LIST_MAX);
		f.until_ms = last == HL_NO_TIME ? f.until_ms : last;
	} while (n == HL_LIST_MAX);
	return HL_OK;
}

static int by_length(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void turn_round(struct hl_review *r)
{
	for (size_t i = 0; i < r->n_open / 2; i++) {
		struct hl_review_open o = r->open[i];
		r->open[i] = r->open[r->n_open - 1 - i];
		r->open[r->n_open - 1 - i] = o;
	}
}

enum hl_code hl_review_make(struct hl_review *r, struct hl_store *s, const struct hl_review_filter *f, struct hl_err *err)
{
	*r = (struct hl_review){ .filter = *f, .total_from_ms = HL_NO_TIME, .open = hl_calloc(HL_REVIEW_OPEN_MAX, sizeof r->open[0]) };
	int64_t since = f->since_ms == HL_NO_TIME ? HL_NO_TIME : f->since_ms - f->since_ms % HL_TOTAL_MS;
	enum hl_code rc = HL_OK;
	if (!f->list && !f->camera)
		rc = s->ops->totals_sum(s, since, f->until_ms, &r->total_from_ms, &r->total, &r->n_total, err);
	if (!rc)
		rc = add_suppressed(r, s, err);
	if (!rc)
		rc = add_alerts(r, s, err);
	if (r->n_answers > 1)
		qsort(r->answer_ms, r->n_answers, sizeof r->answer_ms[0], by_length);
	turn_round(r);
	if (rc)
		hl_review_fini(r);
	return rc;
}

void hl_review_fini(struct hl_review *r)
{
	for (int i = 0; i < HL_REVIEW_VIEWS; i++)
		free(r->view[i].v);
	free(r->rejected.v);
	free(r->outcomes.v);
	free(r->standdowns.v);
	free(r->total);
	free(r->answer_ms);
	free(r->open);
	*r = (struct hl_review){ .n_open = 0 };
}

int64_t hl_review_total(const struct hl_review *r, const char *name)
{
	for (size_t i = 0; i < r->n_total; i++)
		if (!strcmp(r->total[i].name, name))
			return r->total[i].n;
	return 0;
}

int64_t hl_review_quantile(const struct hl_review *r, double share)
{
	if (!r->n_answers)
		return 0;
	size_t rank = (size_t)ceil(share * (double)r->n_answers);
	return r->answer_ms[rank ? rank - 1 : 0];
}
