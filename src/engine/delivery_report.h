/* delivery_report.h: a gateway's delivery report becomes what the delivery is now. `hotlistctl outbox report` and whatever else takes reports in call this. Floor 3: no
 * clock, no log; on the thread of the writing handle.
 */
#ifndef HL_ENGINE_DELIVERY_REPORT_H
#define HL_ENGINE_DELIVERY_REPORT_H

#include "base/json_out.h"
#include "store/store.h"

/* A report as it came in; borrowed. */
struct hl_report_in {
	const char *delivery;           /* the whole id */
	const char *status;             /* accepted, delivered, failed, or the gateway's own word: 8, undelivered … */
	const char *detail;             /* what else the gateway said, from outside; NULL or "": nothing */
};

struct hl_report_out {
	enum hl_report report;          /* what the status means */
	enum hl_delivery_state before, now;
	bool changed;                   /* false: a repetition, or less than what is known already */
	char receiver[HL_NAME], channel[16];
};

enum { HL_REPORT_DETAIL_MAX = 1024 };

/* Takes one report in. HL_E_NOTFOUND: no such delivery. HL_E_USAGE: the channel has no reports, or nobody knows this status; the text names what is
 * expected. HL_E_LIMIT: a detail of more than HL_REPORT_DETAIL_MAX bytes. Else as the store's report. Control bytes in the detail become blanks. */
enum hl_code hl_report_take(struct hl_store *store, const struct hl_report_in *in, int64_t now_ms, struct hl_report_out *out, struct hl_err *err);
/* The member `report` of a delivery's JSON: null, or an object of state, time and text. */
void hl_report_json(const struct hl_delivery *d, struct hl_json *j);

#endif
