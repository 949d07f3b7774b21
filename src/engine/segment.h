/* segment.h: the index of a segment: where it is that of one large version, from the file beside its snapshot, which an import makes, or whoever had to build the
 * index. Floor 3: no log, no clock. Any thread.
 */
#ifndef HL_ENGINE_SEGMENT_H
#define HL_ENGINE_SEGMENT_H

#include "engine/catalog_priv.h"

/* Of all that an index is made from: equal keys are equal indexes. content: the lists' snapshots, by their hashes, in order. */
void hl_segment_key(const struct hl_confusion *t, int budget, const unsigned char *const *content, size_t n, unsigned char key[HL_SHA256]);
/* The index over all of one version's snapshot. state NULL: no files. Else that of its file; where there is none that fits it is built, and the file made for the next
 * time (if it can't be, that is all). Gives *out, a share with the snapshot in it; *index is of it. */
enum hl_code hl_segment_open(struct hl_share **out, struct hl_index **index, const char *state, const struct hl_version *v, struct hl_share *snapshot,
			     const unsigned char key[HL_SHA256], const struct hl_index_params *params, struct hl_err *err);
/* Takes index; gives a share that frees it. */
struct hl_share *hl_segment_share(struct hl_index *index);

/* An index made by an import, in the order begin, build, write (any of them may be left out), end. */
struct hl_segment_draft {
	struct hl_rules *rules; /* NULL: no index is made */
	struct hl_index *index;
	int budget;
};
/* Nothing is made of a list that would have no segment of its own, nor where the settings' rules can't be loaded. s NULL: none. */
void hl_segment_begin(struct hl_segment_draft *d, const struct hl_settings *s, const char *list, size_t entries);
/* patterns are borrowed until the end. */
void hl_segment_build(struct hl_segment_draft *d, const struct hl_pattern *patterns, size_t n, const struct hl_crew *crew);
/* A file that can't be written is no fault: the index will be built when it is needed. */
void hl_segment_write(const struct hl_segment_draft *d, const char *state, const struct hl_version *v, const unsigned char hash[HL_SHA256],
		      const struct hl_crew *crew);
void hl_segment_end(struct hl_segment_draft *d);

#endif
