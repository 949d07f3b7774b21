/* test_layout_shapes.c: what layouts can say beside columns: tags, JSON, codes by their beginning and by the tables, years of two digits, time zones. */
#include "unit.h"

#include "layout_runner.h"

#include <string.h>

static const char tagged[] = "version: 1\nshape: fixed\ntags: {from: 8}\nfields:\n  - {field: plate, at: [0, 8]}\n  - {field: year, tag: [VYR, YR], date: [yyyy, yy], empty: [\"00\"]}\n"
			     "  - {field: make, tag: VMA}\n  - {field: color, tag: VCO, code: true}\n  - {field: note, tag: MIS}\n";

START_TEST(tags)
{
	runner_gives(tagged, "AB1     VYR/05 VMA/DODG VCO/RED DOT/010315 LDS/V16A0661\nAB2     VCO/YELLOW/BLACK MIS/N/A keep away  from it VMA/ZZ9\n"
		      "AB3\nAB4       YR/1998 VMA/ VMA/FORD VYR/2001  \n",
	      "1 entry AB1 plate=\"AB1\" make=\"DODG\" color=\"RED\" year=\"2005\"\n"
	      "2 entry AB2 plate=\"AB2\" make=\"ZZ9\" color=\"YEL/BLK\" note=\"N/A keep away  from it\"\n"
	      "3 entry AB3 plate=\"AB3\"\n4 entry AB4 plate=\"AB4\" make=\"FORD\" year=\"1998\"\n");
	runner_gives(tagged, "AB1     junk VMA/DODG\nAB2     VMA DODG\nAB3     VCO/BLEU\nAB4     VYR/1\nAB5     VMA/\x01\n",
	      "1 fault 9 -: found \"junk\", expected TAG/value\n2 fault 9 -: found \"VMA DODG\", expected TAG/value\n"
	      "3 fault 13 color: found \"BLEU\", expected a color by its code or name\n4 fault 13 year: found \"1\", expected a year as yyyy, yy\n"
	      "5 fault 13 make: found \"\\x01\", expected text without control bytes\n");
	runner_gives("version: 1\nshape: delimited\ntags: {column: 2, mark: \"=\"}\nfields:\n  - {field: plate, column: 1}\n  - {field: make, tag: MAKE}\n  - {field: note, column: 3}\n",
	      "AB1,COL=RED MAKE=ALFA ROMEO,x\nAB2,,y\nAB3,\"MAKE=A,B\",z\nAB4,MAKE=A\n",
	      "1 entry AB1 plate=\"AB1\" make=\"ALFA ROMEO\" note=\"x\"\n2 entry AB2 plate=\"AB2\" note=\"y\"\n3 entry AB3 plate=\"AB3\" make=\"A,B\" note=\"z\"\n"
	      "4 fault 0 -: found \"2 columns\", expected at least 3 columns\n");
}
END_TEST

static const char json[] = "version: 1\nshape: json\nskip: [{contains: CALIBRATION, why: calibration}]\nfields:\n  - {field: plate, key: [plate, plateNumber]}\n"
			   "  - {field: state, key: state, code: true}\n  - {field: make, key: vehicle.make}\n  - {field: year, key: year}\n  - {field: note, key: note}\n"
			   "  - {field: expires, key: expiry, date: [rfc3339, yyyy-mm-dd]}\n";

START_TEST(json_lines)
{
	runner_gives(json, "\xef\xbb\xbf{\"plate\":\"AB1\",\"state\":\"Colorado\",\"vehicle\":{\"make\":\"FORD\",\"wheels\":4},\"year\":2009}\r\n\n"
		    "{\"Plate_Number\":1234567,\"note\":\"a \\\"b\\\", {caf\\u00e9}\\nc\",\"state\":null,\"expiry\":\"2026-12-01\"}\n{\"plate\":\"CALIBRATION\"}\n{\"plate\":\"AB3\"}",
	      "1 entry AB1 plate=\"AB1\" state=\"CO\" make=\"FORD\" year=\"2009\"\n2 skip blank line\n"
	      "3 entry 1234567 plate=\"1234567\" expires=\"2026-12-01\" note=\"a \"b\", {caf\xc3\xa9} c\" until=2026-12-01T23:59:59.999Z\n4 skip calibration\n"
	      "5 entry AB3 plate=\"AB3\"\n");
	runner_gives(json, "{\"plate\":\"AB1\"\n{\"plate\":[\"AB2\"]}\n\"AB3\"\n{\"plate\":\"AB4\",\"plate\":\"AB5\"}\n{\"plate\":1.5}\n{\"note\":\"x\"}\n{\"plate\":\"AB6\",\"state\":\"Coloradoo\"}\n"
		    "{\"plate\":\"AB7\",\"note\":\"\\u0001\"}\n{\"plate\":\"AB8\"}\n[]\n",
	      "1 fault 14 -: found \"{\"plate\":\"AB1\"\", expected an object of JSON ('}' expected)\n"
	      "2 fault 1 plate: found \"a list, an object or a fraction\", expected a text or a whole number\n"
	      "3 fault 5 -: found \"\"AB3\"\", expected an object of JSON ('[' or '{' expected)\n"
	      "4 fault 22 -: found \"{\"plate\":\"AB4\",\"plate\":\"AB5\"}\", expected an object of JSON (duplicate object key)\n"
	      "5 fault 1 plate: found \"a list, an object or a fraction\", expected a text or a whole number\n"
	      "6 fault 0 plate: found \"\", expected a value: plate is required\n"
	      "7 fault 2 state: found \"Coloradoo\", expected a state by its code or name\n"
	      "8 fault 2 note: found \"\\x01\", expected text without control bytes\n9 entry AB8 plate=\"AB8\"\n"
	      "10 fault 0 -: found \"[]\", expected an object {...} in each line, or a list of them\n");
}
END_TEST

START_TEST(json_array)
{
	runner_gives(json, " \n[\n  {\"plate\": \"AB1\",\n   \"note\": \"],}{[ \\\\\"\n  } ,\n  {\"plate\": \"AB2\"},{\"plate\":\"**\"}, {\"plate\":\"CALIBRATION\"}]\n",
	      "3 entry AB1 plate=\"AB1\" note=\"],}{[ \\\"\n6 entry AB2 plate=\"AB2\"\n"
	      "6 fault 1 plate: found \"**\", expected a plate of 1 to 12 letters, digits, ? and *, not only ? and *\n6 skip calibration\n");
	runner_gives(json, "[]", "");
	runner_gives(json, "[{\"plate\":\"AB1\"},{\"plate\" \"AB2\"},{\"plate\":\"AB3\"}]",
	      "1 entry AB1 plate=\"AB1\"\n1 fault 14 -: found \"{\"plate\" \"AB2\"}\", expected an object of JSON (':' expected)\n1 entry AB3 plate=\"AB3\"\n");
	runner_gives(json, "[{\"plate\":\"AB1\"} {\"plate\":\"AB2\"}]",
	      "1 entry AB1 plate=\"AB1\"\n1 FILE fault 0 -: found \"{\"plate\":\"AB2\"}]\", expected a comma or the list's closing bracket: the rest was not read\n");
	runner_gives(json, "[{\"plate\":\"AB1\"},]", "1 entry AB1 plate=\"AB1\"\n1 FILE fault 0 -: found \"]\", expected an object {...}: the rest was not read\n");
	runner_gives(json, "[{\"plate\":\"AB1\"}]\n{\"plate\":\"AB2\"}\n",
	      "1 entry AB1 plate=\"AB1\"\n2 FILE fault 0 -: found \"{\"plate\":\"AB2\"}\\x0a\", expected nothing behind the list's closing bracket: it was not read\n");
	runner_gives(json, "[\"AB1\"]", "1 FILE fault 0 -: found \"\"AB1\"]\", expected an object {...}: the rest was not read\n");
}
END_TEST

/* Cut anywhere before its closing bracket, a list is known not to be whole. */
START_TEST(json_cut)
{
	static const char data[] = "[{\"plate\":\"AB1\",\"note\":\"a]\"},\n{\"plate\":\"AB2\"}\n]";
	struct hl_layout *l = runner_yaml(json);
	for (size_t cut = 1; cut < sizeof data; cut++) {
		struct runner r = { 0 };
		ck_assert_int_eq(runner_bytes(&r, l, NULL, data, cut), HL_OK);
		ck_assert_msg(r.file.bad == (cut < sizeof data - 1), "cut at %zu: %s", cut, hl_buf_text(&r.out));
		ck_assert(r.file.bad || r.file.complete);
		runner_fini(&r);
	}
	hl_layout_free(&l);
}
END_TEST

/* Objects and white space at the edges of the window, and one too large. */
START_TEST(json_large)
{
	struct hl_buf b = HL_BUF(4 << 20);
	struct hl_layout *l = runner_yaml(json);
	struct runner r = { 0 };
	hl_buf_puts(&b, "[");
	for (int i = 0; i < 3000; i++)
		hl_buf_printf(&b, "%s%*s{\"plate\":\"A%d\",\"x\":\"%0*d\"}", i ? "," : "", i % 700, "", i, i % 5 ? 10 : 900, i);
	hl_buf_puts(&b, "]");
	ck_assert_int_eq(runner_bytes(&r, l, NULL, b.data, b.len), HL_OK);
	ck_assert_uint_eq(r.entries, 3000);
	ck_assert(!r.file.bad && r.file.complete && r.file.counted == 3000);
	runner_fini(&r);
	hl_buf_clear(&b);
	hl_buf_printf(&b, "[{\"plate\":\"A1\",\"x\":\"%065600d\"},{\"plate\":\"A2\"}]", 1);
	ck_assert_int_eq(runner_bytes(&r, l, NULL, b.data, b.len), HL_OK);
	ck_assert(r.file.bad && !r.entries && r.faults == 1);
	runner_fini(&r);
	hl_buf_fini(&b);
	hl_layout_free(&l);
}
END_TEST

START_TEST(codes_by_their_beginning)
{
	runner_gives("version: 1\nshape: delimited\nfields:\n  - {field: plate, column: 1}\n"
	      "  - {field: category, column: 2, map: {\"stolen veh*\": stolen, STOLEN: other, \"P*\": stolen-plate, \"*\": star}}\n",
	      "A1,STOLEN VEHICLE - FELO\nA2,stolen\nA3,P000123\nA4,*\nA5,STOLEN V\n",
	      "1 entry A1 plate=\"A1\" category=\"stolen\"\n2 entry A2 plate=\"A2\" category=\"other\"\n3 entry A3 plate=\"A3\" category=\"stolen-plate\"\n"
	      "4 entry A4 plate=\"A4\" category=\"star\"\n5 fault 2 category: found \"STOLEN V\", expected one of stolen veh*, STOLEN, P*, *\n");
}
END_TEST

START_TEST(codes_of_the_tables)
{
	runner_gives("version: 1\nshape: delimited\no0_collapsed: true\nfields:\n  - {field: plate, column: 1}\n  - {field: state, column: 2, code: true, map: {XX: CA}}\n"
	      "  - {field: make, column: 3, code: true, unmapped: keep}\n  - {field: color, column: 4, code: true, unmapped: empty}\n",
	      "A1,new york,Lexus,WH\nA2,us-co,D0DG,Blue/si1ver\nA3,xx,Trabant,Yellow/Black\nA4,0H,VW,BR0WN\nA5,Bavaria,,\n",
	      "1 entry A1 o0 plate=\"A1\" state=\"NY\" make=\"LEXS\" color=\"WHI\"\n2 entry A2 o0 plate=\"A2\" state=\"CO\" make=\"DODG\"\n"
	      "3 entry A3 o0 plate=\"A3\" state=\"CA\" make=\"Trabant\" color=\"YEL/BLK\"\n4 entry A4 o0 plate=\"A4\" state=\"OH\" make=\"VOLK\" color=\"BRO\"\n"
	      "5 fault 2 state: found \"Bavaria\", expected a state by its code or name\n");
}
END_TEST

/* 2026 is now: 28 may be the model of next year, 29 was long ago. */
START_TEST(years)
{
	runner_gives("version: 1\nshape: delimited\nfields:\n  - {field: plate, column: 1}\n  - {field: year, column: 2, date: [yy, yyyy]}\n",
	      "A1,05\nA2,28\nA3,29\nA4,1965\nA5,065\nA6,2x\nA7,\n",
	      "1 entry A1 plate=\"A1\" year=\"2005\"\n2 entry A2 plate=\"A2\" year=\"2028\"\n3 entry A3 plate=\"A3\" year=\"1929\"\n4 entry A4 plate=\"A4\" year=\"1965\"\n"
	      "5 fault 2 year: found \"065\", expected a year as yy, yyyy\n6 fault 2 year: found \"2x\", expected a year as yy, yyyy\n7 entry A7 plate=\"A7\"\n");
}
END_TEST

/* A day in Los Angeles; what says its offset itself is not moved. 2:30 did not exist on 8 March 2026, 1:30 was twice on 1 November. */
START_TEST(zones)
{
	runner_gives("version: 1\nshape: delimited\nzone: America/Los_Angeles\nhead: {line: <date>, date: mm/dd/yyyy HH:MM}\nfields:\n  - {field: plate, column: 1}\n"
	      "  - {field: starts, column: 2, date: [rfc3339, yyyymmdd, yyyymmdd HH:MM]}\n  - {field: expires, column: 3, date: yyyymmdd}\n",
	      "07/02/2018 09:00\nA1,20260101,20260701\nA2,2026-01-01T00:00:00Z,\nA3,20260308 02:30,\nA4,20261101 01:30,\n",
	      "1 skip head\n"
	      "2 entry A1 plate=\"A1\" starts=\"20260101\" expires=\"20260701\" from=2026-01-01T08:00:00.000Z until=2026-07-02T06:59:59.999Z\n"
	      "3 entry A2 plate=\"A2\" starts=\"2026-01-01T00:00:00Z\" from=2026-01-01T00:00:00.000Z\n"
	      "4 entry A3 plate=\"A3\" starts=\"20260308 02:30\" from=2026-03-08T10:00:00.000Z\n"
	      "5 entry A4 plate=\"A4\" starts=\"20261101 01:30\" from=2026-11-01T08:30:00.000Z\n"
	      "file time=2018-07-02T16:00:00.000Z\n");
}
END_TEST

START_TEST(broken_layouts)
{
	runner_refuses("version: 1\nshape: json\nencoding: latin-1\ndelimiter: ;\nhead: {line: <count>}\ntags: {column: 2}\nfields:\n  - {field: plate, column: 1}\n"
	       "  - {field: make, tag: A}\n  - {field: note, key: n, code: true}\n  - {field: year, key: y, date: yyyymmdd}\n",
	       "bad.yaml:3:1: 'encoding' is not for shape: json\n"
	       "bad.yaml:4:1: 'delimiter' is only for shape: delimited\n"
	       "bad.yaml:5:1: 'head' is not for shape: json\n"
	       "bad.yaml:6:1: 'tags' is not for shape: json\n"
	       "bad.yaml:8:5: where this field comes from does not fit shape and header: expected 'key' or 'const'\n"
	       "bad.yaml:10:27: 'code' is only for state, make and color\n"
	       "bad.yaml:11:33: 'date' of year is 'yyyymmdd': expected yyyy, yy or both\n");
	runner_refuses("version: 1\nshape: fixed\nzone: Mars/Olympus\ntags: {column: 2, mark: A}\nfields:\n  - {field: plate, at: [0, 8]}\n",
	       "bad.yaml:3:7: 'zone' is 'Mars/Olympus': expected a name such as America/Denver or UTC\n"
	       "bad.yaml:4:7: 'from' is missing: expected where the tags begin\n"
	       "bad.yaml:4:8: 'column' is not for shape: fixed\n"
	       "bad.yaml:4:25: 'mark' is 'A': expected one mark such as ',' ';' '|', or tab\n");
	runner_refuses("version: 1\nshape: lines\nfields:\n  - {field: plate, tag: PLATE}\n",
	       "bad.yaml:4:5: where this field comes from does not fit shape and header: expected 'column' or 'const'\n");
}
END_TEST

UNIT_MAIN("layout_shapes", tags, json_lines, json_array, json_cut, json_large, codes_by_their_beginning, codes_of_the_tables, years, zones, broken_layouts)
