/* read_lex.h: the words of JSON for read_scan.c: strings, numbers, and values that nobody asked for, each looked at once. Everything answers "true: this
 * is what jansson would take, and this is what it would give", or "false: not sure", after which the caller leaves the whole text to jansson. Nothing here
 * reports a fault. `end` points at the text's last byte, which must be its closing brace and which nothing here passes: so every run of blanks or digits
 * ends there, and only strings watch for it. Runs on any processor; SSE2 and AVX2 are used where they are there, AVX2 asked for at run time. Pure; any thread.
 */
#ifndef HL_FORMAT_READ_LEX_H
#define HL_FORMAT_READ_LEX_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Past these the text is left to jansson: they bound what a hostile text can cost. */
enum { HL_LEX_KEYS = 64, HL_LEX_DEPTH = 16, HL_LEX_ROOM = 2048, HL_LEX_INDEXED = 8192, HL_LEX_QUICK = 33 };

struct hl_lex_key {
	const char *s;
	size_t n;
};

struct hl_lex {
	const char *p, *end; /* end: the closing brace of the whole */
	unsigned n_keys, depth;
	struct hl_lex_key key[HL_LEX_KEYS]; /* of the objects that are open, outermost first: a key may stand once in its object */
	char room[HL_LEX_ROOM];             /* of the last string that had to be decoded */
	/* A bit for each byte that is a quote, found ahead for the whole text: so that the end of a string is one look. Only for texts of at most
	 * HL_LEX_INDEXED bytes, printable ASCII without a backslash (indexed), in which each quote begins or ends a string. */
	bool indexed;
	const char *text, *quick; /* quick: where an indexed text has HL_LEX_QUICK bytes and more before its end; text where there is none */
	uint64_t quotes[HL_LEX_INDEXED / 64 + 2]; /* and a word of zeros behind the last */
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

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* The digits that the eight bytes at s begin with: how many there are, and their value, made by neighbours: two, four, all eight. */
static inline unsigned hl_lex_eight(const char *s, uint64_t *value)
{
	uint64_t t;
	memcpy(&t, s, sizeof t);
	t ^= UINT64_C(0x3030303030303030);
	/* A byte above 9 sets its high bit; what it carries goes to later bytes only. */
	uint64_t other = (t | (t + UINT64_C(0x7676767676767676))) & UINT64_C(0x8080808080808080);
	unsigned n = other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
	t = n ? t << (64 - 8 * n) : 0; /* zeros before the first */
	t = (t * 10 + (t >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	t = (t * 100 + (t >> 16)) & UINT64_C(0x0000ffff0000ffff);
	*value = (t * 10000 + (t >> 32)) & UINT64_C(0xffffffff);
	return n;
}
#else
static inline unsigned hl_lex_eight(const char *s, uint64_t *value)
{
	unsigned n = 0;
	*value = 0;
	for (unsigned c; n < 8 && (c = (unsigned)(s[n] - '0')) <= 9; n++)
		*value = *value * 10 + c;
	return n;
}
#endif

/* The character c and the blanks around it; never the last brace. */
static inline bool hl_lex_take(struct hl_lex *x, char c)
{
	const char *p = hl_lex_blanks(x->p);
	bool there = *p == c && p != x->end;
	x->p = there ? hl_lex_blanks(p + 1) : p;
	return there;
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

/* hl_lex_text for what is not plain: escapes are decoded into x->room, UTF-8 is checked. False also where it does not fit there. */
bool hl_lex_text_slow(struct hl_lex *x, struct hl_lex_text *t);

/* Begins at a text of n bytes (n <= 65535) whose last is '}'; borrows it until the last use of x. */
void hl_lex_init(struct hl_lex *x, const char *text, size_t n);

/* The bits of the text's quotes from s on, of 57 bytes at least. Only where it is indexed, which it never is on a machine that keeps the high byte first. */
static inline uint64_t hl_lex_quotes(const struct hl_lex *x, const char *s)
{
	size_t at = (size_t)(s - x->text);
	uint64_t bits;
	memcpy(&bits, (const char *)x->quotes + at / 8, sizeof bits);
	return bits >> at % 8;
}

/* The first quote from s on, end if none. */
static inline const char *hl_lex_quote(const struct hl_lex *x, const char *s)
{
	uint64_t bits = hl_lex_quotes(x, s);
	if (bits)
		return s + __builtin_ctzll(bits);
	for (size_t at = (size_t)(s - x->text) / 64 + 1; at * 64 <= (size_t)(x->end - x->text); at++)
		if (x->quotes[at])
			return x->text + at * 64 + __builtin_ctzll(x->quotes[at]);
	return x->end;
}

/* The string that begins at x->p; false also where there is none. */
static inline bool hl_lex_text(struct hl_lex *x, struct hl_lex_text *t)
{
	if (*x->p != '"')
		return false;
	const char *s = x->p + 1, *e = x->indexed ? hl_lex_quote(x, s) : hl_lex_plain(s, x->end);
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
/* The number that begins at x->p, which goes behind it; false: there is none, or jansson or strtod has to judge it (many digits, a large exponent). */
bool hl_lex_number(struct hl_lex *x, struct hl_lex_number *out);
/* The number at s as readers write most: at most 7 digits, a point, at most 7 more. Gives the place behind it; NULL: hl_lex_number has to look. */
static inline const char *hl_lex_decimal(const struct hl_lex *x, const char *s, double *out)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7 };
	static const uint32_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000 };
	uint64_t whole, part;
	bool minus = *s == '-';
	if (FLT_EVAL_METHOD != 0 || x->end - s < 24)
		return NULL;
	s += minus;
	unsigned n = hl_lex_eight(s, &whole), k;
	if (n - 1 > 6 || s[n] != '.' || (*s == '0' && n > 1))
		return NULL;
	s += n + 1;
	k = hl_lex_eight(s, &part);
	if (k - 1 > 6 || (s[k] | 0x20) == 'e')
		return NULL;
	double d = (double)(int64_t)(whole * powers[k] + part) / tens[k]; /* both exact, so one rounding, as in hl_lex_number */
	*out = minus ? -d : d;
	return s + k;
}
/* Whether null stands at x->p; it is passed where it does. */
bool hl_lex_null(struct hl_lex *x);
/* Passes a value of any kind, to jansson's rules; false: not sure, or nested deeper than HL_LEX_DEPTH. */
bool hl_lex_skip(struct hl_lex *x);

#endif
