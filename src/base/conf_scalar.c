/* conf_scalar.c: the types of single values: cost, number, integer, duration, size, and lists of texts. A value is text until its type reads it here; a fault
 * names what was found and what would be accepted. No function depends on the locale. Pure; any thread.
 */
#include "base/conf.h"
#include "base/conf_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 18, NUMBER_DIGITS = 15 };

/* Nodes of several documents may stand in one tree. */
static const char *file_of(const struct hl_conf_ctx *ctx, const struct hl_node *node)
{
	return node->file ? node->file : ctx->file;
}

void hl_conf_fault(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *fmt, ...)
{
	char text[HL_ERR_TEXT];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	hl_faults_add(ctx->faults, file_of(ctx, node), node->line, node->column, "%s", text);
}

void hl_conf_warn(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *fmt, ...)
{
	char text[HL_ERR_TEXT];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	hl_faults_warn(ctx->faults, file_of(ctx, node), node->line, node->column, "%s", text);
}

void hl_conf_fault_key(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *fmt, ...)
{
	char text[HL_ERR_TEXT];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	bool key = node->key_line > 0;
	hl_faults_add(ctx->faults, file_of(ctx, node), key ? node->key_line : node->line, key ? node->key_column : node->column, "%s", text);
}

bool hl_conf_is_null(const struct hl_node *node)
{
	if (node->kind != HL_NODE_SCALAR || node->quoted)
		return false;
	return !node->text[0] || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0;
}

/* No control byte of the file may reach a terminal: C0 is err.c's business, C1 (C2 80 … C2 9F) is ours. */
static void excerpt(char *dst, size_t size, const char *src)
{
	bool whole = hl_copy(dst, size, src);
	for (unsigned char *s = (unsigned char *)dst; *s; s++)
		if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
			s[0] = s[1] = '?';
	if (!whole)
		memcpy(dst + size - 4, "...", 4);
}

static void name_of(char *dst, size_t size, const struct hl_node *node)
{
	char key[HL_CONF_EXCERPT];
	if (node->key) {
		excerpt(key, sizeof key, node->key);
		snprintf(dst, size, "'%s'", key);
	} else
		hl_copy(dst, size, "this");
}

bool hl_conf_wrong(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *expected)
{
	char name[HL_CONF_EXCERPT + 16], found[HL_CONF_EXCERPT];
	name_of(name, sizeof name, node);
	if (hl_conf_is_null(node))
		hl_conf_fault(ctx, node, "%s has no value: expected %s", name, expected);
	else if (node->kind != HL_NODE_SCALAR)
		hl_conf_fault(ctx, node, "%s is a %s: expected %s", name, node->kind == HL_NODE_SEQ ? "list" : "mapping", expected);
	else {
		excerpt(found, sizeof found, node->text);
		hl_conf_fault(ctx, node, "%s is '%s': expected %s", name, found, expected);
	}
	return false;
}

/* Digits of s into *v; how many bytes were read. At most DIGITS_MAX digits, so that nothing overflows; 0 where there is none or too many. */
static size_t digits(const char *s, int64_t *v)
{
	size_t n = 0;
	*v = 0;
	for (; s[n] >= '0' && s[n] <= '9'; n++) {
		if (n == DIGITS_MAX)
			return 0;
		*v = *v * 10 + (s[n] - '0');
	}
	return n;
}

/* A whole number: "12", "-3"; no sign '+', no space, no octal (08 is eight). */
static bool parse_int(const char *s, int64_t *v)
{
	bool minus = *s == '-';
	size_t n = digits(s + minus, v);
	if (!n || s[minus + n])
		return false;
	*v = minus ? -*v : *v;
	return true;
}

static bool inside(int64_t v, int64_t min, int64_t max)
{
	if (min == 0 && max == 0)
		return v >= 0;
	return v >= min && (max < min || v <= max);
}

/* min 0 and max 0 mean "from 0"; max below min means "no upper end". */
static void bounds_text(char *dst, size_t size, const char *what, const char *low, const char *high, bool upper)
{
	if (upper)
		snprintf(dst, size, "%s from %s to %s", what, low, high);
	else
		snprintf(dst, size, "%s from %s", what, low);
}

bool hl_conf_int(const struct hl_node *node, int64_t min, int64_t max, int64_t *out, struct hl_conf_ctx *ctx)
{
	char low[32], high[32], text[128];
	int64_t v;
	if (node->kind == HL_NODE_SCALAR && !hl_conf_is_null(node) && parse_int(node->text, &v) && (inside(v, min, max) || (!min && !max))) {
		*out = v;
		return true;
	}
	if (!min && !max)
		return hl_conf_wrong(ctx, node, "a whole number");
	snprintf(low, sizeof low, "%lld", (long long)min);
	snprintf(high, sizeof high, "%lld", (long long)max);
	bounds_text(text, sizeof text, "a whole number", low, high, max >= min);
	return hl_conf_wrong(ctx, node, text);
}

/* "[-]digits[.digits]" as mantissa and number of decimals. */
static bool parse_decimal(const char *s, size_t max_digits, int64_t *mantissa, size_t *decimals)
{
	bool minus = *s == '-';
	int64_t fraction = 0;
	size_t n = digits(s += minus, mantissa), d = 0;
	if (!n)
		return false;
	if (s[n] == '.') {
		d = digits(s + n + 1, &fraction);
		if (!d)
			return false;
		n += 1;
	}
	if (s[n + d] || n + d > max_digits)
		return false;
	for (size_t i = 0; i < d; i++)
		*mantissa *= 10;
	*mantissa = minus ? -(*mantissa + fraction) : *mantissa + fraction;
	*decimals = d;
	return true;
}

static void cost_text(char *dst, size_t size, int64_t v)
{
	snprintf(dst, size, "%s%lld.%02lld", v < 0 ? "-" : "", (long long)llabs(v) / 100, (long long)llabs(v) % 100);
}

bool hl_conf_cost(const struct hl_node *node, int64_t min, int64_t max, int *out, struct hl_conf_ctx *ctx)
{
	char low[32], high[32], text[128];
	int64_t v;
	size_t d;
	if (node->kind == HL_NODE_SCALAR && !hl_conf_is_null(node) && parse_decimal(node->text, 9, &v, &d) && d <= 2) {
		for (; d < 2; d++)
			v *= 10;
		if (inside(v, min, max) && v <= INT32_MAX) {
			*out = (int)v;
			return true;
		}
	}
	cost_text(low, sizeof low, min);
	cost_text(high, sizeof high, max);
	bounds_text(text, sizeof text, "a number with at most two decimals", low, high, (min || max) && max >= min);
	return hl_conf_wrong(ctx, node, text);
}

bool hl_conf_number(const struct hl_node *node, double min, double max, double *out, struct hl_conf_ctx *ctx)
{
	char text[128];
	int64_t mantissa;
	size_t d;
	if (node->kind == HL_NODE_SCALAR && !hl_conf_is_null(node) && parse_decimal(node->text, NUMBER_DIGITS, &mantissa, &d)) {
		double scale = 1;
		for (size_t i = 0; i < d; i++)
			scale *= 10; /* exact up to 10^22, so that the quotient is the nearest double */
		double v = (double)mantissa / scale;
		if ((min == 0 && max == 0) || (v >= min && (max < min || v <= max))) {
			*out = v;
			return true;
		}
	}
	if (min == 0 && max == 0)
		return hl_conf_wrong(ctx, node, "a decimal number");
	snprintf(text, sizeof text, "a decimal number from %.7g to %.7g", min, max);
	return hl_conf_wrong(ctx, node, text);
}

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit durations[] = {
	{ "y", 31536000000 }, { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { NULL, 0 },
};
static const struct unit sizes[] = {
	{ "GiB", 1 << 30 }, { "GB", 1000000000 }, { "MiB", 1 << 20 }, { "MB", 1000000 }, { "KiB", 1024 }, { "kB", 1000 }, { "", 1 }, { NULL, 0 },
};

static bool parse_unit(const char *s, const struct unit *units, int64_t *out)
{
	int64_t v;
	size_t n = digits(s, &v);
	if (!n)
		return false;
	for (; units->name; units++)
		if (strcmp(s + n, units->name) == 0)
			return !__builtin_mul_overflow(v, units->factor, out);
	return false;
}

bool hl_duration_parse(const char *s, int64_t *ms)
{
	return parse_unit(s, durations, ms);
}

/* The largest unit without a remainder. */
static void unit_text(char *dst, size_t size, int64_t v, const struct unit *units)
{
	while (units[1].name && v % units->factor)
		units++;
	snprintf(dst, size, "%lld%s", (long long)(v / units->factor), units->name);
}

void hl_conf_duration_text(char *dst, size_t size, int64_t ms)
{
	if (ms == 0)
		snprintf(dst, size, "0s");
	else
		unit_text(dst, size, ms, durations);
}

void hl_conf_size_text(char *dst, size_t size, int64_t bytes)
{
	if (bytes == 0)
		snprintf(dst, size, "0");
	else
		unit_text(dst, size, bytes, sizes);
}

bool hl_conf_duration(const struct hl_node *node, int64_t min, int64_t max, int64_t *out, struct hl_conf_ctx *ctx)
{
	char low[32], high[32], text[128], name[HL_CONF_EXCERPT + 16], found[HL_CONF_EXCERPT];
	int64_t v;
	bool scalar = node->kind == HL_NODE_SCALAR && !hl_conf_is_null(node);
	if (scalar && hl_duration_parse(node->text, &v) && inside(v, min, max)) {
		*out = v;
		return true;
	}
	if (scalar && parse_int(node->text, &v) && v >= 0) {
		name_of(name, sizeof name, node);
		excerpt(found, sizeof found, node->text);
		hl_conf_fault(ctx, node, "%s is '%s': a duration needs a unit (ms, s, m, h, d, y), for example %ss", name, found, found);
		return false;
	}
	hl_conf_duration_text(low, sizeof low, min);
	hl_conf_duration_text(high, sizeof high, max);
	if (!scalar || !hl_duration_parse(node->text, &v) || (!min && !max))
		return hl_conf_wrong(ctx, node, "a duration: a whole number with a unit (ms, s, m, h, d, y), for example 8s");
	bounds_text(text, sizeof text, "a duration", low, high, max >= min);
	return hl_conf_wrong(ctx, node, text);
}

bool hl_conf_size(const struct hl_node *node, int64_t min, int64_t max, int64_t *out, struct hl_conf_ctx *ctx)
{
	char low[32], high[32], text[128];
	int64_t v;
	bool read = node->kind == HL_NODE_SCALAR && !hl_conf_is_null(node) && parse_unit(node->text, sizes, &v);
	if (read && inside(v, min, max)) {
		*out = v;
		return true;
	}
	if (!read)
		return hl_conf_wrong(ctx, node, "a size: a whole number of bytes, or with kB, MB, GB, KiB, MiB or GiB, for example 10MB");
	hl_conf_size_text(low, sizeof low, min);
	hl_conf_size_text(high, sizeof high, max);
	bounds_text(text, sizeof text, "a size", low, high, max >= min);
	return hl_conf_wrong(ctx, node, text);
}

bool hl_conf_text(const struct hl_node *node, size_t min, size_t max, struct hl_conf_ctx *ctx)
{
	char text[128];
	if (node->kind != HL_NODE_SCALAR || hl_conf_is_null(node))
		return hl_conf_wrong(ctx, node, "a text");
	for (const unsigned char *s = (const unsigned char *)node->text; *s; s++)
		if (*s < 0x20 || *s == 0x7f || (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0))
			return hl_conf_wrong(ctx, node, "a text of one line without control characters");
	size_t n = strlen(node->text);
	if (n >= min && n <= max)
		return true;
	if (!n)
		return hl_conf_wrong(ctx, node, "a text that is not empty");
	if (n < min)
		snprintf(text, sizeof text, "a text of at least %zu bytes, not %zu", min, n);
	else
		snprintf(text, sizeof text, "a text of at most %zu bytes, not %zu", max, n);
	return hl_conf_wrong(ctx, node, text);
}

bool hl_conf_strings(const struct hl_node *node, struct hl_strings *out, struct hl_conf_ctx *ctx)
{
	bool list = node->kind == HL_NODE_SEQ, ok = true;
	const struct hl_node *item = list ? node->child : node;
	size_t n = list ? node->n : 1;
	if (node->kind == HL_NODE_MAP || hl_conf_is_null(node))
		return hl_conf_wrong(ctx, node, "a list of texts, or one text");
	*out = (struct hl_strings){ .v = hl_calloc(n, sizeof *out->v) };
	for (size_t i = 0; i < n; i++) {
		if (hl_conf_text(&item[i], 0, HL_CONF_STRING, ctx))
			out->v[out->n++] = hl_strdup(item[i].text);
		else
			ok = false;
	}
	if (!ok)
		hl_strings_wipe(out);
	return ok;
}

void hl_strings_wipe(struct hl_strings *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct hl_strings){ 0 };
}
