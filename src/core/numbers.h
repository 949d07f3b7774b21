/* numbers.h: rows of plain decimals in a YAML document ("0.5 0.25 0.01"): the learned artefacts are mostly such rows. Pure; any thread. */
#ifndef HL_CORE_NUMBERS_H
#define HL_CORE_NUMBERS_H

#include "base/conf.h"

/* One key of a document whose value is a row of n numbers, each within min..max, n doubles at offset. */
struct hl_numbers {
	const char *name;
	size_t offset;
	unsigned n;
	double min, max;
};

/* Reads exactly n plain decimals separated by single spaces; else adds a fault and is false. The nearest doubles, whatever the locale. */
bool hl_numbers_read(const struct hl_node *node, unsigned n, double min, double max, double *out, struct hl_conf_ctx *ctx);
/* Whether root is a mapping; each key that is neither in the table nor in `others` (ended by NULL) is a fault. */
bool hl_numbers_document(const struct hl_node *root, const struct hl_numbers *table, const char *const *others, struct hl_conf_ctx *ctx);
/* Every row of the table (ended by a row without name) from root into target; a missing one is a fault. */
void hl_numbers_fill(const struct hl_node *root, const struct hl_numbers *table, void *target, struct hl_conf_ctx *ctx);
/* Writes v as a plain decimal of six significant digits at most, and a row of them. */
void hl_number_put(struct hl_buf *out, double v);
void hl_numbers_put(struct hl_buf *out, const double *v, unsigned n);
/* The lines "name: numbers" of a table. */
void hl_numbers_write(const struct hl_numbers *table, const void *source, struct hl_buf *out);

#endif
