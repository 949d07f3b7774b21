/* replay_load.h: what `rules replay` is given: rules, lists, recorded reads. Main thread.
 */
#ifndef HL_CTL_REPLAY_LOAD_H
#define HL_CTL_REPLAY_LOAD_H

#include "ctl/list_file.h"
#include "ctl/replay_store.h"

enum { HL_REPLAY_RULES_MAX = 2 };

struct hl_replay_args {
	const char *rules[HL_REPLAY_RULES_MAX];
	size_t n_rules;
	const char *reads, *config;   /* FILE or "-"; the settings, NULL: none */
	const char *list[HL_CTL_LISTS_MAX];
	size_t n_lists;               /* 0: the active ones of the settings' state */
	const char *layouts[2];
	const char *state, *since;    /* the state folder, NULL: the settings'; "2h" or a time as typed, NULL: all */
	const struct hl_replay_stored *stored; /* from_store, once loaded: goes for the reads */
	const char *sweep, *svg;      /* OPTION=VALUES as typed; NULL: none */
	const char *option;           /* of the sweep, taken out of it */
	bool from_store, per_read, summary, all, time, json;
};

/* Rules with option (NULL: none) set to value, checked against the settings where there are some. Faults are told on standard error. Gives *out. */
enum hl_code hl_replay_load_rules(const char *path, const char *option, const char *value, const struct hl_settings *s, struct hl_rules **out, struct hl_err *err);
/* A catalog of the lists under rules[which], with a->option at value. Gives *out. */
enum hl_code hl_replay_first_catalog(const struct hl_replay_args *a, size_t which, const char *value, struct hl_catalog **out, struct hl_err *err);
/* Feeds p all of the reads. */
enum hl_code hl_replay_run_reads(const struct hl_replay_args *a, struct hl_replay *p, struct hl_err *err);
/* For hl_replay_opts.bad, with a struct hl_replay_args: "FILE:LINE:COLUMN: why" on standard error. */
void hl_replay_bad_line(void *arg, uint64_t line, const struct hl_err *why);

#endif
