/* ops_audit.c: the operations on the audit: show, verify, sample, checkpoint, export-key. They read the chain's files and wait for nothing else. To look at the audit is a look,
 * and has its record.
 */
#include "base/clock.h"
#include "engine/ops_priv.h"
#include "store/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOW_USUAL = 100, SHOW_MAX = 100000, SAMPLE_MAX = 10000, CONTENTS = 2 * HL_OPS_CONTENTS_MAX };

/* A copy of a record, for an answer. */
struct shown {
	struct hl_audit_record r; /* texts owned */
	unsigned char rank[HL_SHA256];
};

static void copy_record(struct shown *s, const struct hl_audit_record *r)
{
	*s = (struct shown){ .r = *r };
	const char **text[] = { &s->r.chain, &s->r.who, &s->r.role, &s->r.org, &s->r.purpose, &s->r.op, &s->r.object, &s->r.result, &s->r.details };
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		*text[i] = hl_strdup(*text[i]);
}

static void wipe(struct shown *s)
{
	const char *text[] = { s->r.chain, s->r.who, s->r.role, s->r.org, s->r.purpose, s->r.op, s->r.object, s->r.result, s->r.details };
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		free((void *)(uintptr_t)text[i]);
}

/* What a look at the audit asks for. Records that fit are kept in v: the last `max`, or those of the least rank. */
struct query {
	const char *who, *what, *object, *chain, *seed, *role;
	int64_t since_ms, until_ms;
	struct shown *v;
	size_t n, max, fit;
	bool sample;
};

/* "alert" fits "alert show"; "alert sho" does not. */
static bool op_fits(const char *op, const char *what)
{
	size_t n = strlen(what);
	return !strncmp(op, what, n) && (!op[n] || op[n] == ' ');
}

/* The object's name, or a whole word of the details as long as those are kept. */
static bool object_fits(const struct hl_audit_record *r, const char *object)
{
	struct hl_buf word = HL_BUF(8192);
	struct hl_json j;
	hl_json_init(&j, &word);
	hl_json_str(&j, NULL, object);
	bool fits = !strcmp(r->object, object) || (r->details && strstr(r->details, hl_buf_text(&word)));
	hl_buf_fini(&word);
	return fits;
}

static bool fits(const struct query *q, const struct hl_audit_record *r)
{
	bool done = r->kind == HL_AUDIT_LOOK || r->kind == HL_AUDIT_CHANGE;
	return (!q->sample || done) && (q->since_ms == HL_NO_TIME || r->time_ms >= q->since_ms) && (q->until_ms == HL_NO_TIME || r->time_ms < q->until_ms) &&
	       (!q->who || !strcmp(r->who, q->who)) && (!q->what || op_fits(r->op, q->what)) && (!q->object || object_fits(r, q->object));
}

static void keep_last(struct query *q, const struct hl_audit_record *r)
{
	if (q->n == q->max) {
		wipe(&q->v[0]);
		memmove(q->v, q->v + 1, (q->n - 1) * sizeof *q->v);
		q->n--;
	}
	copy_record(&q->v[q->n++], r);
}

/* Which records a seed chooses is the same for everybody: those whose hash with the seed is least. */
static void keep_least(struct query *q, const struct hl_audit_record *r)
{
	struct hl_buf text = HL_BUF(512);
	unsigned char rank[HL_SHA256];
	struct hl_sha256 h;
	hl_buf_printf(&text, "%s %s %lld", q->seed, r->chain, (long long)r->seq);
	hl_sha256_init(&h);
	hl_sha256_put(&h, text.data, text.len);
	hl_sha256_end(&h, rank);
	hl_buf_fini(&text);
	size_t at = q->n;
	while (at && memcmp(rank, q->v[at - 1].rank, sizeof rank) < 0)
		at--;
	if (at == q->max)
		return;
	if (q->n == q->max)
		wipe(&q->v[--q->n]);
	memmove(q->v + at + 1, q->v + at, (q->n - at) * sizeof *q->v);
	copy_record(&q->v[at], r);
	memcpy(q->v[at].rank, rank, sizeof rank);
	q->n++;
}

/* What came of a change goes to the change. */
static void put_outcome(struct query *q, const struct hl_audit_record *r)
{
	for (size_t i = q->n; i-- > 0;)
		if (q->v[i].r.seq == r->of && q->v[i].r.kind == HL_AUDIT_CHANGE && !strcmp(q->v[i].r.chain, r->chain)) {
			free((void *)(uintptr_t)q->v[i].r.result);
			q->v[i].r.result = hl_strdup(r->result);
			return;
		}
}

static bool see(void *arg, const struct hl_audit_record *r)
{
	struct query *q = arg;
	if (r->kind == HL_AUDIT_OUTCOME) {
		put_outcome(q, r);
	} else if (fits(q, r)) {
		q->fit++;
		q->sample ? keep_least(q, r) : keep_last(q, r);
	}
	return true;
}

static void put_json(struct hl_json *j, const struct hl_audit_record *r)
{
	hl_json_open(j, '{');
	hl_json_str(j, "chain", r->chain);
	hl_json_int(j, "seq", r->seq);
	hl_json_time(j, "time", r->time_ms);
	hl_json_str(j, "kind", hl_audit_kind_name(r->kind));
	hl_json_str(j, "who", r->who);
	hl_json_str(j, "role", r->role);
	hl_json_str(j, "organization", r->org);
	hl_json_str(j, "purpose", r->purpose);
	hl_json_str(j, "what", r->op);
	hl_json_opt(j, "object", r->object);
	if (r->of)
		hl_json_int(j, "of", r->of);
	if (r->n)
		hl_json_int(j, "n", r->n);
	hl_json_str(j, "result", r->result[0] ? r->result : NULL);
	if (r->erased)
		hl_json_bool(j, "details_erased", true);
	else if (r->details && strchr("[{", r->details[0]))
		hl_json_raw(j, "details", r->details);
	else
		hl_json_opt(j, "details", r->details);
	hl_json_close(j);
}

static void put_text(const struct hl_ops_ctx *ctx, const struct hl_audit_record *r, struct hl_buf *out)
{
	char when[48];
	hl_ops_full_time(ctx, r->time_ms, when);
	hl_buf_printf(out, "%8lld  %s  %s (%s, %s)  %s%s%s", (long long)r->seq, when, r->who, r->role, r->org, r->op, r->object[0] ? " " : "", r->object);
	if (r->n)
		hl_buf_printf(out, " (%lld)", (long long)r->n);
	if (r->of)
		hl_buf_printf(out, " up to %lld", (long long)r->of);
	hl_buf_printf(out, "  %s\n          for: %s\n", r->result[0] ? r->result : "no outcome is recorded", r->purpose);
	if (r->erased)
		hl_buf_puts(out, "          its details were erased by retention\n");
	else if (r->details)
		hl_buf_printf(out, "          %s\n", r->details);
}

/* A chain that does not check is told with every look at it. */
static void put_faults(const struct hl_audit_report *report, struct hl_buf *out)
{
	if (report->faults)
		hl_buf_printf(out, "THE AUDIT DOES NOT CHECK: %zu faults; `hotlistctl audit verify` tells them\n", report->faults);
}

static void answer(const struct hl_ops_ctx *ctx, const struct query *q, const struct hl_audit_report *report, bool json, struct hl_buf *out)
{
	struct hl_json j;
	char until[HL_TIME_TEXT] = "", since[HL_TIME_TEXT] = "";
	if (q->since_ms != HL_NO_TIME)
		hl_time_format(q->since_ms, since);
	if (q->until_ms != HL_NO_TIME)
		hl_time_format(q->until_ms, until);
	if (!json) {
		put_faults(report, out);
		for (size_t i = q->n; i-- > 0;)
			put_text(ctx, &q->v[q->sample ? q->n - 1 - i : i].r, out);
		if (q->sample)
			hl_buf_printf(out, "%zu of %zu records; the same ones again: audit sample %zu --seed %s%s%s --until %s\n", q->n, q->fit, q->max, q->seed,
				      since[0] ? " --since " : "", since, until);
		return;
	}
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_int(&j, "faults", (int64_t)report->faults);
	if (q->sample) {
		hl_json_int(&j, "of", (int64_t)q->fit);
		hl_json_str(&j, "seed", q->seed);
		hl_json_opt(&j, "since", since);
		hl_json_str(&j, "until", until);
	}
	hl_json_open_key(&j, "records", '[');
	for (size_t i = q->n; i-- > 0;)
		put_json(&j, &q->v[q->sample ? q->n - 1 - i : i].r);
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* Its records name the alerts of covert lists, and who looked at them. Where the settings have users, the table of operations has said who may. */
static enum hl_code may_see(const struct hl_ops_ctx *ctx, const char *role, struct hl_err *err)
{
	struct hl_looker l;
	const struct hl_settings *s = hl_ops_settings(ctx);
	if (s && s->users.n)
		return HL_OK;
	enum hl_code code = hl_ops_looker(ctx, role, &l, err);
	if (code || !hl_ops_veils(&l))
		return code;
	return hl_err_set(err, HL_E_DENIED, "the audit tells of covert lists, too: --role auditor or supervisor says who looks");
}

static enum hl_code run_query(const struct hl_ops_ctx *ctx, struct query *q, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_audit_report report = { .n = 0 };
	q->v = hl_calloc(q->max + 1, sizeof *q->v);
	enum hl_code code = may_see(ctx, q->role, err);
	if (!code)
		code = hl_audit_verify(ctx->state, NULL, see, q, &report, err);
	if (!code)
		answer(ctx, q, &report, json, out);
	for (size_t i = 0; i < q->n; i++)
		wipe(&q->v[i]);
	free(q->v);
	hl_audit_report_fini(&report);
	return code;
}

static enum hl_code take_times(struct query *q, const char *since, const char *until, int64_t now_ms, struct hl_err *err)
{
	q->since_ms = q->until_ms = HL_NO_TIME;
	enum hl_code code = hl_ops_since("--since", since, now_ms, &q->since_ms, err);
	return code ? code : hl_ops_since("--until", until, now_ms, &q->until_ms, err);
}

static enum hl_code show(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct query q = { .max = SHOW_USUAL };
	const char *since = NULL, *until = NULL, *limit = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--since", .value = &since },	{ .name = "--until", .value = &until }, { .name = "--who", .value = &q.who },
					   { .name = "--what", .value = &q.what }, { .name = "--object", .value = &q.object }, { .name = "--limit", .value = &limit },
					   { .name = "--role", .value = &q.role }, { 0 } };
	enum hl_code code = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!code)
		code = hl_ops_count("--limit", limit, SHOW_MAX, &q.max, err);
	if (!code)
		code = take_times(&q, since, until, ctx->now_ms, err);
	return code ? code : run_query(ctx, &q, json, out, err);
}

static enum hl_code sample(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct query q = { .sample = true };
	unsigned char drawn[8];
	char seed[2 * sizeof drawn + 1];
	const char *since = NULL, *until = NULL, *word[1];
	const struct hl_ops_opt opts[] = { { .name = "--since", .value = &since }, { .name = "--until", .value = &until }, { .name = "--seed", .value = &q.seed },
					   { .name = "--role", .value = &q.role }, { 0 } };
	enum hl_code code = hl_ops_args(argc, argv, opts, "N", word, 1, 1, err);
	if (!code)
		code = hl_ops_count("N", word[0], SAMPLE_MAX, &q.max, err);
	if (!code)
		code = take_times(&q, since, until, ctx->now_ms, err);
	if (code)
		return code;
	if (q.until_ms == HL_NO_TIME)
		q.until_ms = ctx->now_ms; /* what comes later must not change the sample */
	hl_random(drawn, sizeof drawn);
	hl_hex(drawn, sizeof drawn, seed);
	q.seed = q.seed ? q.seed : seed;
	return run_query(ctx, &q, json, out, err);
}

/* ---- verify ---- */

static void verified_json(const struct hl_audit_report *r, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_bool(&j, "good", r->faults == 0);
	hl_json_int(&j, "faults", (int64_t)r->faults);
	hl_json_open_key(&j, "said", '[');
	for (size_t i = 0; i < r->n; i++) {
		hl_json_open(&j, '{');
		hl_json_bool(&j, "note", r->said[i].note);
		hl_json_str(&j, "text", r->said[i].text);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_json_open_key(&j, "chains", '[');
	for (size_t i = 0; i < r->n_chains; i++) {
		const struct hl_audit_chain *c = &r->chain[i];
		hl_json_open(&j, '{');
		hl_json_str(&j, "chain", c->chain);
		hl_json_bool(&j, "writer", c->writer);
		hl_json_int(&j, "first", c->first);
		hl_json_int(&j, "last", c->last);
		hl_json_int(&j, "records", c->records);
		hl_json_int(&j, "signed", c->signed_seq);
		hl_json_int(&j, "details_erased", c->erased);
		hl_json_str(&j, "key", c->key);
		hl_json_str(&j, "hash", c->last_hash);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void verified_text(const struct hl_audit_report *r, bool proof, struct hl_buf *out)
{
	for (size_t i = 0; i < r->n; i++)
		hl_buf_printf(out, "%s%s\n", r->said[i].note ? "note: " : "", r->said[i].text);
	if (r->faults + r->notes > r->n)
		hl_buf_printf(out, "... and %zu more\n", r->faults + r->notes - r->n);
	for (size_t i = 0; i < r->n_chains; i++) {
		const struct hl_audit_chain *c = &r->chain[i];
		hl_buf_printf(out, "chain %s: records %lld to %lld, signed up to %lld by key %s%s\n", c->chain, (long long)c->first, (long long)c->last, (long long)c->signed_seq, c->key,
			      c->writer ? "" : " (of an earlier writer)");
	}
	if (!r->faults)
		hl_buf_printf(out, "the audit checks%s\n", proof ? ", and holds what the checkpoint signed" : "; only a checkpoint kept elsewhere shows whether all of it was made anew");
}

/* What hotlistctl has put in a file's place. */
static enum hl_code decode(const char *option, const char *text, unsigned char *dst, size_t size, size_t *n, struct hl_err *err)
{
	return hl_base64_decode(text, strlen(text), dst, size, n) ? HL_OK : hl_err_set(err, HL_E_USAGE, "%s: expected a file", option);
}

static enum hl_code verify(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *checkpoint = NULL, *key_file = NULL;
	unsigned char text[CONTENTS], key_text[CONTENTS], key[HL_ED25519_KEY];
	size_t n = 0, key_n = 0;
	struct hl_audit_report r = { .n = 0 };
	struct hl_audit_proof proof = { .n = 0 };
	const struct hl_ops_opt opts[] = { { .name = "--checkpoint", .value = &checkpoint }, { .name = "--key", .value = &key_file }, { 0 } };
	enum hl_code code = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!code && checkpoint)
		code = decode("--checkpoint", checkpoint, text, sizeof text, &n, err);
	if (!code && key_file)
		code = decode("--key", key_file, key_text, sizeof key_text, &key_n, err);
	if (!code && key_file && !hl_ed25519_key_parse((const char *)key_text, key_n, key))
		code = hl_err_set(err, HL_E_USAGE, "--key: expected a public key, as audit export-key writes it");
	if (!code && key_file && !checkpoint)
		code = hl_err_set(err, HL_E_USAGE, "--key is the key of the checkpoint: give --checkpoint FILE too");
	if (checkpoint)
		proof = (struct hl_audit_proof){ .checkpoints = (const char *)text, .n = n, .key = key_file ? key : NULL };
	if (!code)
		code = hl_audit_verify(ctx->state, &proof, NULL, NULL, &r, err);
	if (!code && json)
		verified_json(&r, out);
	else if (!code)
		verified_text(&r, checkpoint != NULL, out);
	if (!code && r.faults)
		code = hl_err_set(err, HL_E_INPUT, "the audit does not check: %zu fault%s", r.faults, r.faults == 1 ? "" : "s");
	hl_audit_report_fini(&r);
	return code;
}

static enum hl_code checkpoint(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const struct hl_ops_opt opts[] = { { 0 } };
	struct hl_buf line = HL_BUF(4096);
	enum hl_code code = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (!code)
		code = hl_audit_checkpoint(ctx->audit, ctx->now_ms, true, &line, err);
	if (!code && json) {
		struct hl_json j;
		hl_json_init(&j, out);
		hl_json_open(&j, '{');
		hl_json_str_n(&j, "checkpoint", hl_buf_text(&line), line.len ? line.len - 1 : 0);
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	} else if (!code) {
		hl_buf_put(out, line.data, line.len);
	}
	hl_buf_fini(&line);
	return code;
}

static enum hl_code export_key(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const struct hl_ops_opt opts[] = { { 0 } };
	char key[48];
	enum hl_code code = hl_ops_args(argc, argv, opts, "", NULL, 0, 0, err);
	if (code)
		return code;
	hl_audit_public_key(ctx->audit, key);
	hl_buf_printf(out, json ? "{\"key\":\"%s\"}\n" : "%s\n", key);
	return HL_OK;
}

const struct hl_op_row hl_ops_audit[] = {
	{ .family = "audit", .verb = "show", .access = HL_OPS_FREE, .roles = HL_MAY_AUDITOR,
	  .usage = "audit show [--since 2h] [--until T] [--who NAME] [--what 'alert show'] [--object ID] [--limit N] [--role ROLE]", .help = "who looked at what and changed what, the newest first", .run = show },
	{ .family = "audit", .verb = "verify", .access = HL_OPS_FREE, .contents = " --checkpoint --key ", .usage = "audit verify [--checkpoint FILE [--key FILE]]",
	  .help = "checks every record and signature; with a checkpoint kept elsewhere, that all up to it is as it was", .run = verify },
	{ .family = "audit", .verb = "sample", .access = HL_OPS_FREE, .roles = HL_MAY_AUDITOR, .usage = "audit sample N [--since T] [--until T] [--seed S] [--role ROLE]",
	  .help = "N looks and changes drawn at random, for the yearly review; the seed draws the same ones again", .run = sample },
	{ .family = "audit", .verb = "checkpoint", .access = HL_OPS_FREE, .usage = "audit checkpoint", .help = "signs the audit as it is now; keep the line elsewhere", .run = checkpoint },
	{ .family = "audit", .verb = "export-key", .access = HL_OPS_FREE, .usage = "audit export-key", .help = "the public key that checkpoints are signed with", .run = export_key },
	{ 0 },
};
