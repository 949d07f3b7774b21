/* read_lex.c: see read_lex.h. Pure; any thread. */
#include "format/read_lex.h"

#include <errno.h>
#include <float.h>
#include <stdlib.h>

/* ---- where the quotes are ---- */

#if defined __x86_64__ && defined __GNUC__
#include <immintrin.h>

/* The quotes of 64 bytes, a bit each; what must not be there into *odd. After simdjson's first stage (Langdale and Lemire, Parsing Gigabytes of JSON per
 * Second, VLDB Journal 2019). */
__attribute__((target("avx2"))) static inline uint64_t index_block(const char *s, __m256i *odd)
{
	const __m256i mark = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\'), del = _mm256_set1_epi8(0x7f), blank = _mm256_set1_epi8(0x20);
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)s), b = _mm256_loadu_si256((const __m256i *)(const void *)(s + 32));
	__m256i x = _mm256_or_si256(_mm256_cmpgt_epi8(blank, a), _mm256_cmpgt_epi8(blank, b)); /* signed: 0x80 and more too */
	x = _mm256_or_si256(x, _mm256_or_si256(_mm256_cmpeq_epi8(a, backslash), _mm256_cmpeq_epi8(b, backslash)));
	x = _mm256_or_si256(x, _mm256_or_si256(_mm256_cmpeq_epi8(a, del), _mm256_cmpeq_epi8(b, del)));
	*odd = _mm256_or_si256(*odd, x);
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, mark)) | (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, mark)) << 32;
}

__attribute__((target("avx2"))) static bool index_quotes(struct hl_lex *x, const char *text, size_t size)
{
	__m256i odd = _mm256_setzero_si256();
	size_t at = 0, left = size % 64;
	for (; at + 64 <= size; at += 64)
		x->quotes[at / 64] = index_block(text + at, &odd);
	/* What is left is the end of the text's last 64 bytes. */
	x->quotes[at / 64] = left ? index_block(text + size - 64, &odd) >> (64 - left) : 0;
	x->quotes[at / 64 + 1] = 0;
	return _mm256_testz_si256(odd, odd);
}

static bool can_index(size_t size)
{
	return size >= 64 && size <= HL_LEX_INDEXED && __builtin_cpu_supports("avx2");
}
#else
static bool index_quotes(struct hl_lex *x, const char *text, size_t size)
{
	(void)x, (void)text, (void)size;
	return false;
}

static bool can_index(size_t size)
{
	(void)size;
	return false;
}
#endif

void hl_lex_init(struct hl_lex *x, const char *text, size_t n)
{
	x->p = x->text = text;
	x->end = text + n - 1;
	x->n_keys = x->depth = 0;
	x->indexed = can_index(n) && index_quotes(x, text, n);
	x->quick = x->indexed ? x->end - HL_LEX_QUICK : text;
}

/* ---- strings ---- */

static int hex4(const char *s)
{
	int v = 0;
	for (unsigned i = 0; i < 4; i++) {
		char c = s[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (digit < 0)
			return -1;
		v = v << 4 | digit;
	}
	return v;
}

static size_t utf8_put(char *dst, int c)
{
	if (c < 0x80) {
		dst[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		dst[0] = (char)(0xc0 | c >> 6);
		dst[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		dst[0] = (char)(0xe0 | c >> 12);
		dst[1] = (char)(0x80 | (c >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | c >> 18);
	dst[1] = (char)(0x80 | (c >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (c >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* \uXXXX, or two that are a pair, s at the 'u' of the first. Bytes used, 0 where jansson has to say what is wrong. */
static size_t unicode(const char *s, const char *end, int *c)
{
	if (end - s < 5 || (*c = hex4(s + 1)) <= 0 || (*c & 0xfc00) == 0xdc00)
		return 0;
	if ((*c & 0xfc00) != 0xd800)
		return 5;
	int low = end - s >= 11 && s[5] == '\\' && s[6] == 'u' ? hex4(s + 7) : -1;
	if (low < 0 || (low & 0xfc00) != 0xdc00)
		return 0;
	*c = 0x10000 + ((*c & 0x3ff) << 10) + (low & 0x3ff);
	return 11;
}

/* What stands behind a backslash. Bytes used, 0: not sure. */
static size_t escape(const char *s, const char *end, int *c)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	if (s == end)
		return 0;
	if (*s == 'u')
		return unicode(s, end, c);
	const char *at = *s ? strchr(names, *s) : NULL;
	if (!at)
		return 0;
	*c = values[at - names];
	return 1;
}

/* Bytes of the UTF-8 sequence at s, which is no ASCII; 0 where it is none. The ranges are table 3-7 of the Unicode Standard. */
static size_t utf8_len(const unsigned char *s, const unsigned char *end)
{
	size_t n = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
	if (!n || (size_t)(end - s) < n)
		return 0;
	unsigned low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80, high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool hl_lex_text_slow(struct hl_lex *x, struct hl_lex_text *t)
{
	const char *s = x->p + 1;
	size_t n = 0;
	while (s < x->end && n + 4 <= HL_LEX_ROOM) {
		size_t used = 1;
		int c;
		if (*s == '"') {
			*t = (struct hl_lex_text){ x->room, n, false };
			x->p = s + 1;
			return true;
		}
		if (*s == '\\') {
			used = escape(s + 1, x->end, &c);
			if (!used)
				return false;
			used++;
			n += utf8_put(x->room + n, c);
		} else {
			if ((unsigned char)*s >= 0x80)
				used = utf8_len((const unsigned char *)s, (const unsigned char *)x->end);
			if (!used || (unsigned char)*s < 0x20)
				return false;
			memcpy(x->room + n, s, used);
			n += used;
		}
		s += used;
	}
	return false;
}

bool hl_lex_new_key(struct hl_lex *x, unsigned from, const struct hl_lex_text *t)
{
	for (unsigned i = from; i < x->n_keys; i++)
		if (x->key[i].n == t->n && (!t->n || (*x->key[i].s == *t->s && !memcmp(x->key[i].s, t->s, t->n))))
			return false;
	if (x->n_keys == HL_LEX_KEYS)
		return false;
	x->key[x->n_keys++] = (struct hl_lex_key){ t->s, t->n };
	return true;
}

/* ---- numbers ---- */

/* The C library's own answer; false where it is too large, and jansson says so. */
static bool by_strtod(const char *s, size_t n, double *d)
{
	char text[64], *end;
	if (n >= sizeof text)
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	errno = 0;
	*d = strtod(text, &end);
	return end == text + n && !(errno == ERANGE && (*d > 1 || *d < -1));
}

#if defined __SIZEOF_INT128__ && FLT_EVAL_METHOD == 0 && DBL_MANT_DIG == 53
#define HL_LEX_EXACT 1
__extension__ typedef unsigned __int128 wide;

/* w / 10^k, rounded to nearest, ties to even, as strtod does; w > 0, k <= 19. Both are shifted so that the quotient has 64 or 65 bits less its last:
 * what is below a double's 53 is known exactly, from the rest of the division too. The result is a normal number, so nothing else can round. */
static double divide(uint64_t w, uint64_t power)
{
	int a = __builtin_clzll(w), b = __builtin_clzll(power), shift;
	wide num = (wide)(w << a) << 63;
	uint64_t den = power << b, q = (uint64_t)(num / den), rest = (uint64_t)(num % den) != 0;
	shift = __builtin_clzll(q); /* 0 or 1: both ends had their first bit set */
	q <<= shift;
	uint64_t kept = q >> 11, below = q & 0x7ff;
	bool up = below > 0x400 || (below == 0x400 && (rest || (kept & 1)));
	kept += up;
	/* value = kept * 2^(11 - shift) * 2^(b - a - 63) */
	int exponent = 11 - shift + b - a - 63;
	union {
		uint64_t bits;
		double d;
	} scale = { .bits = (uint64_t)(1023 + exponent) << 52 };
	return (double)kept * scale.d; /* both exact */
}

/* w / 10^k; false: not known here. */
static bool by_arithmetic(uint64_t w, size_t k, double *d)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	if (w <= UINT64_C(1) << 53 && k <= 22) {
		*d = (double)w / tens[k]; /* both exact, so one rounding: W. D. Clinger, How to read floating point numbers accurately, PLDI 1990 */
		return true;
	}
	if (k > 19)
		return false;
	uint64_t power = 1;
	for (size_t i = 0; i < k; i++)
		power *= 10;
	*d = divide(w, power);
	return true;
}
#endif

/* The digits at s, onto *w, which may run over. */
static const char *digits(const char *s, const char *end, uint64_t *w)
{
	static const uint64_t tens[] = { 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000 };
	uint64_t v = *w, value;
	for (unsigned n = 8; n == 8 && end - s >= 8; s += n) {
		n = hl_lex_eight(s, &value);
		v = v * tens[n] + value;
	}
	for (unsigned c; (c = (unsigned)(*s - '0')) <= 9; s++)
		v = v * 10 + c;
	*w = v;
	return s;
}

/* How many digits of s..e count: the zeros before the first other one don't, nor does the point. */
static size_t significant(const char *s, const char *e)
{
	bool point = false;
	while (s < e && (*s == '0' || *s == '.'))
		s++;
	for (const char *p = s; p < e; p++)
		point = point || *p == '.';
	return (size_t)(e - s) - point;
}

/* A number with a fraction or an exponent; from is its first digit, s stands behind its whole part, whose value w is. */
static bool real(struct hl_lex *x, const char *from, const char *s, uint64_t w, double *d)
{
	const char *sign = x->p;
	size_t k = 0;
	if (*s == '.') {
		const char *f = s + 1;
		s = digits(f, x->end, &w);
		k = (size_t)(s - f);
		if (!k)
			return false;
	}
#ifdef HL_LEX_EXACT
	bool fits = s - from <= 19 || significant(from, s) <= 19; /* digits and a point; else w has run over */
	if (*s != 'e' && *s != 'E' && fits && by_arithmetic(w, k, d)) {
		*d = *sign == '-' ? -*d : *d;
		x->p = s;
		return true;
	}
#endif
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '+' || *s == '-';
		const char *f = s;
		s = digits(s, x->end, &w);
		if (s == f)
			return false;
	}
	x->p = s;
	return by_strtod(sign, (size_t)(s - sign), d);
}

bool hl_lex_number(struct hl_lex *x, struct hl_lex_number *out)
{
	const char *from = x->p + (*x->p == '-');
	uint64_t w = 0;
	const char *s = digits(from, x->end, &w);
	if (s == from || (*from == '0' && s - from > 1))
		return false;
	out->whole = *s != '.' && *s != 'e' && *s != 'E';
	if (!out->whole)
		return real(x, from, s, w, &out->d);
	if (s - from > 18)
		return false;
	out->i = *x->p == '-' ? -(int64_t)w : (int64_t)w;
	out->d = (double)out->i;
	x->p = s;
	return true;
}

/* ---- what nobody asked for ---- */

/* Letters behind it are no comma and no bracket: the caller sees that. */
static bool word(struct hl_lex *x, const char *w, size_t n)
{
	if ((size_t)(x->end - x->p) < n || memcmp(x->p, w, n) != 0)
		return false;
	x->p += n;
	return true;
}

bool hl_lex_null(struct hl_lex *x)
{
	return word(x, "null", 4);
}

static bool skip_members(struct hl_lex *x)
{
	unsigned from = x->n_keys;
	bool bad = false;
	struct hl_lex_text key;
	hl_lex_take(x, '{');
	if (hl_lex_take(x, '}'))
		return true;
	do {
		if (!hl_lex_key(x, &key) || !hl_lex_new_key(x, from, &key) || !hl_lex_skip(x))
			return false;
	} while (hl_lex_more(x, '}', &bad));
	x->n_keys = from;
	return !bad;
}

static bool skip_items(struct hl_lex *x)
{
	bool bad = false;
	hl_lex_take(x, '[');
	if (hl_lex_take(x, ']'))
		return true;
	do {
		if (!hl_lex_skip(x))
			return false;
	} while (hl_lex_more(x, ']', &bad));
	return !bad;
}

bool hl_lex_skip(struct hl_lex *x)
{
	struct hl_lex_text text;
	struct hl_lex_number number;
	bool good = false;
	if (x->depth == HL_LEX_DEPTH)
		return false;
	x->depth++;
	switch (*x->p) {
	case '"':
		good = hl_lex_text(x, &text);
		break;
	case '{':
		good = skip_members(x);
		break;
	case '[':
		good = skip_items(x);
		break;
	case 't':
		good = word(x, "true", 4);
		break;
	case 'f':
		good = word(x, "false", 5);
		break;
	case 'n':
		good = word(x, "null", 4);
		break;
	default:
		good = hl_lex_number(x, &number);
	}
	x->depth--;
	return good;
}
