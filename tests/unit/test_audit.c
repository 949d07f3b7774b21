/* test_audit.c: the audit's chain: what is appended is there and checks; every way of tampering is found, with its place. */
#include "audit_fixture.h"

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

UNIT_MAIN("audit", what_is_appended_is_there_and_checks, no_column_is_empty, a_changed_byte_is_found, removed_inserted_swapped_and_cut_off_is_found,
	a_record_made_anew_is_found, another_chains_record_is_found, an_exported_checkpoint_shows_what_was_made_anew)
