/* test_alert.c: what people are told, in words and as JSON. Green and Aurora (the failures this software exists to prevent)
 * stand here word for word. Suppression has a file of its own, test_judge.c, and so has
 * the life of an alert, test_life.c.
 */
#include "base/json_out.h"
#include "core/alert.h"
#include "unit.h"

#include <string.h>

/* An alert of two plates; pairs: "37" and the like at 0.40, both ways. */
static struct hl_alert alert_of(const char *listed, const char *read, const char *pairs)
{
	struct hl_alert a = { .rev = 1, .entry_expires_ms = HL_NO_TIME, .acknowledged_ms = HL_NO_TIME, .closed_ms = HL_NO_TIME };
	struct hl_confusion t;
	struct hl_pattern p;
	struct hl_plate r;
	hl_confusion_init(&t);
	for (; *pairs; pairs += 2) {
		hl_confusion_set(&t, hl_sym_code(pairs[0]), hl_sym_code(pairs[1]), 40, NULL);
		hl_confusion_set(&t, hl_sym_code(pairs[1]), hl_sym_code(pairs[0]), 40, NULL);
	}
	ck_assert_int_eq(hl_pattern_parse(&p, listed, strlen(listed), false, NULL), HL_OK);
	ck_assert_int_eq(hl_plate_parse(&r, read, strlen(read), NULL), HL_OK);
	hl_pattern_text(&p, a.plate_listed);
	hl_plate_text(&r, a.plate_read);
	hl_match_align(&t, &p, &r, &a.alignment);
	a.kind = hl_match_kind(&p, &a.alignment);
	hl_read_init(&a.read);
	return a;
}

struct text_row {
	const char *listed, *read, *pairs, *difference, *plates;
};

static const struct text_row text_rows[] = {
	{ "ABC123", "ABC123", "", "all 6 symbols agree", "listed  ABC123\nread    ABC123\n              \n" },
	{ "5SOW750", "5SOW350", "37", "1 of 7 symbols differs: listed 7, read 3 (position 5)",
	  "listed  5SOW750\nread    5SOW350\n            ^  \n" },
	{ "ABC123", "A8C128", "8B38", "2 of 6 symbols differ: listed B, read 8 (position 2); listed 3, read 8 (position 6)",
	  "listed  ABC123\nread    A8C128\n         ^   ^\n" },
	{ "ABC123", "ABC23", "", "1 of 6 symbols differs: listed 1, not read (position 4)", "listed  ABC123\nread    ABC-23\n           ^  \n" },
	{ "ABC123", "ABC12", "", "1 of 6 symbols differs: listed 3, not read (position 6)", "listed  ABC123\nread    ABC12-\n             ^\n" },
	{ "ABC123", "ABCX123", "", "1 of 6 symbols differs: read X, not listed (before position 4)",
	  "listed  ABC-123\nread    ABCX123\n           ^   \n" },
	{ "ABC123", "ABC123Z", "", "1 of 6 symbols differs: read Z, not listed (at the end)", "listed  ABC123-\nread    ABC123Z\n              ^\n" },
	{ "ABC123", "ACB123", "", "2 of 6 symbols differ: listed BC, read CB (positions 2 and 3)",
	  "listed  ABC123\nread    ACB123\n         ^^   \n" },
	{ "AB?123", "ABX128", "38", "1 of 5 symbols differs: listed 3, read 8 (position 6); 1 of the listed plate unknown",
	  "listed  AB?123\nread    ABX128\n             ^\n" },
	{ "AB*23", "ABXYZ23", "", "all 4 symbols agree; 1 of the listed plate unknown", "listed  AB***23\nread    ABXYZ23\n               \n" },
	{ "AB*23", "AB23", "", "all 4 symbols agree; 1 of the listed plate unknown", "listed  AB*23\nread    AB-23\n             \n" },
	{ "*99", "ABC91", "91", "1 of 2 symbols differs: listed 9, read 1 (position 3); 1 of the listed plate unknown",
	  "listed  ***99\nread    ABC91\n            ^\n" },
};

START_TEST(differences_in_words_and_marks)
{
	for (size_t i = 0; i < sizeof text_rows / sizeof text_rows[0]; i++) {
		const struct text_row *t = &text_rows[i];
		struct hl_alert a = alert_of(t->listed, t->read, t->pairs);
		struct hl_buf out = HL_BUF(1024);
		char text[HL_TEXT_LONG];
		hl_alert_difference(&a, text, sizeof text);
		ck_assert_str_eq(text, t->difference);
		hl_alert_plates(&a, "", &out);
		ck_assert_str_eq(hl_buf_text(&out), t->plates);
		hl_buf_fini(&out);
	}
}
END_TEST

START_TEST(an_alternative_is_never_shown_as_what_was_read)
{
	struct hl_alert a = alert_of("5SOW750", "5SOW750", "");
	struct hl_buf out = HL_BUF(1024);
	char text[HL_TEXT_LONG];
	a.kind = HL_KIND_CANDIDATE; /* the alternative agreed; the plate as read was another */
	hl_plate_parse(&a.read.plate, "5S0W75", 6, NULL);
	hl_copy(a.alternative, sizeof a.alternative, "5SOW750");
	hl_alert_difference(&a, text, sizeof text);
	ck_assert_str_eq(text, "the reader's alternative 5SOW750 matched; of its first reading 2 of 7 symbols differ: listed O, read 0 (position 3); listed 0, not read (position 7)");
	hl_alert_plates(&a, "> ", &out);
	ck_assert_str_eq(hl_buf_text(&out), "> listed  5SOW750\n> read    5S0W75-\n>           ^   ^\n");
	hl_buf_fini(&out);
}
END_TEST

START_TEST(small_buffers_cut_and_never_overrun)
{
	struct hl_alert a = alert_of("ABC123", "A8C128", "8B38");
	char text[24];
	memset(text, 'x', sizeof text);
	hl_alert_difference(&a, text, 10);
	ck_assert_str_eq(text, "2 of 6 sy");
	ck_assert_int_eq(text[10], 'x');
	hl_alert_contradictions(&a, text, 1);
	ck_assert_str_eq(text, "");
}
END_TEST

static void contradict(struct hl_alert *a, const char *what, const char *read, const char *listed)
{
	struct hl_contradiction_text *c = &a->contradiction[a->n_contradictions++];
	hl_copy(c->what, sizeof c->what, what);
	hl_copy(c->read, sizeof c->read, read);
	hl_copy(c->listed, sizeof c->listed, listed);
}

static void check_words(const struct hl_alert *a, const char *difference, const char *contradictions)
{
	char text[HL_TEXT_LONG];
	hl_alert_notice(a, text, sizeof text);
	ck_assert_str_eq(text, "NOT VERIFIED: confirm plate, state and vehicle before acting");
	hl_alert_difference(a, text, sizeof text);
	ck_assert_str_eq(text, difference);
	hl_alert_contradictions(a, text, sizeof text);
	ck_assert_str_eq(text, contradictions);
}

START_TEST(green)
{
	struct hl_alert a = alert_of("5SOW750", "5SOW350", "37");
	contradict(&a, "make", "LEXS", "GMC");
	ck_assert_int_eq(a.kind, HL_KIND_CONFUSABLE);
	check_words(&a, "1 of 7 symbols differs: listed 7, read 3 (position 5)", "make: read LEXS, listed GMC");
}
END_TEST

START_TEST(aurora)
{
	struct hl_alert a = alert_of("ABC123", "ABC123", "");
	contradict(&a, "state", "us-co", "us-mt");
	contradict(&a, "type", "suv", "motorcycle");
	ck_assert_int_eq(a.kind, HL_KIND_EXACT);
	check_words(&a, "all 6 symbols agree", "state: read us-co, listed us-mt; type: read suv, listed motorcycle");
}
END_TEST

START_TEST(ids_hang_on_entry_camera_and_read)
{
	char a[HL_ID_TEXT], b[HL_ID_TEXT];
	hl_alert_id("entry", "cam7", "read-1", a);
	hl_alert_id("entry", "cam7", "read-1", b);
	ck_assert_str_eq(a, b);
	ck_assert_uint_eq(strlen(a), HL_ID_TEXT - 1);
	hl_alert_id("entry", "cam", "7read-1", b);
	ck_assert_str_ne(a, b);
	hl_alert_id("entry", "cam7", "read-2", b);
	ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(names)
{
	static const char *const states[] = { "new", "acknowledged", "verified", "confirmed", "closed", "rejected", "withdrawn" };
	static const char *const events[] = { "alert.created", "alert.updated", "alert.escalated", "alert.standdown", "receiver.test", "alert.digest" };
	for (int i = 0; i < HL_ALERT_STATES; i++)
		ck_assert_str_eq(hl_alert_state_name((enum hl_alert_state)i), states[i]);
	for (int i = 0; i < HL_EVENT_TYPES; i++)
		ck_assert_str_eq(hl_event_name((enum hl_event_type)i), events[i]);
	struct hl_alert a = alert_of("ABC123", "ABC123", "");
	hl_copy(a.read.camera, sizeof a.read.camera, "cam7");
	ck_assert_str_eq(hl_alert_place(&a), "cam7");
	hl_copy(a.read.site, sizeof a.read.site, "I-25 N 214");
	ck_assert_str_eq(hl_alert_place(&a), "I-25 N 214");
}
END_TEST

START_TEST(json_as_in_the_contract)
{
	static const char begin[] = "{\"id\":\"k3v7\",\"rev\":1,\"time\":\"2026-11-23T10:00:00.123Z\",\"created\":\"2026-11-23T10:00:00.200Z\",\"state\":\"new\","
				    "\"priority\":1,\"category\":\"stolen\",\"plate_read\":\"5SOW350\",\"plate_listed\":\"5SOW750\","
				    "\"match\":{\"kind\":\"confusable\",\"cost\":0.40,"
				    "\"alignment\":[{\"op\":\"sub\",\"pos\":4,\"rpos\":4,\"read\":\"3\",\"listed\":\"7\",\"cost\":0.40}],"
				    "\"plate_probability\":0.21,\"probability\":0.02,"
				    "\"contradictions\":[{\"what\":\"make\",\"read\":\"LEXS\",\"listed\":\"GMC\"}],\"decision\":\"verify\",\"passage_reads\":4},"
				    "\"entry\":{\"id\":\"e1\",\"revision\":\"r1\",\"list\":\"stolen\",\"list_version\":\"v000042-9f3c\",\"list_age_s\":5400,"
				    "\"plate\":\"5SOW750\",\"state\":\"CA\"";
	static const char end[] = "\"passage\":{\"reads\":3,\"first\":\"2026-11-23T10:00:00.123Z\",\"last\":\"2026-11-23T10:00:01.000Z\"},\"sightings\":[],\"sightings_total\":0,"
				  "\"incident\":\"\",\"rules_version\":\"r-1\",\"channel_version\":\"\","
				  "\"verification\":{\"plate\":null,\"state\":null,\"vehicle\":null},\"joined\":[],\"confirmed\":null,\"steps\":[],\"also\":[],\"acknowledged_by\":null,\"receivers\":[\"desk\",\"north\"],"
				  "\"notice\":\"NOT VERIFIED: confirm plate, state and vehicle before acting\"}";
	struct hl_alert a = alert_of("5SOW750", "5SOW350", "37");
	struct hl_buf out = HL_BUF(65536);
	struct hl_json j;
	contradict(&a, "make", "LEXS", "GMC");
	hl_copy(a.id, sizeof a.id, "k3v7");
	a.time_ms = a.passage_first_ms = 1795428000123;
	a.created_ms = 1795428000200;
	a.passage_last_ms = 1795428001000;
	a.passage_reads = 3;
	a.match_reads = 4;
	a.priority = 1;
	a.plate_probability = 0.21;
	a.probability = 0.02;
	a.decision = HL_VERIFY;
	a.list_age_ms = 5400000;
	hl_copy(a.category, sizeof a.category, "stolen");
	hl_copy(a.entry_id, sizeof a.entry_id, "e1");
	hl_copy(a.entry_revision, sizeof a.entry_revision, "r1");
	hl_copy(a.list, sizeof a.list, "stolen");
	hl_copy(a.list_version, sizeof a.list_version, "v000042-9f3c");
	hl_copy(a.entry[HL_F_PLATE], HL_TEXT_LONG, "5SOW750");
	hl_copy(a.entry[HL_F_STATE], HL_TEXT_LONG, "CA");
	hl_copy(a.rules_version, sizeof a.rules_version, "r-1");
	hl_copy(a.receivers, sizeof a.receivers, "desk north");
	hl_json_init(&j, &out);
	hl_alert_write(&a, &j, NULL);
	const char *text = hl_buf_text(&out);
	ck_assert_msg(!strncmp(text, begin, sizeof begin - 1), "%s", text);
	ck_assert_uint_gt(strlen(text), sizeof end);
	ck_assert_str_eq(text + strlen(text) - sizeof end + 1, end);
	/* Into an object that is open already: the same members without the braces. */
	struct hl_buf inner = HL_BUF(65536);
	hl_json_init(&j, &inner);
	hl_json_open(&j, '{');
	hl_alert_write(&a, &j, "");
	hl_json_close(&j);
	ck_assert_str_eq(hl_buf_text(&inner), text);
	hl_buf_fini(&inner);
	hl_buf_fini(&out);
}
END_TEST

UNIT_MAIN("alert", differences_in_words_and_marks, an_alternative_is_never_shown_as_what_was_read, small_buffers_cut_and_never_overrun, green, aurora,
	  ids_hang_on_entry_camera_and_read, names, json_as_in_the_contract)
