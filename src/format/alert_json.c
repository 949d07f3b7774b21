/* alert_json.c: see alert_json.h. What hl_alert_write wrote, read back member by member from one table a nesting level; its read goes through the native
 * read format, which has the same keys. Any thread; nothing is kept between calls.
 */
#include "format/alert_json_priv.h"
#include "base/clock.h"
#include "base/text.h"
#include "format/read_native.h"

#include <math.h>
#include <stdio.h>
#include <jansson.h>
#include <string.h>

enum { ALERT_JSON_MAX = 256 << 10 };

#define ALERT(member) offsetof(struct hl_alert, member), sizeof((struct hl_alert *)0)->member

static const struct hl_alert_member alert_members[] = {
	{ "id", HL_AM_TEXT, ALERT(id), true },
	{ "rev", HL_AM_INT64, ALERT(rev), true },
	{ "time", HL_AM_TIME, ALERT(time_ms), false },
	{ "created", HL_AM_TIME, ALERT(created_ms), false },
	{ "priority", HL_AM_INT, ALERT(priority), true },
	{ "category", HL_AM_TEXT, ALERT(category), false },
	{ "plate_read", HL_AM_TEXT, ALERT(plate_read), true },
	{ "plate_listed", HL_AM_TEXT, ALERT(plate_listed), true },
	{ "incident", HL_AM_TEXT, ALERT(incident), false },
	{ "rules_version", HL_AM_TEXT, ALERT(rules_version), false },
	{ "channel_version", HL_AM_TEXT, ALERT(channel_version), false },
	{ "acknowledged_by", HL_AM_TEXT, ALERT(acknowledged_by), false },
	{ "acknowledged", HL_AM_TIME, ALERT(acknowledged_ms), false },
	{ "closed_by", HL_AM_TEXT, ALERT(closed_by), false },
	{ "closed", HL_AM_TIME, ALERT(closed_ms), false },
	{ "closed_reason", HL_AM_TEXT, ALERT(closed_reason), false },
	{ "plate_seen", HL_AM_TEXT, ALERT(plate_seen), false },
	{ "cleared", HL_AM_TEXT, ALERT(cleared_note), false },
	{ "muted", HL_AM_TEXT, ALERT(muted), false },
	{ "why", HL_AM_TEXT, ALERT(life.why), false },
	{ 0 }
};

static const struct hl_alert_member match_members[] = {
	{ "alternative", HL_AM_TEXT, ALERT(alternative), false },
	{ "plate_probability", HL_AM_NUMBER, ALERT(plate_probability), false },
	{ "probability", HL_AM_NUMBER, ALERT(probability), false },
	{ "passage_reads", HL_AM_INT64, ALERT(match_reads), false },
	{ 0 }
};

static const struct hl_alert_member factor_members[] = {
	{ "band", HL_AM_INT64, ALERT(factors.band), false },
	{ "log_channel", HL_AM_NUMBER, ALERT(factors.log_channel), false },
	{ "log_background", HL_AM_NUMBER, ALERT(factors.log_background), false },
	{ "epsilon", HL_AM_NUMBER, ALERT(factors.epsilon), false },
	{ "calibration", HL_AM_NUMBER, ALERT(factors.calibration), false },
	{ "likelihood_ratio", HL_AM_NUMBER, ALERT(factors.likelihood_ratio), false },
	{ "prior", HL_AM_NUMBER, ALERT(factors.prior), false },
	{ "listed", HL_AM_NUMBER, ALERT(factors.listed), false },
	{ "listed_with_evidence", HL_AM_NUMBER, ALERT(factors.listed_with_evidence), false },
	{ "not_listed", HL_AM_NUMBER, ALERT(factors.not_listed), false },
	{ "state", HL_AM_NUMBER, ALERT(factors.state), false },
	{ "type", HL_AM_NUMBER, ALERT(factors.type), false },
	{ "make", HL_AM_NUMBER, ALERT(factors.make), false },
	{ "color", HL_AM_NUMBER, ALERT(factors.color), false },
	{ 0 }
};

static const struct hl_alert_member entry_members[] = {
	{ "id", HL_AM_TEXT, ALERT(entry_id), true },
	{ "revision", HL_AM_TEXT, ALERT(entry_revision), false },
	{ "list", HL_AM_TEXT, ALERT(list), true },
	{ "list_version", HL_AM_TEXT, ALERT(list_version), false },
	{ "list_age_s", HL_AM_INT64, ALERT(list_age_ms), false }, /* made milliseconds afterwards */
	{ "expires", HL_AM_TIME, ALERT(entry_expires_ms), false },
	{ 0 }
};

static const struct hl_alert_member passage_members[] = {
	{ "reads", HL_AM_INT64, ALERT(passage_reads), false },
	{ "first", HL_AM_TIME, ALERT(passage_first_ms), false },
	{ "last", HL_AM_TIME, ALERT(passage_last_ms), false },
	{ 0 }
};

static const struct hl_alert_member standdown_members[] = { { "detail", HL_AM_TEXT, ALERT(standdown), false }, { 0 } };

static const char *kind_word(unsigned i)
{
	return hl_kind_name((enum hl_kind)i);
}

static const char *decision_word(unsigned i)
{
	return hl_decision_name((enum hl_decision)i);
}

static const char *op_word(unsigned i)
{
	return hl_op_name((uint8_t)i);
}

/* A cost of two decimals as hundredths. */
static bool take_cost(struct hl_alert_parse *p, const json_t *object, int max, int *out)
{
	const json_t *v = json_object_get(object, "cost");
	double cost = json_number_value(v) * 100;
	if (!json_is_number(v) || !(cost >= 0 && cost <= max))
		return hl_alert_json_wrong(p, "cost", "a cost");
	*out = (int)lround(cost);
	return true;
}

static bool take_small(struct hl_alert_parse *p, const json_t *object, const char *key, uint8_t *out)
{
	const json_t *v = json_object_get(object, key);
	json_int_t i = json_integer_value(v);
	*out = (uint8_t)i;
	return (json_is_integer(v) && i >= 0 && i <= HL_READ_PLATE) || hl_alert_json_wrong(p, key, "a position");
}

static bool take_op(struct hl_alert_parse *p, const json_t *v, struct hl_op *op)
{
	unsigned type;
	int cost;
	if (!hl_alert_json_word(p, v, "op", op_word, HL_OP_SWAP + 1, &type) || !take_cost(p, v, UINT8_MAX, &cost))
		return false;
	op->type = (uint8_t)type;
	op->cost = (uint8_t)cost;
	return take_small(p, v, "pos", &op->pos) && take_small(p, v, "rpos", &op->rpos) &&
	       hl_alert_json_text(p, "listed", json_object_get(v, "listed"), op->listed, sizeof op->listed) &&
	       hl_alert_json_text(p, "read", json_object_get(v, "read"), op->read, sizeof op->read);
}

static bool take_alignment(struct hl_alert_parse *p, const json_t *match)
{
	struct hl_alignment *al = &p->a->alignment;
	const json_t *list = json_object_get(match, "alignment");
	if (!json_is_array(list) || json_array_size(list) > HL_OPS_MAX)
		return hl_alert_json_wrong(p, "alignment", "a short array");
	if (!take_cost(p, match, 100 * HL_OPS_MAX, &al->cost))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!take_op(p, json_array_get(list, i), &al->op[al->n++]))
			return false;
	return true;
}

static bool take_contradictions(struct hl_alert_parse *p, const json_t *match)
{
	const json_t *list = json_object_get(match, "contradictions");
	if (!json_is_array(list) || json_array_size(list) > HL_CONTRADICTIONS)
		return hl_alert_json_wrong(p, "contradictions", "a short array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		struct hl_contradiction_text *c = &p->a->contradiction[p->a->n_contradictions++];
		if (!hl_alert_json_text(p, "what", json_object_get(v, "what"), c->what, sizeof c->what) ||
		    !hl_alert_json_text(p, "read", json_object_get(v, "read"), c->read, sizeof c->read) ||
		    !hl_alert_json_text(p, "listed", json_object_get(v, "listed"), c->listed, sizeof c->listed))
			return false;
	}
	return true;
}

static bool take_match(struct hl_alert_parse *p, const json_t *root)
{
	const json_t *match = json_object_get(root, "match");
	const json_t *factors = json_object_get(match, "factors");
	unsigned kind, decision, state;
	if (!hl_alert_json_members(p, p->a, match, "match", match_members) || (factors && !hl_alert_json_members(p, p->a, factors, "factors", factor_members)))
		return false;
	if (!hl_alert_json_word(p, match, "kind", kind_word, HL_KIND_CANDIDATE + 1, &kind) ||
	    !hl_alert_json_word(p, match, "decision", decision_word, HL_ALERT + 1, &decision) || !hl_alert_json_word(p, root, "state", hl_alert_json_state, HL_ALERT_STATES, &state))
		return false;
	p->a->kind = (enum hl_kind)kind;
	p->a->decision = (enum hl_decision)decision;
	p->a->state = (enum hl_alert_state)state;
	return take_alignment(p, match) && take_contradictions(p, match);
}

/* One of the entry's own texts, from the entry or its vehicle; a priority is written as a number. */
static bool take_field(struct hl_alert_parse *p, const json_t *entry, int f)
{
	const json_t *v = json_object_get(entry, hl_fields[f].name);
	char *dst = p->a->entry[f];
	if (!v)
		v = json_object_get(json_object_get(entry, "vehicle"), hl_fields[f].name);
	if (!v || json_is_null(v))
		return true;
	if (!json_is_integer(v))
		return hl_alert_json_text(p, hl_fields[f].name, v, dst, sizeof p->a->entry[f]);
	snprintf(dst, sizeof p->a->entry[f], "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	return true;
}

static bool take_entry(struct hl_alert_parse *p, const json_t *entry)
{
	if (!hl_alert_json_members(p, p->a, entry, "entry", entry_members))
		return false;
	if (p->a->list_age_ms > INT64_MAX / 1000 || p->a->list_age_ms < INT64_MIN / 1000)
		return hl_alert_json_wrong(p, "list_age_s", "seconds");
	p->a->list_age_ms *= 1000;
	for (int f = 0; f < HL_FIELDS_KEPT; f++)
		if (!take_field(p, entry, f))
			return false;
	return true;
}

static bool take_read(struct hl_alert_parse *p, json_t *read)
{
	static const struct hl_alert_member members[] = { { "received", HL_AM_TIME, ALERT(read.received_ms), false }, { 0 } };
	struct hl_read *r = &p->a->read;
	if (!json_is_object(read))
		return hl_alert_json_wrong(p, "read", "an object");
	if (hl_read_native_members(r, read, p->err) != HL_OK || !hl_alert_json_members(p, p->a, read, "read", members))
		return false;
	r->clock_suspect = json_is_true(json_object_get(read, "clock_suspect"));
	r->late = json_is_true(json_object_get(read, "late"));
	r->made_id = json_is_true(json_object_get(read, "made_id"));
	return true;
}

static bool take_standdown(struct hl_alert_parse *p, const json_t *object)
{
	return !object || hl_alert_json_members(p, p->a, object, "standdown", standdown_members);
}

static bool take_passage(struct hl_alert_parse *p, const json_t *passage)
{
	p->a->passage_fell = json_is_true(json_object_get(passage, "fell"));
	return hl_alert_json_members(p, p->a, passage, "passage", passage_members);
}

static bool take_all(struct hl_alert_parse *p, json_t *root)
{
	return hl_alert_json_members(p, p->a, root, "alert", alert_members) && take_match(p, root) && take_entry(p, json_object_get(root, "entry")) &&
	       take_read(p, json_object_get(root, "read")) && take_passage(p, json_object_get(root, "passage")) &&
	       take_standdown(p, json_object_get(root, "standdown")) && hl_alert_json_names(p, "receivers", json_object_get(root, "receivers"), p->a->receivers, sizeof p->a->receivers) &&
	       hl_alert_json_life(p, root);
}

enum hl_code hl_alert_parse(struct hl_alert *a, const char *text, size_t n, struct hl_err *err)
{
	struct hl_alert_parse p = { .a = a, .err = err };
	json_error_t e;
	memset(a, 0, sizeof *a);
	a->time_ms = a->created_ms = a->entry_expires_ms = a->acknowledged_ms = a->closed_ms = a->passage_first_ms = a->passage_last_ms = HL_NO_TIME;
	a->match_reads = 1; /* an alert of before this was written was of one read */
	hl_read_init(&a->read);
	if (n > ALERT_JSON_MAX)
		return hl_err_set(err, HL_E_INPUT, "not an alert: %zu bytes, at most %d", n, ALERT_JSON_MAX);
	json_t *root = memchr(text, 0, n) ? NULL : json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
	if (!root)
		return hl_err_set(err, HL_E_INPUT, "not an alert: not JSON");
	bool ok = take_all(&p, root);
	a->life.why_rev = a->life.why[0] ? a->rev : 0;
	json_decref(root);
	return ok ? HL_OK : HL_E_INPUT;
}
