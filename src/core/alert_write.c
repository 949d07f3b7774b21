/* alert_write.c: an alert as JSON, the one shape for webhooks, the API, the store and hotlistctl --json (contract.md, An alert). format/alert_json.c
 * is its inverse. Pure; any thread.
 */
#include "base/json_out.h"
#include "core/alert.h"

#include <string.h>

static void write_op(const struct hl_op *op, struct hl_json *j)
{
	hl_json_open(j, '{');
	hl_json_str(j, "op", hl_op_name(op->type));
	hl_json_int(j, "pos", op->pos);
	hl_json_int(j, "rpos", op->rpos);
	hl_json_str(j, "read", op->read);
	hl_json_str(j, "listed", op->listed);
	hl_json_cost(j, "cost", op->cost);
	hl_json_close(j);
}

void hl_alignment_write(const struct hl_alignment *a, struct hl_json *j, const char *key)
{
	hl_json_open_key(j, key, '[');
	for (unsigned i = 0; i < a->n; i++)
		write_op(&a->op[i], j);
	hl_json_close(j);
}

void hl_alert_factors_write(const struct hl_alert_factors *f, struct hl_json *j)
{
	hl_json_open_key(j, "factors", '{');
	hl_json_int(j, "band", f->band);
	hl_json_num(j, "log_channel", f->log_channel);
	hl_json_num(j, "log_background", f->log_background);
	hl_json_prob(j, "epsilon", f->epsilon);
	hl_json_prob(j, "calibration", f->calibration);
	hl_json_prob(j, "likelihood_ratio", f->likelihood_ratio);
	hl_json_prob(j, "prior", f->prior);
	hl_json_prob(j, "listed", f->listed);
	hl_json_prob(j, "listed_with_evidence", f->listed_with_evidence);
	hl_json_prob(j, "not_listed", f->not_listed);
	hl_json_prob(j, "state", f->state);
	hl_json_prob(j, "type", f->type);
	hl_json_prob(j, "make", f->make);
	hl_json_prob(j, "color", f->color);
	hl_json_close(j);
}

static void write_match(const struct hl_alert *a, struct hl_json *j)
{
	hl_json_open_key(j, "match", '{');
	hl_json_str(j, "kind", hl_kind_name(a->kind));
	hl_json_opt(j, "alternative", a->alternative);
	hl_json_cost(j, "cost", a->alignment.cost);
	hl_alignment_write(&a->alignment, j, "alignment");
	hl_json_prob(j, "plate_probability", a->plate_probability);
	hl_json_prob(j, "probability", a->probability);
	if (a->factors.likelihood_ratio > 0)
		hl_alert_factors_write(&a->factors, j);
	hl_json_open_key(j, "contradictions", '[');
	for (unsigned i = 0; i < a->n_contradictions; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "what", a->contradiction[i].what);
		hl_json_str(j, "read", a->contradiction[i].read);
		hl_json_str(j, "listed", a->contradiction[i].listed);
		hl_json_close(j);
	}
	hl_json_close(j);
	hl_json_str(j, "decision", hl_decision_name(a->decision));
	hl_json_int(j, "passage_reads", a->match_reads);
	hl_json_close(j);
}

/* core/entry leaves out what an entry lacks; who reads alerts finds these all the same. */
static void write_lacking(const struct hl_entry *e, struct hl_json *j)
{
	static const enum hl_field promised[] = { HL_F_STATE, HL_F_REASON, HL_F_AGENCY, HL_F_CASE };
	for (size_t i = 0; i < sizeof promised / sizeof promised[0]; i++)
		if (!e->f[promised[i]][0])
			hl_json_null(j, hl_fields[promised[i]].name);
	if (e->expires_ms == HL_NO_TIME)
		hl_json_null(j, hl_fields[HL_F_EXPIRES].name);
}

/* The entry's own members are written by core/entry, so that an alert shows them as a list does. */
static void write_entry(const struct hl_alert *a, struct hl_json *j)
{
	struct hl_entry e = { .starts_ms = HL_NO_TIME, .expires_ms = a->entry_expires_ms };
	for (int i = 0; i < HL_FIELDS; i++)
		e.f[i] = a->entry[i];
	const char *starts = a->entry[HL_F_STARTS];
	if (!hl_time_parse(starts, strlen(starts), &e.starts_ms))
		e.starts_ms = HL_NO_TIME;
	e.about_plate = !strcmp(a->entry[HL_F_ABOUT], "plate");
	const char *priority = a->entry[HL_F_PRIORITY];
	if (priority[0] >= '1' && priority[0] <= '9' && !priority[1])
		e.priority = priority[0] - '0';
	hl_json_open_key(j, "entry", '{');
	hl_json_str(j, "id", a->entry_id);
	hl_json_str(j, "revision", a->entry_revision);
	hl_json_str(j, "list", a->list);
	hl_json_str(j, "list_version", a->list_version);
	hl_json_int(j, "list_age_s", a->list_age_ms / 1000);
	hl_entry_write(&e, j);
	write_lacking(&e, j);
	hl_json_close(j);
}

static void write_passage(const struct hl_alert *a, struct hl_json *j)
{
	hl_json_open_key(j, "passage", '{');
	hl_json_int(j, "reads", a->passage_reads);
	hl_json_time(j, "first", a->passage_first_ms);
	hl_json_time(j, "last", a->passage_last_ms);
	if (a->passage_fell)
		hl_json_bool(j, "fell", true);
	hl_json_close(j);
}

static void write_time_opt(struct hl_json *j, const char *key, int64_t ms)
{
	if (ms != HL_NO_TIME)
		hl_json_time(j, key, ms);
}

static void write_standdown(const struct hl_alert *a, struct hl_json *j)
{
	char why[HL_TEXT_LONG];
	if (a->state != HL_ST_WITHDRAWN)
		return;
	hl_alert_standdown(a, why, sizeof why);
	hl_json_open_key(j, "standdown", '{');
	hl_json_str(j, "cause", a->closed_reason);
	hl_json_str(j, "text", why);
	hl_json_opt(j, "detail", a->standdown);
	hl_json_close(j);
}

/* Who did what to it. */
static void write_life(const struct hl_alert *a, struct hl_json *j)
{
	char notice[HL_NOTICE_TEXT];
	hl_alert_life_write(&a->life, j);
	hl_json_str(j, "acknowledged_by", a->acknowledged_by[0] ? a->acknowledged_by : NULL);
	if (a->acknowledged_by[0])
		write_time_opt(j, "acknowledged", a->acknowledged_ms);
	hl_json_opt(j, "closed_by", a->closed_by);
	if (a->closed_by[0])
		write_time_opt(j, "closed", a->closed_ms);
	hl_json_opt(j, "closed_reason", a->closed_reason);
	hl_json_opt(j, "plate_seen", a->plate_seen);
	write_standdown(a, j);
	hl_json_opt(j, "cleared", a->cleared_note);
	hl_json_opt(j, "muted", a->muted);
	hl_json_opt(j, "why", hl_alert_why(a));
	hl_alert_names_write(a->receivers, j, "receivers");
	hl_alert_notice(a, notice, sizeof notice);
	hl_json_str(j, "notice", notice);
}

void hl_alert_write(const struct hl_alert *a, struct hl_json *j, const char *key)
{
	bool inside = key && !key[0];
	if (!inside)
		hl_json_open_key(j, key, '{');
	hl_json_str(j, "id", a->id);
	hl_json_int(j, "rev", a->rev);
	hl_json_time(j, "time", a->time_ms);
	hl_json_time(j, "created", a->created_ms);
	hl_json_str(j, "state", hl_alert_state_name(a->state));
	hl_json_int(j, "priority", a->priority);
	hl_json_str(j, "category", a->category);
	hl_json_str(j, "plate_read", a->plate_read);
	hl_json_str(j, "plate_listed", a->plate_listed);
	write_match(a, j);
	write_entry(a, j);
	hl_read_write(&a->read, j, "read");
	write_passage(a, j);
	hl_alert_sightings_write(&a->life, j);
	hl_json_str(j, "incident", a->incident);
	hl_json_str(j, "rules_version", a->rules_version);
	hl_json_str(j, "channel_version", a->channel_version);
	write_life(a, j);
	if (!inside)
		hl_json_close(j);
}
