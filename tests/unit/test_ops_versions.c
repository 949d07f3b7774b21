/* test_ops_versions.c: a version's life by the words of `list`: approve, activate, rollback, diff, gc, and what show and versions say of it; bad input for
 * each.
 */
#include "config.h"

#include "unit.h"

#include "ops_list_fixture.h"

static void by(const char *who)
{
	ctx.who = who;
}

static void import(const char *list, const char *plates)
{
	char words[128];
	snprintf(words, sizeof words, "list|import|%s|a.txt|--layout|plates", list);
	good(words, plates);
}

START_TEST(test_a_reason_is_needed)
{
	setup();
	import("a", "ABC123\n");
	static const char *const verbs[] = { "list|activate|a|newest", "list|rollback|a", "list|approve|a|newest" };
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		char words[1024], longest[300];
		bad(verbs[i], NULL, HL_E_USAGE, "--reason TEXT is missing");
		snprintf(words, sizeof words, "%s|--reason", verbs[i]);
		bad(words, NULL, HL_E_USAGE, "--reason needs a value");
		snprintf(words, sizeof words, "%s|--reason|", verbs[i]);
		bad(words, NULL, HL_E_USAGE, "--reason needs a value");
		snprintf(words, sizeof words, "%s|--reason| \t ", verbs[i]);
		bad(words, NULL, HL_E_USAGE, "--reason is blank");
		memset(longest, 'x', sizeof longest);
		longest[256] = 0;
		snprintf(words, sizeof words, "%s|--reason|%s", verbs[i], longest);
		bad(words, NULL, HL_E_USAGE, "--reason has 256 bytes: expected at most 255");
	}
	bad("list|import|a|a.txt|--layout|plates|--activate|--reason| ", "ABC\n", HL_E_USAGE, "blank");
	good("list|versions|a", NULL);
	ck_assert_ptr_null(strstr(hl_buf_text(&out), "active"));
	teardown();
}
END_TEST

START_TEST(test_approvals)
{
	setup_lists("two: {approvals: 2}, one: {approvals: 1}");
	by("ann");
	import("two", "ABC123\n");
	bad("list|activate|two|newest|--reason|go", NULL, HL_E_DENIED, "needs 2 approvals by people other than ann: hotlistctl list approve two v000001-");
	ck_assert_int_eq(hl_code_exit(err.code), 77);
	ck_assert(!ctx.lists_changed);
	bad("list|approve|two|newest|--reason|fine", NULL, HL_E_DENIED, "ann imported version v000001-");
	by("bob");
	good("list|approve|two|v000001|--reason|fine", NULL);
	has("is approved by bob (1 of 2 needed)\n");
	bad("list|approve|two|v000001|--reason|fine", NULL, HL_E_EXISTS, "bob has approved version");
	bad("list|activate|two|newest|--reason|go", NULL, HL_E_DENIED, "needs 2 approvals by people other than bob and ann");
	by("eve");
	good("list|approve|two|newest|--reason|fine \"too\"|--json", NULL);
	has("\"given\":2,\"needed\":2}\n");
	/* Whoever activates does not count: four eyes, six for two approvals. */
	bad("list|activate|two|newest|--reason|go", NULL, HL_E_DENIED, "needs 1 more approval by someone other than eve and ann");
	good("list|versions|two|--json", NULL);
	has("\"approvals\":[{\"by\":\"bob\",\"time\":\"2026-11-23T10:00:00.000Z\",\"why\":\"fine\"},{\"by\":\"eve\",");
	has("\"approvals_needed\":2,\"waits\":false}");
	by("ann");
	good("list|activate|two|newest|--reason|go", NULL);
	ck_assert(ctx.lists_changed);
	good("list|show|two", NULL);
	has("approvals 2 of 2 needed\n");
	has("by eve: fine \"too\"\n");
	/* An import that asks to be active is kept and waits. */
	bad("list|import|one|a.txt|--layout|plates|--activate", "ABC123\n", HL_E_DENIED, "needs 1 approval by someone other than ann");
	has("one: new version v000001-");
	has(", not active\n");
	good("list|versions|one", NULL);
	has("; waits for 1 of 1 approvals");
	bad("list|approve|one|v9|--reason|x", NULL, HL_E_NOTFOUND, "has no version 'v9'");
	bad("list|approve|none|newest|--reason|x", NULL, HL_E_NOTFOUND, "no version");
	bad("list|approve|one|--reason|x", NULL, HL_E_USAGE, "NAME VERSION is missing");
	teardown();
}
END_TEST

START_TEST(test_a_held_version_waits)
{
	struct hl_version v;
	setup();
	by("ann");
	import("a", "ABC123\n");
	ck_assert_int_eq(hl_version_find(settings->state, "a", "newest", &v, NULL), HL_OK);
	ck_assert_int_eq(hl_version_hold(settings->state, "a", v.id, HL_HOLD_SHRINK, NULL), HL_OK);
	bad("list|activate|a|newest|--reason|go", NULL, HL_E_DENIED, "needs 1 approval by someone other than ann (held: shrink)");
	good("list|show|a", NULL);
	has("held      shrink: it has far fewer entries than the active version\n");
	by("bob");
	good("list|approve|a|newest|--reason|it is a small list now", NULL);
	by("ann");
	good("list|activate|a|newest|--reason|go", NULL);
	teardown();
}
END_TEST

START_TEST(test_rollback)
{
	setup_lists("a: {approvals: 1}");
	by("bob");
	bad("list|rollback|a|--reason|x", NULL, HL_E_NOTFOUND, "no version of a list 'a'");
	by("ann");
	import("a", "ABC123\n");
	bad("list|rollback|a|--reason|x", NULL, HL_E_NOTFOUND, "list 'a' has no active version");
	import("a", "ABC124\n");
	by("bob");
	good("list|approve|a|v000001|--reason|x", NULL);
	good("list|approve|a|v000002|--reason|x", NULL);
	by("ann");
	good("list|activate|a|v000001|--reason|x", NULL);
	bad("list|rollback|a|--reason|x", NULL, HL_E_CONFLICT, "nothing to go back to");
	ck_assert(!ctx.lists_changed);
	good("list|activate|a|v000002|--reason|x", NULL);
	/* Going back to what was approved and active before is one person's: it must be quick. */
	by("eve");
	good("list|rollback|a|--reason|it stops everybody|--json", NULL);
	ck_assert(ctx.lists_changed);
	has("{\"list\":\"a\",\"version\":\"v000001-");
	has("\"was\":\"v000002-");
	bad("list|rollback|a|--reason|x", NULL, HL_E_CONFLICT, "nothing to go back to");
	struct hl_buf b = HL_BUF(1 << 16);
	ck_assert_int_eq(hl_file_read(tmp_path("state/lists/a/activations.jsonl"), &b, NULL), HL_OK);
	ck_assert_ptr_nonnull(strstr(b.data, "\"kind\":\"rollback\",\"by\":\"eve\",\"why\":\"it stops everybody\"}\n"));
	hl_buf_fini(&b);
	bad("list|rollback|a|b|--reason|x", NULL, HL_E_USAGE, "one word too many");
	teardown();
}
END_TEST

static const char csv_a[] = "plate,state,reason,expires,record\nAAA111,CA,old,2027-01-01,R1\nBBB222,CA,same,2027-01-01,R2\nCCC333,CA,gone,,R3\nDDD444,NV,\"o,ld\",2027-01-01,R4\n";
static const char csv_b[] = "plate,state,reason,expires,record\nAAA111,CA,old,2028-01-01,R1\nBBB222,CA,same,2027-01-01,R2\nDDD444,NV,new,2027-01-01,R4\nEEE555,CA,more,,R5\n";

START_TEST(test_diff)
{
	setup();
	good("list|import|a|a.csv|--layout|csv|--activate", csv_a);
	good("list|import|a|b.csv|--layout|csv", csv_b);
	good("list|diff|a", NULL);
	has("a: v000001-");
	has("+ EEE555       CA                                  more\n");
	has("- CCC333       CA                                  gone\n");
	has("~ AAA111 ");
	has("    expires: '2027-01-01T23:59:59.999Z' -> '2028-01-01T23:59:59.999Z'\n");
	has("    reason: 'o,ld' -> 'new'\n");
	has("1 added, 1 removed, 2 changed, 1 unchanged\n");
	ck_assert_ptr_null(strstr(hl_buf_text(&out), "BBB222"));
	good("list|diff|a|newest|active|--json", NULL);
	has("\"changes\":[{\"change\":\"");
	has("{\"change\":\"removed\",\"entry\":{\"id\":\"");
	has("\"fields\":{\"reason\":{\"from\":\"new\",\"to\":\"o,ld\"}}");
	has("],\"added\":1,\"removed\":1,\"changed\":2,\"unchanged\":1}\n");
	good("list|diff|a|v000001|v000002|--summary|--json", NULL);
	has("\"to\":\"v000002-");
	ck_assert_ptr_null(strstr(hl_buf_text(&out), "changes"));
	has("\"added\":1,\"removed\":1,\"changed\":2,\"unchanged\":1}\n");
	good("list|diff|a|v000001|v000002|--summary", NULL);
	ck_assert_ptr_null(strstr(hl_buf_text(&out), "EEE555"));
	good("list|diff|a|v000001|v000002|--limit|1", NULL);
	has("  ... and 3 more (--limit)\n");
	good("list|diff|a|v000002|v000002", NULL);
	has("0 added, 0 removed, 0 changed, 4 unchanged\n");
	bad("list|diff|a|v000001|v7", NULL, HL_E_NOTFOUND, "has no version 'v7'");
	bad("list|diff|a|v7", NULL, HL_E_NOTFOUND, "has no version 'v7'");
	bad("list|diff|b", NULL, HL_E_NOTFOUND, "no version of a list 'b'");
	bad("list|diff", NULL, HL_E_USAGE, "NAME is missing");
	bad("list|diff|a|v000001|v000002|v000001", NULL, HL_E_USAGE, "one word too many");
	bad("list|diff|a|--summary|--limit|3", NULL, HL_E_USAGE, "--summary");
	bad("list|diff|a|--limit|x", NULL, HL_E_USAGE, "--limit 'x'");
	out.max = 300;
	bad("list|diff|a|--json", NULL, HL_E_LIMIT, "4 entries differ");
	ck_assert_str_eq(hl_buf_text(&out), "");
	teardown();
}
END_TEST

/* Every change is in the difference, whatever the two versions are. */
START_TEST(test_diff_counts)
{
	setup();
	unsigned seed = 7;
	for (int round = 0; round < 20; round++) {
		char text[2][4096] = { "plate,reason,record\nZZZ999,x,R999\n", "plate,reason,record\nZZZ999,x,R999\n" };
		int expect[4] = { 0, 0, 0, 1 };
		for (int i = 0; i < 60; i++) {
			seed = seed * 1103515245 + 12345;
			unsigned what = seed >> 16 & 7;
			char line[64];
			snprintf(line, sizeof line, "AB%d,why,R%d\n", i, i);
			if (what != 0)
				strncat(text[0], line, sizeof text[0] - strlen(text[0]) - 1);
			if (what == 2)
				snprintf(line, sizeof line, "AB%d,other,R%d\n", i, i);
			if (what != 1)
				strncat(text[1], line, sizeof text[1] - strlen(text[1]) - 1);
			expect[what < 3 ? what : 3]++;
		}
		char words[64], line[96];
		snprintf(words, sizeof words, "list|import|l%d|a.csv|--layout|csv|--activate", round);
		good(words, text[0]);
		words[strlen(words) - strlen("|--activate")] = 0;
		good(words, text[1]);
		snprintf(words, sizeof words, "list|diff|l%d", round);
		good(words, NULL);
		snprintf(line, sizeof line, "%d added, %d removed, %d changed, %d unchanged\n", expect[0], expect[1], expect[2], expect[3]);
		has(line);
	}
	teardown();
}
END_TEST

START_TEST(test_show_by_plate)
{
	setup();
	import("a", "ABC123\nAB?123\nA*23\nXB0123\nABC12\n");
	good("list|show|a|--plate|abc-123|--json", NULL);
	has("\"plate\":\"ABC123\"");
	has("\"plate\":\"AB?123\"");
	has("\"plate\":\"A*23\"");
	has("\"fitting\":3}");
	good("list|show|a|--plate|A?23|--json", NULL); /* what is listed, not what would fit the question */
	has("\"fitting\":1}");
	good("list|show|a|--plate|XBO123|--json", NULL);
	has("\"fitting\":0}");
	good("list|import|z|a.txt|--layout|csv-o0", "plate\nXB0123\n");
	good("list|show|z|--plate|XBO123|--json", NULL);
	has("\"fitting\":1}");
	teardown();
}
END_TEST

static void open_store(void)
{
	ck_assert_msg(!hl_store_open(&ctx.store, "sqlite", tmp_dir, HL_STORE_WRITE, &err), "%s", err.text);
}

static void close_store(void)
{
	hl_store_close(&ctx.store);
	teardown();
}

/* An alert that names version v of list a. */
static void open_alert(const char *id, enum hl_alert_state state, const char *v)
{
	char body[128];
	struct hl_version version;
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	ck_assert_int_eq(hl_version_find(settings->state, "a", v, &version, NULL), HL_OK);
	hl_copy(a->id, sizeof a->id, id);
	hl_copy(a->list, sizeof a->list, "a");
	a->rev = 1;
	a->state = state;
	int n = snprintf(body, sizeof body, "{\"entry\":{\"list_version\":\"%s\"}}", version.id);
	ck_assert_int_eq(ctx.store->ops->begin(ctx.store, &err), HL_OK);
	ck_assert_int_eq(ctx.store->ops->apply(ctx.store, &(struct hl_change){ .alert = a, .alert_body = body, .alert_body_n = (size_t)n }, &err), HL_OK);
	ck_assert_int_eq(ctx.store->ops->commit(ctx.store, &err), HL_OK);
	free(a);
}

static void many(int n)
{
	for (int i = 1; i <= n; i++) {
		char plate[16];
		snprintf(plate, sizeof plate, "ABC%d\n", i);
		import("a", plate);
	}
}

START_TEST(test_gc)
{
	setup_lists("a: {keep: 2}");
	open_store();
	many(9);
	good("list|activate|a|v000002|--reason|x", NULL);
	good("list|activate|a|v000004|--reason|x", NULL);
	open_alert("open", HL_ST_ACKNOWLEDGED, "v000003");
	open_alert("closed", HL_ST_CLOSED, "v000001");
	struct hl_version v;
	ck_assert_int_eq(hl_version_find(settings->state, "a", "v000006", &v, NULL), HL_OK);
	ck_assert_int_eq(hl_version_hold(settings->state, "a", v.id, HL_HOLD_AGE, NULL), HL_OK);
	ck_assert_int_eq(hl_version_find(settings->state, "a", "v000001", &v, NULL), HL_OK);
	ck_assert_int_eq(hl_version_hold(settings->state, "a", v.id, HL_HOLD_AGE, NULL), HL_OK); /* overtaken by the active one: it waits no more */
	good("list|gc|a|--dry-run", NULL);
	has("kept: active\n");
	has("kept: the one before the active\n");
	has("kept: named by an open alert\n");
	has("kept: waits for an approval\n");
	has("a: 3 of 9 versions would be removed\n"); /* 1, 5 and 7 */
	good("list|gc|a|--json", NULL);
	has("\"dry_run\":false,\"removed\":3,");
	has("\"kept\":\"among the newest\"}");
	has("\"kept\":null}");
	static const char *const kept[] = { "v000002", "v000003", "v000004", "v000006", "v000008", "v000009" };
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		ck_assert_msg(!hl_version_find(settings->state, "a", kept[i], &v, &err), "%s", err.text);
	good("list|gc|a", NULL);
	has("a: 0 of 6 versions removed\n");
	good("list|rollback|a|--reason|x", NULL);
	/* The numbers go on, and what is gone can come again. */
	import("a", "ABC1\n");
	has("v000010-");
	bad("list|gc|b", NULL, HL_E_NOTFOUND, "no version of a list 'b'");
	bad("list|gc", NULL, HL_E_USAGE, "NAME is missing");
	bad("list|gc|a|--dry-run=1", NULL, HL_E_USAGE, "takes no value");
	bad("list|gc|../a", NULL, HL_E_USAGE, "can't be a list's name");
	/* Where nobody can say what is active nothing goes. */
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("state/lists/a/active"), "?", 1, 0600, NULL), HL_OK);
	bad("list|gc|a", NULL, HL_E_INPUT, "does not name a version");
	close_store();
}
END_TEST

START_TEST(test_gc_keeps_thirty_of_an_unnamed_list)
{
	setup();
	open_store();
	many(32);
	good("list|gc|a", NULL);
	has("a: 2 of 32 versions removed\n");
	close_store();
}
END_TEST

UNIT_MAIN("ops_versions", test_a_reason_is_needed, test_approvals, test_a_held_version_waits, test_rollback, test_diff, test_diff_counts, test_show_by_plate, test_gc,
	  test_gc_keeps_thirty_of_an_unnamed_list)
