/* test_hand.c: a list's hand layer: what its changes add up to, and that nothing torn, damaged or interrupted ever counts, or is lost once it was said to be
 * there.
 */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config.h"
#include "entries.h"
#include "store/hand.h"
#include "tmpdir.h"

static const int64_t now = 1795428000000, hour = 3600000, day = 86400000;

static void change_at(enum hl_hand_op op, const struct hl_entry *e, bool mask, int64_t at, const char *why, struct hl_hand_written *w)
{
	struct hl_hand_change c = { .op = op, .entry = e, .mask = mask, .version = mask ? "v000001-000000000000" : NULL, .by = "smith", .why = why, .time_ms = at };
	struct hl_err err;
	ck_assert_msg(!hl_hand_write(tmp_dir, "amber", &c, 1, w, &err), "%s", err.text);
}

static void change(enum hl_hand_op op, const struct hl_entry *e, bool mask)
{
	change_at(op, e, mask, now, "why", NULL);
}

static struct hl_hand *layer(void)
{
	struct hl_hand *h;
	struct hl_err err;
	ck_assert_msg(!hl_hand_open(&h, tmp_dir, "amber", &err), "%s", err.text);
	return h;
}

static struct hl_buf journal(void)
{
	struct hl_buf b = HL_BUF(HL_HAND_BYTES_MAX);
	ck_assert_int_eq(hl_file_read(tmp_path("lists/amber/hand.journal"), &b, NULL), HL_OK);
	return b;
}

static void put_journal(const void *data, size_t n)
{
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("lists/amber/hand.journal"), data, n, 0600, NULL), HL_OK);
}

START_TEST(nothing_is_an_empty_layer)
{
	tmp_make();
	struct hl_hand *h = layer();
	ck_assert_uint_eq(h->n_entries + h->n_masks + h->listed + h->masked + h->torn, 0);
	ck_assert_str_eq(h->version, "");
	ck_assert_uint_eq(hl_snapshot_count(h->snapshot), 0);
	ck_assert_ptr_null(hl_hand_find(h, "x"));
	hl_hand_close(&h);
	ck_assert_ptr_null(h);
	tmp_remove();
}
END_TEST

START_TEST(what_was_added_is_what_is_there)
{
	struct hl_hand_written w;
	struct hl_entry e = entry_of("amber", "AB?123", "amber", "a\ttab, a \\ and a\nline = é"), got;
	e.f[HL_F_STARTS] = "2026-11-23T10:00:00.000Z";
	e.f[HL_F_EXPIRES] = "2026-11-23T16:00:00.500Z";
	e.f[HL_F_PRIORITY] = "2";
	e.f[HL_F_ABOUT] = "plate";
	e.f[HL_F_STATE] = "CA";
	e.starts_ms = now;
	e.expires_ms = now + 6 * hour + 500;
	e.priority = 2;
	e.about_plate = true;
	ck_assert_int_eq(hl_pattern_parse(&e.pattern, "AB?123", 6, true, NULL), HL_OK);
	hl_entry_identify(&e, "amber");
	tmp_make();
	change_at(HL_HAND_ADD, &e, false, now, "a child was taken", &w);
	ck_assert_str_eq(w.version, "hand-000001");
	struct hl_hand *h = layer();
	ck_assert_str_eq(h->version, "hand-000001");
	ck_assert_uint_eq(h->listed, 1);
	ck_assert_uint_eq(hl_snapshot_count(h->snapshot), 1);
	hl_snapshot_get(h->snapshot, 0, &got);
	entry_expect(&got, &e);
	const struct hl_hand_entry *by_hand = hl_hand_find(h, e.id);
	entry_expect(&by_hand->e, &e);
	ck_assert_int_eq(by_hand->added.seq, 1);
	ck_assert_int_eq(by_hand->added.time_ms, now);
	ck_assert_str_eq(by_hand->added.by, "smith");
	ck_assert_str_eq(by_hand->added.why, "a child was taken");
	ck_assert_int_eq(by_hand->ended.seq, 0);
	hl_hand_close(&h);
	tmp_remove();
}
END_TEST

/* Added again, withdrawn, taken back, added anew. */
START_TEST(the_last_word_on_an_entry_counts)
{
	struct hl_entry a = entry_of("amber", "ABC123", "amber", "one"), b = entry_of("amber", "ABC123", "amber", "two"), c = entry_of("amber", "XYZ789", "amber", "");
	struct hl_entry got;
	tmp_make();
	change(HL_HAND_ADD, &a, false);
	change(HL_HAND_ADD, &c, false);
	change(HL_HAND_ADD, &b, false);
	struct hl_hand *h = layer();
	ck_assert_str_eq(a.id, b.id);
	ck_assert_uint_eq(h->listed, 2);
	ck_assert_str_eq(hl_hand_find(h, a.id)->e.revision, b.revision);
	hl_hand_close(&h);
	change(HL_HAND_WITHDRAW, &b, false);
	h = layer();
	ck_assert_uint_eq(h->listed, 1);
	ck_assert_uint_eq(h->n_entries, 2);
	ck_assert_int_eq(hl_hand_find(h, a.id)->ended.seq, 4);
	ck_assert_uint_eq(hl_snapshot_count(h->snapshot), 1);
	hl_snapshot_get(h->snapshot, 0, &got);
	ck_assert_str_eq(got.id, c.id);
	hl_hand_close(&h);
	change(HL_HAND_UNDO, &b, false);
	h = layer();
	ck_assert_uint_eq(h->listed, 2);
	ck_assert_int_eq(hl_hand_find(h, a.id)->ended.seq, 0);
	ck_assert_str_eq(h->version, "hand-000005");
	hl_hand_close(&h);
	tmp_remove();
}
END_TEST

START_TEST(a_withdrawal_holds_for_its_revision)
{
	struct hl_entry a = entry_of("amber", "ABC123", "amber", "one"), changed = entry_of("amber", "ABC123", "amber", "two");
	tmp_make();
	change(HL_HAND_WITHDRAW, &a, true);
	struct hl_hand *h = layer();
	ck_assert_uint_eq(h->masked, 1);
	ck_assert_uint_eq(h->listed, 0);
	ck_assert(hl_hand_hides(h, &a, now));
	ck_assert(!hl_hand_hides(h, &changed, now));
	ck_assert_str_eq(hl_hand_find_mask(h, a.id)->version, "v000001-000000000000");
	hl_hand_close(&h);
	/* Added by hand over it: the entry by hand hides the version's, as long as it is in force, whatever the revision. */
	changed.f[HL_F_EXPIRES] = "2026-11-23T11:00:00.000Z";
	changed.expires_ms = now + hour;
	change(HL_HAND_OVERTAKEN, &a, false);
	change(HL_HAND_ADD, &changed, false);
	h = layer();
	ck_assert_uint_eq(h->masked, 0);
	ck_assert_int_eq(hl_hand_find_mask(h, a.id)->ended.seq, 2);
	ck_assert(hl_hand_hides(h, &a, now + hour - 1));
	ck_assert(!hl_hand_hides(h, &a, now + hour));
	hl_hand_close(&h);
	/* One withdrawal ends both; one undo brings both back. */
	change(HL_HAND_WITHDRAW, &a, true);
	h = layer();
	ck_assert_uint_eq(h->listed, 0);
	ck_assert_uint_eq(h->masked, 1);
	hl_hand_close(&h);
	change(HL_HAND_UNDO, &a, false);
	h = layer();
	ck_assert_uint_eq(h->listed, 1);
	ck_assert_uint_eq(h->masked, 0);
	hl_hand_close(&h);
	tmp_remove();
}
END_TEST

/* A version is found to have overtaken a withdrawal while somebody withdraws the entry as it is now: his holds. */
START_TEST(what_is_overtaken_is_the_withdrawal_that_was_looked_at)
{
	struct hl_entry was = entry_of("amber", "ABC123", "amber", "was"), is = entry_of("amber", "ABC123", "amber", "is");
	tmp_make();
	ck_assert_str_eq(was.id, is.id);
	change(HL_HAND_WITHDRAW, &was, true);
	change(HL_HAND_WITHDRAW, &is, true);
	change(HL_HAND_OVERTAKEN, &was, false);
	struct hl_hand *h = layer();
	ck_assert_uint_eq(h->masked, 1);
	ck_assert(hl_hand_hides(h, &is, now));
	hl_hand_close(&h);
	change(HL_HAND_OVERTAKEN, &is, false);
	h = layer();
	ck_assert_uint_eq(h->masked, 0);
	ck_assert(!hl_hand_hides(h, &is, now));
	hl_hand_close(&h);
	tmp_remove();
}
END_TEST

/* Whatever part of the last line is on the disk, also followed by a page of zeros: what was there before is there, and the next change counts. */
START_TEST(a_torn_line_at_every_byte)
{
	struct hl_entry a = entry_of("amber", "ABC123", "amber", "one"), b = entry_of("amber", "XYZ789", "amber", "two\nlines"), c = entry_of("amber", "QQQ111", "amber", "");
	struct hl_hand_written w;
	tmp_make();
	change(HL_HAND_ADD, &a, false);
	struct hl_buf one = journal();
	change(HL_HAND_ADD, &b, false);
	struct hl_buf two = journal();
	ck_assert_uint_gt(two.len, one.len);
	char *zeros = hl_calloc(1, two.len + 512);
	for (size_t n = one.len; n < two.len; n++) {
		memset(zeros, 0, two.len + 512);
		memcpy(zeros, two.data, n);
		put_journal(zeros, n % 2 ? n : n + 512);
		struct hl_hand *h = layer();
		ck_assert_uint_eq(h->listed, 1);
		ck_assert_uint_eq(h->torn, (n % 2 ? n : n + 512) - one.len);
		hl_hand_close(&h);
		change_at(HL_HAND_ADD, &c, false, now, "", &w);
		ck_assert_uint_eq(w.torn, (n % 2 ? n : n + 512) - one.len);
		ck_assert_str_eq(w.version, "hand-000002");
		h = layer();
		ck_assert_uint_eq(h->listed, 2);
		ck_assert_uint_eq(h->torn, 0);
		ck_assert_ptr_nonnull(hl_hand_find(h, c.id));
		hl_hand_close(&h);
	}
	free(zeros);
	hl_buf_fini(&one);
	hl_buf_fini(&two);
	tmp_remove();
}
END_TEST

/* Any byte of an earlier line changed: refused by name, never counted in part. (Its newline alone makes one long last line of both, which is a torn one.) */
START_TEST(a_damaged_line_is_refused)
{
	struct hl_entry a = entry_of("amber", "ABC123", "amber", "one"), b = entry_of("amber", "XYZ789", "amber", "");
	struct hl_hand *h;
	struct hl_err err;
	tmp_make();
	change(HL_HAND_ADD, &a, false);
	struct hl_buf one = journal();
	change(HL_HAND_ADD, &b, false);
	struct hl_buf two = journal();
	for (size_t i = 0; i + 1 < one.len; i++) {
		two.data[i] ^= 1;
		put_journal(two.data, two.len);
		ck_assert_int_eq(hl_hand_open(&h, tmp_dir, "amber", &err), HL_E_INPUT);
		ck_assert_ptr_null(h);
		ck_assert_ptr_nonnull(strstr(err.text, "hand.journal:1: the line is damaged"));
		struct hl_hand_change c = { .op = HL_HAND_ADD, .entry = &a, .by = "smith", .why = "", .time_ms = now };
		ck_assert_int_eq(hl_hand_write(tmp_dir, "amber", &c, 1, NULL, &err), HL_E_INPUT);
		two.data[i] ^= 1;
	}
	/* The newline of the last line alone: torn. */
	put_journal(two.data, two.len - 1);
	h = layer();
	ck_assert_uint_eq(h->listed, 1);
	hl_hand_close(&h);
	hl_buf_fini(&one);
	hl_buf_fini(&two);
	tmp_remove();
}
END_TEST

/* What is over is moved to the history, in time; what holds stays, and numbers go on. */
START_TEST(what_is_over_moves_to_the_history)
{
	struct hl_entry stays = entry_of("amber", "STAYS1", "amber", ""), masked = entry_of("amber", "MASKED1", "amber", "");
	struct hl_hand_written w = { .moved = 0 };
	char plate[16], note[256];
	memset(note, 'x', sizeof note);
	note[255] = 0;
	tmp_make();
	change(HL_HAND_ADD, &stays, false);
	change(HL_HAND_WITHDRAW, &masked, true);
	size_t moved = 0, added = 0;
	for (int i = 0; i < 600; i++) {
		snprintf(plate, sizeof plate, "A%d", i);
		struct hl_entry e = entry_of("amber", plate, "amber", note);
		e.f[HL_F_EXPIRES] = i % 2 ? "2026-11-23T11:00:00.000Z" : "";
		e.expires_ms = i % 2 ? now + hour : HL_NO_TIME;
		change_at(HL_HAND_ADD, &e, false, now, "why", NULL);
		if (i % 2 == 0)
			change_at(HL_HAND_WITHDRAW, &e, false, now + 1, "over", NULL);
		added += i % 2 ? 1 : 2;
	}
	struct hl_hand *h = layer();
	ck_assert_uint_eq(h->n_entries, 601);
	hl_hand_close(&h);
	struct hl_entry next = entry_of("amber", "NEXT1", "amber", "");
	change_at(HL_HAND_ADD, &next, false, now + HL_HAND_KEEP_MS, "", &w); /* all of it is young enough to be asked for */
	ck_assert_uint_eq(w.moved, 0);
	change_at(HL_HAND_ADD, &next, false, now + HL_HAND_KEEP_MS + day, "", &w);
	moved = w.moved;
	ck_assert_uint_eq(moved, added);
	h = layer();
	ck_assert_uint_eq(h->n_entries, 2);
	ck_assert_uint_eq(h->masked, 1);
	ck_assert_ptr_nonnull(hl_hand_find(h, stays.id));
	ck_assert(hl_hand_hides(h, &masked, now));
	snprintf(plate, sizeof plate, "hand-%06zu", added + 4);
	ck_assert_str_eq(h->version, plate);
	ck_assert_str_eq(w.version, plate);
	hl_hand_close(&h);
	struct hl_buf history = HL_BUF(HL_HAND_BYTES_MAX);
	ck_assert_int_eq(hl_file_read(tmp_path("lists/amber/hand.history"), &history, NULL), HL_OK);
	size_t lines = 0;
	for (size_t i = 0; i < history.len; i++)
		lines += history.data[i] == '\n';
	ck_assert_uint_eq(lines, moved);
	hl_buf_fini(&history);
	tmp_remove();
}
END_TEST

START_TEST(a_layer_has_a_limit)
{
	struct hl_err err;
	struct hl_hand_change *c = hl_calloc(HL_HAND_MAX + 1, sizeof *c);
	struct hl_entry *e = hl_calloc(HL_HAND_MAX + 1, sizeof *e);
	char (*plate)[16] = hl_calloc(HL_HAND_MAX + 1, sizeof *plate);
	tmp_make();
	for (int i = 0; i <= HL_HAND_MAX; i++) {
		snprintf(plate[i], sizeof plate[i], "A%d", i);
		e[i] = entry_of("amber", plate[i], "amber", "");
		c[i] = (struct hl_hand_change){ .op = HL_HAND_ADD, .entry = &e[i], .by = "smith", .why = "", .time_ms = now };
	}
	ck_assert_int_eq(hl_hand_write(tmp_dir, "amber", c, HL_HAND_MAX + 1, NULL, &err), HL_E_LIMIT);
	struct hl_hand *h = layer();
	ck_assert_uint_eq(h->listed, 0);
	hl_hand_close(&h);
	ck_assert_msg(!hl_hand_write(tmp_dir, "amber", c, HL_HAND_MAX, NULL, &err), "%s", err.text);
	ck_assert_int_eq(hl_hand_write(tmp_dir, "amber", c + HL_HAND_MAX, 1, NULL, &err), HL_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "10000 entries and withdrawals by hand"));
	change(HL_HAND_WITHDRAW, &e[7], false);
	h = layer();
	ck_assert_uint_eq(h->listed, HL_HAND_MAX - 1);
	hl_hand_close(&h);
	ck_assert_int_eq(hl_hand_write("/nowhere/at/all", "../x", c, 1, NULL, &err), HL_E_USAGE);
	free(c);
	free(e);
	free(plate);
	tmp_remove();
}
END_TEST

#ifdef HL_TEST_HOOKS
/* Killed at each point of a change: the old layer or the new one, and the next change works. */
START_TEST(a_kill_leaves_the_old_or_the_new)
{
	static const struct {
		const char *point;
		size_t least, most;
	} points[] = { { "hand.written", 1, 2 }, { "hand.synced", 2, 2 } };
	struct hl_entry a = entry_of("amber", "ABC123", "amber", "one"), b = entry_of("amber", "XYZ789", "amber", "two");
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		tmp_make();
		change(HL_HAND_ADD, &a, false);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (!pid) {
			setenv("HL_CRASH_AT", points[i].point, 1);
			change(HL_HAND_ADD, &b, false);
			_exit(0);
		}
		int status;
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s was not reached", points[i].point);
		struct hl_hand *h = layer();
		ck_assert_uint_ge(h->listed, points[i].least);
		ck_assert_uint_le(h->listed, points[i].most);
		hl_hand_close(&h);
		change(HL_HAND_ADD, &b, false);
		h = layer();
		ck_assert_uint_eq(h->listed, 2);
		hl_hand_close(&h);
		tmp_remove();
	}
}
END_TEST
#define HOOKED , a_kill_leaves_the_old_or_the_new
#else
#define HOOKED
#endif

UNIT_MAIN("hand", nothing_is_an_empty_layer, what_was_added_is_what_is_there, the_last_word_on_an_entry_counts, a_withdrawal_holds_for_its_revision,
	  what_is_overtaken_is_the_withdrawal_that_was_looked_at,
	  a_torn_line_at_every_byte, a_damaged_line_is_refused, what_is_over_moves_to_the_history, a_layer_has_a_limit HOOKED)
