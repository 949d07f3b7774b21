/* index_keys.c: the keys of a string: hashes of what is left of it when some symbols are left out, symbols being folded into classes. A key is the XOR
 * of one random word for each symbol at its place (tabulation hashing, Zobrist 1970; Patrascu and Thorup 2012), so that a variant costs two XORs from
 * sums over the tail of the string, one such sum for each number of symbols left out before. Pure; a family is immutable once built.
 */
#include "core/index_int.h"
#include "base/mem.h"

#include <stdlib.h>

enum { HOLE = HL_SYMBOLS, SYM_O = 24, SYM_0 = 0, GROUP = 2 };

/* splitmix64 (Steele, Lea, Flood 2014): fixed numbers, so that an index is the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static void join(uint8_t cls[HL_SYMBOLS], int a, int b)
{
	uint8_t from = cls[a] > cls[b] ? cls[a] : cls[b], to = cls[a] > cls[b] ? cls[b] : cls[a];
	for (int i = 0; i < HL_SYMBOLS; i++)
		if (cls[i] == from)
			cls[i] = to;
}

void hl_ix_fold(const struct hl_confusion *t, int fold, uint8_t cls[HL_SYMBOLS])
{
	for (int i = 0; i < HL_SYMBOLS; i++)
		cls[i] = (uint8_t)i;
	join(cls, SYM_O, SYM_0);
	for (int i = 0; i < HL_SYMBOLS; i++)
		for (int j = 0; j < HL_SYMBOLS; j++)
			if (t->cost[i][j] <= fold && t->cost[i][j] < HL_HARD && cls[i] != cls[j])
				join(cls, i, j);
}

/* The classes, other than its own, of listed symbols that are read as `read` at a cost above the fold and up to the bound of replacement. */
static void find_alternatives(struct hl_ix_family *f, const struct hl_confusion *t, int read)
{
	bool taken[HL_SYMBOLS] = { false };
	for (int x = 0; x < HL_SYMBOLS; x++) {
		int cost = t->cost[x][read];
		uint8_t c = f->cls[x];
		if (cost <= f->shape.fold || cost > f->shape.expand || cost >= HL_HARD || c == f->cls[read] || taken[c])
			continue;
		taken[c] = true;
		f->alt[read][f->n_alt[read]++] = c;
	}
}

void hl_ix_family_init(struct hl_ix_family *f, const struct hl_confusion *t, unsigned number)
{
	uint64_t state = 0x68756e740000u + number;
	uint64_t word[HL_PLATE_MAX][HL_SYMBOLS + 1];
	for (int p = 0; p < HL_PLATE_MAX; p++)
		for (int c = 0; c <= HL_SYMBOLS; c++)
			word[p][c] = next_random(&state);
	f->salt = next_random(&state);
	f->group = f->shape.holes && f->shape.k == 1 ? GROUP : 1;
	hl_ix_fold(t, f->shape.fold, f->cls);
	for (int p = 0; p < HL_PLATE_MAX; p++) {
		for (int c = 0; c < HL_SYMBOLS; c++)
			f->mark[p][c] = word[p][f->cls[c]];
		f->mark[p][HOLE] = word[p][HOLE];
	}
	for (int c = 0; c < HL_SYMBOLS; c++) {
		f->n_alt[c] = 0;
		find_alternatives(f, t, c);
	}
}

void hl_ix_keys_grow(struct hl_ix_keys *keys, size_t more)
{
	keys->cap = (keys->n + more) * 2;
	keys->v = hl_realloc(keys->v, keys->cap, sizeof keys->v[0]);
}

/* One string being worked on. Replacements are listed by place: those of place p stand at first[p] .. first[p + 1]; change[s] turns a key into that with
 * the symbol replaced, s symbols having been left out before it. */
struct walk {
	const struct hl_ix_family *f;
	const uint8_t *sym;
	unsigned n, k;
	bool holes, expand;
	unsigned out[HL_IX_SHIFTS]; /* the places left out so far, ascending */
	uint64_t tail[HL_IX_SHIFTS][HL_PLATE_MAX + 1]; /* [symbols left out before][from] */
	unsigned first[HL_PLATE_MAX + 1];
	uint64_t change[HL_IX_SHIFTS][HL_PLATE_MAX * HL_SYMBOLS];
	struct hl_ix_keys *keys;
};

static void list_replacements(struct walk *w, unsigned shifts)
{
	unsigned n = 0;
	for (unsigned p = 0; p < w->n; p++) {
		unsigned sym = w->sym[p];
		w->first[p] = n;
		for (unsigned a = 0; a < w->f->n_alt[sym]; a++, n++) {
			for (unsigned shift = 0; shift <= shifts && shift <= p; shift++) {
				const uint64_t *mark = w->f->mark[p - shift];
				w->change[shift][n] = mark[sym] ^ mark[w->f->alt[sym][a]];
			}
		}
	}
	w->first[w->n] = n;
}

/* A variant with n_out symbols left out and, on the read's side, the variants of it with one symbol replaced. */
static void emit(struct walk *w, uint64_t key, unsigned n_out)
{
	struct hl_ix_keys *keys = w->keys;
	hl_ix_keys_room(keys, 1 + w->first[w->n]);
	keys->v[keys->n++] = key;
	if (!w->expand)
		return;
	uint64_t *v = keys->v + keys->n;
	for (unsigned i = 0, from = 0; i <= n_out; i++) {
		const uint64_t *change = w->change[w->holes ? 0 : i];
		unsigned to = w->first[i < n_out ? w->out[i] : w->n];
		for (; from < to; from++)
			*v++ = key ^ change[from];
		from = i < n_out ? w->first[w->out[i] + 1] : to;
	}
	keys->n = (size_t)(v - keys->v);
}

/* Is leaving out p the same as leaving out p - 1? Symbols of one class are alike, unless some are to be replaced: then each has its own. */
static bool like_the_one_before(const struct walk *w, unsigned p)
{
	return w->expand ? w->sym[p] == w->sym[p - 1] : w->f->cls[w->sym[p]] == w->f->cls[w->sym[p - 1]];
}

/* All variants whose first `from` symbols are settled (key: their part). Of neighbours that are alike the first ones are left out, so that a variant
 * comes once in nearly all cases. */
static void walk_deletions(struct walk *w, unsigned from, unsigned n_out, uint64_t key)
{
	emit(w, key ^ w->tail[n_out][from], n_out);
	if (n_out == w->k)
		return;
	for (unsigned i = from; i < w->n; i++) {
		if (i > from && like_the_one_before(w, i))
			continue;
		w->out[n_out] = i;
		walk_deletions(w, i + 1, n_out + 1, key ^ w->tail[n_out][from] ^ w->tail[n_out][i]);
	}
}

static void walk_holes(struct walk *w, unsigned from, unsigned n_out, uint64_t key)
{
	if (n_out == w->k) {
		emit(w, key, n_out);
		return;
	}
	for (unsigned i = from; i + w->k - n_out <= w->n; i++) {
		w->out[n_out] = i;
		walk_holes(w, i + 1, n_out + 1, key ^ w->f->mark[i][w->sym[i]] ^ w->f->mark[i][HOLE]);
	}
}

/* The keys of one hole. What says the block of the filter leaves out all symbols of the hole's group, on both sides: so the keys of a group, and those
 * with a symbol of it replaced, need one line. With groups of two a block gets at most two keys more for each class of symbols, however alike the
 * plates of a list are; with groups of three it would get hundreds. */
static void walk_one_hole(struct walk *w, uint64_t key)
{
	const struct hl_ix_family *f = w->f;
	for (unsigned i = 0; i < w->n; i++) {
		unsigned first = i / f->group * f->group, last = first + f->group < w->n ? first + f->group : w->n;
		uint64_t place = f->group > 1 ? 0 : f->mark[i][HOLE], bits = f->mark[i][w->sym[i]] ^ f->mark[i][HOLE];
		for (unsigned p = first; p < last; p++)
			place ^= f->mark[p][w->sym[p]];
		uint64_t holed = key ^ (place & HL_IX_PLACE) ^ (bits & ~HL_IX_PLACE);
		hl_ix_keys_room(w->keys, 1 + w->first[w->n]);
		w->keys->v[w->keys->n++] = holed;
		for (unsigned p = 0; w->expand && p < w->n; p++)
			for (unsigned a = w->first[p]; a < w->first[p + 1] && p != i; a++)
				w->keys->v[w->keys->n++] = holed ^ (w->change[0][a] & (p >= first && p < last ? ~HL_IX_PLACE : ~(uint64_t)0));
	}
}

static void walk(const struct hl_ix_family *f, unsigned k, bool expand, const uint8_t *sym, unsigned n, struct hl_ix_keys *keys)
{
	struct walk w;
	w.f = f;
	w.sym = sym;
	w.n = n;
	w.k = k < n ? k : n;
	w.holes = f->shape.holes;
	w.expand = expand;
	w.keys = keys;
	w.first[n] = 0;
	unsigned shifts = w.holes ? 0 : w.k;
	for (unsigned shift = 0; shift <= shifts; shift++) {
		w.tail[shift][n] = 0;
		for (unsigned p = n; p-- > shift;)
			w.tail[shift][p] = w.tail[shift][p + 1] ^ f->mark[p - shift][sym[p]];
	}
	if (expand)
		list_replacements(&w, shifts);
	if (w.holes && w.k == 1)
		walk_one_hole(&w, f->salt ^ w.tail[0][0]);
	else if (w.holes)
		walk_holes(&w, 0, 0, f->salt ^ w.tail[0][0]);
	else
		walk_deletions(&w, 0, 0, f->salt);
}

/* One deletion at most, nothing replaced: the common case, without branches that depend on the plate. */
static inline size_t one_deletion(const struct hl_ix_family *f, const uint8_t *sym, unsigned n, uint64_t *v)
{
	uint64_t head[HL_PLATE_MAX + 1], tail = 0;
	size_t m = 1;
	head[0] = f->salt;
	for (unsigned p = 0; p < n; p++)
		head[p + 1] = head[p] ^ f->mark[p][sym[p]];
	v[0] = head[n];
	for (unsigned p = n; p-- > 1;) {
		v[m] = head[p] ^ tail;
		m += f->cls[sym[p]] != f->cls[sym[p - 1]];
		tail ^= f->mark[p - 1][sym[p]];
	}
	v[m++] = f->salt ^ tail;
	return m;
}

static inline uint64_t no_deletion(const struct hl_ix_family *f, const uint8_t *sym, unsigned n)
{
	uint64_t key = f->salt;
	for (unsigned p = 0; p < n; p++)
		key ^= f->mark[p][sym[p]];
	return key;
}

void hl_ix_keys_add(const struct hl_ix_family *f, int k, bool expand, const uint8_t *sym, unsigned n, struct hl_ix_keys *out)
{
	hl_ix_keys_room(out, HL_PLATE_MAX + 2);
	if (f->shape.holes || expand || k > 1 || n == 0)
		walk(f, (unsigned)k, expand, sym, n, out);
	else if (k == 1)
		out->n += one_deletion(f, sym, n, out->v + out->n);
	else
		out->v[out->n++] = no_deletion(f, sym, n);
}

void hl_ix_keys_read(const struct hl_ix_part *p, int budget, const struct hl_plate *plate, struct hl_ix_keys *out)
{
	for (unsigned i = 0; i < p->n_families && hl_ix_in_reach(p, budget, plate->len); i++) {
		const struct hl_ix_family *f = &p->family[i];
		struct hl_ix_need need = p->need[budget][i];
		if (need.k >= 0)
			hl_ix_keys_add(f, need.k + (f->shape.holes ? 0 : (int)p->ones), need.expand, plate->sym, plate->len, out);
	}
}

void hl_ix_keys_listed(const struct hl_ix_part *p, const struct hl_pattern *pattern, struct hl_ix_keys *out)
{
	uint8_t sym[HL_PLATE_MAX];
	unsigned n = 0;
	for (unsigned i = 0; i < pattern->len; i++)
		if (pattern->sym[i] < HL_SYMBOLS)
			sym[n++] = pattern->sym[i];
	for (unsigned i = 0; i < p->n_families; i++)
		hl_ix_keys_add(&p->family[i], p->family[i].shape.k, false, sym, n, out);
}
