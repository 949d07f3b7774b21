/* catalog.h: everything that decides a read's fate, as one immutable, reference-counted snapshot, swapped whole: settings, rules, active list versions, index
 * segments. Built aside by one thread, then read by all.
 */
#ifndef HL_ENGINE_CATALOG_H
#define HL_ENGINE_CATALOG_H

#include <stdatomic.h>

#include "core/index.h"
#include "core/rule.h"
#include "engine/settings.h"
#include "store/versions.h"

struct hl_catalog_list {
	char name[HL_NAME];
	struct hl_version version;
	struct hl_snapshot *snapshot;     /* shared between catalogs by count */
	const struct hl_match_opts *match;
	int priority;                     /* the rules', else HL_PRIORITY_DEFAULT */
	double prior;                     /* base rate / entries */
	unsigned segment;                 /* whose index holds it */
	uint32_t first;                   /* its first entry number in that segment */
};

struct hl_segment {
	struct hl_index *index;           /* shared between catalogs by count */
	int budget;                       /* hundredths: the largest of its lists */
};

enum { HL_SEGMENTS_MAX = 8, HL_SEGMENT_OWN = 50000 /* entries from which a list has a segment of its own */ };

struct hl_catalog {
	atomic_int refs;
	const struct hl_settings *settings; /* shared by count */
	struct hl_rules *rules;
	struct hl_catalog_list *list;
	size_t n_lists;
	struct hl_segment segment[HL_SEGMENTS_MAX];
	size_t n_segments;
	uint64_t number;                  /* counts swaps */
};

/* One list given by file (offline matching) or by version. */
struct hl_catalog_source {
	const char *name;
	struct hl_version version;
	struct hl_snapshot *snapshot;     /* taken */
};

/* Builds a catalog over the sources; rules and settings are taken (settings may be NULL offline). before (may be NULL): unchanged snapshots and index segments are
 * shared with it instead of built again. Gives *out with one reference. HL_E_LIMIT: more than HL_SEGMENTS_MAX segments would be needed. */
enum hl_code hl_catalog_new(struct hl_catalog **out, struct hl_settings *settings, struct hl_rules *rules, struct hl_catalog_source *src, size_t n,
			    struct hl_catalog *before, struct hl_err *err);
/* Loads settings, rules and the active versions of all lists of the state folder. */
enum hl_code hl_catalog_load(struct hl_catalog **out, const char *settings_path, struct hl_catalog *before, struct hl_faults *faults);
/* The same settings and rules with the lists' present active versions. */
enum hl_code hl_catalog_refresh(struct hl_catalog **out, struct hl_catalog *before, struct hl_err *err);
struct hl_catalog *hl_catalog_ref(struct hl_catalog *c);
void hl_catalog_unref(struct hl_catalog **c);

#endif
