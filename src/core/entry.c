/* entry.c: see entry.h. The table of an entry's fields, its identity (an id that survives new versions of a list, a revision that does not survive
 * a change of content) and its JSON. Pure; any thread.
 */
#include "core/entry.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "core/vehicle.h"

#include <string.h>

int hl_field_find(const char *name)
{
	for (int i = 0; i < HL_FIELDS_KEPT; i++)
		if (!strcmp(hl_fields[i].name, name))
			return i;
	return -1;
}

enum hl_entry_time hl_entry_when(const struct hl_entry *e, int64_t at_ms)
{
	if (e->starts_ms != HL_NO_TIME && at_ms < e->starts_ms)
		return HL_WHEN_EARLY;
	return e->expires_ms != HL_NO_TIME && at_ms >= e->expires_ms ? HL_WHEN_OVER : HL_WHEN_NOW;
}

/* A message for SHA-256 is put together before it is hashed: an import hashes two of many short fields for every line. What has no room is hashed by parts. */
static void flush(struct hl_entry_message *m)
{
	if (!m->flushed)
		hl_sha256_init(&m->sha);
	m->flushed = true;
	hl_sha256_put(&m->sha, m->bytes, m->n);
	m->n = 0;
}

static void put(struct hl_entry_message *m, const char *field)
{
	size_t n = *field ? strlen(field) : 0;
	if (m->n + HL_SHA256_FIELD + n > sizeof m->bytes)
		flush(m);
	if (HL_SHA256_FIELD + n > sizeof m->bytes)
		hl_sha256_field(&m->sha, field);
	else
		m->n += hl_sha256_field_bytes(m->bytes + m->n, field, n);
}

static void begin(struct hl_entry_message *m, const char *what, const char *list)
{
	m->flushed = false;
	m->n = 0;
	put(m, what);
	put(m, list);
}

/* Two messages side by side, where both are whole in their place. */
static void end_two(struct hl_entry_message *a, struct hl_entry_message *b, unsigned char bits_a[HL_ID_BITS], unsigned char bits_b[HL_ID_BITS])
{
	unsigned char hash[2][HL_SHA256];
	if (a->flushed || b->flushed) {
		flush(a);
		flush(b);
		hl_sha256_end(&a->sha, hash[0]);
		hl_sha256_end(&b->sha, hash[1]);
	} else {
		hl_sha256_two(a->bytes, a->n, b->bytes, b->n, hash[0], hash[1]);
	}
	memcpy(bits_a, hash[0], HL_ID_BITS);
	memcpy(bits_b, hash[1], HL_ID_BITS);
}

/* A number in decimal, as text. */
static void put_int(struct hl_entry_message *m, int64_t v)
{
	char text[24], *p = text + sizeof text - 1;
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
	*p = 0;
	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (v < 0)
		*--p = '-';
	put(m, p);
}

/* "CA", "us-ca" and "California" name one state: an id must not change with the spelling. What is not known is taken as it stands. */
static void put_state(struct hl_entry_message *m, const char *text)
{
	char canon[16];
	hl_state_canon(text, canon);
	put(m, canon[0] ? canon : text);
}

static void put_id(const struct hl_entry *e, const char *list, struct hl_entry_message *m)
{
	begin(m, "entry", list);
	if (e->f[HL_F_RECORD][0]) {
		put(m, "record");
		put(m, e->f[HL_F_RECORD]);
	} else {
		char plate[HL_PLATE_MAX + 1];
		hl_pattern_text(&e->pattern, plate);
		put(m, "plate");
		put(m, plate);
		put_state(m, e->f[HL_F_STATE]);
		put(m, e->f[HL_F_CATEGORY]);
		put(m, e->f[HL_F_CASE]);
	}
}

void hl_entry_messages(const struct hl_entry *e, const char *list, struct hl_entry_messages *m)
{
	struct hl_entry_message *r = &m->revision;
	put_id(e, list, &m->id);
	begin(r, "revision", list);
	/* How long an entry holds says nothing about which vehicle is meant, and a feed's `fill: {expires: 36h}` moves it with every import: were it part of
	 * the revision, a pair that a person has cleared would come back with the next refresh. */
	for (int i = 0; i < HL_FIELDS_KEPT; i++)
		if (i != HL_F_EXPIRES)
			put(r, e->f[i]);
	put_int(r, e->starts_ms);
	put_int(r, e->priority);
	put_int(r, e->about_plate);
	put_int(r, e->pattern.flags & HL_PAT_O0);
}

void hl_entry_hash_one(struct hl_entry_messages *m, struct hl_entry_hash *h)
{
	end_two(&m->id, &m->revision, h->id, h->revision);
}

void hl_entry_hash_two(struct hl_entry_messages *a, struct hl_entry_messages *b, struct hl_entry_hash *ha, struct hl_entry_hash *hb)
{
	end_two(&a->id, &b->id, ha->id, hb->id);
	end_two(&a->revision, &b->revision, ha->revision, hb->revision);
}

void hl_entry_hash(const struct hl_entry *e, const char *list, struct hl_entry_hash *h)
{
	struct hl_entry_messages m;
	hl_entry_messages(e, list, &m);
	hl_entry_hash_one(&m, h);
}

void hl_entry_identify(struct hl_entry *e, const char *list)
{
	unsigned char bits[HL_SHA256] = { 0 };
	struct hl_entry_hash h;
	hl_entry_hash(e, list, &h);
	memcpy(bits, h.id, sizeof h.id);
	hl_id_text(bits, e->id);
	memcpy(bits, h.revision, sizeof h.revision);
	hl_id_text(bits, e->revision);
}

static void write_time(struct hl_json *j, const char *key, int64_t ms)
{
	if (ms != HL_NO_TIME)
		hl_json_time(j, key, ms);
}

static void write_vehicle(const struct hl_entry *e, struct hl_json *j)
{
	static const enum hl_field fields[] = { HL_F_TYPE, HL_F_MAKE, HL_F_MODEL, HL_F_COLOR, HL_F_YEAR, HL_F_VIN };
	hl_json_open_key(j, "vehicle", '{');
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		hl_json_opt(j, hl_fields[fields[i]].name, e->f[fields[i]]);
	hl_json_close(j);
}

void hl_entry_write(const struct hl_entry *e, struct hl_json *j)
{
	static const enum hl_field first[] = { HL_F_PLATE, HL_F_STATE, HL_F_CATEGORY, HL_F_REASON, HL_F_AGENCY, HL_F_CASE };
	static const enum hl_field last[] = { HL_F_NOTE, HL_F_INSTRUCTIONS, HL_F_RECORD };
	hl_json_opt(j, "id", e->id);
	hl_json_opt(j, "revision", e->revision);
	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
		hl_json_opt(j, hl_fields[first[i]].name, e->f[first[i]]);
	write_time(j, "starts", e->starts_ms);
	write_time(j, "expires", e->expires_ms);
	if (e->priority)
		hl_json_int(j, "priority", e->priority);
	write_vehicle(e, j);
	for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
		hl_json_opt(j, hl_fields[last[i]].name, e->f[last[i]]);
	if (e->about_plate)
		hl_json_str(j, "about", "plate");
}

/* Bounds: as long as the longest met in real files and their manuals, with room; a longer text is a fault of the line, never cut in silence. */
const struct hl_field_info hl_fields[HL_FIELDS] = {
	[HL_F_PLATE] = { "plate", 64, "the plate as listed; ? is any one symbol, * any run" },
	[HL_F_STATE] = { "state", 32, "the plate's state or province: CA, us-ca, California" },
	[HL_F_CATEGORY] = { "category", 63, "what kind of entry: stolen, felony, amber" },
	[HL_F_REASON] = { "reason", 255, "why somebody wants to be told" },
	[HL_F_AGENCY] = { "agency", 63, "who owns the entry and can confirm it" },
	[HL_F_CASE] = { "case", 63, "the owner's case number" },
	[HL_F_STARTS] = { "starts", 40, "from when it holds; empty: at once" },
	[HL_F_EXPIRES] = { "expires", 40, "until when it holds" },
	[HL_F_PRIORITY] = { "priority", 2, "1 (most urgent) to 9; empty: the list's" },
	[HL_F_MAKE] = { "make", 63, "the vehicle's make: TOYT, Toyota" },
	[HL_F_MODEL] = { "model", 63, "the vehicle's model" },
	[HL_F_COLOR] = { "color", 63, "the vehicle's colour: SIL, silver, YEL/BLK" },
	[HL_F_TYPE] = { "type", 63, "the vehicle's type, body style or plate type: car, 4D, MC" },
	[HL_F_YEAR] = { "year", 8, "the vehicle's model year" },
	[HL_F_VIN] = { "vin", 32, "the vehicle identification number" },
	[HL_F_NOTE] = { "note", 255, "free text for whoever sees the alert" },
	[HL_F_INSTRUCTIONS] = { "instructions", 255, "what to do and not to do" },
	[HL_F_RECORD] = { "record", 63, "the source's record number: NIC and the like" },
	[HL_F_ABOUT] = { "about", 8, "vehicle (default), or plate: the plate itself was lost or stolen" },
	[HL_F_ACTION] = { "action", 8, "in an increment: add, change or remove; empty: add or change" },
};
