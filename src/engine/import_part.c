/* import_part.c: see import_part.h. Two entries are hashed side by side, which takes two thirds of the time. One thread at a time. */
#include "engine/import_part.h"

#include <stdlib.h>

#include "base/mem.h"

void *hl_import_part_new(void *arg)
{
	struct hl_import_part *p = hl_calloc(1, sizeof *p);
	(void)arg;
	p->entries = hl_snapshot_part_new();
	return p;
}

void hl_import_part_clear(void *arg, void *part)
{
	struct hl_import_part *p = part;
	(void)arg;
	p->waits = false;
	hl_snapshot_part_clear(p->entries);
}

void hl_import_part_free(void *arg, void *part)
{
	struct hl_import_part *p = part;
	(void)arg;
	hl_snapshot_part_free(&p->entries);
	free(p->action);
	free(p);
}

void hl_import_part_name(struct hl_import_part *p, const struct hl_entry *e, const char *list)
{
	struct hl_entry_hash h[2];
	size_t n = hl_snapshot_part_count(p->entries);
	if (n > p->cap)
		p->action = hl_realloc(p->action, p->cap = 2 * n, 1);
	p->action[n - 1] = (uint8_t)e->action;
	hl_entry_messages(e, list, &p->message[p->waits]);
	p->waits = !p->waits;
	if (p->waits)
		return;
	hl_entry_hash_two(&p->message[0], &p->message[1], &h[0], &h[1]);
	hl_snapshot_part_identify(p->entries, n - 2, &h[0]);
	hl_snapshot_part_identify(p->entries, n - 1, &h[1]);
}

void hl_import_part_end(struct hl_import_part *p)
{
	struct hl_entry_hash h;
	if (!p->waits)
		return;
	hl_entry_hash_one(&p->message[0], &h);
	hl_snapshot_part_identify(p->entries, hl_snapshot_part_count(p->entries) - 1, &h);
	p->waits = false;
}
