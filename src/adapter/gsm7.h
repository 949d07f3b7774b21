/* gsm7.h: how much room a text takes in one short message. Private to the room. Pure; any thread. */
#ifndef HL_ADAPTER_GSM7_H
#define HL_ADAPTER_GSM7_H

#include "base/mem.h"

enum { HL_SMS_SEPTETS = 160, HL_SMS_UNITS = 70 };

/* Septets of UTF-8 text in the GSM 7-bit alphabet (its extension counts two each); -1 where a symbol is in neither. */
int hl_gsm7_septets(const char *text);
/* 16-bit units of the text in UCS-2 (UTF-16): a symbol beyond the first plane is two. */
int hl_ucs2_units(const char *text);
/* One segment? */
bool hl_sms_fits(const char *text);
/* The text with '?' for every symbol outside the GSM alphabet, appended to out. */
void hl_gsm7_plain(const char *text, struct hl_buf *out);
/* Typographic dashes, quotes, blanks and the ellipsis become plain ones, so that they do not halve the message; appended to out. */
void hl_sms_fold(const char *text, struct hl_buf *out);

#endif
