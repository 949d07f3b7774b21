/* sms_json.c: one member of the JSON object that a gateway answers with, and no more of JSON than that takes. The answer is bounded by whoever received it.
 * Pure; any thread.
 */
#include "adapter/sms_gateway.h"

#include <string.h>

struct scan {
	const char *p, *end;
};

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && strchr(" \t\r\n", *s->p) && *s->p)
		s->p++;
}

/* The string that begins at p, into dst as far as it fits. False where it does not end or does not fit. */
static bool take_string(struct scan *s, char *dst, size_t size)
{
	size_t n = 0;
	bool fits = true;
	for (s->p++; s->p < s->end && *s->p != '"'; s->p++) {
		if (*s->p == '\\') {
			if (++s->p == s->end)
				return false;
			if (*s->p == 'u')
				s->p += s->end - s->p > 4 ? 4 : 0;
			if (*s->p != '"' && *s->p != '\\' && *s->p != '/')
				continue;
		}
		if (n + 1 < size)
			dst[n++] = *s->p;
		else
			fits = false;
	}
	dst[n] = 0;
	return s->p < s->end && *s->p++ == '"' && fits;
}

/* A number, true, false or null: up to what ends it. */
static bool take_word(struct scan *s, char *dst, size_t size)
{
	const char *from = s->p;
	while (s->p < s->end && !strchr(",}] \t\r\n", *s->p))
		s->p++;
	return s->p > from && hl_copy_n(dst, size, from, (size_t)(s->p - from));
}

/* Over an object or a list, with all that is in it. */
static bool skip_nested(struct scan *s)
{
	char unused[1];
	size_t depth = 0;
	while (s->p < s->end) {
		char c = *s->p;
		if (c == '"') {
			take_string(s, unused, sizeof unused);
			continue;
		}
		s->p++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return true;
	}
	return false;
}

/* The value at p. *plain: a string or a number, which dst holds. False where the text ends in it. */
static bool take_value(struct scan *s, char *dst, size_t size, bool *plain)
{
	*plain = false;
	dst[0] = 0;
	if (s->p == s->end)
		return false;
	if (*s->p == '{' || *s->p == '[')
		return skip_nested(s);
	if (*s->p == '"') {
		*plain = take_string(s, dst, size);
		return s->p < s->end;
	}
	bool fits = take_word(s, dst, size);
	*plain = fits && (dst[0] == '-' || (dst[0] >= '0' && dst[0] <= '9'));
	return s->p < s->end;
}

bool hl_sms_json_member(const char *text, size_t n, const char *key, char *dst, size_t size)
{
	struct scan s = { .p = text, .end = text + n };
	char name[64];
	bool plain;
	dst[0] = 0;
	skip_blanks(&s);
	if (s.p == s.end || *s.p != '{')
		return false;
	do {
		s.p++;
		skip_blanks(&s);
		if (s.p == s.end || *s.p != '"')
			return false;
		bool whole = take_string(&s, name, sizeof name);
		skip_blanks(&s);
		if (s.p == s.end || *s.p++ != ':')
			return false;
		skip_blanks(&s);
		if (!take_value(&s, dst, size, &plain))
			break;
		if (whole && plain && !strcmp(name, key))
			return true;
		skip_blanks(&s);
	} while (s.p < s.end && *s.p == ',');
	dst[0] = 0;
	return false;
}
