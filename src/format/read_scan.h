/* read_scan.h: the native read in one pass, for read_native.c; and the meaning of a few keys, which scanner and jansson share. Pure; any thread. */
#ifndef HL_FORMAT_READ_SCAN_H
#define HL_FORMAT_READ_SCAN_H

#include "core/read.h"

/* True: read_native.c's decoder by jansson would accept this text and make exactly this read of it. False: not sure, or wrong; jansson is to be asked, and
 * *r holds nothing of use. Never reports a fault. */
bool hl_read_scan(const char *data, size_t n, struct hl_read *r);

/* C0, DEL, or C1 in UTF-8. */
bool hl_native_has_control(const char *s, size_t n);
/* Seconds or milliseconds since 1970, told apart by size: as seconds the border lies in the year 5138, as milliseconds in 1973. whole: i holds, else d. */
bool hl_native_epoch(bool whole, int64_t i, double d, int64_t *ms);
/* Keeps the most probable where a slot has more symbols than room. */
void hl_native_add_symbol(struct hl_read_slot *slot, uint8_t sym, double p);
/* A region is a code or a word; one longer than its room is known by its code, or not at all. */
void hl_native_set_region(struct hl_read *r, const char *s, size_t n);

#endif
