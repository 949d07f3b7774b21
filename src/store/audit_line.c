/* audit_line.c: the lines of the audit's chain: written, taken apart, compared with their hash. doc/audit.md has the same in words; tests/integration/verify_audit.py
 * reads them without any of our code. Pure; any thread.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/audit_priv.h"

enum { HASH = HL_SHA256_HEX - 1 };

static const char *const kind_names[HL_AUDIT_KINDS] = { "begin", "look", "change", "outcome", "told", "note", "purge" };

/* The keys in their only order. The chained part ends with prev. */
enum key { K_SEQ, K_TIME, K_CHAIN, K_KIND, K_WHO, K_ROLE, K_ORG, K_PURPOSE, K_OP, K_OBJECT, K_OF, K_N, K_RESULT, K_DETAILS, K_PREV, K_SALT, K_TEXT, KEYS };
static const char *const key_names[KEYS] = { "seq", "time", "chain", "kind", "who", "role", "org", "purpose", "op", "object", "of", "n", "result", "details", "prev", "salt", "text" };

const char *hl_audit_kind_name(enum hl_audit_kind k)
{
	return kind_names[k];
}

void hl_audit_sha(const void *data, size_t n, char hex[HL_SHA256_HEX])
{
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	hl_sha256_init(&h);
	hl_sha256_put(&h, data, n);
	hl_sha256_end(&h, hash);
	hl_hex(hash, HL_SHA256, hex);
}

void hl_audit_genesis(const char *chain, char hash[HL_SHA256_HEX])
{
	struct hl_buf b = HL_BUF(64);
	hl_buf_printf(&b, "hotlistd audit %.16s", chain);
	hl_audit_sha(b.data, b.len, hash);
	hl_buf_fini(&b);
}

/* ---- writing ---- */

static void put_escaped(struct hl_buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' || s[i] == '\t' || s[i] == '\n')
			hl_buf_putc(b, '\\');
		hl_buf_putc(b, s[i] == '\t' ? 't' : s[i] == '\n' ? 'n' : s[i]);
	}
}

static void put_key(struct hl_buf *b, enum key key)
{
	hl_buf_printf(b, "%s%s=", key == K_SEQ ? "" : "\t", key_names[key]);
}

/* Of a text that came from outside: no control bytes, not longer than it may be. */
static void put_text(struct hl_buf *b, enum key key, const char *value)
{
	struct hl_buf clean = HL_BUF(8 * HL_AUDIT_TEXT);
	char cut[HL_AUDIT_TEXT + 1];
	if (!value || !*value)
		return;
	hl_copy(cut, sizeof cut, value);
	hl_text_clean(cut, strlen(cut), &clean);
	put_key(b, key);
	put_escaped(b, hl_buf_text(&clean), clean.len);
	hl_buf_fini(&clean);
}

static void put_number(struct hl_buf *b, enum key key, int64_t value)
{
	if (!value)
		return;
	put_key(b, key);
	hl_buf_printf(b, "%" PRId64, value);
}

/* "HEX\ttext=…": what the chained part binds by its hash. */
static void make_details(const char *details, struct hl_buf *out)
{
	unsigned char salt[(HL_AUDIT_SALT_HEX - 1) / 2];
	char hex[HL_AUDIT_SALT_HEX];
	hl_random(salt, sizeof salt);
	hl_hex(salt, sizeof salt, hex);
	hl_buf_puts(out, hex);
	put_key(out, K_TEXT);
	put_escaped(out, details, strlen(details));
}

static void put_chained(const struct hl_audit_record *r, const char *bound, const char *prev, struct hl_buf *b)
{
	char time[HL_TIME_TEXT];
	hl_time_format(r->time_ms, time);
	put_number(b, K_SEQ, r->seq);
	put_text(b, K_TIME, time);
	put_text(b, K_CHAIN, r->chain);
	put_text(b, K_KIND, kind_names[r->kind]);
	put_text(b, K_WHO, r->who);
	put_text(b, K_ROLE, r->role);
	put_text(b, K_ORG, r->org);
	put_text(b, K_PURPOSE, r->purpose);
	put_text(b, K_OP, r->op);
	put_text(b, K_OBJECT, r->object);
	put_number(b, K_OF, r->of);
	put_number(b, K_N, r->n);
	put_text(b, K_RESULT, r->result);
	put_text(b, K_DETAILS, bound);
	put_text(b, K_PREV, prev);
}

bool hl_audit_put(const struct hl_audit_record *r, const char *prev, struct hl_buf *out, char hash[HL_SHA256_HEX])
{
	struct hl_buf chained = HL_BUF(HL_AUDIT_LINE_MAX), details = HL_BUF(HL_AUDIT_LINE_MAX);
	char bound[HL_SHA256_HEX] = "";
	if (r->details) {
		make_details(r->details, &details);
		hl_audit_sha(details.data, details.len, bound);
	}
	put_chained(r, bound, prev, &chained);
	hl_audit_sha(chained.data, chained.len, hash);
	bool fits = !chained.full && !details.full && HASH + 1 + chained.len + 6 + details.len < HL_AUDIT_LINE_MAX;
	if (fits)
		fits = hl_buf_printf(out, "%s\t", hash) && hl_buf_put(out, chained.data, chained.len) &&
		       (!r->details || (hl_buf_puts(out, "\tsalt=") && hl_buf_put(out, details.data, details.len))) && hl_buf_putc(out, '\n');
	hl_buf_fini(&chained);
	hl_buf_fini(&details);
	return fits;
}

/* ---- reading ---- */

/* A tab is never part of a value, so that this can only be the key. */
static const char *salt_in(const char *line, size_t n)
{
	return memmem(line, n, "\tsalt=", 6);
}

size_t hl_audit_chained(const char *line, size_t n)
{
	const char *salt = salt_in(line, n);
	return salt ? (size_t)(salt - line) : n;
}

static bool is_hex(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

static void unescape(char *s)
{
	char *to = s;
	for (; *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			*to++ = *s == 't' ? '\t' : *s == 'n' ? '\n' : *s;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
}

static bool take_number(const char *value, int64_t *n)
{
	char *end;
	if (*value < '1' || *value > '9' || strlen(value) > 18)
		return false;
	*n = strtoll(value, &end, 10);
	return !*end;
}

static bool take_kind(const char *value, enum hl_audit_kind *kind)
{
	for (int i = 0; i < HL_AUDIT_KINDS; i++)
		if (!strcmp(value, kind_names[i])) {
			*kind = (enum hl_audit_kind)i;
			return true;
		}
	return false;
}

static bool take_value(struct hl_audit_line *l, enum key key, char *value)
{
	struct hl_audit_record *r = &l->r;
	const char **text[KEYS] = { [K_CHAIN] = &r->chain, [K_WHO] = &r->who, [K_ROLE] = &r->role, [K_ORG] = &r->org, [K_PURPOSE] = &r->purpose, [K_OP] = &r->op,
				    [K_OBJECT] = &r->object, [K_RESULT] = &r->result, [K_DETAILS] = &l->bound, [K_PREV] = &l->prev, [K_TEXT] = &r->details };
	int64_t *number[KEYS] = { [K_SEQ] = &r->seq, [K_OF] = &r->of, [K_N] = &r->n };
	if (number[key])
		return take_number(value, number[key]);
	if (key == K_TIME)
		return hl_time_parse(value, strlen(value), &r->time_ms);
	if (key == K_KIND)
		return take_kind(value, &r->kind);
	if (key == K_SALT)
		return is_hex(value, HL_AUDIT_SALT_HEX - 1);
	unescape(value);
	*text[key] = value;
	return key == K_TEXT || *value;
}

/* key=value behind `last`, the key before. Gives the key, or KEYS. */
static enum key take_pair(struct hl_audit_line *l, char *pair, int last)
{
	char *eq = strchr(pair, '=');
	if (!eq)
		return KEYS;
	*eq = 0;
	for (int k = last + 1; k < KEYS; k++)
		if (!strcmp(pair, key_names[k]))
			return take_value(l, (enum key)k, eq + 1) ? (enum key)k : KEYS;
	return KEYS;
}

static bool is_complete(const struct hl_audit_line *l)
{
	const struct hl_audit_record *r = &l->r;
	return r->seq && r->chain && is_hex(r->chain, HL_AUDIT_CHAIN - 1) && r->who && r->role && r->org && r->purpose && r->op && l->prev && is_hex(l->prev, HASH) &&
	       (!l->bound || is_hex(l->bound, HASH)) && (!r->details || l->bound);
}

enum hl_code hl_audit_take(char *line, size_t n, struct hl_audit_line *l, struct hl_err *err)
{
	char hash[HL_SHA256_HEX];
	*l = (struct hl_audit_line){ .r = { .kind = HL_AUDIT_KINDS, .object = "", .result = "", .time_ms = HL_NO_TIME }, .hash = line, .details_fit = true };
	if (n <= HASH + 1 || n >= HL_AUDIT_LINE_MAX || line[HASH] != '\t' || memchr(line, 0, n))
		return hl_err_set(err, HL_E_INPUT, "it is no line of an audit");
	line[n] = line[HASH] = 0;
	char *at = line + HASH + 1, *end = line + n;
	const char *salt = salt_in(at, (size_t)(end - at));
	const char *chained_end = salt ? salt : end;
	hl_audit_sha(at, (size_t)(chained_end - at), hash);
	l->fits = !strcmp(hash, line);
	if (salt)
		hl_audit_sha(salt + 6, (size_t)(end - salt) - 6, hash); /* before the line is taken apart */
	int last = -1;
	for (char *next; at; at = next) {
		next = strchr(at, '\t');
		if (next)
			*next++ = 0;
		int key = (int)take_pair(l, at, last);
		if (key == KEYS)
			return hl_err_set(err, HL_E_INPUT, "it has a '%.40s' that is not known, out of its order or wrong", at);
		last = key;
	}
	if (l->r.kind == HL_AUDIT_KINDS || l->r.time_ms == HL_NO_TIME || !is_complete(l) || (salt != NULL) != (l->r.details != NULL))
		return hl_err_set(err, HL_E_INPUT, "a part of it is missing");
	l->r.erased = l->bound && !l->r.details;
	l->details_fit = !l->r.details || !strcmp(hash, l->bound);
	return HL_OK;
}
