/* ops_args.c: see ops_args.h. */
#include "engine/ops_args.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum hl_code unknown(const char *word, size_t n, const struct hl_ops_opt *opts, struct hl_err *err)
{
	const char *names[HL_OPS_ARGS + 1];
	char given[64];
	size_t k = 0;
	for (; opts[k].name && k < HL_OPS_ARGS; k++)
		names[k] = opts[k].name;
	names[k] = NULL;
	hl_copy_n(given, sizeof given, word, n);
	const char *near = hl_text_nearest(given, names);
	return hl_err_set(err, HL_E_USAGE, "unknown option '%s'%s%s%s", given, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

/* Reads the option at argv[*i]; *i moves past its value. */
static enum hl_code option(int argc, const char *const *argv, int *i, const struct hl_ops_opt *opts, unsigned *seen, struct hl_err *err)
{
	const char *word = argv[*i];
	size_t n = strcspn(word, "=");
	const struct hl_ops_opt *o = opts;
	while (o->name && (strlen(o->name) != n || strncmp(o->name, word, n) != 0))
		o++;
	if (!o->name)
		return unknown(word, n, opts, err);
	unsigned bit = 1u << (o - opts);
	if (*seen & bit)
		return hl_err_set(err, HL_E_USAGE, "option %s is given twice", o->name);
	*seen |= bit;
	if (o->flag) {
		*o->flag = true;
		return word[n] ? hl_err_set(err, HL_E_USAGE, "option %s takes no value", o->name) : HL_OK;
	}
	*o->value = word[n] ? word + n + 1 : ++*i < argc ? argv[*i] : NULL;
	if (!*o->value || !**o->value)
		return hl_err_set(err, HL_E_USAGE, "option %s needs a value", o->name);
	return HL_OK;
}

enum hl_code hl_ops_args(int argc, const char *const *argv, const struct hl_ops_opt *opts, const char *names, const char **words, size_t least, size_t most,
			 struct hl_err *err)
{
	size_t n = 0;
	unsigned seen = 0;
	bool options = true;
	for (size_t k = 0; k < most; k++)
		words[k] = NULL;
	for (int i = 0; i < argc; i++) {
		if (options && !strcmp(argv[i], "--")) {
			options = false;
			continue;
		}
		if (options && argv[i][0] == '-' && argv[i][1] == '-') {
			enum hl_code rc = option(argc, argv, &i, opts, &seen, err);
			if (rc)
				return rc;
			continue;
		}
		if (n == most)
			return hl_err_set(err, HL_E_USAGE, "'%s' is one word too many", argv[i]);
		words[n++] = argv[i];
	}
	return n < least ? hl_err_set(err, HL_E_USAGE, "%s is missing", names) : HL_OK;
}

enum hl_code hl_ops_count(const char *option_name, const char *text, size_t max, size_t *n, struct hl_err *err)
{
	if (!text)
		return HL_OK;
	char *end;
	errno = 0;
	unsigned long v = strtoul(text, &end, 10);
	if (errno || *end || text[0] < '0' || text[0] > '9' || !v || v > max)
		return hl_err_set(err, HL_E_USAGE, "%s '%s': a whole number of 1 to %zu is expected", option_name, text, max);
	*n = v;
	return HL_OK;
}

enum hl_code hl_ops_since(const char *option_name, const char *text, int64_t now_ms, int64_t *ms, struct hl_err *err)
{
	int64_t span;
	if (!text || hl_time_parse(text, strlen(text), ms))
		return HL_OK;
	if (!hl_duration_parse(text, &span))
		return hl_err_set(err, HL_E_USAGE, "%s '%s': a duration such as 90s, 2h or 3d, or a time such as 2026-11-23T10:00:00Z is expected", option_name, text);
	*ms = now_ms - span;
	return HL_OK;
}

enum hl_code hl_ops_word(const char *option_name, const char *text, const char *const *words, struct hl_err *err)
{
	char all[256] = "";
	size_t used = 0;
	for (size_t i = 0; text && words[i]; i++) {
		if (!strcmp(words[i], text))
			return HL_OK;
		used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", words[i]);
		used = used < sizeof all ? used : sizeof all - 1;
	}
	return text ? hl_err_set(err, HL_E_USAGE, "%s '%s': expected one of %s", option_name, text, all) : HL_OK;
}

static const struct hl_tz *zone(const struct hl_ops_ctx *ctx)
{
	return ctx->catalog && ctx->catalog->rules ? ctx->catalog->rules->tz : NULL;
}

void hl_ops_full_time(const struct hl_ops_ctx *ctx, int64_t ms, char *dst)
{
	if (ms == HL_NO_TIME)
		hl_copy(dst, 48, "never");
	else
		hl_tz_format(zone(ctx), ms, dst, 48);
}

void hl_ops_time(const struct hl_ops_ctx *ctx, int64_t ms, char *dst)
{
	char full[48];
	hl_ops_full_time(ctx, ms, full);
	hl_copy_n(dst, 32, strlen(full) > 19 ? full + 5 : full, strlen(full) > 19 ? 14 : strlen(full));
}

void hl_ops_zone(const struct hl_ops_ctx *ctx, char *dst, size_t size)
{
	char full[48];
	hl_ops_full_time(ctx, ctx->now_ms, full);
	hl_copy(dst, size, strlen(full) > 20 ? full + 20 : "UTC");
}

void hl_ops_span(int64_t ms, char *dst)
{
	static const struct {
		int64_t ms;
		char unit;
	} row[] = { { 86400000, 'd' }, { 3600000, 'h' }, { 60000, 'm' }, { 1000, 's' } };
	enum { ROWS = sizeof row / sizeof row[0] };
	ms = ms < 0 ? 0 : ms;
	for (int i = 0; i < ROWS; i++) {
		int64_t n = ms / row[i].ms, rest = i + 1 < ROWS ? ms % row[i].ms / row[i + 1].ms : 0;
		if (!n && i + 1 < ROWS)
			continue;
		snprintf(dst, 32, rest ? "%lld%c%lld%c" : "%lld%c", (long long)n, row[i].unit, (long long)rest, i + 1 < ROWS ? row[i + 1].unit : 0);
		return;
	}
}

void hl_ops_wrapped(const char *text, int indent, struct hl_buf *out)
{
	size_t room = 80 - (size_t)indent;
	do {
		size_t n = strlen(text), blank = room;
		while (n > room && blank && text[blank] != ' ')
			blank--;
		if (n > room)
			n = blank ? blank : room;
		hl_buf_printf(out, "%*s%.*s\n", indent, "", (int)n, text);
		text += n;
		text += strspn(text, " ");
	} while (*text);
}
