/* test_snapshot.c: what is written is read; the same entries give the same bytes; a damaged file is refused and never a crash. */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "entries.h"
#include "core/match.h"
#include "store/snapshot_file.h"
#include "tmpdir.h"

enum { SOME = 60 };

/* Of each thread its own: an entry borrows its texts. */
static _Thread_local char plates[SOME][16], notes[SOME][32];

static struct hl_entry some(unsigned i)
{
	if (i % 9 == 3)
		snprintf(plates[i], sizeof plates[i], "%s%02uK%s", i % 2 ? "*" : "??", i, i % 2 ? "" : "?*");
	else
		snprintf(plates[i], sizeof plates[i], i % 9 == 0 ? "K%02u?A" : "PL%03uX", i);
	snprintf(notes[i], sizeof notes[i], "note é %u", i % 7);
	struct hl_entry e = entry_of("stolen", plates[i], i % 2 ? "stolen" : "felony", notes[i]);
	e.starts_ms = i % 3 ? HL_NO_TIME : -5;
	e.expires_ms = i % 4 ? HL_NO_TIME : INT64_MAX - i;
	e.priority = (int)(i % 10);
	e.about_plate = i % 5 == 0;
	hl_entry_identify(&e, "stolen");
	return e;
}

static void write_some(const char *path, unsigned first, unsigned step, unsigned char hash[HL_SHA256])
{
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	struct hl_err err;
	for (unsigned k = 0, i = first; k < SOME; k++, i = (i + step) % SOME) {
		struct hl_entry e = some(i);
		ck_assert_msg(!hl_snapshot_writer_add(w, &e, k + 1, NULL, &err), "%s", err.text);
	}
	ck_assert_uint_eq(hl_snapshot_writer_count(w), SOME);
	ck_assert_msg(!hl_snapshot_writer_finish(w, path, hash, &err), "%s", err.text);
	hl_snapshot_writer_free(&w);
}

static struct hl_buf contents(const char *path)
{
	struct hl_buf b = HL_BUF(1 << 20);
	ck_assert_int_eq(hl_file_read(path, &b, NULL), HL_OK);
	return b;
}

static void write_raw(const char *path, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, n), (ssize_t)n);
	close(fd);
}

static void expect_all(const struct hl_snapshot *s)
{
	ck_assert_uint_eq(hl_snapshot_count(s), SOME);
	for (unsigned i = 0; i < SOME; i++) {
		struct hl_entry want = some(i), got;
		ptrdiff_t at = hl_snapshot_find(s, want.id);
		ck_assert_int_ge(at, 0);
		hl_snapshot_get(s, (size_t)at, &got);
		entry_expect(&got, &want);
		ck_assert_mem_eq(hl_snapshot_pattern(s, (size_t)at), &want.pattern, sizeof want.pattern);
	}
}

START_TEST(test_round_trip)
{
	struct hl_snapshot *s;
	struct hl_err err;
	unsigned char hash[HL_SHA256];
	tmp_make();
	write_some(tmp_path("s"), 0, 1, hash);
	ck_assert_msg(!hl_snapshot_open(&s, tmp_path("s"), &err), "%s", err.text);
	expect_all(s);
	ck_assert_mem_eq(hl_snapshot_hash(s), hash, HL_SHA256);
	ck_assert_int_eq(hl_snapshot_find(s, "aaaaaaaaaaaaaaaaaaaaaaaaaa"), -1);
	ck_assert_int_eq(hl_snapshot_find(s, "7777777777777777777777777" "4"), -1);
	ck_assert_int_eq(hl_snapshot_find(s, "not an id"), -1);
	hl_snapshot_close(&s);
	ck_assert_ptr_null(s);
	hl_snapshot_close(&s);
	tmp_remove();
}
END_TEST

START_TEST(test_same_entries_same_bytes)
{
	unsigned char a[HL_SHA256], b[HL_SHA256];
	tmp_make();
	write_some(tmp_path("a"), 0, 1, a);
	write_some(tmp_path("b"), 13, 7, b);
	ck_assert_mem_eq(a, b, HL_SHA256);
	struct hl_buf x = contents(tmp_path("a")), y = contents(tmp_path("b"));
	ck_assert_uint_eq(x.len, y.len);
	ck_assert_mem_eq(x.data, y.data, x.len);
	/* Texts are there once: sixty entries share seven notes and two categories. */
	ck_assert_uint_lt(x.len, sizeof(struct hl_snap_header) + SOME * (80 + 4 * 4 + 8) + 200);
	hl_buf_fini(&x);
	hl_buf_fini(&y);
	tmp_remove();
}
END_TEST

START_TEST(test_refused_adds)
{
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	struct hl_err err;
	unsigned earlier = 0;
	struct hl_entry e = entry_of("l", "ABC123", "stolen", "one"), other = entry_of("l", "ABC123", "stolen", "two");
	ck_assert_int_eq(hl_snapshot_writer_add(w, &e, 3, &earlier, &err), HL_OK);
	ck_assert_int_eq(hl_snapshot_writer_add(w, &e, 4, &earlier, &err), HL_E_EXISTS);
	ck_assert_uint_eq(earlier, 3);
	ck_assert_str_eq(err.text, "the same entry as on line 3");
	ck_assert_int_eq(hl_snapshot_writer_add(w, &other, 5, &earlier, &err), HL_E_EXISTS);
	ck_assert_str_eq(err.text, "the same entry with other content as on line 3");
	struct hl_entry bad = e;
	bad.id[0] = 0;
	ck_assert_int_eq(hl_snapshot_writer_add(w, &bad, 6, NULL, &err), HL_E_INTERNAL);
	bad = entry_of("l", "XYZ", "", "");
	bad.priority = 10;
	ck_assert_int_eq(hl_snapshot_writer_add(w, &bad, 6, NULL, &err), HL_E_INTERNAL);
	bad.priority = 0;
	bad.pattern.len = 0;
	ck_assert_int_eq(hl_snapshot_writer_add(w, &bad, 6, NULL, &err), HL_E_INTERNAL);
	char *large = hl_alloc(70000);
	memset(large, 'x', 69999);
	large[69999] = 0;
	bad = entry_of("l", "XYZ", "", "");
	bad.f[HL_F_NOTE] = large;
	ck_assert_int_eq(hl_snapshot_writer_add(w, &bad, 6, NULL, &err), HL_E_LIMIT);
	free(large);
	ck_assert_uint_eq(hl_snapshot_writer_count(w), 1);
	hl_snapshot_writer_free(&w);
}
END_TEST

START_TEST(test_empty_and_in_memory)
{
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	struct hl_snapshot *s;
	struct hl_err err;
	ck_assert_msg(!hl_snapshot_writer_open(w, &s, &err), "%s", err.text);
	ck_assert_uint_eq(hl_snapshot_count(s), 0);
	ck_assert_int_eq(hl_snapshot_find(s, "aaaaaaaaaaaaaaaaaaaaaaaaaa"), -1);
	hl_snapshot_close(&s);
	for (unsigned i = 0; i < SOME; i++) {
		struct hl_entry e = some(i);
		ck_assert_int_eq(hl_snapshot_writer_add(w, &e, i, NULL, &err), HL_OK);
	}
	ck_assert_msg(!hl_snapshot_writer_open(w, &s, &err), "%s", err.text);
	expect_all(s);
	hl_snapshot_close(&s);
	hl_snapshot_writer_free(&w);
}
END_TEST

static enum hl_code try_open(const char *path)
{
	struct hl_snapshot *s;
	struct hl_err err = { 0 };
	enum hl_code code = hl_snapshot_open(&s, path, &err);
	if (code)
		ck_assert_ptr_null(s);
	if (code)
		ck_assert_uint_gt(strlen(err.text), 0);
	hl_snapshot_close(&s);
	return code;
}

START_TEST(test_damage_is_refused)
{
	unsigned char hash[HL_SHA256];
	tmp_make();
	write_some(tmp_path("s"), 0, 1, hash);
	struct hl_buf good = contents(tmp_path("s"));
	for (size_t i = 0; i < good.len; i++) {
		char was = good.data[i];
		good.data[i] = (char)(was ^ (1 << i % 8));
		write_raw(tmp_path("d"), good.data, good.len);
		ck_assert_msg(try_open(tmp_path("d")) == HL_E_INPUT, "byte %zu", i);
		good.data[i] = was;
	}
	for (size_t n = 0; n < good.len; n += n < 300 ? 1 : 37) {
		write_raw(tmp_path("d"), good.data, n);
		ck_assert_msg(try_open(tmp_path("d")) == HL_E_INPUT, "%zu bytes", n);
	}
	hl_buf_puts(&good, "x");
	write_raw(tmp_path("d"), good.data, good.len);
	ck_assert_int_eq(try_open(tmp_path("d")), HL_E_INPUT);
	write_raw(tmp_path("d"), good.data, good.len - 1);
	ck_assert_int_eq(try_open(tmp_path("d")), HL_OK);
	hl_buf_fini(&good);
	ck_assert_int_eq(try_open(tmp_path("none")), HL_E_NOTFOUND);
	ck_assert_int_eq(try_open(tmp_dir), HL_E_INPUT);
	ck_assert_int_eq(mkfifo(tmp_path("pipe"), 0600), 0);
	ck_assert_int_eq(try_open(tmp_path("pipe")), HL_E_INPUT);
	tmp_remove();
}
END_TEST

/* The right hash for whatever the file holds: what somebody does who wants it accepted. */
static void forge(struct hl_buf *b)
{
	struct hl_sha256 sha;
	struct hl_snap_header h;
	memcpy(&h, b->data, sizeof h);
	memset(h.hash, 0, sizeof h.hash);
	memcpy(b->data, &h, sizeof h);
	hl_sha256_init(&sha);
	hl_sha256_put(&sha, b->data, b->len);
	hl_sha256_end(&sha, h.hash);
	memcpy(b->data, &h, sizeof h);
}

static void read_everything(const struct hl_snapshot *s)
{
	size_t bytes = 0;
	struct hl_confusion t;
	hl_confusion_init(&t);
	for (size_t i = 0; i < hl_snapshot_count(s); i++) {
		struct hl_entry e;
		char plate[HL_PLATE_MAX + 1];
		ck_assert(hl_pattern_is_sound(hl_snapshot_pattern(s, i)));
		ck_assert_int_ge(hl_match_cost(&t, hl_snapshot_pattern(s, i), &(struct hl_plate){ .len = 5 }, HL_COST_MAX), 0);
		hl_snapshot_get(s, i, &e);
		for (int f = 0; f < HL_FIELDS; f++)
			bytes += strlen(e.f[f]);
		hl_pattern_text(&e.pattern, plate);
		ck_assert_int_eq(hl_snapshot_find(s, e.id), (ptrdiff_t)i);
	}
	ck_assert_uint_lt(bytes, 1 << 20);
}

START_TEST(test_forged_files_do_no_harm)
{
	unsigned char hash[HL_SHA256];
	unsigned refused = 0, seed = 5;
	tmp_make();
	write_some(tmp_path("s"), 0, 1, hash);
	struct hl_buf good = contents(tmp_path("s")), bad = HL_BUF(1 << 20);
	for (size_t i = 0; i < good.len; i++) {
		struct hl_snapshot *s;
		hl_buf_clear(&bad);
		hl_buf_put(&bad, good.data, good.len);
		bad.data[i] = (char)(i % 3 == 0 ? 0xff : i % 3 == 1 ? 0x80 ^ bad.data[i] : rand_r(&seed));
		forge(&bad);
		write_raw(tmp_path("d"), bad.data, bad.len);
		if (hl_snapshot_open(&s, tmp_path("d"), NULL))
			refused++;
		else
			read_everything(s);
		hl_snapshot_close(&s);
	}
	ck_assert_uint_gt(refused, 500);
	hl_buf_fini(&good);
	hl_buf_fini(&bad);
	tmp_remove();
}
END_TEST

static void *reader(void *arg)
{
	for (int i = 0; i < 20; i++)
		expect_all(arg);
	return NULL;
}

START_TEST(test_concurrent_readers)
{
	struct hl_snapshot *s;
	unsigned char hash[HL_SHA256];
	pthread_t t[4];
	tmp_make();
	write_some(tmp_path("s"), 0, 1, hash);
	ck_assert_int_eq(hl_snapshot_open(&s, tmp_path("s"), NULL), HL_OK);
	/* Unlinked and replaced while open: an open version is not disturbed. */
	unlink(tmp_path("s"));
	write_raw(tmp_path("s"), "other", 5);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, reader, s), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	hl_snapshot_close(&s);
	tmp_remove();
}
END_TEST

/* Of more than one block: hashed by blocks, in format 1 as a whole; a change of any block is seen. */
START_TEST(test_large)
{
	enum { MANY = 40000 };
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	struct hl_snapshot *s;
	struct hl_snap_header h;
	struct hl_sha256 sha;
	unsigned char hash[HL_SHA256];
	tmp_make();
	for (unsigned i = 0; i < MANY; i++) {
		char plate[16];
		snprintf(plate, sizeof plate, "AB%06u", i);
		struct hl_entry e = entry_of("l", plate, "stolen", plate);
		ck_assert_int_eq(hl_snapshot_writer_add(w, &e, i, NULL, NULL), HL_OK);
	}
	ck_assert_int_eq(hl_snapshot_writer_finish(w, tmp_path("s"), hash, NULL), HL_OK);
	hl_snapshot_writer_free(&w);
	struct hl_buf b = HL_BUF(64 << 20);
	ck_assert_int_eq(hl_file_read(tmp_path("s"), &b, NULL), HL_OK);
	ck_assert_uint_gt(b.len, 3 * HL_SNAP_BLOCK);
	ck_assert_int_eq(try_open(tmp_path("s")), HL_OK);
	for (size_t at = 200; at < b.len; at += HL_SNAP_BLOCK / 3) {
		b.data[at] ^= 4;
		write_raw(tmp_path("d"), b.data, b.len);
		ck_assert_int_eq(try_open(tmp_path("d")), HL_E_INPUT);
		b.data[at] ^= 4;
	}
	memcpy(&h, b.data, sizeof h);
	h.format = 1;
	memset(h.hash, 0, sizeof h.hash);
	memcpy(b.data, &h, sizeof h);
	hl_sha256_init(&sha);
	hl_sha256_put(&sha, b.data, b.len);
	hl_sha256_end(&sha, h.hash);
	memcpy(b.data, &h, sizeof h);
	write_raw(tmp_path("d"), b.data, b.len);
	ck_assert_int_eq(hl_snapshot_open(&s, tmp_path("d"), NULL), HL_OK);
	ck_assert_uint_eq(hl_snapshot_count(s), MANY);
	hl_snapshot_close(&s);
	hl_buf_fini(&b);
	tmp_remove();
}
END_TEST

START_TEST(test_full_disk)
{
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	struct hl_err err;
	unsigned char hash[HL_SHA256];
	struct rlimit old, small = { 1000, 1000 };
	tmp_make();
	for (unsigned i = 0; i < SOME; i++) {
		struct hl_entry e = some(i);
		hl_snapshot_writer_add(w, &e, i, NULL, NULL);
	}
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	enum hl_code code = hl_snapshot_writer_finish(w, tmp_path("s"), hash, &err);
	setrlimit(RLIMIT_FSIZE, &old);
	ck_assert_int_eq(code, HL_E_IO);
	ck_assert_int_ne(access(tmp_path("s"), F_OK), 0);
	ck_assert_int_eq(hl_snapshot_writer_finish(w, tmp_path("s"), hash, &err), HL_OK);
	ck_assert_int_eq(try_open(tmp_path("s")), HL_OK);
	ck_assert_int_eq(hl_snapshot_writer_finish(w, tmp_path("s"), hash, &err), HL_E_EXISTS);
	ck_assert_int_eq(hl_snapshot_writer_finish(w, tmp_path("no/s"), hash, &err), HL_E_IO);
	hl_snapshot_writer_free(&w);
	tmp_remove();
}
END_TEST

UNIT_MAIN("snapshot", test_round_trip, test_same_entries_same_bytes, test_refused_adds, test_empty_and_in_memory, test_damage_is_refused,
	  test_forged_files_do_no_harm, test_concurrent_readers, test_full_disk, test_large)
