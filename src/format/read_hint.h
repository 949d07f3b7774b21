/* read_hint.h: what stood between two values of a read, and the key that it led to, for read_scan.c. A sender writes one shape: the bytes of the read before,
 * found again in the same place, mean the same key, and one comparison says so. Pure; any thread.
 */
#ifndef HL_FORMAT_READ_HINT_H
#define HL_FORMAT_READ_HINT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hl_hint {
	uint64_t text[2], mask[2];
	uint8_t n, row; /* n 0: none yet */
};

/* The place behind what h remembers where it stands at p, else NULL. end: the last byte that may be looked at; what is found never reaches it. */
static inline const char *hl_hint_at(const struct hl_hint *h, const char *p, const char *end)
{
	uint64_t text[2];
	size_t room = (size_t)(end - p);
	if (room >= sizeof text) {
		memcpy(text, p, sizeof text);
		uint64_t differs = ((text[0] ^ h->text[0]) & h->mask[0]) | ((text[1] ^ h->text[1]) & h->mask[1]);
		return !differs && h->n ? p + h->n : NULL;
	}
	return h->n && h->n <= room && !memcmp(p, h->text, h->n) ? p + h->n : NULL;
}

/* Remembers the bytes from..to and their row; where they are too many, what h had stays. */
static inline void hl_hint_set(struct hl_hint *h, const char *from, const char *to, unsigned row)
{
	size_t n = (size_t)(to - from);
	if (n > sizeof h->text)
		return;
	*h = (struct hl_hint){ .n = (uint8_t)n, .row = (uint8_t)row };
	memcpy(h->text, from, n);
	memset(h->mask, 0xff, n);
}

#endif
