/* read_native.h: the row of the native read format (contract.md, A read on the wire; doc/reads.md). */
#ifndef HL_FORMAT_READ_NATIVE_H
#define HL_FORMAT_READ_NATIVE_H

#include "format/reads.h"

extern const struct hl_read_format hl_read_native;

#endif
