/* wire_match.h: decode and match, and nothing else: payloads in, (read, entry) pairs within the budgets out, which are counted. The same calls as the
 * daemon's, in the same batches; what comes after them in the daemon (score, passages, rules, counters, answers) is left out. One thread's. */
#ifndef BENCH_WIRE_MATCH_H
#define BENCH_WIRE_MATCH_H

#include <stddef.h>

#include "engine/catalog.h"

struct wire_match;
struct wire_match *wire_match_new(struct hl_catalog *c); /* borrows c */
void wire_match_free(struct wire_match *m);
/* The two functions of a struct wire_taker, with the wire_match as argument. */
void wire_match_put(void *match, const char *data, size_t n);
void wire_match_idle(void *match);
size_t wire_match_reads(const struct wire_match *m);

#endif
