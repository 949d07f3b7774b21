/* alert.c: an alert's identity, its words of state, and whether a hit is told at all (passage, cooldown, cleared pairs). Its life stands in
 * alert_transit.c, the JSON in alert_write.c, the words in alert_text.c. Pure: the store thread, the API and the commands call it on structs of their own.
 */
#include "core/alert.h"

#include <string.h>

enum { PASSAGE_WHOLE_MS = 60000 };

static const char *const state_names[HL_ALERT_STATES] = {
	[HL_ST_NEW] = "new",
	[HL_ST_ACKNOWLEDGED] = "acknowledged",
	[HL_ST_VERIFIED] = "verified",
	[HL_ST_CONFIRMED] = "confirmed",
	[HL_ST_CLOSED] = "closed",
	[HL_ST_REJECTED] = "rejected",
	[HL_ST_WITHDRAWN] = "withdrawn",
};

static const char *const event_names[HL_EVENT_TYPES] = {
	[HL_EVENT_CREATED] = "alert.created",
	[HL_EVENT_UPDATED] = "alert.updated",
	[HL_EVENT_ESCALATED] = "alert.escalated",
	[HL_EVENT_STANDDOWN] = "alert.standdown",
	[HL_EVENT_TEST] = "receiver.test",
	[HL_EVENT_DIGEST] = "alert.digest",
};

const char *hl_alert_state_name(enum hl_alert_state s)
{
	return (unsigned)s < HL_ALERT_STATES ? state_names[s] : "unknown";
}

const char *hl_event_name(enum hl_event_type t)
{
	return (unsigned)t < HL_EVENT_TYPES ? event_names[t] : "unknown";
}

void hl_alert_id(const char *entry_id, const char *camera, const char *read_id, char dst[HL_ID_TEXT])
{
	struct hl_sha256 h;
	unsigned char hash[HL_SHA256];
	hl_sha256_init(&h);
	hl_sha256_field(&h, "alert");
	hl_sha256_field(&h, entry_id);
	hl_sha256_field(&h, camera);
	hl_sha256_field(&h, read_id);
	hl_sha256_end(&h, hash);
	hl_id_text(hash, dst);
}

void hl_cleared_id(const char *agency, const char *plate_read, const char *region, const char *entry, const char *revision, char dst[HL_ID_TEXT])
{
	const char *const part[] = { "cleared", agency, plate_read, region, entry, revision };
	struct hl_sha256 h;
	unsigned char hash[HL_SHA256];
	hl_sha256_init(&h);
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
		hl_sha256_field(&h, part[i]);
	hl_sha256_end(&h, hash);
	hl_id_text(hash, dst);
}

const char *hl_suppression_name(enum hl_suppression why)
{
	static const char *const name[] = { [HL_SUP_NONE] = "", [HL_SUP_PASSAGE] = "passage", [HL_SUP_COOLDOWN] = "cooldown", [HL_SUP_CLEARED] = "cleared",
					    [HL_SUP_DUPLICATE] = "duplicate" };
	return (unsigned)why < sizeof name / sizeof name[0] ? name[why] : "";
}

const struct hl_sighting *hl_alert_newest_sighting(const struct hl_alert *a)
{
	const struct hl_sighting *s = a->life.n_sightings ? &a->life.sighting[a->life.n_sightings - 1] : NULL;
	return s && (a->read.time_ms == HL_NO_TIME || s->time_ms >= a->read.time_ms) ? s : NULL;
}

const char *hl_alert_place(const struct hl_alert *a)
{
	const struct hl_sighting *s = hl_alert_newest_sighting(a);
	if (s)
		return s->site[0] ? s->site : s->camera;
	return a->read.site[0] ? a->read.site : a->read.camera;
}

bool hl_alert_read_otherwise(const struct hl_alert *a)
{
	const struct hl_sighting *s = hl_alert_newest_sighting(a);
	return s && s->plate_read[0] && strcmp(s->plate_read, a->plate_read) != 0;
}

const char *hl_alert_read_there(const struct hl_alert *a)
{
	return hl_alert_read_otherwise(a) ? hl_alert_newest_sighting(a)->plate_read : a->plate_read;
}

const char *hl_alert_camera(const struct hl_alert *a)
{
	const struct hl_sighting *s = hl_alert_newest_sighting(a);
	return s ? s->camera : a->read.camera;
}

int64_t hl_alert_seen_ms(const struct hl_alert *a)
{
	const struct hl_sighting *s = hl_alert_newest_sighting(a);
	return s && s->time_ms > a->time_ms ? s->time_ms : a->time_ms;
}

bool hl_alert_sight(struct hl_alert *a, const struct hl_sighting *s)
{
	struct hl_alert_life *l = &a->life;
	unsigned at = l->n_sightings;
	bool is_newest = s->time_ms >= hl_alert_seen_ms(a) && s->time_ms >= a->passage_last_ms;
	l->sightings++;
	while (at > 0 && l->sighting[at - 1].time_ms > s->time_ms)
		at--;
	if (l->n_sightings == HL_SIGHTINGS_MAX) {
		if (!at)
			return false;
		memmove(&l->sighting[0], &l->sighting[1], (--at) * sizeof *s);
	} else {
		memmove(&l->sighting[at + 1], &l->sighting[at], (l->n_sightings++ - at) * sizeof *s);
	}
	l->sighting[at] = *s;
	return is_newest;
}

/* Reads of one passage may come out of order: the read lies within `passage` of what is known of it, and all of it within a minute. */
static bool same_passage(const struct hl_track *t, int64_t read_ms, int64_t passage_ms)
{
	if (!t->exists)
		return false;
	int64_t first = read_ms < t->first_ms ? read_ms : t->first_ms, last = read_ms > t->last_ms ? read_ms : t->last_ms;
	return read_ms - t->last_ms <= passage_ms && t->first_ms - read_ms <= passage_ms && last - first <= PASSAGE_WHOLE_MS;
}

static bool cooling(const struct hl_notice *n, int64_t read_ms, int64_t cooldown_ms)
{
	int64_t apart = n->exists ? read_ms - n->at_ms : 0;
	return n->exists && (apart < 0 ? -apart : apart) < cooldown_ms;
}

/* Something speaks for the pair that did not when a person rejected it. */
static bool new_evidence(const struct hl_cleared *c, bool state_agrees, bool vehicle_agrees)
{
	return (state_agrees && !c->agreed_state) || (vehicle_agrees && !c->agreed_vehicle);
}

struct hl_verdict hl_alert_judge(const struct hl_track *track, const struct hl_notice *notice, const struct hl_cleared *cleared,
				 enum hl_decision decision, enum hl_kind kind, bool state_agrees, bool vehicle_agrees, int64_t read_ms,
				 int64_t now_ms, int64_t passage_ms, int64_t cooldown_ms)
{
	struct hl_verdict v = { .action = HL_ACT_CREATE, .why = HL_SUP_NONE };
	if (cleared->exists && now_ms < cleared->until_ms && !new_evidence(cleared, state_agrees, vehicle_agrees)) {
		if (kind != HL_KIND_EXACT)
			return (struct hl_verdict){ .action = HL_ACT_SUPPRESS, .why = HL_SUP_CLEARED };
		v.mark_cleared = true;
		decision = decision > HL_VERIFY ? HL_VERIFY : decision;
	}
	/* A passage of which nobody was told (its reads were kept silent for another reason) silences nothing by itself. */
	if (track->alert[0] && same_passage(track, read_ms, passage_ms)) {
		if (decision <= track->decision)
			return (struct hl_verdict){ .action = HL_ACT_COUNT, .why = HL_SUP_PASSAGE, .mark_cleared = v.mark_cleared };
		v.action = HL_ACT_UPDATE;
		return v;
	}
	if (cooling(notice, read_ms, cooldown_ms) && decision <= notice->decision)
		return (struct hl_verdict){ .action = HL_ACT_SUPPRESS, .why = HL_SUP_COOLDOWN, .mark_cleared = v.mark_cleared };
	return v;
}
