/* test_decide.c: from reads to hits: budgets of each list, alternatives, one hit per (read, entry), time, order. That the
 * index changes nothing in this is shown by test_decide_random.c.
 */
#include "catalog_fixture.h"
#include "unit.h"

static const char *const stolen[] = { "ABC123", "A8C123", "XYZ789", "AB?999" };
static const char *const amber[] = { "ABC123", "QQQ111" };

static struct hl_catalog *two_lists(const char *rules)
{
	const char *const names[] = { "stolen", "amber" };
	struct hl_snapshot *s[] = { plates_of("stolen", stolen, 4), plates_of("amber", amber, 2) };
	return catalog_of(rules, names, s, 2, NULL);
}

/* The hits of r without their probabilities: "list plate kind cost decision; …". */
static char *brief(const struct hl_catalog *c, const struct hl_read *r)
{
	struct hl_buf out = HL_BUF(65536);
	struct hl_decider *d = hl_decider_new();
	const struct hl_hit *h;
	size_t n = hl_decide(c, d, r, 1, &(struct hl_decide_opts){ .now_ms = HL_NO_TIME }, &h);
	for (size_t i = 0; i < n; i++) {
		char plate[HL_PLATE_MAX + 1], as_read[HL_PLATE_MAX + 1];
		hl_pattern_text(hl_snapshot_pattern(c->list[h[i].list].snapshot, h[i].entry), plate);
		hl_plate_text(&h[i].as_read, as_read);
		hl_buf_printf(&out, "%s %s %s %s %d; ", c->list[h[i].list].name, plate, as_read, hl_kind_name(h[i].kind), h[i].cost);
	}
	hl_decider_free(&d);
	return hl_buf_steal(&out);
}

struct brief_row {
	const char *rules, *plate, *candidates, *expected; /* candidates: separated by blanks */
};

#define TABLE "confusions: {pairs: [{listed: B, read: \"8\", cost: 0.3}]}\n"

static const struct brief_row brief_rows[] = {
	{ TABLE "match: {max_cost: 0}", "ABC123", "", "amber ABC123 ABC123 exact 0; stolen ABC123 ABC123 exact 0; " },
	{ TABLE "match: {max_cost: 0.3}", "A8C123", "", "amber ABC123 A8C123 confusable 30; stolen A8C123 A8C123 exact 0; stolen ABC123 A8C123 confusable 30; " },
	{ TABLE "match: {max_cost: 0.29}", "A8C123", "", "stolen A8C123 A8C123 exact 0; " },
	{ TABLE "match: {max_cost: 1.0}", "ABX999", "", "stolen AB?999 ABX999 wildcard 0; " },
	{ TABLE "match: {max_cost: 1.0}", "AB999", "", "stolen AB?999 AB999 wildcard 100; " },
	/* A list's own budget. */
	{ TABLE "match: {max_cost: 0}\nlists: {amber: {match: {max_cost: 1.0}}}", "QQQ11", "", "amber QQQ111 QQQ11 edit 100; " },
	{ TABLE "match: {max_cost: 1.0}\nlists: {amber: {match: {max_cost: 0.9}}}", "QQQ11", "", "" },
	/* Alternatives: their own budget, whatever max_cost is. */
	{ TABLE "match: {max_cost: 0}", "ZZZ", "QQQ11", "amber QQQ111 QQQ11 candidate 100; " },
	{ TABLE "match: {max_cost: 0, candidate_cost: 0.9}", "ZZZ", "QQQ11 QQQ111", "amber QQQ111 QQQ111 candidate 0; " },
	{ TABLE "match: {max_cost: 2.0, candidates: 0}", "ZZZ", "QQQ111", "" },
	{ TABLE "match: {max_cost: 0, candidates: 1}", "ZZZ", "YYY QQQ111", "" },
	{ TABLE "match: {max_cost: 0, candidates: 2}", "ZZZ", "YYY QQQ111", "amber QQQ111 QQQ111 candidate 0; " },
	{ TABLE "match: {max_cost: 0, candidates: 1}\nlists: {stolen: {match: {candidates: 2}}}", "ZZZ", "YYY ABC123",
	  "stolen A8C123 ABC123 candidate 100; stolen ABC123 ABC123 candidate 0; " },
	/* Least cost first; the plate as read before an alternative of the same cost. */
	{ TABLE "match: {max_cost: 1.0}", "QQQ11", "QQQ111", "amber QQQ111 QQQ111 candidate 0; " },
	{ TABLE "match: {max_cost: 1.0}", "QQQ11", "QQQ1112 QQQ112", "amber QQQ111 QQQ11 edit 100; " },
	{ TABLE "match: {max_cost: 0}", "ZZZ", "QQQ112 QQQ11", "amber QQQ111 QQQ112 candidate 100; " },
	/* A camera's own budget, in place of the list's, but not of what is said for the list at the camera. */
	{ TABLE "match: {max_cost: 0}\ncameras: {cam7: {match: {max_cost: 1.0}}}", "QQQ11", "", "amber QQQ111 QQQ11 edit 100; " },
	{ TABLE "match: {max_cost: 0}\ncameras: {cam8: {match: {max_cost: 1.0}}}", "QQQ11", "", "" },
	{ TABLE "match: {max_cost: 1.0}\ncameras: {cam7: {match: {max_cost: 0.99}}}", "QQQ11", "", "" },
	{ TABLE "lists: {amber: {match: {max_cost: 0}}}\ncameras: {cam7: {match: {max_cost: 1.0}}}", "QQQ11", "", "amber QQQ111 QQQ11 edit 100; " },
	{ TABLE "lists: {amber: {}}\ncameras: {cam7: {match: {max_cost: 1.0}, lists: {amber: {match: {max_cost: 0}}}}}", "QQQ11", "", "" },
	{ TABLE "match: {max_cost: 0}\nlists: {stolen: {}}\ncameras: {cam7: {lists: {stolen: {match: {max_cost: 0.3}}}}}", "A8C123", "",
	  "stolen A8C123 A8C123 exact 0; stolen ABC123 A8C123 confusable 30; " },
	{ TABLE "match: {max_cost: 0, candidates: 0}\ncameras: {cam7: {match: {candidates: 1, candidate_cost: 0}}}", "ZZZ", "QQQ111 XYZ789",
	  "amber QQQ111 QQQ111 candidate 0; " },
	{ TABLE "match: {max_cost: 0}\ncameras: {cam7: {match: {candidates: 0}}}", "ZZZ", "QQQ111", "" },
	/* Nothing was read. */
	{ TABLE "match: {max_cost: 2.0}", "--", "ABC123", "" },
};

START_TEST(budgets_and_alternatives)
{
	for (size_t i = 0; i < sizeof brief_rows / sizeof brief_rows[0]; i++) {
		const struct brief_row *b = &brief_rows[i];
		struct hl_catalog *c = two_lists(b->rules);
		struct hl_read r = read_of(b->plate);
		for (const char *s = b->candidates; *s;) {
			size_t n = strcspn(s, " ");
			hl_read_add_candidate(&r, s, n, 0.5);
			s += n + (s[n] == ' ');
		}
		char *is = brief(c, &r);
		ck_assert_msg(!strcmp(is, b->expected), "row %zu: %s", i, is);
		free(is);
		hl_catalog_unref(&c);
	}
}
END_TEST

/* A string of `chars` counts as the reader's first alternative, also where the reader names it last. */
START_TEST(strings_of_chars)
{
	struct hl_catalog *c = two_lists("match: {max_cost: 0, candidates: 1, candidate_cost: 0}");
	struct hl_read r = read_of("QQQ11L");
	r.n_slots = 6;
	for (unsigned i = 0; i < 6; i++)
		r.slot[i] = (struct hl_read_slot){ .n = 2, .sym = { r.plate.sym[i], i == 5 ? 1 : 30 }, .p = { 0.6f, i == 5 ? 0.4f : 0.001f } };
	hl_read_add_candidate(&r, "YYY", 3, 0.5);
	hl_read_add_candidate(&r, "QQQ111", 6, 0.4);
	char *is = brief(c, &r);
	ck_assert_str_eq(is, "amber QQQ111 QQQ111 candidate 0; ");
	free(is);
	hl_catalog_unref(&c);
	c = two_lists("match: {max_cost: 0, candidates: 0}");
	is = brief(c, &r);
	ck_assert_str_eq(is, "");
	free(is);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(entries_live_from_start_to_expiry)
{
	static const struct { int64_t starts, expires; bool there; } rows[] = {
		{ HL_NO_TIME, HL_NO_TIME, true }, { 1795428000000, HL_NO_TIME, true }, { 1795428000001, HL_NO_TIME, false },
		{ HL_NO_TIME, 1795428000001, true }, { HL_NO_TIME, 1795428000000, false },
	};
	const char *const name = "stolen";
	struct hl_read r = read_of("ABC123");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct hl_entry e = entry_of("stolen", "ABC123", "stolen", "");
		e.starts_ms = rows[i].starts;
		e.expires_ms = rows[i].expires;
		hl_entry_identify(&e, "stolen");
		struct hl_snapshot *s = snapshot_of(&e, 1);
		struct hl_catalog *c = catalog_of("version: 1\n", &name, &s, 1, NULL);
		char *is = brief(c, &r);
		ck_assert_msg((is[0] != 0) == rows[i].there, "row %zu", i);
		free(is);
		hl_catalog_unref(&c);
	}
}
END_TEST

static struct hl_hit first_hit(const struct hl_catalog *c, const struct hl_read *r, int64_t now_ms)
{
	struct hl_decider *d = hl_decider_new();
	const struct hl_hit *h;
	ck_assert_uint_ge(hl_decide(c, d, r, 1, &(struct hl_decide_opts){ .now_ms = now_ms }, &h), 1);
	struct hl_hit hit = h[0];
	hl_decider_free(&d);
	return hit;
}

/* The thresholds of the decision, too; each read of a batch has those of its own camera. */
START_TEST(each_camera_decides_by_its_own)
{
	struct hl_catalog *c = two_lists("match: {min_probability: 0, alert_probability: 0, max_cost: 0}\nlists: {amber: {match: {alert_probability: 1}}, stolen: {}}\n"
					 "cameras:\n  cam7: {match: {alert_probability: 1}}\n"
					 "  cam9: {match: {alert_probability: 0.99999999}, lists: {stolen: {match: {alert_probability: 0}}}}\n");
	static const struct { const char *camera; enum hl_decision amber, stolen; } rows[] = {
		{ "cam6", HL_VERIFY, HL_ALERT }, { "cam7", HL_VERIFY, HL_VERIFY }, { "cam8", HL_VERIFY, HL_ALERT }, { "cam9", HL_VERIFY, HL_ALERT }, { "cam7", HL_VERIFY, HL_VERIFY },
	};
	enum { N = sizeof rows / sizeof rows[0] };
	struct hl_read *r = hl_calloc(N, sizeof *r);
	struct hl_decider *d = hl_decider_new();
	const struct hl_hit *h;
	for (size_t i = 0; i < N; i++) {
		r[i] = read_of("ABC123");
		hl_copy(r[i].camera, sizeof r[i].camera, rows[i].camera);
	}
	ck_assert_uint_eq(hl_decide(c, d, r, N, &(struct hl_decide_opts){ .now_ms = HL_NO_TIME }, &h), 2 * N);
	for (size_t i = 0; i < 2 * N; i++)
		ck_assert_msg(h[i].decision == (i % 2 ? rows[i / 2].stolen : rows[i / 2].amber), "row %zu", i);
	hl_decider_free(&d);
	free(r);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(late_reads_are_to_be_verified)
{
	const char *const name = "stolen", *const plate = "ABC1234";
	struct hl_snapshot *s = plates_of("stolen", &plate, 1);
	struct hl_catalog *c = catalog_of("lists: {stolen: {base_rate: 0.01, priority: 2}}\nalerts: {late_after: 10m}\n", &name, &s, 1, NULL);
	struct hl_read r = read_of("ABC1234");
	struct hl_hit h = first_hit(c, &r, r.time_ms + 600000);
	ck_assert_int_eq(h.decision, HL_ALERT);
	ck_assert_int_eq(h.priority, 2);
	ck_assert(!h.late);
	h = first_hit(c, &r, r.time_ms + 600001);
	ck_assert_int_eq(h.decision, HL_VERIFY);
	ck_assert(h.late);
	h = first_hit(c, &r, HL_NO_TIME);
	ck_assert_int_eq(h.decision, HL_ALERT);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(a_contradiction_by_policy)
{
	static const struct { const char *policy; enum hl_decision decision; unsigned bits; } rows[] = {
		{ "verify", HL_VERIFY, 1u << HL_C_STATE }, { "drop", HL_DROP, 1u << HL_C_STATE }, { "ignore", HL_ALERT, 0 },
	};
	const char *const name = "stolen";
	struct hl_read r = read_of("ABC1234");
	hl_copy(r.region, sizeof r.region, "us-co");
	for (size_t i = 0; i < 3; i++) {
		char rules[256];
		struct hl_entry e = entry_of("stolen", "ABC1234", "stolen", "");
		e.f[HL_F_STATE] = "MT";
		hl_entry_identify(&e, "stolen");
		struct hl_snapshot *s = snapshot_of(&e, 1);
		snprintf(rules, sizeof rules, "lists: {stolen: {base_rate: 0.05}}\nmatch: {min_probability: 0, alert_probability: 0}\nalerts: {contradictions: %s}\n",
			 rows[i].policy);
		struct hl_catalog *c = catalog_of(rules, &name, &s, 1, NULL);
		struct hl_hit h = first_hit(c, &r, HL_NO_TIME);
		ck_assert_msg(h.decision == rows[i].decision && h.contradictions == rows[i].bits, "%s: %d", rows[i].policy, (int)h.decision);
		hl_catalog_unref(&c);
	}
}
END_TEST

START_TEST(the_line_of_match)
{
	struct hl_catalog *c = two_lists(TABLE);
	struct hl_read r = read_of("a8c-123");
	char *is = lines_of(c, &r, 1, 1, false, false);
	static const char begin[] = "{\"read\":1,\"plate_read\":\"A8C123\",\"list\":\"amber\",\"plate_listed\":\"ABC123\",\"kind\":\"confusable\",\"cost\":0.30,"
				    "\"plate_probability\":0.";
	ck_assert_msg(!strncmp(is, begin, sizeof begin - 1), "%s", is);
	ck_assert_ptr_nonnull(strstr(is, ",\"decision\":\"drop\"}\n"));
	free(is);
	is = lines_of(c, &r, 1, 1, false, true);
	ck_assert_ptr_nonnull(strstr(is, "\"thresholds\":{\"max_cost\":1.00,\"candidate_cost\":1.00,\"candidates\":10,"));
	ck_assert_ptr_nonnull(strstr(is, "\"alignment\":[{\"op\":\"sub\",\"pos\":1,\"rpos\":1,\"read\":\"8\",\"listed\":\"B\",\"cost\":0.30}]"));
	free(is);
	hl_catalog_unref(&c);
}
END_TEST

UNIT_MAIN("decide", each_camera_decides_by_its_own, budgets_and_alternatives, strings_of_chars, entries_live_from_start_to_expiry, late_reads_are_to_be_verified,
	  a_contradiction_by_policy, the_line_of_match)
