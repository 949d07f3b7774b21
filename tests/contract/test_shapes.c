/* test_shapes.c: what other people's programs rely on: the members of an alert, of a webhook's body and of a line of `hotlistctl match`, with their types
 * and the form of their numbers. Members may be added; none here may be renamed, change its type or be left out, whatever the entry lacks.
 */
#include "../fixture/engine_fixture.h"
#include "base/json_out.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* A member by its way from the top, and what it may be: s text, t text that is not empty, n number, i whole number, o object, a array, 0 null. */
struct shape {
	const char *way, *types;
};

static const struct shape alert_shape[] = {
	{ "id", "t" }, { "time", "t" }, { "state", "t" }, { "priority", "i" }, { "category", "s" }, { "plate_read", "t" }, { "plate_listed", "t" },
	{ "match.kind", "t" }, { "match.cost", "n" }, { "match.alignment", "a" }, { "match.plate_probability", "n" }, { "match.probability", "n" },
	{ "match.contradictions", "a" }, { "match.decision", "t" },
	{ "entry.id", "t" }, { "entry.list", "t" }, { "entry.list_version", "t" }, { "entry.list_age_s", "i" }, { "entry.plate", "t" },
	{ "entry.state", "t0" }, { "entry.reason", "t0" }, { "entry.agency", "t0" }, { "entry.case", "t0" }, { "entry.expires", "t0" }, { "entry.vehicle", "o" },
	{ "read", "o" }, { "read.id", "t" }, { "read.camera", "t" }, { "read.time", "t" }, { "read.plate", "t" },
	{ "passage.reads", "i" }, { "passage.first", "t" }, { "passage.last", "t" },
	{ "sightings", "a" }, { "incident", "t" }, { "rules_version", "t" }, { "channel_version", "s0" },
	{ "verification.plate", "o0" }, { "verification.state", "o0" }, { "verification.vehicle", "o0" },
	{ "acknowledged_by", "t0" }, { "notice", "t" },
	{ "sightings_total", "i" }, { "joined", "a" }, { "confirmed", "o0" }, { "steps", "a" }, { "also", "a" },
};

static const struct shape op_shape[] = { { "op", "t" }, { "pos", "i" }, { "read", "s" }, { "listed", "s" }, { "cost", "n" } };
static const struct shape contradiction_shape[] = { { "what", "t" }, { "read", "t" }, { "listed", "t" } };
static const struct shape match_shape[] = {
	{ "read", "i" }, { "plate_read", "t" }, { "list", "t" }, { "plate_listed", "t" }, { "kind", "t" }, { "cost", "n" },
	{ "plate_probability", "n" }, { "probability", "n" }, { "decision", "t" },
};

static bool is_type(const json_t *v, char type)
{
	switch (type) {
	case 's':
		return json_is_string(v);
	case 't':
		return json_is_string(v) && json_string_length(v);
	case 'n':
		return json_is_number(v);
	case 'i':
		return json_is_integer(v);
	case 'o':
		return json_is_object(v);
	case 'a':
		return json_is_array(v);
	default:
		return json_is_null(v);
	}
}

static const json_t *member(const json_t *top, const char *way)
{
	for (size_t n; top && *way; way += n + (way[n] == '.')) {
		n = strcspn(way, ".");
		top = json_object_getn(top, way, n);
	}
	return top;
}

static void expect_shape(const json_t *top, const struct shape *shape, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *v = member(top, shape[i].way);
		bool fits = false;
		ck_assert_msg(v != NULL, "no member %s", shape[i].way);
		for (const char *t = shape[i].types; *t; t++)
			fits = fits || is_type(v, *t);
		ck_assert_msg(fits, "%s is none of %s", shape[i].way, shape[i].types);
	}
}

#define EXPECT_SHAPE(top, shape) expect_shape(top, shape, sizeof shape / sizeof shape[0])

static json_t *parse(const char *text)
{
	json_error_t e;
	json_t *top = json_loads(text, JSON_REJECT_DUPLICATES, &e);
	ck_assert_msg(top != NULL, "%s: %s", e.text, text);
	return top;
}

static struct hl_delivery *webhook_of(const char *alert)
{
	struct hl_outbox_filter f = { .receiver = "desk" };
	struct hl_delivery *d;
	size_t n;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &f, &d, &n, NULL), HL_OK);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(d->alert, alert);
	return d;
}

/* What a receiver gets, from the read on. */
static json_t *delivered(const struct hl_read *r)
{
	struct hl_recorded seen = fx_record(r);
	struct hl_delivery *d = webhook_of(seen.alert);
	json_t *body = parse(d->body);
	ck_assert_str_eq(json_string_value(json_object_get(body, "type")), "alert.created");
	ck_assert_str_eq(json_string_value(json_object_get(body, "timestamp")), "2026-11-23T10:00:00.000Z");
	ck_assert_str_eq(json_string_value(member(body, "data.id")), seen.alert);
	fx_has(d->body, "\"notice\":\"NOT VERIFIED: confirm plate, state and vehicle before acting\"");
	hl_deliveries_free(d, 1);
	return body;
}

START_TEST(an_alert_has_what_the_contract_names)
{
	fx_setup();
	struct hl_read r = fx_read("cam7-000123", "5SOW350", 0);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, "LEXS");
	json_t *body = delivered(&r);
	const json_t *alert = json_object_get(body, "data"), *ops = member(alert, "match.alignment"), *against = member(alert, "match.contradictions");
	EXPECT_SHAPE(alert, alert_shape);
	ck_assert_uint_eq(json_array_size(ops), 1);
	EXPECT_SHAPE(json_array_get(ops, 0), op_shape);
	ck_assert_int_eq(json_integer_value(member(json_array_get(ops, 0), "pos")), 4);
	ck_assert_uint_eq(json_array_size(against), 1);
	EXPECT_SHAPE(json_array_get(against, 0), contradiction_shape);
	ck_assert_str_eq(json_string_value(member(alert, "entry.agency")), "METRO");
	ck_assert_int_eq(json_integer_value(member(alert, "entry.list_age_s")), 5400);
	ck_assert_str_eq(json_string_value(member(alert, "state")), "new");
	ck_assert_str_eq(json_string_value(member(alert, "match.kind")), "confusable");
	ck_assert_str_eq(json_string_value(member(alert, "match.decision")), "verify");
	json_decref(body);
	fx_teardown();
}
END_TEST

/* A list of bare plates knows nothing of them: the members stand there all the same. */
START_TEST(a_bare_entry_leaves_no_member_out)
{
	static struct hl_alert a;
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_json j;
	a = (struct hl_alert){ .rev = 1, .priority = 5, .time_ms = FX_T0, .created_ms = FX_T0, .entry_expires_ms = HL_NO_TIME, .acknowledged_ms = HL_NO_TIME,
			       .closed_ms = HL_NO_TIME, .passage_reads = 1, .passage_first_ms = FX_T0, .passage_last_ms = FX_T0 };
	a.read = fx_read("r1", "5SOW750", 0);
	hl_copy(a.id, sizeof a.id, "a");
	hl_copy(a.plate_read, sizeof a.plate_read, "5SOW750");
	hl_copy(a.plate_listed, sizeof a.plate_listed, "5SOW750");
	hl_copy(a.entry_id, sizeof a.entry_id, "e");
	hl_copy(a.list, sizeof a.list, "bare");
	hl_copy(a.list_version, sizeof a.list_version, "v000001-0123456789ab");
	hl_copy(a.incident, sizeof a.incident, "i");
	hl_copy(a.rules_version, sizeof a.rules_version, "r-0123456789ab");
	hl_copy(a.entry[HL_F_PLATE], sizeof a.entry[0], "5SOW750");
	a.plate_probability = 1.0 / 3;
	a.probability = 2.0 / 3e5;
	hl_json_init(&j, &text);
	hl_alert_write(&a, &j, NULL);
	json_t *alert = parse(hl_buf_text(&text));
	EXPECT_SHAPE(alert, alert_shape);
	ck_assert(json_is_null(member(alert, "entry.agency")) && json_is_null(member(alert, "entry.expires")));
	/* Six significant digits; costs have two decimals. */
	fx_has(hl_buf_text(&text), "\"plate_probability\":0.333333,\"probability\":6.66667e-06,");
	fx_has(hl_buf_text(&text), "\"cost\":0.00,");
	json_decref(alert);
	hl_buf_fini(&text);
}
END_TEST

START_TEST(a_line_of_match_has_what_the_contract_names)
{
	fx_setup();
	const struct hl_hit *h;
	struct hl_buf line = HL_BUF(1 << 16);
	struct hl_read r = fx_read("r1", "5SOW350", 0);
	struct hl_decide_opts o = { .now_ms = HL_NO_TIME };
	ck_assert_uint_eq(hl_decide(fx.catalog, fx.decider, &r, 1, &o, &h), 1);
	hl_decide_write(fx.catalog, &r, h, 7, false, &line);
	json_t *top = parse(hl_buf_text(&line));
	EXPECT_SHAPE(top, match_shape);
	ck_assert_uint_eq(json_object_size(top), sizeof match_shape / sizeof match_shape[0]);
	fx_has(hl_buf_text(&line), "{\"read\":7,\"plate_read\":\"5SOW350\",\"list\":\"stolen\",\"plate_listed\":\"5SOW750\",\"kind\":\"confusable\",\"cost\":0.40,");
	json_decref(top);
	hl_buf_fini(&line);
	fx_teardown();
}
END_TEST

#include "../unit/unit.h"
UNIT_MAIN("shapes", an_alert_has_what_the_contract_names, a_bare_entry_leaves_no_member_out, a_line_of_match_has_what_the_contract_names)
