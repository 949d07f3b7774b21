/* density.c: see density.h. Pure; any thread. */
#include "core/density.h"
#include "core/numbers.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_SHAPE 0.0015
#define LEAST_ANY 0.05

static void shape_of(const struct hl_plate *p, char classes[HL_PLATE_MAX + 1])
{
	for (int i = 0; i < p->len; i++)
		classes[i] = hl_class_of(p->sym[i]) ? 'D' : 'L';
	classes[p->len] = 0;
}

static struct hl_shape *shape_find(struct hl_density_counts *c, const char *classes)
{
	for (unsigned i = 0; i < c->n; i++)
		if (!strcmp(c->shape[i].classes, classes))
			return &c->shape[i];
	if (c->n == sizeof c->shape / sizeof c->shape[0])
		return NULL;
	c->shape[c->n] = (struct hl_shape){ .share = 0 };
	memcpy(c->shape[c->n].classes, classes, sizeof c->shape[0].classes);
	return &c->shape[c->n++];
}

void hl_density_count(struct hl_density_counts *c, const struct hl_plate *p)
{
	char classes[HL_PLATE_MAX + 1] = "";
	if (!p->len)
		return;
	shape_of(p, classes);
	struct hl_shape *s = shape_find(c, classes);
	if (s)
		s->share++;
	c->plates++;
	c->length[p->len]++;
	c->first[hl_class_of(p->sym[0])]++;
	for (int i = 0; i < p->len; i++) {
		c->symbol[p->sym[i]]++;
		if (i)
			c->next[hl_class_of(p->sym[i - 1])][hl_class_of(p->sym[i])]++;
	}
}

/* weight * counts, added to *to. */
static void add(struct hl_density_counts *to, const struct hl_density_counts *from, double weight)
{
	double w = from->plates > 0 ? weight / from->plates : 0;
	for (int i = 0; i < HL_SYMBOLS; i++)
		to->symbol[i] += w * from->symbol[i];
	for (int i = 0; i <= HL_PLATE_MAX; i++)
		to->length[i] += w * from->length[i];
	for (int a = 0; a < HL_CLASSES; a++) {
		to->first[a] += w * from->first[a];
		for (int b = 0; b < HL_CLASSES; b++)
			to->next[a][b] += w * from->next[a][b];
	}
	for (unsigned i = 0; i < from->n; i++) {
		struct hl_shape *s = shape_find(to, from->shape[i].classes);
		if (s)
			s->share += w * from->shape[i].share;
	}
}

static int by_classes(const void *a, const void *b)
{
	return strcmp(((const struct hl_shape *)a)->classes, ((const struct hl_shape *)b)->classes);
}

double hl_density_share(const struct hl_density *d, const struct hl_plate *p)
{
	struct hl_shape key = { .share = 0 };
	double any = d->length[p->len] * d->first[hl_class_of(p->sym[0])], symbols = 1;
	shape_of(p, key.classes);
	const struct hl_shape *s = bsearch(&key, d->shape, d->n, sizeof d->shape[0], by_classes);
	for (int i = 0; i < p->len; i++) {
		symbols *= d->symbol[p->sym[i]];
		any *= i ? d->next[hl_class_of(p->sym[i - 1])][hl_class_of(p->sym[i])] : 1;
	}
	return ((s ? (1 - d->any_shape) * s->share : 0) + d->any_shape * any) * symbols;
}

static int by_share(const void *a, const void *b)
{
	double x = ((const struct hl_shape *)a)->share, y = ((const struct hl_shape *)b)->share;
	return x < y ? 1 : x > y ? -1 : by_classes(a, b);
}

static void to_one(double *v, unsigned n)
{
	double sum = 0;
	for (unsigned i = 0; i < n; i++)
		sum += v[i];
	for (unsigned i = 0; i < n; i++)
		v[i] = sum > 0 ? v[i] / sum : 1.0 / n;
}

_Static_assert(HL_TAILS <= 32, "a bit for each tail");

/* The first symbol of a plate is in no tail of two or more, since it is lost more often than one inside: tails begin inside the plate. */
static void find_tail(struct hl_density *d, struct hl_shape *s)
{
	size_t n = strlen(s->classes), left = n > 1 ? n - 1 : 1;
	s->tail = 1;
	d->tails |= 1u << 1;
	for (size_t k = 1; k <= left && k <= HL_TAIL; k++) {
		s->tail = (uint8_t)(2 * s->tail + (s->classes[n - k] == 'D'));
		s->head = (uint8_t)(n - k);
		d->tails |= 1u << s->tail;
	}
}

/* What a loaded or counted density still needs: sums of one, shapes sorted, common beginnings and tails known. */
static void finish(struct hl_density *d)
{
	double listed = 0;
	d->tails = 0;
	to_one(d->symbol, 10);
	to_one(d->symbol + 10, HL_SYMBOLS - 10);
	to_one(d->length, HL_PLATE_MAX + 1);
	to_one(d->first, HL_CLASSES);
	for (int a = 0; a < HL_CLASSES; a++)
		to_one(d->next[a], HL_CLASSES);
	qsort(d->shape, d->n, sizeof d->shape[0], by_classes);
	for (unsigned i = 0; i < d->n; i++)
		listed += d->shape[i].share;
	for (unsigned i = 0; i < d->n; i++) {
		uint8_t same = 0;
		while (i && d->shape[i].classes[same] && d->shape[i].classes[same] == d->shape[i - 1].classes[same])
			same++;
		d->shape[i].same = same;
		find_tail(d, &d->shape[i]);
		d->shape[i].share /= listed;
	}
	for (int i = 0; i <= HL_PLATE_MAX; i++)
		d->symbols[i] = d->any_shape * d->length[i];
	for (unsigned i = 0; i < d->n; i++)
		d->symbols[strlen(d->shape[i].classes)] += (1 - d->any_shape) * d->shape[i].share;
}

/* Every symbol, length and run may occur: a little is added to what was counted. */
static void smooth(struct hl_density *d, const struct hl_density_counts *c)
{
	for (int i = 0; i < HL_SYMBOLS; i++)
		d->symbol[i] = c->symbol[i] + 0.0005;
	for (int i = 1; i <= HL_PLATE_MAX; i++)
		d->length[i] = c->length[i] + (i >= 3 && i <= 10 ? 0.02 : 0.001);
	for (int a = 0; a < HL_CLASSES; a++) {
		d->first[a] = c->first[a] + 0.05;
		for (int b = 0; b < HL_CLASSES; b++)
			d->next[a][b] = c->next[a][b] + 0.1;
	}
}

enum hl_code hl_density_make(struct hl_density *d, const struct hl_density_counts *a, const struct hl_density_counts *b, double share_b, struct hl_err *err)
{
	*d = (struct hl_density){ 0 };
	if (!(a->plates > 0) || (b && !(b->plates > 0)))
		return hl_err_set(err, HL_E_INPUT, "no plate to count shapes of");
	struct hl_density_counts *all = hl_calloc(1, sizeof *all);
	double rare = 0;
	add(all, a, b ? 1 - share_b : 1);
	if (b)
		add(all, b, share_b);
	qsort(all->shape, all->n, sizeof all->shape[0], by_share);
	for (unsigned i = 0; i < all->n; i++) {
		if (all->shape[i].share >= LEAST_SHAPE && d->n < HL_SHAPES_MAX)
			d->shape[d->n++] = all->shape[i];
		else
			rare += all->shape[i].share;
	}
	d->any_shape = rare > LEAST_ANY ? rare : LEAST_ANY;
	smooth(d, all);
	free(all);
	if (!d->n)
		return hl_err_set(err, HL_E_INPUT, "no shape of plates is common enough to be counted");
	finish(d);
	return HL_OK;
}

#define AT(member) offsetof(struct hl_density, member)
static const struct hl_numbers rows[] = {
	{ "digits", AT(symbol[0]), 10, 0, 1 },
	{ "letters", AT(symbol[10]), HL_SYMBOLS - 10, 0, 1 },
	{ "any_shape", AT(any_shape), 1, 0.0001, 0.9999 },
	{ "lengths", AT(length[1]), HL_PLATE_MAX, 0, 1 },
	{ "first", AT(first), HL_CLASSES, 0, 1 },
	{ "after_letter", AT(next[0]), HL_CLASSES, 0, 1 },
	{ "after_digit", AT(next[1]), HL_CLASSES, 0, 1 },
	{ .name = NULL },
};

static void shape_read(struct hl_density *d, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	size_t n = strlen(node->key);
	if (!n || n > HL_PLATE_MAX || strspn(node->key, "LD") != n) {
		hl_conf_fault_key(ctx, node, "'%.20s' is no shape; expected at most %d of L (a letter) and D (a digit)", node->key, HL_PLATE_MAX);
		return;
	}
	if (d->n == HL_SHAPES_MAX) {
		hl_conf_fault_key(ctx, node, "more than %d shapes", HL_SHAPES_MAX);
		return;
	}
	struct hl_shape *s = &d->shape[d->n];
	memcpy(s->classes, node->key, n + 1);
	if (hl_numbers_read(node, 1, 1e-6, 1, &s->share, ctx))
		d->n++;
}

static void shapes_read(struct hl_density *d, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *shapes = hl_node_get(root, "shapes");
	if (!shapes || shapes->kind != HL_NODE_MAP || !shapes->n) {
		hl_conf_fault(ctx, shapes ? shapes : root, "expected 'shapes' with at least one shape");
		return;
	}
	for (size_t i = 0; i < shapes->n; i++)
		shape_read(d, &shapes->child[i], ctx);
}

static const char *const other_keys[] = { "version", "source", "shapes", NULL };

enum hl_code hl_density_parse(struct hl_density *d, const char *name, const char *text, size_t n, struct hl_faults *faults)
{
	size_t errors = faults->errors;
	struct hl_conf *conf = NULL;
	struct hl_conf_ctx ctx = { .file = name, .faults = faults };
	*d = (struct hl_density){ 0 };
	if (hl_conf_parse(&conf, name, text, n, faults) != HL_OK)
		return HL_E_CONFIG;
	const struct hl_node *root = hl_conf_root(conf);
	if (hl_numbers_document(root, rows, other_keys, &ctx)) {
		hl_numbers_fill(root, rows, d, &ctx);
		shapes_read(d, root, &ctx);
	}
	hl_conf_free(&conf);
	if (faults->errors != errors)
		return HL_E_CONFIG;
	finish(d);
	return HL_OK;
}

void hl_density_write(const struct hl_density *d, const char *source, struct hl_buf *out)
{
	hl_buf_puts(out, "# How common a plate is among passing vehicles, by its shape (L a letter, D a digit). Made by `hotlistctl channel learn`; make it again\n"
			 "# rather than editing it. Shares only: no plate is in here. doc/scoring.md says what it is for.\nversion: 1\n");
	if (source && source[0])
		hl_buf_printf(out, "source: \"%s\"\n", source);
	hl_numbers_write(rows, d, out);
	hl_buf_puts(out, "shapes:\n");
	for (unsigned i = 0; i < d->n; i++) {
		hl_buf_printf(out, "  %s: ", d->shape[i].classes);
		hl_number_put(out, d->shape[i].share);
		hl_buf_putc(out, '\n');
	}
}
