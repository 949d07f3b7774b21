/* test_vehicle.c: states, types, makes and colours through the code tables, and what contradicts what. */
#include "base/mem.h"
#include "core/vehicle.h"
#include "core/vehicle_tables.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof a / sizeof a[0])

static void expect(void (*canon)(const char *, char *), const char *text, const char *want)
{
	char got[16];
	memset(got, 'x', sizeof got);
	canon(text, got);
	ck_assert_msg(!strcmp(got, want), "'%s' gave '%s', expected '%s'", text, got, want);
}

START_TEST(test_states)
{
	static const char *const rows[][2] = {
		{ "CA", "us-ca" }, { "ca", "us-ca" }, { "us-ca", "us-ca" }, { "US-CA", "us-ca" }, { "California", "us-ca" }, { "New York", "us-ny" }, { "0H", "us-oh" },
		{ "us-0h", "us-oh" }, { "us_tx", "us-tx" }, { "us-nb", "us-ne" }, { "NB", "" }, { "NL", "" }, { "ca-nl", "ca-nl" }, { "mx-nl", "mx-nle" }, { "ca-pq", "ca-qc" },
		{ "PQ", "ca-qc" }, { "mx-jal", "mx-jal" }, { "ca-bc", "ca-bc" }, { "mx-bc", "mx-bcn" }, { "Ontario", "ca-on" }, { "us", "" }, { "eu", "" }, { "", "" },
		{ " CA", "us-ca" }, { "us-", "" }, { "us-zz", "" }, { "ua", "" }, { "eu-de", "" }, { "District of Columbia", "us-dc" },
		{ "a text that is longer than any word of the tables may ever be", "" }, { "\xff\xfe", "" }, { "us-\x01", "" },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		expect(hl_state_canon, rows[i][0], rows[i][1]);
}
END_TEST

START_TEST(test_region_of_a_read)
{
	expect(hl_region_canon, "ca", "");
	expect(hl_region_canon, "de", "");
	expect(hl_region_canon, "CA", "us-ca");
	expect(hl_region_canon, "us-de", "us-de");
}
END_TEST

START_TEST(test_types_and_makes)
{
	static const char *const types[][2] = {
		{ "4D", "car" }, { "Sedan", "car" }, { "sedan-compact", "car" }, { "PK", "truck" }, { "Pickup Truck", "truck" }, { "tractor-trailer", "truck" }, { "VN", "van" },
		{ "van-mini", "van" }, { "SUV", "suv" }, { "suv-crossover", "suv" }, { "MC", "motorcycle" }, { "Motorcycle", "motorcycle" }, { "bus", "bus" }, { "TL", "trailer" },
		{ "MH", "rv" }, { "PC", "passenger" }, { "DP", "" }, { "Unknown", "" }, { "", "" },
	};
	static const char *const makes[][2] = {
		{ "LEXS", "LEXS" }, { "Lexus", "LEXS" }, { "GMC", "GMC" }, { "GMC truck", "GMC" }, { "D0DG", "DODG" }, { "Ram", "DODG" }, { "mercedes-benz", "MERZ" },
		{ "T0YT", "TOYT" }, { "Toyota", "TOYT" }, { "VW", "VOLK" }, { "unheard of", "" }, { "", "" },
	};
	for (size_t i = 0; i < COUNT(types); i++)
		expect(hl_type_canon, types[i][0], types[i][1]);
	for (size_t i = 0; i < COUNT(makes); i++)
		expect(hl_make_canon, makes[i][0], makes[i][1]);
}
END_TEST

START_TEST(test_restore)
{
	static const struct { enum hl_field field; const char *text, *want; bool changed; } rows[] = {
		{ HL_F_STATE, "0H", "OH", true }, { HL_F_MAKE, "D0DG", "DODG", true }, { HL_F_COLOR, "BR0", "BRO", true }, { HL_F_COLOR, "BR0/G0LD", "BRO/GOLD", true },
		{ HL_F_COLOR, "BR0/XX0", "BR0/XX0", false }, { HL_F_MAKE, "ZZ0Z", "ZZ0Z", false }, { HL_F_PLATE, "0NG", "0NG", false }, { HL_F_STATE, "CA", "CA", false },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char got[64];
		ck_assert_int_eq(hl_vehicle_restore(rows[i].field, rows[i].text, got, sizeof got), rows[i].changed);
		ck_assert_str_eq(got, rows[i].want);
	}
}
END_TEST

START_TEST(test_code)
{
	static const struct { enum hl_field field; const char *text, *want; bool known; } rows[] = {
		{ HL_F_STATE, "Colorado", "CO", true }, { HL_F_STATE, "new york", "NY", true }, { HL_F_STATE, "us-oh", "OH", true }, { HL_F_STATE, "0H", "OH", true },
		{ HL_F_STATE, "ca-nl", "NF", true }, { HL_F_STATE, "Nuevo Leon", "Nuevo Leon", true }, { HL_F_STATE, "Bavaria", "Bavaria", false }, { HL_F_STATE, "", "", false },
		{ HL_F_MAKE, "Mercedes-Benz", "MERZ", true }, { HL_F_MAKE, "Trabant", "Trabant", false }, { HL_F_COLOR, "Blue", "BLU", true },
		{ HL_F_COLOR, "Yellow/black", "YEL/BLK", true }, { HL_F_COLOR, "Yellow/plaid", "Yellow/plaid", false }, { HL_F_COLOR, "BLU", "BLU", true },
		{ HL_F_PLATE, "BLU", "BLU", false }, { HL_F_TYPE, "car", "car", false },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char got[64];
		ck_assert_msg(hl_vehicle_code(rows[i].field, rows[i].text, got, sizeof got) == rows[i].known, "%s", rows[i].text);
		ck_assert_str_eq(got, rows[i].want);
	}
	char small[4];
	ck_assert(!hl_vehicle_code(HL_F_COLOR, "Yellow/black", small, sizeof small));
}
END_TEST

/* A word in two rows of one table would make the answer hang on the order of the rows. */
static void each_word_once(const struct hl_code_table *t, const char *skip_also)
{
	for (size_t i = 0; i < t->n; i++) {
		char *words = strdup(t->row[i].words), *save = NULL;
		for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
			char got[16];
			if (t == &hl_states)
				hl_state_canon(w, got);
			else if (t == &hl_types)
				hl_type_canon(w, got);
			else
				hl_make_canon(w, got);
			ck_assert_msg(!strcmp(got, t->row[i].canon), "%s%s stands in two rows: %s and %s", skip_also, w, got, t->row[i].canon);
			ck_assert_uint_lt(strlen(w), 31);
			ck_assert_uint_lt(strlen(t->row[i].canon), 16);
		}
		free(words);
	}
}

START_TEST(test_tables_are_sound)
{
	each_word_once(&hl_states, "state ");
	each_word_once(&hl_types, "type ");
	each_word_once(&hl_makes, "make ");
	for (size_t i = 0; i < hl_states.n; i++)
		expect(hl_state_canon, hl_states.row[i].canon, hl_states.row[i].canon);
}
END_TEST

static struct hl_entry entry(const char *state, const char *type, const char *make, const char *color)
{
	struct hl_entry e = { 0 };
	for (int i = 0; i < HL_FIELDS; i++)
		e.f[i] = "";
	e.f[HL_F_STATE] = state;
	e.f[HL_F_TYPE] = type;
	e.f[HL_F_MAKE] = make;
	e.f[HL_F_COLOR] = color;
	return e;
}

static struct hl_read read_of(const char *region, const char *type, const char *make, const char *color)
{
	struct hl_read r;
	hl_read_init(&r);
	hl_copy(r.region, sizeof r.region, region);
	hl_copy(r.vehicle.type, sizeof r.vehicle.type, type);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, make);
	hl_copy(r.vehicle.color, sizeof r.vehicle.color, color);
	return r;
}

START_TEST(test_compare_green_and_aurora)
{
	enum hl_evidence out[HL_CONTRADICTIONS];
	struct hl_entry e = entry("CA", "PK", "GMC truck", "MAR");
	struct hl_read r = read_of("us-ca", "sedan", "Lexus", "red");
	hl_vehicle_compare(&e, &r, out);
	ck_assert_int_eq(out[HL_C_STATE], HL_EV_AGREES);
	ck_assert_int_eq(out[HL_C_TYPE], HL_EV_DIFFERS);
	ck_assert_int_eq(out[HL_C_MAKE], HL_EV_DIFFERS);
	ck_assert_int_eq(out[HL_C_COLOR], HL_EV_AGREES);
	e = entry("MT", "MC", "", "");
	r = read_of("us-co", "suv", "GMC", "blue");
	hl_vehicle_compare(&e, &r, out);
	ck_assert_int_eq(out[HL_C_STATE], HL_EV_DIFFERS);
	ck_assert_int_eq(out[HL_C_TYPE], HL_EV_DIFFERS);
	ck_assert_int_eq(out[HL_C_MAKE], HL_EV_UNKNOWN);
	ck_assert_int_eq(out[HL_C_COLOR], HL_EV_UNKNOWN);
}
END_TEST

START_TEST(test_compare_unknown_is_never_a_contradiction)
{
	enum hl_evidence out[HL_CONTRADICTIONS];
	struct hl_entry e = entry("MT", "MC", "FORD", "RED");
	struct hl_read r = read_of("us", "Unknown", "??", "striped");
	hl_vehicle_compare(&e, &r, out);
	for (int i = 0; i < HL_CONTRADICTIONS; i++)
		ck_assert_int_eq(out[i], HL_EV_UNKNOWN);
	r = read_of("us-co", "car", "KIA", "BLU");
	e.about_plate = true;
	r.region_confidence = 0.29;
	hl_vehicle_compare(&e, &r, out);
	for (int i = 0; i < HL_CONTRADICTIONS; i++)
		ck_assert_int_eq(out[i], HL_EV_UNKNOWN);
	r.region_confidence = 0.3;
	hl_vehicle_compare(&e, &r, out);
	ck_assert_int_eq(out[HL_C_STATE], HL_EV_DIFFERS);
	ck_assert_int_eq(out[HL_C_TYPE], HL_EV_UNKNOWN);
}
END_TEST

START_TEST(test_compare_colours)
{
	static const struct { const char *listed, *read; enum hl_evidence want; } rows[] = {
		{ "GRY", "silver", HL_EV_AGREES }, { "MAR", "red", HL_EV_AGREES }, { "YEL/BLK", "black", HL_EV_AGREES }, { "BLK", "YEL/BLK", HL_EV_AGREES },
		{ "YEL/BLK", "green", HL_EV_DIFFERS }, { "WHI", "BLK", HL_EV_DIFFERS }, { "WHI/ZZZ", "BLK", HL_EV_UNKNOWN }, { "", "BLK", HL_EV_UNKNOWN },
		{ "/", "BLK", HL_EV_UNKNOWN }, { "RED/WHI/BLU/BLK/GRN", "YEL", HL_EV_UNKNOWN }, { "BR0", "brown", HL_EV_AGREES },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum hl_evidence out[HL_CONTRADICTIONS];
		struct hl_entry e = entry("", "", "", rows[i].listed);
		struct hl_read r = read_of("", "", "", rows[i].read);
		hl_vehicle_compare(&e, &r, out);
		ck_assert_msg(out[HL_C_COLOR] == rows[i].want, "%s against %s gave %d", rows[i].listed, rows[i].read, out[HL_C_COLOR]);
	}
}
END_TEST

START_TEST(test_compare_near_types)
{
	static const struct { const char *listed, *read; enum hl_evidence want; } rows[] = {
		{ "PC", "suv", HL_EV_UNKNOWN }, { "PC", "motorcycle", HL_EV_DIFFERS }, { "VN", "suv", HL_EV_UNKNOWN }, { "4D", "suv", HL_EV_DIFFERS },
		{ "MC", "car", HL_EV_DIFFERS }, { "SW", "wagon", HL_EV_AGREES }, { "TL", "truck", HL_EV_UNKNOWN },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum hl_evidence out[HL_CONTRADICTIONS];
		struct hl_entry e = entry("", rows[i].listed, "", "");
		struct hl_read r = read_of("", rows[i].read, "", "");
		hl_vehicle_compare(&e, &r, out);
		ck_assert_msg(out[HL_C_TYPE] == rows[i].want, "%s against %s gave %d", rows[i].listed, rows[i].read, out[HL_C_TYPE]);
	}
	ck_assert_str_eq(hl_contradiction_name(HL_C_STATE), "state");
	ck_assert_str_eq(hl_contradiction_name(HL_C_COLOR), "color");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vehicle");
	TCase *t = tcase_create("vehicle");
	tcase_add_test(t, test_states);
	tcase_add_test(t, test_region_of_a_read);
	tcase_add_test(t, test_types_and_makes);
	tcase_add_test(t, test_restore);
	tcase_add_test(t, test_code);
	tcase_add_test(t, test_tables_are_sound);
	tcase_add_test(t, test_compare_green_and_aurora);
	tcase_add_test(t, test_compare_unknown_is_never_a_contradiction);
	tcase_add_test(t, test_compare_colours);
	tcase_add_test(t, test_compare_near_types);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
