/* words.h: the words that mail and SMS share: what happened, how sure, how long ago. Private to the room. Pure; any thread. */
#ifndef HL_ADAPTER_WORDS_H
#define HL_ADAPTER_WORDS_H

#include "adapter/adapter.h"

#define HL_AGE_MARK "{{AGE}}"
#define HL_SPAN_MARK "{{SPAN}}"

enum { HL_AGE_TEXT = 16, HL_AGE_LONGEST = 10 /* "99 min ago", "9999 d ago" */, HL_LINK_TEXT = 256 };

/* "12 s ago", "3 min ago", "5 h ago", "2 d ago"; "just now" for a read of the future. */
void hl_age_text(int64_t seen_ms, int64_t now_ms, char dst[HL_AGE_TEXT]);
/* The same without a word of English: "12 s", "3 min", "5 h", "2 d". */
void hl_span_text(int64_t seen_ms, int64_t now_ms, char dst[HL_AGE_TEXT]);
/* body with every HL_AGE_MARK and HL_SPAN_MARK replaced. */
void hl_age_fill(const char *body, size_t n, int64_t seen_ms, int64_t now_ms, struct hl_buf *out);
/* Text from outside, made harmless, into dst: control bytes become spaces, bytes that are not UTF-8 U+FFFD, marks that turn the direction of writing
 * or are invisible go, and "{{" becomes "((", so that nobody can write an age of his own. */
void hl_words_clean(const char *text, char *dst, size_t size);
/* "STAND DOWN", "UPDATE", "ESCALATED", "TEST", "" for created. */
const char *hl_words_event(enum hl_event_type t);
/* The notice in two or three words: NOT VERIFIED until a person has verified it; LATE before it where the read came in long after it was made. Of
 * one that is over CLOSED, REJECTED or WITHDRAWN. */
const char *hl_words_notice(const struct hl_alert *a);
/* A stand-down's own first words, cleaned: "STAND DOWN: entry withdrawn". */
void hl_words_standdown(const struct hl_alert *a, char *dst, size_t size);
/* How much differs, without saying which symbols: "make differs, 1 of 7 symbols differs"; a partial plate says so. Contradictions come first. */
void hl_words_difference(const struct hl_alert *a, char *dst, size_t size);
/* "LINK/alerts/ID", "" where there is no base or it does not fit. */
void hl_words_link(const struct hl_message *m, char *dst, size_t size);

#endif
