/* index_model.h: what a family of keys would cost a query, estimated from a sample of the list; for index_plan.c alone. */
#ifndef HL_CORE_INDEX_MODEL_H
#define HL_CORE_INDEX_MODEL_H

#include "core/index_int.h"

struct hl_ix_model;
/* Samples the n entries listed at `entry`; borrows t until freed. */
struct hl_ix_model *hl_ix_model_new(const struct hl_confusion *t, const struct hl_pattern *patterns, const uint32_t *entry, size_t n, unsigned ones);
void hl_ix_model_free(struct hl_ix_model **m);
/* Nanoseconds a read, roughly, with a charge for memory. */
double hl_ix_model_cost(const struct hl_ix_model *m, const struct hl_ix_shape *shape);
/* Keys that a read of n symbols asks for. */
double hl_ix_model_keys(const struct hl_ix_family *f, struct hl_ix_need need, unsigned ones, unsigned n);

#endif
