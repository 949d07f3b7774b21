/* record.c: a hit -> what is written down, in this order: look (peek), judge, change, tell. Runs on the store thread inside a group; whatever was decided
 * and the marks that suppress the next read stand in one change, so that a crash loses neither alone. record_notice.c tells. doc/story.md is the manual.
 */
#include "engine/record_priv.h"
#include "engine/standdown.h"
#include "base/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A read sent twice has its time again; a producer that counts from one after every restart has not, and its new read must not be taken for the old
 * one. Where the receive time had to stand in there is the id alone. */
static void make_receipt(const struct hl_read *r, struct hl_record_hit *w)
{
	if (r->clock_suspect)
		hl_copy(w->receipt, sizeof w->receipt, r->id);
	else
		snprintf(w->receipt, sizeof w->receipt, "%s@%lld", r->id, (long long)r->time_ms);
}

static void make_key(const struct hl_record *r, struct hl_record_hit *w)
{
	const struct hl_catalog_list *list = &r->catalog->list[w->hit->list];
	const struct hl_read *read = r->read;
	char listed[HL_READ_PLATE];
	hl_snapshot_get(list->snapshot, w->hit->entry, &w->entry);
	hl_pattern_text(&w->entry.pattern, listed);
	hl_record_incident(listed, w->entry.f[HL_F_STATE], w->incident);
	snprintf(w->place, sizeof w->place, "%s%s%s", read->camera, read->vehicle_id[0] ? "/" : "", read->vehicle_id);
	hl_plate_text(&read->plate, w->plate_read);
	make_receipt(read, w);
	w->key = (struct hl_peek_key){ .entry = w->entry.id, .revision = w->entry.revision, .place = w->place, .plate_read = w->plate_read,
				       .site = hl_record_site(r->catalog, read), .agency = hl_record_agency(r->catalog, w->hit->list, &w->entry),
				       .region = read->region, .read_id = w->receipt, .camera = read->camera };
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

static void judge(const struct hl_record *r, struct hl_record_hit *w)
{
	const struct hl_hit *h = w->hit;
	const struct hl_rules *rules = r->catalog->rules;
	w->mute = hl_decide_mute(r->catalog, r->read, h);
	w->verdict = hl_alert_judge(&w->peek.track, &w->peek.notice, &w->peek.cleared, w->mute ? HL_DROP : h->decision, h->kind, h->evidence[HL_C_STATE] == HL_EV_AGREES,
				    hl_record_vehicle_agrees(h->evidence), r->read->time_ms, r->now_ms, rules->passage_ms, rules->cooldown_ms);
}

enum hl_decision hl_record_told_as(const struct hl_record_hit *w)
{
	if (w->mute)
		return HL_DROP;
	return w->verdict.mark_cleared ? HL_VERIFY : w->hit->decision;
}

/* ---- the parts of a change ---- */

static void first_of_passage(const struct hl_record *r, struct hl_record_hit *w, enum hl_decision told)
{
	int64_t t = r->read->time_ms;
	w->track = (struct hl_track){ .exists = true, .rev = w->peek.track.rev, .decision = told, .first_ms = t, .last_ms = t, .reads = 1 };
	hl_copy(w->track.alert, sizeof w->track.alert, w->alert->id);
	w->change.track = &w->track;
}

/* The alert was made in this passage, not in an earlier one: then it tells the passage's numbers. */
static bool is_own_passage(const struct hl_record_hit *w, const struct hl_alert *a)
{
	const struct hl_track *t = &w->peek.track;
	return t->first_ms == a->passage_first_ms && t->last_ms == a->passage_last_ms && t->reads == a->passage_reads;
}

/* Reads of one passage may come in any order. */
static void next_of_passage(const struct hl_record *r, struct hl_record_hit *w, struct hl_alert *own)
{
	int64_t t = r->read->time_ms;
	w->track = w->peek.track;
	w->track.reads++;
	w->track.first_ms = t < w->track.first_ms ? t : w->track.first_ms;
	w->track.last_ms = t > w->track.last_ms ? t : w->track.last_ms;
	if (w->verdict.action == HL_ACT_UPDATE)
		w->track.decision = hl_record_told_as(w);
	w->change.track = &w->track;
	if (!own)
		return;
	own->passage_reads = w->track.reads;
	own->passage_first_ms = w->track.first_ms;
	own->passage_last_ms = w->track.last_ms;
}

/* A read that comes late does not take the cooldown back. */
static void make_notice(const struct hl_record *r, struct hl_record_hit *w)
{
	const struct hl_notice *old = &w->peek.notice;
	int64_t t = r->read->time_ms;
	bool later = old->exists && old->at_ms > t && !strcmp(old->alert, w->alert->id);
	w->notice = (struct hl_notice){ .exists = true, .at_ms = later ? old->at_ms : t, .decision = hl_record_told_as(w) };
	hl_copy(w->notice.alert, sizeof w->notice.alert, w->alert->id);
	w->change.notice = &w->notice;
}

static void note_cleared(struct hl_record_hit *w)
{
	if (!w->verdict.mark_cleared)
		return;
	char day[HL_TIME_TEXT];
	hl_time_format(w->peek.cleared.at_ms, day);
	day[10] = 0;
	w->alert->decision = HL_VERIFY;
	snprintf(w->alert->cleared_note, sizeof w->alert->cleared_note, "cleared %s by %s", day, w->peek.cleared.by);
}

static void note_mute(struct hl_record_hit *w)
{
	char until[HL_TIME_TEXT + 8] = "", *dst = w->alert->muted;
	const struct hl_mute *m = w->mute;
	dst[0] = 0;
	if (!m)
		return;
	if (m->until_ms != HL_NO_TIME) {
		hl_copy(until, sizeof until, "until ");
		hl_time_format(m->until_ms, until + 6);
	}
	snprintf(dst, sizeof w->alert->muted, "%s%s%s", until[0] ? until : "yes", m->comment ? ": " : "", m->comment ? m->comment : "");
}

/* What was kept silent, why, and the alert behind it: listed by `alert suppressed`. */
static void note_suppressed(const struct hl_record *r, struct hl_record_hit *w, enum hl_suppression why, const char *by)
{
	struct hl_suppressed *u = &w->suppressed;
	*u = (struct hl_suppressed){ .why = why, .time_ms = r->read->time_ms };
	hl_copy(u->entry, sizeof u->entry, w->entry.id);
	hl_copy(u->alert, sizeof u->alert, by);
	hl_copy(u->camera, sizeof u->camera, r->read->camera);
	hl_copy(u->plate_read, sizeof u->plate_read, w->plate_read);
	hl_copy(u->read_id, sizeof u->read_id, r->read->id);
	hl_copy(u->list, sizeof u->list, r->catalog->list[w->hit->list].name);
	hl_pattern_text(&w->entry.pattern, u->plate_listed);
	if (why == HL_SUP_CLEARED)
		hl_copy(u->pair, sizeof u->pair, w->peek.cleared.id);
	w->change.suppressed = u;
	w->out->why = why;
}

static bool add_sighting(const struct hl_record *r, struct hl_record_hit *w)
{
	const struct hl_read *read = r->read;
	struct hl_sighting s = { .time_ms = read->time_ms, .decision = w->verdict.mark_cleared ? HL_VERIFY : w->hit->decision, .has_position = read->has_position,
				 .lat = read->lat, .lon = read->lon };
	hl_copy(s.camera, sizeof s.camera, read->camera);
	hl_copy(s.site, sizeof s.site, w->key.site);
	if (!strcmp(s.site, s.camera))
		s.site[0] = 0;
	hl_copy(s.plate_read, sizeof s.plate_read, w->plate_read);
	return hl_alert_sight(w->alert, &s);
}

/* ---- one function for each action ---- */

/* What changes nothing that is told goes at once. */
static enum hl_code write_now(struct hl_record *r, struct hl_record_hit *w, struct hl_err *err)
{
	struct hl_buf body = HL_BUF(HL_BODY_MAX);
	enum hl_code rc = HL_OK;
	if (w->alert) {
		w->alert->rev++;
		rc = hl_record_body(w->alert, &body, err);
		w->change.alert = w->alert;
		w->change.alert_body = hl_buf_text(&body);
		w->change.alert_body_n = body.len;
		w->change.same_entry = true;
	}
	if (!rc)
		rc = r->store->ops->apply(r->store, &w->change, err);
	hl_buf_fini(&body);
	w->over = true;
	return rc;
}

static enum hl_code load(struct hl_record *r, const struct hl_record_hit *w, struct hl_err *err)
{
	if (r->loaded)
		return HL_OK;
	r->loaded = true;
	return hl_incident_load(r->store, w->incident, NULL, &r->incident, err);
}

static void make_news(struct hl_record_hit *w, struct hl_member *m, enum hl_outcome outcome)
{
	w->alert = m->alert;
	w->out->outcome = outcome;
	hl_copy(w->out->alert, sizeof w->out->alert, m->alert->id);
	m->news = true;
	if (!m->fresh && !m->changed)
		m->alert->rev++;
	m->changed = true;
}

static enum hl_code create(struct hl_record *r, struct hl_record_hit *w, struct hl_err *err)
{
	struct hl_member *m = hl_incident_add(&r->incident);
	if (!m)
		return hl_err_set(err, HL_E_INTERNAL, "too many open alerts of one vehicle");
	m->fresh = true;
	hl_record_alert(r->catalog, r->read, w->hit, r->now_ms, m->alert);
	if (r->unlike) {
		/* A producer that counts its reads from one again after a restart must not lose an alert to last week's id. */
		char unlike[HL_READ_ID + 32];
		snprintf(unlike, sizeof unlike, "%s@%lld", r->read->id, (long long)r->read->time_ms);
		hl_alert_id(w->entry.id, r->read->camera, unlike, m->alert->id);
	}
	make_news(w, m, HL_OUT_CREATED);
	note_cleared(w);
	note_mute(w);
	first_of_passage(r, w, hl_record_told_as(w));
	make_notice(r, w);
	return HL_OK;
}

/* People are told of the entry as it is now, and of the version that says so; of the match, the best there was. */
static void renew(struct hl_record *r, struct hl_record_hit *w, bool better)
{
	struct hl_alert *was = hl_alloc(sizeof *was);
	*was = *w->alert;
	hl_record_entry(r->catalog, w->hit, r->now_ms, w->alert);
	if (!better && !strcmp(was->list_version, w->alert->list_version))
		w->alert->list_age_ms = was->list_age_ms; /* as it was when it was decided */
	if (better) {
		hl_record_better(r->catalog, r->read, w->hit, w->alert);
		note_cleared(w);
	}
	hl_alert_recheck(w->alert, was); /* what a person has compared may be another thing now */
	free(was);
}

/* The vehicle again while its alert is open. A read that comes late, of a time before the newest place, is kept and not told, unless it is a rise. */
static enum hl_code sight(struct hl_record *r, struct hl_record_hit *w, struct hl_member *m, struct hl_err *err)
{
	bool rise = hl_record_told_as(w) > m->alert->decision;
	w->alert = m->alert;
	bool newest = add_sighting(r, w);
	first_of_passage(r, w, hl_record_told_as(w));
	w->out->outcome = HL_OUT_SIGHTED;
	hl_copy(w->out->alert, sizeof w->out->alert, m->alert->id);
	if (w->mute || (!newest && !rise))
		return write_now(r, w, err);
	make_news(w, m, rise ? HL_OUT_UPDATED : HL_OUT_SIGHTED);
	renew(r, w, rise);
	note_mute(w);
	make_notice(r, w);
	return HL_OK;
}

static enum hl_code create_or_sight(struct hl_record *r, struct hl_record_hit *w, struct hl_err *err)
{
	enum hl_code rc = load(r, w, err);
	if (rc)
		return rc;
	struct hl_member *own = hl_incident_of_entry(&r->incident, w->entry.id);
	return own ? sight(r, w, own, err) : create(r, w, err);
}

/* Something to add to the passage's alert. One that people have closed meanwhile is not opened again behind their back: a rise makes a new one. */
static enum hl_code in_passage(struct hl_record *r, struct hl_record_hit *w, struct hl_err *err)
{
	struct hl_member *m;
	enum hl_code rc = w->verdict.action == HL_ACT_UPDATE ? load(r, w, err) : HL_OK;
	if (!rc)
		rc = hl_incident_fetch(r->store, &r->incident, w->peek.track.alert, &m, err);
	if (rc)
		return rc;
	hl_copy(w->out->alert, sizeof w->out->alert, w->peek.track.alert);
	struct hl_alert *own = m && is_own_passage(w, m->alert) ? m->alert : NULL;
	if (w->verdict.action == HL_ACT_COUNT) {
		next_of_passage(r, w, own);
		w->alert = own;
		w->out->outcome = HL_OUT_COUNTED;
		note_suppressed(r, w, HL_SUP_PASSAGE, w->track.alert);
		return write_now(r, w, err);
	}
	if (!m)
		return create_or_sight(r, w, err);
	make_news(w, m, HL_OUT_UPDATED);
	renew(r, w, true);
	note_mute(w);
	next_of_passage(r, w, own);
	make_notice(r, w);
	return HL_OK;
}

/* Silent; but where the vehicle's alert is open, it was seen again, and that is kept. */
static enum hl_code suppress(struct hl_record *r, struct hl_record_hit *w, struct hl_err *err)
{
	bool cleared = w->verdict.why == HL_SUP_CLEARED;
	const char *by = cleared ? w->peek.cleared.alert : w->peek.notice.alert;
	struct hl_member *own = NULL;
	enum hl_code rc = cleared ? HL_OK : hl_incident_fetch(r->store, &r->incident, by, &own, err);
	if (rc)
		return rc;
	if (own) {
		w->alert = own->alert;
		add_sighting(r, w);
		first_of_passage(r, w, w->peek.notice.decision);
	}
	note_suppressed(r, w, w->verdict.why, by);
	w->out->outcome = HL_OUT_SUPPRESSED;
	hl_copy(w->out->alert, sizeof w->out->alert, by);
	return write_now(r, w, err);
}

/* ---- better evidence ---- */

static enum hl_code stand_down(struct hl_record *r, struct hl_record_hit *w, struct hl_err *err)
{
	char detail[HL_TEXT_LONG];
	struct hl_err why;
	snprintf(detail, sizeof detail, "after %u reads of the passage the plate is %.3g likely to be the listed one, it was %.3g", w->hit->passage_reads, w->hit->plate_probability,
		 w->alert->plate_probability);
	enum hl_code rc = hl_standdown(r->store, r->catalog, w->alert->id, HL_SD_EVIDENCE, "hotlistd", detail, r->now_ms, NULL, &why);
	hl_incident_remove(&r->incident, w->out->alert);
	w->alert = NULL;
	if (rc != HL_E_CONFLICT && rc != HL_E_NOTFOUND && rc)
		return hl_err_set(err, rc, "%s", why.text);
	w->out->outcome = rc ? HL_OUT_COUNTED : HL_OUT_UPDATED;
	return HL_OK;
}

static void become_less(struct hl_record *r, struct hl_record_hit *w, struct hl_member *m, bool own)
{
	struct hl_alert *a = m->alert;
	make_news(w, m, HL_OUT_UPDATED);
	a->plate_probability = w->hit->plate_probability;
	a->probability = w->hit->probability;
	a->match_reads = w->hit->passage_reads;
	a->decision = HL_VERIFY;
	next_of_passage(r, w, own ? a : NULL);
	w->track.decision = HL_VERIFY;
	make_notice(r, w);
}

/* What was told of the passage holds no longer. What a person has verified is not for a camera to take back, nor what another passage bears out: of an alert with sightings each
 * of them speaks for it until its own further reads say otherwise. */
static enum hl_code fall(struct hl_record *r, struct hl_record_hit *w, struct hl_err *err)
{
	struct hl_member *m = NULL;
	bool marked;
	enum hl_code rc = w->peek.track.alert[0] ? load(r, w, err) : HL_OK;
	if (!rc && w->peek.track.alert[0])
		rc = hl_incident_fetch(r->store, &r->incident, w->peek.track.alert, &m, err);
	if (rc)
		return rc;
	w->over = true;
	w->out->outcome = HL_OUT_COUNTED;
	w->out->why = HL_SUP_PASSAGE;
	if (!m || m->alert->state > HL_ST_ACKNOWLEDGED)
		return HL_OK;
	bool own = is_own_passage(w, m->alert);
	enum hl_decision left = hl_record_left(r, w, m->alert, own, &marked);
	if (left >= m->alert->decision && !marked)
		return HL_OK;
	hl_copy(w->out->alert, sizeof w->out->alert, m->alert->id);
	w->alert = m->alert;
	if (left >= m->alert->decision)
		return write_now(r, w, err);
	w->out->why = HL_SUP_NONE;
	if (left == HL_DROP)
		return stand_down(r, w, err);
	w->over = false;
	w->mute = NULL;
	become_less(r, w, m, own);
	return HL_OK;
}

static enum hl_code look(struct hl_record *r, struct hl_record_hit *w, struct hl_err *err)
{
	*w->out = (struct hl_recorded){ 0 };
	w->alert = NULL;
	w->change = (struct hl_change){ .key = &w->key, .receipt = true, .now_ms = r->now_ms };
	enum hl_code rc = r->store->ops->peek(r->store, &w->key, r->now_ms, &w->peek, err);
	if (rc)
		return rc;
	if (w->peek.duplicate) {
		w->out->outcome = HL_OUT_DUPLICATE;
		w->out->why = HL_SUP_DUPLICATE;
		w->over = true;
		return HL_OK;
	}
	if (w->hit->fell)
		return fall(r, w, err);
	judge(r, w);
	switch (w->verdict.action) {
	case HL_ACT_CREATE:
		return create_or_sight(r, w, err);
	case HL_ACT_UPDATE:
	case HL_ACT_COUNT:
		return in_passage(r, w, err);
	case HL_ACT_SUPPRESS:
		break;
	}
	return suppress(r, w, err);
}

/* ---- the hits of one incident ---- */

struct attempt {
	struct hl_record *record;
	struct hl_record_hit *const *hit;
	size_t n;
};

static enum hl_code once(struct hl_store *s, void *arg, struct hl_err *err)
{
	const struct attempt *t = arg;
	struct hl_record *r = t->record;
	enum hl_code rc = HL_OK;
	(void)s; /* the record has it */
	for (size_t i = 0; i < t->n; i++)
		t->hit[i]->over = false;
	for (size_t i = 0; !rc && i < t->n; i++)
		rc = look(r, t->hit[i], err);
	if (!rc)
		rc = hl_record_notices(r, t->hit, t->n, err);
	hl_incident_fini(&r->incident);
	r->loaded = false;
	return rc;
}

/* Nobody is told of a vehicle by half: what was written before a fault is taken back, and after a conflict all of it is looked at anew. */
static enum hl_code record_incident(struct hl_record *r, struct hl_record_hit *const *w, size_t n, struct hl_err *err)
{
	struct attempt t = { .record = r, .hit = w, .n = n };
	r->unlike = false;
	enum hl_code rc = hl_store_whole(r->store, once, &t, err);
	r->unlike = rc == HL_E_EXISTS;
	return rc == HL_E_CONFLICT || rc == HL_E_EXISTS ? hl_store_whole(r->store, once, &t, err) : rc;
}

enum hl_code hl_record_hits(struct hl_store *s, const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *const *h, size_t n, int64_t now_ms,
			    struct hl_recorded *out, struct hl_err *err)
{
	struct hl_record record = { .store = s, .catalog = c, .read = r, .now_ms = now_ms };
	struct hl_record_hit *w = hl_calloc(n, sizeof *w);
	enum hl_code rc = HL_OK;
	for (size_t i = 0; i < n; i++) {
		w[i].hit = h[i];
		w[i].out = &out[i];
		make_key(&record, &w[i]);
	}
	/* A fault of one vehicle costs no other its alert. */
	for (size_t i = 0; rc != HL_E_IO && i < n; i++) {
		struct hl_record_hit *of[HL_RECORD_HITS];
		struct hl_err own;
		size_t m = 0;
		for (size_t k = i; k < n && m < HL_RECORD_HITS; k++)
			if (!w[k].over && !strcmp(w[k].incident, w[i].incident))
				of[m++] = &w[k];
		enum hl_code code = m ? record_incident(&record, of, m, &own) : HL_OK;
		for (size_t k = 0; k < m; k++)
			of[k]->over = true;
		if (code && (!rc || code == HL_E_IO)) {
			rc = code;
			if (err)
				*err = own;
		}
	}
	free(w);
	return rc;
}

enum hl_code hl_record_hit(struct hl_store *s, const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, int64_t now_ms,
			   struct hl_recorded *out, struct hl_err *err)
{
	return hl_record_hits(s, c, r, &h, 1, now_ms, out, err);
}
