/* mutes.h: mutes made from the shell: STATE/mutes.yaml, replaced whole with each change, and STATE/mutes.jsonl, a line for each change, never shortened. What falls under one
 * is written down and told to nobody, as with a `mute` of the rules. It is over by itself, by the read's time. One writes (the holder of the state lock, one of its
 * threads at a time); any may read.
 */
#ifndef HL_STORE_MUTES_H
#define HL_STORE_MUTES_H

#include "core/alert.h"
#include "core/rule.h"

enum { HL_MUTES_MAX = 500, HL_MUTE_ID = 24, HL_MUTE_WHEN = 1024 };
#define HL_MUTE_BEFORE_MS INT64_C(600000) /* reads that were taken so long before it was made are under it, too */
#define HL_MUTE_LONGEST_MS INT64_C(2592000000) /* 30 days: what is to last longer belongs into the rules */

struct hl_shell_mute {
	char id[HL_MUTE_ID];      /* "m17" */
	char when[HL_MUTE_WHEN];  /* YAML, as in a rules file */
	char by[HL_TEXT_SHORT], why[HL_TEXT_LONG];
	int64_t made_ms, until_ms;
	char ended_by[HL_TEXT_SHORT], ended_why[HL_TEXT_LONG]; /* by a person; "" : not */
	int64_t ended_ms;
	struct hl_mute mute;
	char warning[HL_ERR_TEXT]; /* of the one just added, for whoever adds it: what it names and the settings don't have; not stored */
};

struct hl_mutes {
	size_t n;
	struct hl_shell_mute *v;  /* oldest first; those over or ended are kept for 30 days */
	int64_t last;             /* number of the newest, also where it is gone */
	char fault[HL_ERR_TEXT];  /* why the file can't be read: then there is none; "" : it can */
};

/* Gives *out, also where the file is damaged: nobody is kept silent then. */
struct hl_mutes *hl_mutes_load(const char *state);
void hl_mutes_free(struct hl_mutes **m);
/* Adds one: when (a YAML mapping), by, why, made_ms and until_ms are filled by the caller; gives its id. rules: whose zones it may name; NULL: any. HL_E_USAGE: a fault in
 * when; HL_E_LIMIT: there are HL_MUTES_MAX; HL_E_INPUT: the file is damaged. */
enum hl_code hl_mutes_add(const char *state, struct hl_shell_mute *m, const struct hl_rules *rules, struct hl_err *err);
/* Ends one. HL_E_NOTFOUND; HL_E_CONFLICT: it is over or ended. Fills *was (may be NULL). */
enum hl_code hl_mutes_end(const char *state, const char *id, const char *by, const char *why, int64_t now_ms, struct hl_err *err);
bool hl_shell_mute_holds(const struct hl_shell_mute *m, int64_t now_ms);
/* The first that c falls under by its conditions and the read's time, or NULL. Borrowed. m may be NULL. */
const struct hl_mute *hl_mutes_fit(const struct hl_mutes *m, const struct hl_rules *r, const struct hl_case *c);

#endif
