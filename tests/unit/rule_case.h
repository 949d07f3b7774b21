/* rule_case.h: cases for the rules as words in a line, for the tables under tests/data/rules. */
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

#endif
