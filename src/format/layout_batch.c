/* layout_batch.c: reading a list with several threads, see struct hl_layout_stage. One of them cuts the file into records and tells what is no record; the records
 * are copied into batches, and a crew makes entries of them; what came of a batch is told in the order of its lines. Three sets of batches go
 * round: while one is read, the next is worked on, and the one before that is told. Reading and telling are one job, by one thread at a time, so that
 * whoever is told sees no threads.
 */
#include "format/layout_impl.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS = 2048, RAW = 1 << 20, SETS = 3 };

enum kind { RECORD, ENTRY, REFUSED, FAULT, SKIPPED };

struct event {
	enum kind kind;
	unsigned line;
	size_t raw, n;   /* the line, in the batch's raw */
	size_t which;    /* of the batch's faults, or of the part's entries */
	const char *why; /* skipped */
};

struct batch {
	struct event *event;
	char *raw;
	struct hl_line_fault *fault;
	size_t n, cap, n_raw, cap_raw, n_faults, cap_faults;
	void *part;
	struct hl_record_ctx c;
	struct hl_split split;
};

struct hl_batches {
	const struct hl_layout_sink *to;
	struct hl_layout_sink sink; /* what the reader sees */
	const struct hl_layout *layout;
	const size_t *most;
	size_t per_set;
	struct batch *set[SETS];
	size_t reading, at; /* the set that is read, its batch */
	hl_batches_read read;
	void *arg;
	bool more;
	enum hl_code code;
	struct hl_err *err;
};

/* Makes room for one more of `size` bytes each. */
static void *room(void *p, size_t *cap, size_t used, size_t more, size_t size)
{
	if (*cap - used >= more)
		return p;
	*cap = *cap * 2 + more + 64;
	return hl_realloc(p, *cap, size);
}

static struct event *add_event(struct hl_batches *b, enum kind kind, unsigned line, const char *raw, size_t n)
{
	struct batch *t = &b->set[b->reading][b->at];
	if ((t->n >= EVENTS || t->n_raw >= RAW) && b->at + 1 < b->per_set)
		t = &b->set[b->reading][++b->at];
	t->event = room(t->event, &t->cap, t->n, 1, sizeof *t->event);
	t->raw = room(t->raw, &t->cap_raw, t->n_raw, n, 1);
	if (n)
		memcpy(t->raw + t->n_raw, raw, n);
	t->event[t->n] = (struct event){ .kind = kind, .line = line, .raw = t->n_raw, .n = n };
	t->n_raw += n;
	return &t->event[t->n++];
}

static size_t add_fault(struct batch *t, const struct hl_line_fault *f)
{
	t->fault = room(t->fault, &t->cap_faults, t->n_faults, 1, sizeof *t->fault);
	t->fault[t->n_faults] = *f;
	return t->n_faults++;
}

void hl_batches_record(struct hl_batches *b, unsigned line, const char *raw, size_t n)
{
	add_event(b, RECORD, line, raw, n);
}

static void take_fault(void *arg, const struct hl_line_fault *f, const char *raw, size_t n)
{
	struct hl_batches *b = arg;
	struct event *e = add_event(b, FAULT, f->line, raw, n);
	e->which = add_fault(&b->set[b->reading][b->at], f);
}

static void take_skipped(void *arg, unsigned line, const char *why)
{
	add_event(arg, SKIPPED, line, NULL, 0)->why = why;
}

bool hl_batches_full(const struct hl_batches *b)
{
	const struct batch *t = &b->set[b->reading][b->at];
	return b->at + 1 == b->per_set && (t->n >= EVENTS || t->n_raw >= RAW);
}

const struct hl_layout_sink *hl_batches_sink(const struct hl_batches *b)
{
	return &b->sink;
}

static enum kind make_entry(const struct hl_batches *b, struct batch *t, const struct event *e)
{
	struct hl_record_ctx *c = &t->c;
	c->s = t->raw + e->raw;
	c->n = e->n;
	/* It was cut like this before, so there is nothing to tell. */
	if (b->layout->shape == HL_SHAPE_DELIMITED)
		hl_split_delimited(b->layout, c->s, c->n, *b->most, &t->split);
	if (!hl_layout_values(c) || !hl_layout_entry(c))
		return FAULT;
	if (b->to->stage->prepare(b->to->arg, t->part, &c->entry, &c->fault))
		return ENTRY;
	int field = hl_field_find(c->fault.field); /* whoever refuses an entry knows no columns */
	if (field >= 0 && !c->fault.column)
		c->fault.column = c->column[field];
	return REFUSED;
}

static void work(const struct hl_batches *b, struct batch *t)
{
	size_t entries = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct event *e = &t->event[i];
		if (e->kind != RECORD)
			continue;
		e->kind = make_entry(b, t, e);
		t->c.fault.line = e->line;
		e->which = e->kind == ENTRY ? entries++ : add_fault(t, &t->c.fault);
	}
}

static void tell(const struct hl_batches *b, struct batch *t)
{
	const struct hl_layout_sink *to = b->to;
	for (size_t i = 0; i < t->n; i++) {
		const struct event *e = &t->event[i];
		const char *raw = e->n ? t->raw + e->raw : "";
		if (e->kind == ENTRY)
			to->stage->take(to->arg, t->part, e->which, e->line, raw, e->n);
		else if (e->kind == REFUSED)
			to->stage->refused(to->arg, &t->fault[e->which], raw, e->n);
		else if (e->kind == FAULT)
			to->fault(to->arg, &t->fault[e->which], raw, e->n);
		else
			to->skipped(to->arg, e->line, e->why);
	}
	to->stage->part_clear(to->arg, t->part);
	t->n = t->n_raw = t->n_faults = 0;
}

/* Job 0: tells the set worked on last, which is then empty. Others: one batch each of the set that was read last. */
static void job(void *arg, size_t i)
{
	struct hl_batches *b = arg;
	if (i > 0) {
		work(b, &b->set[(b->reading + SETS - 1) % SETS][i - 1]);
		return;
	}
	struct batch *done = b->set[(b->reading + SETS - 2) % SETS];
	for (size_t k = 0; k < b->per_set; k++)
		tell(b, &done[k]);
	b->at = 0;
	if (b->more)
		b->code = b->read(b->arg, &b->more, b->err);
}

enum hl_code hl_batches_run(struct hl_batches *b, hl_batches_read read, void *arg, struct hl_err *err)
{
	b->read = read;
	b->arg = arg;
	b->err = err;
	b->more = true;
	/* Two rounds more than are read: the last set is worked on and told. */
	for (int left = SETS; left > 0; left -= !b->more) {
		hl_crew_run(b->to->stage->crew, job, b, b->per_set + 1);
		b->reading = (b->reading + 1) % SETS;
	}
	return b->code;
}

struct hl_batches *hl_batches_new(const struct hl_layout *l, const struct hl_layout_run *run, const struct hl_layout_sink *sink, const size_t *most,
				  const int *column_of)
{
	struct hl_batches *b = hl_calloc(1, sizeof *b);
	unsigned threads = sink->stage->crew ? sink->stage->crew->threads : 1;
	b->to = sink;
	b->layout = l;
	b->most = most;
	b->sink = (struct hl_layout_sink){ .arg = b, .fault = take_fault, .skipped = take_skipped, .result = sink->result };
	b->per_set = threads > 1 ? 2 * (size_t)(threads < HL_CREW_MAX ? threads : HL_CREW_MAX) : 1;
	for (int s = 0; s < SETS; s++) {
		b->set[s] = hl_calloc(b->per_set, sizeof *b->set[s]);
		for (size_t k = 0; k < b->per_set; k++) {
			hl_record_init(&b->set[s][k].c, l, run, &b->set[s][k].split, column_of);
			b->set[s][k].part = sink->stage->part_new(sink->arg);
		}
	}
	return b;
}

void hl_batches_free(struct hl_batches **bp)
{
	struct hl_batches *b = *bp;
	if (!b)
		return;
	for (int s = 0; s < SETS; s++) {
		for (size_t k = 0; k < b->per_set; k++) {
			struct batch *t = &b->set[s][k];
			hl_record_fini(&t->c);
			b->to->stage->part_free(b->to->arg, t->part);
			free(t->event);
			free(t->raw);
			free(t->fault);
		}
		free(b->set[s]);
	}
	free(b);
	*bp = NULL;
}
