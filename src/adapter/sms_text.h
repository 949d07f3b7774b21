/* sms_text.h: what a short message says. It fits one segment (160 septets, or 70 units where a symbol is outside the GSM alphabet) by cutting the least
 * important parts; the words NOT VERIFIED and how much differs are never cut. Private to the sms adapter. Pure; any thread.
 */
#ifndef HL_ADAPTER_SMS_TEXT_H
#define HL_ADAPTER_SMS_TEXT_H

#include "adapter/adapter.h"
#include "adapter/template.h"

/* Appends the text of m to body (full where there is no room). full: with the plates, else it names none. marked: it ends with # and the beginning of the
 * delivery's id, never cut, by which a reader knows a message that came twice from a second one like it. words: a template; where it has no part for short messages, or its words don't fit
 * whatever is cut, it is said in the built-in ones; NULL: those. Borrows all. */
void hl_sms_text(const struct hl_message *m, bool full, bool marked, const struct hl_template *words, struct hl_buf *body);

#endif
