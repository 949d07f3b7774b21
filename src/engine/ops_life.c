/* ops_life.c: `alert ack`, `join`, `verify`, `confirm`, `close`, `reject`, `undo`: what people do to an alert. The rules of its life stand in core/alert_transit.c, who is told in
 * engine/life.c; here words become an act, and what came of it an answer.
 */
#include "engine/life.h"
#include "engine/list_life.h"
#include "engine/ops_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was asked for. */
struct request {
	enum hl_transition t;
	const char *id, *by, *role;
	const char *part[HL_VERIFIED_PARTS]; /* verify; the first is also reject's plate */
	const char *source, *reference, *outcome, *reason;
	char seen[HL_PLATE_MAX + 1];
	struct hl_caller caller;
	struct hl_act act;
};

/* ---- words to an act ---- */

static enum hl_code read_verify(struct request *r, struct hl_err *err)
{
	static const char *const words[] = { "agrees", "differs", "unknown", NULL };
	static const char *const names[HL_VERIFIED_PARTS] = { "--plate", "--state", "--vehicle" };
	bool any = false;
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++) {
		enum hl_code rc = hl_ops_word(names[i], r->part[i], words, err);
		if (rc)
			return rc;
		for (int v = HL_VR_AGREES; r->part[i] && v < HL_VERIFIED_RESULTS; v++)
			if (!strcmp(hl_verified_name((enum hl_verified)v), r->part[i]))
				r->act.result[i] = (enum hl_verified)v;
		any = any || r->part[i];
	}
	return any ? HL_OK : hl_err_set(err, HL_E_USAGE, "what was compared? Give --plate, --state, --vehicle: agrees, differs or unknown");
}

static enum hl_code read_confirm(struct request *r, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	if (!r->source || !r->reference)
		return hl_err_set(err, HL_E_USAGE, "%s is missing: %s", r->source ? "--reference" : "--source",
				  r->source ? "the number under which the answer is on record" : "who of the listing agency was asked");
	rc = hl_ops_plain("--source", r->source, HL_TEXT_LONG, err);
	return rc ? rc : hl_ops_plain("--reference", r->reference, HL_TEXT_LONG, err);
}

static enum hl_code read_close(struct request *r, struct hl_err *err)
{
	const char *words[HL_OUTCOMES + 1];
	for (unsigned i = 0; i <= HL_OUTCOMES; i++)
		words[i] = hl_outcome_name(i);
	if (!r->outcome)
		return hl_err_set(err, HL_E_USAGE, "--outcome is missing: arrest, citation, stopped, recovered, found, not_found, no_action or other");
	return hl_ops_word("--outcome", r->outcome, words, err);
}

static enum hl_code read_reject(struct request *r, struct hl_err *err)
{
	static const char *const reasons[] = { "misread", "other_vehicle", "other", NULL };
	const char *plate = r->part[HL_VP_PLATE];
	if (!r->reason)
		return hl_err_set(err, HL_E_USAGE, "--reason is missing: misread, other_vehicle or other");
	enum hl_code rc = hl_ops_word("--reason", r->reason, reasons, err);
	if (!rc && strcmp(r->reason, "other") != 0 && !plate)
		rc = hl_err_set(err, HL_E_USAGE, "--plate is missing: %s needs the plate that was really seen", r->reason);
	if (rc || !plate)
		return rc;
	struct hl_plate p;
	struct hl_err why;
	if (hl_plate_parse(&p, plate, strlen(plate), &why))
		return hl_err_set(err, HL_E_USAGE, "--plate '%.40s': %s", plate, why.text);
	hl_plate_text(&p, r->seen);
	return HL_OK;
}

static enum hl_code read_undo(struct request *r, struct hl_err *err)
{
	enum hl_code rc = hl_list_reason(r->reason, err);
	return rc ? rc : hl_ops_plain("--reason", r->reason, HL_TEXT_LONG, err);
}

/* What each command takes beside ID, --by and --role. */
struct command {
	const char *option[HL_VERIFIED_PARTS];
	enum hl_code (*read)(struct request *r, struct hl_err *err);
};

static const struct command commands[HL_TRANSITIONS] = {
	[HL_T_VERIFY] = { { "--plate", "--state", "--vehicle" }, read_verify },
	[HL_T_CONFIRM] = { { "--source", "--reference" }, read_confirm },
	[HL_T_CLOSE] = { { "--outcome" }, read_close },
	[HL_T_REJECT] = { { "--reason", "--plate" }, read_reject },
	[HL_T_UNDO] = { { "--reason" }, read_undo },
};

static const char **place_of(struct request *r, const char *option)
{
	const struct { const char *name; const char **at; } places[] = {
		{ "--plate", &r->part[HL_VP_PLATE] }, { "--state", &r->part[HL_VP_STATE] }, { "--vehicle", &r->part[HL_VP_VEHICLE] }, { "--source", &r->source },
		{ "--reference", &r->reference },     { "--outcome", &r->outcome },	    { "--reason", &r->reason },
	};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (!strcmp(places[i].name, option))
			return places[i].at;
	return NULL;
}

static enum hl_code read_request(struct request *r, const struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct hl_err *err)
{
	struct hl_ops_opt opts[HL_VERIFIED_PARTS + 3] = { { .name = "--by", .value = &r->by }, { .name = "--role", .value = &r->role } };
	const struct command *c = &commands[r->t];
	for (size_t i = 0; i < HL_VERIFIED_PARTS && c->option[i]; i++)
		opts[i + 2] = (struct hl_ops_opt){ .name = c->option[i], .value = place_of(r, c->option[i]) };
	enum hl_code rc = hl_ops_args(argc, argv, opts, "ID", &r->id, 1, 1, err);
	if (!rc && c->read)
		rc = c->read(r, err);
	if (!rc)
		rc = hl_ops_caller(ctx, r->by, r->role, &r->caller, err);
	r->act.by = r->caller.by;
	r->act.role = r->caller.role;
	r->act.agency = r->caller.agency;
	r->act.now_ms = ctx->now_ms;
	r->act.reason = r->reason;
	r->act.plate_seen = r->seen;
	r->act.outcome = r->outcome;
	r->act.source = r->source;
	r->act.reference = r->reference;
	return rc;
}

/* ---- answers ---- */

/* Where a part differs, the way on is to reject; where somebody else has it, to join. */
static const char *offer_of(const struct request *r, const struct hl_lived *l, enum hl_code rc)
{
	const struct hl_alert *a = &l->alert;
	bool taken = a->id[0] && a->state > HL_ST_NEW && a->state < HL_ST_CLOSED, differs = false;
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++)
		differs = differs || r->act.result[i] == HL_VR_DIFFERS;
	if (rc == HL_E_CONFLICT && r->t == HL_T_ACK && taken && strcmp(a->acknowledged_by, r->act.by) != 0)
		return "join";
	return !rc && differs ? "reject" : NULL;
}

static void answer_json(const struct hl_lived *l, const char *offer, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_alert_write(&l->alert, &j, "");
	hl_json_int(&j, "told", (int64_t)l->deliveries);
	hl_json_int(&j, "cancelled", (int64_t)l->cancelled);
	hl_json_open_key(&j, "offers", '[');
	if (offer)
		hl_json_str(&j, NULL, offer);
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* What is missing until it is verified; where several share the work, what me has not said. */
static void tell_missing(const struct hl_alert *a, const char *me, struct hl_buf *out)
{
	const char *by = "", *sep = "; not yet by ";
	bool one = true;
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++) {
		const struct hl_verification *v = &a->life.verification[i];
		hl_buf_printf(out, "  %-8s %s%s%s\n", hl_verified_part_name((enum hl_verified_part)i), v->result == HL_VR_NONE ? "not looked at" : hl_verified_name(v->result),
			      v->by[0] ? ", says " : "", v->by);
		one = one && (!by[0] || !v->by[0] || !strcmp(by, v->by));
		by = v->by[0] ? v->by : by;
	}
	if (a->state != HL_ST_ACKNOWLEDGED)
		return;
	hl_buf_printf(out, "not verified: all three must agree%s", one ? "" : ", and one person must have said so of all three");
	for (unsigned i = 0; !one && i < HL_VERIFIED_PARTS; i++) {
		if (!strcmp(a->life.verification[i].by, me))
			continue;
		hl_buf_printf(out, "%s%s%s", sep, sep[0] == ';' ? me : "", sep[0] == ';' ? ": " : "");
		hl_buf_puts(out, hl_verified_part_name((enum hl_verified_part)i));
		sep = ", ";
	}
	hl_buf_putc(out, '\n');
}

static void tell_cancelled(const struct hl_lived *l, struct hl_buf *out)
{
	hl_buf_printf(out, "%zu pending deliver%s cancelled\n", l->cancelled, l->cancelled == 1 ? "y" : "ies");
}

static void tell_ended(const struct hl_ops_ctx *ctx, const struct hl_lived *l, struct hl_buf *out)
{
	const struct hl_alert *a = &l->alert;
	char until[48];
	tell_cancelled(l, out);
	if (l->cleared_until_ms == HL_NO_TIME)
		return;
	hl_ops_full_time(ctx, l->cleared_until_ms, until);
	hl_buf_printf(out, "plate %s as read against listed %s is cleared until %s,%s\n", a->plate_read, a->plate_listed, until,
		      a->kind == HL_KIND_EXACT ? " marked but never silenced, since it is exact" : " or until the entry changes");
}

static void tell_done(const struct request *r, const struct hl_alert *a, struct hl_buf *out)
{
	switch (r->t) {
	case HL_T_ACK:
		hl_buf_printf(out, "alert %s acknowledged by %s\n", a->id, a->acknowledged_by);
		break;
	case HL_T_JOIN:
		hl_buf_printf(out, "alert %s: %s joins %s\n", a->id, r->act.by, a->acknowledged_by);
		break;
	case HL_T_REJECT:
		hl_buf_printf(out, "alert %s rejected as %s by %s\n", a->id, a->closed_reason, a->closed_by);
		break;
	case HL_T_UNDO:
		hl_buf_printf(out, "alert %s is %s again: %s by %s is undone\n", a->id, hl_alert_state_name(a->state), hl_alert_state_name(a->life.undone.state),
			      a->life.undone.of);
		break;
	case HL_T_VERIFY:
	case HL_T_CONFIRM:
	case HL_T_CLOSE:
	case HL_T_WITHDRAW:
	case HL_T_LAPSE:
	case HL_TRANSITIONS:
		hl_buf_printf(out, "alert %s is %s\n", a->id, hl_alert_state_name(a->state));
	}
}

static void answer_text(const struct hl_ops_ctx *ctx, const struct request *r, const struct hl_lived *l, const char *offer, struct hl_buf *out)
{
	char notice[HL_NOTICE_TEXT];
	tell_done(r, &l->alert, out);
	if (r->t == HL_T_VERIFY)
		tell_missing(&l->alert, r->act.by, out);
	if (r->t == HL_T_CLOSE || r->t == HL_T_REJECT)
		tell_ended(ctx, l, out);
	else if (l->cancelled)
		tell_cancelled(l, out);
	if (l->pair_ended)
		hl_buf_puts(out, "the pair that it cleared is ended\n");
	if (l->told) {
		hl_alert_notice(&l->alert, notice, sizeof notice);
		hl_buf_printf(out, "%zu deliver%s: %s\n", l->deliveries, l->deliveries == 1 ? "y tells" : "ies tell", notice);
	}
	if (offer)
		hl_buf_printf(out, "If it is not the vehicle: hotlistctl alert reject %.8s --reason misread|other_vehicle --plate SEEN\n", l->alert.id);
}

/* What is covert is not there for an officer, whatever he would do to it: nor may a refusal say otherwise. */
static enum hl_code check_seen(const struct hl_looker *who, const char *id, struct hl_err *err)
{
	if (!who->officer)
		return HL_OK;
	struct hl_alert *a = hl_alloc(sizeof *a);
	enum hl_code rc = hl_ops_alert_for(who, id, a, NULL, err);
	free(a);
	return rc;
}

static enum hl_code run(enum hl_transition t, struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct request r = { .t = t };
	enum hl_code rc = read_request(&r, ctx, argc, argv, err);
	const struct hl_looker who = hl_ops_looker_of(ctx, &r.caller);
	if (!rc)
		rc = check_seen(&who, r.id, err);
	if (rc)
		return rc;
	struct hl_lived *l = hl_calloc(1, sizeof *l);
	struct hl_err why = { 0 };
	rc = hl_life_transit(ctx->store, ctx->catalog, r.id, t, &r.act, l, &why);
	const char *offer = offer_of(&r, l, rc);
	hl_ops_veil(&who, &l->alert);
	if (rc)
		hl_err_set(err, rc, "%s%s%.8s", why.text, offer ? ": hotlistctl alert join " : "", offer ? l->alert.id : "");
	if (json && l->alert.id[0] && (!rc || rc == HL_E_CONFLICT))
		answer_json(l, offer, out);
	else if (!rc)
		answer_text(ctx, &r, l, offer, out);
	ctx->outbox_changed = ctx->outbox_changed || (!rc && l->told);
	free(l);
	return rc;
}

#define VERB(verb, transition)                                                                                                                      \
	static enum hl_code alert_##verb(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err) \
	{                                                                                                                                           \
		return run(transition, ctx, argc, argv, json, out, err);                                                                            \
	}

VERB(ack, HL_T_ACK)
VERB(join, HL_T_JOIN)
VERB(verify, HL_T_VERIFY)
VERB(confirm, HL_T_CONFIRM)
VERB(close, HL_T_CLOSE)
VERB(reject, HL_T_REJECT)
VERB(undo, HL_T_UNDO)

const struct hl_op_row hl_ops_life[] = {
	{ .family = "alert", .verb = "ack", .access = HL_OPS_WRITE, .roles = HL_MAY_OFFICER, .usage = "alert ack ID [--by NAME] [--role ROLE]", .help = "takes an alert on", .run = alert_ack },
	{ .family = "alert", .verb = "join", .access = HL_OPS_WRITE, .roles = HL_MAY_OFFICER, .usage = "alert join ID [--by NAME] [--role ROLE]", .help = "goes along with whoever has it", .run = alert_join },
	{ .family = "alert", .verb = "verify", .access = HL_OPS_WRITE, .roles = HL_MAY_OFFICER, .own_state = true,
	  .usage = "alert verify ID [--plate R] [--state R] [--vehicle R] [--by NAME] [--role ROLE], R one of agrees, differs, unknown",
	  .help = "says what one has seen of it: verified when one person has found all three to agree", .run = alert_verify },
	{ .family = "alert", .verb = "confirm", .access = HL_OPS_WRITE, .roles = HL_MAY_DISPATCHER, .usage = "alert confirm ID --source WHOM --reference NUMBER [--by NAME] [--role ROLE]",
	  .help = "the listing agency says that the entry holds (dispatcher, supervisor)", .run = alert_confirm },
	{ .family = "alert", .verb = "close", .access = HL_OPS_WRITE, .roles = HL_MAY_OFFICER,
	  .usage = "alert close ID --outcome arrest|citation|stopped|recovered|found|not_found|no_action|other [--by NAME] [--role ROLE]",
	  .help = "it is over; whoever was told of it is told so", .run = alert_close },
	{ .family = "alert", .verb = "reject", .access = HL_OPS_WRITE, .roles = HL_MAY_OFFICER,
	  .usage = "alert reject ID --reason misread|other_vehicle|other [--plate SEEN] [--by NAME] [--role ROLE]",
	  .help = "says that it is wrong: a stand-down for whoever got it, the rest is cancelled, the pair cleared for a time", .run = alert_reject },
	{ .family = "alert", .verb = "undo", .access = HL_OPS_WRITE, .roles = HL_MAY_SUPERVISOR, .usage = "alert undo ID --reason TEXT [--by NAME] [--role ROLE]",
	  .help = "takes back its last change of state (supervisor)", .run = alert_undo },
	{ 0 },
};
