/* rule_case.h: the tables under tests/data/rules: lines with | are rules, others are rows about them; cases for the rules as words in a row. */
#ifndef HL_TESTS_RULE_CASE_H
#define HL_TESTS_RULE_CASE_H

#include "base/clock.h"
#include "core/rule.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool case_text(struct hl_case *c, const char *word)
{
	const struct { const char *key; const char **to; } texts[] = {
		{ "list=", &c->list }, { "category=", &c->category }, { "agency=", &c->agency }, { "camera=", &c->camera }, { "site=", &c->site }, { "region=", &c->region },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (!strncmp(word, texts[i].key, strlen(texts[i].key))) {
			*texts[i].to = word + strlen(texts[i].key);
			return true;
		}
	return false;
}

static inline bool case_number(struct hl_case *c, const char *word)
{
	double lat, lon, priority;
	if (sscanf(word, "pos=%lf,%lf", &lat, &lon) == 2) {
		c->has_position = true;
		c->position = hl_point_of(lat, lon);
		return true;
	}
	if (sscanf(word, "priority=%lf", &priority) == 1) {
		c->priority = (int)priority;
		return true;
	}
	return sscanf(word, "pp=%lf", &c->plate_probability) == 1 || sscanf(word, "p=%lf", &c->probability) == 1 || sscanf(word, "confidence=%lf", &c->confidence) == 1;
}

static inline bool case_kind(struct hl_case *c, const char *word)
{
	for (int k = HL_KIND_EXACT; k <= HL_KIND_CANDIDATE && !strncmp(word, "kind=", 5); k++)
		if (!strcmp(word + 5, hl_kind_name((enum hl_kind)k))) {
			c->kind = (enum hl_kind)k;
			return true;
		}
	return false;
}

static inline bool case_contradictions(struct hl_case *c, const char *word)
{
	if (strncmp(word, "contradiction=", 14) != 0)
		return false;
	for (int i = 0; i < HL_CONTRADICTIONS; i++)
		if (strstr(word, hl_contradiction_name((enum hl_contradiction)i)))
			c->contradictions |= 1u << i;
	return c->contradictions;
}

/* Words that stand in text stay borrowed from it; it is cut to pieces. c has what is not said. */
static inline void case_words(struct hl_case *c, char *text)
{
	for (char *word; (word = strsep(&text, " \n"));) {
		if (!*word || case_text(c, word) || case_number(c, word) || case_kind(c, word) || case_contradictions(c, word))
			continue;
		if (!strncmp(word, "time=", 5))
			ck_assert_msg(hl_time_parse(word + 5, strlen(word + 5), &c->time_ms), "%s", word);
		else if (!strcmp(word, "late"))
			c->late = true;
		else
			ck_abort_msg("what is '%s'?", word);
	}
}

/* A table on its way through a test. */
struct rule_table {
	struct hl_buf text;     /* the rules above the row at hand */
	struct hl_rules *rules; /* for the row function to keep while the text is the same; freed here */
	bool rows_seen;         /* since the last line of them */
	unsigned rows, yes, trees, united; /* counts for the test's own claims */
};

static inline void rule_table_head(struct rule_table *t, const char *text)
{
	if (t->rows_seen) {
		hl_buf_clear(&t->text);
		hl_rules_free(&t->rules);
	}
	t->rows_seen = false;
	hl_buf_printf(&t->text, "%s", text);
}

/* Goes through tests/data/rules/NAME. row: without its newline and what stands behind "  #". */
static inline struct rule_table rule_table_run(const char *name, void (*row)(struct rule_table *t, const char *file, unsigned line, char *text))
{
	char path[HL_PATH_MAX], line[4096];
	const char *srcdir = getenv("srcdir");
	struct rule_table t = { .text = HL_BUF(65536) };
	snprintf(path, sizeof path, "%s/tests/data/rules/%s", srcdir ? srcdir : ".", name);
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	for (unsigned n = 1; fgets(line, sizeof line, f); n++) {
		if (line[0] == '|') {
			rule_table_head(&t, line + 2);
		} else if (line[0] != '#' && line[0] != '\n') {
			char *why = strstr(line, "  #");
			*(why ? why : line + strcspn(line, "\n")) = 0;
			row(&t, name, n, line);
			t.rows++;
			t.rows_seen = true;
		}
	}
	fclose(f);
	hl_rules_free(&t.rules);
	hl_buf_fini(&t.text);
	return t;
}

#endif
