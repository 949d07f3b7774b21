/* test_messages.c: what people read of each kind of alert, as golden files: tests/data/golden/messages. */
#include "channel_fixture.h"
#include "golden/golden.h"
#include "unit.h"

#include <stdio.h>

enum { MINUTE = 60000 };

/* An exact match with nothing against it. */
static void exact(struct hl_alert *a)
{
	fixture_alert(a);
	hl_copy(a->plate_read, sizeof a->plate_read, a->plate_listed);
	ck_assert_int_eq(hl_plate_parse(&a->read.plate, a->plate_read, strlen(a->plate_read), NULL), HL_OK);
	a->kind = HL_KIND_EXACT;
	a->n_contradictions = 0;
	a->plate_probability = 0.9993;
	a->probability = 0.9981;
	a->decision = HL_ALERT;
	hl_copy(a->read.region, sizeof a->read.region, "us-ca");
	hl_copy(a->read.vehicle.color, sizeof a->read.vehicle.color, "BLU");
	hl_copy(a->read.vehicle.make, sizeof a->read.vehicle.make, "GMC");
	hl_copy(a->read.vehicle.type, sizeof a->read.vehicle.type, "truck");
	hl_copy(a->read.image, sizeof a->read.image, "https://cams.example/i/cam7-000123.jpg");
	hl_copy(a->entry[HL_F_MAKE], HL_TEXT_LONG, "GMC");
	hl_copy(a->entry[HL_F_TYPE], HL_TEXT_LONG, "truck");
	hl_copy(a->entry[HL_F_YEAR], HL_TEXT_LONG, "2011");
	hl_copy(a->entry[HL_F_INSTRUCTIONS], HL_TEXT_LONG, "hold for METRO; do not search");
	fixture_align(a);
}

START_TEST(test_exact)
{
	static const char *const secret[] = { "5SOW", "METRO", "26-1234", "driveway", "GMC", "cams.example", "cam7", NULL };
	struct hl_alert a;
	exact(&a);
	golden_check("exact", &a, HL_EVENT_CREATED);
	golden_check_minimal("exact-minimal", &a, HL_EVENT_CREATED, secret);
}
END_TEST

START_TEST(test_confusable)
{
	struct hl_alert a;
	exact(&a);
	a.kind = HL_KIND_CONFUSABLE;
	a.decision = HL_VERIFY;
	a.plate_probability = 0.21;
	a.probability = 0.19;
	hl_copy(a.plate_read, sizeof a.plate_read, "5SOW350");
	fixture_align(&a);
	golden_check("confusable", &a, HL_EVENT_CREATED);
	hl_copy(a.plate_read, sizeof a.plate_read, "5SO3750X"); /* an inserted, a changed symbol */
	a.kind = HL_KIND_EDIT;
	fixture_align(&a);
	golden_check("edit", &a, HL_EVENT_CREATED);
}
END_TEST

START_TEST(test_contradicted)
{
	static const char *const secret[] = { "5SOW", "METRO", "26-1234", "LEXS", NULL };
	struct hl_alert a;
	fixture_alert(&a);
	a.n_contradictions = 2;
	hl_copy(a.contradiction[1].what, sizeof a.contradiction[1].what, "type");
	hl_copy(a.contradiction[1].read, sizeof a.contradiction[1].read, "sedan");
	hl_copy(a.contradiction[1].listed, sizeof a.contradiction[1].listed, "truck");
	golden_check("contradicted", &a, HL_EVENT_CREATED);
	golden_check_minimal("contradicted-minimal", &a, HL_EVENT_UPDATED, secret);
}
END_TEST

START_TEST(test_late)
{
	struct hl_alert a;
	exact(&a);
	a.decision = HL_VERIFY;
	a.read.late = true;
	golden_check("late", &a, HL_EVENT_CREATED);
	a.read.late = false;
	a.read.clock_suspect = true;
	golden_check("clock", &a, HL_EVENT_CREATED);
}
END_TEST

START_TEST(test_wildcard)
{
	struct hl_alert a;
	exact(&a);
	a.kind = HL_KIND_WILDCARD;
	a.decision = HL_VERIFY;
	hl_copy(a.plate_listed, sizeof a.plate_listed, "5SO?7*");
	fixture_align(&a);
	golden_check("wildcard", &a, HL_EVENT_CREATED);
}
END_TEST

START_TEST(test_candidate)
{
	struct hl_alert a;
	exact(&a);
	a.kind = HL_KIND_CANDIDATE;
	a.decision = HL_VERIFY;
	hl_copy(a.plate_read, sizeof a.plate_read, "5SOW350");
	hl_copy(a.alternative, sizeof a.alternative, "5SOW750");
	ck_assert_int_eq(hl_plate_parse(&a.read.plate, a.plate_read, strlen(a.plate_read), NULL), HL_OK);
	golden_check("candidate", &a, HL_EVENT_CREATED);
}
END_TEST

START_TEST(test_cleared)
{
	struct hl_alert a;
	exact(&a);
	a.decision = HL_VERIFY;
	hl_copy(a.cleared_note, sizeof a.cleared_note, "cleared 2026-11-01 by smith");
	golden_check("cleared", &a, HL_EVENT_CREATED);
}
END_TEST

static void verified(struct hl_alert *a)
{
	exact(a);
	a->state = HL_ST_VERIFIED;
	a->rev = 5;
	hl_copy(a->acknowledged_by, sizeof a->acknowledged_by, "smith");
	a->acknowledged_ms = a->created_ms + MINUTE;
	for (int p = 0; p < HL_VERIFIED_PARTS; p++) {
		a->life.verification[p].result = HL_VR_AGREES;
		a->life.verification[p].at_ms = a->created_ms + 2 * MINUTE;
		hl_copy(a->life.verification[p].by, HL_TEXT_SHORT, "smith");
	}
}

START_TEST(test_verified)
{
	static const char *const secret[] = { "5SOW", "METRO", "26-1234", "A-77", NULL };
	struct hl_alert a;
	verified(&a);
	golden_check("verified", &a, HL_EVENT_UPDATED);
	a.state = HL_ST_CONFIRMED;
	hl_copy(a.life.confirmed.by, HL_TEXT_SHORT, "jones");
	hl_copy(a.life.confirmed.source, HL_TEXT_LONG, "METRO dispatch");
	hl_copy(a.life.confirmed.reference, HL_TEXT_LONG, "call A-77 of 10:05");
	a.life.confirmed.at_ms = a.created_ms + 5 * MINUTE;
	golden_check("confirmed", &a, HL_EVENT_UPDATED);
	golden_check_minimal("confirmed-minimal", &a, HL_EVENT_UPDATED, secret);
}
END_TEST

START_TEST(test_standdown)
{
	static const char *const secret[] = { "5SOW", "26-1234", NULL };
	struct hl_alert a;
	exact(&a);
	a.state = HL_ST_WITHDRAWN;
	hl_copy(a.closed_reason, sizeof a.closed_reason, "expired");
	hl_copy(a.standdown, sizeof a.standdown, "expired 2026-11-23T10:04:00Z");
	golden_check("standdown-expired", &a, HL_EVENT_STANDDOWN);
	hl_copy(a.closed_reason, sizeof a.closed_reason, "withdrawn");
	hl_copy(a.closed_by, sizeof a.closed_by, "metro-desk");
	hl_copy(a.standdown, sizeof a.standdown, "withdrawn by metro-desk: vehicle recovered");
	golden_check("standdown-withdrawn", &a, HL_EVENT_STANDDOWN);
	golden_check_minimal("standdown-minimal", &a, HL_EVENT_STANDDOWN, secret);
	a.state = HL_ST_REJECTED;
	hl_copy(a.closed_reason, sizeof a.closed_reason, "misread");
	hl_copy(a.closed_by, sizeof a.closed_by, "smith");
	hl_copy(a.plate_seen, sizeof a.plate_seen, "5SOW35O");
	a.standdown[0] = 0;
	golden_check("standdown-misread", &a, HL_EVENT_STANDDOWN);
}
END_TEST

START_TEST(test_escalated)
{
	struct hl_alert a;
	exact(&a);
	a.life.escalation = (struct hl_escalation){ .step = 1, .at_ms = a.created_ms + 2 * MINUTE, .told = "sergeant" };
	hl_copy(a.life.why, sizeof a.life.why, "not acknowledged for 2 min");
	a.life.why_rev = a.rev;
	golden_check("escalated", &a, HL_EVENT_ESCALATED);
}
END_TEST

/* Several entries of one vehicle in one notice. */
START_TEST(test_several_entries)
{
	struct hl_alert a;
	exact(&a);
	a.life.n_also = 2;
	a.life.also[0] = (struct hl_also){ .priority = 2 };
	a.life.also[1] = (struct hl_also){ .priority = 5 };
	hl_copy(a.life.also[0].list, HL_NAME, "felony");
	hl_copy(a.life.also[0].category, HL_TEXT_SHORT, "felony");
	hl_copy(a.life.also[0].plate_listed, HL_READ_PLATE, "5SOW750");
	hl_copy(a.life.also[1].list, HL_NAME, "scofflaw");
	hl_copy(a.life.also[1].plate_listed, HL_READ_PLATE, "5S0W750");
	golden_check("several-entries", &a, HL_EVENT_CREATED);
}
END_TEST

START_TEST(test_sightings)
{
	static const char *const secret[] = { "5SOW", "METRO", NULL };
	struct hl_alert a;
	exact(&a);
	a.life.sightings = 12;
	a.life.n_sightings = 2;
	for (int i = 0; i < 2; i++) {
		struct hl_sighting *s = &a.life.sighting[i];
		*s = (struct hl_sighting){ .time_ms = a.time_ms + (i + 1) * 7 * MINUTE, .decision = HL_ALERT };
		hl_copy(s->camera, sizeof s->camera, i ? "cam12" : "cam9");
		hl_copy(s->site, sizeof s->site, i ? "" : "I-25 N 220");
		hl_copy(s->plate_read, sizeof s->plate_read, "5SOW750");
	}
	golden_check("sightings", &a, HL_EVENT_UPDATED);
	golden_check_minimal("sightings-minimal", &a, HL_EVENT_UPDATED, secret);
	hl_copy(a.life.sighting[1].plate_read, HL_READ_PLATE, "5SOW759");
	hl_copy(a.entry[HL_F_EXPIRES], sizeof a.entry[HL_F_EXPIRES], "2026-11-24T10:00:00.000Z");
	a.entry_expires_ms = a.time_ms + 1440 * MINUTE;
	golden_check("sighting-read-otherwise", &a, HL_EVENT_UPDATED);
	golden_check_minimal("sighting-read-otherwise-minimal", &a, HL_EVENT_UPDATED, secret);
}
END_TEST

/* Texts from outside that would be markup, a header, or another alphabet. */
START_TEST(test_hostile)
{
	static const char evil[] = "<b onload=\"x\">&amp; 'q'\r\nBcc: e@x.example {{AGE}} \xe2\x80\xae" "abc \xff </td></table><script>alert(1)</script>";
	struct hl_alert a;
	fixture_alert(&a);
	hl_copy(a.category, sizeof a.category, evil);
	hl_copy(a.read.site, sizeof a.read.site, evil);
	hl_copy(a.read.image, sizeof a.read.image, "javascript:alert(1)");
	hl_copy(a.contradiction[0].read, sizeof a.contradiction[0].read, "<i>LEXS");
	for (size_t i = 0; i < HL_FIELDS_KEPT; i++)
		hl_copy(a.entry[i], HL_TEXT_LONG, evil);
	hl_copy(a.entry[HL_F_NOTE], HL_TEXT_LONG, "Grüße, 漢字, العربية");
	golden_check("hostile", &a, HL_EVENT_CREATED);
}
END_TEST

START_TEST(test_languages)
{
	struct hl_alert a;
	fixture_alert(&a);
	golden_check_template("contradicted-de", &a, HL_EVENT_CREATED, "templates/de.txt");
	golden_check_template("contradicted-es", &a, HL_EVENT_ESCALATED, "templates/es.txt");
	a.state = HL_ST_WITHDRAWN;
	hl_copy(a.closed_reason, sizeof a.closed_reason, "absent");
	hl_copy(a.standdown, sizeof a.standdown, "not in v000043");
	golden_check_template("standdown-de", &a, HL_EVENT_STANDDOWN, "templates/de.txt");
}
END_TEST

UNIT_MAIN("messages", test_exact, test_confusable, test_contradicted, test_late, test_wildcard, test_candidate, test_cleared, test_verified, test_standdown, test_escalated,
	  test_several_entries, test_sightings, test_hostile, test_languages)
