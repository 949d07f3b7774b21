/* read_scan.c: see read_scan.h. The keys of read_native.c's table, taken in the order in which they stand. What is not plainly right is left to jansson: so
 * there is one place that says what is wrong, and a doubt here costs time, never a read. Pure; any thread.
 */
#include "format/read_scan.h"
#include "base/mem.h"
#include "base/text.h"
#include "format/read_lex.h"
#include "format/reads.h"

struct scan {
	struct hl_lex x;
	struct hl_read *r;
	uint32_t met, seen;     /* by row: the key stood there; it had a value */
	struct hl_lex_place candidates; /* met before the plate: read again at the end; p NULL: none */
};

enum kind { WHOLE, CUT, NUMBER, CUSTOM };

struct row {
	enum kind kind;
	bool required;
	uint16_t offset, size;
	double min, max;
	bool (*custom)(struct scan *s);
};

enum { ID, CAMERA, SITE, TIME, PLATE, CONFIDENCE, CHARS, CANDIDATES, REGION, REGION_CONFIDENCE, VEHICLE_ID, LAT, LON, HEADING, VEHICLE, IMAGE, SEQ, ROWS };

/* Of two words of one length, the latter known when this is compiled. */
#define IS(text, word) (!memcmp(text, word, sizeof(word) - 1))

/* ---- values ---- */

/* A text without control characters. */
static bool clean_text(struct hl_lex *x, struct hl_lex_text *t)
{
	return hl_lex_text(x, t) && (t->plain || !hl_native_has_control(t->s, t->n));
}

static void keep(const struct hl_lex *x, char *dst, size_t size, const struct hl_lex_text *t)
{
	if (t->n < size)
		hl_lex_copy(dst, size, t->s, t->n, t->plain ? (size_t)(x->end - t->s) : 0);
	else
		hl_copy_n(dst, size, t->s, t->n);
}

static bool take_text(struct hl_lex *x, char *dst, size_t size, bool cut)
{
	struct hl_lex_text t;
	if (!clean_text(x, &t) || (t.n >= size && !cut))
		return false;
	keep(x, dst, size, &t);
	return true;
}

static bool take_number(struct hl_lex *x, double min, double max, double *out)
{
	struct hl_lex_number v;
	if (!hl_lex_number(x, &v) || !(v.d >= min && v.d <= max))
		return false;
	*out = v.d;
	return true;
}

static bool take_camera(struct scan *s)
{
	struct hl_read *r = s->r;
	struct hl_lex_text t;
	if (!hl_lex_text(&s->x, &t) || !hl_text_is_name(t.s, t.n, sizeof r->camera - 1))
		return false;
	keep(&s->x, r->camera, sizeof r->camera, &t);
	return true;
}

static bool take_time(struct scan *s)
{
	struct hl_lex_text t;
	struct hl_lex_number v;
	if (*s->x.p == '"')
		return hl_lex_text(&s->x, &t) && hl_time_parse(t.s, t.n, &s->r->time_ms);
	return hl_lex_number(&s->x, &v) && hl_native_epoch(v.whole, v.whole ? v.i : 0, v.d, &s->r->time_ms);
}

static bool take_plate(struct scan *s)
{
	struct hl_read *r = s->r;
	struct hl_lex_text t;
	if (!clean_text(&s->x, &t) || !t.n || t.n >= sizeof r->plate_text)
		return false;
	keep(&s->x, r->plate_text, sizeof r->plate_text, &t);
	if (hl_plate_parse(&r->plate, t.s, t.n, NULL) != HL_OK)
		r->plate = (struct hl_plate){ 0 };
	return true;
}

static bool take_region(struct scan *s)
{
	struct hl_lex_text t;
	if (!clean_text(&s->x, &t))
		return false;
	if (t.n < sizeof s->r->region)
		keep(&s->x, s->r->region, sizeof s->r->region, &t);
	else
		hl_native_set_region(s->r, t.s, t.n);
	return true;
}

/* A URL that was cut leads nowhere: one too long is left out. */
static bool take_image(struct scan *s)
{
	struct hl_lex_text t;
	if (!clean_text(&s->x, &t))
		return false;
	if (t.n < sizeof s->r->image)
		keep(&s->x, s->r->image, sizeof s->r->image, &t);
	return true;
}

static bool take_seq(struct scan *s)
{
	struct hl_lex_number v;
	if (!hl_lex_number(&s->x, &v) || !v.whole || v.i < 0)
		return false;
	s->r->seq = v.i;
	return true;
}

/* ---- objects and lists ---- */

static bool vehicle_member(struct hl_lex *x, const struct hl_lex_text *key, struct hl_vehicle_text *v)
{
	char *dst = NULL;
	if (key->n == 4)
		dst = IS(key->s, "type") ? v->type : IS(key->s, "make") ? v->make : NULL;
	else if (key->n == 5)
		dst = IS(key->s, "model") ? v->model : IS(key->s, "color") ? v->color : NULL;
	if (!dst)
		return hl_lex_skip(x);
	return *x->p == 'n' ? hl_lex_null(x) : take_text(x, dst, sizeof v->type, true);
}

static bool take_vehicle(struct scan *s)
{
	struct hl_lex *x = &s->x;
	unsigned from = x->n_keys;
	struct hl_lex_text key;
	bool bad = false;
	if (!hl_lex_take(x, '{'))
		return false;
	if (hl_lex_take(x, '}'))
		return true;
	do {
		if (!hl_lex_key(x, &key) || !hl_lex_new_key(x, from, &key) || !vehicle_member(x, &key, &s->r->vehicle))
			return false;
	} while (hl_lex_more(x, '}', &bad));
	x->n_keys = from;
	return !bad;
}

struct candidate {
	struct hl_plate plate;
	bool has_plate, usable;
	double confidence;
};

/* The plate is read at once: what a string was decoded into does not outlive the next one. */
static bool candidate_member(struct hl_lex *x, const struct hl_lex_text *key, struct candidate *c)
{
	struct hl_lex_text t;
	if (key->n == 10 && IS(key->s, "confidence"))
		return *x->p == 'n' ? hl_lex_null(x) : take_number(x, 0, 1, &c->confidence);
	if (key->n != 5 || !IS(key->s, "plate"))
		return hl_lex_skip(x);
	if (!clean_text(x, &t))
		return false;
	c->has_plate = true;
	c->usable = hl_plate_parse(&c->plate, t.s, t.n, NULL) == HL_OK;
	return true;
}

static bool take_candidate(struct scan *s)
{
	struct hl_lex *x = &s->x;
	struct candidate c = { .confidence = -1 };
	unsigned from = x->n_keys;
	struct hl_lex_text key;
	bool bad = false;
	if (!hl_lex_take(x, '{'))
		return false;
	do {
		if (!hl_lex_key(x, &key) || !hl_lex_new_key(x, from, &key) || !candidate_member(x, &key, &c))
			return false;
	} while (hl_lex_more(x, '}', &bad));
	x->n_keys = from;
	if (c.usable)
		hl_read_add_candidate_plate(s->r, &c.plate, c.confidence);
	return c.has_plate && !bad;
}

static bool candidates_now(struct scan *s)
{
	bool bad = false;
	if (!hl_lex_take(&s->x, '['))
		return false;
	if (hl_lex_take(&s->x, ']'))
		return true;
	do {
		if (!take_candidate(s))
			return false;
	} while (hl_lex_more(&s->x, ']', &bad));
	return !bad;
}

/* Needs the plate. */
static bool take_candidates(struct scan *s)
{
	if (s->seen & 1u << PLATE)
		return candidates_now(s);
	s->candidates = hl_lex_here(&s->x);
	return hl_lex_skip(&s->x);
}

/* ["A",0.97] */
static bool take_symbol(struct hl_lex *x, struct hl_read_slot *slot)
{
	struct hl_lex_text t;
	struct hl_plate one = { 0 };
	double p;
	if (!hl_lex_take(x, '[') || !hl_lex_text(x, &t))
		return false;
	if (t.plain && t.n == 1) {
		int code = hl_sym_code(*t.s);
		one.len = code >= 0;
		one.sym[0] = (uint8_t)(code >= 0 ? code : 0);
	} else if (hl_plate_parse(&one, t.s, t.n, NULL) != HL_OK) {
		one.len = 0;
	}
	if (!hl_lex_take(x, ',') || !take_number(x, 0, 1, &p) || !hl_lex_take(x, ']'))
		return false;
	if (one.len == 1)
		hl_native_add_symbol(slot, one.sym[0], p);
	return true;
}

static bool take_slot(struct hl_lex *x, struct hl_read_slot *slot)
{
	bool bad = false;
	slot->n = 0;
	if (!hl_lex_take(x, '['))
		return false;
	if (hl_lex_take(x, ']'))
		return true;
	do {
		if (!take_symbol(x, slot))
			return false;
	} while (hl_lex_more(x, ']', &bad));
	return !bad;
}

/* More slots than a plate has symbols describe no plate: then none is kept, but all are checked. */
static bool take_chars(struct scan *s)
{
	struct hl_read *r = s->r;
	struct hl_read_slot spare;
	bool bad = false, over = false;
	if (!hl_lex_take(&s->x, '['))
		return false;
	if (hl_lex_take(&s->x, ']'))
		return true;
	do {
		bool full = r->n_slots == HL_SLOTS_MAX;
		struct hl_read_slot *slot = full ? &spare : &r->slot[r->n_slots];
		if (!take_slot(&s->x, slot))
			return false;
		over = over || (full && slot->n);
		r->n_slots += !full && slot->n;
	} while (hl_lex_more(&s->x, ']', &bad));
	if (over)
		r->n_slots = 0;
	return !bad;
}

/* ---- the whole ---- */

#define TEXT(member) .offset = offsetof(struct hl_read, member), .size = sizeof((struct hl_read *)0)->member
#define RANGE(member, low, high) .kind = NUMBER, .offset = offsetof(struct hl_read, member), .min = low, .max = high

static const struct row rows[ROWS] = {
	[ID] = { .kind = WHOLE, TEXT(id) },
	[CAMERA] = { .kind = CUSTOM, .custom = take_camera, .required = true },
	[SITE] = { .kind = CUT, TEXT(site) },
	[TIME] = { .kind = CUSTOM, .custom = take_time, .required = true },
	[PLATE] = { .kind = CUSTOM, .custom = take_plate, .required = true },
	[CONFIDENCE] = { RANGE(confidence, 0, 1) },
	[CHARS] = { .kind = CUSTOM, .custom = take_chars },
	[CANDIDATES] = { .kind = CUSTOM, .custom = take_candidates },
	[REGION] = { .kind = CUSTOM, .custom = take_region },
	[REGION_CONFIDENCE] = { RANGE(region_confidence, 0, 1) },
	[VEHICLE_ID] = { .kind = WHOLE, TEXT(vehicle_id) },
	[LAT] = { RANGE(lat, -90, 90) },
	[LON] = { RANGE(lon, -180, 180) },
	[HEADING] = { RANGE(heading, 0, 360) },
	[VEHICLE] = { .kind = CUSTOM, .custom = take_vehicle },
	[IMAGE] = { .kind = CUSTOM, .custom = take_image },
	[SEQ] = { .kind = CUSTOM, .custom = take_seq },
};

/* By length first: at most three keys share one. */
static unsigned row_of(const char *s, size_t n)
{
	switch (n) {
	case 2:
		return IS(s, "id") ? ID : ROWS;
	case 3:
		return IS(s, "seq") ? SEQ : IS(s, "lat") ? LAT : IS(s, "lon") ? LON : ROWS;
	case 4:
		return IS(s, "time") ? TIME : IS(s, "site") ? SITE : ROWS;
	case 5:
		return IS(s, "plate") ? PLATE : IS(s, "chars") ? CHARS : IS(s, "image") ? IMAGE : ROWS;
	case 6:
		return IS(s, "camera") ? CAMERA : IS(s, "region") ? REGION : ROWS;
	case 7:
		return IS(s, "vehicle") ? VEHICLE : IS(s, "heading") ? HEADING : ROWS;
	case 10:
		return IS(s, "confidence") ? CONFIDENCE : IS(s, "candidates") ? CANDIDATES : IS(s, "vehicle_id") ? VEHICLE_ID : ROWS;
	case 17:
		return IS(s, "region_confidence") ? REGION_CONFIDENCE : ROWS;
	default:
		return ROWS;
	}
}

static bool take_row(struct scan *s, const struct row *row)
{
	char *at = (char *)s->r + row->offset;
	switch (row->kind) {
	case WHOLE:
	case CUT:
		return take_text(&s->x, at, row->size, row->kind == CUT);
	case NUMBER:
		return take_number(&s->x, row->min, row->max, (double *)(void *)at);
	case CUSTOM:
		break;
	}
	return row->custom(s);
}

static bool take_member(struct scan *s)
{
	struct hl_lex_text key;
	if (!hl_lex_key(&s->x, &key))
		return false;
	unsigned i = row_of(key.s, key.n);
	if (i == ROWS)
		return hl_lex_new_key(&s->x, 0, &key) && hl_lex_skip(&s->x);
	if (s->met & 1u << i)
		return false;
	s->met |= 1u << i;
	if (*s->x.p == 'n')
		return !rows[i].required && hl_lex_null(&s->x);
	s->seen |= 1u << i;
	return take_row(s, &rows[i]);
}

/* All keys are there: what depends on more than one of them. */
static bool finish(struct scan *s)
{
	const uint32_t required = 1u << CAMERA | 1u << TIME | 1u << PLATE;
	bool lat = s->seen & 1u << LAT, lon = s->seen & 1u << LON;
	if ((s->seen & required) != required || lat != lon)
		return false;
	s->r->has_position = lat;
	if (!s->candidates.p)
		return true;
	hl_lex_go(&s->x, s->candidates);
	return candidates_now(s);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool hl_read_scan(const char *data, size_t n, struct hl_read *r)
{
	struct scan s;
	if (n >= HL_READ_OBJECT_MAX)
		return false;
	while (n && is_blank(data[n - 1]))
		n--;
	if (n < 2 || data[n - 1] != '}')
		return false;
	hl_read_init(r);
	hl_lex_init(&s.x, data, n);
	s.r = r;
	s.met = s.seen = 0;
	s.candidates.p = NULL;
	if (!hl_lex_take(&s.x, '{'))
		return false;
	do {
		if (!take_member(&s))
			return false;
	} while (hl_lex_take(&s.x, ','));
	return s.x.p == s.x.end && finish(&s);
}
