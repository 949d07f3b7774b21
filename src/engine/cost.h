/* cost.h: what a list that is linted or imported will cost: the false alerts a day that core/predict expects of it, in words and as JSON. doc/lists.md is its manual.
 * Floor 3: no log, no clock. Any thread.
 */
#ifndef HL_ENGINE_COST_H
#define HL_ENGINE_COST_H

#include "base/json_out.h"
#include "core/predict.h"
#include "engine/settings.h"
#include "store/snapshot.h"

#define HL_COST_READS_A_DAY 100000.0 /* assumed where nothing is known */

/* What is asked. All borrowed. */
struct hl_cost_ask {
	const struct hl_rules *rules;       /* NULL: nothing is worked out */
	const struct hl_settings *settings; /* whose cameras say which channel; may be NULL */
	const char *channel;                /* that one of the rules' instead; NULL: of the cameras */
	double reads_a_day;
	const char *reads_from;             /* where that figure is from: "assumed" */
};

struct hl_cost_worst {
	char plate[HL_PLATE_MAX + 1];
	unsigned line;      /* 0: not of this file */
	double a_day;
	const char *hint;   /* a literal */
};

struct hl_cost {
	bool made;                          /* false: nothing was worked out, the rest is empty */
	double a_day, verify, same, error;  /* a day: all, those to be verified, of vehicles that bear such a plate; the standard error of the first */
	double reads_a_day;
	const char *reads_from;
	char channel[HL_CHANNEL_NAME];
	size_t entries, looked_at;
	size_t n_worst;
	struct hl_cost_worst worst[HL_PREDICT_WORST];
};

/* The channel that most cameras have (of equally many the first met), else the rules' `scores`; the one named, if the rules have it loaded, else NULL. */
const struct hl_channel_table *hl_cost_channel(const struct hl_cost_ask *ask);
/* Of all entries that w holds, as if all were in force. Nothing can be added to w afterwards. Borrows all, fills *out. Some tenths of a second at most, and some tens of
 * nanoseconds an entry. */
void hl_cost_make(const struct hl_cost_ask *ask, const char *list, struct hl_snapshot_writer *w, const struct hl_crew *crew, struct hl_cost *out);
/* Members of the open object; nothing where nothing was worked out. */
void hl_cost_json(const struct hl_cost *c, struct hl_json *j);
/* A few lines; nothing where nothing was worked out. */
void hl_cost_text(const struct hl_cost *c, struct hl_buf *out);
/* A number as people read it: "1240", "12.4", "0.31", "under 0.01"; dst has 32 bytes. */
void hl_cost_number(double v, char *dst);

#endif
