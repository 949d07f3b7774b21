/* catalog_priv.h: what catalog.c and catalog_load.c share. */
#ifndef HL_ENGINE_CATALOG_PRIV_H
#define HL_ENGINE_CATALOG_PRIV_H

#include "engine/catalog.h"

/* Takes what; gives a share with one reference. end frees what. */
struct hl_share *hl_share_new(void *what, void (*end)(void *what));
struct hl_share *hl_share_ref(struct hl_share *s); /* NULL gives NULL */
void hl_share_unref(struct hl_share **s);
void hl_settings_end(void *what);
void hl_rules_end(void *what);
void hl_snapshot_end(void *what);
void hl_hand_end(void *what);

/* A list on its way into a catalog. */
struct hl_catalog_part {
	char name[HL_NAME];
	struct hl_version version;
	struct hl_share *share; /* of a struct hl_snapshot; a reference of the part's own; NULL: no version is active */
	struct hl_share *hand;  /* of a struct hl_hand, likewise; NULL: nothing by hand */
};
void hl_catalog_parts_free(struct hl_catalog_part *part, size_t n);

/* Borrows all shares (takes references of its own); sorts part by name. settings may be NULL. state: the folder whose index files are read, and
 * written where one is missing; NULL: none. Gives *out. */
enum hl_code hl_catalog_build(struct hl_catalog **out, struct hl_share *settings, struct hl_share *rules, struct hl_catalog_part *part, size_t n, const char *state,
			      const struct hl_catalog *before, const struct hl_crew *crew, struct hl_err *err);

#endif
