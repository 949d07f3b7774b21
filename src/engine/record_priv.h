/* record_priv.h: what the files that make and change alerts share. Private to src/engine. */
#ifndef HL_ENGINE_RECORD_PRIV_H
#define HL_ENGINE_RECORD_PRIV_H

#include "engine/record.h"
#include "format/alert_json.h"

/* ---- record_incident.c: the open alerts of one vehicle ---- */

enum {
	HL_INCIDENT_MAX = 32,  /* bits of a uint32_t */
	HL_INCIDENT_LOAD = 24, /* stored ones that one notice looks at; of more the oldest */
	HL_RECORD_HITS = 8     /* hits of one incident that are told together */
};

struct hl_member {
	struct hl_alert *alert; /* owned by the incident */
	bool fresh;             /* is not stored yet */
	bool news;              /* has something to tell */
	bool changed;           /* has a revision of its own already */
};

struct hl_incident {
	struct hl_member v[HL_INCIDENT_MAX];
	size_t n;
};

void hl_incident_fini(struct hl_incident *inc);
/* Room for one more alert, all zero; NULL where it is full. */
struct hl_member *hl_incident_add(struct hl_incident *inc);
/* Adds the open alerts of the incident but one (NULL: all). */
enum hl_code hl_incident_load(struct hl_store *s, const char *incident, const char *but, struct hl_incident *inc, struct hl_err *err);
/* The member of this id, from the store where it is none yet; *out NULL: it is not open, or can't be read back. */
enum hl_code hl_incident_fetch(struct hl_store *s, struct hl_incident *inc, const char *id, struct hl_member **out, struct hl_err *err);
/* NULL: none. Valid until the incident is sorted. */
struct hl_member *hl_incident_find(struct hl_incident *inc, const char *id);
struct hl_member *hl_incident_of_entry(struct hl_incident *inc, const char *entry);
/* It is over. */
void hl_incident_remove(struct hl_incident *inc, const char *id);
void hl_incident_sort(struct hl_incident *inc);
/* Whether a is more urgent than b: the most urgent of a vehicle speaks for it. */
bool hl_incident_before(const struct hl_alert *a, const struct hl_alert *b);
/* The list of an open alert of the vehicle that silences a's notices by these rules; NULL: none. */
const char *hl_incident_inhibits(const struct hl_incident *inc, const struct hl_rules *rules, const struct hl_alert *a);
/* Whether the alert's routes have told this receiver. */
bool hl_alert_told(const struct hl_alert *a, const char *receiver);
/* The members that a receiver may hear of, as bits. */
uint32_t hl_incident_sees(const struct hl_incident *inc, const char *receiver);
/* Makes a->life.also of the members in `sees` but a itself. */
void hl_incident_also(const struct hl_incident *inc, uint32_t sees, struct hl_alert *a);

/* ---- record.c and record_notice.c: a read being recorded ---- */

struct hl_record {
	struct hl_store *store;
	const struct hl_catalog *catalog;
	const struct hl_read *read;
	int64_t now_ms;
	bool loaded;            /* the incident's open alerts are there */
	bool unlike;            /* the ids of new alerts are taken: others are made */
	struct hl_incident incident;
};

/* One hit of it. */
struct hl_record_hit {
	const struct hl_hit *hit;
	struct hl_recorded *out;
	bool over;              /* nothing is left to write */
	struct hl_entry entry;
	char place[HL_READ_NAME * 2], plate_read[HL_PLATE_MAX + 1], receipt[HL_READ_ID + 32], incident[HL_ID_TEXT];
	struct hl_peek_key key;
	struct hl_peek peek;
	struct hl_verdict verdict;
	const struct hl_mute *mute; /* NULL: people are told */
	bool inhibited;         /* another list's open alert keeps it silent */
	struct hl_alert *alert; /* of the incident; NULL: none changes */
	struct hl_track track;
	struct hl_notice notice;
	struct hl_suppressed suppressed;
	struct hl_change change;
};

/* What people are told of the hit. A mute counts as nothing said: so its end is a rise, which breaks through the passage and the cooldown. */
enum hl_decision hl_record_told_as(const struct hl_record_hit *w);
/* Tells and writes what the hits have changed of the incident: one notice for each receiver, by the most urgent alert that it may hear of. */
enum hl_code hl_record_notices(struct hl_record *r, struct hl_record_hit *const *w, size_t n, struct hl_err *err);

/* Marks in the alert what w says has fallen, own: the passage that made it, else a sighting; *marked: that is new. What all its passages together leave of it: the best that one
 * of them bears out. */
enum hl_decision hl_record_left(const struct hl_record *r, const struct hl_record_hit *w, struct hl_alert *a, bool own, bool *marked);

/* Who is told, and of which members of an incident (NULL: of the alert alone) each may hear. */
struct hl_audience {
	const char *const *receivers;
	size_t n;
	const struct hl_incident *incident;
};

/* The key of the cooldown: the read's site, else the camera's in the settings, else the camera. Borrowed. */
const char *hl_record_site(const struct hl_catalog *c, const struct hl_read *r);
/* The entry's agency, else the list's in the settings, else "". Borrowed. */
const char *hl_record_agency(const struct hl_catalog *c, size_t list, const struct hl_entry *e);
/* A vehicle agrees where some of type, make and colour does and none differs. */
bool hl_record_vehicle_agrees(const enum hl_evidence evidence[HL_CONTRADICTIONS]);
/* Puts a better hit of the same entry into an alert: read, match, decision. Passage, life and names told stay. */
void hl_record_better(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, struct hl_alert *a);
/* Puts the hit's entry as it is listed now into an alert, with the version that has it and its age. */
void hl_record_entry(const struct hl_catalog *c, const struct hl_hit *h, int64_t now_ms, struct hl_alert *a);
/* The alert's JSON, in place of what body holds. HL_E_LIMIT past the buffer's ceiling. */
enum hl_code hl_record_body(const struct hl_alert *a, struct hl_buf *body, struct hl_err *err);
/* The ids of an event and of a delivery: the same again for the same parts. */
void hl_record_event_id(const char *alert, enum hl_event_type type, int64_t rev, char dst[HL_ID_TEXT]);
/* Deliveries of a digest to addresses, as hl_record_to makes those of an alert. Gives *out. */
void hl_record_digest(const struct hl_catalog *c, const struct hl_digest *digest, const struct hl_event *event, const struct hl_reached *to, size_t n, int64_t now_ms,
		      struct hl_delivery **out, size_t *n_out);
/* Deliveries of an event, one for each address of each channel of each receiver; m holds what the bodies are made from. An address that several receivers share is
 * told once, under the name of the one that may hear most, the first of equals. Gives *out. */
enum hl_code hl_record_fan_out(const struct hl_catalog *c, const struct hl_event *event, struct hl_message *m, const struct hl_audience *to, int64_t now_ms,
			       struct hl_delivery **out, size_t *n_out, struct hl_err *err);
/* hl_record_deliveries to an audience. */
enum hl_code hl_record_tell(const struct hl_catalog *c, const struct hl_alert *a, enum hl_event_type type, const struct hl_audience *to, int64_t now_ms,
			    struct hl_event *event, struct hl_buf *event_body, struct hl_delivery **out, size_t *n_out, struct hl_err *err);
/* What the open alerts of a vehicle share: plate and state as listed. */
void hl_record_incident(const char *plate_listed, const char *state, char dst[HL_ID_TEXT]);

#endif
