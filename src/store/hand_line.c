/* hand_line.c: the lines of a hand layer's journal: written, checked, read. Pure; any thread. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/hand_priv.h"

enum { CHECK = 16 };

static const char *const op_names[HL_HAND_OPS] = { "add", "withdraw", "undo", "approve", "overtaken", "base" };

static void check_of(const char *s, size_t n, char dst[CHECK + 1])
{
	unsigned char hash[HL_SHA256];
	char hex[HL_SHA256_HEX];
	struct hl_sha256 h;
	hl_sha256_init(&h);
	hl_sha256_put(&h, s, n);
	hl_sha256_end(&h, hash);
	hl_hex(hash, HL_SHA256, hex);
	hl_copy_n(dst, CHECK + 1, hex, CHECK);
}

static void put_value(struct hl_buf *b, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	hl_buf_printf(b, "\t%s=", key);
	for (; *value; value++) {
		if (*value == '\\' || *value == '\t' || *value == '\n')
			hl_buf_putc(b, '\\');
		hl_buf_putc(b, *value == '\t' ? 't' : *value == '\n' ? 'n' : *value);
	}
}

bool hl_hand_put(const struct hl_hand_record *r, struct hl_buf *out)
{
	struct hl_buf b = HL_BUF(HL_HAND_LINE_MAX - CHECK - 2);
	char time[HL_TIME_TEXT], check[CHECK + 1];
	hl_time_format(r->time_ms, time);
	hl_buf_printf(&b, "%" PRId64 " %s", r->seq, op_names[r->op]);
	put_value(&b, "time", time);
	put_value(&b, "by", r->by);
	put_value(&b, "why", r->why);
	put_value(&b, "id", r->id);
	put_value(&b, "revision", r->revision);
	put_value(&b, "version", r->version);
	put_value(&b, "mask", r->mask ? "yes" : "");
	put_value(&b, "waits", r->waits ? "yes" : "");
	put_value(&b, "o0", r->o0 ? "yes" : "");
	for (int i = 0; i < HL_FIELDS; i++)
		put_value(&b, hl_fields[i].name, r->f[i]);
	bool fits = !b.full;
	check_of(hl_buf_text(&b), b.len, check);
	if (fits)
		fits = hl_buf_printf(out, "%s %s\n", check, hl_buf_text(&b));
	hl_buf_fini(&b);
	return fits;
}

bool hl_hand_whole(const char *line, size_t n)
{
	char check[CHECK + 1];
	if (n < CHECK + 2 || n >= HL_HAND_LINE_MAX || line[CHECK] != ' ' || memchr(line, 0, n))
		return false;
	check_of(line + CHECK + 1, n - CHECK - 1, check);
	return !memcmp(line, check, CHECK);
}

enum hl_code hl_hand_good(const char *text, size_t n, const char *path, size_t *good, struct hl_err *err)
{
	size_t at = 0;
	unsigned line = 0, bad = 0;
	*good = 0;
	while (at < n) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - text) - at : n - at;
		bool whole = end && hl_hand_whole(text + at, len);
		line++;
		at += len + (end != NULL);
		if (whole && bad)
			return hl_err_set(err, HL_E_INPUT, "%s:%u: the line is damaged, and there are whole ones behind it", path, bad);
		if (whole)
			*good = at;
		else if (!bad)
			bad = line;
	}
	return HL_OK;
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

/* One key=value; a key that is not known is an error: it may say what must not be overlooked. */
static bool take_value(struct hl_hand_record *r, const char *key, const char *value)
{
	struct {
		const char *key;
		const char **to;
	} texts[] = { { "by", &r->by }, { "why", &r->why }, { "id", &r->id }, { "revision", &r->revision }, { "version", &r->version } };
	int field = hl_field_find(key);
	if (field >= 0) {
		r->f[field] = value;
		return true;
	}
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (!strcmp(key, texts[i].key)) {
			*texts[i].to = value;
			return true;
		}
	r->mask = r->mask || !strcmp(key, "mask");
	r->waits = r->waits || !strcmp(key, "waits");
	r->o0 = r->o0 || !strcmp(key, "o0");
	if (!strcmp(key, "time"))
		return hl_time_parse(value, strlen(value), &r->time_ms);
	return !strcmp(key, "mask") || !strcmp(key, "waits") || !strcmp(key, "o0");
}

enum hl_code hl_hand_parse(char *line, struct hl_hand_record *r, struct hl_err *err)
{
	char *at = line + CHECK + 1, *op, *next;
	*r = (struct hl_hand_record){ .op = HL_HAND_OPS, .time_ms = HL_NO_TIME, .by = "", .why = "", .id = "", .revision = "", .version = "" };
	for (int i = 0; i < HL_FIELDS; i++)
		r->f[i] = "";
	r->seq = strtoll(at, &op, 10);
	next = strchr(op, '\t');
	if (next)
		*next++ = 0;
	for (int i = 0; i < HL_HAND_OPS && *op == ' '; i++)
		if (!strcmp(op + 1, op_names[i]))
			r->op = i;
	if (r->seq < 1 || r->op == HL_HAND_OPS)
		return hl_err_set(err, HL_E_INPUT, "change '%.60s' is not known to this program", at);
	while (next) {
		char *key = next, *eq = strchr(key, '=');
		next = strchr(key, '\t');
		if (next)
			*next++ = 0;
		if (!eq || (next && eq > next))
			return hl_err_set(err, HL_E_INPUT, "change %" PRId64 " has no value of '%.40s'", r->seq, key);
		*eq = 0;
		unescape(eq + 1);
		if (!take_value(r, key, eq + 1))
			return hl_err_set(err, HL_E_INPUT, "change %" PRId64 " has a '%.40s' that is not known to this program", r->seq, key);
	}
	return HL_OK;
}
