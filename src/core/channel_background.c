/* channel_background.c: see channel.h. The sum over all plates that may pass, for each read once. Symbols of a class go into the recursion as their mean, so
 * that a shape costs what one plate does; and since each step is linear in the row before it, what follows a place is worked out from the end, once for all
 * shapes with the same tail, and what comes before it from the beginning, once for all with the same head: a shape is one product of the two.
 * Method: doc/scoring.md, section 4. Pure; any thread.
 */
#include "core/channel.h"

#include <string.h>

enum { ROW = HL_PLATE_MAX + 1 };

/* v[j]: what the plate's first symbols make of the first j slots, or what its last ones make of the slots from j on. */
struct row {
	struct hl_pair v[ROW];
};

/* Nothing of the plate yet: the slots are inventions. */
static void begin(const struct hl_channel_read *ch, struct row *r)
{
	r->v[0].v = (struct hl_pair){ { 1, 1 } }.v;
	for (unsigned j = 0; j < ch->m; j++)
		r->v[j + 1].v = r->v[j].v * ch->invented[j].v;
}

static void step_class(const struct hl_channel_read *ch, int end, int c, const struct row *from, struct row *to)
{
	hl_channel_step(ch, from->v, ch->class_match[end][c], ch->class_lost[end][c], to->v);
}

/* The same step from behind: what stands behind a symbol, to what stands behind the place before it. First the inventions, then the symbol. */
static void back_inventions(const struct hl_channel_read *ch, const struct row *from, struct row *to)
{
	to->v[ch->m] = from->v[ch->m];
	for (unsigned j = ch->m; j-- > 0;)
		to->v[j].v = from->v[j].v + to->v[j + 1].v * ch->invented[j].v;
}

static void back_symbol(const struct hl_channel_read *ch, int end, int c, const struct row *from, struct row *to)
{
	const struct hl_pair *match = ch->class_match[end][c], *lost = ch->class_lost[end][c];
	for (unsigned j = 0; j < ch->m; j++)
		to->v[j].v = from->v[j].v * lost[j].v + from->v[j + 1].v * match[j].v;
	to->v[ch->m].v = from->v[ch->m].v * lost[ch->m].v;
}

/* tail[i] of those in `wanted`; a tail comes after the one without its first symbol. Bit 1 is that of the empty one. */
static void fill_tails(const struct hl_channel_read *ch, uint32_t wanted, struct row *tail)
{
	memset(&tail[1], 0, sizeof tail[1]);
	tail[1].v[ch->m].v = (struct hl_pair){ { 1, 1 } }.v;
	for (int i = 1; i < HL_TAILS / 2; i++) {
		struct row behind;
		if (!(wanted >> (2 * i) & 3))
			continue;
		back_inventions(ch, &tail[i], &behind);
		for (int c = 0; c < HL_CLASSES; c++)
			if (wanted >> (2 * i + c) & 1)
				back_symbol(ch, i == 1, c, &behind, &tail[2 * i + c]);
	}
}

static struct hl_pair product(const struct hl_channel_read *ch, const struct row *head, const struct row *tail)
{
	struct hl_pair sum = { head->v[0].v * tail->v[0].v };
	for (unsigned j = 1; j <= ch->m; j++)
		sum.v += head->v[j].v * tail->v[j].v;
	return sum;
}

/* head[i]: after i symbols of a shape. Shapes share the rows of a common beginning; `known` of them are those of the shape before. */
static struct hl_pair sum_of_shapes(const struct hl_channel_read *ch, const struct row *tail)
{
	const struct hl_density *d = &ch->table->density;
	struct row head[ROW];
	struct hl_pair sum = { { 0, 0 } };
	int known = 0;
	begin(ch, &head[0]);
	for (unsigned i = 0; i < d->n; i++) {
		const struct hl_shape *s = &d->shape[i];
		known = s->same < known ? s->same : known;
		for (; known < s->head; known++)
			step_class(ch, known == 0, s->classes[known] == 'D', &head[known], &head[known + 1]);
		sum.v += product(ch, &head[s->head], &tail[s->tail]).v * s->share;
	}
	return sum;
}

/* to[c]: before a symbol of class c, from what comes before it. */
static void choose_class(const struct hl_channel_read *ch, const struct row from[HL_CLASSES], struct row to[HL_CLASSES])
{
	const struct hl_density *d = &ch->table->density;
	for (int c = 0; c < HL_CLASSES; c++)
		for (unsigned j = 0; j <= ch->m; j++)
			to[c].v[j].v = from[0].v[j].v * d->next[0][c] + from[1].v[j].v * d->next[1][c];
}

/* The sum over all plates, a share for each number of symbols, letters and digits in runs: before the last symbol they are put together. */
static struct hl_pair sum_of_lengths(const struct hl_channel_read *ch, const double share[ROW], const struct row *tail)
{
	const struct hl_density *d = &ch->table->density;
	struct row start, before[HL_CLASSES], after[HL_CLASSES], last[HL_CLASSES];
	begin(ch, &start);
	for (int c = 0; c < HL_CLASSES; c++)
		for (unsigned j = 0; j <= ch->m; j++) {
			before[c].v[j].v = start.v[j].v * d->first[c];
			last[c].v[j].v = before[c].v[j].v * share[1];
		}
	for (int n = 2; n <= HL_PLATE_MAX; n++) {
		for (int c = 0; c < HL_CLASSES; c++)
			step_class(ch, n == 2, c, &before[c], &after[c]);
		choose_class(ch, after, before);
		for (int c = 0; c < HL_CLASSES; c++)
			for (unsigned j = 0; j <= ch->m; j++)
				last[c].v[j].v += before[c].v[j].v * share[n];
	}
	return (struct hl_pair){ product(ch, &last[0], &tail[2]).v + product(ch, &last[1], &tail[3]).v };
}

enum { ONE_SYMBOL = 1 << 1 | 1 << 2 | 1 << 3 };

double hl_channel_any(struct hl_channel_read *ch, int n)
{
	struct row tail[HL_TAILS];
	double share[ROW] = { 0 };
	share[n] = 1;
	hl_channel_means(ch);
	fill_tails(ch, ONE_SYMBOL, tail);
	return hl_channel_mix(ch, sum_of_lengths(ch, share, tail));
}

double hl_channel_shape(struct hl_channel_read *ch, const char *classes)
{
	struct row row, next;
	size_t n = strlen(classes);
	hl_channel_means(ch);
	begin(ch, &row);
	for (size_t i = 0; i < n; i++) {
		step_class(ch, i == 0 || i == n - 1, classes[i] == 'D', &row, &next);
		memcpy(row.v, next.v, (ch->m + 1) * sizeof row.v[0]);
	}
	return hl_channel_mix(ch, row.v[ch->m]);
}

double hl_channel_sum(struct hl_channel_read *ch)
{
	const struct hl_density *d = &ch->table->density;
	struct row tail[HL_TAILS];
	hl_channel_means(ch);
	fill_tails(ch, d->tails | ONE_SYMBOL, tail);
	struct hl_pair listed = sum_of_shapes(ch, tail), any = sum_of_lengths(ch, d->length, tail);
	return hl_channel_mix(ch, (struct hl_pair){ listed.v * (1 - d->any_shape) + any.v * d->any_shape });
}

/* Of the plate as read, each symbol read right: one alignment of many. */
static struct hl_pair read_right(struct hl_channel_read *ch)
{
	struct hl_pair right = { { 1, 1 } };
	for (unsigned j = 0; j < ch->m; j++) {
		int c = ch->plate.sym[j];
		right.v *= (1 - ch->rates->lost[j == 0 || j == ch->m - 1][c].v) * hl_channel_symbol(ch, c)[j].v;
	}
	return right;
}

double hl_channel_least(struct hl_channel_read *ch)
{
	return hl_density_share(&ch->table->density, &ch->plate) * hl_channel_mix(ch, read_right(ch));
}
