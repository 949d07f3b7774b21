/* test_alert_json.c: what hl_alert_write wrote is read back whole, and nothing else is taken for an alert. */
#include "same_read.h"
#include "unit.h"

#include "base/json_out.h"
#include "format/alert_json.h"
#include "format/reads.h"

#include <stdio.h>
#include <string.h>

static const char read_json[] =
	"{\"id\":\"cam7-000123\",\"camera\":\"cam7\",\"site\":\"I-25 N 214\",\"time\":\"2026-11-23T10:00:00.123Z\",\"plate\":\"5sow-350\",\"confidence\":0.91,"
	"\"candidates\":[{\"plate\":\"5SOW350\",\"confidence\":0.91},{\"plate\":\"5SOW750\",\"confidence\":0.5},{\"plate\":\"5S0W350\"}],"
	"\"chars\":[[[\"5\",0.75]],[[\"S\",0.5],[\"5\",0.25]]],\"region\":\"us-ca\",\"region_confidence\":0.6,\"lat\":37.77,\"lon\":-122.42,\"heading\":180,"
	"\"vehicle_id\":\"t-771\",\"vehicle\":{\"type\":\"car\",\"make\":\"LEXS\",\"model\":\"ES\",\"color\":\"MAR\"},\"image\":\"https://x.example/1\",\"seq\":123}";

static void full_match(struct hl_alert *a)
{
	struct hl_confusion t;
	struct hl_pattern p;
	hl_confusion_init(&t);
	hl_confusion_set(&t, hl_sym_code('7'), hl_sym_code('3'), 40, NULL);
	ck_assert_int_eq(hl_pattern_parse(&p, "5SOW75", 6, false, NULL), HL_OK);
	hl_match_align(&t, &p, &a->read.plate, &a->alignment);
	ck_assert_uint_eq(a->alignment.n, 2);
	a->kind = HL_KIND_EDIT;
	a->decision = HL_VERIFY;
	a->plate_probability = 0.21;
	a->probability = 0.0212345;
	a->match_reads = 4;
	a->factors = (struct hl_alert_factors){ 3, -9.54056103, -24.8886893, 0.00336618, 1.2, 5.53763e+06, 5e-07, 2.76882, 0.500391, 0.995, 1.8, 1, 0.180723, 0.384615 };
	a->n_contradictions = 2;
	a->contradiction[0] = (struct hl_contradiction_text){ "make", "LEXS", "GMC" };
	a->contradiction[1] = (struct hl_contradiction_text){ "color", "MAR", "GRY" };
}

static void full_people(struct hl_alert_life *l, int64_t at)
{
	static const enum hl_verified result[HL_VERIFIED_PARTS] = { HL_VR_AGREES, HL_VR_DIFFERS, HL_VR_UNKNOWN };
	for (int i = 0; i < HL_VERIFIED_PARTS; i++)
		l->verification[i] = (struct hl_verification){ .result = result[i], .by = "smith", .at_ms = at + i };
	hl_copy(l->verification_lapsed, sizeof l->verification_lapsed, "plate, verified by jones: it is read otherwise now");
	l->n_joined = HL_JOINED_MAX;
	for (unsigned i = 0; i < HL_JOINED_MAX; i++)
		snprintf(l->joined[i], sizeof l->joined[i], "officer %u", i);
	l->confirmed = (struct hl_confirmation){ .by = "dora", .source = "METRO \"desk\"", .reference = "NIC V123456789", .at_ms = at + 10 };
	hl_copy(l->outcome, sizeof l->outcome, "recovered");
	l->progress_ms = at + 11;
	l->n_steps = HL_STEPS_MAX;
	for (unsigned i = 0; i < HL_STEPS_MAX; i++)
		l->step[i] = (struct hl_alert_step){ .from = i % HL_ALERT_STATES, .to = (i + 1) % HL_ALERT_STATES, .by = "smith", .at_ms = at + i };
	l->lapsed = (struct hl_alert_past){ .state = HL_ST_ACKNOWLEDGED, .of = "jones", .by = "hotlistd", .why = "no progress for 15m", .at_ms = at + 20 };
	l->undone = (struct hl_alert_past){ .state = HL_ST_CLOSED, .of = "smith", .by = "sue", .why = "another vehicle", .at_ms = at + 21 };
	hl_copy(l->why, sizeof l->why, "not acknowledged for 2 min");
	l->why_rev = 7;
	l->escalation = (struct hl_escalation){ .step = 2, .at_ms = at + 22, .told = "sergeant watch" };
}

static void full_life(struct hl_alert_life *l, int64_t at)
{
	full_people(l, at);
	l->sightings = 40;
	l->n_sightings = HL_SIGHTINGS_MAX;
	for (unsigned i = 0; i < HL_SIGHTINGS_MAX; i++)
		l->sighting[i] = (struct hl_sighting){ .time_ms = at + i, .camera = "cam9", .site = "I-25 S 210", .plate_read = "5SOW350", .decision = HL_VERIFY,
						       .has_position = true, .lat = 39.5, .lon = -104.75 };
	l->sighting[1] = (struct hl_sighting){ .time_ms = at + 1, .camera = "cam8", .plate_read = "5SOW750", .decision = HL_ALERT };
	l->n_also = HL_ALSO_MAX;
	for (unsigned i = 0; i < HL_ALSO_MAX; i++)
		l->also[i] = (struct hl_also){ .alert = "other", .list = "felony", .entry_id = "e2", .plate_listed = "5SOW750", .category = "felony", .priority = 2 };
	l->covert = true;
}

static void full_alert(struct hl_alert *a)
{
	struct hl_err err;
	memset(a, 0, sizeof *a);
	ck_assert_int_eq(hl_read_format_find("native")->decode(read_json, sizeof read_json - 1, &a->read, &err), HL_OK);
	hl_read_finish(&a->read, INT64_C(1795428001000));
	a->read.late = true;
	full_match(a);
	hl_copy(a->id, sizeof a->id, "k3v7abcdefghijklmnopqrstuv");
	a->rev = 7;
	a->time_ms = a->read.time_ms;
	a->created_ms = INT64_C(1795428001000);
	a->state = HL_ST_REJECTED;
	a->priority = 1;
	hl_copy(a->category, sizeof a->category, "stolen");
	hl_copy(a->plate_read, sizeof a->plate_read, "5SOW350");
	hl_copy(a->plate_listed, sizeof a->plate_listed, "5SOW75");
	hl_copy(a->list, sizeof a->list, "stolen");
	hl_copy(a->list_version, sizeof a->list_version, "v000042-9f3c00112233");
	a->list_age_ms = 5400000;
	hl_copy(a->entry_id, sizeof a->entry_id, "entry");
	hl_copy(a->entry_revision, sizeof a->entry_revision, "revision");
	for (int f = 0; f < HL_FIELDS_KEPT; f++)
		if (f != HL_F_PRIORITY && f != HL_F_ABOUT && f != HL_F_STARTS && f != HL_F_EXPIRES && f != HL_F_NOTE)
			hl_copy(a->entry[f], sizeof a->entry[f], hl_fields[f].name);
	hl_copy(a->entry[HL_F_PRIORITY], sizeof a->entry[0], "1");
	hl_copy(a->entry[HL_F_ABOUT], sizeof a->entry[0], "plate");
	hl_copy(a->entry[HL_F_STARTS], sizeof a->entry[0], "2026-11-01T00:00:00.000Z");
	hl_copy(a->entry[HL_F_EXPIRES], sizeof a->entry[0], "2026-12-31T23:59:59.999Z");
	hl_copy(a->entry[HL_F_NOTE], sizeof a->entry[0], "a \"quoted\" \\ note, caf\xc3\xa9");
	a->entry_expires_ms = INT64_C(1798761599999);
	a->passage_reads = 3;
	a->passage_first_ms = a->time_ms;
	a->passage_last_ms = a->time_ms + 4000;
	hl_copy(a->incident, sizeof a->incident, "incident");
	hl_copy(a->rules_version, sizeof a->rules_version, "r-0123456789ab");
	hl_copy(a->channel_version, sizeof a->channel_version, "c-1");
	hl_copy(a->acknowledged_by, sizeof a->acknowledged_by, "smith");
	a->acknowledged_ms = a->created_ms + 1000;
	hl_copy(a->closed_by, sizeof a->closed_by, "jones");
	hl_copy(a->closed_reason, sizeof a->closed_reason, "misread");
	hl_copy(a->plate_seen, sizeof a->plate_seen, "5SOW350");
	a->closed_ms = a->created_ms + 2000;
	hl_copy(a->cleared_note, sizeof a->cleared_note, "cleared 2026-11-01 by smith");
	hl_copy(a->muted, sizeof a->muted, "until 2027-01-01T00:00:00.000Z: no enforcement");
	hl_copy(a->receivers, sizeof a->receivers, "desk north");
	full_life(&a->life, a->created_ms);
}

static void write_alert(const struct hl_alert *a, struct hl_buf *out)
{
	struct hl_json j;
	hl_buf_clear(out);
	hl_json_init(&j, out);
	hl_alert_write(a, &j, NULL);
}

static void same_text(const struct hl_alert *a)
{
	struct hl_buf first = HL_BUF(1 << 20), second = HL_BUF(1 << 20);
	struct hl_alert b;
	struct hl_err err = { 0 };
	write_alert(a, &first);
	ck_assert_msg(hl_alert_parse(&b, first.data, first.len, &err) == HL_OK, "%s in %s", err.text, first.data);
	write_alert(&b, &second);
	ck_assert_str_eq(hl_buf_text(&first), hl_buf_text(&second));
	hl_buf_fini(&first);
	hl_buf_fini(&second);
}

START_TEST(round_trip)
{
	struct hl_alert a, b;
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_err err = { 0 };
	full_alert(&a);
	write_alert(&a, &text);
	ck_assert_msg(hl_alert_parse(&b, text.data, text.len, &err) == HL_OK, "%s", err.text);
	/* Byte for byte, so that a member added to one side and not to the other is seen here; but of the read only what is not behind the end of a text. */
	ck_assert(same_read(&a.read, &b.read));
	a.read = b.read;
	for (size_t i = 0; i < sizeof a; i++)
		ck_assert_msg(((char *)&a)[i] == ((char *)&b)[i], "byte %zu of the alert differs", i);
	hl_buf_fini(&text);
	same_text(&a);
}
END_TEST

START_TEST(why_it_was_stood_down)
{
	struct hl_alert a, b;
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_err err = { 0 };
	full_alert(&a);
	a.state = HL_ST_WITHDRAWN;
	hl_copy(a.closed_reason, sizeof a.closed_reason, "withdrawn");
	hl_copy(a.standdown, sizeof a.standdown, "by ann: found in Reno");
	write_alert(&a, &text);
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&text), "\"standdown\":{\"cause\":\"withdrawn\",\"text\":\"entry withdrawn\",\"detail\":\"by ann: found in Reno\"}"));
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&text), "\"notice\":\"STAND DOWN: entry withdrawn\""));
	ck_assert_msg(hl_alert_parse(&b, text.data, text.len, &err) == HL_OK, "%s", err.text);
	ck_assert_str_eq(b.standdown, a.standdown);
	ck_assert_int_eq(b.state, HL_ST_WITHDRAWN);
	hl_buf_fini(&text);
}
END_TEST

START_TEST(names_of_the_life)
{
	static const char *const want[] = {
		"\"verification\":{\"plate\":{\"result\":\"agrees\",\"by\":\"smith\",\"at\":\"2026-11-23T10:00:01.000Z\"},\"state\":{\"result\":\"differs\",",
		"\"joined\":[\"officer 0\",",
		"\"confirmed\":{\"by\":\"dora\",\"source\":\"METRO \\\"desk\\\"\",\"reference\":\"NIC V123456789\",\"at\":\"2026-11-23T10:00:01.010Z\"},\"outcome\":\"recovered\",",
		"\"steps\":[{\"from\":\"new\",\"to\":\"acknowledged\",\"by\":\"smith\",\"at\":\"2026-11-23T10:00:01.000Z\"},",
		"\"lapsed\":{\"state\":\"acknowledged\",\"of\":\"jones\",\"by\":\"hotlistd\",\"why\":\"no progress for 15m\",\"at\":",
		"\"why\":\"not acknowledged for 2 min\"",
		"\"escalation\":{\"step\":2,\"at\":\"2026-11-23T10:00:01.022Z\",\"told\":[\"sergeant\",\"watch\"]}",
		("\"sightings\":[{\"time\":\"2026-11-23T10:00:01.000Z\",\"camera\":\"cam9\",\"site\":\"I-25 S 210\",\"plate_read\":\"5SOW350\",\"decision\":\"verify\","
		 "\"lat\":39.5,\"lon\":-104.75},{\"time\":\"2026-11-23T10:00:01.001Z\",\"camera\":\"cam8\",\"plate_read\":\"5SOW750\",\"decision\":\"alert\"},"),
		"\"sightings_total\":40",
		"\"also\":[{\"alert\":\"other\",\"list\":\"felony\",\"entry\":\"e2\",\"plate_listed\":\"5SOW750\",\"category\":\"felony\",\"priority\":2},",
		"\"covert\":true",
	};
	struct hl_alert a;
	struct hl_buf text = HL_BUF(1 << 20);
	full_alert(&a);
	write_alert(&a, &text);
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		ck_assert_msg(strstr(hl_buf_text(&text), want[i]) != NULL, "%s\nis not in\n%s", want[i], hl_buf_text(&text));
	hl_buf_fini(&text);
}
END_TEST

/* More than there is room for, and words that are none. */
START_TEST(lives_that_are_none)
{
	static const struct { const char *was, *is, *want; } v[] = {
		{ "\"joined\":[", "\"joined\":[\"one more\",", "not an alert: joined: expected a short array" },
		{ "\"joined\":[\"officer 0\"", "\"joined\":[7", "not an alert: joined: expected a string" },
		{ "\"result\":\"agrees\"", "\"result\":\"perhaps\"", "not an alert: result: expected one of its words" },
		{ "\"from\":\"new\"", "\"from\":\"old\"", "not an alert: from: expected one of its words" },
		{ "\"source\":\"METRO \\\"desk\\\"\",", "", "not an alert: source: expected a value" },
		{ "\"lat\":39.5", "\"lat\":\"39.5\"", "not an alert: lat: expected a number" },
		{ "\"told\":[\"sergeant\"", "\"told\":[\"two words\"", "not an alert: told: expected names within the room for them" },
		{ "\"also\":[", "\"also\":[{},", "not an alert: also: expected a short array" },
	};
	struct hl_alert a, b;
	struct hl_buf text = HL_BUF(1 << 20), other = HL_BUF(1 << 20);
	struct hl_err err;
	full_alert(&a);
	write_alert(&a, &text);
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		const char *at = strstr(hl_buf_text(&text), v[i].was);
		ck_assert_msg(at != NULL, "%s", v[i].was);
		hl_buf_clear(&other);
		hl_buf_printf(&other, "%.*s%s%s", (int)(at - text.data), text.data, v[i].is, at + strlen(v[i].was));
		ck_assert_int_eq(hl_alert_parse(&b, other.data, other.len, &err), HL_E_INPUT);
		ck_assert_str_eq(err.text, v[i].want);
	}
	hl_buf_fini(&text);
	hl_buf_fini(&other);
}
END_TEST

START_TEST(least)
{
	struct hl_alert a = { .rev = 1, .time_ms = HL_NO_TIME, .created_ms = HL_NO_TIME, .entry_expires_ms = HL_NO_TIME, .acknowledged_ms = HL_NO_TIME,
			      .closed_ms = HL_NO_TIME, .passage_first_ms = HL_NO_TIME, .passage_last_ms = HL_NO_TIME };
	hl_read_init(&a.read);
	same_text(&a);
	for (int s = 0; s < HL_ALERT_STATES; s++)
		for (int k = 0; k <= HL_KIND_CANDIDATE; k++) {
			a.state = (enum hl_alert_state)s;
			a.kind = (enum hl_kind)k;
			a.decision = (enum hl_decision)(k % 3);
			same_text(&a);
		}
}
END_TEST

/* Every text of the right length that is cut, or has one byte changed, is an error or an alert, never a crash. */
START_TEST(damaged)
{
	struct hl_alert a, b;
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_err err;
	full_alert(&a);
	write_alert(&a, &text);
	for (size_t n = 0; n < text.len; n++)
		ck_assert_int_eq(hl_alert_parse(&b, text.data, n, &err), HL_E_INPUT);
	for (size_t i = 0; i < text.len; i++) {
		char was = text.data[i];
		text.data[i] = "x0\"{}[],\0"[i % 9];
		enum hl_code code = hl_alert_parse(&b, text.data, text.len, &err);
		ck_assert(code == HL_OK || code == HL_E_INPUT);
		text.data[i] = was;
	}
	hl_buf_fini(&text);
}
END_TEST

START_TEST(not_alerts)
{
	static const struct { const char *text, *want; } v[] = {
		{ "", "not an alert: not JSON" },
		{ "{}", "not an alert: id: expected a value" },
		{ "[]", "not an alert: alert: expected an object" },
		{ "{\"id\":7}", "not an alert: id: expected a string" },
		{ "{\"id\":\"0123456789012345678901234567\"}", "not an alert: id: expected a shorter string" },
		{ "{\"id\":\"a\",\"rev\":1,\"priority\":100000,\"plate_read\":\"\",\"plate_listed\":\"\"}", "not an alert: priority: expected a small whole number" },
		{ "{\"id\":\"a\",\"rev\":1,\"priority\":1,\"plate_read\":\"\",\"plate_listed\":\"\",\"time\":5}", "not an alert: time: expected a time" },
		{ "{\"id\":\"a\",\"rev\":1,\"priority\":1,\"plate_read\":\"\",\"plate_listed\":\"\"}", "not an alert: match: expected an object" },
		{ "{\"id\":\"a\",\"rev\":1,\"priority\":1,\"plate_read\":\"\",\"plate_listed\":\"\",\"match\":{\"kind\":\"x\"}}", "not an alert: kind: expected one of its words" },
	};
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		struct hl_alert a;
		struct hl_err err;
		ck_assert_int_eq(hl_alert_parse(&a, v[i].text, strlen(v[i].text), &err), HL_E_INPUT);
		ck_assert_str_eq(err.text, v[i].want);
	}
}
END_TEST

UNIT_MAIN("alert_json", round_trip, why_it_was_stood_down, names_of_the_life, lives_that_are_none, least, damaged, not_alerts)
