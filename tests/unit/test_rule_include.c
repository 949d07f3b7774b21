/* test_rule_include.c: rules of several files are the rules of one file that holds all of them. What is refused stands in tests/data/bad-rules/include-*. */
#include "rules_fixture.h"
#include "tmpdir.h"
#include "unit.h"

#include "base/file.h"

static void put(const char *name, const char *text)
{
	ck_assert_int_eq(hl_file_write_atomic(tmp_path(name), text, strlen(text), 0600, NULL), HL_OK);
}

static struct hl_rules *load(const char *name)
{
	struct hl_rules *r;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_buf out = HL_BUF(65536);
	enum hl_code code = hl_rules_load(&r, tmp_path(name), f);
	hl_faults_print(f, &out);
	ck_assert_msg(code == HL_OK, "%s", hl_buf_text(&out));
	hl_buf_fini(&out);
	free(f);
	return r;
}

static const char *receiver_of(const struct hl_rules *r, const char *camera, const char *list)
{
	const char *names[HL_RECEIVERS_MAX];
	struct hl_case c = { .list = list, .category = "", .agency = "", .camera = camera, .site = "", .time_ms = 0, .priority = 5, .decision = HL_VERIFY };
	ck_assert_uint_eq(hl_rules_route(r, &c, names), 1);
	return names[0];
}

START_TEST(parts_stand_as_if_they_were_written_here)
{
	tmp_make();
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("parts"), 0700, NULL), HL_OK);
	put("parts/zones.yaml", "include: more.yaml\nzones: {downtown: {cameras: cam1}}\nholidays: [1970-01-02]\n");
	put("parts/more.yaml", "version: 1\nzones: {bridge: {cameras: cam2}}\nlists: {stolen: {priority: 1, match: {max_cost: 0.4}}}\nholidays: [1970-01-01]\n"
			       "mute: [{when: {zone: downtown}, comment: first}]\n");
	put("rules.yaml", "include: parts/zones.yaml\n"
			  "match: {max_cost: 1.2, min_probability: 0.3}\n"
			  "lists: {wanted: {priority: 2}}\n"
			  "mute: [{when: {at: Hol, list: wanted}, comment: second}]\n"
			  "route: {receivers: desk, routes: [{when: {zone: downtown}, receivers: a}, {when: {zone: bridge}, receivers: b}]}\n");
	struct hl_rules *r = load("rules.yaml");
	ck_assert_str_eq(receiver_of(r, "cam1", "stolen"), "a");
	ck_assert_str_eq(receiver_of(r, "cam2", "stolen"), "b");
	ck_assert_str_eq(receiver_of(r, "cam3", "stolen"), "desk");
	ck_assert_int_eq(hl_rules_list(r, "stolen")->priority, 1);
	ck_assert_int_eq(hl_rules_match(r, "stolen")->max_cost, 40);
	ck_assert_double_eq(hl_rules_match(r, "stolen")->min_probability, 0.3); /* inherited over the file's edge */
	ck_assert_int_eq(hl_rules_list(r, "wanted")->priority, 2);
	ck_assert_uint_eq(r->holidays.n, 2);
	struct hl_case c = { .list = "wanted", .category = "", .agency = "", .camera = "cam1", .site = "", .time_ms = 0 };
	ck_assert_str_eq(hl_rules_mute(r, &c)->comment, "first");
	c.camera = "cam9";
	ck_assert_str_eq(hl_rules_mute(r, &c)->comment, "second");
	ck_assert_uint_eq(r->included.n, 2);
	ck_assert_str_eq(r->included.v[0], tmp_path("parts/zones.yaml"));
	hl_rules_free(&r);
	tmp_remove();
}
END_TEST

START_TEST(a_part_is_part_of_the_rules_version)
{
	char before[HL_RULES_ID];
	tmp_make();
	put("rules.yaml", "include: zones.yaml\n");
	put("zones.yaml", "zones: {z: {cameras: cam1}}\n");
	struct hl_rules *r = load("rules.yaml");
	hl_copy(before, sizeof before, r->id);
	hl_rules_free(&r);
	r = load("rules.yaml");
	ck_assert_str_eq(r->id, before);
	hl_rules_free(&r);
	put("zones.yaml", "zones: {z: {cameras: cam2}}\n");
	r = load("rules.yaml");
	ck_assert_str_ne(r->id, before);
	hl_rules_free(&r);
	tmp_remove();
}
END_TEST

UNIT_MAIN("rule_include", parts_stand_as_if_they_were_written_here, a_part_is_part_of_the_rules_version)
