/* read_native.c: the project's own read, one JSON object (contract.md, A read on the wire; doc/reads.md is its manual). Strict: what a known key holds must be
 * what it should be; unknown keys are ignored. One table row a key. Any thread; nothing is kept between calls.
 *
 * Identity (id, camera, plate, vehicle_id) is never cut: too long is a fault. Words that only describe (site, vehicle) are cut to their room, since a
 * hit must not be lost over a long name of a model.
 *
 * Most reads never come to jansson: read_scan.c takes those in which nothing is odd, several times as fast, and leaves all others to what stands here. This
 * is also the judge that tests and fuzzing hold the scanner against.
 */
#include "format/read_native.h"
#include "base/text.h"
#include "core/vehicle.h"
#include "format/read_scan.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum kind { WHOLE, CUT, NUMBER, CUSTOM };

struct take {
	struct hl_read *r;
	const char *data; /* for places of faults; NULL: there are none */
	size_t n;
	bool stored; /* a read of ours, kept in an alert: what it lacks, it lacked before */
	struct hl_err *err;
};

struct row {
	const char *name;
	enum kind kind;
	size_t offset, size; /* WHOLE, CUT: a text of size bytes. NUMBER: a double */
	double min, max;
	enum hl_code (*custom)(struct take *t, json_t *v);
	bool required;
};

/* The byte after the string that begins at s[i]; s is known to be JSON. */
static size_t string_end(const char *s, size_t n, size_t i)
{
	for (i++; i < n && s[i] != '"'; i++)
		i += s[i] == '\\';
	return i < n ? i + 1 : n;
}

/* Where the value of a top-level member begins: looked for only once there is a fault to report. 0 where its key is written with escapes. */
static size_t value_at(const char *s, size_t n, const char *key)
{
	size_t len = strcspn(key, ".["), depth = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"') {
			size_t end = string_end(s, n, i), after = end;
			bool same = depth == 1 && end - i == len + 2 && !memcmp(s + i + 1, key, len);
			after += strspn(s + after, " \t\r\n");
			if (same && s[after] == ':')
				return after + 1 + strspn(s + after + 1, " \t\r\n");
			i = end - 1;
		}
		depth += s[i] == '{' || s[i] == '[';
		depth -= s[i] == '}' || s[i] == ']';
	}
	return 0;
}

static void place(const char *s, size_t at, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < at; i++) {
		*column = s[i] == '\n' ? 1 : *column + 1;
		*line += s[i] == '\n';
	}
}

/* What stands there, in words. A plate is never quoted: this text may reach a log. */
static void describe(const char *key, json_t *v, char *dst, size_t size)
{
	static const char *const words[] = { [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_TRUE] = "true", [JSON_FALSE] = "false", [JSON_NULL] = "null" };
	size_t n = json_is_string(v) ? json_string_length(v) : 0;
	if (json_is_string(v) && (n > 40 || strstr(key, "plate") || strstr(key, "candidates") || strstr(key, "chars")))
		snprintf(dst, size, "a text of %zu bytes", n);
	else if (json_is_string(v))
		snprintf(dst, size, "\"%s\"", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(dst, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		snprintf(dst, size, "%.9g", json_real_value(v));
	else
		snprintf(dst, size, "%s", words[json_typeof(v)]);
}

/* v NULL: the key is missing. */
static enum hl_code wrong(struct take *t, const char *key, json_t *v, const char *expected)
{
	unsigned line, column;
	char found[80] = "nothing";
	if (v)
		describe(key, v, found, sizeof found);
	line = column = 0;
	if (t->data)
		place(t->data, value_at(t->data, t->n, key), &line, &column);
	return hl_err_at(t->err, HL_E_INPUT, line, column, "%s: found %s, expected %s", key, found, expected);
}

bool hl_native_has_control(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < n && (unsigned char)s[i + 1] < 0xa0))
			return true;
	}
	return false;
}

static enum hl_code take_text(struct take *t, const char *key, json_t *v, char *dst, size_t size, bool cut)
{
	char expected[64];
	if (!json_is_string(v))
		return wrong(t, key, v, "a string");
	const char *s = json_string_value(v);
	size_t n = json_string_length(v);
	if (hl_native_has_control(s, n))
		return wrong(t, key, v, "text without control characters");
	if (hl_copy_n(dst, size, s, n) || cut)
		return HL_OK;
	snprintf(expected, sizeof expected, "at most %zu bytes", size - 1);
	return wrong(t, key, v, expected);
}

static enum hl_code take_number(struct take *t, const char *key, json_t *v, double min, double max, double *out)
{
	char expected[64];
	double d = json_number_value(v);
	if (json_is_number(v) && d >= min && d <= max) {
		*out = d;
		return HL_OK;
	}
	snprintf(expected, sizeof expected, "a number from %g to %g", min, max);
	return wrong(t, key, v, expected);
}

static enum hl_code take_camera(struct take *t, json_t *v)
{
	enum hl_code code = take_text(t, "camera", v, t->r->camera, sizeof t->r->camera, false);
	if (code == HL_OK && !t->stored && !hl_text_is_name(t->r->camera, strlen(t->r->camera), HL_READ_NAME - 1))
		return wrong(t, "camera", v, "a name: letters, digits, _ . -, not beginning with . or -");
	return code;
}

bool hl_native_epoch(bool whole, int64_t i, double d, int64_t *ms)
{
	const double border = 1e11, last = 4102444800000.0; /* the year 2100 */
	if (!(d >= 0 && d < last))
		return false;
	if (whole)
		*ms = i * (d < border ? 1000 : 1);
	else
		*ms = (int64_t)(d < border ? llround(d * 1000) : llround(floor(d)));
	return (double)*ms < last;
}

static enum hl_code take_time(struct take *t, json_t *v)
{
	if (json_is_string(v) && hl_time_parse(json_string_value(v), json_string_length(v), &t->r->time_ms))
		return HL_OK;
	if (json_is_number(v) && hl_native_epoch(json_is_integer(v), json_integer_value(v), json_number_value(v), &t->r->time_ms))
		return HL_OK;
	return wrong(t, "time", v, "RFC 3339 with an offset (2026-11-23T10:00:00Z), or seconds or milliseconds since 1970");
}

static enum hl_code take_plate(struct take *t, json_t *v)
{
	struct hl_read *r = t->r;
	enum hl_code code = take_text(t, "plate", v, r->plate_text, sizeof r->plate_text, false);
	if (code == HL_OK && !t->stored && !r->plate_text[0])
		return wrong(t, "plate", v, "1 byte or more");
	/* A text that is no plate is still a read: it matches nothing. */
	if (code == HL_OK && hl_plate_parse(&r->plate, r->plate_text, json_string_length(v), NULL) != HL_OK)
		r->plate = (struct hl_plate){ 0 };
	return code;
}

static enum hl_code take_candidate(struct take *t, size_t i, json_t *v)
{
	char key[48];
	double confidence = -1;
	json_t *plate = json_object_get(v, "plate"), *c = json_object_get(v, "confidence");
	snprintf(key, sizeof key, "candidates[%zu]", i);
	if (!json_is_object(v))
		return wrong(t, key, v, "an object with plate and confidence");
	snprintf(key, sizeof key, "candidates[%zu].plate", i);
	if (!json_is_string(plate))
		return wrong(t, key, plate, "a string");
	if (hl_native_has_control(json_string_value(plate), json_string_length(plate)))
		return wrong(t, key, plate, "text without control characters");
	snprintf(key, sizeof key, "candidates[%zu].confidence", i);
	if (c && !json_is_null(c) && take_number(t, key, c, 0, 1, &confidence) != HL_OK)
		return HL_E_INPUT;
	hl_read_add_candidate(t->r, json_string_value(plate), json_string_length(plate), confidence);
	return HL_OK;
}

/* Needs the plate: called after all other keys. */
static enum hl_code take_candidates(struct take *t, json_t *v)
{
	if (!json_is_array(v))
		return wrong(t, "candidates", v, "an array");
	for (size_t i = 0; i < json_array_size(v); i++)
		if (take_candidate(t, i, json_array_get(v, i)) != HL_OK)
			return HL_E_INPUT;
	return HL_OK;
}

void hl_native_add_symbol(struct hl_read_slot *slot, uint8_t sym, double p)
{
	unsigned at = slot->n;
	if (at == HL_SLOT_SYMBOLS) {
		at = 0;
		for (unsigned i = 1; i < HL_SLOT_SYMBOLS; i++)
			at = slot->p[i] < slot->p[at] ? i : at;
		if (p <= (double)slot->p[at])
			return;
	} else {
		slot->n++;
	}
	slot->sym[at] = sym;
	slot->p[at] = (float)p;
}

static enum hl_code take_slot(struct take *t, size_t i, json_t *v, struct hl_read_slot *slot)
{
	char key[48];
	double p;
	snprintf(key, sizeof key, "chars[%zu]", i);
	*slot = (struct hl_read_slot){ 0 };
	if (!json_is_array(v))
		return wrong(t, key, v, "an array of [symbol, probability]");
	for (size_t k = 0; k < json_array_size(v); k++) {
		json_t *pair = json_array_get(v, k), *sym = json_array_get(pair, 0);
		struct hl_plate one;
		if (!json_is_array(pair) || json_array_size(pair) != 2 || !json_is_string(sym))
			return wrong(t, key, pair, "[symbol, probability], the symbol a string");
		if (take_number(t, key, json_array_get(pair, 1), 0, 1, &p) != HL_OK)
			return HL_E_INPUT;
		/* Padding, a dash and the like are no symbols of a normal form. */
		if (hl_plate_parse(&one, json_string_value(sym), json_string_length(sym), NULL) == HL_OK && one.len == 1)
			hl_native_add_symbol(slot, one.sym[0], p);
	}
	return HL_OK;
}

/* More slots than a plate has symbols describe no plate: then none is kept, but all are checked. */
static enum hl_code take_chars(struct take *t, json_t *v)
{
	struct hl_read *r = t->r;
	bool over = false;
	if (!json_is_array(v))
		return wrong(t, "chars", v, "an array with one array a symbol");
	for (size_t i = 0; i < json_array_size(v); i++) {
		struct hl_read_slot slot;
		if (take_slot(t, i, json_array_get(v, i), &slot) != HL_OK)
			return HL_E_INPUT;
		if (!slot.n)
			continue;
		over = over || r->n_slots == HL_SLOTS_MAX;
		if (!over)
			r->slot[r->n_slots++] = slot;
	}
	if (over)
		r->n_slots = 0;
	return HL_OK;
}

void hl_native_set_region(struct hl_read *r, const char *s, size_t n)
{
	char text[64];
	hl_copy_n(text, sizeof text, s, n);
	if (!hl_copy(r->region, sizeof r->region, text))
		hl_state_canon(text, r->region);
}

static enum hl_code take_region(struct take *t, json_t *v)
{
	char text[64];
	enum hl_code code = take_text(t, "region", v, text, sizeof text, true);
	if (code == HL_OK)
		hl_native_set_region(t->r, text, strlen(text));
	return code;
}

static enum hl_code take_vehicle(struct take *t, json_t *v)
{
	struct hl_vehicle_text *x = &t->r->vehicle;
	const struct { const char *key, *full; char *dst; } part[] = {
		{ "type", "vehicle.type", x->type },
		{ "make", "vehicle.make", x->make },
		{ "model", "vehicle.model", x->model },
		{ "color", "vehicle.color", x->color },
	};
	if (!json_is_object(v))
		return wrong(t, "vehicle", v, "an object");
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		json_t *p = json_object_get(v, part[i].key);
		if (p && !json_is_null(p) && take_text(t, part[i].full, p, part[i].dst, sizeof x->type, true) != HL_OK)
			return HL_E_INPUT;
	}
	return HL_OK;
}

/* A URL that was cut leads nowhere: one too long is left out. */
static enum hl_code take_image(struct take *t, json_t *v)
{
	enum hl_code code = take_text(t, "image", v, t->r->image, sizeof t->r->image, true);
	if (code == HL_OK && json_string_length(v) >= sizeof t->r->image)
		t->r->image[0] = 0;
	return code;
}

static enum hl_code take_seq(struct take *t, json_t *v)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return wrong(t, "seq", v, "a whole number, 0 or more");
	t->r->seq = json_integer_value(v);
	return HL_OK;
}

#define TEXT(member) .offset = offsetof(struct hl_read, member), .size = sizeof((struct hl_read *)0)->member
#define RANGE(member, low, high) .kind = NUMBER, .offset = offsetof(struct hl_read, member), .min = low, .max = high

enum { ROW_CANDIDATES = 7, ROW_LAT = 11, ROW_LON = 12 };

static const struct row rows[] = {
	{ "id", .kind = WHOLE, TEXT(id) },
	{ "camera", .kind = CUSTOM, .custom = take_camera, .required = true },
	{ "site", .kind = CUT, TEXT(site) },
	{ "time", .kind = CUSTOM, .custom = take_time, .required = true },
	{ "plate", .kind = CUSTOM, .custom = take_plate, .required = true },
	{ "confidence", RANGE(confidence, 0, 1) },
	{ "chars", .kind = CUSTOM, .custom = take_chars },
	[ROW_CANDIDATES] = { "candidates", .kind = CUSTOM, .custom = take_candidates },
	{ "region", .kind = CUSTOM, .custom = take_region },
	{ "region_confidence", RANGE(region_confidence, 0, 1) },
	{ "vehicle_id", .kind = WHOLE, TEXT(vehicle_id) },
	[ROW_LAT] = { "lat", RANGE(lat, -90, 90) },
	[ROW_LON] = { "lon", RANGE(lon, -180, 180) },
	{ "heading", RANGE(heading, 0, 360) },
	{ "vehicle", .kind = CUSTOM, .custom = take_vehicle },
	{ "image", .kind = CUSTOM, .custom = take_image },
	{ "seq", .kind = CUSTOM, .custom = take_seq },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static size_t row_of(const char *key)
{
	size_t i = 0;
	while (i < ROWS && (rows[i].name[0] != key[0] || strcmp(rows[i].name, key)))
		i++;
	return i;
}

static enum hl_code take_row(struct take *t, const struct row *row, json_t *v)
{
	char *at = (char *)t->r + row->offset;
	switch (row->kind) {
	case WHOLE:
	case CUT:
		return take_text(t, row->name, v, at, row->size, row->kind == CUT);
	case NUMBER:
		return take_number(t, row->name, v, row->min, row->max, (double *)(void *)at);
	case CUSTOM:
		break;
	}
	return row->custom(t, v);
}

static enum hl_code take_all(struct take *t, json_t *root)
{
	json_t *seen[ROWS + 1] = { 0 };
	for (void *it = json_object_iter(root); it; it = json_object_iter_next(root, it)) {
		json_t *v = json_object_iter_value(it);
		size_t i = row_of(json_object_iter_key(it));
		if (i == ROWS || (json_is_null(v) && !rows[i].required))
			continue;
		seen[i] = v;
		if (i != ROW_CANDIDATES && take_row(t, &rows[i], v) != HL_OK)
			return HL_E_INPUT;
	}
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].required && !seen[i] && !t->stored)
			return wrong(t, rows[i].name, NULL, "a value: camera, time and plate are required");
	if (!seen[ROW_LAT] != !seen[ROW_LON])
		return wrong(t, seen[ROW_LAT] ? "lon" : "lat", NULL, "both lat and lon, or neither");
	t->r->has_position = seen[ROW_LAT];
	return seen[ROW_CANDIDATES] ? take_candidates(t, seen[ROW_CANDIDATES]) : HL_OK;
}

/* jansson's words without the bytes it quotes (they may be a plate), except for the name of a key that stands twice. */
static enum hl_code not_json(const char *data, size_t n, const json_error_t *e, struct hl_err *err)
{
	unsigned line, column;
	const char *near = strstr(e->text, " near '");
	int len = near && json_error_code(e) != json_error_duplicate_key ? (int)(near - e->text) : (int)strlen(e->text);
	size_t at = e->position > 0 ? (size_t)e->position - 1 : 0;
	place(data, at < n ? at : n, &line, &column);
	return hl_err_at(err, HL_E_INPUT, line, column, "not JSON: %.*s", len, e->text);
}

enum hl_code hl_read_native_members(struct hl_read *r, struct json_t *object, struct hl_err *err)
{
	struct take t = { .r = r, .stored = true, .err = err };
	hl_read_init(r);
	return take_all(&t, object);
}

static enum hl_code has_nul(const char *data, size_t n, struct hl_err *err)
{
	unsigned line, column;
	place(data, (size_t)((const char *)memchr(data, 0, n) - data), &line, &column);
	return hl_err_at(err, HL_E_INPUT, line, column, "not JSON: found a NUL byte");
}

static enum hl_code judge(const char *data, size_t n, struct hl_read *r, struct hl_err *err)
{
	struct take t = { .r = r, .data = data, .n = n, .err = err };
	json_error_t e;
	hl_read_init(r);
	if (n > HL_READ_OBJECT_MAX)
		return hl_err_at(err, HL_E_LIMIT, 1, 1, "read: found %zu bytes, expected at most %d", n, HL_READ_OBJECT_MAX);
	/* jansson skips a NUL that follows a number. */
	if (memchr(data, 0, n))
		return has_nul(data, n, err);
	json_t *root = json_loadb(data, n, JSON_REJECT_DUPLICATES, &e);
	if (!root)
		return not_json(data, n, &e, err);
	enum hl_code code = HL_E_INPUT;
	if (json_is_object(root))
		code = take_all(&t, root);
	else
		hl_err_at(err, code, 1, 1, "read: found an array, expected an object");
	json_decref(root);
	return code;
}

static enum hl_code decode(const char *data, size_t n, struct hl_read *r, struct hl_err *err)
{
	return hl_read_scan(data, n, r) ? HL_OK : judge(data, n, r, err);
}

const struct hl_read_format hl_read_native_judge = {
	.name = "native-jansson",
	.decode = judge,
};

const struct hl_read_format hl_read_native = {
	.name = "native",
	.decode = decode,
};
