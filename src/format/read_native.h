/* read_native.h: the row of the native read format (contract.md, A read on the wire; doc/reads.md). */
#ifndef HL_FORMAT_READ_NATIVE_H
#define HL_FORMAT_READ_NATIVE_H

#include "format/reads.h"

struct json_t;

extern const struct hl_read_format hl_read_native;
/* The same by jansson alone, without the scanner: for tests, fuzzing and benches; in no table. */
extern const struct hl_read_format hl_read_native_judge;

/* The same keys from a parsed object that hl_read_write wrote (an alert's read): none is required. Borrows object. HL_E_INPUT without a place. */
enum hl_code hl_read_native_members(struct hl_read *r, struct json_t *object, struct hl_err *err);

#endif
