/* route_case.h: a made-up alert, described in words, and where rules would send it: what `hotlistctl rules test` asks, one case from a command line or many from
 * a file (a suite). Decision, mutes and routes are those of core, the same as live. Any thread.
 */
#ifndef HL_ENGINE_ROUTE_CASE_H
#define HL_ENGINE_ROUTE_CASE_H

#include "core/rule.h"
#include "engine/settings.h"

/* What is described. Texts that are not given are NULL. */
struct hl_route_case {
	char *name;
	char *list, *category, *agency, *camera, *site, *region;
	struct hl_strings position;       /* latitude and longitude; empty: the camera's in the settings, if any */
	char *at;                         /* as written */
	int64_t time_ms;                  /* of at; HL_NO_TIME: not given */
	int64_t priority;                 /* 0: not given: the list's in the rules, else 5 */
	int kind;                         /* enum hl_kind */
	int decision;                     /* enum hl_decision; HL_DROP: not given: what the rules decide */
	double probability, plate_probability; /* the latter negative: not given: the same */
	double confidence;                /* negative: not given */
	struct hl_strings contradiction;
	bool late;
	struct hl_strings expect;         /* receivers, in any order; none: nobody is told */
	bool expects;                     /* something was expected */
	unsigned line, column;
};

/* Where it goes. Names and mute are borrowed from the rules, the case's texts from the description and the settings. */
struct hl_route_answer {
	struct hl_case kase;
	const char *why;                  /* the decision; a constant */
	const struct hl_mute *mute;       /* NULL: not muted */
	const char *route[HL_RECEIVERS_MAX]; /* whom the routes name; nobody where the decision is drop */
	size_t n_route;
	size_t n_told;                    /* n_route, or 0 where a mute silences it */
};

struct hl_route_suite {
	int64_t version;
	struct hl_array cases; /* struct hl_route_case */
};

/* The options of one case: keys of a suite's rows, and with `--` before them and `-` for `_` words of a command line. */
extern const struct hl_opt hl_route_case_options[];
/* Fills c (zeroed by the caller) from a mapping. Faults are collected as by hl_conf_fill; what was filled is freed by hl_conf_wipe, also after a fault. r: whose time zone
 * a time without offset is in. */
enum hl_code hl_route_case_fill(const struct hl_node *node, const struct hl_rules *r, struct hl_route_case *c, struct hl_conf_ctx *ctx);
/* A file of cases: `cases: [...]`. Gives *out; HL_E_CONFIG and NULL where it has a fault. */
enum hl_code hl_route_suite_load(struct hl_route_suite **out, const char *path, const struct hl_rules *r, struct hl_faults *faults);
void hl_route_suite_free(struct hl_route_suite **s);

/* Where c goes by r. s: registries of cameras and lists, may be NULL. watch: sees each route that is tried, may be NULL. */
void hl_route_case_run(const struct hl_rules *r, const struct hl_settings *s, const struct hl_route_case *c, const struct hl_route_watch *watch,
		       struct hl_route_answer *out);
/* True where exactly the expected are told, or nothing was expected. */
bool hl_route_case_ok(const struct hl_route_case *c, const struct hl_route_answer *a);
/* What the case has for a key of `when`, in words ("stolen", "none", "39.7, -105"). r: for local times. */
void hl_route_case_value(const struct hl_rules *r, const struct hl_case *kase, const char *key, struct hl_buf *out);

#endif
