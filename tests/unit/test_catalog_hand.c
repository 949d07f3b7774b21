/* test_catalog_hand.c: entries added and withdrawn by hand in the catalog: matched as entries of their list, without building anything large, and told of by
 * their id.
 */
#include "state_fixture.h"
#include "unit.h"

static const char *const plates[] = { "ABC123", "XYZ789" };
static const int64_t ten = 1795428000000, hour = 3600000; /* ten: when read_of reads */

static void by_hand(enum hl_hand_op op, const struct hl_entry *e, bool mask, const char *why)
{
	struct hl_hand_change c = { .op = op, .entry = e, .mask = mask, .version = "v000001", .by = "smith", .why = why, .time_ms = ten - hour };
	struct hl_err err;
	ck_assert_msg(!hl_hand_write(tmp_path("state"), "stolen", &c, 1, NULL, &err), "%s", err.text);
}

static struct hl_entry timed(const char *plate, const char *note, int64_t starts_ms, int64_t expires_ms)
{
	static char text[16][HL_TIME_TEXT];
	static unsigned turn;
	struct hl_entry e = entry_of("stolen", plate, "stolen", note);
	char *s = text[turn++ % 16], *x = text[turn++ % 16];
	hl_time_format(starts_ms, s);
	hl_time_format(expires_ms, x);
	e.starts_ms = starts_ms;
	e.expires_ms = expires_ms;
	e.f[HL_F_STARTS] = s;
	e.f[HL_F_EXPIRES] = x;
	hl_entry_identify(&e, "stolen");
	return e;
}

/* The catalog with the layer as it is now; takes before. */
static struct hl_catalog *again(struct hl_catalog *before)
{
	struct hl_catalog *c;
	struct hl_err err;
	ck_assert_msg(!hl_catalog_hand(&c, before, "stolen", &err), "%s", err.text);
	hl_catalog_unref(&before);
	return c;
}

/* Hits of a plate read at a time; *version is the last one's list version. */
static size_t hits(const struct hl_catalog *c, const char *plate, int64_t at_ms, const char **version)
{
	struct hl_decider *d = hl_decider_new();
	struct hl_decide_opts o = { .now_ms = HL_NO_TIME };
	struct hl_read r = read_of(plate);
	const struct hl_hit *h;
	r.time_ms = at_ms;
	size_t n = hl_decide(c, d, &r, 1, &o, &h), exact = 0;
	for (size_t i = 0; i < n; i++) {
		if (h[i].kind != HL_KIND_EXACT)
			continue;
		exact++;
		ck_assert_str_eq(c->list[h[i].list].name, "stolen");
		if (version)
			*version = c->list[h[i].list].version.id;
	}
	hl_decider_free(&d);
	return exact;
}

static struct hl_catalog *loaded(void)
{
	struct hl_catalog *c;
	set_up();
	import("stolen", plates, 2);
	char *faults = load_faults(&c, NULL);
	ck_assert_str_eq(faults, "");
	free(faults);
	return c;
}

START_TEST(an_entry_by_hand_is_one_of_its_list)
{
	struct hl_catalog *c = loaded();
	const char *version = NULL;
	struct hl_entry e = timed("QQQ111", "", ten - hour, ten + hour);
	double prior = c->list[0].prior;
	by_hand(HL_HAND_ADD, &e, false, "bank");
	const struct hl_index *large = c->segment[0].index;
	const struct hl_snapshot *map = c->list[0].snapshot;
	ck_assert_uint_eq(hits(c, "QQQ111", ten, NULL), 0);
	c = again(c);
	ck_assert_uint_eq(c->n_lists, 2);
	ck_assert_uint_eq(hl_catalog_names(c), 1);
	ck_assert_uint_eq(c->n_segments, 2);
	ck_assert_ptr_eq(c->segment[0].index, large);
	ck_assert_ptr_eq(c->list[0].snapshot, map);
	ck_assert_double_lt(c->list[0].prior, prior + 1e-12);
	ck_assert_double_eq(c->list[0].prior, c->list[1].prior);
	ck_assert_uint_eq(hits(c, "QQQ111", ten, &version), 1);
	ck_assert_str_eq(version, "hand-000001");
	ck_assert_uint_eq(hits(c, "ABC123", ten, &version), 1);
	ck_assert_int_eq(strncmp(version, "v000001-", 8), 0);
	/* By the time of the read, whatever was loaded when. */
	ck_assert_uint_eq(hits(c, "QQQ111", ten - hour - 1, NULL), 0);
	ck_assert_uint_eq(hits(c, "QQQ111", ten + hour - 1, NULL), 1);
	ck_assert_uint_eq(hits(c, "QQQ111", ten + hour, NULL), 0);
	/* It survives the next upload, and a start. */
	struct hl_catalog *next;
	struct hl_err err;
	import("stolen", plates, 1);
	ck_assert_msg(!hl_catalog_refresh(&next, c, NULL, &err), "%s", err.text);
	hl_catalog_unref(&c);
	ck_assert_uint_eq(hits(next, "QQQ111", ten, NULL), 1);
	ck_assert_uint_eq(hits(next, "XYZ789", ten, NULL), 0);
	hl_catalog_unref(&next);
	free(load_faults(&c, NULL));
	ck_assert_uint_eq(hits(c, "QQQ111", ten, NULL), 1);
	by_hand(HL_HAND_WITHDRAW, &e, false, "found");
	c = again(c);
	ck_assert_uint_eq(hits(c, "QQQ111", ten, NULL), 0);
	ck_assert_uint_eq(c->n_segments, 1);
	hl_catalog_unref(&c);
	tmp_remove();
}
END_TEST

START_TEST(a_list_may_be_by_hand_alone)
{
	struct hl_catalog *c;
	struct hl_entry e = timed("QQQ111", "", ten - hour, ten + hour);
	set_up();
	free(load_faults(&c, NULL));
	by_hand(HL_HAND_ADD, &e, false, "bank");
	c = again(c);
	ck_assert_uint_eq(c->n_lists, 1);
	ck_assert_uint_eq(hits(c, "QQQ111", ten, NULL), 1);
	ck_assert_ptr_null(hl_catalog_list(c, "stolen", false));
	ck_assert_uint_eq(hl_catalog_list(c, "stolen", true)->hand->listed, 1);
	by_hand(HL_HAND_WITHDRAW, &e, false, "found");
	c = again(c);
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", e.id, ten, NULL), HL_LISTED_WITHDRAWN);
	hl_catalog_unref(&c);
	tmp_remove();
}
END_TEST

/* The first entry of a list that had nothing, made while a large catalog was under way, is not lost when that one takes its place. */
START_TEST(a_first_entry_by_hand_reaches_a_catalog_made_before_it)
{
	struct hl_catalog *made = loaded(), *c;
	struct hl_entry e = entry_of("felony", "QQQ111", "felony", "");
	struct hl_hand_change add = { .op = HL_HAND_ADD, .entry = &e, .by = "smith", .why = "bank", .time_ms = ten - hour };
	struct hl_err err;
	ck_assert_int_eq(hl_catalog_entry(made, "felony", e.id, ten, NULL), HL_LISTED_ABSENT);
	ck_assert_msg(!hl_hand_write(tmp_path("state"), "felony", &add, 1, NULL, &err), "%s", err.text);
	ck_assert_msg(!hl_catalog_hand(&c, made, NULL, &err), "%s", err.text);
	ck_assert_int_eq(hl_catalog_entry(c, "felony", e.id, ten, NULL), HL_LISTED);
	ck_assert_uint_eq(hl_catalog_names(c), 2);
	hl_catalog_unref(&made);
	hl_catalog_unref(&c);
	tmp_remove();
}
END_TEST

/* The same id by hand and in the version: one hit; by hand while that holds, the version's before and after. */
START_TEST(one_entry_never_hits_twice)
{
	struct hl_catalog *c = loaded();
	const char *version = NULL;
	struct hl_listing l;
	struct hl_entry e = timed("ABC123", "more is known", ten, ten + hour);
	by_hand(HL_HAND_ADD, &e, false, "more is known");
	c = again(c);
	ck_assert_uint_eq(hits(c, "ABC123", ten - 1, &version), 1);
	ck_assert_int_eq(version[0], 'v');
	ck_assert_uint_eq(hits(c, "ABC123", ten, &version), 1);
	ck_assert_str_eq(version, "hand-000001");
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", e.id, ten, &l), HL_LISTED);
	ck_assert(l.by_hand);
	ck_assert_str_eq(l.revision, e.revision);
	ck_assert_str_eq(l.version, "hand-000001");
	ck_assert_int_eq(l.expires_ms, ten + hour);
	ck_assert_uint_eq(hits(c, "ABC123", ten + hour, &version), 1);
	ck_assert_int_eq(version[0], 'v');
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", e.id, ten + hour, &l), HL_LISTED);
	ck_assert(!l.by_hand);
	hl_catalog_unref(&c);
	tmp_remove();
}
END_TEST

START_TEST(a_withdrawn_entry_does_not_hit)
{
	struct hl_catalog *c = loaded();
	struct hl_listing l;
	struct hl_entry e = entry_of("stolen", "ABC123", "stolen", ""), other = entry_of("stolen", "XYZ789", "stolen", "another revision");
	by_hand(HL_HAND_WITHDRAW, &e, true, "recovered");
	by_hand(HL_HAND_WITHDRAW, &other, true, "recovered");
	c = again(c);
	ck_assert_uint_eq(hits(c, "ABC123", ten, NULL), 0);
	ck_assert_uint_eq(hits(c, "XYZ789", ten, NULL), 1);
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", e.id, ten, &l), HL_LISTED_WITHDRAWN);
	ck_assert(!l.by_hand);
	ck_assert_str_eq(l.by, "smith");
	ck_assert_str_eq(l.why, "recovered");
	ck_assert_int_eq(l.withdrawn_ms, ten - hour);
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", other.id, ten, &l), HL_LISTED);
	ck_assert_str_eq(l.by, "");
	/* The same content in a new version: it stays withdrawn. */
	struct hl_catalog *next;
	struct hl_err err;
	import("stolen", plates, 1);
	ck_assert_msg(!hl_catalog_refresh(&next, c, NULL, &err), "%s", err.text);
	hl_catalog_unref(&c);
	ck_assert_uint_eq(hits(next, "ABC123", ten, NULL), 0);
	ck_assert_int_eq(hl_catalog_entry(next, "stolen", other.id, ten, &l), HL_LISTED_ABSENT);
	ck_assert_int_eq(strncmp(l.version, "v000002-", 8), 0);
	by_hand(HL_HAND_UNDO, &e, false, "a mistake");
	next = again(next);
	ck_assert_uint_eq(hits(next, "ABC123", ten, NULL), 1);
	hl_catalog_unref(&next);
	tmp_remove();
}
END_TEST

START_TEST(what_is_told_of_an_entry_by_hand)
{
	struct hl_catalog *c = loaded();
	struct hl_listing l;
	struct hl_entry e = timed("QQQ111", "", ten, ten + hour);
	by_hand(HL_HAND_ADD, &e, false, "bank");
	c = again(c);
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", e.id, ten - 1, &l), HL_LISTED_NOT_YET);
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", e.id, ten, &l), HL_LISTED);
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", e.id, ten + hour, &l), HL_LISTED_EXPIRED);
	ck_assert(l.by_hand);
	by_hand(HL_HAND_WITHDRAW, &e, false, "found");
	c = again(c);
	ck_assert_int_eq(hl_catalog_entry(c, "stolen", e.id, ten, &l), HL_LISTED_WITHDRAWN);
	ck_assert_str_eq(l.why, "found");
	ck_assert_str_eq(l.version, "hand-000002");
	hl_catalog_unref(&c);
	tmp_remove();
}
END_TEST

START_TEST(a_damaged_layer_leaves_the_old_catalog)
{
	struct hl_catalog *c = loaded(), *next;
	struct hl_err err;
	struct hl_entry a = entry_of("stolen", "QQQ111", "stolen", ""), b = entry_of("stolen", "QQQ222", "stolen", "");
	by_hand(HL_HAND_ADD, &a, false, "bank");
	by_hand(HL_HAND_ADD, &b, false, "bank");
	struct hl_buf j = HL_BUF(65536);
	hl_file_read(tmp_path("state/lists/stolen/hand.journal"), &j, NULL);
	j.data[j.len - 1] = 0;
	write_file("state/lists/stolen/hand.journal", hl_buf_text(&j));
	char *torn = load_faults(&next, NULL);
	ck_assert_ptr_nonnull(strstr(torn, "warning: list 'stolen': the last change by hand never became whole"));
	free(torn);
	hl_catalog_unref(&next);
	j.data[j.len - 1] = '\n';
	j.data[30] ^= 1;
	write_file("state/lists/stolen/hand.journal", hl_buf_text(&j));
	hl_buf_fini(&j);
	ck_assert_int_eq(hl_catalog_hand(&next, c, "stolen", &err), HL_E_INPUT);
	ck_assert_ptr_null(next);
	ck_assert_int_eq(hl_catalog_refresh(&next, c, NULL, &err), HL_E_INPUT);
	char *faults = load_faults(&next, NULL);
	ck_assert_ptr_nonnull(strstr(faults, "hand.journal:1: the line is damaged"));
	free(faults);
	ck_assert_uint_eq(hits(c, "ABC123", ten, NULL), 1);
	hl_catalog_unref(&c);
	tmp_remove();
}
END_TEST

/* However many large lists there are, the entries by hand have a segment of their own: the first one moves no other list. */
START_TEST(a_segment_is_kept_free)
{
	enum { LARGE = 7 };
	static const char *const names[LARGE] = { "a", "b", "c", "d", "e", "f", "g" };
	struct hl_snapshot *s[LARGE];
	struct hl_entry *e = hl_calloc(HL_SEGMENT_OWN, sizeof *e);
	char (*plate)[8] = hl_calloc(HL_SEGMENT_OWN, sizeof *plate);
	for (size_t i = 0; i < HL_SEGMENT_OWN; i++) {
		snprintf(plate[i], sizeof plate[i], "A%zu", i);
		e[i] = entry_of("a", plate[i], "", "");
	}
	for (size_t i = 0; i < LARGE; i++)
		s[i] = snapshot_of(e, HL_SEGMENT_OWN);
	struct hl_catalog *c = catalog_of("match: {max_cost: 0}\n", names, s, LARGE, NULL);
	ck_assert_uint_eq(c->n_segments, HL_SEGMENTS_MAX - 1);
	hl_catalog_unref(&c);
	free(e);
	free(plate);
}
END_TEST

UNIT_MAIN("catalog_hand", an_entry_by_hand_is_one_of_its_list, a_list_may_be_by_hand_alone, a_first_entry_by_hand_reaches_a_catalog_made_before_it,
	  one_entry_never_hits_twice, a_withdrawn_entry_does_not_hit, what_is_told_of_an_entry_by_hand, a_damaged_layer_leaves_the_old_catalog, a_segment_is_kept_free)
