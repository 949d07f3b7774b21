/* lint_twins.c: plates of one list and state that cameras take for one another: one of each two may be a slip of whoever typed it, and whoever drives the other is
 * stopped for it. O and 0 count as one symbol, so that pairs which differ by them alone come out at no cost; other pairs may cost HL_TWIN_COST together.
 *
 * The plates are collected; at the end each distinct one is put into a table by its folded form, and every form within the budget of each is looked for
 * there. A map of bits before the table answers nearly all of those questions, so that a million plates take a fraction of a second. One thread.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/lint_priv.h"

enum { FIRST = 1024, BITS_A_SLOT = 8, AHEAD = 16, SYMS = HL_SYM_RUN + 1, ALTERNATIVES = 4, ZERO = 0, OH = 'O' - 'A' + 10 };

/* The pairs of rules/confusions/latin.yaml up to HL_TWIN_COST, O as 0; a test holds them against the file. */
const struct hl_twin_pair hl_twin_pairs[] = { { 'I', '1', 16 }, { '0', 'D', 17 }, { '0', 'Q', 20 }, { '8', 'B', 31 }, { 0 } };

#define AGAIN UINT32_MAX

struct plate {
	uint8_t sym[HL_PLATE_MAX]; /* as written */
	uint8_t len;
	uint16_t place;
	uint32_t line, hash;
	uint32_t first; /* number of the first plate of the same folded form, from 1; its own number where it is the first, AGAIN: left out */
	uint32_t next;  /* the next plate of the same folded form, 0: none */
};

struct hl_twins {
	struct plate *v;
	size_t n, cap;
	uint32_t *slot; /* number of a folded form's first plate, from 1 */
	size_t slots;   /* a power of two */
	unsigned char *bit; /* by a plate's hash */
	uint32_t key[HL_PLATE_MAX][SYMS];
	struct {
		uint8_t sym;
		int cost;
	} alt[SYMS][ALTERNATIVES];
	uint8_t n_alt[SYMS];
};

static uint32_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u; /* splitmix64 */
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(x ^ x >> 31);
}

static uint8_t fold(uint8_t sym)
{
	return sym == OH ? ZERO : sym;
}

static void add_alternative(struct hl_twins *t, char from, char to, int cost)
{
	int a = hl_sym_code(from), b = hl_sym_code(to);
	uint8_t k = t->n_alt[a]++;
	t->alt[a][k].sym = (uint8_t)b;
	t->alt[a][k].cost = cost;
}

struct hl_twins *hl_twins_new(void)
{
	struct hl_twins *t = hl_calloc(1, sizeof *t);
	t->slots = FIRST;
	for (size_t i = 0; i < HL_PLATE_MAX; i++)
		for (size_t s = 0; s < SYMS; s++)
			t->key[i][s] = mix((i * SYMS + s + 1) * 0x9e3779b97f4a7c15u);
	for (const struct hl_twin_pair *p = hl_twin_pairs; p->a; p++) {
		add_alternative(t, p->a, p->b, p->cost);
		add_alternative(t, p->b, p->a, p->cost);
	}
	return t;
}

void hl_twins_free(struct hl_twins **t)
{
	if (*t) {
		free((*t)->v);
		free((*t)->slot);
		free((*t)->bit);
	}
	free(*t);
	*t = NULL;
}

/* Whether two plates have the same folded form. */
static bool alike(const struct plate *a, const uint8_t *sym, size_t len, unsigned place)
{
	bool same = a->len == len && a->place == place;
	for (size_t i = 0; same && i < len; i++)
		same = fold(a->sym[i]) == fold(sym[i]);
	return same;
}

/* The slot of that folded form, or the free one where it belongs. */
static uint32_t *find(const struct hl_twins *t, const uint8_t *sym, size_t len, unsigned place, uint32_t hash)
{
	size_t at = hash & (t->slots - 1);
	while (t->slot[at]) {
		const struct plate *p = &t->v[t->slot[at] - 1];
		if (p->hash == hash && alike(p, sym, len, place))
			break;
		at = (at + 1) & (t->slots - 1);
	}
	return &t->slot[at];
}

void hl_twins_add(struct hl_twins *t, const struct hl_pattern *p, unsigned place, unsigned line)
{
	bool some = false; /* any symbol that is ever taken for another, or for O */
	for (size_t i = 0; i < p->len && !some; i++)
		some = fold(p->sym[i]) == ZERO || t->n_alt[p->sym[i]];
	if (!some)
		return;
	if (t->n == t->cap) /* by a half: ten million plates are many bytes */
		t->v = hl_realloc(t->v, t->cap = t->cap ? t->cap + t->cap / 2 : FIRST, sizeof *t->v);
	struct plate *new = &t->v[t->n++];
	*new = (struct plate){ .len = p->len, .place = (uint16_t)place, .line = line, .hash = mix(p->len + 31 * place) };
	for (size_t i = 0; i < p->len; i++) {
		new->sym[i] = p->flags & HL_PAT_O0 ? fold(p->sym[i]) : p->sym[i];
		new->hash ^= t->key[i][fold(p->sym[i])];
	}
}

/* The i-th plate into the table; of the same plate again, another entry about it, only the first stays. */
static void place(struct hl_twins *t, size_t i)
{
	struct plate *p = &t->v[i];
	uint32_t *slot = find(t, p->sym, p->len, p->place, p->hash), last = 0;
	p->first = *slot ? *slot : (uint32_t)i + 1;
	for (uint32_t at = *slot; at; last = at, at = t->v[at - 1].next)
		if (!memcmp(t->v[at - 1].sym, p->sym, sizeof p->sym)) {
			p->first = AGAIN;
			return;
		}
	if (last)
		t->v[last - 1].next = (uint32_t)i + 1;
	else
		*slot = (uint32_t)i + 1;
}

/* The table of all plates. A slot is asked for well before it is needed: nearly each lies in memory that no cache holds. */
static void build(struct hl_twins *t)
{
	while (t->slots < 2 * t->n)
		t->slots *= 2;
	t->slot = hl_calloc(t->slots, sizeof *t->slot);
	t->bit = hl_calloc(t->slots, BITS_A_SLOT / 8);
	for (size_t i = 0; i < t->n; i++) {
		if (i + AHEAD < t->n)
			__builtin_prefetch(&t->slot[t->v[i + AHEAD].hash & (t->slots - 1)], 1);
		place(t, i);
		size_t at = mix(t->v[i].hash) & (BITS_A_SLOT * t->slots - 1);
		t->bit[at >> 3] |= (unsigned char)(1 << (at & 7));
	}
}

static void text_of(const struct plate *p, char dst[HL_PLATE_MAX + 1])
{
	struct hl_pattern pattern = { .len = p->len };
	memcpy(pattern.sym, p->sym, sizeof pattern.sym);
	hl_pattern_text(&pattern, dst);
}

static void tell_pair(const struct plate *earlier, const struct plate *later, const char *how, struct hl_import_notes *n)
{
	char plate[HL_PLATE_MAX + 1], other[HL_PLATE_MAX + 1], expected[128];
	text_of(later, plate);
	text_of(earlier, other);
	snprintf(expected, sizeof expected, "only one of it and %s on line %u: %s", other, earlier->line, how);
	hl_lint_warn(n, later->line, "plate", plate, expected);
}

struct search {
	const struct hl_twins *t;
	struct hl_import_notes *notes;
	const struct plate *of;
	uint8_t sym[HL_PLATE_MAX]; /* the form looked for */
};

static bool may_be_there(const struct hl_twins *t, uint32_t hash)
{
	size_t at = mix(hash) & (BITS_A_SLOT * t->slots - 1);
	return t->bit[at >> 3] >> (at & 7) & 1;
}

/* The form at hand, if an earlier plate has it. */
static void look(struct search *s, uint32_t hash)
{
	if (!may_be_there(s->t, hash))
		return;
	uint32_t number = *find(s->t, s->sym, s->of->len, s->of->place, hash);
	if (!number || &s->t->v[number - 1] >= s->of)
		return;
	if (s->notes->report->confusable++ < HL_TWINS_TOLD)
		tell_pair(&s->t->v[number - 1], s->of, "cameras take one for the other", s->notes);
}

/* All forms that differ from the plate at `from` or behind it, within the budget. */
static void vary(struct search *s, size_t from, uint32_t hash, int budget)
{
	for (size_t i = from; i < s->of->len; i++) {
		uint8_t own = s->sym[i];
		for (size_t k = 0; k < s->t->n_alt[own]; k++) {
			int left = budget - s->t->alt[own][k].cost;
			if (left < 0)
				continue;
			s->sym[i] = s->t->alt[own][k].sym;
			uint32_t changed = hash ^ s->t->key[i][own] ^ s->t->key[i][s->sym[i]];
			look(s, changed);
			vary(s, i + 1, changed, left);
		}
		s->sym[i] = own;
	}
}

void hl_twins_tell(struct hl_twins *t, struct hl_import_notes *n)
{
	char found[64];
	struct search s = { .t = t, .notes = n };
	build(t);
	for (size_t i = 0; i < t->n; i++) {
		const struct plate *p = &t->v[i];
		if (p->first == AGAIN)
			continue;
		if (p->first != i + 1) {
			tell_pair(&t->v[p->first - 1], p, "they differ by O and 0 alone", n);
			n->report->twins++;
			continue;
		}
		s.of = p;
		for (size_t k = 0; k < p->len; k++)
			s.sym[k] = fold(p->sym[k]);
		vary(&s, 0, p->hash, HL_TWIN_COST);
	}
	if (n->report->confusable <= HL_TWINS_TOLD)
		return;
	snprintf(found, sizeof found, "%lld pairs", (long long)n->report->confusable);
	hl_lint_warn(n, 0, "plate", found, "few plates that cameras take for one another; the others are not told one by one");
}
