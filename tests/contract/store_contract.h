/* store_contract.h: the contract of struct hl_store_ops as tests, run on each store by a small program of its own (test_store_sqlite.c). A program
 * sets contract_target and adds the cases; every test gets a fresh, open, writing handle in `st`.
 */
#ifndef HL_TESTS_CONTRACT_STORE_CONTRACT_H
#define HL_TESTS_CONTRACT_STORE_CONTRACT_H

#include <check.h>

#include "store/store.h"

struct contract_target {
	const char *store; /* where it is, for hl_store_open */
	void (*prepare)(void); /* NULL: nothing is to be done before a test; st_dir is there */
};
extern struct contract_target contract_target;
extern struct hl_store *st; /* the open handle of the running test */
extern char st_dir[HL_PATH_MAX];

enum { T0 = 1000000 }; /* an instant, ms; tests count from here */

void contract_setup(void);
void contract_teardown(void);
/* What a restart does: close, open. */
void contract_reopen(void);
struct hl_store *contract_reader(void);

/* Asserts HL_OK and shows the fault's text where it is not. */
#define ok(call)                                                                                                                                    \
	do {                                                                                                                                        \
		struct hl_err e_ = { 0 };                                                                                                           \
		struct hl_err *err = &e_;                                                                                                           \
		enum hl_code rc_ = (call);                                                                                                          \
		ck_assert_msg(rc_ == HL_OK, "%s: %s", hl_code_name(rc_), e_.text);                                                                  \
	} while (0)
/* Asserts a code and a piece of the text. */
#define fails(code_, piece, call)                                                                                                                   \
	do {                                                                                                                                        \
		struct hl_err e_ = { 0 };                                                                                                           \
		struct hl_err *err = &e_;                                                                                                           \
		enum hl_code rc_ = (call);                                                                                                          \
		ck_assert_msg(rc_ == (code_), "got %s, not %s: %s", hl_code_name(rc_), hl_code_name(code_), e_.text);                               \
		ck_assert_msg(strstr(e_.text, (piece)) != NULL, "no '%s' in '%s'", (piece), e_.text);                                               \
	} while (0)

/* An alert of this id at revision 1; body "{...}" is made by contract_body. */
struct hl_alert *contract_alert(const char *id, int64_t time_ms);
struct hl_event contract_event(const char *id, const char *alert);
/* A pending delivery due at once; its body is static. */
struct hl_delivery contract_delivery(const char *id, const char *event, const char *alert, const char *receiver, const char *address);
struct hl_peek_key contract_key(const char *entry, const char *read_id);
/* An alert, its event "e-ID" and one delivery "d-ID-N" for each of n addresses of the receiver, applied. due: T0 + N. */
void contract_put(const char *id, const char *receiver, const char *address, size_t n);
/* Takes up to max and asserts how many came; the ids, separated by spaces, into ids (1 KiB). */
void contract_take(int64_t now_ms, size_t max, size_t expect, char *ids);
struct hl_store_counts contract_counts(void);
/* The one delivery of this id. */
struct hl_delivery contract_get_delivery(const char *id);

/* All cases below into the suite: what is added there runs on every store. */
void contract_cases(Suite *s);
TCase *contract_change_case(void);
TCase *contract_watch_case(void);
TCase *contract_timer_case(void);
TCase *contract_digest_case(void);
TCase *contract_group_case(void);
TCase *contract_unrecorded_case(void);
TCase *contract_outbox_case(void);
TCase *contract_lease_case(void);
TCase *contract_query_case(void);
TCase *contract_report_case(void);
TCase *contract_sweep_case(void);
TCase *contract_cleared_case(void);
TCase *contract_totals_case(void);

#endif
