/* test_conf_corpus.c: every tests/data/bad-yaml/NAME.yaml is parsed and read by the table below, and what is said is compared byte by byte with
 * NAME.expected: the faults, or for a file without any the tree with its places. With PRINT_EXPECTED in the environment it prints what is said instead.
 */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/conf.h"

struct item {
	char *name;
	int64_t n;
	char *site;
};

struct sample {
	int64_t version, passage, cooldown, size;
	char *camera, *list, *chars;
	int cost, mode;
	double probability;
	bool flag;
	struct hl_strings to;
	struct {
		int64_t late;
		char *url;
	} alerts;
	struct hl_array items, cameras;
};

#define AT(member) offsetof(struct sample, member)
static const char *const modes[] = { "verify", "drop", "ignore", NULL };
static const struct hl_opt item_options[] = {
	{ .name = "name", .type = HL_OPT_NAME, .offset = offsetof(struct item, name), .required = true },
	{ .name = "n", .type = HL_OPT_INT, .offset = offsetof(struct item, n), .min = -5, .max = 5, .def = "3" },
	{ 0 },
};
static const struct hl_opt camera_options[] = {
	{ .name = "site", .type = HL_OPT_STRING, .offset = offsetof(struct item, site), .min = 1, .max = 20 },
	{ 0 },
};
static const struct hl_opt alert_options[] = {
	{ .name = "late_after", .type = HL_OPT_DURATION, .offset = offsetof(struct sample, alerts.late) - offsetof(struct sample, alerts), .def = "10m" },
	{ .name = "url", .type = HL_OPT_STRING, .offset = offsetof(struct sample, alerts.url) - offsetof(struct sample, alerts), .required = true },
	{ 0 },
};
static const struct hl_opt options[] = {
	{ .name = "version", .type = HL_OPT_INT, .offset = AT(version), .def = "1" },
	{ .name = "camera", .type = HL_OPT_STRING, .offset = AT(camera) },
	{ .name = "list", .type = HL_OPT_NAME, .offset = AT(list) },
	{ .name = "chars", .type = HL_OPT_STRING, .offset = AT(chars) },
	{ .name = "passage", .type = HL_OPT_DURATION, .offset = AT(passage), .def = "8s", .min = 0, .max = 3600000 },
	{ .name = "cooldown", .type = HL_OPT_DURATION, .offset = AT(cooldown) },
	{ .name = "size", .type = HL_OPT_SIZE, .offset = AT(size), .min = 1024, .max = 1 << 30 },
	{ .name = "cost", .type = HL_OPT_COST, .offset = AT(cost), .max = 300 },
	{ .name = "mode", .type = HL_OPT_ENUM, .offset = AT(mode), .words = modes },
	{ .name = "probability", .type = HL_OPT_NUMBER, .offset = AT(probability), .max = 1000000 },
	{ .name = "flag", .type = HL_OPT_BOOL, .offset = AT(flag) },
	{ .name = "to", .type = HL_OPT_STRINGS, .offset = AT(to), .max = 5 },
	{ .name = "alerts", .type = HL_OPT_SECTION, .offset = AT(alerts), .sub = alert_options },
	{ .name = "items", .type = HL_OPT_LIST, .offset = AT(items), .sub = item_options, .sub_size = sizeof(struct item) },
	{ .name = "cameras", .type = HL_OPT_MAP, .offset = AT(cameras), .sub = camera_options, .sub_size = sizeof(struct item) },
	{ .name = "zones", .type = HL_OPT_LATER },
	{ 0 },
};

static void dump(const struct hl_node *node, int level, struct hl_buf *out)
{
	static const char *const kinds[] = { "", "list", "mapping" };
	hl_buf_printf(out, "%u:%u: %*s", node->line, node->column, 2 * level, "");
	if (node->key)
		hl_buf_printf(out, "%s (%u:%u) = ", node->key, node->key_line, node->key_column);
	if (node->kind == HL_NODE_SCALAR)
		hl_buf_printf(out, node->quoted ? "\"%s\"\n" : "%s\n", node->text);
	else
		hl_buf_printf(out, "%s of %zu\n", kinds[node->kind], node->n);
	for (size_t i = 0; i < node->n; i++)
		dump(&node->child[i], level + 1, out);
}

static bool slurp(const char *path, struct hl_buf *out)
{
	char part[4096];
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
		hl_buf_put(out, part, n);
	fclose(f);
	return !out->full;
}

static void say(const char *name, const struct hl_buf *text, struct hl_buf *out)
{
	struct hl_conf *conf;
	struct hl_faults faults = { 0 };
	struct sample s = { 0 };
	struct hl_conf_ctx ctx = { .file = name, .faults = &faults };
	enum hl_code code = hl_conf_parse(&conf, name, hl_buf_text(text), text->len, &faults);
	ck_assert_int_eq(code == HL_OK, conf != NULL);
	if (code == HL_OK) {
		code = hl_conf_fill(hl_conf_root(conf), options, &s, &ctx);
		if (code == HL_OK)
			dump(hl_conf_root(conf), 0, out);
		hl_conf_wipe(options, &s);
	}
	ck_assert_int_eq(code, faults.errors ? HL_E_CONFIG : HL_OK);
	hl_faults_print(&faults, out);
	hl_conf_free(&conf);
}

static int is_yaml(const struct dirent *d)
{
	size_t n = strlen(d->d_name);
	return n > 5 && strcmp(d->d_name + n - 5, ".yaml") == 0;
}

static void check_file(const char *dir, const char *name, bool print)
{
	char path[1024];
	struct hl_buf text = HL_BUF(1 << 20), said = HL_BUF(1 << 20), want = HL_BUF(1 << 20);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_msg(slurp(path, &text), "%s can't be read", path);
	say(name, &text, &said);
	snprintf(path, sizeof path, "%s/%.*s.expected", dir, (int)strlen(name) - 5, name);
	if (print)
		printf("--- %s\n%s", path, hl_buf_text(&said));
	else {
		ck_assert_msg(slurp(path, &want), "%s can't be read", path);
		ck_assert_msg(strcmp(hl_buf_text(&said), hl_buf_text(&want)) == 0, "%s: said\n%sexpected\n%s", name, hl_buf_text(&said), hl_buf_text(&want));
	}
	hl_buf_fini(&text);
	hl_buf_fini(&said);
	hl_buf_fini(&want);
}

static void walk(bool print)
{
	char dir[512];
	struct dirent **list;
	const char *top = getenv("srcdir");
	snprintf(dir, sizeof dir, "%s/tests/data/bad-yaml", top ? top : ".");
	int n = scandir(dir, &list, is_yaml, alphasort);
	ck_assert_msg(n >= 40, "%s: %d files", dir, n);
	for (int i = 0; i < n; i++) {
		check_file(dir, list[i]->d_name, print);
		free(list[i]);
	}
	free(list);
}

START_TEST(test_corpus)
{
	walk(getenv("PRINT_EXPECTED") != NULL);
}
END_TEST

START_TEST(test_table)
{
	struct sample s = { 0 };
	struct hl_faults faults = { 0 };
	ck_assert_uint_eq(hl_conf_default_faults(options, &s, &faults), 0);
	ck_assert_int_eq(s.passage, 8000);
	ck_assert_int_eq(s.alerts.late, 600000);
	hl_conf_wipe(options, &s);
}
END_TEST

UNIT_MAIN("conf_corpus", test_corpus, test_table)
