/* live.h: the catalog that decides now, swapped whole. Readers take a reference for each batch; a reload builds the new one aside. Any thread.
 */
#ifndef HL_DAEMON_LIVE_H
#define HL_DAEMON_LIVE_H

#include "engine/catalog.h"

struct hl_live;

/* Takes first. */
struct hl_live *hl_live_new(struct hl_catalog *first);
void hl_live_free(struct hl_live **l);
/* A reference to the present catalog (hl_catalog_unref). Never waits for a reload: the lock is held for the swap of a pointer only. */
struct hl_catalog *hl_live_get(struct hl_live *l);
/* A reload of everything from the settings file, whose rules file is imported and activated in the name of `by`; or of the active versions of rules and lists only,
 * where what an activation has opened is taken (may be NULL). The old catalog stays where anything is wrong; one reload at a time. */
enum hl_code hl_live_reload(struct hl_live *l, const char *settings_path, const char *by, struct hl_faults *faults);
enum hl_code hl_live_refresh(struct hl_live *l, struct hl_opened *opened, struct hl_err *err);
/* The hand layer of one list as it is now on the disk. Waits for no other reload: what is under way takes the layer over when it is done. */
enum hl_code hl_live_hand(struct hl_live *l, const char *list, struct hl_err *err);
/* The mutes from the shell as they are now on the disk, in the same way. */
enum hl_code hl_live_mutes(struct hl_live *l, struct hl_err *err);
/* From now on fn is called after each swap, on the thread that swapped; it must not wait. fn NULL: no more, once this returns. Any thread. */
void hl_live_on_swap(struct hl_live *l, void (*fn)(void *arg), void *arg);
/* Frees the catalogs that were swapped out and that nobody reads any more. Called now and then by the main thread, so that unmapping a large list never
 * falls on a thread that matches. */
void hl_live_sweep(struct hl_live *l);

#endif
