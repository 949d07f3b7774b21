/* decide.h: from a read to decisions, the one way there is: live, `match` and `replay` all call hl_decide. State and now are passed in; no threads, no
 * sockets, no clock. The order of the stages stands in decide.c, to be read top to bottom.
 */
#ifndef HL_ENGINE_DECIDE_H
#define HL_ENGINE_DECIDE_H

#include "core/score.h"
#include "engine/catalog.h"
#include "engine/passage.h"

/* One (read, entry) pair within the budget, judged. */
struct hl_hit {
	uint32_t read;                    /* position in the batch */
	uint32_t list;                    /* position in the catalog */
	uint32_t entry;                   /* position in the list's snapshot */
	struct hl_plate as_read;          /* the string that matched: the plate, a candidate, or one of chars */
	struct hl_alignment alignment;
	enum hl_kind kind;
	int cost;
	double plate_probability, probability;
	enum hl_evidence evidence[HL_CONTRADICTIONS];
	unsigned contradictions;          /* bit set, after the rules' policy `ignore` */
	enum hl_decision decision;
	bool late;                        /* read longer ago than the rules' late_after */
	bool fell;                        /* what was told of the passage no longer holds by its further reads: the decision is what is left of it, drop among them, the read the last
	                                   * of the passage, and the match that which was told */
	int priority;
	unsigned passage_reads;           /* reads of the passage so far that the figures are of, this one included */
	struct hl_score_detail detail;
};

struct hl_decider; /* a thread's working memory */
struct hl_decider *hl_decider_new(void);
void hl_decider_free(struct hl_decider **d);

struct hl_decide_opts {
	bool exhaustive; /* compare with every entry instead of the index */
	bool kept_only;  /* hits that are dropped may be left out: several times faster on a long list, where nearly all of them are */
	int64_t now_ms;  /* for expiry, start and lateness; HL_NO_TIME: offline, each read's own received_ms (hl_read_finish makes it the read time where nothing else is known: then nothing is late) */
	const struct hl_decider *found_by; /* has just decided the very same reads, at most HL_PASSAGE_BATCH, by a catalog that looks as far: nothing is searched again; NULL: none */
	struct hl_passages *passages; /* shared with other threads; NULL: each read is judged alone */
};

/* Judges n reads (finished). Gives the hits, dropped ones too unless kept_only, ordered by read, list, plate listed, entry id; borrowed from d until its next use. The reads'
 * plates that are empty match nothing. Entries outside starts..expires (by read time) do not exist. */
size_t hl_decide(const struct hl_catalog *c, struct hl_decider *d, const struct hl_read *reads, size_t n, const struct hl_decide_opts *o, const struct hl_hit **hits);
/* Judges a hit anew by c's rules, whose figures it may have from another catalog over the same lists: contradictions, lateness, priority, decision. now_ms as above. */
void hl_decide_again(const struct hl_catalog *c, const struct hl_read *r, int64_t now_ms, struct hl_hit *h);
/* The receivers of a hit: names borrowed from the catalog's rules; receivers has room for HL_RECEIVERS_MAX. */
size_t hl_decide_route(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, const char **receivers);
/* The mute that the hit falls under, or NULL: it is written down and told to nobody. Borrowed from the catalog. */
const struct hl_mute *hl_decide_mute(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h);
/* The line of `hotlistctl match` (contract.md, Offline matching), without newline; explain adds alignment, factors and thresholds. */
void hl_decide_write(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, uint64_t line, bool explain, struct hl_buf *out);

#endif
