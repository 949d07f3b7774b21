/* entries.h: entries for tests, identified, with texts of their own. */
#ifndef HL_TESTS_ENTRIES_H
#define HL_TESTS_ENTRIES_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/entry.h"

/* An entry of plate, category and note; the texts are borrowed. */
static inline struct hl_entry entry_of(const char *list, const char *plate, const char *category, const char *note)
{
	struct hl_entry e = { .starts_ms = HL_NO_TIME, .expires_ms = HL_NO_TIME };
	for (int f = 0; f < HL_FIELDS; f++)
		e.f[f] = "";
	e.f[HL_F_PLATE] = plate;
	e.f[HL_F_CATEGORY] = category;
	e.f[HL_F_NOTE] = note;
	ck_assert_int_eq(hl_pattern_parse(&e.pattern, plate, strlen(plate), false, NULL), HL_OK);
	hl_entry_identify(&e, list);
	return e;
}

static inline void entry_expect(const struct hl_entry *got, const struct hl_entry *want)
{
	ck_assert_str_eq(got->id, want->id);
	ck_assert_str_eq(got->revision, want->revision);
	ck_assert_mem_eq(&got->pattern, &want->pattern, sizeof got->pattern);
	ck_assert_int_eq(got->starts_ms, want->starts_ms);
	ck_assert_int_eq(got->expires_ms, want->expires_ms);
	ck_assert_int_eq(got->priority, want->priority);
	ck_assert_int_eq(got->about_plate, want->about_plate);
	for (int f = 0; f < HL_FIELDS; f++)
		ck_assert_str_eq(got->f[f], want->f[f]);
}

#endif
