/* ops_list_fixture.h: the words of `list` on a state folder of their own, through the same door as the daemon and hotlistctl use. */
#ifndef HL_TESTS_OPS_LIST_FIXTURE_H
#define HL_TESTS_OPS_LIST_FIXTURE_H

#include "base/clock.h"
#include "engine/ops.h"
#include "import_run.h"

static struct hl_ops_ctx ctx;
static struct hl_settings *settings;
static struct hl_err err;
static struct hl_buf out;

/* lists: the settings of lists, as the inside of a YAML mapping. */
static inline void setup_lists(const char *lists)
{
	struct hl_faults faults = { 0 };
	char yaml[8192];
	char *layouts = realpath(layout_dirs()[0], NULL);
	ck_assert_ptr_nonnull(layouts);
	tmp_make();
	snprintf(yaml, sizeof yaml, "state: %s/state\nrules: rules.yaml\nlayouts: [%s, %s/own]\nlists: {%s}\n", tmp_dir,
		 layouts, tmp_dir, lists);
	free(layouts);
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("hotlistd.yaml"), yaml, strlen(yaml), 0600, NULL), HL_OK);
	struct hl_buf text = HL_BUF(8192);
	enum hl_code code = hl_settings_load(&settings, tmp_path("hotlistd.yaml"), &faults);
	hl_faults_print(&faults, &text);
	ck_assert_msg(!code, "%s", hl_buf_text(&text));
	hl_buf_fini(&text);
	out = HL_BUF(1 << 20);
	ctx = (struct hl_ops_ctx){ .settings = settings, .state = settings->state, .who = "smith", .now_ms = IMPORT_NOW, .fd = -1 };
}

static inline void setup(void)
{
	setup_lists("policed: {require: [plate, state]}");
}

static inline void teardown(void)
{
	hl_buf_fini(&out);
	hl_settings_free(&settings);
	tmp_remove();
}

/* Runs words separated by | on a file with this text (NULL: none). */
static inline enum hl_code run(const char *words, const char *file)
{
	char copy[1024];
	const char *argv[HL_OPS_ARGS];
	int argc = 0;
	hl_copy(copy, sizeof copy, words);
	for (char *p = copy; p; argc++) {
		argv[argc] = p;
		p = strchr(p, '|');
		if (p)
			*p++ = 0;
	}
	hl_buf_clear(&out);
	hl_err_clear(&err);
	ctx.fd = file ? text_fd(file, strlen(file)) : -1;
	ctx.lists_changed = false;
	enum hl_code code = hl_ops_run(&ctx, argc, argv, &out, &err);
	if (ctx.fd >= 0)
		close(ctx.fd);
	return code;
}

static inline void good(const char *words, const char *file)
{
	ck_assert_msg(!run(words, file), "%s: %s", words, err.text);
}

static inline void has(const char *part)
{
	ck_assert_msg(strstr(hl_buf_text(&out), part) != NULL, "'%s' is not in:\n%s", part, hl_buf_text(&out));
}

static inline void bad(const char *words, const char *file, enum hl_code code, const char *part)
{
	enum hl_code got = run(words, file);
	ck_assert_msg(got == code, "%s: %d %s", words, got, err.text);
	ck_assert_msg(strstr(err.text, part) != NULL, "%s: '%s'", words, err.text);
}

#endif
