/* lesson.h: from a read and a list to what people are told, through the code that the daemon runs: for the failures that this software exists to prevent. */
#ifndef HL_TESTS_LESSON_H
#define HL_TESTS_LESSON_H

#include "catalog_fixture.h"
#include "engine/record.h"
#include "golden/golden.h"

/* An entry of list `stolen` with all that a list must say. */
static inline struct hl_entry lesson_entry(const char *plate, const char *state, const char *make, const char *type)
{
	struct hl_entry e = entry_of("stolen", plate, "stolen", "");
	e.f[HL_F_STATE] = state;
	e.f[HL_F_MAKE] = make;
	e.f[HL_F_TYPE] = type;
	e.f[HL_F_REASON] = "taken from a driveway";
	e.f[HL_F_AGENCY] = "METRO";
	e.f[HL_F_CASE] = "26-1";
	hl_entry_identify(&e, "stolen");
	return e;
}

static inline struct hl_read lesson_read(const char *plate, const char *region, const char *make, const char *type)
{
	struct hl_read r = read_of(plate);
	hl_copy(r.id, sizeof r.id, "r1");
	hl_copy(r.site, sizeof r.site, "Mission St");
	hl_copy(r.region, sizeof r.region, region);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, make);
	hl_copy(r.vehicle.type, sizeof r.vehicle.type, type);
	return r;
}

static inline struct hl_catalog *lesson_catalog(const char *rules, struct hl_entry e)
{
	const char *const name = "stolen";
	struct hl_snapshot *s = snapshot_of(&e, 1);
	return catalog_of(rules, &name, &s, 1, NULL);
}

/* The one hit of the read, through index and comparison with every entry alike. */
static inline struct hl_hit lesson_hit(struct hl_catalog *c, const struct hl_read *r)
{
	const struct hl_hit *h;
	struct hl_decider *d = hl_decider_new();
	size_t n = hl_decide(c, d, r, 1, &(struct hl_decide_opts){ .now_ms = HL_NO_TIME }, &h);
	ck_assert_uint_eq(n, 1);
	struct hl_hit hit = h[0];
	n = hl_decide(c, d, r, 1, &(struct hl_decide_opts){ .now_ms = HL_NO_TIME, .exhaustive = true }, &h);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(h[0].decision, hit.decision);
	hl_decider_free(&d);
	return hit;
}

/* The alert of that hit, as it would be written down. */
static inline void lesson_alert(struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, struct hl_alert *a)
{
	hl_record_alert(c, r, h, r->time_ms + 500, a);
}

/* All of the words stand in the golden text. words ends with NULL. */
static inline void lesson_says(const char *name, const char *ending, const char *const *words)
{
	char *text = golden_read(name, ending);
	for (; *words; words++)
		ck_assert_msg(strstr(text, *words) != NULL, "%s.%s does not say '%s':\n%s", name, ending, *words, text);
	free(text);
}

#define LESSON_SAYS(name, ending, ...) lesson_says(name, ending, (const char *const[]){ __VA_ARGS__, NULL })

#endif
