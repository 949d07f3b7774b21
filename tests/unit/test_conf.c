/* test_conf.c: what a good file fills, what custom readers get, the scalars by themselves, and input made to be slow. The faults stand in
 * test_conf_corpus.c.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/conf.h"

struct part {
	char *name, *site;
	double lat;
	bool mobile;
};

struct all {
	char *text, *name, *empty;
	int64_t whole, wait, bytes;
	int cost, mode;
	double share;
	bool on, off;
	struct hl_strings words;
	struct hl_array list, map;
	int64_t custom[2]; /* the value, and how often wipe was called */
	struct part section;
};

static void read_custom(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	int64_t *v = target;
	if (ctx->user)
		*(int *)ctx->user += 1;
	hl_conf_int(node, 0, 100, v, ctx);
}

static void wipe_custom(void *target)
{
	int64_t *v = target;
	v[0] = 0;
	v[1]++;
}

#define AT(member) offsetof(struct all, member)
#define PART(member) offsetof(struct part, member)
static const char *const words[] = { "off", "try", "require", NULL };
static const struct hl_opt part_options[] = {
	{ .name = "site", .type = HL_OPT_STRING, .offset = PART(site), .def = "nowhere" },
	{ .name = "lat", .type = HL_OPT_NUMBER, .offset = PART(lat), .min = -90000000, .max = 90000000, .def = "-1.5" },
	{ .name = "mobile", .type = HL_OPT_BOOL, .offset = PART(mobile), .def = "true" },
	{ 0 },
};
static const struct hl_opt options[] = {
	{ .name = "text", .type = HL_OPT_STRING, .offset = AT(text), .def = "a default", .help = "Some text." },
	{ .name = "name", .type = HL_OPT_NAME, .offset = AT(name), .required = true },
	{ .name = "empty", .type = HL_OPT_STRING, .offset = AT(empty), .def = "" },
	{ .name = "whole", .type = HL_OPT_INT, .offset = AT(whole), .def = "-7" },
	{ .name = "wait", .type = HL_OPT_DURATION, .offset = AT(wait), .def = "90s", .min = 1, .max = 0 },
	{ .name = "bytes", .type = HL_OPT_SIZE, .offset = AT(bytes), .def = "10MB" },
	{ .name = "cost", .type = HL_OPT_COST, .offset = AT(cost), .def = "0.4", .max = 200 },
	{ .name = "mode", .type = HL_OPT_ENUM, .offset = AT(mode), .def = "try", .words = words },
	{ .name = "share", .type = HL_OPT_NUMBER, .offset = AT(share), .def = "0.005" },
	{ .name = "on", .type = HL_OPT_BOOL, .offset = AT(on), .def = "true" },
	{ .name = "off", .type = HL_OPT_BOOL, .offset = AT(off) },
	{ .name = "words", .type = HL_OPT_STRINGS, .offset = AT(words), .def = "[a, \"\", '~']" },
	{ .name = "list", .type = HL_OPT_LIST, .offset = AT(list), .sub = part_options, .sub_size = sizeof(struct part) },
	{ .name = "map", .type = HL_OPT_MAP, .offset = AT(map), .sub = part_options, .sub_size = sizeof(struct part), .max = 64 },
	{ .name = "custom", .type = HL_OPT_CUSTOM, .offset = AT(custom), .def = "5", .custom = read_custom, .wipe = wipe_custom },
	{ .name = "section", .type = HL_OPT_SECTION, .offset = AT(section), .sub = part_options },
	{ .name = "later", .type = HL_OPT_LATER },
	{ 0 },
};

static enum hl_code fill(const char *yaml, struct all *a, struct hl_faults *faults, int *calls)
{
	struct hl_conf *conf;
	struct hl_conf_ctx ctx = { .file = "t.yaml", .faults = faults, .user = calls };
	enum hl_code code = hl_conf_parse(&conf, "t.yaml", yaml, strlen(yaml), faults);
	if (code == HL_OK)
		code = hl_conf_fill(hl_conf_root(conf), options, a, &ctx);
	hl_conf_free(&conf);
	return code;
}

START_TEST(test_defaults)
{
	struct all a = { 0 };
	struct hl_faults f = { 0 };
	ck_assert_uint_eq(hl_conf_default_faults(options, &a, &f), 0);
	ck_assert_str_eq(a.text, "a default");
	ck_assert_ptr_null(a.name);
	ck_assert_str_eq(a.empty, "");
	ck_assert_int_eq(a.whole, -7);
	ck_assert_int_eq(a.wait, 90000);
	ck_assert_int_eq(a.bytes, 10000000);
	ck_assert_int_eq(a.cost, 40);
	ck_assert_int_eq(a.mode, 1);
	ck_assert_double_eq(a.share, 0.005);
	ck_assert(a.on && !a.off);
	ck_assert_uint_eq(a.words.n, 3);
	ck_assert_str_eq(a.words.v[2], "~");
	ck_assert_int_eq(a.custom[0], 5);
	ck_assert_str_eq(a.section.site, "nowhere");
	ck_assert_double_eq(a.section.lat, -1.5);
	hl_conf_wipe(options, &a);
	a.custom[1] = 0;
	ck_assert_int_eq(memcmp(&a, &(struct all){ 0 }, sizeof a), 0);
}
END_TEST

START_TEST(test_fill)
{
	struct all a = { 0 };
	struct hl_faults f = { 0 };
	int calls = 0;
	const char *yaml = "name: cam.7\ntext: 'it''s'\nwhole: 9\nwait: 2h\nbytes: 64KiB\ncost: 1\nmode: off\nshare: -0.25\non: false\noff: true\n"
			   "words: one\ncustom: 42\nlist:\n- site: x\n- {lat: 39.7}\nmap:\n  0123: {mobile: false}\n  Cam 7/N: {}\nsection: {site: y}\n";
	ck_assert_int_eq(fill(yaml, &a, &f, &calls), HL_OK);
	ck_assert_str_eq(a.name, "cam.7");
	ck_assert_str_eq(a.text, "it's");
	ck_assert_int_eq(a.whole, 9);
	ck_assert_int_eq(a.wait, 7200000);
	ck_assert_int_eq(a.bytes, 65536);
	ck_assert_int_eq(a.cost, 100);
	ck_assert_int_eq(a.mode, 0);
	ck_assert_double_eq(a.share, -0.25);
	ck_assert(!a.on && a.off);
	ck_assert_uint_eq(a.words.n, 1);
	ck_assert_str_eq(a.words.v[0], "one");
	ck_assert_int_eq(a.custom[0], 42);
	ck_assert_int_eq(calls, 1);
	const struct part *list = a.list.v, *map = a.map.v;
	ck_assert_uint_eq(a.list.n, 2);
	ck_assert_str_eq(list[0].site, "x");
	ck_assert_str_eq(list[1].site, "nowhere");
	ck_assert_double_eq(list[1].lat, 39.7);
	ck_assert_uint_eq(a.map.n, 2);
	ck_assert_str_eq(map[0].name, "0123");
	ck_assert(!map[0].mobile && map[1].mobile);
	ck_assert_str_eq(map[1].name, "Cam 7/N");
	ck_assert_str_eq(a.section.site, "y");
	hl_conf_wipe(options, &a);
	ck_assert_uint_eq(a.map.n, 0);
}
END_TEST

/* A member with a fault keeps its default; all the others are read. */
START_TEST(test_faulty_keeps_default)
{
	struct all a = { 0 };
	struct hl_faults f = { 0 };
	ck_assert_int_eq(fill("whole: x\nwait: 0s\ntext: [a]\nwords: [[]]\ncost: 2.01\non: no\nshare: 0.5\n", &a, &f, NULL), HL_E_CONFIG);
	ck_assert_uint_eq(f.errors, 7);
	ck_assert_int_eq(a.whole, -7);
	ck_assert_int_eq(a.wait, 90000);
	ck_assert_str_eq(a.text, "a default");
	ck_assert_uint_eq(a.words.n, 3);
	ck_assert_int_eq(a.cost, 40);
	ck_assert(a.on);
	ck_assert_double_eq(a.share, 0.5);
	hl_conf_wipe(options, &a);
}
END_TEST

START_TEST(test_durations)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = { { "0s", 0 }, { "1ms", 1 }, { "8s", 8000 }, { "10m", 600000 }, { "24h", 86400000 }, { "365d", 31536000000 }, { "5y", 157680000000 } };
	static const char *const bad[] = { "", "s", "8", "8 s", "-8s", "+8s", "1.5h", "8S", "8sec", "8s ", " 8s", "0x8s", "9999999999999999999s", "999999999999999999y" };
	int64_t ms = 7;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		ck_assert_msg(hl_duration_parse(good[i].text, &ms), "%s", good[i].text);
		ck_assert_int_eq(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!hl_duration_parse(bad[i], &ms), "%s", bad[i]);
}
END_TEST

/* A decimal is the nearest double, as strtod would find it in the C locale. */
START_TEST(test_numbers)
{
	struct hl_faults f = { 0 };
	struct hl_conf_ctx ctx = { .file = "t", .faults = &f };
	char text[40];
	uint64_t seed = 1;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		snprintf(text, sizeof text, "%s%u.%07u", seed >> 63 ? "-" : "", (unsigned)(seed >> 40) % 10000000, (unsigned)(seed >> 8) % 10000000);
		struct hl_node node = { .kind = HL_NODE_SCALAR, .text = text };
		double v = 0;
		ck_assert(hl_conf_number(&node, 0, 0, &v, &ctx));
		ck_assert_msg(v == strtod(text, NULL), "%s", text);
	}
	static const char *const bad[] = { "", ".", "1.", ".5", "1e3", "0x10", "nan", "inf", "1,5", "1.5 ", "--1", "+1", "1.2.3", "1234567890.1234567" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct hl_node node = { .kind = HL_NODE_SCALAR, .text = bad[i], .quoted = true };
		double v;
		ck_assert_msg(!hl_conf_number(&node, 0, 0, &v, &ctx), "%s", bad[i]);
	}
}
END_TEST

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Small files that make careless parsers slow or large: each ends quickly, most with a fault. */
START_TEST(test_slow_input)
{
	static const char *const unit[] = { "[", "{", "- ", "? ", "{a: ", "[a, ", "a: &a [*a, *a]\n", "- - - - -\n", "\"", "'", "&a ", "#", "a\n", "- |\n a\n" };
	for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
		struct hl_buf text = HL_BUF(1 << 20);
		struct hl_faults f = { 0 };
		struct hl_conf *conf;
		while (hl_buf_puts(&text, unit[i]))
			;
		double start = seconds();
		enum hl_code code = hl_conf_parse(&conf, "slow", hl_buf_text(&text), text.len, &f);
		double took = seconds() - start;
		ck_assert_int_eq(code == HL_OK, conf != NULL);
		ck_assert_msg(took < 20, "1 MiB of '%s' took %.1f s", unit[i], took);
		hl_conf_free(&conf);
		hl_buf_fini(&text);
	}
}
END_TEST

START_TEST(test_large)
{
	struct hl_faults f = { 0 };
	struct hl_conf *conf;
	char *text = hl_calloc(1, HL_CONF_FILE_MAX + 1);
	memset(text, '#', HL_CONF_FILE_MAX + 1);
	ck_assert_int_eq(hl_conf_parse(&conf, "large.yaml", text, HL_CONF_FILE_MAX, &f), HL_OK);
	hl_conf_free(&conf);
	ck_assert_int_eq(hl_conf_parse(&conf, "large.yaml", text, HL_CONF_FILE_MAX + 1, &f), HL_E_CONFIG);
	ck_assert_ptr_null(conf);
	ck_assert_str_eq(f.v[0].text, "larger than 4 MiB");
	free(text);
}
END_TEST

START_TEST(test_help)
{
	struct hl_buf out = HL_BUF(1 << 16);
	hl_opt_help(options, "", &out);
	const char *text = hl_buf_text(&out);
	ck_assert_ptr_nonnull(strstr(text, ".TP\n.B text\nSome text.\n(text; default a default)\n"));
	ck_assert_ptr_nonnull(strstr(text, ".TP\n.B name\n(name; required)\n"));
	ck_assert_ptr_nonnull(strstr(text, "(duration, from 1ms; default 90s)\n"));
	ck_assert_ptr_nonnull(strstr(text, "(number with at most two decimals, 0.00 to 2.00; default 0.4)\n"));
	ck_assert_ptr_nonnull(strstr(text, "(one of off, try, require; default try)\n"));
	ck_assert_ptr_nonnull(strstr(text, ".B map.NAME.lat\n(number, -90 to 90; default -1.5)\n"));
	ck_assert_ptr_nonnull(strstr(text, ".B list[].site\n"));
	hl_buf_fini(&out);
}
END_TEST

UNIT_MAIN("conf", test_defaults, test_fill, test_faulty_keeps_default, test_durations, test_numbers, test_slow_input, test_large, test_help)
