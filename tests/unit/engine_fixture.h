/* engine_fixture.h: a whole small system without threads: settings, rules and lists from text, a store in a folder of its own, and reads that are
 * decided and recorded as the daemon does it.
 */
#ifndef HL_TESTS_ENGINE_FIXTURE_H
#define HL_TESTS_ENGINE_FIXTURE_H

#include <check.h>

#include "engine/decide.h"
#include "engine/ops.h"
#include "engine/record.h"
#include "format/alert_json.h"

#define FX_T0 INT64_C(1795428000000) /* 2026-11-23T10:00:00Z */

struct fx {
	struct hl_store *store;
	struct hl_catalog *catalog;
	struct hl_decider *decider;
	int64_t now_ms;
	struct hl_ops_ctx ctx;
	struct hl_buf out;
	struct hl_err err;
};
extern struct fx fx;

/* Rules with 3/7 confusable, lists stolen and felony, receivers desk (all) and north (felony too). */
void fx_setup(void);
/* The same with more text at the end of the rules, or of their `alerts`. */
void fx_setup_rules(const char *rules);
extern const char fx_rules[];
void fx_teardown(void);

/* A read of cam7 at FX_T0 + at_ms, with the reader's confidence 0.95. */
struct hl_read fx_read(const char *id, const char *plate, int64_t at_ms);
/* Decides at fx.now_ms (which follows the read's time) and records every hit that is not dropped; the last one's result. Fails without a hit. */
struct hl_recorded fx_record(const struct hl_read *r);
struct hl_recorded fx_see(const char *id, const char *plate, int64_t at_ms);
/* The stored alert; free(). */
struct hl_alert *fx_alert(const char *id);
struct hl_store_counts fx_counts(void);

/* Runs an operation given as one text of words separated by blanks ("alert ls --json"); its answer stands in fx.out. */
enum hl_code fx_run(const char *words);
/* Asserts success and gives the answer. */
const char *fx_ok(const char *words);
/* Asserts a code and a piece of the fault's text. */
void fx_fails(enum hl_code code, const char *piece, const char *words);
/* Asserts that the text has the piece. */
void fx_has(const char *text, const char *piece);

#endif
