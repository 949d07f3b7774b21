/* import_part.h: the entries that one thread prepares of a batch of lines, see struct hl_layout_stage; private to import.c and import_part.c. A part belongs to
 * one thread at a time.
 */
#ifndef HL_ENGINE_IMPORT_PART_H
#define HL_ENGINE_IMPORT_PART_H

#include "store/snapshot.h"

/* Entries with what their lines ask for. */
struct hl_import_part {
	struct hl_snapshot_part *entries;
	uint8_t *action; /* enum hl_line_action, by entry */
	size_t cap;
	struct hl_entry_messages message[2]; /* of the last entries, which are hashed side by side */
	bool waits; /* the first of them is not hashed yet */
};

/* As struct hl_layout_stage wants them. */
void *hl_import_part_new(void *arg);
void hl_import_part_clear(void *arg, void *part);
void hl_import_part_free(void *arg, void *part);
/* Of e, which was added last: keeps its action, and gives it and the one before it their ids as soon as there are two. */
void hl_import_part_name(struct hl_import_part *p, const struct hl_entry *e, const char *list);
/* The same for the last of an odd number: before the first is taken. */
void hl_import_part_end(struct hl_import_part *p);

#endif
