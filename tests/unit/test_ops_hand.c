/* test_ops_hand.c: the words of `list add`, `list withdraw` and `list withdrawn`, through the same door as the daemon and hotlistctl use; good and bad input, and
 * what a new version does to withdrawals.
 */
#include "config.h"

#include "unit.h"

#include <stdio.h>

#include "ops_list_fixture.h"

#define LISTS "amber: {agency: METRO, categories: [amber, stolen], longest: {stolen: 12h}}, feed: {agency: METRO, feed: true, require: [plate], fill: {expires: 36h}}"
#define ADD "list|add|amber|--plate|KX 41-TST|--state|California|--category|amber|--case|C1|--reason|a child was taken"

/* The id that the last answer tells, in parentheses. */
static const char *told_id(void)
{
	static char id[HL_ID_TEXT];
	const char *at = strchr(hl_buf_text(&out), '(');
	ck_assert_ptr_nonnull(at);
	hl_copy_n(id, sizeof id, at + 1, HL_ID_TEXT - 1);
	return id;
}

static struct hl_hand *layer(const char *list)
{
	struct hl_hand *h;
	ck_assert_msg(!hl_hand_open(&h, ctx.state, list, &err), "%s", err.text);
	return h;
}

START_TEST(test_add)
{
	setup_lists(LISTS);
	good(ADD "|--expires|6h|--make|TOYT|--priority|1|--starts|+1h", NULL);
	has("amber: KX 41-TST added by hand (");
	has("), from 2026-11-23 11:00:00 UTC until 2026-11-23 16:00:00 UTC; layer hand-000001\n");
	ck_assert_str_eq(ctx.hand_changed, "amber");
	ck_assert(!ctx.lists_changed);
	struct hl_hand *h = layer("amber");
	struct hl_entry e;
	ck_assert_uint_eq(h->listed, 1);
	hl_snapshot_get(h->snapshot, 0, &e);
	ck_assert_str_eq(e.id, told_id());
	ck_assert_str_eq(e.f[HL_F_AGENCY], "METRO");
	ck_assert_str_eq(e.f[HL_F_MAKE], "TOYT");
	ck_assert_int_eq(e.priority, 1);
	ck_assert_int_eq(e.starts_ms, IMPORT_NOW + 3600000);
	ck_assert_int_eq(e.expires_ms, IMPORT_NOW + 6 * 3600000);
	ck_assert_str_eq(h->entry[0].added.by, "smith");
	ck_assert_str_eq(h->entry[0].added.why, "a child was taken");
	hl_hand_close(&h);
	/* Again with more time: the same entry, told. */
	char id[HL_ID_TEXT];
	hl_copy(id, sizeof id, told_id());
	good(ADD "|--expires|8h", NULL);
	ck_assert_str_eq(told_id(), id);
	has("from now until 2026-11-23 18:00:00 UTC; layer hand-000002\n  it takes the place of what smith added 2026-11-23 10:00:00 UTC\n");
	good(ADD "|--expires|2026-11-24|--json", NULL);
	has("{\"list\":\"amber\",\"layer\":\"hand-000003\",\"entry\":{\"id\":\"");
	has("\"in_version\":null,\"withdrawn_there\":false,\"same_plate\":[],\"torn\":0}\n");
	h = layer("amber");
	ck_assert_uint_eq(h->listed, 1);
	hl_hand_close(&h);
	teardown();
}
END_TEST

/* What an uploaded line would be refused for, and what only matters by hand. */
START_TEST(test_add_is_checked)
{
	setup_lists(LISTS);
	bad(ADD, NULL, HL_E_INPUT, "expires: ");
	bad("list|add|amber|--plate|ABC123|--category|amber|--case|C1|--expires|6h|--reason|x", NULL, HL_E_INPUT, "state: ");
	bad("list|add|amber|--plate|ABC123|--state|CA|--category|parking|--case|C1|--expires|6h|--reason|x", NULL, HL_E_INPUT,
	    "category: found 'parking', expected one of amber, stolen");
	bad("list|add|amber|--plate|TOOLONGAPLATE1|--state|CA|--category|amber|--case|C1|--expires|6h|--reason|x", NULL, HL_E_INPUT, "plate: found 'TOOLONGAPLATE1'");
	bad("list|add|amber|--plate|A\"B,C|--state|CA|--category|amber|--case|C1|--expires|6h|--reason|x", NULL, HL_E_INPUT, "plate: ");
	bad(ADD "|--expires|6h|--priority|12", NULL, HL_E_INPUT, "priority: found '12'");
	bad(ADD "|--expires|6x", NULL, HL_E_USAGE, "expires");
	bad(ADD "|--expires|2026-11-22", NULL, HL_E_INPUT, "expires: found 2026-11-22T23:59:59.999Z, expected a time to come");
	bad(ADD "|--expires|6h|--starts|7h", NULL, HL_E_INPUT, "expires: ");
	bad("list|add|amber|--plate|ABC123", NULL, HL_E_USAGE, "reason");
	bad("list|add|amber|--state|CA|--reason|x", NULL, HL_E_USAGE, "--plate is missing; usage: hotlistctl list add NAME --plate P");
	bad(ADD "|--expires|6h|--plat|x", NULL, HL_E_USAGE, "unknown option '--plat' (did you mean '--plate'?)");
	bad("list|add|ambr|--plate|ABC123|--expires|6h|--reason|x", NULL, HL_E_NOTFOUND, "there is no list 'ambr' (did you mean 'amber'?)");
	bad("list|add|../x|--plate|ABC123|--expires|6h|--reason|x", NULL, HL_E_NOTFOUND, "there is no list");
	ck_assert_str_eq(ctx.hand_changed, "");
	/* What the list fills in, it fills in here, too. */
	good("list|add|feed|--plate|FILLED1|--reason|x", NULL);
	has("until 2026-11-24 22:00:00 UTC");
	/* The category's longest life, and plates that are none. */
	bad("list|add|amber|--plate|ABC123|--state|CA|--category|stolen|--case|C1|--expires|13h|--reason|x", NULL, HL_E_INPUT, "expires: ");
	bad("list|add|feed|--plate|UNKNOWN|--expires|6h|--reason|x", NULL, HL_E_INPUT, "plate: ");
	good("list|add|feed|--plate|ODD123|--expires|6h|--reason|x|--make|ZZZZ", NULL);
	has("ZZZZ");
	teardown();
}
END_TEST

/* The same entry, and the same plate under another id, in the active version. */
START_TEST(test_add_beside_the_version)
{
	setup_lists(LISTS);
	good("list|import|amber|a.csv|--activate", "plate,state,category,reason,case,expires\nKX41TST,CA,amber,old,C1,2027-01-01\nKX41TST,CA,amber,old,C2,2027-01-01\n");
	good(ADD "|--expires|6h", NULL);
	has("  the active version v000001-");
	has(" has the same entry: this one holds in its place while it is in force\n");
	has("  the active version lists this plate, too: ");
	has(" (CA amber, case C2): a read of it alerts for both\n");
	/* One withdrawal ends both of one id. */
	char id[HL_ID_TEXT], line[200];
	hl_copy(id, sizeof id, told_id());
	snprintf(line, sizeof line, "list|withdraw|amber|%s|--reason|found", id);
	good(line, NULL);
	has(") is withdrawn; it was added by hand\n  it stays withdrawn while versions of the list have it with this content; the active one is v000001-");
	ck_assert_str_eq(ctx.hand_changed, "amber");
	struct hl_hand *h = layer("amber");
	ck_assert_uint_eq(h->listed, 0);
	ck_assert_uint_eq(h->masked, 1);
	hl_hand_close(&h);
	bad(line, NULL, HL_E_EXISTS, "is withdrawn already, by smith: found");
	good(ADD "|--expires|6h", NULL);
	has("has the same entry, withdrawn: this one holds");
	teardown();
}
END_TEST

START_TEST(test_withdraw)
{
	setup_lists(LISTS);
	good("list|import|feed|a.csv|--activate", "plate,state,category,case\nABC123,CA,stolen,1\nABC123,NV,stolen,2\nXYZ789,CA,stolen,3\n");
	bad("list|withdraw|feed|--reason|x", NULL, HL_E_USAGE, "which entry?");
	bad("list|withdraw|feed|abc|--plate|ABC123|--reason|x", NULL, HL_E_USAGE, "which entry?");
	bad("list|withdraw|feed|abc|--state|CA|--reason|x", NULL, HL_E_USAGE, "which entry?");
	bad("list|withdraw|feed|--plate|ABC123", NULL, HL_E_USAGE, "reason");
	bad("list|withdraw|feed|abc|--reason|x", NULL, HL_E_NOTFOUND, "has no entry abc, neither in its active version nor by hand");
	bad("list|withdraw|feed|--plate|NOSUCH1|--reason|x", NULL, HL_E_NOTFOUND, "has no entry of plate NOSUCH1");
	bad("list|withdraw|feed|--plate|ABC123|--state|OR|--reason|x", NULL, HL_E_NOTFOUND, "has no entry of plate ABC123 of OR");
	bad("list|withdraw|feed|--plate|ABC123|--reason|x", NULL, HL_E_CONFLICT, "is listed more than once: give the ID: ");
	bad("list|withdraw|fed|--plate|ABC123|--reason|x", NULL, HL_E_NOTFOUND, "did you mean 'feed'?");
	good("list|withdraw|feed|--plate|abc-123|--state|us-nv|--reason|recovered", NULL);
	has("feed: ABC123 (");
	good("list|withdrawn|feed", NULL);
	has("  ABC123       NV    ");
	has(" version  by smith 2026-11-23 10:00:00 UTC: recovered\n");
	good("list|withdrawn|feed|--json", NULL);
	has("\"by_hand\":false,\"version\":\"v000001-");
	has("\"withdrawn\":{\"by\":\"smith\",\"time\":\"2026-11-23T10:00:00.000Z\",\"why\":\"recovered\"}}]\n");
	/* What is withdrawn is not found a second time, and the other one now is alone. */
	good("list|withdraw|feed|--plate|ABC123|--reason|recovered|--json", NULL);
	has("\"withdrawn\":true,\"by_hand\":false,\"in_version\":\"v000001-");
	bad("list|withdraw|feed|--plate|ABC123|--undo|--reason|a mistake", NULL, HL_E_CONFLICT, "give the ID");
	good("list|withdraw|feed|--plate|ABC123|--state|NV|--undo|--reason|a mistake", NULL);
	has(") is listed again\n");
	bad("list|withdraw|feed|--plate|XYZ789|--undo|--reason|x", NULL, HL_E_NOTFOUND, "that is withdrawn");
	good("list|withdrawn|feed|--all", NULL);
	has("until 2026-11-23 10:00:00 UTC, smith: a mistake\n");
	good("list|withdrawn|amber", NULL);
	has("amber: nothing is withdrawn\n");
	teardown();
}
END_TEST

/* A withdrawal outlives an upload that leaves the entry as it is (a new expiry is no change), and ends, told, with one that changes it or leaves it out. */
START_TEST(test_versions_overtake)
{
	setup_lists(LISTS);
	good("list|import|feed|a.csv|--activate", "plate,state,category,case,note\nABC123,CA,stolen,1,a\nDEF456,CA,stolen,2,b\nXYZ789,CA,stolen,3,c\n");
	good("list|withdraw|feed|--plate|ABC123|--reason|r1", NULL);
	good("list|withdraw|feed|--plate|DEF456|--reason|r2", NULL);
	good("list|withdraw|feed|--plate|XYZ789|--reason|r3", NULL);
	ctx.now_ms += 3600000; /* the feed's fill moves the expiry */
	good("list|import|feed|b.csv|--activate", "plate,state,category,case,note\nABC123,CA,stolen,1,a\nDEF456,CA,stolen,2,changed\n");
	has("feed: DEF456 (");
	has(") is no longer withdrawn: version v000002-");
	has(" has it with other content\n");
	has(") is no longer withdrawn: it is no more in version v000002-");
	ck_assert_ptr_null(strstr(hl_buf_text(&out), "ABC123"));
	struct hl_hand *h = layer("feed");
	ck_assert_uint_eq(h->masked, 1);
	hl_hand_close(&h);
	/* It does not come back with the old version. */
	good("list|rollback|feed|--reason|back", NULL);
	ck_assert_ptr_null(strstr(hl_buf_text(&out), "no longer"));
	good("list|withdrawn|feed|--all", NULL);
	has("smith: version v000002-");
	good("list|import|feed|c.csv", "plate,state,category,case,note\nQQQ111,CA,stolen,9,\n");
	good("list|activate|feed|newest|--reason|x|--json", NULL);
	has("\"overtaken\":\"feed: ABC123 (");
	h = layer("feed");
	ck_assert_uint_eq(h->masked, 0);
	hl_hand_close(&h);
	teardown();
}
END_TEST

/* A plate that stands for many needs two people. */
START_TEST(test_two_people)
{
	char line[200], id[HL_ID_TEXT];
	setup_lists(LISTS);
	good("list|add|feed|--plate|ABC*|--expires|6h|--reason|x", NULL);
	has("  it stands for many plates, and WAITS for another person: list add feed --approve ");
	hl_copy(id, sizeof id, told_id());
	struct hl_hand *h = layer("feed");
	ck_assert_uint_eq(h->listed, 0);
	ck_assert_uint_eq(h->waiting, 1);
	ck_assert_uint_eq(hl_snapshot_count(h->snapshot), 0);
	hl_hand_close(&h);
	good("list|show|feed", NULL);
	has("waits     ABC* (");
	snprintf(line, sizeof line, "list|add|feed|--approve|%s|--reason|seen", id);
	bad(line, NULL, HL_E_DENIED, "smith added it: another person must approve it");
	ctx.who = "jones";
	snprintf(line, sizeof line, "list|add|feed|--approve|%s|--reason|seen|--plate|AB*", id);
	bad(line, NULL, HL_E_USAGE, "with --reason alone");
	bad("list|add|feed|--approve|abc|--reason|seen", NULL, HL_E_NOTFOUND, "that waits for an approval");
	snprintf(line, sizeof line, "list|add|feed|--approve|%s|--reason|seen", id);
	good(line, NULL);
	ck_assert_str_eq(ctx.hand_changed, "feed");
	h = layer("feed");
	ck_assert_uint_eq(h->listed, 1);
	ck_assert_str_eq(h->entry[0].approved.by, "jones");
	hl_hand_close(&h);
	bad(line, NULL, HL_E_NOTFOUND, "that waits for an approval");
	/* Other content is another matter. */
	good("list|add|feed|--plate|ABC*|--expires|6h|--reason|y", NULL);
	has("WAITS");
	teardown();
}
END_TEST

START_TEST(test_show_and_export)
{
	setup_lists(LISTS);
	bad("list|show|amber|hand", NULL, HL_E_NOTFOUND, "nothing was ever added to list 'amber' by hand");
	good(ADD "|--expires|6h", NULL);
	good("list|add|amber|--plate|LATER1|--state|CA|--category|amber|--case|C2|--reason|r|--starts|1h|--expires|2h", NULL);
	good("list|show|amber", NULL); /* there is no version */
	has("version   hand-000002 (active)\n");
	has("  KX 41-TST ");
	has("               in force by smith 2026-11-23 10:00:00 UTC: a child was taken\n");
	has("               not yet in force by smith");
	good("list|export|amber|hand", NULL);
	has("plate,state,category,reason,agency,case,starts,expires\n");
	has("KX 41-TST,California,amber,a child was taken,METRO,C1,,2026-11-23T16:00:00.000Z\n");
	good("list|import|amber|a.csv|--activate", "plate,state,category,reason,case,expires\nABC123,CA,amber,old,C1,2027-01-01\nXYZ789,CA,amber,old,C2,2027-01-01\n");
	good("list|withdraw|amber|--plate|ABC123|--reason|found", NULL);
	good("list|show|amber", NULL);
	has("by hand   2 entries (list show amber hand), 1 of the versions withdrawn (list withdrawn amber); changed 2026-11-23 10:00:00 UTC by smith\n");
	has("               WITHDRAWN by smith 2026-11-23 10:00:00 UTC: found\n");
	good("list|show|amber|--plate|ABC123|--json", NULL);
	has("\"withdrawn\":{\"by\":\"smith\",\"time\":\"2026-11-23T10:00:00.000Z\",\"why\":\"found\"}}],\"fitting\":1}\n");
	good("list|show|amber|hand|--json", NULL);
	has("\"is\":\"not yet in force\",\"added\":{\"by\":\"smith\"");
	good("list|export|amber", NULL);
	ck_assert_ptr_null(strstr(hl_buf_text(&out), "KX 41-TST"));
	teardown();
}
END_TEST

/* An entry that no agency but its own, or a supervisor, may withdraw, once the settings know the people. */
START_TEST(test_withdrawn_by_its_own_agency)
{
	setup_lists(LISTS "}\nusers: {smith: {role: officer}, ann: {role: agency, agency: METRO}, bob: {role: agency, agency: COUNTY}, sue: {role: supervisor}");
	ctx.who = "sue";
	good("list|import|feed|a.csv|--activate", "plate,state,category,agency\nABC123,CA,stolen,\nXYZ789,CA,stolen,COUNTY\nKLM456,CA,stolen,\n");
	static const char *const others[] = { "smith", "bob", "mallory" };
	for (size_t i = 0; i < 3; i++) {
		ctx.who = others[i];
		bad("list|withdraw|feed|--plate|ABC123|--reason|x", NULL, HL_E_DENIED, i == 0 ? "list withdraw is for supervisor, agency: smith is officer" :
									       i == 1 ? "an entry of METRO is withdrawn by that agency or a supervisor" : "not among the users");
	}
	ctx.who = "ann";
	bad("list|withdraw|feed|--plate|XYZ789|--reason|x", NULL, HL_E_DENIED, "an entry of COUNTY is withdrawn by that agency or a supervisor: ann is agency of METRO");
	good("list|withdraw|feed|--plate|ABC123|--reason|x", NULL);
	ctx.who = "bob";
	good("list|withdraw|feed|--plate|XYZ789|--reason|x", NULL);
	ctx.who = "sue";
	good("list|withdraw|feed|--plate|KLM456|--reason|x", NULL);
	teardown();
}
END_TEST

/* An agency keeps its own lists, but what decides is a supervisor's. */
START_TEST(test_an_agency_keeps_its_own_lists)
{
	static const char file[] = "plate,state,category,agency\nABC123,CA,stolen,\n", add[] = "list|add|amber|--plate|KX41TST|--state|CA|--category|amber|--case|1|--expires|6h|--reason|x";
	setup_lists(LISTS "}\nusers: {smith: {role: officer}, ann: {role: agency, agency: METRO}, bob: {role: agency, agency: COUNTY}, sue: {role: supervisor}");
	ctx.who = "bob";
	bad("list|import|feed|a.csv", file, HL_E_DENIED, "list 'feed' is kept by its own agency or a supervisor: bob is agency of COUNTY");
	bad("list|import|nowhere|a.csv", file, HL_E_DENIED, "list 'nowhere' is kept by its own agency");
	bad(add, NULL, HL_E_DENIED, "list 'amber' is kept by its own agency");
	bad("list|approve|feed|v000001|--reason|x", NULL, HL_E_DENIED, "list 'feed' is kept by its own agency");
	ctx.who = "ann";
	bad("list|import|feed|a.csv|--activate", file, HL_E_DENIED, "list import --activate is for supervisor: ann is agency");
	good("list|import|feed|a.csv", file);
	bad("list|activate|feed|--reason|x", NULL, HL_E_DENIED, "list activate is for supervisor: ann is agency");
	good(add, NULL);
	ctx.trusted = true; /* root, or the daemon's own user */
	ctx.who = "smith";
	good("list|activate|feed|--reason|x", NULL);
	ctx.trusted = false;
	teardown();
}
END_TEST

UNIT_MAIN("ops_hand", test_withdrawn_by_its_own_agency, test_an_agency_keeps_its_own_lists, test_add, test_add_is_checked, test_add_beside_the_version, test_withdraw, test_versions_overtake, test_two_people, test_show_and_export)
