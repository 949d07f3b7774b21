/* replay_tell.c: the parts of a replay that look at one read: decoding it, and what a set of rules makes of its hits: told through engine/record and the state in
 * memory, or, read by read, at once. One thread a set.
 */
#include "config.h"

#include "engine/record.h"
#include "engine/replay_priv.h"
#include "engine/replay_state.h"
#include "format/labelled.h"
#include "format/reads.h"

#include <stdlib.h>
#include <string.h>

/* ---- decoding ---- */

static bool has_word(const char *s, size_t n, const char *word)
{
	return memmem(s, n, word, strlen(word)) != NULL;
}

static enum hl_code decode(const char *line, size_t size, struct hl_read *r, struct hl_replay_label *label, struct hl_err *err)
{
	struct hl_label truth;
	int64_t received = HL_NO_TIME;
	if (size > HL_READ_OBJECT_MAX)
		return hl_err_at(err, HL_E_INPUT, 1, 1, "a read of %zu bytes, at most %d", size, HL_READ_OBJECT_MAX);
	enum hl_code code = hl_read_format_find("native")->decode(line, size, r, err);
	if (code != HL_OK)
		return code;
	/* Few lines have either: what every line must be searched for is searched for first. */
	if (has_word(line, size, "\"_truth\"") || has_word(line, size, "\"received\"")) {
		code = hl_labelled_line(line, size, &truth, &received, err);
		if (code == HL_E_INPUT)
			return code;
		label->has = code == HL_OK;
		label->truth = truth.plate;
	}
	hl_read_finish(r, received);
	return HL_OK;
}

void hl_replay_decode(struct hl_replay_block *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		struct hl_err err;
		hl_read_init(&b->read[i]);
		b->label[i] = (struct hl_replay_label){ .has = false };
		b->good[i] = b->size[i] && decode(b->text[i], b->size[i], &b->read[i], &b->label[i], &err) == HL_OK;
		if (b->good[i])
			continue;
		hl_read_init(&b->read[i]);
		b->read[i].time_ms = b->read[i].received_ms = 0;
		b->label[i].has = false;
	}
}

void hl_replay_fault(const struct hl_replay_block *b, size_t i, struct hl_err *err)
{
	struct hl_read *scratch = hl_alloc(sizeof *scratch);
	struct hl_replay_label label = { .has = false };
	hl_read_init(scratch);
	decode(b->text[i], b->size[i], scratch, &label, err);
	free(scratch);
}

/* ---- telling ---- */

/* A read and one of its hits, by one set of rules. */
struct look {
	struct hl_replay_set *set;
	const struct hl_replay_opts *o;
	const struct hl_replay_block *block;
	size_t at;
	const struct hl_read *read;
	struct hl_hit hit;
	enum hl_replay_truth truth;
};

static enum hl_replay_truth said_of(const struct look *l)
{
	char entry[HL_ID_TEXT];
	if (!l->o->said)
		return HL_TRUTH_UNKNOWN;
	hl_snapshot_id(l->set->catalog->list[l->hit.list].snapshot, l->hit.entry, entry);
	return l->o->said(l->o->said_arg, l->block->first + l->at, entry);
}

static enum hl_replay_truth truth_of(const struct look *l)
{
	const struct hl_replay_label *label = &l->block->label[l->at];
	const struct hl_catalog_list *list = &l->set->catalog->list[l->hit.list];
	struct hl_confusion plain;
	enum hl_replay_truth said = said_of(l);
	if (said != HL_TRUTH_UNKNOWN)
		return said;
	if (!label->has)
		return HL_TRUTH_UNKNOWN;
	hl_confusion_init(&plain);
	return hl_match_cost(&plain, hl_snapshot_pattern(list->snapshot, l->hit.entry), &label->truth, 0) == 0 ? HL_TRUTH_RIGHT : HL_TRUTH_WRONG;
}

/* Told for its probability, not only because it is exact. */
static bool is_likely(const struct look *l)
{
	const struct hl_catalog *c = l->set->catalog;
	return l->hit.plate_probability >= hl_catalog_match(&c->list[l->hit.list], hl_rules_camera(c->rules, l->read->camera))->min_probability;
}

/* Adds to (by 1) or takes from (by -1) the counts. */
static void count(struct hl_replay_set *s, const struct hl_replay_told *t, int by)
{
	struct hl_replay_counts *c = &s->counts;
	c->told += by;
	*(t->decision == HL_ALERT ? &c->alerts : &c->verifies) += by;
	c->muted += t->muted ? by : 0;
	c->right += t->truth == HL_TRUTH_RIGHT ? by : 0;
	c->wrong += t->truth == HL_TRUTH_WRONG ? by : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join(const char **names, size_t n)
{
	struct hl_buf out = HL_BUF(HL_RECEIVERS_MAX * HL_NAME);
	qsort(names, n, sizeof names[0], by_text);
	for (size_t i = 0; i < n; i++)
		hl_buf_printf(&out, "%s%s", i ? " " : "", names[i]);
	return hl_buf_steal(&out);
}

/* The same names in order: routes of two rule sets that differ in the order of receivers only are one. */
static char *sorted(const char *receivers)
{
	const char *name[HL_RECEIVERS_MAX];
	size_t n = 0;
	char *copy = hl_strdup(receivers), *rest = copy, *word;
	while ((word = strsep(&rest, " ")))
		if (*word && n < HL_RECEIVERS_MAX)
			name[n++] = word;
	char *out = join(name, n);
	free(copy);
	return out;
}

static void set_match(const struct look *l, struct hl_replay_told *t)
{
	t->kind = l->hit.kind;
	t->decision = l->hit.decision;
	t->plate_probability = l->hit.plate_probability;
	t->probability = l->hit.probability;
	hl_plate_text(&l->read->plate, t->plate_read);
}

static struct hl_replay_told told_of(const struct look *l)
{
	const struct hl_read *r = l->read;
	struct hl_replay_told t = { .read = l->block->first + l->at, .time_ms = r->time_ms, .first_ms = r->time_ms, .last_ms = r->time_ms, .reads = 1,
				    .list = l->hit.list, .entry = l->hit.entry, .truth = l->truth };
	hl_copy(t.read_id, sizeof t.read_id, r->id);
	hl_copy(t.camera, sizeof t.camera, r->camera);
	hl_copy(t.vehicle_id, sizeof t.vehicle_id, r->vehicle_id);
	hl_pattern_text(hl_snapshot_pattern(l->set->catalog->list[l->hit.list].snapshot, l->hit.entry), t.plate_listed);
	set_match(l, &t);
	return t;
}

static size_t keep(struct hl_replay_set *s, const struct hl_replay_told *t)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 64;
		s->told = hl_realloc(s->told, s->cap, sizeof s->told[0]);
	}
	s->told[s->n] = *t;
	return s->n++;
}

static void tell_read(struct look *l)
{
	const char *names[HL_RECEIVERS_MAX];
	struct hl_replay_told t = told_of(l);
	bool likely = is_likely(l);
	t.muted = hl_decide_mute(l->set->catalog, l->read, &l->hit) != NULL;
	l->set->counts.likely_right += likely && t.truth == HL_TRUTH_RIGHT;
	l->set->counts.likely_wrong += likely && t.truth == HL_TRUTH_WRONG;
	count(l->set, &t, 1);
	if (l->o->counts_only)
		return;
	t.receivers = join(names, t.muted ? 0 : hl_decide_route(l->set->catalog, l->read, &l->hit, names));
	keep(l->set, &t);
}

/* What the state says of the alert now. */
static void refresh(struct hl_replay_told *t, const struct hl_replay_alert *a)
{
	t->decision = a->decision;
	t->muted = a->muted;
	t->reads = a->reads;
	t->first_ms = a->first_ms;
	t->last_ms = a->last_ms;
	free(t->receivers);
	t->receivers = sorted(a->receivers);
}

static void tell_created(struct look *l, const char *id)
{
	struct hl_replay_alert *a = hl_replay_state_alert(l->set->state, id);
	struct hl_replay_told t = told_of(l);
	hl_copy(t.id, sizeof t.id, id);
	refresh(&t, a);
	count(l->set, &t, 1);
	a->told = keep(l->set, &t);
}

static void tell_changed(struct look *l, const char *id, bool again)
{
	const struct hl_replay_alert *a = hl_replay_state_alert(l->set->state, id);
	if (!a)
		return;
	struct hl_replay_told *t = &l->set->told[a->told];
	count(l->set, t, -1);
	if (again)
		set_match(l, t);
	refresh(t, a);
	count(l->set, t, 1);
}

/* Through the code that records live: the hits of the read that are told, together. */
static void tell_passage(struct look *rows, size_t n)
{
	const struct hl_hit **h = hl_calloc(n, sizeof *h);
	struct hl_recorded *out = hl_calloc(n, sizeof *out);
	struct hl_replay_set *set = rows[0].set;
	struct hl_err err;
	for (size_t i = 0; i < n; i++)
		h[i] = &rows[i].hit;
	if (hl_record_hits(set->state, set->catalog, rows[0].read, h, n, rows[0].read->received_ms, out, &err) != HL_OK) {
		set->counts.failed += (int64_t)n;
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		set->counts.suppressed += out[i].why != HL_SUP_NONE;
		if (out[i].outcome == HL_OUT_CREATED)
			tell_created(&rows[i], out[i].alert);
		else if (out[i].outcome != HL_OUT_DUPLICATE && out[i].alert[0] && out[i].why != HL_SUP_CLEARED)
			tell_changed(&rows[i], out[i].alert, out[i].outcome == HL_OUT_UPDATED);
	}
	free(h);
	free(out);
}

void hl_replay_tell(struct hl_replay_set *s, const struct hl_replay_opts *o, const struct hl_replay_block *b, size_t read, const struct hl_hit *hits, size_t n)
{
	struct look *l = hl_calloc(n + 1, sizeof *l);
	bool found = false, likely = false;
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		struct look *k = &l[kept];
		*k = (struct look){ .set = s, .o = o, .block = b, .at = read, .read = &b->read[read], .hit = hits[i] };
		if (!k->hit.fell)
			hl_decide_again(s->catalog, k->read, HL_NO_TIME, &k->hit);
		if (k->hit.decision == HL_DROP && !k->hit.fell)
			continue;
		k->truth = truth_of(k);
		found |= k->truth == HL_TRUTH_RIGHT;
		likely |= k->truth == HL_TRUTH_RIGHT && is_likely(k);
		if (o->per_read)
			tell_read(k);
		else
			kept++;
	}
	if (kept)
		tell_passage(l, kept);
	free(l);
	s->counts.found += found;
	s->counts.likely_found += likely;
}
