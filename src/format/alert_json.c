/* alert_json.c: see alert_json.h. What hl_alert_write wrote, read back member by member from one table a nesting level; its read goes through the native
 * read format, which has the same keys. Any thread; nothing is kept between calls.
 */
#include "format/alert_json.h"
#include "base/clock.h"
#include "base/text.h"
#include "format/read_native.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ALERT_JSON_MAX = 256 << 10 };

enum kind { TEXT, INT, INT64, TIME, NUMBER };

struct member {
	const char *name;
	enum kind kind;
	size_t offset, size;
	bool required;
};

struct parse {
	struct hl_alert *a;
	struct hl_err *err;
};

#define ALERT(member) offsetof(struct hl_alert, member), sizeof((struct hl_alert *)0)->member

static const struct member alert_members[] = {
	{ "id", TEXT, ALERT(id), true },
	{ "rev", INT64, ALERT(rev), true },
	{ "time", TIME, ALERT(time_ms), false },
	{ "created", TIME, ALERT(created_ms), false },
	{ "priority", INT, ALERT(priority), true },
	{ "category", TEXT, ALERT(category), false },
	{ "plate_read", TEXT, ALERT(plate_read), true },
	{ "plate_listed", TEXT, ALERT(plate_listed), true },
	{ "incident", TEXT, ALERT(incident), false },
	{ "rules_version", TEXT, ALERT(rules_version), false },
	{ "channel_version", TEXT, ALERT(channel_version), false },
	{ "acknowledged_by", TEXT, ALERT(acknowledged_by), false },
	{ "acknowledged", TIME, ALERT(acknowledged_ms), false },
	{ "closed_by", TEXT, ALERT(closed_by), false },
	{ "closed", TIME, ALERT(closed_ms), false },
	{ "closed_reason", TEXT, ALERT(closed_reason), false },
	{ "plate_seen", TEXT, ALERT(plate_seen), false },
	{ "cleared", TEXT, ALERT(cleared_note), false },
	{ "muted", TEXT, ALERT(muted), false },
	{ 0 }
};

static const struct member match_members[] = {
	{ "alternative", TEXT, ALERT(alternative), false },
	{ "plate_probability", NUMBER, ALERT(plate_probability), false },
	{ "probability", NUMBER, ALERT(probability), false },
	{ "passage_reads", INT64, ALERT(match_reads), false },
	{ 0 }
};

static const struct member factor_members[] = {
	{ "band", INT64, ALERT(factors.band), false },
	{ "log_channel", NUMBER, ALERT(factors.log_channel), false },
	{ "log_background", NUMBER, ALERT(factors.log_background), false },
	{ "epsilon", NUMBER, ALERT(factors.epsilon), false },
	{ "calibration", NUMBER, ALERT(factors.calibration), false },
	{ "likelihood_ratio", NUMBER, ALERT(factors.likelihood_ratio), false },
	{ "prior", NUMBER, ALERT(factors.prior), false },
	{ "listed", NUMBER, ALERT(factors.listed), false },
	{ "listed_with_evidence", NUMBER, ALERT(factors.listed_with_evidence), false },
	{ "not_listed", NUMBER, ALERT(factors.not_listed), false },
	{ "state", NUMBER, ALERT(factors.state), false },
	{ "type", NUMBER, ALERT(factors.type), false },
	{ "make", NUMBER, ALERT(factors.make), false },
	{ "color", NUMBER, ALERT(factors.color), false },
	{ 0 }
};

static const struct member entry_members[] = {
	{ "id", TEXT, ALERT(entry_id), true },
	{ "revision", TEXT, ALERT(entry_revision), false },
	{ "list", TEXT, ALERT(list), true },
	{ "list_version", TEXT, ALERT(list_version), false },
	{ "list_age_s", INT64, ALERT(list_age_ms), false }, /* made milliseconds afterwards */
	{ "expires", TIME, ALERT(entry_expires_ms), false },
	{ 0 }
};

static const struct member passage_members[] = {
	{ "reads", INT64, ALERT(passage_reads), false },
	{ "first", TIME, ALERT(passage_first_ms), false },
	{ "last", TIME, ALERT(passage_last_ms), false },
	{ 0 }
};

static const struct member standdown_members[] = { { "detail", TEXT, ALERT(standdown), false }, { 0 } };

static bool wrong(struct parse *p, const char *key, const char *expected)
{
	hl_err_set(p->err, HL_E_INPUT, "not an alert: %s: expected %s", key, expected);
	return false;
}

static bool take_text(struct parse *p, const char *key, const json_t *v, char *dst, size_t size)
{
	if (!json_is_string(v))
		return wrong(p, key, "a string");
	return hl_copy_n(dst, size, json_string_value(v), json_string_length(v)) || wrong(p, key, "a shorter string");
}

static bool take_time(struct parse *p, const char *key, const json_t *v, int64_t *ms)
{
	return (json_is_string(v) && hl_time_parse(json_string_value(v), json_string_length(v), ms)) || wrong(p, key, "a time");
}

static bool take_member(struct parse *p, const struct member *m, const json_t *v)
{
	void *at = (char *)p->a + m->offset;
	switch (m->kind) {
	case TEXT:
		return take_text(p, m->name, v, at, m->size);
	case TIME:
		return take_time(p, m->name, v, at);
	case NUMBER:
		*(double *)at = json_number_value(v);
		return json_is_number(v) || wrong(p, m->name, "a number");
	case INT64:
		*(int64_t *)at = json_integer_value(v);
		return json_is_integer(v) || wrong(p, m->name, "a whole number");
	case INT:
		*(int *)at = (int)json_integer_value(v);
		return (json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= 1000) || wrong(p, m->name, "a small whole number");
	}
	return false;
}

static bool take_members(struct parse *p, const json_t *object, const char *what, const struct member *m)
{
	if (!json_is_object(object))
		return wrong(p, what, "an object");
	for (; m->name; m++) {
		const json_t *v = json_object_get(object, m->name);
		if ((!v || json_is_null(v)) && m->required)
			return wrong(p, m->name, "a value");
		if (v && !json_is_null(v) && !take_member(p, m, v))
			return false;
	}
	return true;
}

static const char *state_word(unsigned i)
{
	return hl_alert_state_name((enum hl_alert_state)i);
}

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

/* The number of the word that object has under key: of n words. */
static bool take_word(struct parse *p, const json_t *object, const char *key, const char *(*word)(unsigned), unsigned n, unsigned *out)
{
	const char *s = json_string_value(json_object_get(object, key));
	for (*out = 0; s && *out < n; ++*out)
		if (!strcmp(word(*out), s))
			return true;
	return wrong(p, key, "one of its words");
}

/* A cost of two decimals as hundredths. */
static bool take_cost(struct parse *p, const json_t *object, int max, int *out)
{
	const json_t *v = json_object_get(object, "cost");
	double cost = json_number_value(v) * 100;
	if (!json_is_number(v) || !(cost >= 0 && cost <= max))
		return wrong(p, "cost", "a cost");
	*out = (int)lround(cost);
	return true;
}

static bool take_small(struct parse *p, const json_t *object, const char *key, uint8_t *out)
{
	const json_t *v = json_object_get(object, key);
	json_int_t i = json_integer_value(v);
	*out = (uint8_t)i;
	return (json_is_integer(v) && i >= 0 && i <= HL_READ_PLATE) || wrong(p, key, "a position");
}

static bool take_op(struct parse *p, const json_t *v, struct hl_op *op)
{
	unsigned type;
	int cost;
	if (!take_word(p, v, "op", op_word, HL_OP_SWAP + 1, &type) || !take_cost(p, v, UINT8_MAX, &cost))
		return false;
	op->type = (uint8_t)type;
	op->cost = (uint8_t)cost;
	return take_small(p, v, "pos", &op->pos) && take_small(p, v, "rpos", &op->rpos) &&
	       take_text(p, "listed", json_object_get(v, "listed"), op->listed, sizeof op->listed) &&
	       take_text(p, "read", json_object_get(v, "read"), op->read, sizeof op->read);
}

static bool take_alignment(struct parse *p, const json_t *match)
{
	struct hl_alignment *al = &p->a->alignment;
	const json_t *list = json_object_get(match, "alignment");
	if (!json_is_array(list) || json_array_size(list) > HL_OPS_MAX)
		return wrong(p, "alignment", "a short array");
	if (!take_cost(p, match, 100 * HL_OPS_MAX, &al->cost))
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!take_op(p, json_array_get(list, i), &al->op[al->n++]))
			return false;
	return true;
}

static bool take_contradictions(struct parse *p, const json_t *match)
{
	const json_t *list = json_object_get(match, "contradictions");
	if (!json_is_array(list) || json_array_size(list) > HL_CONTRADICTIONS)
		return wrong(p, "contradictions", "a short array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		struct hl_contradiction_text *c = &p->a->contradiction[p->a->n_contradictions++];
		if (!take_text(p, "what", json_object_get(v, "what"), c->what, sizeof c->what) ||
		    !take_text(p, "read", json_object_get(v, "read"), c->read, sizeof c->read) ||
		    !take_text(p, "listed", json_object_get(v, "listed"), c->listed, sizeof c->listed))
			return false;
	}
	return true;
}

static bool take_match(struct parse *p, const json_t *root)
{
	const json_t *match = json_object_get(root, "match");
	const json_t *factors = json_object_get(match, "factors");
	unsigned kind, decision, state;
	if (!take_members(p, match, "match", match_members) || (factors && !take_members(p, factors, "factors", factor_members)) || !take_word(p, match, "kind", kind_word, HL_KIND_CANDIDATE + 1, &kind) ||
	    !take_word(p, match, "decision", decision_word, HL_ALERT + 1, &decision) || !take_word(p, root, "state", state_word, HL_ALERT_STATES, &state))
		return false;
	p->a->kind = (enum hl_kind)kind;
	p->a->decision = (enum hl_decision)decision;
	p->a->state = (enum hl_alert_state)state;
	return take_alignment(p, match) && take_contradictions(p, match);
}

/* One of the entry's own texts, from the entry or its vehicle; a priority is written as a number. */
static bool take_field(struct parse *p, const json_t *entry, int f)
{
	const json_t *v = json_object_get(entry, hl_fields[f].name);
	char *dst = p->a->entry[f];
	if (!v)
		v = json_object_get(json_object_get(entry, "vehicle"), hl_fields[f].name);
	if (!v || json_is_null(v))
		return true;
	if (!json_is_integer(v))
		return take_text(p, hl_fields[f].name, v, dst, sizeof p->a->entry[f]);
	snprintf(dst, sizeof p->a->entry[f], "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	return true;
}

static bool take_entry(struct parse *p, const json_t *entry)
{
	if (!take_members(p, entry, "entry", entry_members))
		return false;
	if (p->a->list_age_ms > INT64_MAX / 1000 || p->a->list_age_ms < INT64_MIN / 1000)
		return wrong(p, "list_age_s", "seconds");
	p->a->list_age_ms *= 1000;
	for (int f = 0; f < HL_FIELDS_KEPT; f++)
		if (!take_field(p, entry, f))
			return false;
	return true;
}

static bool take_read(struct parse *p, json_t *read)
{
	static const struct member members[] = { { "received", TIME, ALERT(read.received_ms), false }, { 0 } };
	struct hl_read *r = &p->a->read;
	if (!json_is_object(read))
		return wrong(p, "read", "an object");
	if (hl_read_native_members(r, read, p->err) != HL_OK || !take_members(p, read, "read", members))
		return false;
	r->clock_suspect = json_is_true(json_object_get(read, "clock_suspect"));
	r->late = json_is_true(json_object_get(read, "late"));
	r->made_id = json_is_true(json_object_get(read, "made_id"));
	return true;
}

static bool take_receivers(struct parse *p, const json_t *list)
{
	char *dst = p->a->receivers;
	size_t at = 0, size = sizeof p->a->receivers;
	if (list && !json_is_array(list))
		return wrong(p, "receivers", "an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		size_t n = json_string_length(v);
		if (!json_is_string(v) || !hl_text_is_name(json_string_value(v), n, HL_TEXT_SHORT) || at + n + 2 > size)
			return wrong(p, "receivers", "names within the room for them");
		if (at)
			dst[at++] = ' ';
		memcpy(dst + at, json_string_value(v), n + 1);
		at += n;
	}
	return true;
}

static bool take_standdown(struct parse *p, const json_t *object)
{
	return !object || take_members(p, object, "standdown", standdown_members);
}

static bool take_all(struct parse *p, json_t *root)
{
	return take_members(p, root, "alert", alert_members) && take_match(p, root) && take_entry(p, json_object_get(root, "entry")) &&
	       take_read(p, json_object_get(root, "read")) && take_members(p, json_object_get(root, "passage"), "passage", passage_members) &&
	       take_standdown(p, json_object_get(root, "standdown")) && take_receivers(p, json_object_get(root, "receivers"));
}

enum hl_code hl_alert_parse(struct hl_alert *a, const char *text, size_t n, struct hl_err *err)
{
	struct parse p = { .a = a, .err = err };
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
	json_decref(root);
	return ok ? HL_OK : HL_E_INPUT;
}
