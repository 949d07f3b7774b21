/* test_audit.c: the audit's chain: what is appended is there and checks; every way of tampering is found, with its place; what a crash leaves is mended with a note;
 * details and old records go without the chain breaking; several processes append at once. */
#include "config.h"

#include "tmpdir.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/audit_priv.h"

static const int64_t T0 = 1795428000000; /* 2026-11-23T10:00:00Z */
#define DAY INT64_C(86400000)

static struct hl_audit *au;
static char chain_dir[HL_PATH_MAX];

#define good(call)                                                                                   \
	do {                                                                                         \
		struct hl_err e_ = { 0 };                                                            \
		struct hl_err *err = &e_;                                                            \
		ck_assert_msg((call) == HL_OK, "%s", e_.text);                                       \
	} while (0)

static void open_audit(int64_t now_ms)
{
	good(hl_audit_open(&au, tmp_dir, now_ms, err));
	hl_copy(chain_dir, sizeof chain_dir, au->dir);
}

static struct hl_audit_record look(const char *op, const char *details, int64_t time_ms)
{
	return (struct hl_audit_record){ .time_ms = time_ms, .kind = HL_AUDIT_LOOK, .who = "smith", .role = "local", .org = "METRO", .purpose = "stolen vehicle", .op = op,
					 .object = "k3v7", .result = "ok", .details = details };
}

static int64_t put(const char *op, const char *details, int64_t time_ms)
{
	struct hl_audit_record r = look(op, details, time_ms);
	good(hl_audit_append(au, &r, err));
	return r.seq;
}

static void begin(void)
{
	ck_assert_int_eq(hl_crypto_init(NULL), HL_OK);
	tmp_make();
	open_audit(T0);
}

static void end(void)
{
	hl_audit_close(&au);
	tmp_remove();
}

/* What a check says: "faults notes | first | second". */
static const char *checked(const struct hl_audit_proof *proof)
{
	static char text[8192];
	struct hl_audit_report r;
	good(hl_audit_verify(tmp_dir, proof, NULL, NULL, &r, err));
	int n = snprintf(text, sizeof text, "%zu %zu", r.faults, r.notes);
	for (size_t i = 0; i < r.n; i++) {
		const char *said = strchr(r.said[i].text, '/'); /* without the chain's name */
		n += snprintf(text + n, sizeof text - (size_t)n, " | %s", said ? said + 1 : r.said[i].text);
	}
	hl_audit_report_fini(&r);
	return text;
}

#define finds(piece)                                                                               \
	do {                                                                                       \
		const char *got_ = checked(NULL);                                                  \
		ck_assert_msg(got_[0] != '0' && strstr(got_, piece) != NULL, "no '%s' in: %s", piece, got_); \
	} while (0)

static const char *file(const char *name)
{
	static char path[HL_PATH_MAX + 32];
	snprintf(path, sizeof path, "%.400s/%s", chain_dir, name);
	return path;
}

static struct hl_buf slurp(const char *name)
{
	struct hl_buf b = HL_BUF(64 << 20);
	good(hl_file_read(file(name), &b, err));
	return b;
}

static void spill(const char *name, const char *text, size_t n)
{
	good(hl_file_write_atomic(file(name), text, n, 0600, err));
}

/* The n-th line, from 1, with its end. */
static const char *line_at(const struct hl_buf *b, int n, size_t *len)
{
	const char *at = hl_buf_text(b);
	for (; n > 1; n--)
		at = strchr(at, '\n') + 1;
	*len = (size_t)(strchr(at, '\n') - at) + 1;
	return at;
}

START_TEST(what_is_appended_is_there_and_checks)
{
	begin();
	ck_assert_int_eq(put("alert show", "[\"alert\",\"show\",\"\xc3\xa9\\\\\t\n7ABC123\"]", T0), 2);
	ck_assert_int_eq(put("list show", NULL, T0 + 1), 3);
	ck_assert_str_eq(checked(NULL), "0 0");
	hl_audit_close(&au);
	open_audit(T0 + 2);
	ck_assert_int_eq(put("alert ls", "[]", T0 + 3), 4);
	ck_assert_str_eq(checked(NULL), "0 0");
	struct hl_buf b = slurp("000001.chain");
	size_t n;
	const char *at = line_at(&b, 2, &n);
	char *copy = hl_strndup(at, n - 1);
	struct hl_audit_line l;
	good(hl_audit_take(copy, n - 1, &l, err));
	ck_assert(l.fits && l.details_fit);
	ck_assert_str_eq(l.r.details, "[\"alert\",\"show\",\"\xc3\xa9\\\\\t\n7ABC123\"]");
	ck_assert_str_eq(l.r.who, "smith");
	ck_assert_str_eq(l.r.purpose, "stolen vehicle");
	ck_assert_int_eq(l.r.time_ms, T0);
	free(copy);
	hl_buf_fini(&b);
	struct stat st;
	ck_assert(!stat(tmp_path("audit/key"), &st) && (st.st_mode & 0777) == 0600);
	end();
}
END_TEST

START_TEST(no_column_is_empty)
{
	begin();
	for (int i = 0; i < 6; i++) {
		struct hl_audit_record r = look("alert show", NULL, T0);
		const char **column[] = { &r.who, &r.role, &r.org, &r.purpose, &r.op, &r.result };
		struct hl_err err;
		*column[i] = i % 2 ? "" : NULL;
		ck_assert_int_eq(hl_audit_append(au, &r, &err), HL_E_INTERNAL);
	}
	ck_assert_int_eq(put("alert ls", NULL, T0), 2);
	end();
}
END_TEST

/* A chain of ten records in one file, signed at its end. */
static void ten(void)
{
	for (int i = 2; i <= 10; i++)
		put("alert show", "[\"7ABC123\"]", T0 + i);
	good(hl_audit_checkpoint(au, T0 + 20, true, NULL, err));
	ck_assert_str_eq(checked(NULL), "0 0");
}

/* One byte of each part of a record, changed. */
START_TEST(a_changed_byte_is_found)
{
	begin();
	static const char *const part[] = { "\tseq=", "\ttime=", "\tchain=", "\tkind=", "\twho=", "\trole=", "\torg=", "\tpurpose=", "\top=", "\tobject=", "\tresult=", "\tdetails=",
					    "\tprev=", "\tsalt=", "\ttext=" };
	ten();
	struct hl_buf b = slurp("000001.chain");
	size_t n;
	char *at = (char *)(uintptr_t)line_at(&b, 5, &n);
	for (size_t i = 0; i <= sizeof part / sizeof part[0]; i++) {
		char *where = i ? (char *)memmem(at, n, part[i - 1], strlen(part[i - 1])) + strlen(part[i - 1]) : at;
		ck_assert(where > at - 1 && where < at + n);
		char was = *where;
		*where = was == '5' ? '6' : '5';
		spill("000001.chain", b.data, b.len);
		finds("000001.chain:5: ");
		*where = was;
	}
	/* Every single byte of the line, with another bit each. */
	for (size_t i = 0; i < n - 1; i++) {
		at[i] ^= (char)(1 << i % 7);
		spill("000001.chain", b.data, b.len);
		ck_assert_msg(checked(NULL)[0] != '0', "byte %zu", i);
		at[i] ^= (char)(1 << i % 7);
	}
	spill("000001.chain", b.data, b.len);
	ck_assert_str_eq(checked(NULL), "0 0");
	hl_buf_fini(&b);
	end();
}
END_TEST

/* Lines as they stand in the file, by number, e.g. "1 2 4 3". */
static void rearrange(const struct hl_buf *b, const char *order)
{
	struct hl_buf out = HL_BUF(1 << 20);
	for (const char *at = order; *at;) {
		size_t n;
		char *end;
		const char *line = line_at(b, (int)strtol(at, &end, 10), &n);
		hl_buf_put(&out, line, n);
		at = end;
	}
	spill("000001.chain", out.data, out.len);
	hl_buf_fini(&out);
}

START_TEST(removed_inserted_swapped_and_cut_off_is_found)
{
	begin();
	static const struct { const char *order, *says; } row[] = {
		{ "1 2 3 5 6 7 8 9 10", "000001.chain:4: record 4 is missing before this one, 5" },
		{ "1 2 7 8 9 10", "000001.chain:3: records from 3 on are missing before this one, 7" },
		{ "2 3 4 5 6 7 8 9 10", "000001.chain:1: records 1 to 1 are missing, and no signed root stands for them" },
		{ "1 2 3 5 4 6 7 8 9 10", "000001.chain:5: record 4 is out of its place" },
		{ "1 2 3 3 4 5 6 7 8 9 10", "000001.chain:4: record 3 is out of its place, or there twice" },
		{ "1 2 3 4 5 6 7 8 9", "the chain ends with record 9, but a checkpoint signed record 10: its end was cut off" },
		{ "1", "its end was cut off" },
	};
	ten();
	struct hl_buf b = slurp("000001.chain");
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		rearrange(&b, row[i].order);
		finds(row[i].says);
	}
	hl_buf_fini(&b);
	end();
}
END_TEST

/* Somebody who has no key makes a record anew, with its hash. */
START_TEST(a_record_made_anew_is_found)
{
	begin();
	ten();
	struct hl_buf b = slurp("000001.chain"), out = HL_BUF(1 << 20);
	size_t n;
	const char *at = line_at(&b, 10, &n);
	char *copy = hl_strndup(at, n - 1), hash[HL_SHA256_HEX];
	struct hl_audit_line l;
	good(hl_audit_take(copy, n - 1, &l, err));
	l.r.who = "nobody";
	hl_buf_put(&out, b.data, (size_t)(at - b.data));
	ck_assert(hl_audit_put(&l.r, l.prev, &out, hash));
	spill("000001.chain", out.data, out.len);
	finds("record 10 is not the one that a checkpoint signed");
	/* In the middle the next one does not hang on it. */
	free(copy);
	hl_buf_clear(&out);
	at = line_at(&b, 4, &n);
	copy = hl_strndup(at, n - 1);
	good(hl_audit_take(copy, n - 1, &l, err));
	l.r.who = "nobody";
	hl_buf_put(&out, b.data, (size_t)(at - b.data));
	ck_assert(hl_audit_put(&l.r, l.prev, &out, hash));
	hl_buf_put(&out, at + n, b.len - (size_t)(at + n - b.data));
	spill("000001.chain", out.data, out.len);
	finds("000001.chain:5: record 5 does not hang on the one before it");
	free(copy);
	hl_buf_fini(&b);
	hl_buf_fini(&out);
	end();
}
END_TEST

START_TEST(another_chains_record_is_found)
{
	begin();
	ten();
	struct hl_buf mine = slurp("000001.chain"), out = HL_BUF(1 << 20);
	hl_audit_close(&au);
	ck_assert_int_eq(unlink(tmp_path("audit/writer")), 0);
	open_audit(T0 + 50);
	for (int i = 2; i <= 10; i++)
		put("alert show", NULL, T0 + 50 + i);
	ck_assert_str_eq(checked(NULL), "0 0");
	struct hl_buf b = slurp("000001.chain");
	size_t n, m;
	const char *at = line_at(&b, 5, &n), *other = line_at(&mine, 5, &m);
	hl_buf_put(&out, b.data, (size_t)(at - b.data));
	hl_buf_put(&out, other, m);
	hl_buf_put(&out, at + n, b.len - (size_t)(at + n - b.data));
	spill("000001.chain", out.data, out.len);
	finds("000001.chain:5: record 5 is of chain ");
	hl_buf_fini(&b);
	hl_buf_fini(&mine);
	hl_buf_fini(&out);
	end();
}
END_TEST

/* With the key and all files in hand everything can be made anew; an exported checkpoint shows it. */
START_TEST(an_exported_checkpoint_shows_what_was_made_anew)
{
	begin();
	struct hl_buf out = HL_BUF(4096), empty = HL_BUF(16);
	ten();
	good(hl_audit_checkpoint(au, T0 + 30, true, &out, err));
	struct hl_audit_proof proof = { .checkpoints = hl_buf_text(&out), .n = out.len };
	ck_assert_str_eq(checked(&proof), "0 0");
	put("alert show", NULL, T0 + 40);
	ck_assert_str_eq(checked(&proof), "0 0");
	struct hl_buf b = slurp("000001.chain");
	rearrange(&b, "1 2 3 4 5 6");
	ck_assert_int_eq(unlink(file("checkpoints")), 0);
	ck_assert_str_eq(checked(NULL), "0 0"); /* nothing here says that there was more */
	ck_assert_ptr_nonnull(strstr(checked(&proof), "but the exported checkpoint signed record 10"));
	hl_audit_close(&au);
	open_audit(T0 + 60);
	for (int i = 0; i < 10; i++)
		put("alert show", NULL, T0 + 60 + i);
	ck_assert_ptr_nonnull(strstr(checked(&proof), "record 10 is not the one that the exported checkpoint signed"));
	/* Signed with another key; of another chain; none at all. */
	unsigned char other[HL_ED25519_KEY] = { 1 };
	ck_assert_ptr_nonnull(strstr(checked(&(struct hl_audit_proof){ proof.checkpoints, proof.n, other }), "does not fit the key given"));
	ck_assert_ptr_nonnull(strstr(checked(&(struct hl_audit_proof){ "nonsense\n", 9, NULL }), "there is no checkpoint in it"));
	char *forged = hl_strdup(proof.checkpoints);
	*(strstr(forged, "seq=10") + 5) = '1';
	ck_assert_ptr_nonnull(strstr(checked(&(struct hl_audit_proof){ forged, proof.n, NULL }), "the signature of record 11 does not fit"));
	memcpy(strstr(forged, "chain=") + 6, "0123456789abcdef", 16);
	ck_assert_ptr_nonnull(strstr(checked(&(struct hl_audit_proof){ forged, proof.n, NULL }), "of which there is nothing here"));
	free(forged);
	hl_buf_fini(&b);
	hl_buf_fini(&out);
	hl_buf_fini(&empty);
	end();
}
END_TEST

/* Every length at which a crash can cut the last line. */
START_TEST(a_torn_line_is_mended_with_a_note)
{
	begin();
	put("alert show", "[\"7ABC123\"]", T0);
	struct hl_buf b = slurp("000001.chain");
	size_t n;
	const char *last = line_at(&b, 2, &n);
	size_t whole = (size_t)(last - b.data);
	for (size_t cut = 1; cut < n; cut += 7) {
		hl_audit_close(&au);
		spill("000001.chain", b.data, whole + cut);
		ck_assert_str_eq(strncmp(checked(NULL), "0 1", 3) ? checked(NULL) : "0 1", "0 1");
		open_audit(T0 + 1);
		struct hl_audit_report r;
		ck_assert_int_eq(put("alert ls", NULL, T0 + 2), 3);
		good(hl_audit_verify(tmp_dir, NULL, NULL, NULL, &r, err));
		ck_assert_uint_eq(r.faults + r.notes, 0);
		ck_assert_int_eq(r.chain[0].records, 3);
		hl_audit_report_fini(&r);
		struct hl_buf now = slurp("000001.chain");
		ck_assert_ptr_nonnull(strstr(hl_buf_text(&now), "\top=torn line\t"));
		hl_buf_fini(&now);
	}
	/* Zeros, as a power cut leaves them. */
	hl_audit_close(&au);
	struct hl_buf z = HL_BUF(1 << 20);
	hl_buf_put(&z, b.data, whole);
	for (int i = 0; i < 4096; i++)
		hl_buf_putc(&z, 0);
	spill("000001.chain", z.data, z.len);
	open_audit(T0 + 1);
	ck_assert_str_eq(checked(NULL), "0 0");
	hl_buf_fini(&z);
	hl_buf_fini(&b);
	end();
}
END_TEST

/* A damaged line that has an end may be evidence: it is left there, told, and the chain goes on. */
START_TEST(a_damaged_last_line_stays_and_is_told)
{
	begin();
	ten();
	struct hl_buf b = slurp("000001.chain");
	size_t n;
	char *at = (char *)(uintptr_t)line_at(&b, 10, &n);
	at[100] ^= 1;
	hl_audit_close(&au);
	spill("000001.chain", b.data, b.len);
	open_audit(T0 + 100);
	put("alert ls", NULL, T0 + 101);
	finds("000001.chain:10: ");
	struct hl_buf now = slurp("000001.chain");
	ck_assert_uint_eq(now.len, b.len);
	ck_assert(!memcmp(now.data, b.data, b.len));
	ck_assert_int_eq(access(file("000002.chain"), F_OK), 0);
	hl_buf_fini(&now);
	hl_buf_fini(&b);
	end();
}
END_TEST

START_TEST(what_is_too_old_goes_and_the_chain_stays_whole)
{
	begin();
	for (int day = 0; day < 10; day++)
		for (int i = 0; i < 3; i++)
			put("alert show", "[\"7ABC123\"]", T0 + day * DAY + i);
	ck_assert_str_eq(checked(NULL), "0 0");
	struct hl_audit_purged gone;
	good(hl_audit_purge(au, T0 + 6 * DAY, T0 + 3 * DAY, T0 + 10 * DAY, &gone, err));
	ck_assert_int_eq(gone.records, 1 + 3 * 3);
	ck_assert_int_eq(gone.details, 3 * 3);
	ck_assert_str_eq(checked(NULL), "0 0");
	struct hl_audit_report r;
	good(hl_audit_verify(tmp_dir, NULL, NULL, NULL, &r, err));
	ck_assert_int_eq(r.chain[0].first, 11);
	ck_assert_int_eq(r.chain[0].erased, 9);
	hl_audit_report_fini(&r);
	struct hl_buf b = slurp("000004.chain");
	ck_assert_ptr_null(strstr(hl_buf_text(&b), "7ABC123"));
	hl_buf_fini(&b);
	good(hl_audit_purge(au, T0 + 6 * DAY, T0 + 3 * DAY, T0 + 10 * DAY, &gone, err));
	ck_assert_int_eq(gone.records + gone.details, 0);
	/* More than was purged is a fault: a day of records, the details of a later one, the root. */
	b = slurp("000004.chain");
	ck_assert_int_eq(unlink(file("000004.chain")), 0);
	finds("are missing, and no signed root stands for them");
	spill("000004.chain", b.data, b.len);
	hl_buf_fini(&b);
	b = slurp("000009.chain");
	char *cut = strstr(b.data, "\tsalt=");
	struct hl_buf bare = HL_BUF(1 << 20);
	hl_buf_put(&bare, b.data, (size_t)(cut - b.data));
	hl_buf_puts(&bare, strchr(cut, '\n'));
	spill("000009.chain", bare.data, bare.len);
	finds("are gone, and no purge went so far");
	spill("000009.chain", b.data, b.len);
	ck_assert_str_eq(checked(NULL), "0 0");
	ck_assert_int_eq(rename(file("roots"), tmp_path("roots")), 0);
	finds("no signed root stands for them");
	hl_buf_fini(&bare);
	hl_buf_fini(&b);
	end();
}
END_TEST

START_TEST(a_new_key_begins_a_new_chain)
{
	begin();
	put("alert show", NULL, T0);
	char before[HL_AUDIT_CHAIN];
	hl_copy(before, sizeof before, au->chain);
	hl_audit_close(&au);
	ck_assert_int_eq(chmod(tmp_path("audit/key"), 0640), 0);
	struct hl_err err;
	ck_assert_int_eq(hl_audit_open(&au, tmp_dir, T0, &err), HL_E_CONFIG);
	ck_assert_int_eq(unlink(tmp_path("audit/key")), 0);
	open_audit(T0 + 5);
	ck_assert_str_ne(before, au->chain);
	struct hl_buf b = slurp("000001.chain");
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&b), before));
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&b), "seq=2 hash="));
	hl_buf_fini(&b);
	ck_assert_str_eq(checked(NULL), "0 0");
	end();
}
END_TEST

START_TEST(it_is_signed_now_and_then)
{
	begin();
	struct hl_audit_report r;
	for (int i = 0; i < HL_AUDIT_SIGN_RECORDS; i++)
		put("alert show", NULL, T0 + 1);
	good(hl_audit_verify(tmp_dir, NULL, NULL, NULL, &r, err));
	ck_assert_int_eq(r.chain[0].signed_seq, HL_AUDIT_SIGN_RECORDS);
	hl_audit_report_fini(&r);
	put("alert show", NULL, T0 + HL_AUDIT_SIGN_MS + 2);
	good(hl_audit_verify(tmp_dir, NULL, NULL, NULL, &r, err));
	ck_assert_int_eq(r.chain[0].signed_seq, HL_AUDIT_SIGN_RECORDS + 2);
	ck_assert_uint_eq(r.faults, 0);
	hl_audit_report_fini(&r);
	end();
}
END_TEST

/* Processes that append at once: nothing is lost, nothing forks. */
START_TEST(several_write_at_once)
{
	begin();
	enum { WRITERS = 4, EACH = 60 };
	pid_t pid[WRITERS];
	hl_audit_close(&au);
	for (int w = 0; w < WRITERS; w++) {
		pid[w] = fork();
		if (pid[w])
			continue;
		struct hl_audit *mine;
		if (hl_audit_open(&mine, tmp_dir, T0, NULL))
			_exit(1);
		for (int i = 0; i < EACH; i++) {
			struct hl_audit_record r = look("alert show", "[\"7ABC123\"]", T0 + i);
			if (hl_audit_append(mine, &r, NULL))
				_exit(2);
		}
		_exit(0);
	}
	for (int w = 0; w < WRITERS; w++) {
		int status;
		ck_assert_int_eq(waitpid(pid[w], &status, 0), pid[w]);
		ck_assert_int_eq(status, 0);
	}
	struct hl_audit_report r;
	good(hl_audit_verify(tmp_dir, NULL, NULL, NULL, &r, err));
	ck_assert_uint_eq(r.faults + r.notes, 0);
	ck_assert_int_eq(r.chain[0].records, 1 + WRITERS * EACH);
	hl_audit_report_fini(&r);
	open_audit(T0 + 1000);
	end();
}
END_TEST

/* As a full disk does: in the middle of a line, too. */
static void limit_files(rlim_t bytes)
{
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ bytes, RLIM_INFINITY }), 0);
}

/* A disk that is full: what can't be recorded is refused, nothing of it is there, and the next one goes through. */
START_TEST(a_full_disk_leaves_the_chain_as_it_was)
{
	begin();
	put("alert show", NULL, T0);
	hl_audit_close(&au);
	open_audit(T0);
	struct stat st;
	ck_assert_int_eq(stat(file("000001.chain"), &st), 0);
	limit_files((rlim_t)st.st_size + 100);
	struct hl_audit_record r = look("alert show", "[\"7ABC123\"]", T0);
	struct hl_err err;
	ck_assert_int_eq(hl_audit_append(au, &r, &err), HL_E_IO);
	limit_files(RLIM_INFINITY);
	ck_assert_ptr_nonnull(strstr(err.text, "the audit can't be written"));
	ck_assert_str_eq(checked(NULL), "0 0");
	ck_assert_int_eq(put("alert ls", NULL, T0), 3);
	ck_assert_str_eq(checked(NULL), "0 0");
	end();
}
END_TEST

UNIT_MAIN("audit", what_is_appended_is_there_and_checks, no_column_is_empty, a_changed_byte_is_found, removed_inserted_swapped_and_cut_off_is_found,
	a_record_made_anew_is_found, another_chains_record_is_found, an_exported_checkpoint_shows_what_was_made_anew, a_torn_line_is_mended_with_a_note,
	a_damaged_last_line_stays_and_is_told, what_is_too_old_goes_and_the_chain_stays_whole, a_new_key_begins_a_new_chain, it_is_signed_now_and_then,
	several_write_at_once, a_full_disk_leaves_the_chain_as_it_was)
