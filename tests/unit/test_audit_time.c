/* test_audit_time.c: the audit's chain in the course of time: what a crash or a full disk leaves is mended with a note; details and old records go without the chain
 * breaking; it is signed now and then; several processes append at once. */
#include "audit_fixture.h"

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

UNIT_MAIN("audit_time", a_torn_line_is_mended_with_a_note, a_damaged_last_line_stays_and_is_told, what_is_too_old_goes_and_the_chain_stays_whole,
	a_new_key_begins_a_new_chain, it_is_signed_now_and_then, several_write_at_once, a_full_disk_leaves_the_chain_as_it_was)
