/* test_layout_load.c: layouts are data: new ones by YAML alone, in a folder made for the test; broken ones with every fault in its place. */
#include "unit.h"

#include "base/file.h"
#include "layout_runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(delimited_by_position)
{
	runner_gives("version: 1\nshape: delimited\ncolumns: 11\no0_collapsed: true\nskip: [{contains: CALIBRATION, why: calibration record}, {prefix: \"//\"}]\n"
	      "fields:\n"
	      "  - {field: record, column: 1}\n  - {field: agency, column: 2}\n  - {field: starts, column: 3, date: yyyymmdd}\n  - {field: plate, column: 4}\n"
	      "  - {field: state, column: 5}\n  - {field: make, column: 8}\n  - {field: color, column: 11}\n  - {field: category, const: stolen}\n",
	      "C165399977,0H0671200,20200124,GGX6728,0H,2021,2009,D0DG,CHA,4D,GRY\n"
	      "C1,0H LPR CALIBRATION RECORD\n// remark\nC165399978,0H0671200,20200124,GGX6729,0H,2021,2009,D0DG,CHA,4D\n",
	      "1 entry GGX6728 o0 plate=\"GGX6728\" state=\"OH\" category=\"stolen\" agency=\"0H0671200\" starts=\"20200124\" make=\"DODG\" color=\"GRY\""
	      " record=\"C165399977\" from=2020-01-24T00:00:00.000Z\n"
	      "2 skip calibration record\n3 skip skip rule\n4 fault 0 -: found \"10 columns\", expected 11 columns\n");
}
END_TEST

START_TEST(last_column_takes_the_rest)
{
	runner_gives("version: 1\nshape: delimited\nlast_takes_rest: true\nfields:\n"
	      "  - {field: plate, column: 3}\n  - {field: state, column: 4}\n  - {field: category, column: 1, map: {EVS: stolen, EFP: felony}, unmapped: keep}\n"
	      "  - {field: expires, column: 13, date: mm/dd/yyyy}\n  - {field: case, column: 14}\n  - {field: note, column: 15}\n",
	      "EVS,WA0170600,921RQE,WA,2023,PC,VIN,2003,HOND,ELE,4D,SIL,07/31/2022,22-08882,free text, WITH commas, and \"quotes\"\n"
	      "QQQ,WA0170600,921RQF,WA,2023,PC,VIN,2003,HOND,ELE,4D,SIL,7/1/2022,22-08883,\n"
	      "EVS,WA0170600,921RQG,WA,2023,PC,VIN,2003,HOND,ELE,4D,SIL,7/1/2022,22-08883\n",
	      "1 entry 921RQE plate=\"921RQE\" state=\"WA\" category=\"stolen\" case=\"22-08882\" expires=\"07/31/2022\" note=\"free text, WITH commas, and \"quotes\"\""
	      " until=2022-07-31T23:59:59.999Z\n"
	      "2 entry 921RQF plate=\"921RQF\" state=\"WA\" category=\"QQQ\" case=\"22-08883\" expires=\"7/1/2022\" until=2022-07-01T23:59:59.999Z\n"
	      "3 fault 0 -: found \"14 columns\", expected at least 15 columns\n");
}
END_TEST

START_TEST(other_delimiters)
{
	runner_gives("version: 1\nshape: delimited\ndelimiter: ;\nquote: none\nheader: skip\nfields:\n"
	      "  - {field: plate, column: 2}\n  - {field: year, column: 1, empty: [\"9999\", unknown]}\n",
	      "any;thing\n9999;\"AB 1\nUnknown;AB2\n2010;AB3\n",
	      "1 skip header\n2 fault 2 plate: found \"\"AB 1\", expected a plate: letters, digits, spaces, - . ? and * (is it the right layout?)\n"
	      "3 entry AB2 plate=\"AB2\"\n4 entry AB3 plate=\"AB3\" year=\"2010\"\n");
	runner_gives("version: 1\nshape: delimited\ndelimiter: tab\nquote: \"'\"\nheader: names\nunknown_columns: ignore\nfields:\n"
	      "  - {field: plate, header: [LIC, plate]}\n  - {field: starts, header: when, date: [\"dd.mm.yyyy HH:MM\", mmddyy]}\n",
	      "more\twhen\tlic\nx\t'01.02.2026 13:45'\t'AB''1'\ny\t010399\tAB2\nz\t010326\tAB3\n",
	      "1 skip header\n2 entry AB1 plate=\"AB'1\" starts=\"01.02.2026 13:45\" from=2026-02-01T13:45:00.000Z\n"
	      "3 entry AB2 plate=\"AB2\" starts=\"010399\" from=1999-01-03T00:00:00.000Z\n"
	      "4 entry AB3 plate=\"AB3\" starts=\"010326\" from=2026-01-03T00:00:00.000Z\n");
}
END_TEST

/* The worked example of doc/layouts.md. */
START_TEST(worked_example)
{
	runner_gives("version: 1\nhelp: Metro wants list (semicolons, Latin-1, O written as zero)\nencoding: latin-1\nshape: delimited\ndelimiter: ;\nquote: none\n"
	      "header: skip\nlast_takes_rest: true\no0_collapsed: true\nskip:\n  - {prefix: \"#\", why: comment}\n"
	      "  - {contains: LPR CALIBRATION RECORD, why: calibration record}\nfields:\n"
	      "  - {field: category, column: 1, map: {V: stolen, P: stolen-plate}}\n  - {field: about,    column: 1, map: {P: plate}, unmapped: empty}\n"
	      "  - {field: plate,    column: 2}\n  - {field: state,    column: 3}\n"
	      "  - {field: expires,  column: 4, date: mm/dd/yyyy, empty: [\"0\"]}\n  - {field: color,    column: 5}\n  - {field: note,     column: 6}\n"
	      "  - {field: agency,   const: METRO}\n",
	      "# Metro wants list, do not forward\nKIND;PLATE;ST;UNTIL;COL;REMARK\nV;ABC 1234;C0;12/31/2026;BLU;driver armed; do not stop alone\n"
	      "L;TEST001;C0;12/31/2026;;LPR CALIBRATION RECORD\nP;XYZ789;0H;0;;front plate only\nQ;XYZ790;0H;0;;\n",
	      "1 skip comment\n2 skip header\n"
	      "3 entry ABC1234 o0 plate=\"ABC 1234\" state=\"CO\" category=\"stolen\" agency=\"METRO\" expires=\"12/31/2026\" color=\"BLU\""
	      " note=\"driver armed; do not stop alone\" until=2026-12-31T23:59:59.999Z\n4 skip calibration record\n"
	      "5 entry XYZ789 o0 plate=\"XYZ789\" state=\"OH\" category=\"stolen-plate\" agency=\"METRO\" note=\"front plate only\" about=\"plate\" plate-only\n"
	      "6 fault 1 category: found \"Q\", expected one of V, P\n");
}
END_TEST

START_TEST(latin1)
{
	runner_gives("version: 1\nencoding: latin-1\nshape: fixed\nfields:\n  - {field: plate, at: [0, 6]}\n  - {field: note, at: [6, 20]}\n",
	      "AB1   caf\xe9 \xfc" "ber\nAB2   \x85\n",
	      "1 entry AB1 plate=\"AB1\" note=\"caf\xc3\xa9" " \xc3\xbc" "ber\"\n2 fault 7 note: found \"\\x85\", expected Latin-1 without control bytes\n");
}
END_TEST

START_TEST(first_that_is_not_empty)
{
	runner_gives("version: 1\nshape: delimited\nfields:\n  - {field: plate, column: 1}\n  - {field: type, column: 2, map: {M: motorcycle}, unmapped: empty}\n"
	      "  - {field: type, column: 3}\n  - {field: type, const: car}\n",
	      "A1,M,bus\nA2,,bus\nA3,Q,bus\nA4,,\n",
	      "1 entry A1 plate=\"A1\" type=\"motorcycle\"\n2 entry A2 plate=\"A2\" type=\"bus\"\n3 entry A3 plate=\"A3\" type=\"bus\"\n"
	      "4 entry A4 plate=\"A4\" type=\"car\"\n");
}
END_TEST

START_TEST(all_faults)
{
	runner_refuses("version: 2\nshape: delimited\ndelimter: x\ndelimiter: ab\nheader: maybe\nhead: {}\nskip: [{why: x}, {prefix: \"\"}]\nfields:\n"
	       "  - {field: plat, column: 1}\n  - {field: state, column: 0}\n  - {field: case, column: 1, header: x}\n  - {field: note}\n"
	       "  - {field: starts, column: 2}\n  - {field: expires, column: 2, date: [yyyymm, rfc3339]}\n  - {field: agency, column: 3, date: yyyymmdd}\n"
	       "  - {field: type, at: [0, 4]}\n  - {field: make, column: 4, map: {A: , B: c}}\n  - {field: model, column: 5, unmapped: keep}\n",
	       "bad.yaml:1:10: 'version' is '2': expected a whole number from 1 to 1\n"
	       "bad.yaml:3:1: unknown key 'delimter' (did you mean 'delimiter'?)\n"
	       "bad.yaml:4:12: 'delimiter' is 'ab': expected one mark such as ',' ';' '|', or tab\n"
	       "bad.yaml:5:9: 'header' is 'maybe': expected none, skip or names\n"
	       "bad.yaml:6:7: required key 'line' is missing in 'head'\n"
	       "bad.yaml:7:8: this rule skips nothing: expected 'prefix' or 'contains'\n"
	       "bad.yaml:7:27: 'prefix' is '': expected a text that is not empty\n"
	       "bad.yaml:9:13: 'field' is 'plat': expected plate, state, category, reason, agency, case, starts, expires, priority, make, model, color, type, year, vin, note, instructions, record, about or action\n"
	       "bad.yaml:10:28: 'column' is '0': expected a whole number from 1 to 256\n"
	       "bad.yaml:11:5: this row says 2 times where its field comes from: expected once, by 'column' or 'const'\n"
	       "bad.yaml:12:5: this row says 0 times where its field comes from: expected once, by 'column' or 'const'\n"
	       "bad.yaml:13:5: 'date' is missing: expected how the dates of 'starts' are written\n"
	       "bad.yaml:14:40: 'date' is 'yyyymm': expected rfc3339, or a pattern of yyyy or yy, mm, dd and perhaps HH, MM, SS\n"
	       "bad.yaml:15:32: 'date' is only for starts, expires and year\n"
	       "bad.yaml:16:5: where this field comes from does not fit shape and header: expected 'column' or 'const'\n"
	       "bad.yaml:17:39: 'A' has no value: expected the text that the code stands for\n"
	       "bad.yaml:18:31: 'unmapped' needs a 'map' or 'code'\n");
}
END_TEST

START_TEST(faults_of_shape)
{
	runner_refuses("version: 1\nshape: fixed\ndelimiter: ;\nquote: none\ncolumns: 3\nheader: names\nlast_takes_rest: true\nfields:\n"
	       "  - {field: plate, at: [4, 4]}\n  - {field: state, at: [1, 2, 3]}\n  - {field: make, column: 2}\n",
	       "bad.yaml:3:1: 'delimiter' is only for shape: delimited\n"
	       "bad.yaml:4:1: 'quote' is only for shape: delimited\n"
	       "bad.yaml:5:1: 'columns' is only for shape: delimited\n"
	       "bad.yaml:6:9: 'header' is 'names': only for shape: delimited\n"
	       "bad.yaml:7:1: 'last_takes_rest' is only for shape: delimited\n"
	       "bad.yaml:9:24: 'at' is [4, 4]: expected [from, to] with from < to, counted from 0, to not included\n"
	       "bad.yaml:10:24: 'at' is a list: expected a list of two whole numbers\n"
	       "bad.yaml:11:5: where this field comes from does not fit shape and header: expected 'at' or 'const'\n");
	runner_refuses("version: 1\nshape: lines\nlength: [9, 3]\nfields:\n  - {field: note, column: 1}\n",
	       "bad.yaml:3:1: 'length' is only for shape: fixed\n"
	       "bad.yaml:3:9: 'length' is [9, 3]: expected the smaller number first\n"
	       "bad.yaml:5:3: no field is 'plate': expected a row for it\n");
	runner_refuses("version: 1\nshape: delimited\ndelimiter: \"'\"\nquote: \"'\"\nfields:\n  - {field: plate, column: 1}\n",
	       "bad.yaml:4:8: 'quote' is the delimiter too: expected another mark\n");
	runner_refuses("version: 1\nshape: delimited\nunknown_columns: ignore\nfields: {plate: 1}\n",
	       "bad.yaml:3:1: 'unknown_columns' needs header: names\n"
	       "bad.yaml:4:9: 'fields' is a mapping: expected a list of mappings\n");
	runner_refuses("shape: delimited\n",
	       "bad.yaml:1:1: required key 'fields' is missing\n"
	       "bad.yaml:1:1: required key 'version' is missing\n");
	runner_refuses("",
	       "bad.yaml:1:1: required key 'fields' is missing\n"
	       "bad.yaml:1:1: required key 'shape' is missing\n"
	       "bad.yaml:1:1: required key 'version' is missing\n");
	runner_refuses("- a\n",
	       "bad.yaml:1:1: this is a list: expected a mapping of keys\n");
	runner_refuses("version: 1\nshape: lines\nfields: [&a {field: plate, column: 1}, *a, [x]]\nversion: 1\n",
	       "bad.yaml:4:1: duplicate key 'version' (first in line 1)\n");
	runner_refuses("version: 1\nshape: lines\nfields:\n  - {field: plate, column: 2}\n",
	       "bad.yaml:4:28: 'column' is '2': expected 1, a line of this shape is one column\n");
	runner_refuses("version: 1\nshape: lines\nfields: []\n",
	       "bad.yaml:3:9: no field is 'plate': expected a row for it\n");
	runner_refuses("\x01\xff",
	       "bad.yaml:1:1: the character U+0001 is not allowed in a YAML file\n");
}
END_TEST

START_TEST(too_long_texts)
{
	runner_refuses("version: 1\nshape: delimited\nfields:\n  - {field: plate, column: 1}\n  - {field: priority, const: high}\n  - {field: about, column: 2, map: {P: plates only}}\n",
	       "bad.yaml:5:30: 'const' has 4 bytes: expected at most 2 for 'priority'\n"
	       "bad.yaml:6:40: this text has 11 bytes: expected at most 8 for 'about'\n");
}
END_TEST

START_TEST(not_there)
{
	static const char *const dirs[] = { "/nowhere/a", "/nowhere/b", NULL };
	static const char *const none[] = { NULL };
	struct hl_layout *l = NULL;
	static const struct { const char *name; const char *const *dirs; const char *want; } v[] = {
		{ "absent", dirs, "absent: no such layout: expected absent.yaml in /nowhere/a, /nowhere/b\n" },
		{ "absent", none, "absent: no such layout: expected absent.yaml in a folder of layouts\n" },
		{ "../csv", dirs, "../csv: not the name of a layout: expected letters, digits, _ . -\n" },
		{ "", dirs, ": not the name of a layout: expected letters, digits, _ . -\n" },
	};
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		struct hl_faults faults = { 0 };
		struct hl_buf text = HL_BUF(4096);
		ck_assert_int_eq(hl_layout_load(&l, v[i].name, v[i].dirs, &faults), HL_E_NOTFOUND);
		hl_faults_print(&faults, &text);
		ck_assert_str_eq(hl_buf_text(&text), v[i].want);
		hl_buf_fini(&text);
	}
}
END_TEST

/* The words of `field` in YAML are those of core's table, in its order: a word that is told apart by number must mean the same there. */
START_TEST(every_field_word)
{
	for (int f = 1; f < HL_FIELDS; f++) {
		char yaml[300], data[64], want[200];
		bool time = f == HL_F_STARTS || f == HL_F_EXPIRES;
		const char *value = time ? "2026-11-23T10:00:00Z" : f == HL_F_PRIORITY ? "3" : f == HL_F_ABOUT ? "vehicle" : f == HL_F_ACTION ? "change" : "x";
		snprintf(yaml, sizeof yaml, "version: 1\nshape: delimited\nfields: [{field: plate, column: 1}, {field: %s, column: 2%s}]\n", hl_fields[f].name,
			 time ? ", date: rfc3339" : "");
		snprintf(data, sizeof data, "A1,%s\n", value);
		snprintf(want, sizeof want, "1 entry A1 plate=\"A1\" %s=\"%s\"%s\n", hl_fields[f].name, value,
			 f == HL_F_STARTS ? " from=2026-11-23T10:00:00.000Z" : f == HL_F_EXPIRES ? " until=2026-11-23T10:00:00.000Z" : "");
		runner_gives(yaml, data, want);
	}
}
END_TEST

UNIT_MAIN("layout_load", delimited_by_position, last_column_takes_the_rest, other_delimiters, worked_example, latin1, first_that_is_not_empty, all_faults, faults_of_shape,
	  too_long_texts, not_there, every_field_word)
