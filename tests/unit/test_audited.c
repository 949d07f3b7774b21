/* test_audited.c: what people do on its way into the audit: each row of each table of operations has a record, but for those few that show nothing; looks and changes; the
 * purpose; that the plates of a command stand in the details only. */
#include "tmpdir.h"
#include "unit.h"

#include <string.h>

#include "core/alert_life.h"
#include "engine/audited.h"

static const int64_t T0 = 1795428000000;

static struct hl_settings settings;
static struct hl_audit *au;

static struct hl_ops_ctx context(void)
{
	return (struct hl_ops_ctx){ .audit = au, .settings = &settings, .state = tmp_dir, .who = "smith", .now_ms = T0, .fd = -1 };
}

static void begin(void)
{
	static char purpose[] = "patrol", org[] = "METRO PD";
	ck_assert_int_eq(hl_crypto_init(NULL), HL_OK);
	tmp_make();
	settings = (struct hl_settings){ .purpose = purpose, .organization = org };
	ck_assert_int_eq(hl_audit_open(&au, tmp_dir, T0, NULL), HL_OK);
}

static void end(void)
{
	hl_audit_close(&au);
	tmp_remove();
}

/* The records behind the chain's first, as "KIND OP OBJECT [RESULT] PURPOSE; …". */
static bool put(void *arg, const struct hl_audit_record *r)
{
	struct hl_buf *b = arg;
	if (r->kind != HL_AUDIT_BEGIN)
		hl_buf_printf(b, "%s%s %s %s [%s] %s", b->len ? "; " : "", hl_audit_kind_name(r->kind), r->op, r->object, r->result, r->purpose);
	return true;
}

static const char *said(void)
{
	static struct hl_buf b;
	struct hl_audit_report report;
	hl_buf_fini(&b);
	b = HL_BUF(1 << 20);
	ck_assert_int_eq(hl_audit_verify(tmp_dir, NULL, put, &b, &report, NULL), HL_OK);
	ck_assert_uint_eq(report.faults, 0);
	hl_audit_report_fini(&report);
	return hl_buf_text(&b);
}

START_TEST(every_operation_has_a_record)
{
	static const char *const without[] = { "alert pulse", "backup verify", "list layouts", "list lint", "restore", "status" };
	begin();
	size_t n = 0, none = 0;
	for (size_t t = 0; hl_ops_tables[t]; t++)
		for (const struct hl_op_row *r = hl_ops_tables[t]; r->family; r++, n++) {
			struct hl_ops_ctx ctx = context();
			struct hl_audited d;
			struct hl_buf out = HL_BUF(100);
			char name[128], want[256];
			snprintf(name, sizeof name, "%s%s%s", r->family, r->verb[0] ? " " : "", r->verb);
			ck_assert_int_eq(hl_audited_begin(&d, &ctx, 2, (const char *const[]){ r->family, r->verb }, NULL), HL_OK);
			bool recorded = d.audit != NULL, change = d.change;
			ck_assert_int_eq(hl_audited_end(&d, HL_OK, T0, &out, NULL), HL_OK);
			bool exempt = false;
			for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
				exempt |= !strcmp(without[i], name);
			ck_assert_msg(recorded != exempt, "%s", name);
			none += exempt;
			snprintf(want, sizeof want, "%s %s  [ok] patrol", change ? "outcome" : "look", name);
			ck_assert_msg(exempt || strstr(said(), want), "%s: %s", name, said());
		}
	ck_assert_uint_gt(n, 30);
	ck_assert_uint_eq(none, sizeof without / sizeof without[0]);
	end();
}
END_TEST

static enum hl_code go(struct hl_audited *d, struct hl_err *err, const char *const *words)
{
	int n = 0;
	while (words[n])
		n++;
	struct hl_ops_ctx ctx = context();
	return hl_audited_begin(d, &ctx, n, words, err);
}

#define words(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(a_change_has_two_records_and_a_look_one)
{
	struct hl_audited d;
	struct hl_err err = { 0 };
	begin();
	ck_assert_int_eq(go(&d, &err, words("alert", "ack", "k3v7", "--role", "officer")), HL_OK);
	ck_assert_str_eq(said(), "change alert ack k3v7 [] patrol");
	ck_assert_int_eq(hl_audited_end(&d, HL_E_CONFLICT, T0, NULL, &err), HL_E_CONFLICT);
	ck_assert_str_eq(said(), "change alert ack k3v7 [] patrol; outcome alert ack k3v7 [conflict] patrol");
	ck_assert_int_eq(go(&d, &err, words("alert", "show", "k3v7", "--json", "--purpose=case 17")), HL_OK);
	ck_assert_int_eq(hl_audited_end(&d, HL_OK, T0, NULL, &err), HL_OK);
	ck_assert_ptr_nonnull(strstr(said(), "; look alert show k3v7 [ok] case 17"));
	end();
}
END_TEST

START_TEST(a_purpose_that_is_required_must_say_something)
{
	struct hl_audited d;
	struct hl_err err = { 0 };
	static char required[] = "required";
	begin();
	settings.purpose = required;
	ck_assert_int_eq(go(&d, &err, words("alert", "show", "k3v7")), HL_E_DENIED);
	ck_assert_int_eq(hl_audited_end(&d, HL_E_DENIED, T0, NULL, &err), HL_E_DENIED);
	ck_assert_int_eq(go(&d, &err, words("alert", "show", "k3v7", "--purpose= \t")), HL_E_DENIED);
	ck_assert_int_eq(go(&d, &err, words("status")), HL_OK);
	ck_assert_int_eq(go(&d, &err, words("alert", "show", "k3v7", "--purpose=x")), HL_OK);
	ck_assert_int_eq(hl_audited_end(&d, HL_OK, T0, NULL, &err), HL_OK);
	ck_assert_str_eq(said(), "look alert show k3v7 [ok] x");
	end();
}
END_TEST

START_TEST(what_may_be_a_plate_is_in_the_details_only)
{
	struct hl_audited d;
	begin();
	ck_assert_int_eq(go(&d, NULL, words("list", "add", "--plate", "7ABC123", "stolen")), HL_OK);
	hl_audited_end(&d, HL_OK, T0, NULL, NULL);
	ck_assert_int_eq(go(&d, NULL, words("list", "show", "stolen", "--plate=7ABC123")), HL_OK);
	hl_audited_end(&d, HL_OK, T0, NULL, NULL);
	ck_assert_ptr_null(strstr(said(), "7ABC123"));
	ck_assert_ptr_nonnull(strstr(said(), "look list show stolen [ok]"));
	end();
}
END_TEST

/* Where the settings know people, the audit is for some of them, and a copy of everything for fewer; the role in a record is the settings'. */
START_TEST(who_may_see_the_audit_where_there_are_users)
{
	static char smith[] = "smith";
	static const struct { enum hl_role role; bool trusted, sees, copies; } row[] = {
		{ HL_ROLE_OFFICER, false, false, false }, { HL_ROLE_DISPATCHER, false, false, false }, { HL_ROLE_AGENCY, false, false, false },
		{ HL_ROLE_AUDITOR, false, true, false },  { HL_ROLE_SUPERVISOR, false, true, true },   { HL_ROLE_OFFICER, true, true, true },
	};
	begin();
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct hl_user user = { .name = smith, .role = (int)row[i].role };
		struct hl_buf out = HL_BUF(1 << 20);
		settings.users = (struct hl_array){ .n = 1, .v = &user };
		struct hl_ops_ctx ctx = context();
		ctx.trusted = row[i].trusted;
		ck_assert_int_eq(hl_ops_run(&ctx, 2, words("audit", "show"), &out, NULL), row[i].sees ? HL_OK : HL_E_DENIED);
		ck_assert((out.len > 0) == row[i].sees);
		ck_assert_int_eq(hl_ops_run(&ctx, 4, words("outbox", "release", "--reason", "x"), &out, NULL), row[i].copies ? HL_E_CONFLICT : HL_E_DENIED);
		hl_buf_fini(&out);
		struct hl_audited d;
		ck_assert_int_eq(hl_audited_begin(&d, &ctx, 3, words("alert", "show", "k3v7"), NULL), HL_OK);
		ck_assert_str_eq(d.role, hl_role_name(row[i].role));
		hl_audited_end(&d, HL_OK, T0, NULL, NULL);
	}
	settings.users = (struct hl_array){ .n = 0 };
	end();
}
END_TEST

/* The chain's folder is gone: neither a look nor a change goes on. */
START_TEST(what_cannot_be_recorded_is_refused)
{
	struct hl_audited d;
	struct hl_err err = { 0 };
	struct hl_buf out = HL_BUF(100);
	begin();
	ck_assert_int_eq(go(&d, &err, words("alert", "show", "k3v7")), HL_OK);
	ck_assert_int_eq(hl_file_remove_tree(tmp_path("audit"), &err), HL_OK);
	hl_buf_puts(&out, "plate 7ABC123");
	ck_assert_int_eq(hl_audited_end(&d, HL_OK, T0, &out, &err), HL_E_NOTFOUND);
	ck_assert_uint_eq(out.len, 0);
	hl_buf_fini(&out);
	ck_assert_ptr_nonnull(strstr(err.text, "no look without a record"));
	ck_assert_int_ne(go(&d, &err, words("alert", "ack", "k3v7")), HL_OK);
	ck_assert_ptr_null(d.audit);
	struct hl_ops_ctx ctx = context();
	ctx.audit = NULL;
	ck_assert_int_eq(hl_audited_begin(&d, &ctx, 3, words("alert", "show", "k3v7"), &err), HL_E_INTERNAL);
	end();
}
END_TEST

UNIT_MAIN("audited", every_operation_has_a_record, a_change_has_two_records_and_a_look_one, a_purpose_that_is_required_must_say_something, what_may_be_a_plate_is_in_the_details_only,
	  who_may_see_the_audit_where_there_are_users, what_cannot_be_recorded_is_refused)
