/* follow_priv.h: what the files of follow share: the plan of an alert as the text that its timers carry. Private to src/engine/follow*.c. */
#ifndef HL_ENGINE_FOLLOW_PRIV_H
#define HL_ENGINE_FOLLOW_PRIV_H

#include "engine/follow.h"

/* The plan as it is kept: in the timer of kind lapse, which each alert that was told has while it is open. */
struct hl_kept_plan {
	int64_t from_ms; /* steps and repeats count from here */
	int64_t ack_ms;
	struct hl_plan plan; /* told, step, repeat_ms; names borrowed from the text */
};
/* A fallback's timer. */
struct hl_kept_fallback {
	char event[HL_ID_TEXT];
	int64_t due_ms;  /* past it, a receiver without any delivery could not be reached */
	struct hl_names of, names;
};

/* Lines of text, given: "from 1795428000000", "told desk north", "step 120000 sergeant" … */
char *hl_kept_plan_text(const struct hl_kept_plan *k, size_t *n);
char *hl_kept_fallback_text(const struct hl_kept_fallback *k, size_t *n);
/* Their inverse. text is cut into words and must live as long as k; what is not understood is left out: a later version may have written it. */
void hl_kept_plan_read(struct hl_kept_plan *k, char *text);
void hl_kept_fallback_read(struct hl_kept_fallback *k, char *text);

/* The timer of that kind of an alert; what: tells several of one kind apart, else "". */
void hl_follow_timer(struct hl_timer *t, const char *alert, enum hl_timer_kind kind, const char *what, int64_t due_ms);
/* Steps and repeats from k->from_ms on, and k itself with the lapse at lapse_ms, added to f. */
void hl_follow_set_plan(struct hl_follow *f, const char *alert, const struct hl_kept_plan *k, int64_t lapse_ms);
/* The alert's timer of a kind that it has one of at most; *found: it has it. Gives *t (hl_timer_wipe). */
enum hl_code hl_follow_timer_of(struct hl_store *s, const char *alert, enum hl_timer_kind kind, struct hl_timer *t, bool *found, struct hl_err *err);
/* That of kind lapse, which has the plan. */
enum hl_code hl_follow_plan_of(struct hl_store *s, const char *alert, struct hl_timer *t, bool *found, struct hl_err *err);

/* hl_follow_moot of a repeat of this event ("": none), with steps or without. */
enum hl_code hl_follow_moot_repeat(struct hl_store *s, const char *alert, const char *repeat, bool steps, struct hl_moot *out, struct hl_err *err);

/* A step or a repeat of an alert that is due, and what else is open of its vehicle. */
struct hl_incident;
struct hl_turn {
	struct hl_store *store;
	const struct hl_catalog *catalog;
	const struct hl_incident *others;
	enum hl_timer_kind kind;
	const struct hl_names *names;  /* whom it would tell */
	int64_t repeat_ms;             /* of a repeat */
	int64_t now_ms;
};
/* *waits: a more urgent alert of the vehicle that nobody has acknowledged tells the same people about now. HL_E_IO. */
enum hl_code hl_follow_waits(const struct hl_turn *turn, const struct hl_alert *a, bool *waits, struct hl_err *err);

/* The digest of one receiver, whose timer is due. */
enum hl_code hl_digest_fire(struct hl_store *s, const struct hl_catalog *c, const struct hl_timer *t, int64_t now_ms, struct hl_fired *out, struct hl_err *err);

#endif
