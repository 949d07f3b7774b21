/* read_scan.c: see read_scan.h. The keys of read_native.c's table, taken in the order in which they stand. What is not plainly right is left to jansson: so
 * there is one place that says what is wrong, and a doubt here costs time, never a read. Pure; any thread.
 */
#include "format/read_scan.h"
#include "base/mem.h"
#include "base/text.h"
#include "format/read_hint.h"
#include "format/read_lex.h"
#include "format/reads.h"

struct scan {
	struct hl_lex x;
	struct hl_read *r;
	uint32_t met, null;     /* by row: the key stood there; without a value */
	const char *candidates; /* met before the plate: read again at the end; NULL: none */
};

enum kind { WHOLE, CUT, CUSTOM_TEXT, NUMBER, CUSTOM }; /* the first three: nearly always a text */

struct row {
	enum kind kind;
	bool required;
	uint16_t offset, size;
	double min, max;
	bool (*custom)(struct scan *s);
	bool (*then)(struct hl_read *r, const char *s, size_t n); /* what becomes of a text besides; false: jansson has to look */
};

enum {
	ID, CAMERA, SITE, TIME, PLATE, CONFIDENCE, CHARS, CANDIDATES, REGION, REGION_CONFIDENCE, VEHICLE_ID, LAT, LON, HEADING, VEHICLE, IMAGE, SEQ,
	TYPE, MAKE, MODEL, COLOR, /* of the vehicle */
	ROWS,
	/* Where a member is not one of these. */
	BEGIN = ROWS, UNKNOWN, VEHICLE_BEGIN, VEHICLE_UNKNOWN, PLACES, END, FAULT
};

#define KNOWN ((UINT32_C(1) << ROWS) - 1)

/* By the row of the value before. Each thread has its own; nothing in them changes what a read is, only how soon it is known. */
static _Thread_local struct hl_hint hints[PLACES];

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

static bool take_text(struct scan *s, const struct row *row)
{
	struct hl_lex_text t;
	if (!clean_text(&s->x, &t) || (t.n >= row->size && row->kind == WHOLE))
		return false;
	keep(&s->x, (char *)s->r + row->offset, row->size, &t);
	return !row->then || row->then(s->r, t.s, t.n);
}

static bool take_number(struct hl_lex *x, double min, double max, double *out)
{
	struct hl_lex_number v;
	const char *behind = hl_lex_decimal(x, x->p, &v.d);
	if (behind)
		x->p = behind;
	else if (!hl_lex_number(x, &v))
		return false;
	*out = v.d;
	return v.d >= min && v.d <= max;
}

static bool then_camera(struct hl_read *r, const char *s, size_t n)
{
	return hl_text_is_name(s, n, sizeof r->camera - 1);
}

static bool then_time(struct hl_read *r, const char *s, size_t n)
{
	return hl_time_parse(s, n, &r->time_ms);
}

static bool then_plate(struct hl_read *r, const char *s, size_t n)
{
	if (hl_plate_parse(&r->plate, s, n, NULL) != HL_OK)
		r->plate = (struct hl_plate){ 0 };
	return n > 0;
}

static bool take_time(struct scan *s)
{
	struct hl_lex_text t;
	struct hl_lex_number v;
	if (*s->x.p == '"')
		return hl_lex_text(&s->x, &t) && then_time(s->r, t.s, t.n);
	return hl_lex_number(&s->x, &v) && hl_native_epoch(v.whole, v.whole ? v.i : 0, v.d, &s->r->time_ms);
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

static bool take_members(struct scan *s, unsigned at);

static bool take_vehicle(struct scan *s)
{
	return take_members(s, VEHICLE_BEGIN) && hl_lex_take(&s->x, '}');
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
	if (s->met & 1u << PLATE)
		return candidates_now(s);
	s->candidates = s->x.p;
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
	[CAMERA] = { .kind = WHOLE, TEXT(camera), .then = then_camera, .required = true },
	[SITE] = { .kind = CUT, TEXT(site) },
	[TIME] = { .kind = CUSTOM_TEXT, .custom = take_time, .then = then_time, .required = true },
	[PLATE] = { .kind = WHOLE, TEXT(plate_text), .then = then_plate, .required = true },
	[CONFIDENCE] = { RANGE(confidence, 0, 1) },
	[CHARS] = { .kind = CUSTOM, .custom = take_chars },
	[CANDIDATES] = { .kind = CUSTOM, .custom = take_candidates },
	[REGION] = { .kind = CUSTOM_TEXT, TEXT(region), .custom = take_region },
	[REGION_CONFIDENCE] = { RANGE(region_confidence, 0, 1) },
	[VEHICLE_ID] = { .kind = WHOLE, TEXT(vehicle_id) },
	[LAT] = { RANGE(lat, -90, 90) },
	[LON] = { RANGE(lon, -180, 180) },
	[HEADING] = { RANGE(heading, 0, 360) },
	[VEHICLE] = { .kind = CUSTOM, .custom = take_vehicle },
	[IMAGE] = { .kind = CUSTOM_TEXT, TEXT(image), .custom = take_image },
	[SEQ] = { .kind = CUSTOM, .custom = take_seq },
	[TYPE] = { .kind = CUT, TEXT(vehicle.type) },
	[MAKE] = { .kind = CUT, TEXT(vehicle.make) },
	[MODEL] = { .kind = CUT, TEXT(vehicle.model) },
	[COLOR] = { .kind = CUT, TEXT(vehicle.color) },
};

/* By length first: at most three keys share one. */
static unsigned row_of(const char *s, size_t n)
{
	switch (n) {
	case 2:
		return IS(s, "id") ? ID : UNKNOWN;
	case 3:
		return IS(s, "seq") ? SEQ : IS(s, "lat") ? LAT : IS(s, "lon") ? LON : UNKNOWN;
	case 4:
		return IS(s, "time") ? TIME : IS(s, "site") ? SITE : UNKNOWN;
	case 5:
		return IS(s, "plate") ? PLATE : IS(s, "chars") ? CHARS : IS(s, "image") ? IMAGE : UNKNOWN;
	case 6:
		return IS(s, "camera") ? CAMERA : IS(s, "region") ? REGION : UNKNOWN;
	case 7:
		return IS(s, "vehicle") ? VEHICLE : IS(s, "heading") ? HEADING : UNKNOWN;
	case 10:
		return IS(s, "confidence") ? CONFIDENCE : IS(s, "candidates") ? CANDIDATES : IS(s, "vehicle_id") ? VEHICLE_ID : UNKNOWN;
	case 17:
		return IS(s, "region_confidence") ? REGION_CONFIDENCE : UNKNOWN;
	default:
		return UNKNOWN;
	}
}

static unsigned vehicle_row_of(const char *s, size_t n)
{
	if (n == 4)
		return IS(s, "type") ? TYPE : IS(s, "make") ? MAKE : VEHICLE_UNKNOWN;
	if (n == 5)
		return IS(s, "model") ? MODEL : IS(s, "color") ? COLOR : VEHICLE_UNKNOWN;
	return VEHICLE_UNKNOWN;
}

/* ---- members ---- */

/* From behind the value of `at` to the next one: its row, UNKNOWN, END before the closing brace, or FAULT. from: this object's first key of x.key. */
static unsigned next_key(struct scan *s, unsigned at, unsigned from)
{
	struct hl_lex *x = &s->x;
	const char *begin = x->p;
	bool first = at == BEGIN || at == VEHICLE_BEGIN, vehicle = at >= TYPE && at != BEGIN && at != UNKNOWN;
	struct hl_lex_text key;
	if (!hl_lex_take(x, first ? '{' : ','))
		return first ? FAULT : END;
	if (first && *x->p == '}')
		return END;
	if (!hl_lex_key(x, &key))
		return FAULT;
	unsigned row = (vehicle ? vehicle_row_of : row_of)(key.s, key.n);
	if (row >= ROWS)
		return hl_lex_new_key(x, from, &key) ? row : FAULT;
	hl_hint_set(&hints[at], begin, x->p, row);
	return row;
}

/* The text at p, where it is short: the place behind it, NULL where take_row has to look. It is moved in pieces that do not depend on its length, which is
 * hard to foresee; what they leave behind the NUL means nothing. */
static inline const char *quick_text(struct scan *s, const char *p, const struct row *row)
{
	char *dst = (char *)s->r + row->offset;
	uint64_t bits = hl_lex_quotes(&s->x, ++p);
	if (!bits || p[-1] != '"')
		return NULL;
	size_t n = (size_t)__builtin_ctzll(bits), size = row->size;
	if (size) {
		if (n >= 32 && n < size)
			memcpy(dst, p, n);
		else if (n < 32 && size >= 32)
			memcpy(dst, p, 32);
		else if (n < 16 && size >= 16)
			memcpy(dst, p, 16);
		else
			return NULL;
		dst[n] = 0;
	}
	return !row->then || row->then(s->r, p, n) ? p + n + 1 : NULL;
}

static inline const char *quick_value(struct scan *s, const char *p, unsigned i)
{
	const struct row *row = &rows[i];
	double d;
	if (row->kind <= CUSTOM_TEXT)
		return p < s->x.quick ? quick_text(s, p, row) : NULL;
	if (row->kind != NUMBER || !(p = hl_lex_decimal(&s->x, p, &d)) || !(d >= row->min && d <= row->max))
		return NULL;
	memcpy((char *)s->r + row->offset, &d, sizeof d);
	return p;
}

static bool take_row(struct scan *s, const struct row *row)
{
	char *at = (char *)s->r + row->offset;
	switch (row->kind) {
	case WHOLE:
	case CUT:
		return take_text(s, row);
	case NUMBER:
		return take_number(&s->x, row->min, row->max, (double *)(void *)at);
	case CUSTOM_TEXT:
	case CUSTOM:
		break;
	}
	return row->custom(s);
}

static bool take_value(struct scan *s, unsigned row)
{
	if (row >= ROWS)
		return hl_lex_skip(&s->x);
	if (*s->x.p == 'n') {
		s->null |= 1u << row;
		return !rows[row].required && hl_lex_null(&s->x);
	}
	return take_row(s, &rows[row]);
}

/* The members of an object, up to its closing brace. */
static bool take_members(struct scan *s, unsigned at)
{
	unsigned from = s->x.n_keys;
	const char *p = s->x.p;
	for (;;) {
		const char *value = hl_hint_at(&hints[at], p, s->x.end);
		if (value) {
			at = hints[at].row;
		} else {
			s->x.p = p;
			at = next_key(s, at, from);
			value = s->x.p;
		}
		if (at >= PLACES)
			break;
		uint32_t bit = 1u << at;
		if (s->met & bit & KNOWN)
			return false;
		s->met |= bit;
		if (at < ROWS && (p = quick_value(s, value, at)))
			continue;
		s->x.p = value;
		if (!take_value(s, at))
			return false;
		p = s->x.p;
	}
	s->x.n_keys = from;
	return at == END;
}

/* All keys are there: what depends on more than one of them. */
static bool finish(struct scan *s)
{
	const uint32_t required = 1u << CAMERA | 1u << TIME | 1u << PLATE;
	uint32_t seen = s->met & ~s->null;
	bool lat = seen & 1u << LAT, lon = seen & 1u << LON;
	if ((seen & required) != required || lat != lon)
		return false;
	s->r->has_position = lat;
	if (!s->candidates)
		return true;
	s->x.p = s->candidates;
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
	s.met = s.null = 0;
	s.candidates = NULL;
	return take_members(&s, BEGIN) && s.x.p == s.x.end && finish(&s);
}
