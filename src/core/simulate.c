/* simulate.c: see simulate.h. Errors come at the rates that were counted (seen_*), by symbol, by band of confidence and, now and then, of a bad read; each
 * true edit is shown by an alternative more often than not, among others that lead astray. Pure.
 */
#include "core/simulate.h"
#include "core/exact.h"

#include <string.h>

enum { DRAWS = 12, ALTERNATIVES = 8 };
#define SHOWN 0.6     /* of the true edits: by a candidate */
#define BAD_MORE 3.0  /* errors of a bad read over the usual: the rates counted hold bad reads already */
#define TOP_LEAST 0.3

uint64_t hl_random_next(struct hl_random *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

double hl_random_share(struct hl_random *r)
{
	return (double)(hl_random_next(r) >> 11) / 9007199254740992.0;
}

static bool happens(struct hl_random *r, double p)
{
	return hl_random_share(r) < p;
}

static double between(struct hl_random *r, double low, double high)
{
	return low + (high - low) * hl_random_share(r);
}

/* A symbol drawn by weights that need not sum to one; -1 where all are zero. */
static int draw(struct hl_random *r, const double w[HL_SYMBOLS])
{
	double sum = 0;
	for (int i = 0; i < HL_SYMBOLS; i++)
		sum += w[i];
	double at = hl_random_share(r) * sum;
	for (int i = 0; i < HL_SYMBOLS; i++) {
		at -= w[i];
		if (at < 0)
			return i;
	}
	return sum > 0 ? HL_SYMBOLS - 1 : -1;
}

/* What became of a plate: the symbols read, and for each slot the symbol that stood there (-1: none did). before[j]: a symbol lost before slot j, else -1. */
struct outcome {
	struct hl_plate read;
	int truth[HL_PLATE_MAX], before[HL_PLATE_MAX + 1];
	int band;
	double more; /* errors over the usual */
};

static void put(struct outcome *o, int sym, int truth)
{
	if (o->read.len == HL_PLATE_MAX)
		return;
	o->truth[o->read.len] = truth;
	o->read.sym[o->read.len++] = (uint8_t)sym;
	o->before[o->read.len] = -1;
}

static void invent(const struct hl_channel_table *t, struct hl_random *r, struct outcome *o)
{
	double rate = t->seen_invented[o->band] * o->more * (o->read.len ? 1 : t->first_invented);
	if (!happens(r, rate < 0.3 ? rate : 0.3))
		return;
	int last = o->read.len ? o->read.sym[o->read.len - 1] : -1;
	int sym = last >= 0 && happens(r, 0.4) ? last : draw(r, t->insd);
	if (sym >= 0)
		put(o, sym, -1);
}

static void read_plate(const struct hl_channel_table *t, struct hl_random *r, const struct hl_plate *p, struct outcome *o)
{
	o->before[0] = -1;
	for (unsigned i = 0; i < p->len; i++) {
		int s = p->sym[i];
		bool end = i == 0 || i + 1 == p->len;
		double lost = t->seen_lost[o->band] * t->drel[s] * o->more * (end ? 1.5 : 0.8), error = t->seen_error[o->band] * t->rel[s] * o->more;
		invent(t, r, o);
		if (happens(r, lost < 0.5 ? lost : 0.5)) {
			o->before[o->read.len] = s;
			continue;
		}
		int c = happens(r, error < 0.8 ? error : 0.8) ? draw(r, t->conf[s]) : s;
		put(o, c < 0 ? s : c, s);
	}
	if (!o->read.len)
		put(o, p->sym[0], p->sym[0]);
}

/* The plate as read with one edit: at slot j symbol `with` instead, or before it, or the slot left out (with -1). */
static void edited(const struct hl_plate *read, unsigned j, int with, bool insert, char text[HL_PLATE_MAX + 2])
{
	size_t n = 0;
	for (unsigned i = 0; i <= read->len; i++) {
		if (i == j && with >= 0)
			text[n++] = hl_sym_char(with);
		if (i < read->len && (i != j || insert))
			text[n++] = hl_sym_char(read->sym[i]);
	}
	text[n] = 0;
}

/* How far below the plate as read an alternative stands: those that are right nearer. */
static double confidence_at(const struct hl_channel_table *t, double top, double gap)
{
	double v = t->gap == HL_GAP_POINTS ? top - gap / 100 : top * hl_exact_exp(-gap);
	return v > 0.0001 ? v : 0.0001;
}

static void add(const struct hl_channel_table *t, struct hl_random *r, struct hl_read *out, const struct hl_plate *read, unsigned j, int with, bool insert, bool right)
{
	char text[HL_PLATE_MAX + 2];
	double far = t->gap == HL_GAP_POINTS ? 12 : 6, x = hl_random_share(r), gap = right ? far * x * x : far * (0.15 + 0.85 * x);
	edited(read, j, with, insert, text);
	if (text[0] && strlen(text) <= HL_PLATE_MAX)
		hl_read_add_candidate(out, text, strlen(text), (double)(int)(1e5 * confidence_at(t, out->top_confidence, gap)) / 1e5);
}

/* A symbol that is read as c now and then. */
static int confused_with(const struct hl_channel_table *t, struct hl_random *r, int c)
{
	double w[HL_SYMBOLS];
	for (int a = 0; a < HL_SYMBOLS; a++)
		w[a] = t->conf[a][c] * t->rel[a];
	return draw(r, w);
}

static void alternatives(const struct hl_channel_table *t, struct hl_random *r, const struct outcome *o, struct hl_read *out)
{
	for (unsigned j = 0; j <= o->read.len; j++) {
		if (o->before[j] >= 0 && happens(r, SHOWN))
			add(t, r, out, &o->read, j, o->before[j], true, true);
		if (j < o->read.len && o->truth[j] != o->read.sym[j] && happens(r, SHOWN))
			add(t, r, out, &o->read, j, o->truth[j], false, true);
	}
	for (int i = 0; i < ALTERNATIVES; i++) {
		unsigned j = (unsigned)(hl_random_share(r) * o->read.len);
		if (happens(r, 0.25) && o->read.len > 1)
			add(t, r, out, &o->read, j, -1, false, false);
		else
			add(t, r, out, &o->read, j, confused_with(t, r, o->read.sym[j]), false, false);
	}
}

/* The best first, as readers give them. */
static void sort_candidates(struct hl_read *out)
{
	for (unsigned i = 1; i < out->n_candidates; i++)
		for (unsigned k = i; k && out->candidate[k].confidence > out->candidate[k - 1].confidence; k--) {
			struct hl_read_candidate was = out->candidate[k];
			out->candidate[k] = out->candidate[k - 1];
			out->candidate[k - 1] = was;
		}
}

static void slots(const struct hl_channel_table *t, struct hl_random *r, const struct outcome *o, struct hl_read *out)
{
	out->n_slots = o->read.len;
	for (unsigned j = 0; j < o->read.len; j++) {
		struct hl_read_slot *s = &out->slot[j];
		bool right = o->truth[j] == o->read.sym[j];
		double top = right ? 1 - t->seen_error[o->band] * hl_random_share(r) : between(r, 0.4, 0.95), rest = (1 - top) * between(r, 0.5, 0.95);
		int other = right || o->truth[j] < 0 ? confused_with(t, r, o->read.sym[j]) : o->truth[j];
		s->sym[0] = o->read.sym[j];
		s->p[0] = (float)((int)(1e4 * top) / 1e4);
		s->n = 1;
		if (other >= 0 && other != s->sym[0] && rest >= 0.0005 && rest < top) {
			s->sym[1] = (uint8_t)other;
			s->p[1] = (float)((int)(1e4 * rest) / 1e4);
			s->n = 2;
		}
	}
}

static double confidence_of(const struct hl_channel_table *t, struct hl_random *r, int band)
{
	double low = band ? t->cut[band - 1] : TOP_LEAST < t->cut[0] ? TOP_LEAST : 0, high = band < HL_BANDS - 1 ? t->cut[band] : 1;
	return (double)(int)(1e5 * between(r, low, high)) / 1e5;
}

void hl_simulate(const struct hl_channel_table *t, struct hl_random *r, const struct hl_plate *plate, struct hl_read *out)
{
	struct outcome o = { .band = (int)(hl_random_share(r) * HL_BANDS) };
	o.more = happens(r, t->bad_share) ? BAD_MORE : 1;
	hl_read_init(out);
	read_plate(t, r, plate, &o);
	out->plate = o.read;
	hl_plate_text(&o.read, out->plate_text);
	out->confidence = confidence_of(t, r, o.band);
	if (t->gap == HL_GAP_NONE)
		return;
	out->top_confidence = t->gap == HL_GAP_POINTS ? out->confidence : out->confidence * between(r, 0.7, 0.98);
	alternatives(t, r, &o, out);
	sort_candidates(out);
	if (t->slot_weight > 0)
		slots(t, r, &o, out);
}
