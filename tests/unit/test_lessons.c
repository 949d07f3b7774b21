/* test_lessons.c: failures that this software exists to prevent, from the read to the decision: Green v. San Francisco (a 3 for a 7, another make) and
 * Aurora (the same symbols, another state and another kind of vehicle). Both must come out as `verify`, with the reason.
 */
#include "catalog_fixture.h"
#include "unit.h"

static const char rules[] = "confusions: {pairs: [{chars: \"37\", cost: 0.4}]}\n"
			    "match: {min_probability: 0.0001}\n"
			    "route: {receivers: desk, routes: [{when: {contradiction: any}, receivers: careful}]}\n";

static struct hl_entry listed(const char *plate, const char *state, const char *make, const char *type)
{
	struct hl_entry e = entry_of("stolen", plate, "stolen", "");
	e.f[HL_F_STATE] = state;
	e.f[HL_F_MAKE] = make;
	e.f[HL_F_TYPE] = type;
	hl_entry_identify(&e, "stolen");
	return e;
}

static struct hl_read seen(const char *plate, const char *region, const char *make, const char *type)
{
	struct hl_read r = read_of(plate);
	hl_copy(r.region, sizeof r.region, region);
	hl_copy(r.vehicle.make, sizeof r.vehicle.make, make);
	hl_copy(r.vehicle.type, sizeof r.vehicle.type, type);
	return r;
}

/* The one hit of the read, through index and comparison with every entry alike. */
static struct hl_hit only_hit(struct hl_catalog *c, const struct hl_read *r)
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

static struct hl_catalog *one_entry(struct hl_entry e)
{
	const char *const name = "stolen";
	struct hl_snapshot *s = snapshot_of(&e, 1);
	return catalog_of(rules, &name, &s, 1, NULL);
}

START_TEST(green)
{
	struct hl_catalog *c = one_entry(listed("5SOW750", "CA", "GMC", "truck"));
	struct hl_read r = seen("5SOW350", "us-ca", "LEXS", "");
	struct hl_hit h = only_hit(c, &r);
	ck_assert_int_eq(h.decision, HL_VERIFY);
	ck_assert_int_eq(h.kind, HL_KIND_CONFUSABLE);
	ck_assert_int_eq(h.cost, 40);
	ck_assert_uint_eq(h.alignment.n, 1);
	ck_assert_uint_eq(h.alignment.op[0].pos, 4);
	ck_assert_str_eq(h.alignment.op[0].listed, "7");
	ck_assert_str_eq(h.alignment.op[0].read, "3");
	ck_assert_uint_eq(h.contradictions, 1u << HL_C_MAKE);
	ck_assert_int_eq(h.evidence[HL_C_STATE], HL_EV_AGREES);
	const char *names[HL_RECEIVERS_MAX];
	ck_assert_uint_eq(hl_decide_route(c, &r, &h, names), 1);
	ck_assert_str_eq(names[0], "careful");
	hl_catalog_unref(&c);
}
END_TEST

/* However sure the symbols are: a confusable match is never an alert by itself, contradicted or not. */
START_TEST(green_without_a_make)
{
	struct hl_catalog *c = one_entry(listed("5SOW750", "CA", "GMC", "truck"));
	struct hl_read r = seen("5SOW350", "us-ca", "GMC", "truck");
	struct hl_hit h = only_hit(c, &r);
	ck_assert_int_eq(h.decision, HL_VERIFY);
	ck_assert_uint_eq(h.contradictions, 0);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(aurora)
{
	struct hl_catalog *c = one_entry(listed("ABC123", "MT", "", "MC"));
	struct hl_read r = seen("ABC123", "us-co", "", "suv");
	struct hl_hit h = only_hit(c, &r);
	ck_assert_int_eq(h.decision, HL_VERIFY);
	ck_assert_int_eq(h.kind, HL_KIND_EXACT);
	ck_assert_int_eq(h.cost, 0);
	ck_assert_uint_eq(h.contradictions, 1u << HL_C_STATE | 1u << HL_C_TYPE);
	ck_assert_double_lt(h.probability, h.plate_probability);
	hl_catalog_unref(&c);
}
END_TEST

/* The same entry and the right vehicle: an alert, so that the two above are not `verify` for a wrong reason. */
START_TEST(the_right_vehicle)
{
	const char *const name = "stolen";
	struct hl_entry e = listed("ABC123", "MT", "", "MC");
	struct hl_snapshot *s = snapshot_of(&e, 1);
	struct hl_catalog *c = catalog_of("lists: {stolen: {base_rate: 0.005}}\n", &name, &s, 1, NULL);
	struct hl_read r = seen("ABC123", "us-mt", "", "motorcycle");
	struct hl_hit h = only_hit(c, &r);
	ck_assert_int_eq(h.decision, HL_ALERT);
	ck_assert_uint_eq(h.contradictions, 0);
	hl_catalog_unref(&c);
}
END_TEST

UNIT_MAIN("lessons", green, green_without_a_make, aurora, the_right_vehicle)
