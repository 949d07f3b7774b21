/* cmd_rules.c: `hotlistctl rules check`: all faults of a rules file in one go. */
#include <string.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_out.h"
#include "base/text.h"
#include "core/rule.h"
#include "ctl/ctl.h"
#include "engine/settings.h"

/* The part of text between two marks, for editors that offer it; nothing where a mark is missing. */
static void put_between(struct hl_json *j, const char *key, const char *text, const char *from, const char *to)
{
	const char *begin = strstr(text, from), *end = begin ? strstr(begin + strlen(from), to) : NULL;
	if (begin && (end || !*to))
		hl_json_str_n(j, key, begin + strlen(from), *to ? (size_t)(end - begin) - strlen(from) : strlen(begin + strlen(from)));
}

/* Bytes of what begins at s: a quoted text with its quotes, a word up to what YAML ends it with, or one mark. */
static size_t word_length(const char *s)
{
	size_t n = 1;
	if (*s == '"' || *s == '\'') {
		const char *end = strchr(s + 1, *s);
		return end && !memchr(s, '\n', (size_t)(end - s)) ? (size_t)(end - s) + 1 : 1;
	}
	if (!*s || strchr("[]{},\n", *s))
		return 1;
	while (s[n] && !strchr(",]}\r\n", s[n]) && strncmp(s + n, " #", 2) != 0 && (s[n] != ':' || !strchr(" \r\n", s[n + 1])))
		n++;
	while (n > 1 && s[n - 1] == ' ')
		n--;
	return n;
}

/* The column behind the word at the place of f, in characters as all columns; 0 where the file is no longer so. */
static unsigned end_column(const struct hl_fault *f)
{
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	unsigned end = 0;
	const char *s = f->line && hl_file_read(f->file, &text, NULL) == HL_OK ? hl_buf_text(&text) : NULL;
	for (unsigned line = 1; s && line < f->line; line++)
		s = (s = strchr(s, '\n')) ? s + 1 : NULL;
	for (unsigned column = 1; s && *s && column < f->column; column++) {
		size_t n = hl_text_utf8_len(s, strlen(s));
		s += n ? n : 1;
	}
	if (s)
		{
		end = f->column;
		for (size_t left = word_length(s); left && *s; left--, s++)
			end += ((unsigned char)*s & 0xc0) != 0x80;
	}
	hl_buf_fini(&text);
	return end;
}

static void print_json(const struct hl_faults *f)
{
	struct hl_buf out = HL_BUF(256 << 10);
	struct hl_json j;
	hl_json_init(&j, &out);
	hl_json_open(&j, '[');
	for (size_t i = 0; i < f->n; i++) {
		hl_json_open(&j, '{');
		hl_json_str(&j, "file", f->v[i].file);
		hl_json_int(&j, "line", f->v[i].line);
		hl_json_int(&j, "column", f->v[i].column);
		hl_json_int(&j, "end", end_column(&f->v[i]));
		hl_json_str(&j, "severity", f->v[i].warning ? "warning" : "error");
		hl_json_str(&j, "text", f->v[i].text);
		put_between(&j, "expected", f->v[i].text, "expected ", "");
		put_between(&j, "suggestion", f->v[i].text, "(did you mean '", "'?)");
		hl_json_close(&j);
	}
	hl_json_close(&j);
	puts(hl_buf_text(&out));
	hl_buf_fini(&out);
}

static int check_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct hl_faults faults = { 0 };
	struct hl_rules *r = NULL;
	struct hl_rules_tree *tree = NULL;
	struct hl_settings *s = NULL;
	if (argc != 1 || strncmp(argv[0], "--", 2) == 0)
		return hl_ctl_usage(&hl_ctl_rules_check, "one rules file is wanted");
	enum hl_code rc = hl_rules_load_tree(&r, &tree, argv[0], &faults);
	if (!rc)
		hl_rules_warn_times(r, tree, hl_clock_real_ms(), &faults);
	if (!rc && g->config && hl_settings_load(&s, g->config, &faults) == HL_OK)
		hl_settings_check_rules(s, r, &faults);
	if (g->json)
		print_json(&faults);
	else
		hl_ctl_faults(&faults);
	if (!faults.errors && !g->json)
		printf("%s: good (%s)\n", argv[0], r->id);
	hl_settings_free(&s);
	hl_rules_tree_free(&tree);
	hl_rules_free(&r);
	return faults.errors ? EX_CONFIG : EX_OK;
}

const struct hl_ctl_command hl_ctl_rules_check = {
	.family = "rules",
	.verb = "check",
	.usage = "FILE",
	.help = "reports every fault of a rules file as FILE:LINE:COLUMN: TEXT; with -c also against the settings' receivers; 78 on any fault",
	.run = check_run,
};
