/* test_shadow.c: decided by what another decider has found is the same as decided by a search of one's own; what differs is told apart and bounded. */
#include "unit.h"

#include "catalog_fixture.h"
#include "engine/shadow.h"

static const char *const plates[] = { "ABC1234", "ABC1235", "XYZ987", "KLM555", "KLM5S5", "B8B8B8", "QRS4*" };
enum { PLATES = sizeof plates / sizeof plates[0], READS = 64 };

static struct hl_catalog *catalog(const char *rules)
{
	const char *name = "stolen";
	struct hl_snapshot *s = plates_of(name, plates, PLATES);
	return catalog_of(rules, &name, &s, 1, NULL);
}

/* Plates of the list with a symbol changed, whole, and others; some with candidates. */
static void make_reads(struct hl_read *r)
{
	for (unsigned i = 0; i < READS; i++) {
		char text[16];
		snprintf(text, sizeof text, "%.7s", i % 5 ? plates[i % (PLATES - 1)] : "NOBODY1");
		if (i % 3 == 1)
			text[i % 6] = "7SBI"[i % 4];
		r[i] = read_of(text);
		snprintf(r[i].camera, sizeof r[i].camera, "cam%u", i % 7);
		if (i % 4 == 0) {
			r[i].candidate[0].plate = read_of(plates[(i + 1) % (PLATES - 1)]).plate;
			r[i].candidate[0].confidence = 0.4f;
			r[i].n_candidates = 1;
		}
	}
}

static char *lines(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, size_t n)
{
	struct hl_buf out = HL_BUF(1 << 20);
	for (size_t i = 0; i < n; i++) {
		hl_decide_write(c, &r[h[i].read], &h[i], h[i].read, true, &out);
		hl_buf_putc(&out, '\n');
	}
	return hl_buf_steal(&out);
}

START_TEST(what_another_has_found_does)
{
	static struct hl_read r[READS];
	struct hl_catalog *a = catalog("match: {min_probability: 0.5}\nroute: {receivers: [x]}\n");
	struct hl_catalog *b = catalog("match: {min_probability: 0.0, alert_probability: 0.1}\nlists: {stolen: {base_rate: 0.1}}\nroute: {receivers: [y]}\n");
	struct hl_catalog *narrow = catalog("match: {max_cost: 0.4}\nroute: {receivers: [y]}\n");
	struct hl_decider *da = hl_decider_new(), *db = hl_decider_new(), *alone = hl_decider_new();
	const struct hl_hit *ha, *hb, *own;
	ck_assert(hl_catalog_same_reach(a, b));
	ck_assert(!hl_catalog_same_reach(a, narrow));
	make_reads(r);
	for (int passages = 0; passages < 2; passages++) {
		struct hl_passages *pa = passages ? hl_passages_new() : NULL, *pb = passages ? hl_passages_new() : NULL, *pc = passages ? hl_passages_new() : NULL;
		struct hl_decide_opts o = { .now_ms = r[0].time_ms, .kept_only = true, .passages = pa };
		hl_decide(a, da, r, READS, &o, &ha);
		o.passages = pc;
		size_t n_own = hl_decide(b, alone, r, READS, &o, &own);
		o.passages = pb;
		o.found_by = da;
		size_t n_b = hl_decide(b, db, r, READS, &o, &hb);
		char *x = lines(b, r, own, n_own), *y = lines(b, r, hb, n_b);
		ck_assert_uint_gt(n_own, 10);
		ck_assert_str_eq(x, y);
		free(x);
		free(y);
		hl_passages_free(&pa);
		hl_passages_free(&pb);
		hl_passages_free(&pc);
	}
	hl_decider_free(&da);
	hl_decider_free(&db);
	hl_decider_free(&alone);
	hl_catalog_unref(&a);
	hl_catalog_unref(&b);
	hl_catalog_unref(&narrow);
}
END_TEST

static bool all_are(const void *arg, const char *list)
{
	return !arg && list[0];
}

START_TEST(it_is_bounded)
{
	static struct hl_read r[READS];
	struct hl_catalog *c = catalog("match: {min_probability: 0.0}\nroute: {receivers: [x]}\n");
	struct hl_shadow *s = hl_shadow_new();
	struct hl_decider *d = hl_decider_new();
	const struct hl_hit *h;
	struct hl_buf out = HL_BUF(1 << 20);
	make_reads(r);
	c->shadow = catalog("match: {min_probability: 0.0}\nroute: {receivers: [y]}\n");
	size_t n = hl_decide(c, d, r, READS, &(struct hl_decide_opts){ .now_ms = r[0].time_ms }, &h);
	ck_assert_uint_gt(n, 20);
	for (int i = 0; i < 1000; i++)
		hl_shadow_compare(s, c, r, h, n, h, n, r[0].time_ms);
	hl_shadow_tell(s, c, &(struct hl_shadow_asked){ .last = HL_SHADOW_LAST, .json = true }, r[0].time_ms, &out);
	size_t last = 0;
	for (const char *p = hl_buf_text(&out); (p = strstr(p, "\"plate_read\"")); p++)
		last++;
	ck_assert_uint_eq(last, HL_SHADOW_LAST);
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&out), "\"gained\":\"y\",\"lost\":\"x\""));
	for (int json = 0; json < 2; json++) {
		hl_buf_clear(&out);
		hl_shadow_tell(s, c, &(struct hl_shadow_asked){ .last = HL_SHADOW_LAST, .json = json, .hidden = all_are }, r[0].time_ms, &out);
		ck_assert_ptr_null(strstr(hl_buf_text(&out), json ? "\"list\"" : "gained"));
	}
	hl_buf_fini(&out);
	hl_decider_free(&d);
	hl_shadow_free(&s);
	hl_catalog_unref(&c);
}
END_TEST

UNIT_MAIN("shadow", what_another_has_found_does, it_is_bounded)
