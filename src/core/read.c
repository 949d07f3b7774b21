/* read.c: see read.h. Finishing a read that a format has filled, its candidates, the most probable strings of its per-symbol distributions, and its
 * JSON. Pure; any thread.
 */
#include "core/read.h"
#include "base/crypto.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000, AHEAD_MS = 60 * 1000, STRINGS_MAX = 16 };

/* Not the whole struct: what stands behind the end of a text or a list means nothing, and clearing it is a third of what decoding a read costs. */
void hl_read_init(struct hl_read *r)
{
	r->id[0] = r->camera[0] = r->site[0] = r->plate_text[0] = r->region[0] = r->vehicle_id[0] = r->image[0] = 0;
	r->vehicle.type[0] = r->vehicle.make[0] = r->vehicle.model[0] = r->vehicle.color[0] = 0;
	r->time_ms = r->received_ms = HL_NO_TIME;
	r->clock_suspect = r->late = r->made_id = r->has_position = false;
	r->plate = (struct hl_plate){ 0 };
	r->confidence = r->top_confidence = r->region_confidence = r->heading = -1;
	r->lat = r->lon = 0;
	r->n_candidates = r->n_slots = 0;
	r->seq = -1;
}

static bool same_plate(const struct hl_plate *a, const struct hl_plate *b)
{
	return a->len == b->len && !memcmp(a->sym, b->sym, a->len);
}

/* The same read sent twice must get the same id: the time is the one given, before the clock is judged. */
static void make_id(struct hl_read *r)
{
	char time[24], plate[HL_PLATE_MAX + 1] = "";
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	snprintf(time, sizeof time, "%" PRId64, r->time_ms);
	if (r->plate.len)
		hl_plate_text(&r->plate, plate);
	hl_sha256_init(&h);
	hl_sha256_field(&h, "read");
	hl_sha256_field(&h, r->camera);
	hl_sha256_field(&h, time);
	hl_sha256_field(&h, plate[0] ? plate : r->plate_text);
	hl_sha256_end(&h, hash);
	hl_id_text(hash, r->id);
	r->made_id = true;
}

static void judge_clock(struct hl_read *r, int64_t now_ms)
{
	if (now_ms == HL_NO_TIME) {
		if (r->received_ms == HL_NO_TIME)
			r->received_ms = r->time_ms;
		return;
	}
	r->received_ms = now_ms;
	if (r->time_ms < now_ms - DAY_MS || r->time_ms > now_ms + AHEAD_MS) {
		r->time_ms = now_ms;
		r->clock_suspect = true;
	}
}

/* A format may have met the candidates before the plate: the plate itself is no alternative, but what the reader gave it is evidence. */
static void drop_plate(struct hl_read *r)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < r->n_candidates; i++) {
		if (!same_plate(&r->candidate[i].plate, &r->plate))
			r->candidate[kept++] = r->candidate[i];
		else if (r->top_confidence < 0)
			r->top_confidence = r->candidate[i].confidence;
	}
	r->n_candidates = kept;
}

void hl_read_finish(struct hl_read *r, int64_t now_ms)
{
	if (!r->plate.len && hl_plate_parse(&r->plate, r->plate_text, strlen(r->plate_text), NULL) != HL_OK)
		r->plate = (struct hl_plate){ 0 };
	drop_plate(r);
	if (!r->id[0])
		make_id(r);
	judge_clock(r, now_ms);
}

uint64_t hl_read_camera(const struct hl_read *r)
{
	return hl_text_hash(r->camera, UINT64_C(0x243f6a8885a308d3));
}

void hl_read_add_candidate_plate(struct hl_read *r, const struct hl_plate *p, double confidence)
{
	if (same_plate(p, &r->plate)) {
		if (r->top_confidence < 0)
			r->top_confidence = confidence;
		return;
	}
	for (unsigned i = 0; i < r->n_candidates; i++)
		if (same_plate(p, &r->candidate[i].plate))
			return;
	if (r->n_candidates == HL_CANDIDATES_MAX)
		return;
	r->candidate[r->n_candidates++] = (struct hl_read_candidate){ .plate = *p, .confidence = (float)confidence };
}

void hl_read_add_candidate(struct hl_read *r, const char *text, size_t n, double confidence)
{
	struct hl_plate p;
	if (hl_plate_parse(&p, text, n, NULL) == HL_OK)
		hl_read_add_candidate_plate(r, &p, confidence);
}

/* The walk over the slots' strings. A node is a rank per slot; its children raise one rank at `last` or after it, so that each node has one parent
 * and is met once. The probability of a child is never above its parent's, so the best node of the front is the best of all that are left. */
struct node {
	uint8_t rank[HL_SLOTS_MAX];
	uint8_t last;
	double p;
};

struct walk {
	unsigned n; /* slots that have a symbol */
	struct hl_read_slot slot[HL_SLOTS_MAX]; /* most probable first, each symbol once */
	unsigned front_n;
	struct node front[STRINGS_MAX * HL_SLOTS_MAX + HL_SLOTS_MAX + 1];
};

/* Inserts symbol k of src in descending order of probability; equal ones stay in the order given. */
static void slot_insert(struct hl_read_slot *dst, const struct hl_read_slot *src, unsigned k)
{
	for (unsigned i = 0; i < dst->n; i++)
		if (dst->sym[i] == src->sym[k])
			return;
	unsigned at = dst->n++;
	for (; at && dst->p[at - 1] < src->p[k]; at--) {
		dst->sym[at] = dst->sym[at - 1];
		dst->p[at] = dst->p[at - 1];
	}
	dst->sym[at] = src->sym[k];
	dst->p[at] = src->p[k];
}

static void walk_init(struct walk *w, const struct hl_read *r)
{
	w->n = w->front_n = 0;
	for (unsigned i = 0; i < r->n_slots && i < HL_SLOTS_MAX; i++) {
		struct hl_read_slot *s = &w->slot[w->n];
		*s = (struct hl_read_slot){ 0 };
		for (unsigned k = 0; k < r->slot[i].n && k < HL_SLOT_SYMBOLS; k++)
			slot_insert(s, &r->slot[i], k);
		w->n += s->n > 0;
	}
}

static void walk_push(struct walk *w, struct node node)
{
	node.p = 1;
	for (unsigned i = 0; i < w->n; i++)
		node.p *= w->slot[i].p[node.rank[i]];
	if (node.p > 0)
		w->front[w->front_n++] = node;
}

/* Ties go by rank, so that the order never depends on how the front happens to lie. */
static bool better(const struct node *a, const struct node *b)
{
	if (a->p != b->p)
		return a->p > b->p;
	return memcmp(a->rank, b->rank, sizeof a->rank) < 0;
}

static struct node walk_pop(struct walk *w)
{
	unsigned best = 0;
	for (unsigned i = 1; i < w->front_n; i++)
		if (better(&w->front[i], &w->front[best]))
			best = i;
	struct node node = w->front[best];
	w->front[best] = w->front[--w->front_n];
	for (unsigned i = node.last; i < w->n; i++) {
		struct node child = node;
		if (++child.rank[i] >= w->slot[i].n)
			continue;
		child.last = (uint8_t)i;
		walk_push(w, child);
	}
	return node;
}

unsigned hl_read_strings(const struct hl_read *r, struct hl_plate *out, unsigned max)
{
	struct walk w;
	walk_init(&w, r);
	if (max > STRINGS_MAX)
		max = STRINGS_MAX;
	if (!w.n)
		return 0;
	walk_push(&w, (struct node){ 0 });
	unsigned n = 0;
	while (n < max && w.front_n) {
		struct node node = walk_pop(&w);
		struct hl_plate p = { .len = (uint8_t)w.n };
		for (unsigned i = 0; i < w.n; i++)
			p.sym[i] = w.slot[i].sym[node.rank[i]];
		if (!same_plate(&p, &r->plate))
			out[n++] = p;
	}
	return n;
}

static void write_candidate(struct hl_json *j, const struct hl_plate *p, double confidence)
{
	char text[HL_PLATE_MAX + 1];
	hl_plate_text(p, text);
	hl_json_open(j, '{');
	hl_json_str(j, "plate", text);
	if (confidence >= 0)
		hl_json_prob(j, "confidence", confidence);
	hl_json_close(j);
}

static void write_candidates(const struct hl_read *r, struct hl_json *j)
{
	if (!r->n_candidates && r->top_confidence < 0)
		return;
	hl_json_open_key(j, "candidates", '[');
	if (r->top_confidence >= 0)
		write_candidate(j, &r->plate, r->top_confidence);
	for (unsigned i = 0; i < r->n_candidates; i++)
		write_candidate(j, &r->candidate[i].plate, r->candidate[i].confidence);
	hl_json_close(j);
}

static void write_slot(struct hl_json *j, const struct hl_read_slot *s)
{
	hl_json_open(j, '[');
	for (unsigned k = 0; k < s->n; k++) {
		char sym[2] = { hl_sym_char(s->sym[k]), 0 };
		hl_json_open(j, '[');
		hl_json_str(j, NULL, sym);
		hl_json_prob(j, NULL, s->p[k]);
		hl_json_close(j);
	}
	hl_json_close(j);
}

static void write_slots(const struct hl_read *r, struct hl_json *j)
{
	if (!r->n_slots)
		return;
	hl_json_open_key(j, "chars", '[');
	for (unsigned i = 0; i < r->n_slots; i++)
		write_slot(j, &r->slot[i]);
	hl_json_close(j);
}

static void write_vehicle(const struct hl_vehicle_text *v, struct hl_json *j)
{
	if (!v->type[0] && !v->make[0] && !v->model[0] && !v->color[0])
		return;
	hl_json_open_key(j, "vehicle", '{');
	hl_json_opt(j, "type", v->type);
	hl_json_opt(j, "make", v->make);
	hl_json_opt(j, "model", v->model);
	hl_json_opt(j, "color", v->color);
	hl_json_close(j);
}

static void write_place(const struct hl_read *r, struct hl_json *j)
{
	hl_json_opt(j, "region", r->region);
	if (r->region_confidence >= 0)
		hl_json_prob(j, "region_confidence", r->region_confidence);
	if (r->has_position) {
		hl_json_num(j, "lat", r->lat);
		hl_json_num(j, "lon", r->lon);
	}
	if (r->heading >= 0)
		hl_json_num(j, "heading", r->heading);
}

void hl_read_write(const struct hl_read *r, struct hl_json *j, const char *key)
{
	hl_json_open_key(j, key, '{');
	hl_json_opt(j, "id", r->id);
	hl_json_str(j, "camera", r->camera);
	hl_json_opt(j, "site", r->site);
	if (r->time_ms != HL_NO_TIME)
		hl_json_time(j, "time", r->time_ms);
	if (r->received_ms != HL_NO_TIME)
		hl_json_time(j, "received", r->received_ms);
	hl_json_str(j, "plate", r->plate_text);
	if (r->confidence >= 0)
		hl_json_prob(j, "confidence", r->confidence);
	write_candidates(r, j);
	write_slots(r, j);
	write_place(r, j);
	hl_json_opt(j, "vehicle_id", r->vehicle_id);
	write_vehicle(&r->vehicle, j);
	hl_json_opt(j, "image", r->image);
	if (r->seq >= 0)
		hl_json_int(j, "seq", r->seq);
	if (r->clock_suspect)
		hl_json_bool(j, "clock_suspect", true);
	if (r->late)
		hl_json_bool(j, "late", true);
	if (r->made_id)
		hl_json_bool(j, "made_id", true);
	hl_json_close(j);
}
