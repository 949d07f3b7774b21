/* confusion.h: the table of confusable symbols: what it costs that the listed symbol was read as another. Costs are hundredths of a hard edit.
 * Pure; a table is immutable once built and may be shared.
 */
#ifndef HL_CORE_CONFUSION_H
#define HL_CORE_CONFUSION_H

#include "core/plate.h"

enum { HL_HARD = 100, HL_COST_MAX = 200, HL_COST_NONE = 1 << 20 };

struct hl_confusion {
	uint8_t cost[HL_SYMBOLS][HL_SYMBOLS]; /* [listed][read]: 0 where equal, 10..90 for a confusable pair, HL_HARD for any other */
	uint8_t cheapest;                     /* the least cost of a pair; HL_HARD where the table is empty */
	uint16_t pairs;                       /* directed pairs */
};

/* The empty table: nothing is confusable. */
void hl_confusion_init(struct hl_confusion *t);
/* Sets one directed pair (codes 0..35). HL_E_INPUT: same symbol, or cost outside 10..90. Setting a pair again overrides. */
enum hl_code hl_confusion_set(struct hl_confusion *t, int listed, int read, int cost, struct hl_err *err);
/* A hash of the table's contents, for the key of an index segment: two tables with equal costs have equal hashes. */
uint64_t hl_confusion_hash(const struct hl_confusion *t);

#endif
