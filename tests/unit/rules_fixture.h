/* rules_fixture.h: rules from a text, for tests. */
#ifndef HL_TESTS_RULES_FIXTURE_H
#define HL_TESTS_RULES_FIXTURE_H

#include "core/rule.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rules of a text that has no fault; bases are found under srcdir/tests/data/rules/confusions. Warnings are allowed. */
static inline struct hl_rules *rules_of(const char *text)
{
	struct hl_rules *r;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_buf out = HL_BUF(65536);
	char name[HL_PATH_MAX];
	const char *srcdir = getenv("srcdir");
	snprintf(name, sizeof name, "%s/tests/data/rules/test.yaml", srcdir ? srcdir : ".");
	enum hl_code code = hl_rules_parse(&r, name, text, strlen(text), f);
	hl_faults_print(f, &out);
	ck_assert_msg(code == HL_OK, "%s", hl_buf_text(&out));
	hl_buf_fini(&out);
	free(f);
	return r;
}

/* The faults of a text as printed, named rules.yaml; free() it. */
static inline char *faults_of(const char *text)
{
	struct hl_rules *r;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_buf out = HL_BUF(65536);
	hl_rules_parse(&r, "rules.yaml", text, strlen(text), f);
	hl_faults_print(f, &out);
	hl_rules_free(&r);
	free(f);
	return hl_buf_steal(&out);
}

#endif
