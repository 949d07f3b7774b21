/* review.h: what a system did over a time, and how well: reads, alerts by several views, what people found, how fast they answered, what was taken back.
 * Made of the stored alerts, the suppressed reads and the totals by the hour; doc/report.md is the manual. Any thread with a reading handle; no clock.
 */
#ifndef HL_ENGINE_REVIEW_H
#define HL_ENGINE_REVIEW_H

#include "engine/replay_diff.h"
#include "store/store.h"

/* What people found of an alert: right where plate, state and vehicle agreed, or it was confirmed, or closed with an outcome that says so; wrong where it was
 * rejected as misread or other_vehicle; a rejection for another reason says nothing of the plate. */
enum hl_replay_truth hl_alert_truth(const struct hl_alert *a);

struct hl_review_filter {
	const char *list, *camera; /* NULL: any */
	int64_t since_ms, until_ms; /* HL_NO_TIME: any; by the alert's time: since included, until not */
	bool (*hidden)(const void *arg, const char *list); /* lists that are left out, as are alerts that were made as covert; NULL: none */
	const void *hidden_arg;
};

enum hl_review_view { HL_REVIEW_CATEGORY, HL_REVIEW_LIST, HL_REVIEW_RECEIVER, HL_REVIEW_CAMERA, HL_REVIEW_RULES, HL_REVIEW_VIEWS };
const char *hl_review_view_name(enum hl_review_view v); /* "category", "list", "receiver", "camera", "rules" */

/* The alerts that have a name in common. */
struct hl_review_row {
	char name[HL_TEXT_LONG];
	int64_t alerts, verify;              /* all; of them, those decided verify at last */
	int64_t right, wrong, unknown;       /* what people found */
	int64_t stops, recovered;            /* closed as arrest, citation or stopped; as recovered or found */
};
struct hl_review_rows {
	struct hl_review_row *v;             /* by name */
	size_t n, cap;
};

/* A name and how often. */
struct hl_review_count {
	char name[HL_TEXT_LONG];
	int64_t n;
};
struct hl_review_counts {
	struct hl_review_count *v;           /* by name */
	size_t n, cap;
};

/* An open alert that nobody has answered. */
struct hl_review_open {
	char id[HL_ID_TEXT], list[HL_NAME], place[HL_READ_SITE];
	int64_t time_ms, created_ms;
	int priority;
};
enum { HL_REVIEW_OPEN_MAX = 1000 };

struct hl_review {
	struct hl_review_filter filter;
	struct hl_total *total;              /* owned, by name; none where the filter names a list or camera: reads are not counted by these */
	size_t n_total;
	int64_t total_from_ms;               /* the first hour counted; HL_NO_TIME: none */
	int64_t suppressed[HL_SUP_DUPLICATE + 1]; /* reads listed as suppressed */
	struct hl_review_row all;
	struct hl_review_rows view[HL_REVIEW_VIEWS];
	int64_t by_state[HL_ALERT_STATES];
	int64_t muted, late;
	struct hl_review_counts rejected, outcomes, standdowns; /* by reason, outcome, cause */
	/* Until a person's first act: an acknowledgement, else a rejection or a closing. */
	int64_t *answer_ms;                  /* owned, sorted */
	size_t n_answers, cap_answers;
	int64_t unanswered, ended_unanswered; /* open still; withdrawn before anybody had answered */
	struct hl_review_open *open;         /* owned, the oldest first, at most HL_REVIEW_OPEN_MAX */
	size_t n_open;
};

/* Fills *r, which hl_review_fini frees. HL_E_LIMIT: more alerts of one instant than can be told apart. An alert that can't be read back is a fault. */
enum hl_code hl_review_make(struct hl_review *r, struct hl_store *s, const struct hl_review_filter *f, struct hl_err *err);
void hl_review_fini(struct hl_review *r);
/* The total of this name, 0 where there is none. */
int64_t hl_review_total(const struct hl_review *r, const char *name);
/* The smallest time within which the share of the answers came (nearest rank), ms; 0 where there are none. */
int64_t hl_review_quantile(const struct hl_review *r, double share);

#endif
