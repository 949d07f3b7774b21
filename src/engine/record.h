/* record.h: a hit -> what is written down: looks up what the store knows, judges suppression, makes the alert, its event and one delivery for each
 * address of its route, and applies them as one change. Called by the store thread inside a group; the same for every store.
 */
#ifndef HL_ENGINE_RECORD_H
#define HL_ENGINE_RECORD_H

#include "engine/decide.h"
#include "store/store.h"

enum hl_outcome { HL_OUT_CREATED, HL_OUT_UPDATED, HL_OUT_SIGHTED /* the vehicle again, elsewhere or later */, HL_OUT_COUNTED, HL_OUT_SUPPRESSED, HL_OUT_DUPLICATE };

struct hl_recorded {
	enum hl_outcome outcome;
	enum hl_suppression why;
	char alert[HL_ID_TEXT];
	bool inhibited;      /* another list keeps its notices silent */
	unsigned deliveries; /* of the notices that this hit is told by, counted with the first hit of each */
};

/* All hits of one read, none of them of decision drop unless it fell (engine/decide.h): entries of one vehicle are told in one notice. out has n rows. Retries once by itself on HL_E_CONFLICT. */
enum hl_code hl_record_hits(struct hl_store *s, const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *const *h, size_t n, int64_t now_ms,
			    struct hl_recorded *out, struct hl_err *err);
/* The same for one. */
enum hl_code hl_record_hit(struct hl_store *s, const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, int64_t now_ms,
			   struct hl_recorded *out, struct hl_err *err);
/* Fills an alert from a hit, as hl_record_hit would create it. */
void hl_record_alert(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, int64_t now_ms, struct hl_alert *a);
/* Event and deliveries of a changed alert (ack and the like are not told; rejects are: no one yet). Makes the bodies for the named receivers. Gives
 * *out (hl_deliveries_free). */
enum hl_code hl_record_deliveries(const struct hl_catalog *c, const struct hl_alert *a, enum hl_event_type type, const char *const *receivers, size_t n,
				  int64_t now_ms, struct hl_event *event, struct hl_buf *event_body, struct hl_delivery **out, size_t *n_out, struct hl_err *err);

/* The same to addresses instead of receivers: one that the settings have no more is a dead letter with the reason. n is at most HL_DELIVERIES_MAX. incident: what is
 * still open of the vehicle, of which each receiver is told what its routes let it have; NULL: nothing. */
struct hl_incident;
enum hl_code hl_record_to(const struct hl_catalog *c, const struct hl_alert *a, enum hl_event_type type, const struct hl_incident *incident, const struct hl_reached *to,
			  size_t n, int64_t now_ms, struct hl_event *event, struct hl_buf *event_body, struct hl_delivery **out, size_t *n_out, struct hl_err *err);

#endif
