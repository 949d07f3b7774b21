/* text.h: Unicode and words. Normal forms by utf8proc; look-alike letters of other scripts folded by a table of ours; suggestions for misspelt
 * words. Pure; any thread.
 */
#ifndef HL_BASE_TEXT_H
#define HL_BASE_TEXT_H

#include "base/mem.h"

/* NFKC, upper case, then look-alike letters of Cyrillic and Greek folded to Latin (Cyrillic А→A, В→B, Е→E, К→K, М→M, Н→H, О→O, Р→P, С→C, Т→T, У→Y,
 * Х→X, І→I …; the table stands in text.c), then everything but A-Z and 0-9 removed; where keep is not NULL the characters in it are kept too ("?*").
 * Writes at most size - 1 symbols and a NUL and returns how many symbols there were (may be >= size: then dst is cut). Invalid UTF-8 bytes are
 * removed. ASCII takes a fast path. Source: Unicode Standard Annex 15. */
size_t hl_text_plate(const char *s, size_t n, const char *keep, char *dst, size_t size);
/* Bytes of the valid UTF-8 sequence at s (at most n bytes), 0 where there is none or n is 0. */
size_t hl_text_utf8_len(const char *s, size_t n);
/* True where s is valid UTF-8 without NUL. */
bool hl_text_utf8(const char *s, size_t n);
/* Replaces control bytes (C0, DEL, C1 as UTF-8) by a space and invalid UTF-8 by U+FFFD; in place or shorter/longer into out. */
void hl_text_clean(const char *s, size_t n, struct hl_buf *out);
/* As much of s as goes into so many columns of a terminal, appended to out; pad: filled up with blanks. Nothing that could steer the terminal or turn the direction
 * of writing gets through: control and format characters are left out, bytes that are not UTF-8 become '?'. Returns how many bytes of s were used. */
size_t hl_text_fit(const char *s, size_t columns, bool pad, struct hl_buf *out);
/* Latin-1 bytes to UTF-8, appended to out. */
void hl_text_latin1(const char *s, size_t n, struct hl_buf *out);
/* The word of words (NULL-ended) nearest to s within an edit distance of 2 and less than half its length (case ignored), or NULL. Borrows. */
const char *hl_text_nearest(const char *s, const char *const *words);
/* Plain Levenshtein distance, case ignored, of two short ASCII words (cut at 64 bytes). */
unsigned hl_text_distance(const char *a, const char *b);
/* Trims ASCII space and tab at both ends: moves *s and shortens *n. */
void hl_text_trim(const char **s, size_t *n);
/* Case-insensitive ASCII equality. */
bool hl_text_same(const char *a, const char *b);
/* True where s (of n bytes) is 1..max bytes of [A-Za-z0-9_.-] and does not begin with '.' or '-': a name of a list, receiver, camera and the like. */
bool hl_text_is_name(const char *s, size_t n, size_t max);
/* A hash of the text at s, which lies in an array of a multiple of eight bytes: it is read by eights. Not for what somebody might want to make collide, and
 * not for what is kept: it depends on the machine. */
uint64_t hl_text_hash(const char *s, uint64_t seed);

#endif
