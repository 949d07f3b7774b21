/* shadow.h: a second set of rules (`shadow` of the settings) that decides beside the one that counts: what it would have decided otherwise is counted and recorded, and told
 * to nobody else. Only hits are looked at: of a read that neither set of rules lets through nothing is kept. In memory, bounded, begun anew when either set changes.
 * Any thread; a lock inside.
 */
#ifndef HL_ENGINE_SHADOW_H
#define HL_ENGINE_SHADOW_H

#include "engine/decide.h"

enum { HL_SHADOW_KINDS = 256, HL_SHADOW_LAST = 200 };

struct hl_shadow;
struct hl_shadow *hl_shadow_new(void);
void hl_shadow_free(struct hl_shadow **s);
/* The passages as the shadow's rules see them; its own, since they hold its figures. */
struct hl_passages *hl_shadow_passages(struct hl_shadow *s);
/* Compares what both made of the same reads. c->shadow is not NULL; live and next are hits of c and of c->shadow, in the order of hl_decide. */
void hl_shadow_compare(struct hl_shadow *s, const struct hl_catalog *c, const struct hl_read *reads, const struct hl_hit *live, size_t n_live, const struct hl_hit *next,
		       size_t n_next, int64_t now_ms);
/* What to tell: at most `last` of the last differences, without those of lists that are hidden from who asks (NULL: none is). */
struct hl_shadow_asked {
	size_t last;
	bool json;
	bool (*hidden)(const void *arg, const char *list);
	const void *arg;
};
/* The counts and the last differences, as text or as one JSON object. c: the present catalog. */
void hl_shadow_tell(struct hl_shadow *s, const struct hl_catalog *c, const struct hl_shadow_asked *asked, int64_t now_ms, struct hl_buf *out);

#endif
