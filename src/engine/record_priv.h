/* record_priv.h: what the files that make and change alerts share. Private to src/engine. */
#ifndef HL_ENGINE_RECORD_PRIV_H
#define HL_ENGINE_RECORD_PRIV_H

#include "engine/record.h"
#include "format/alert_json.h"

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
/* Deliveries of an event, one for each address of each channel of each receiver; m holds what the bodies are made from. Gives *out. */
enum hl_code hl_record_fan_out(const struct hl_catalog *c, const struct hl_event *event, struct hl_message *m, const char *const *receivers, size_t n,
			       int64_t now_ms, struct hl_delivery **out, size_t *n_out, struct hl_err *err);

#endif
