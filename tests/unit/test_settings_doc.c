/* test_settings_doc.c: hotlistd.yaml(5) names every option of the tables, in the right section and with its default, and no other; contrib/hotlistd.yaml and
 * the page's own example load without a fault.
 */
#include "unit.h"

#include <string.h>

#include "engine/settings_priv.h"
#include "tmpdir.h"

static struct hl_buf page = HL_BUF(1 << 20);

static void read_source(const char *name, struct hl_buf *out)
{
	char path[1024];
	struct hl_err err = { 0 };
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/%s", top ? top : ".", name);
	ck_assert_msg(hl_file_read(path, out, &err) == HL_OK, "%s", err.text);
}

/* The text of the item `name` below the heading, "" where it is missing. */
static void find_item(const char *heading, const char *name, char *dst, size_t size)
{
	char mark[128];
	dst[0] = 0;
	snprintf(mark, sizeof mark, "\n.Ss %s\n", heading);
	const char *from = strstr(hl_buf_text(&page), mark);
	ck_assert_msg(from != NULL, "no section '%s'", heading);
	const char *end = strstr(from + 1, "\n.Ss "), *last = strstr(from + 1, "\n.Sh ");
	if (!end || (last && last < end))
		end = last;
	snprintf(mark, sizeof mark, "\n.It Ic %s\n", name);
	const char *item = strstr(from, mark);
	if (!item || !end || item > end)
		return;
	const char *next = strstr(item + 1, "\n.It ");
	hl_copy_n(dst, size, item, (size_t)((next && next < end ? next : end) - item));
}

/* How many options of the table have no item of their own below the heading. */
static size_t told_elsewhere(const char *heading, const struct hl_opt *table)
{
	char item[4096];
	size_t n = 0;
	for (; table->name; table++) {
		find_item(heading, table->name, item, sizeof item);
		n += !item[0];
	}
	return n;
}

static size_t check_table(const char *heading, const struct hl_opt *table)
{
	char item[4096];
	size_t n = 0;
	for (; table->name; table++) {
		if (table->type == HL_OPT_LATER)
			continue;
		n++;
		find_item(heading, table->name, item, sizeof item);
		if (!item[0])
			find_item(strcmp(heading, "redis") ? "Every channel" : "store: redis", table->name, item, sizeof item);
		ck_assert_msg(item[0], "'%s' is missing below '%s'", table->name, heading);
		if (table->def && table->def[0])
			ck_assert_msg(strstr(item, table->def) != NULL, "'%s' below '%s' does not tell its default, %s", table->name, heading, table->def);
		if (table->required)
			ck_assert_msg(strstr(item, "equired") != NULL, "'%s' below '%s' does not tell that it is required", table->name, heading);
		for (size_t i = 0; table->words && table->words[i]; i++)
			ck_assert_msg(strstr(item, table->words[i]) != NULL, "'%s' below '%s' does not tell '%s'", table->name, heading, table->words[i]);
		if (table->type == HL_OPT_SECTION) {
			bool own = strcmp(table->name, "rejects") != 0; /* has no heading of its own */
			n += check_table(own ? table->name : heading, table->sub);
		}
	}
	return n;
}

START_TEST(test_page)
{
	size_t items = 0, shared = 0, channels = 0;
	read_source("doc/man/hotlistd.yaml.5", &page);
	for (const char *p = hl_buf_text(&page); (p = strstr(p, "\n.It Ic ")); p++)
		items++;
	size_t n = check_table("Top level", hl_settings_options) + check_table("zmq", hl_zmq_options) + check_table("cameras", hl_camera_options) +
		   check_table("lists", hl_list_options) + check_table("drop", hl_drop_options) + check_table("users", hl_user_options) +
		   check_table("store: redis", hl_redis_store_options) + check_table("redis", hl_redis_ingest_options);
	for (const struct hl_adapter *const *a = hl_adapters; *a; a++) {
		n += check_table((*a)->name, (*a)->options);
		channels++;
	}
	for (const struct hl_opt *opt = hl_adapters[0]->options; opt->name; opt++) {
		char item[4096];
		find_item("Every channel", opt->name, item, sizeof item);
		shared += item[0] != 0;
	}
	/* One item of a Redis source says of all that it shares with the store that it is the same. */
	size_t as_in_store = told_elsewhere("redis", hl_redis_ingest_options) - 1;
	ck_assert_uint_eq(items, n - shared * (channels - 1) - as_in_store); /* none on the page that no table has */
	hl_buf_fini(&page);
}
END_TEST

static void put(const char *name, const char *text, size_t n)
{
	struct hl_err err = { 0 };
	ck_assert_msg(hl_file_write_atomic(tmp_path(name), text, n, 0600, &err) == HL_OK, "%s", err.text);
}

static void check_example(const char *text, size_t n, size_t lists)
{
	static const char *const secrets[] = { "secrets/desk", "secrets/desk-webhook", "secrets/mail", "secrets/sms" };
	struct hl_settings *s;
	struct hl_faults faults = { 0 };
	struct hl_buf out = HL_BUF(1 << 16);
	tmp_make();
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("secrets"), 0700, NULL), HL_OK);
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("drop/metro"), 0700, NULL), HL_OK);
	for (size_t i = 0; i < 4; i++)
		put(secrets[i], "0123456789abcdef0123456789abcdef\n", 33);
	put("hotlistd.yaml", text, n);
	enum hl_code code = hl_settings_load(&s, tmp_path("hotlistd.yaml"), &faults);
	hl_faults_print(&faults, &out);
	ck_assert_msg(code == HL_OK && faults.n == 0, "%s", hl_buf_text(&out));
	ck_assert_uint_eq(s->lists.n, lists);
	hl_buf_fini(&out);
	hl_settings_free(&s);
	tmp_remove();
}

START_TEST(test_contrib)
{
	struct hl_buf text = HL_BUF(1 << 20);
	read_source("contrib/hotlistd.yaml", &text);
	check_example(hl_buf_text(&text), text.len, 2);
	hl_buf_fini(&text);
}
END_TEST

START_TEST(test_page_example)
{
	static const char begin[] = "\n.Bd -literal\n", end[] = "\n.Ed\n";
	read_source("doc/man/hotlistd.yaml.5", &page);
	const char *from = strstr(hl_buf_text(&page), begin), *to = from ? strstr(from, end) : NULL;
	ck_assert(to != NULL);
	from += sizeof begin - 1;
	check_example(from, (size_t)(to - from) + 1, 1);
	hl_buf_fini(&page);
}
END_TEST

UNIT_MAIN("settings_doc", test_page, test_contrib, test_page_example)
