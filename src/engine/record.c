/* record.c: a hit -> what is written down, in this order: look (peek), judge, make, apply. Runs on the store thread inside a group; whatever was decided
 * and the marks that suppress the next read stand in one change, so that a crash loses neither alone.
 */
#include "engine/record_priv.h"
#include "engine/follow.h"
#include "base/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The working memory of one hit. On the heap: an alert is some 25 KiB. */
struct work {
	struct hl_store *store;
	const struct hl_catalog *catalog;
	const struct hl_read *read;
	const struct hl_hit *hit;
	int64_t now_ms;
	struct hl_entry entry;
	char place[HL_READ_NAME * 2], plate_read[HL_PLATE_MAX + 1], receipt[HL_READ_ID + 32];
	struct hl_peek_key key;
	struct hl_peek peek;
	struct hl_verdict verdict;
	const struct hl_mute *mute; /* NULL: people are told */
	struct hl_alert alert;
	struct hl_track track;
	struct hl_notice notice;
	struct hl_suppressed suppressed;
	struct hl_event event;
	struct hl_buf body;
	struct hl_delivery *deliveries;
	size_t n_deliveries;
	struct hl_follow follow; /* what waits for an answer */
	const char *receivers[HL_RECEIVERS_MAX];
	char told[HL_TEXT_LONG * 2]; /* the alert's receivers of before, cut into words */
};

/* A read sent twice has its time again; a producer that counts from one after every restart has not, and its new read must not be taken for the old
 * one. Where the receive time had to stand in there is the id alone. */
static void make_receipt(struct work *w)
{
	const struct hl_read *r = w->read;
	if (r->clock_suspect)
		hl_copy(w->receipt, sizeof w->receipt, r->id);
	else
		snprintf(w->receipt, sizeof w->receipt, "%s@%lld", r->id, (long long)r->time_ms);
}

static void make_key(struct work *w)
{
	const struct hl_catalog_list *list = &w->catalog->list[w->hit->list];
	hl_snapshot_get(list->snapshot, w->hit->entry, &w->entry);
	const struct hl_read *r = w->read;
	snprintf(w->place, sizeof w->place, "%s%s%s", r->camera, r->vehicle_id[0] ? "/" : "", r->vehicle_id);
	hl_plate_text(&r->plate, w->plate_read);
	make_receipt(w);
	w->key = (struct hl_peek_key){ .entry = w->entry.id, .revision = w->entry.revision, .place = w->place, .plate_read = w->plate_read,
				       .site = hl_record_site(w->catalog, r), .agency = hl_record_agency(w->catalog, w->hit->list, &w->entry),
				       .region = r->region, .read_id = w->receipt, .camera = r->camera };
}

bool hl_record_vehicle_agrees(const enum hl_evidence evidence[HL_CONTRADICTIONS])
{
	bool agrees = false;
	for (int i = HL_C_TYPE; i < HL_CONTRADICTIONS; i++) {
		if (evidence[i] == HL_EV_DIFFERS)
			return false;
		agrees = agrees || evidence[i] == HL_EV_AGREES;
	}
	return agrees;
}

static void judge(struct work *w)
{
	const struct hl_hit *h = w->hit;
	const struct hl_rules *rules = w->catalog->rules;
	w->mute = hl_decide_mute(w->catalog, w->read, h);
	w->verdict = hl_alert_judge(&w->peek.track, &w->peek.notice, &w->peek.cleared, w->mute ? HL_DROP : h->decision, h->kind, h->evidence[HL_C_STATE] == HL_EV_AGREES,
				    hl_record_vehicle_agrees(h->evidence), w->read->time_ms, w->now_ms, rules->passage_ms, rules->cooldown_ms);
}

/* What people have been told. A mute counts as nothing said: so its end is a rise, which breaks through the passage and the cooldown. */
static enum hl_decision told_as(const struct work *w)
{
	if (w->mute)
		return HL_DROP;
	return w->verdict.mark_cleared ? HL_VERIFY : w->hit->decision;
}

/* ---- the parts of a change ---- */

static void first_of_passage(struct work *w)
{
	int64_t t = w->read->time_ms;
	w->track = (struct hl_track){ .exists = true, .rev = w->peek.track.rev, .decision = told_as(w), .first_ms = t, .last_ms = t, .reads = 1 };
	hl_copy(w->track.alert, sizeof w->track.alert, w->alert.id);
}

/* Reads of one passage may come in any order. */
static void next_of_passage(struct work *w)
{
	int64_t t = w->read->time_ms;
	w->track = w->peek.track;
	w->track.reads++;
	w->track.first_ms = t < w->track.first_ms ? t : w->track.first_ms;
	w->track.last_ms = t > w->track.last_ms ? t : w->track.last_ms;
	if (w->verdict.action == HL_ACT_UPDATE)
		w->track.decision = told_as(w);
	w->alert.passage_reads = w->track.reads;
	w->alert.passage_first_ms = w->track.first_ms;
	w->alert.passage_last_ms = w->track.last_ms;
}

static void make_notice(struct work *w)
{
	w->notice = (struct hl_notice){ .exists = true, .at_ms = w->read->time_ms, .decision = told_as(w) };
	hl_copy(w->notice.alert, sizeof w->notice.alert, w->alert.id);
}

static void note_cleared(struct work *w)
{
	if (!w->verdict.mark_cleared)
		return;
	char day[HL_TIME_TEXT];
	hl_time_format(w->peek.cleared.at_ms, day);
	day[10] = 0;
	w->alert.decision = HL_VERIFY;
	snprintf(w->alert.cleared_note, sizeof w->alert.cleared_note, "cleared %s by %s", day, w->peek.cleared.by);
}

static void note_mute(struct work *w)
{
	char until[HL_TIME_TEXT + 8] = "";
	w->alert.muted[0] = 0;
	if (!w->mute)
		return;
	if (w->mute->until_ms != HL_NO_TIME) {
		hl_copy(until, sizeof until, "until ");
		hl_time_format(w->mute->until_ms, until + 6);
	}
	snprintf(w->alert.muted, sizeof w->alert.muted, "%s%s%s", until[0] ? until : "yes", w->mute->comment ? ": " : "", w->mute->comment ? w->mute->comment : "");
}

static bool has_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* Those of the route, and whoever was told before; the alert remembers them all. */
static size_t make_receivers(struct work *w)
{
	struct hl_hit as_told = *w->hit;
	as_told.decision = told_as(w);
	size_t n = w->mute ? 0 : hl_decide_route(w->catalog, w->read, &as_told, w->receivers);
	hl_copy(w->told, sizeof w->told, w->alert.receivers);
	char *rest = w->told, *word;
	while ((word = strsep(&rest, " ")))
		if (*word && n < HL_RECEIVERS_MAX && !has_name(w->receivers, n, word))
			w->receivers[n++] = word;
	size_t used = 0;
	w->alert.receivers[0] = 0;
	for (size_t i = 0; i < n && used < sizeof w->alert.receivers - HL_NAME - 1; i++)
		used += (size_t)snprintf(w->alert.receivers + used, sizeof w->alert.receivers - used, "%s%s", i ? " " : "", w->receivers[i]);
	return n;
}

static void release(struct work *w)
{
	hl_follow_wipe(&w->follow);
	hl_deliveries_free(w->deliveries, w->n_deliveries);
	w->deliveries = NULL;
	w->n_deliveries = 0;
	hl_buf_fini(&w->body);
}

static enum hl_code tell(struct work *w, enum hl_event_type type, struct hl_err *err)
{
	size_t n = make_receivers(w);
	enum hl_code rc = hl_record_deliveries(w->catalog, &w->alert, type, w->receivers, n, w->now_ms, &w->event, &w->body, &w->deliveries, &w->n_deliveries, err);
	if (!rc && !w->mute) {
		struct hl_hit as_told = *w->hit;
		as_told.decision = told_as(w);
		hl_follow_told(&w->follow, w->catalog, w->read, &as_told, &w->alert, &w->event, w->deliveries, w->n_deliveries, w->now_ms);
	}
	return rc ? rc : hl_digest_limit(&w->follow, w->store, w->catalog, &w->alert, w->deliveries, w->n_deliveries, w->now_ms, err);
}

static struct hl_change base_change(const struct work *w)
{
	return (struct hl_change){ .key = &w->key, .receipt = true, .now_ms = w->now_ms };
}

static void add_alert(struct work *w, struct hl_change *c)
{
	c->alert = &w->alert;
	c->alert_body = hl_buf_text(&w->body);
	c->alert_body_n = w->body.len;
	c->track = &w->track;
}

static void add_told(struct work *w, struct hl_change *c)
{
	add_alert(w, c);
	make_notice(w);
	c->notice = &w->notice;
	c->event = &w->event;
	c->deliveries = w->deliveries;
	c->n_deliveries = w->n_deliveries;
	hl_follow_into(&w->follow, w->alert.id, c);
}

/* ---- one function for each action ---- */

static enum hl_code apply_create(struct work *w, struct hl_err *err)
{
	note_cleared(w);
	note_mute(w);
	first_of_passage(w);
	enum hl_code rc = tell(w, HL_EVENT_CREATED, err);
	if (rc)
		return rc;
	struct hl_change c = base_change(w);
	add_told(w, &c);
	return w->store->ops->apply(w->store, &c, err);
}

static enum hl_code create(struct work *w, struct hl_recorded *out, struct hl_err *err)
{
	hl_record_alert(w->catalog, w->read, w->hit, w->now_ms, &w->alert);
	enum hl_code rc = apply_create(w, err);
	if (rc == HL_E_EXISTS) {
		/* A producer that counts its reads from one again after a restart must not lose an alert to last week's id. */
		release(w);
		char unlike[HL_READ_ID + 32];
		snprintf(unlike, sizeof unlike, "%s@%lld", w->read->id, (long long)w->read->time_ms);
		hl_record_alert(w->catalog, w->read, w->hit, w->now_ms, &w->alert);
		hl_alert_id(w->entry.id, w->read->camera, unlike, w->alert.id);
		rc = apply_create(w, err);
	}
	out->outcome = HL_OUT_CREATED;
	out->deliveries = (unsigned)w->n_deliveries;
	hl_copy(out->alert, sizeof out->alert, w->alert.id);
	return rc;
}

/* The passage's alert, from the store. *open: it is there, and waits for people or is being handled. One that can't be read back is as good as gone: its
 * next read must not be lost with it. */
static enum hl_code load_alert(struct work *w, bool *open, struct hl_err *err)
{
	struct hl_alert_row row;
	*open = false;
	enum hl_code rc = w->store->ops->alert_get(w->store, w->peek.track.alert, &row, err);
	if (rc)
		return rc == HL_E_NOTFOUND ? HL_OK : rc;
	*open = hl_alert_parse(&w->alert, row.body, row.body_n, err) == HL_OK && w->alert.state < HL_ST_CLOSED;
	free(row.body);
	return HL_OK;
}

static enum hl_code update(struct work *w, struct hl_recorded *out, struct hl_err *err)
{
	hl_record_entry(w->catalog, w->hit, w->now_ms, &w->alert); /* people are told of it as it is now, and of the version that says so */
	hl_record_better(w->catalog, w->read, w->hit, &w->alert);
	note_cleared(w);
	note_mute(w);
	next_of_passage(w);
	w->alert.rev++;
	enum hl_code rc = tell(w, HL_EVENT_UPDATED, err);
	if (rc)
		return rc;
	struct hl_change c = base_change(w);
	add_told(w, &c);
	out->outcome = HL_OUT_UPDATED;
	out->deliveries = (unsigned)w->n_deliveries;
	return w->store->ops->apply(w->store, &c, err);
}

/* What was kept silent, why, and the alert behind it: listed by `alert suppressed`. */
static void make_suppressed(struct work *w, enum hl_suppression why, const char *alert)
{
	struct hl_suppressed *u = &w->suppressed;
	*u = (struct hl_suppressed){ .why = why, .time_ms = w->read->time_ms };
	hl_copy(u->entry, sizeof u->entry, w->entry.id);
	hl_copy(u->alert, sizeof u->alert, alert);
	hl_copy(u->camera, sizeof u->camera, w->read->camera);
	hl_copy(u->plate_read, sizeof u->plate_read, w->plate_read);
	hl_copy(u->read_id, sizeof u->read_id, w->read->id);
	hl_copy(u->list, sizeof u->list, w->catalog->list[w->hit->list].name);
	hl_pattern_text(&w->entry.pattern, u->plate_listed);
	if (why == HL_SUP_CLEARED)
		hl_copy(u->pair, sizeof u->pair, w->peek.cleared.id);
}

static enum hl_code count(struct work *w, bool there, struct hl_recorded *out, struct hl_err *err)
{
	next_of_passage(w);
	make_suppressed(w, HL_SUP_PASSAGE, w->track.alert);
	struct hl_change c = base_change(w);
	c.track = &w->track;
	c.suppressed = &w->suppressed;
	if (there) {
		w->alert.rev++;
		enum hl_code rc = hl_record_body(&w->alert, &w->body, err);
		if (rc)
			return rc;
		add_alert(w, &c);
		c.same_entry = true;
	}
	out->outcome = HL_OUT_COUNTED;
	out->why = HL_SUP_PASSAGE;
	return w->store->ops->apply(w->store, &c, err);
}

static enum hl_code suppress(struct work *w, struct hl_recorded *out, struct hl_err *err)
{
	const char *by = w->verdict.why == HL_SUP_CLEARED ? w->peek.cleared.alert : w->peek.notice.alert;
	make_suppressed(w, w->verdict.why, by);
	struct hl_change c = base_change(w);
	c.suppressed = &w->suppressed;
	out->outcome = HL_OUT_SUPPRESSED;
	out->why = w->verdict.why;
	hl_copy(out->alert, sizeof out->alert, by);
	return w->store->ops->apply(w->store, &c, err);
}

/* Something to add to the passage's alert. One that people have closed meanwhile is not opened again behind their back: a rise makes a new one. */
static enum hl_code in_passage(struct work *w, struct hl_recorded *out, struct hl_err *err)
{
	bool open;
	enum hl_code rc = load_alert(w, &open, err);
	if (rc)
		return rc;
	hl_copy(out->alert, sizeof out->alert, w->peek.track.alert);
	if (w->verdict.action == HL_ACT_COUNT)
		return count(w, open, out, err);
	return open ? update(w, out, err) : create(w, out, err);
}

static enum hl_code record_once(struct work *w, struct hl_recorded *out, struct hl_err *err)
{
	*out = (struct hl_recorded){ 0 };
	enum hl_code rc = w->store->ops->peek(w->store, &w->key, w->now_ms, &w->peek, err);
	if (rc)
		return rc;
	if (w->peek.duplicate) {
		out->outcome = HL_OUT_DUPLICATE;
		out->why = HL_SUP_DUPLICATE;
		return HL_OK;
	}
	judge(w);
	switch (w->verdict.action) {
	case HL_ACT_CREATE:
		return create(w, out, err);
	case HL_ACT_UPDATE:
	case HL_ACT_COUNT:
		return in_passage(w, out, err);
	case HL_ACT_SUPPRESS:
		break;
	}
	return suppress(w, out, err);
}

enum hl_code hl_record_hit(struct hl_store *s, const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, int64_t now_ms,
			   struct hl_recorded *out, struct hl_err *err)
{
	struct work *w = hl_calloc(1, sizeof *w);
	*w = (struct work){ .store = s, .catalog = c, .read = r, .hit = h, .now_ms = now_ms, .body = HL_BUF(HL_BODY_MAX) };
	make_key(w);
	enum hl_code rc = record_once(w, out, err);
	release(w);
	if (rc == HL_E_CONFLICT) {
		rc = record_once(w, out, err);
		release(w);
	}
	free(w);
	return rc;
}
