/* entry.h: one line of a hotlist: who wants to be told about which plate, why, and until when. A struct hl_entry is a view: its texts belong to
 * whoever made it (an importer's line, a snapshot's map) and live as long as that. Pure; any thread.
 */
#ifndef HL_CORE_ENTRY_H
#define HL_CORE_ENTRY_H

#include "base/crypto.h"
#include "core/plate.h"

/* The fields of an entry by number: layouts, lint, snapshots and JSON all walk this one table. */
enum hl_field {
	HL_F_PLATE, HL_F_STATE, HL_F_CATEGORY, HL_F_REASON, HL_F_AGENCY, HL_F_CASE, HL_F_STARTS, HL_F_EXPIRES, HL_F_PRIORITY, HL_F_MAKE,
	HL_F_MODEL, HL_F_COLOR, HL_F_TYPE, HL_F_YEAR, HL_F_VIN, HL_F_NOTE, HL_F_INSTRUCTIONS, HL_F_RECORD /* source record number: NIC and the like */,
	HL_F_ABOUT /* "vehicle" or "plate" */,
	HL_FIELDS_KEPT, /* those before are what an entry is made of; those behind are about its line, and kept nowhere */
	HL_F_ACTION = HL_FIELDS_KEPT /* of a line of an increment: add, change, remove */, HL_FIELDS
};

/* What a line of an increment asks for; HL_ACT_NONE: add or change, whichever fits. */
enum hl_line_action { HL_ACT_NONE, HL_ACT_ADD, HL_ACT_CHANGE, HL_ACT_REMOVE };

struct hl_field_info {
	const char *name;  /* as in csv headers, YAML and JSON: plate, state, category … record, about */
	size_t max;        /* bytes */
	const char *help;
};
extern const struct hl_field_info hl_fields[HL_FIELDS];
/* The field named so, of those that are kept, or -1. */
int hl_field_find(const char *name);

struct hl_entry {
	char id[HL_ID_TEXT];        /* hash of list and record, else of list, plate, state, category and case */
	char revision[HL_ID_TEXT];  /* hash of all content but the expiry: changes when anything else changes */
	struct hl_pattern pattern;
	int64_t starts_ms, expires_ms; /* HL_NO_TIME: none */
	int priority;                  /* 1..9; 0: the list's */
	bool about_plate;
	uint8_t action;                /* enum hl_line_action, of the line it came from; no part of the entry */
	const char *f[HL_FIELDS];      /* texts, never NULL ("" = not given) */
};

/* Fills id and revision from the list's name, the texts, start, priority and the O/0 flag. */
void hl_entry_identify(struct hl_entry *e, const char *list);
/* The same as the bits behind the texts (hl_id_parse), for whoever stores them; e is left as it is. */
enum { HL_ID_BITS = 16 };
struct hl_entry_hash {
	unsigned char id[HL_ID_BITS], revision[HL_ID_BITS];
};
void hl_entry_hash(const struct hl_entry *e, const char *list, struct hl_entry_hash *h);
/* The same in two steps, so that two entries can be hashed side by side, which is quicker: what is hashed is put together, and that of two is hashed. */
struct hl_entry_message {
	struct hl_sha256 sha; /* of what had no room any more */
	bool flushed;
	size_t n;
	unsigned char bytes[1000];
};
struct hl_entry_messages {
	struct hl_entry_message id, revision;
};
void hl_entry_messages(const struct hl_entry *e, const char *list, struct hl_entry_messages *m);
void hl_entry_hash_one(struct hl_entry_messages *m, struct hl_entry_hash *h);
void hl_entry_hash_two(struct hl_entry_messages *a, struct hl_entry_messages *b, struct hl_entry_hash *ha, struct hl_entry_hash *hb);

/* An entry's time: from starts on, until expires. */
enum hl_entry_time { HL_WHEN_EARLY, HL_WHEN_NOW, HL_WHEN_OVER };
enum hl_entry_time hl_entry_when(const struct hl_entry *e, int64_t at_ms);

struct hl_json;
/* Writes the entry's own members (id, revision, plate, state, category, reason, agency, case, starts, expires, priority, vehicle{…}, note …) into the
 * open object; empty ones are left out. */
void hl_entry_write(const struct hl_entry *e, struct hl_json *j);

#endif
