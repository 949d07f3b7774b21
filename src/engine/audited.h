/* audited.h: the way of everything that people do, and of what is done by itself, into the audit (store/audit.h). A look is recorded before its answer is given; a change
 * before it is begun, and again with what came of it. What can't be recorded is refused: there is no look without a record. Any thread.
 */
#ifndef HL_ENGINE_AUDITED_H
#define HL_ENGINE_AUDITED_H

#include "engine/ops.h"
#include "store/audit.h"

#define HL_PURPOSE_DEFAULT "hotlist alerting"
#define HL_ORGANIZATION_DEFAULT "not named"

/* One look or change under way. */
struct hl_audited {
	struct hl_audit *audit; /* NULL: it needs no record */
	bool change;
	int64_t seq;            /* of the change's first record */
	char who[HL_TEXT_LONG], role[HL_NAME], org[HL_TEXT_LONG], purpose[HL_TEXT_LONG], op[HL_NAME], object[HL_NAME];
	char *details;          /* owned */
};

/* What is about to be done by argv (as for hl_ops_run) in ctx. HL_E_DENIED: the settings require a purpose, and argv has none; HL_E_IO and the like: it can't be recorded, so
 * it must not be done. Ended by hl_audited_end in any case. */
enum hl_code hl_audited_begin(struct hl_audited *d, const struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct hl_err *err);
/* A look by a command that is no operation of the table: recorded at once, before anything is read, as having gone well. argv: its words. */
enum hl_code hl_audited_look(const struct hl_ops_ctx *ctx, const char *op, const char *purpose, int argc, const char *const *argv, struct hl_err *err);
/* A change that no person asked for by a command: who "hotlistd", "drop:DIR (OWNER)"; details may be NULL. Borrows all. */
enum hl_code hl_audited_begin_own(struct hl_audited *d, struct hl_audit *audit, const struct hl_settings *s, const char *who, const char *op, const char *object,
				  const char *details, int64_t now_ms, struct hl_err *err);
/* What came of it. code is given back, or the fault of recording it: a look's answer in out is then taken away. */
enum hl_code hl_audited_end(struct hl_audited *d, enum hl_code code, int64_t now_ms, struct hl_buf *out, struct hl_err *err);
/* What the keeper notes by itself: a start, a stop. HL_OK too where audit is NULL. */
enum hl_code hl_audited_note(struct hl_audit *audit, const struct hl_settings *s, enum hl_audit_kind kind, const char *op, const char *details, int64_t n, int64_t now_ms,
			     struct hl_err *err);

#endif
