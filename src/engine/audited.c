/* audited.c: see audited.h. */
#include "engine/audited.h"
#include "core/alert_life.h"
#include "engine/settings.h"
#include "base/json_out.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 1000, WORD_HEAD = 200 };

static const char purpose_word[] = "--purpose=";

static bool is_purpose(const char *word)
{
	return !strncmp(word, purpose_word, sizeof purpose_word - 1);
}

/* A long word (a signature, say) by its beginning and its hash. */
static void put_word(struct hl_json *j, const char *word)
{
	size_t n = strlen(word);
	char cut[WORD_HEAD + 1], hex[HL_SHA256_HEX], text[WORD_HEAD + HL_SHA256_HEX + 64];
	if (n <= WORD_MAX) {
		hl_json_str(j, NULL, word);
		return;
	}
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	hl_sha256_init(&h);
	hl_sha256_put(&h, word, n);
	hl_sha256_end(&h, hash);
	hl_hex(hash, HL_SHA256, hex);
	hl_copy(cut, sizeof cut, word);
	snprintf(text, sizeof text, "%s... (%zu bytes, sha256 %s)", cut, n, hex);
	hl_json_str(j, NULL, text);
}

static char *words_json(int argc, const char *const *argv)
{
	struct hl_buf b = HL_BUF(HL_AUDIT_DETAILS_MAX);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '[');
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--json") != 0 && !is_purpose(argv[i]))
			put_word(&j, argv[i]);
	hl_json_close(&j);
	return hl_buf_steal(&b);
}

/* The value of an option among the words, or NULL. */
static const char *option(int argc, const char *const *argv, const char *name)
{
	size_t n = strlen(name);
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], name, n) && (argv[i][n] == '=' || !argv[i][n]))
			return argv[i][n] ? argv[i] + n + 1 : i + 1 < argc ? argv[i + 1] : NULL;
	return NULL;
}

static enum hl_code take_purpose(struct hl_audited *d, const struct hl_settings *s, const char *given, struct hl_err *err)
{
	const char *usual = s && s->purpose ? s->purpose : HL_PURPOSE_DEFAULT;
	struct hl_buf clean = HL_BUF(4096);
	hl_text_clean(given ? given : "", given ? strnlen(given, HL_AUDIT_TEXT) : 0, &clean);
	const char *text = hl_buf_text(&clean);
	size_t n = clean.len;
	hl_text_trim(&text, &n);
	hl_copy_n(d->purpose, sizeof d->purpose, text, n);
	hl_buf_fini(&clean);
	if (d->purpose[0])
		return HL_OK;
	if (given || !strcmp(usual, "required"))
		return hl_err_set(err, HL_E_DENIED, "what is it for? The settings require a purpose with each command: --purpose TEXT");
	hl_copy(d->purpose, sizeof d->purpose, usual);
	return HL_OK;
}

static void take_names(struct hl_audited *d, const struct hl_settings *s, const char *who, const char *role)
{
	hl_copy(d->who, sizeof d->who, who && *who ? who : "unknown");
	const struct hl_user *u = s ? hl_settings_user(s, d->who) : NULL;
	if (u)
		role = hl_role_name((enum hl_role)u->role); /* who is who is the settings' to say */
	hl_copy(d->role, sizeof d->role, role && hl_text_is_name(role, strlen(role), HL_NAME - 1) ? role : "local");
	hl_copy(d->org, sizeof d->org, s && s->organization ? s->organization : HL_ORGANIZATION_DEFAULT);
}

static struct hl_audit_record record_of(const struct hl_audited *d, enum hl_audit_kind kind, int64_t now_ms)
{
	return (struct hl_audit_record){ .time_ms = now_ms, .kind = kind, .who = d->who, .role = d->role, .org = d->org, .purpose = d->purpose, .op = d->op,
					 .object = d->object, .details = d->details };
}

/* A change is on the disk before it is begun. */
static enum hl_code put_change(struct hl_audited *d, int64_t now_ms, struct hl_err *err)
{
	struct hl_audit_record r = record_of(d, HL_AUDIT_CHANGE, now_ms);
	enum hl_code code = hl_audit_append(d->audit, &r, err);
	d->seq = r.seq;
	if (!code)
		return HL_OK;
	d->audit = NULL;
	free(d->details);
	d->details = NULL;
	return code;
}

/* Only the very first word, where it is a name: what stands behind an option may be a plate. */
static void take_object(struct hl_audited *d, const struct hl_op_row *row, int argc, const char *const *argv)
{
	int at = row && row->verb[0] ? 2 : 1;
	if (at < argc && !(row && row->wants_path) && hl_text_is_name(argv[at], strlen(argv[at]), HL_NAME - 1))
		hl_copy(d->object, sizeof d->object, argv[at]);
}

enum hl_code hl_audited_begin(struct hl_audited *d, const struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct hl_err *err)
{
	const char *word[HL_OPS_ARGS];
	int n = 0;
	const char *given = NULL;
	*d = (struct hl_audited){ .seq = 0 };
	for (int i = 0; i < argc && n < HL_OPS_ARGS; i++) {
		if (is_purpose(argv[i]))
			given = argv[i] + sizeof purpose_word - 1;
		else if (strcmp(argv[i], "--json") != 0)
			word[n++] = argv[i];
	}
	const struct hl_op_row *row = n ? hl_ops_find(word[0], n > 1 ? word[1] : "") : NULL;
	if (!row || row->unaudited)
		return HL_OK;
	if (!ctx->audit)
		return hl_err_set(err, HL_E_INTERNAL, "%s %s needs the audit", row->family, row->verb);
	const struct hl_settings *s = ctx->settings ? ctx->settings : ctx->catalog ? ctx->catalog->settings : NULL;
	enum hl_code code = take_purpose(d, s, given, err);
	if (code)
		return code;
	d->audit = ctx->audit;
	d->change = row->access != HL_OPS_READ && row->access != HL_OPS_FREE && !row->looks;
	take_names(d, s, ctx->who, option(n, word, "--role"));
	snprintf(d->op, sizeof d->op, "%.30s%s%.30s", row->family, row->verb[0] ? " " : "", row->verb);
	take_object(d, row, n, word);
	d->details = words_json(n, word);
	return d->change ? put_change(d, ctx->now_ms, err) : HL_OK;
}

enum hl_code hl_audited_look(const struct hl_ops_ctx *ctx, const char *op, const char *purpose, int argc, const char *const *argv, struct hl_err *err)
{
	struct hl_audited d = { .audit = ctx->audit };
	enum hl_code code = take_purpose(&d, ctx->settings, purpose, err);
	if (code)
		return code;
	take_names(&d, ctx->settings, ctx->who, NULL);
	hl_copy(d.op, sizeof d.op, op);
	d.details = words_json(argc, argv);
	return hl_audited_end(&d, HL_OK, ctx->now_ms, NULL, err);
}

enum hl_code hl_audited_begin_own(struct hl_audited *d, struct hl_audit *audit, const struct hl_settings *s, const char *who, const char *op, const char *object,
				  const char *details, int64_t now_ms, struct hl_err *err)
{
	*d = (struct hl_audited){ .audit = audit, .change = true, .details = hl_strdup(details) };
	take_names(d, s, who, "hotlistd");
	hl_copy(d->purpose, sizeof d->purpose, s && s->purpose && strcmp(s->purpose, "required") != 0 ? s->purpose : HL_PURPOSE_DEFAULT);
	hl_copy(d->op, sizeof d->op, op);
	hl_copy(d->object, sizeof d->object, object ? object : "");
	return audit ? put_change(d, now_ms, err) : HL_OK;
}

enum hl_code hl_audited_end(struct hl_audited *d, enum hl_code code, int64_t now_ms, struct hl_buf *out, struct hl_err *err)
{
	struct hl_audit_record r = record_of(d, d->change ? HL_AUDIT_OUTCOME : HL_AUDIT_LOOK, now_ms);
	struct hl_err fault;
	enum hl_code rc = HL_OK;
	r.of = d->seq;
	r.result = hl_code_name(code);
	if (d->change)
		r.details = NULL; /* they stand in its first record */
	if (d->audit)
		rc = hl_audit_append(d->audit, &r, &fault);
	free(d->details);
	d->details = NULL;
	d->audit = NULL;
	if (!rc)
		return code;
	if (!d->change && out)
		hl_buf_clear(out);
	if (d->change && code)
		return code; /* it failed, which is what its first record without an outcome says too */
	return d->change ? hl_err_set(err, rc, "it was done, and record %lld says that it was begun; what came of it can't be recorded: %.200s", (long long)d->seq, fault.text)
			 : hl_err_set(err, rc, "no look without a record: %.300s", fault.text);
}

enum hl_code hl_audited_note(struct hl_audit *audit, const struct hl_settings *s, enum hl_audit_kind kind, const char *op, const char *details, int64_t n, int64_t now_ms,
			     struct hl_err *err)
{
	struct hl_audit_record r = { .time_ms = now_ms, .kind = kind, .who = "hotlistd", .role = "hotlistd", .org = s && s->organization ? s->organization : HL_ORGANIZATION_DEFAULT,
				     .purpose = s && s->purpose && strcmp(s->purpose, "required") != 0 ? s->purpose : HL_PURPOSE_DEFAULT, .op = op, .n = n, .result = "ok",
				     .details = details };
	return audit ? hl_audit_append(audit, &r, err) : HL_OK;
}
