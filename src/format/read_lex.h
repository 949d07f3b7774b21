/* read_lex.h: the words of JSON for read_scan.c: strings, numbers, and values that nobody asked for, each looked at once. Everything answers "true: this
 * is what jansson would take, and this is what it would give", or "false: not sure", after which the caller leaves the whole text to jansson. Nothing here
 * reports a fault. `end` points at the text's last byte, which must be its closing brace and which nothing here passes: so every run of blanks or digits
 * ends there, and only strings watch for it. Runs on any processor; SSE2 and AVX2 are used where they are there, AVX2 asked for at run time. Pure; any thread.
 */
#ifndef HL_FORMAT_READ_LEX_H
#define HL_FORMAT_READ_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Past these the text is left to jansson: they bound what a hostile text can cost. */
enum { HL_LEX_KEYS = 64, HL_LEX_DEPTH = 16, HL_LEX_ROOM = 2048, HL_LEX_QUOTES = 1024 };

struct hl_lex_key {
	const char *s;
	size_t n;
};

struct hl_lex {
	const char *p, *end; /* end: the closing brace of the whole */
	unsigned n_keys, depth;
	struct hl_lex_key key[HL_LEX_KEYS]; /* of the objects that are open, outermost first: a key may stand once in its object */
	char room[HL_LEX_ROOM];             /* of the last string that had to be decoded */
	/* Where the quotes stand, found ahead for the whole text: so that looking for the end of one string does not wait for the end of the one before.
	 * Only for texts of printable ASCII without a backslash (indexed), in which each quote begins or ends a string. */
	bool indexed;
	const char *text;
	unsigned q; /* the next quote */
	uint16_t quote[HL_LEX_QUOTES + 64];
};

/* A string, decoded; borrowed from the text or from `room`, so valid until the next one. plain: printable ASCII without escapes. */
struct hl_lex_text {
	const char *s;
	size_t n;
	bool plain;
};

struct hl_lex_number {
	bool whole; /* jansson's integer: neither fraction nor exponent */
	int64_t i;
	double d;   /* the value in either case, bit for bit what strtod gives */
};

/* The first byte from p on that is no plain text inside a string: a quote, a backslash, a control byte, DEL or a byte of 0x80 and more. end if none. */
static inline const char *hl_lex_plain(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), del = _mm_set1_epi8(0x7f), blank = _mm_set1_epi8(0x20);
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* Signed, so that 0x80 and more are below the blank too. */
		__m128i odd = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)),
					   _mm_or_si128(_mm_cmpeq_epi8(v, del), _mm_cmplt_epi8(v, blank)));
		unsigned bits = (unsigned)_mm_movemask_epi8(odd);
		if (bits)
			return p + __builtin_ctz(bits);
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (signed char)*p >= 0x20 && *p != 0x7f)
		p++;
	return p;
}

/* Machines write few blanks: one look is enough nearly always. */
static inline const char *hl_lex_blanks(const char *p)
{
	while ((unsigned char)*p <= ' ' && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* The character c and the blanks around it; never the last brace. */
static inline bool hl_lex_take(struct hl_lex *x, char c)
{
	const char *p = hl_lex_blanks(x->p);
	bool there = *p == c && p != x->end;
	x->p = there ? hl_lex_blanks(p + 1) : p;
	return there;
}

/* Where scanning is, to go back to. */
struct hl_lex_place {
	const char *p;
	unsigned q;
};

static inline struct hl_lex_place hl_lex_here(const struct hl_lex *x)
{
	return (struct hl_lex_place){ x->p, x->q };
}

static inline void hl_lex_go(struct hl_lex *x, struct hl_lex_place place)
{
	x->p = place.p;
	x->q = place.q;
}

/* A text that fits, into dst of `size` bytes; src has `room` bytes up to the end of what may be read. Short ones go in one or two moves of 16 bytes, which
 * leaves something else behind the NUL. */
static inline void hl_lex_copy(char *dst, size_t size, const char *src, size_t n, size_t room)
{
	if (n <= 16 && size > 16 && room >= 16)
		memcpy(dst, src, 16);
	else if (n <= 32 && size > 32 && room >= 32)
		memcpy(dst, src, 32);
	else
		memcpy(dst, src, n);
	dst[n] = 0;
}

bool hl_lex_text_slow(struct hl_lex *x, struct hl_lex_text *t);

/* Begins at a text of n bytes (n <= 65535) whose last is '}'. */
void hl_lex_init(struct hl_lex *x, const char *text, size_t n);

static inline bool hl_lex_text_indexed(struct hl_lex *x, struct hl_lex_text *t)
{
	const uint16_t *q = x->quote + x->q;
	const char *s = x->text + q[0] + 1, *e = x->text + q[1];
	if (x->p != s - 1 || e >= x->end)
		return false;
	*t = (struct hl_lex_text){ s, (size_t)(e - s), true };
	x->q += 2;
	x->p = e + 1;
	return true;
}

/* The string that begins at x->p; false also where there is none. */
static inline bool hl_lex_text(struct hl_lex *x, struct hl_lex_text *t)
{
	if (x->indexed)
		return hl_lex_text_indexed(x, t);
	if (*x->p != '"')
		return false;
	const char *s = x->p + 1, *e = hl_lex_plain(s, x->end);
	if (e == x->end)
		return false;
	if (*e != '"')
		return hl_lex_text_slow(x, t);
	*t = (struct hl_lex_text){ s, (size_t)(e - s), true };
	x->p = e + 1;
	return true;
}

/* A key of plain text with its colon, and the blanks around it. */
static inline bool hl_lex_key(struct hl_lex *x, struct hl_lex_text *t)
{
	return hl_lex_text(x, t) && t->plain && hl_lex_take(x, ':');
}

/* After a value: true where another one follows, false where the list or object ends or *bad is set; both leave x->p behind the sign. */
static inline bool hl_lex_more(struct hl_lex *x, char close, bool *bad)
{
	if (hl_lex_take(x, ','))
		return true;
	*bad = !hl_lex_take(x, close);
	return false;
}

/* Remembers a key of the object whose keys begin at `from`; false where it stands there already, or there is no room. */
bool hl_lex_new_key(struct hl_lex *x, unsigned from, const struct hl_lex_text *t);
bool hl_lex_number(struct hl_lex *x, struct hl_lex_number *out);
/* Whether null stands at x->p; it is passed where it does. */
bool hl_lex_null(struct hl_lex *x);
/* Passes a value of any kind, to jansson's rules. */
bool hl_lex_skip(struct hl_lex *x);

#endif
