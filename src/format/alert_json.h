/* alert_json.h: JSON -> struct hl_alert, the inverse of hl_alert_write (for alerts kept in the store). Pure. */
#ifndef HL_FORMAT_ALERT_JSON_H
#define HL_FORMAT_ALERT_JSON_H

#include "core/alert.h"

/* HL_E_INPUT where text is not an alert as hl_alert_write makes it. Unknown members are ignored. */
enum hl_code hl_alert_parse(struct hl_alert *a, const char *text, size_t n, struct hl_err *err);

#endif
