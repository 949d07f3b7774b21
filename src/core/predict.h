/* predict.h: what a list will cost before it is used: how many notices about its entries will be about vehicles that are not on it. Worked out from the rules, the
 * channel of the readers and the density of plates alone; no read is needed. doc/scoring.md, section 12, has the method and how it compares with real reads. Pure; any
 * thread; deterministic: a list's figure does not depend on how many threads share the work.
 */
#ifndef HL_CORE_PREDICT_H
#define HL_CORE_PREDICT_H

#include "base/crew.h"
#include "core/rule.h"

struct hl_predict {
	const struct hl_rules *rules;       /* borrowed, as are the two below */
	const struct hl_match_opts *match;  /* the list's */
	const struct hl_channel_table *channel;
	double prior;                       /* of each entry: base rate of the list / entries of the list */
};

/* Expected notices about an entry, or a whole list, for one read of a vehicle that is not on it. */
struct hl_predicted {
	double notices;  /* alerts and verifies */
	double verify;   /* of these: those to be verified */
	double exact;    /* of these: of kind exact: read just as listed */
	double same;     /* of these: the vehicle does bear the plate listed (in another state), or one that the partial plate fits */
	double variance; /* of `notices`, from sampling */
};

/* The expectation for one entry, from as many made-up reads as given (> 0), about 3 us each. The same pattern gets the same reads, whatever the rules: a higher
 * min_probability or a lower max_cost never costs more. Borrows all, fills *out. */
void hl_predict_entry(const struct hl_predict *p, const struct hl_pattern *e, unsigned reads, struct hl_predicted *out);

enum { HL_PREDICT_WORST = 10 };

struct hl_predict_worst {
	size_t entry; /* its place among the patterns */
	struct hl_predicted by;
};

struct hl_predicted_list {
	struct hl_predicted sum;
	size_t looked_at; /* entries; fewer than the list has where the sum is from a sample */
	size_t n_worst;
	struct hl_predict_worst worst[HL_PREDICT_WORST]; /* of those looked at, dearest first */
};

/* The sum over n patterns: of each up to some thousands, else of a sample in which an entry is the likelier the commoner its plate is. At most about 30,000
 * made-up reads, shared out over crew (NULL: this thread). Borrows all, fills *out. */
void hl_predict_list(const struct hl_predict *p, const struct hl_pattern *patterns, size_t n, const struct hl_crew *crew, struct hl_predicted_list *out);

#endif
