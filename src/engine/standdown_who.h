/* standdown_who.h: whom the end of an alert concerns, where its notice named others or another's notice named it (doc/story.md). Private to src/engine. */
#ifndef HL_ENGINE_STANDDOWN_WHO_H
#define HL_ENGINE_STANDDOWN_WHO_H

#include "engine/record_priv.h"

/* The addresses that got something of the alert or may have got it, by its own notices or by another's that named it, or that will get such a one. Gives *v (free()). */
enum hl_code hl_standdown_reached(struct hl_store *s, const struct hl_alert *a, struct hl_reached **v, size_t *n, struct hl_err *err);
/* Before the pending notices of an alert are cancelled: those addresses that would have heard of other open alerts (inc, sorted) by nothing but them get a notice of these.
 * HL_E_CONFLICT where one of them has changed meanwhile. */
enum hl_code hl_standdown_remains(struct hl_store *s, const struct hl_catalog *c, const struct hl_alert *a, struct hl_incident *inc, const struct hl_reached *reached,
				  size_t n_reached, int64_t now_ms, struct hl_err *err);

#endif
