/* test_ops_list.c: the words of `list`, through the same door as the daemon and hotlistctl use; text and JSON, good and bad input. */
#include "config.h"

#include "unit.h"

#include <signal.h>

#include "ops_list_fixture.h"

START_TEST(test_import_and_activate)
{
	setup();
	good("list|import|stolen|a.txt|--layout|plates", "ABC123\nWAYTOOLONGPLATE\nABC124\n");
	has("a.txt:2:1: plate: found 'WAYTOOLONGPLATE', expected");
	has("3 lines: 2 good, 1 rejected (0 of them duplicates), 0 skipped\nstolen: new version v000001-");
	has(", not active\n");
	ck_assert(!ctx.lists_changed);
	good("list|import|--layout=plates|stolen|b.txt|--json|--activate", "ABC125\n");
	has("{\"list\":\"stolen\",\"version\":\"v000002-");
	has("\"existing\":false,\"active\":true,\"layout\":\"plates\",\"lines\":1,\"entries\":1,\"rejected\":0,\"duplicates\":0,\"skipped\":0,\"twins\":0,\"untold\":0,"
	    "\"faults\":[],\"warning\":\"the settings have no list 'stolen': only the plate was required\"}\n");
	ck_assert(ctx.lists_changed);
	good("list|activate|stolen|v000001|--reason|the new one is wrong\x1b[31m", NULL);
	has("stolen: v000001-");
	has(" is active (was: v000002-");
	ck_assert(ctx.lists_changed);
	good("list|activate|stolen|newest|--reason|again|--json", NULL);
	has("{\"list\":\"stolen\",\"version\":\"v000002-");
	has("\"was\":\"v000001-");
	good("list|import|stolen|a.txt|--layout|plates|--activate|--reason|rollback", "ABC124\nABC123\n");
	has("stolen: the same as version v000001-");
	has(", active\n");
	/* Who did it, and why. */
	struct hl_buf b = HL_BUF(1 << 16);
	ck_assert_int_eq(hl_file_read(tmp_path("state/lists/stolen/activations.jsonl"), &b, NULL), HL_OK);
	ck_assert_ptr_nonnull(strstr(b.data, "\"was\":null,\"by\":\"smith\",\"why\":\"imported\"}\n"));
	ck_assert_ptr_nonnull(strstr(b.data, "\"by\":\"smith\",\"why\":\"the new one is wrong [31m\"}\n"));
	ck_assert_ptr_nonnull(strstr(b.data, "{\"time\":\"2026-11-23T10:00:00.000Z\",\"version\":\"v000001-"));
	ck_assert_ptr_nonnull(strstr(b.data, "\"why\":\"rollback\"}\n"));
	hl_buf_fini(&b);
	teardown();
}
END_TEST

START_TEST(test_import_faults)
{
	setup();
	bad("list|import|stolen|a.txt|--layout|plates|--strict|--json", "ABC123\nWAYTOOLONGPLATE\n", HL_E_INPUT, "a.txt: 1 of 2 lines rejected");
	has("\"version\":null,");
	has("\"faults\":[{\"line\":2,\"column\":1,\"field\":\"plate\",\"found\":\"WAYTOOLONGPLATE\",");
	good("list|import|nolist|a.txt|--layout|plates", "ABC123\nWAYTOOLONGPLATE\n");
	has("the rejected lines, with their reasons: ");
	has("/lists/nolist/versions/v000001-");
	good("list|import|nolist|a.txt|--layout|plates|--json", "ABC123\n");
	has("\"warning\":\"the settings have no list 'nolist'");
	bad("list|import|stolen|a.txt|--layout|plates|--strict", "ABC123\nWAYTOOLONGPLATE\n", HL_E_INPUT, "rejected");
	has("nothing was stored\n");
	bad("list|import|stolen|a.txt|--layout|plates", "", HL_E_INPUT, "no good entry");
	bad("list|versions|stolen", NULL, HL_E_NOTFOUND, "there is no version of a list 'stolen'");
	bad("list|import|stolen", NULL, HL_E_USAGE, "NAME FILE is missing; usage: hotlistctl list import NAME FILE");
	bad("list|import|stolen|a.txt", NULL, HL_E_USAGE, "was not handed over");
	bad("list|import|../x|a.txt", "ABC\n", HL_E_USAGE, "can't be a list's name");
	bad("list|import|x|a.txt|--layot|csv", "ABC\n", HL_E_USAGE, "unknown option '--layot' (did you mean '--layout'?)");
	bad("list|import|x|a.txt|--layout|nolayout", "ABC\n", HL_E_CONFIG, "layout 'nolayout' can't be used");
	bad("list|import|x|a.txt|--layout|plates|--set", "ABC\n", HL_E_USAGE, "--set needs a value");
	bad("list|import|x|a.txt|--layout|plates|--set|state", "ABC\n", HL_E_USAGE, "expected FIELD=VALUE");
	bad("list|import|x|a.txt|--layout|plates|--set|stat=CA", "ABC\n", HL_E_USAGE, "unknown field 'stat' (did you mean 'state'?)");
	bad("list|import|x|a.txt|--layout|plates|--set|plate=CA", "ABC\n", HL_E_USAGE, "plate");
	bad("list|import|x|a.txt|--layout|plates|--reason|so", "ABC\n", HL_E_USAGE, "--reason");
	bad("list|activate", NULL, HL_E_USAGE, "NAME [VERSION]");
	bad("list|activate|x|newest|--reason|so", NULL, HL_E_NOTFOUND, "no version");
	bad("list|imprt", NULL, HL_E_USAGE, "did you mean 'import'?");
	teardown();
}
END_TEST

START_TEST(test_set_and_policy)
{
	setup();
	good("list|import|policed|a.txt|--layout|plates|--set|state=CA|--set=reason=a=b|--set|expires=+30d", "ABC123\n");
	good("list|show|policed|--json", NULL);
	has("\"state\":\"CA\"");
	has("\"reason\":\"a=b\"");
	has("\"expires\":\"2026-12-23T10:00:00.000Z\"");
	bad("list|import|policed|a.txt|--layout|plates", "ABC123\n", HL_E_INPUT, "no good entry");
	has("state is required");
	good("list|import|other|a.txt|--layout|plates", "ABC123\n");
	teardown();
}
END_TEST

START_TEST(test_lint)
{
	setup();
	good("list|lint|stolen|a.txt|--layout|plates", "ABC123\n#x\n");
	char want[2 * HL_PATH_MAX];
	snprintf(want, sizeof want, "a.txt: 2 lines: 1 good, 0 rejected, 1 skipped\nby %s, which has no such list: only the plate is required\n",
		 tmp_path("hotlistd.yaml"));
	ck_assert_str_eq(hl_buf_text(&out), want);
	good("list|lint|stolen|a.txt|--layout|plates|--json", "ABC123\n");
	ck_assert_str_eq(hl_buf_text(&out), "");
	bad("list|lint|stolen|a.txt|--layout|plates|--json", "ABC123\nWAYTOOLONGPLATE\n", HL_E_INPUT, "1 of 2 lines rejected");
	ck_assert_int_eq(hl_code_exit(err.code), 65);
	has("{\"line\":2,\"column\":1,\"field\":\"plate\",\"found\":\"WAYTOOLONGPLATE\",\"expected\":\"a plate of 1 to 12");
	bad("list|lint|stolen|a.csv|--layout|csv", "plate,sate\nABC123,CA\n", HL_E_INPUT, "rejected");
	has("a.csv:1:2: found ''sate'', expected the name of a field (did you mean 'state'?)\n");
	bad("list|lint|stolen|a.txt|--strict", "ABC\n", HL_E_USAGE, "unknown option '--strict'");
	bad("list|versions|stolen", NULL, HL_E_NOTFOUND, "no version");
	/* A broken layout: all its faults. */
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("own"), 0700, NULL), HL_OK);
	static const char layout[] = "version: 1\nshape: round\nfieldz: []\n";
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("own/mine.yaml"), layout, sizeof layout - 1, 0600, NULL), HL_OK);
	bad("list|lint|stolen|a.txt|--layout|mine", "ABC\n", HL_E_CONFIG, "layout 'mine' can't be used");
	has("mine.yaml:2:8: ");
	has("mine.yaml:3:1: unknown key 'fieldz' (did you mean 'fields'?)");
	good("list|layouts", NULL);
	has("plates ");
	has("ncic-fixed ");
	has("mine ");
	has("  FAULT: ");
	has("clew             fixed      California");
	good("list|layouts|--json", NULL);
	has("\"layout\":\"csv\",\"shape\":\"delimited\",\"help\":\"comma-separated");
	has("\"shape\":null");
	teardown();
}
END_TEST

START_TEST(test_which_layout)
{
	setup();
	good("list|lint|stolen|a.txt|--layout|auto", "plate,state,category\nABC123,CA,stolen\nDEF456,??,stolen\nTOO,MANY,COLUMNS,HERE\n");
	has("csv: 66 % of 3 lines; next: csv-o0 66 % (75 % known)");
	has("75 % of its states, makes, types, colours, years and plates are known; 3 of 3 columns of the header line are known by name\n");
	has("first fault: line 4: expected 3 columns\nsee more: list lint stolen a.txt --layout csv\n");
	good("list|lint|stolen|a.txt|--layout|auto|--json", "DATE07/02/2018 09:00\n4ZQC901 CA1920261102\nTOTAL RECORD 1\n");
	has("{\"layout\":\"clew\",\"fits\":[{\"layout\":\"clew\",\"score\":200,\"lines\":1,\"good\":1,");
	has("\"dated\":true,\"counted\":true,\"refused\":false,\"expected\":null}");
	bad("list|lint|stolen|a.txt|--layout|auto", "<html><p>\n", HL_E_INPUT, "no layout takes a line of it");
	bad("list|lint|stolen|a.txt|--layout|auto", "", HL_E_INPUT, "no layout takes a line of it");
	bad("list|import|stolen|a.txt|--layout|auto", "ABC123\n", HL_E_USAGE, "an import needs the name of a layout");
	bad("list|versions|stolen", NULL, HL_E_NOTFOUND, "no version");
	teardown();
}
END_TEST

START_TEST(test_versions_and_show)
{
	setup();
	good("list|versions", NULL);
	good("list|versions|--json", NULL);
	ck_assert_str_eq(hl_buf_text(&out), "[]\n");
	good("list|import|b|x.txt|--layout|plates", "ABC123\nAB?1\nLONGLONGLONGLONG\n");
	good("list|import|a|x.txt|--layout|plates|--activate", "ABC123\n");
	good("list|import|b|y.txt|--layout|plates", "ABC124\nABC125\nABC-124A\n");
	good("list|versions|--json", NULL);
	const char *text = hl_buf_text(&out);
	ck_assert_int_eq(strncmp(text, "[{\"id\":\"v000001-", 16), 0);
	has("\"list\":\"a\",\"active\":true,\"imported\":\"2026-11-23T10:00:00.000Z\",\"source\":\"x.txt\",\"layout\":\"plates\",\"by\":\"smith\",\"entries\":1,"
	    "\"rejected\":0,\"skipped\":0,\"lines\":1,");
	has("\"list\":\"b\",\"active\":false,");
	good("list|versions|b", NULL);
	has("LIST         VERSION");
	has("x.txt\n");
	ck_assert_ptr_null(strstr(hl_buf_text(&out), "active"));
	/* Without a version: the active one, else the newest. */
	good("list|show|b", NULL);
	has("version   v000002-");
	has("lines     3: 3 entries, 0 rejected, 0 skipped\n");
	good("list|show|b|v000001|--json", NULL);
	has("\"entries\":2,\"rejected\":1,");
	has("\"plate\":\"AB?1\"");
	has("\"fitting\":2}");
	good("list|activate|b|v000001|--reason|test", NULL);
	good("list|show|b", NULL);
	has("version   v000001-");
	good("list|show|b|newest|--plate|abc 124a|--json", NULL);
	has("\"shown\":[{\"id\":\"");
	has("\"plate\":\"ABC-124A\"");
	has("\"fitting\":1}");
	good("list|show|b|newest|--plate|ZZZ", NULL);
	has("no entry of this plate");
	good("list|show|b|newest|--limit|1", NULL);
	has("... and 2 more (--limit)");
	bad("list|show|b|--limit|0", NULL, HL_E_USAGE, "--limit '0'");
	bad("list|show|b|--plate|-", NULL, HL_E_USAGE, "plate has no letter or digit");
	bad("list|show|b|v9", NULL, HL_E_NOTFOUND, "list 'b' has no version 'v9'");
	bad("list|show|c", NULL, HL_E_NOTFOUND, "there is no version of a list 'c'");
	bad("list|show|../b", NULL, HL_E_USAGE, "can't be a list's name");
	bad("list|versions|a|b", NULL, HL_E_USAGE, "one word too many");
	teardown();
}
END_TEST

/* Exports and imports again under the same name: it must be the same version. */
static void round_trip(const char *list, const char *layout)
{
	char words[256];
	snprintf(words, sizeof words, "list|export|%s", list);
	good(words, NULL);
	char *csv = hl_strdup(hl_buf_text(&out));
	snprintf(words, sizeof words, "list|import|%s|export.csv|--layout|%s", list, layout);
	good(words, csv);
	ck_assert_msg(strstr(hl_buf_text(&out), ": the same as version v000001-") != NULL, "%s\n%s", hl_buf_text(&out), csv);
	free(csv);
}

START_TEST(test_export_imports_again)
{
	setup();
	good("list|import|a|x.csv|--layout|csv",
	     "note,plate,state,category,reason,agency,case,starts,expires,priority,make,about,record\n"
	     "\"he said \"\"no\"\", twice\",AB-1 23,ca,stolen,\"a, b\",METRO,26-1,20261101,01/31/2027,3,TOYT,plate,R1\n"
	     "\"two\nlines\",XYZ?9,,felony,é ß 漢,METRO,,,2027-01-31T10:00:00.5+02:00,,,vehicle,\n"
	     ",K9,NV,,,,,,,,,,\n");
	round_trip("a", "csv");
	good("list|export|a|--json", NULL);
	has("\"reason\":\"é ß 漢\"");
	has("\"expires\":\"2027-01-31T23:59:59.999Z\"");
	good("list|export|a|--limit|1", NULL);
	has("plate,state,category,reason,agency,case,starts,expires,priority,make,note,record,about\n");
	good("list|import|b|x.txt|--layout|plates", "ABC123\nABC 124\nX*\n");
	round_trip("b", "csv");
	good("list|export|b|--skip|1|--limit|1", NULL);
	size_t lines = 0;
	for (const char *p = hl_buf_text(&out); *p; p++)
		lines += *p == '\n';
	ck_assert_uint_eq(lines, 2);
	good("list|export|b|--skip|99", NULL);
	ck_assert_str_eq(hl_buf_text(&out), "plate\n");
	/* O and 0 written alike: that must survive, and plain csv must not take it. */
	good("list|import|c|x.txt|--layout|ncic-fixed", "V123456789LA057020020190509AB0123456  CA2009MC2009YAMACYLMCBLK\n");
	good("list|export|c", NULL);
	has("# layout: csv-o0\n");
	char *csv = hl_strdup(hl_buf_text(&out));
	bad("list|import|c|export.csv|--layout|csv", csv, HL_E_INPUT, "no good entry");
	free(csv);
	round_trip("c", "csv-o0");
	bad("list|export|none", NULL, HL_E_NOTFOUND, "no version");
	/* An answer that does not fit is a fault, never a part. */
	out.max = 20;
	bad("list|export|a", NULL, HL_E_LIMIT, "--skip and --limit");
	ck_assert_str_eq(hl_buf_text(&out), "");
	teardown();
}
END_TEST

/* The report is told as far as there is room for it, and what is left out is counted: a long one is no fault. */
START_TEST(test_a_long_report_is_cut)
{
	enum { LINES = 12000 };
	static const char *const words[] = { "list|lint|stolen|a.txt|--layout|plates", "list|import|stolen|a.txt|--layout|plates" };
	struct hl_buf file = HL_BUF(1 << 20);
	setup();
	hl_buf_puts(&file, "1ABC234\n");
	for (int i = 0; i < LINES; i++)
		hl_buf_printf(&file, "WAYTOOLONGPLATE%d\n", i);
	for (size_t i = 0; i < 2; i++) {
		char json[128];
		const char *more;
		enum hl_code code = i ? HL_OK : HL_E_INPUT;
		snprintf(json, sizeof json, "%s|--json", words[i]);
		ck_assert_int_eq(run(words[i], hl_buf_text(&file)), code);
		has("a.txt:2:1: plate: found 'WAYTOOLONGPLATE0', expected");
		has("12001 lines: 1 good, 12000 rejected");
		ck_assert_ptr_nonnull(more = strstr(hl_buf_text(&out), "\n... and "));
		long long told = 0, left = strtoll(more + strlen("\n... and "), NULL, 10);
		for (const char *at = hl_buf_text(&out); (at = strstr(at, ": plate: found 'WAYTOOLONGPLATE")); at++)
			told++;
		ck_assert(left > 0 && told > 0 && left + told == LINES);
		ck_assert_int_eq(run(json, hl_buf_text(&file)), code);
		ck_assert_ptr_nonnull(more = strstr(hl_buf_text(&out), "\"untold\":"));
		left = strtoll(more + strlen("\"untold\":"), NULL, 10);
		told = 0;
		for (const char *at = hl_buf_text(&out); (at = strstr(at, "{\"line\":")); at++)
			told++;
		ck_assert(left > 0 && told > 0 && left + told == LINES);
	}
	/* Where there is room for hardly more than the rest, the rest is told. */
	out.max = 70000;
	ck_assert_int_eq(run("list|import|stolen|a.txt|--layout|plates", hl_buf_text(&file)), HL_OK);
	has(" more\n12001 lines: 1 good, 12000 rejected");
	hl_buf_fini(&file);
	teardown();
}
END_TEST

UNIT_MAIN("ops_list", test_import_and_activate, test_import_faults, test_set_and_policy, test_lint, test_which_layout, test_versions_and_show, test_export_imports_again, test_a_long_report_is_cut)
