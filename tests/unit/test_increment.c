/* test_increment.c: uploads that say what has changed: what comes of them is what a complete upload of the same entries would be; and what does not fit is told with
 * its line.
 */
#include "config.h"

#include "unit.h"

#include "ops_list_fixture.h"

static const char base[] = "plate,state,reason,record\nAAA111,CA,one,R1\nBBB222,CA,two,R2\nCCC333,CA,three,R3\n";

static void start(void)
{
	good("list|import|a|base.csv|--layout|csv|--activate", base);
}

START_TEST(test_add_change_remove)
{
	setup();
	start();
	good("list|import|a|inc.csv|--layout|csv|--incremental", "action,plate,state,reason,record\nadd,DDD444,CA,four,R4\nCHANGE,AAA111,CA,uno,R1\nremove,BBB222,,,R2\n,CCC333,CA,drei,R3\n,EEE555,CA,five,R5\n");
	has("6 lines: 4 good, 0 rejected (0 of them duplicates), 1 skipped\n2 added, 2 changed, 1 removed, 0 carried over\na: new version v000002-");
	good("list|show|a|newest|--json", NULL);
	has("\"entries\":4,\"rejected\":0,\"skipped\":1,\"lines\":6,");
	has("\"parent\":\"v000001-");
	good("list|show|a|newest", NULL);
	has("parent    v000001-");
	good("list|diff|a", NULL);
	has("2 added, 1 removed, 2 changed, 0 unchanged\n");
	/* The complete list of the same entries is the same version, and what was carried over is untouched. */
	good("list|import|a|all.csv|--layout|csv", "plate,state,reason,record\nAAA111,CA,uno,R1\nDDD444,CA,four,R4\nCCC333,CA,drei,R3\nEEE555,CA,five,R5\n");
	has("the same as version v000002-");
	good("list|activate|a|newest|--reason|x", NULL);
	good("list|import|a|inc.csv|--layout|csv|--incremental|--json", "action,plate,reason,record,state\nremove,DDD444,,R4,\n");
	has("\"lines\":2,\"entries\":0,");
	has("\"added\":0,\"changed\":0,\"removed\":1,\"carried\":3,");
	teardown();
}
END_TEST

START_TEST(test_what_does_not_fit)
{
	setup();
	start();
	good("list|import|a|inc.csv|--layout|csv|--incremental",
	     "action,plate,state,reason,record\nadd,AAA111,CA,again,R1\nchange,ZZZ999,CA,none,R9\nremove,ZZZ999,CA,none,R9\nremove,BBB222,,,R2\nadd,BBB222,CA,back,R2\n"
	     "remove,BBB222,,,R2\ndelete,CCC333,CA,x,R3\nadd,DDD444,CA,x,R4\nadd,DDD444,CA,y,R4\n");
	has("inc.csv:2: record: found 'R1', expected an entry that v000001-");
	has("does not have yet (or: change)\n");
	has("inc.csv:3: record: found 'R9', expected an entry that v000001-");
	has("has (or: add)\n");
	has("inc.csv:4: record: found 'R9', expected an entry that v000001-");
	has("inc.csv:6: record: found 'R2', expected one line an entry: line 5 is about this one already\n");
	has("inc.csv:7: record: found 'R2', expected one line an entry: line 5 is about this one already\n");
	has("inc.csv:8:1: action: found 'delete', expected add, change or remove\n");
	has("inc.csv:10: record: found 'R4', expected an entry of its own");
	has("10 lines: 1 good, 7 rejected (1 of them duplicates), 1 skipped\n1 added, 0 changed, 1 removed, 2 carried over\n");
	bad("list|import|a|inc.csv|--layout|csv|--incremental|--onto|active|--strict", "action,plate,record\nadd,AAA111,R1\nadd,FFF666,R6\n", HL_E_INPUT, "1 of 3 lines rejected");
	bad("list|import|a|inc.csv|--layout|csv|--incremental|--onto|active", "action,plate,record\nadd,AAA111,R1\n", HL_E_INPUT, "no good entry");
	bad("list|import|a|inc.csv|--layout|csv|--incremental|--onto|active", "action,plate,record\nremove,AAA111,R1\nremove,BBB222,R2\nremove,CCC333,R3\n", HL_E_INPUT,
	    "nothing would be left of list 'a'");
	bad("list|import|b|inc.csv|--layout|csv|--incremental", "plate\nAAA111\n", HL_E_NOTFOUND, "nothing that this could be an increment of: there is no version of a list 'b'");
	bad("list|import|a|inc.csv|--layout|csv|--onto|v000001", "plate\nAAA111\n", HL_E_USAGE, "it needs --incremental");
	bad("list|import|a|inc.csv|--layout|csv|--incremental|--onto|v7", "plate\nAAA111\n", HL_E_NOTFOUND, "has no version 'v7'");
	/* A complete upload says nothing about what is to go. */
	bad("list|import|a|all.csv|--layout|csv", "action,plate,record\nremove,AAA111,R1\n", HL_E_INPUT, "no good entry");
	has("action: found 'remove', expected add or change: a complete upload removes what it leaves out");
	good("list|import|a|all.csv|--layout|csv", "action,plate,state,reason,record\nadd,AAA111,CA,one,R1\nchange,BBB222,CA,two,R2\n,CCC333,CA,three,R3\n");
	has("the same as version v000001-");
	/* O and 0 alike in the file, not in the version. */
	bad("list|import|a|inc.csv|--layout|csv-o0|--incremental|--onto|active", "plate,record\nGGG777,R7\n", HL_E_INPUT, "no good entry");
	has("a layout that tells O and 0 apart just as");
	teardown();
}
END_TEST

START_TEST(test_removal_list)
{
	setup();
	good("list|import|policed|base.csv|--layout|csv|--activate", base);
	/* It needs only what says which entry. */
	good("list|import|policed|--remove|gone.csv|--layout|csv|--reason|taken back|--activate", "plate,record\nBBB222,R2\n");
	has("0 added, 0 changed, 1 removed, 2 carried over\n");
	has(", active\n");
	bad("list|import|policed|gone.csv|--layout|csv|--remove", "plate,record,action\nAAA111,R1,add\n", HL_E_INPUT, "no good entry");
	has("remove: this upload takes entries off (--remove)");
	bad("list|import|policed|inc.csv|--layout|csv|--incremental", "plate,record,action\nAAA111,R1,add\n", HL_E_INPUT, "no good entry");
	has("state is required");
	good("list|import|x|x.txt|--layout|plates|--activate", "ABC123\nABC124\n");
	good("list|import|x|x.txt|--layout|plates|--remove", "ABC 124\nABC125\n");
	has("x.txt:2: plate: found 'ABC125', expected an entry that v000001-");
	has("0 added, 0 changed, 1 removed, 1 carried over\n");
	teardown();
}
END_TEST

START_TEST(test_onto_which)
{
	setup();
	good("list|import|a|base.csv|--layout|csv", base);
	/* None is active: the newest. */
	good("list|import|a|inc.csv|--layout|csv|--incremental", "plate,record\nDDD444,R4\n");
	has("1 added, 0 changed, 0 removed, 3 carried over\n");
	good("list|activate|a|v000001|--reason|x", NULL);
	bad("list|import|a|inc.csv|--layout|csv|--incremental", "plate,record\nEEE555,R5\n", HL_E_CONFLICT, "is newer than the active v000001-");
	good("list|import|a|inc.csv|--layout|csv|--incremental|--onto|newest", "plate,record\nEEE555,R5\n");
	has("4 carried over\n");
	good("list|activate|a|newest|--reason|x", NULL);
	good("list|rollback|a|--reason|x", NULL);
	/* What was active and is no more is nothing to build on. */
	good("list|import|a|inc.csv|--layout|csv|--incremental", "plate,record\nFFF666,R6\n");
	has("3 carried over\n");
	good("list|show|a|newest|--json", NULL);
	has("\"parent\":\"v000001-");
	teardown();
}
END_TEST

/* Whatever is said in increments, one after the other, is what a complete list says at the end. */
START_TEST(test_many_increments)
{
	enum { PLATES = 40 };
	bool there[PLATES] = { false };
	int reason[PLATES] = { 0 };
	unsigned seed = 3;
	setup();
	good("list|import|a|base.csv|--layout|csv|--activate", "plate,reason,record\nZZ0,0,Z\n");
	for (int round = 0; round < 25; round++) {
		char text[8192] = "action,plate,reason,record\n", all[8192] = "plate,reason,record\nZZ0,0,Z\n";
		for (int i = 0; i < PLATES; i++) {
			char line[64];
			seed = seed * 1103515245 + 12345;
			unsigned what = seed >> 16 & 3;
			if (what == 0) {
				snprintf(line, sizeof line, "%s,AB%d,x,R%d\n", "remove", i, i);
				if (!there[i])
					continue;
				there[i] = false;
			} else if (what == 1) {
				reason[i] = round;
				snprintf(line, sizeof line, "%s,AB%d,%d,R%d\n", seed & 1 << 20 ? "" : there[i] ? "change" : "add", i, round, i);
				there[i] = true;
			} else {
				continue;
			}
			strncat(text, line, sizeof text - strlen(text) - 1);
		}
		for (int i = 0; i < PLATES; i++) {
			char line[64];
			snprintf(line, sizeof line, "AB%d,%d,R%d\n", i, reason[i], i);
			if (there[i])
				strncat(all, line, sizeof all - strlen(all) - 1);
		}
		good("list|import|a|inc.csv|--layout|csv|--incremental|--activate", text);
		good("list|import|a|all.csv|--layout|csv", all);
		has("the same as version ");
		has(", active\n");
	}
	teardown();
}
END_TEST

UNIT_MAIN("increment", test_add_change_remove, test_what_does_not_fit, test_removal_list, test_onto_which, test_many_increments)
