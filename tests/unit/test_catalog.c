/* test_catalog.c: what lists, rules and settings become: segments, priors, order, sharing with the catalog before, and life by count; and loading all
 * of it from a state folder.
 */
#include "state_fixture.h"
#include "unit.h"

static const char *const names[] = { "b", "a", "c" };
static const char *const plates[] = { "ABC123", "XYZ789", "QQQ111" };

static struct hl_catalog *three(const char *rules, const char *last, struct hl_catalog *before)
{
	const char *mine[] = { plates[0], plates[1], last };
	struct hl_snapshot *s[3];
	for (int i = 0; i < 3; i++)
		s[i] = plates_of(names[i], mine, (size_t)i + 1);
	return catalog_of(rules, names, s, 3, before);
}

START_TEST(lists_by_name_in_one_segment)
{
	struct hl_catalog *c = three("lists: {a: {priority: 2, base_rate: 0.01, match: {max_cost: 1.5, candidates: 0}}, b: {match: {candidate_cost: 0.5}}}\n", plates[2], NULL);
	ck_assert_uint_eq(c->n_lists, 3);
	ck_assert_uint_eq(c->n_segments, 1);
	ck_assert_str_eq(c->list[0].name, "a");
	ck_assert_int_eq(c->list[0].priority, 2);
	ck_assert_double_eq(c->list[0].prior, 0.01 / 2);
	ck_assert_int_eq(c->list[0].match->max_cost, 150);
	ck_assert_int_eq(c->list[1].priority, 5);
	ck_assert_double_eq(c->list[1].prior, hl_score_base_rate(1));
	ck_assert_uint_eq(c->list[2].first, 3);
	ck_assert_uint_eq(c->segment[0].entries, 6);
	ck_assert_int_eq(c->segment[0].reach[0].plate, 150);
	ck_assert_int_eq(c->segment[0].reach[0].alternative, 100);
	ck_assert_int_eq(c->segment[0].budget, 150);
	ck_assert_uint_eq(c->number, 1);
	hl_catalog_unref(&c);
	ck_assert_ptr_null(c);
}
END_TEST

/* The index reaches as far as any camera looks; a query goes as far as its own. */
START_TEST(cameras_reach_as_far_as_their_own)
{
	struct hl_catalog *c = three("match: {max_cost: 0.4, candidates: 0}\nlists: {a: {match: {max_cost: 0.2}}, b: {}}\n"
				     "cameras: {far: {match: {max_cost: 1.5}}, alike: {match: {candidates: 3, candidate_cost: 0.9}}, near: {match: {max_cost: 0.1}}}\n", plates[2], NULL);
	const struct hl_segment *s = &c->segment[0];
	unsigned far = hl_rules_camera(c->rules, "far"), alike = hl_rules_camera(c->rules, "alike"), near = hl_rules_camera(c->rules, "near");
	ck_assert(far && alike && near && !hl_rules_camera(c->rules, "other"));
	ck_assert_int_eq(s->budget, 150);
	ck_assert_int_eq(s->reach[0].plate, 40);
	ck_assert_int_eq(s->reach[0].alternative, -1);
	ck_assert_int_eq(s->reach[far].plate, 150);
	ck_assert_int_eq(s->reach[alike].plate, 40);
	ck_assert_int_eq(s->reach[alike].alternative, 90);
	ck_assert_int_eq(s->reach[near].plate, 10);
	ck_assert_int_eq(c->candidates, 3);
	ck_assert_int_eq(hl_catalog_match(&c->list[0], 0)->max_cost, 20);
	ck_assert_int_eq(hl_catalog_match(&c->list[0], alike)->max_cost, 20);
	ck_assert_int_eq(hl_catalog_match(&c->list[2], near)->max_cost, 10); /* c is not named in the rules */
	ck_assert_int_eq(hl_rules_budget(c->rules, "c"), 150);
	ck_assert_int_eq(hl_rules_match_for(c->rules, "b", "near")->max_cost, 10);
	ck_assert_int_eq(hl_rules_match_for(c->rules, "b", "other")->max_cost, 40);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(an_unchanged_segment_is_shared)
{
	struct hl_catalog *a = three("version: 1\n", plates[2], NULL);
	struct hl_catalog *b = three("version: 1 # another file\nalerts: {cooldown: 1m}\n", plates[2], a);
	struct hl_catalog *c = three("version: 1\n", "OTHER1", a), *d = three("match: {max_cost: 1.25}\n", plates[2], a);
	struct hl_catalog *e = three("confusions: {base: small}\n", plates[2], a);
	ck_assert_ptr_eq(a->segment[0].index, b->segment[0].index);
	ck_assert_uint_eq(b->number, 2);
	ck_assert_ptr_ne(a->segment[0].index, c->segment[0].index);
	ck_assert_ptr_ne(a->segment[0].index, d->segment[0].index);
	ck_assert_ptr_ne(a->segment[0].index, e->segment[0].index);
	/* What is shared outlives the catalog that made it. */
	hl_catalog_unref(&a);
	struct hl_read r = read_of("ABC123");
	char *is = lines_of(b, &r, 1, 1, false, false);
	ck_assert_uint_gt(strlen(is), 10);
	free(is);
	struct hl_catalog *more = hl_catalog_ref(b);
	hl_catalog_unref(&b);
	ck_assert_uint_eq(more->n_lists, 3);
	hl_catalog_unref(&more);
	hl_catalog_unref(&c);
	hl_catalog_unref(&d);
	hl_catalog_unref(&e);
}
END_TEST

START_TEST(no_lists_match_nothing)
{
	struct hl_catalog *c = catalog_of("version: 1\n", NULL, NULL, 0, NULL);
	struct hl_read r = read_of("ABC123");
	char *is = lines_of(c, &r, 1, 1, false, false);
	ck_assert_str_eq(is, "");
	free(is);
	hl_catalog_unref(&c);
	const char *const name = "empty";
	struct hl_snapshot *s = snapshot_of(NULL, 0);
	c = catalog_of("version: 1\n", &name, &s, 1, NULL);
	is = lines_of(c, &r, 1, 1, false, false);
	ck_assert_str_eq(is, "");
	free(is);
	hl_catalog_unref(&c);
}
END_TEST

START_TEST(an_entry_by_its_id)
{
	struct hl_entry e[2] = { entry_of("a", "ABC123", "stolen", ""), entry_of("a", "XYZ789", "stolen", "") };
	struct hl_listing l;
	e[1].starts_ms = 1000;
	e[1].expires_ms = 2000;
	const char *const name = "a";
	struct hl_snapshot *s = snapshot_of(e, 2);
	struct hl_catalog *c = catalog_of("version: 1\n", &name, &s, 1, NULL);
	ck_assert_int_eq(hl_catalog_entry(c, "a", e[0].id, 5000, &l), HL_LISTED);
	ck_assert_str_eq(l.revision, e[0].revision);
	ck_assert_int_eq(l.expires_ms, HL_NO_TIME);
	ck_assert(!l.by_hand);
	ck_assert_int_eq(hl_catalog_entry(c, "a", e[1].id, 999, &l), HL_LISTED_NOT_YET);
	ck_assert_int_eq(l.starts_ms, 1000);
	ck_assert_int_eq(hl_catalog_entry(c, "a", e[1].id, 1000, NULL), HL_LISTED);
	ck_assert_int_eq(hl_catalog_entry(c, "a", e[1].id, 1999, NULL), HL_LISTED);
	ck_assert_int_eq(hl_catalog_entry(c, "a", e[1].id, 2000, &l), HL_LISTED_EXPIRED);
	ck_assert_int_eq(l.expires_ms, 2000);
	ck_assert_int_eq(hl_catalog_entry(c, "b", e[0].id, 5000, &l), HL_LISTED_ABSENT);
	ck_assert_str_eq(l.revision, "");
	ck_assert_int_eq(hl_catalog_entry(c, "a", "not an id", 5000, NULL), HL_LISTED_ABSENT);
	hl_catalog_unref(&c);
}
END_TEST

/* What an activation has opened and verified is not opened again; what it is not asked for stays the caller's. */
START_TEST(takes_what_was_opened)
{
	struct hl_catalog *first, *next;
	struct hl_opened opened = { .snapshot = NULL };
	struct hl_activation a = { .by = "ann", .why = "tested", .opened = &opened };
	struct hl_err err;
	set_up();
	import("stolen", plates, 2);
	import("amber", plates, 1);
	free(load_faults(&first, NULL));
	import("stolen", plates, 3);
	ck_assert_msg(!hl_version_activate_by(tmp_path("state"), "amber", "active", &a, &err), "%s", err.text);
	ck_assert_int_eq(hl_version_activate_by(tmp_path("state"), "stolen", "v000009", &a, &err), HL_E_NOTFOUND);
	ck_assert_str_eq(opened.list, "amber");
	ck_assert_msg(!hl_version_activate_by(tmp_path("state"), "stolen", "v000001", &a, &err), "%s", err.text);
	ck_assert_str_eq(opened.list, "stolen");
	const struct hl_snapshot *s = opened.snapshot;
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(hl_snapshot_count(s), 2);
	ck_assert_int_eq(hl_version_activate(tmp_path("state"), "stolen", "v000002", &err), HL_OK); /* by somebody else, right behind it */
	ck_assert_msg(!hl_catalog_activated(&next, first, &opened, NULL, &err), "%s", err.text);
	ck_assert_ptr_eq(opened.snapshot, s);
	ck_assert_uint_eq(hl_snapshot_count(next->list[1].snapshot), 3);
	hl_catalog_unref(&first);
	ck_assert_msg(!hl_version_activate_by(tmp_path("state"), "stolen", "v000001", &a, &err), "%s", err.text);
	s = opened.snapshot;
	ck_assert_msg(!hl_catalog_activated(&first, next, &opened, NULL, &err), "%s", err.text);
	ck_assert_ptr_null(opened.snapshot);
	ck_assert_ptr_eq(first->list[1].snapshot, s);
	hl_opened_fini(&opened);
	hl_catalog_unref(&first);
	hl_catalog_unref(&next);
	tmp_remove();
}
END_TEST

START_TEST(from_a_state_folder)
{
	struct hl_catalog *a, *b;
	struct hl_err err;
	set_up();
	import("stolen", plates, 2);
	char *faults = load_faults(&a, NULL);
	ck_assert_str_eq(faults, "");
	free(faults);
	ck_assert_uint_eq(a->n_lists, 1);
	import("amber", plates, 1);
	ck_assert_msg(!hl_catalog_refresh(&b, a, NULL, &err), "%s", err.text);
	ck_assert_uint_eq(b->n_lists, 2);
	ck_assert_ptr_eq(b->list[1].snapshot, a->list[0].snapshot); /* the very same map */
	ck_assert_ptr_eq(b->rules, a->rules);
	ck_assert_ptr_eq(b->settings, a->settings);
	hl_catalog_unref(&a);
	import("stolen", plates, 3);
	ck_assert_msg(!hl_catalog_refresh(&a, b, NULL, &err), "%s", err.text);
	ck_assert_uint_eq(hl_snapshot_count(a->list[1].snapshot), 3);
	/* The agency that an entry leaves open is the list's. */
	struct hl_read r = read_of("ABC123");
	char *is = lines_of(a, &r, 1, 1, false, false);
	ck_assert_ptr_nonnull(strstr(is, "\"list\":\"stolen\""));
	free(is);
	hl_catalog_unref(&a);
	hl_catalog_unref(&b);
	tmp_remove();
}
END_TEST

START_TEST(any_fault_leaves_nothing)
{
	struct hl_catalog *c;
	set_up();
	write_file("rules.yaml", "route: {receivers: nobody}\n");
	char *faults = load_faults(&c, NULL);
	ck_assert_ptr_nonnull(strstr(faults, "rules.yaml:1:20: "));
	free(faults);
	write_file("rules.yaml", "rout: {receivers: desk}\n");
	faults = load_faults(&c, NULL);
	ck_assert_ptr_nonnull(strstr(faults, "unknown key 'rout' (did you mean 'route'?)"));
	free(faults);
	write_file("rules.yaml", "route: {receivers: desk}\n");
	import("stolen", plates, 2);
	write_file("state/lists/stolen/active", "v000009-000000000000\n");
	faults = load_faults(&c, NULL);
	ck_assert_str_ne(faults, "");
	free(faults);
	struct hl_err err;
	ck_assert_int_eq(hl_catalog_refresh(&c, NULL, NULL, &err), HL_E_USAGE);
	tmp_remove();
}
END_TEST

UNIT_MAIN("catalog", cameras_reach_as_far_as_their_own, lists_by_name_in_one_segment, an_unchanged_segment_is_shared, no_lists_match_nothing, an_entry_by_its_id, from_a_state_folder, takes_what_was_opened, any_fault_leaves_nothing)
