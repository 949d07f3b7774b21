/* golden.h: an alert in the words of all three channels, compared byte by byte with tests/data/golden/messages/NAME.{txt,html,sms,json}: a mail's subject and text, its
 * HTML, the short message, the webhook's body. What has changed on purpose is written anew by
 *
 *     UPDATE_GOLDEN=1 make check TESTS="$(make -s list-golden)" && git diff tests/data/golden
 *
 * and read, line by line, before it is committed.
 */
#ifndef HL_TESTS_GOLDEN_H
#define HL_TESTS_GOLDEN_H

#include "core/alert.h"

/* Mail and webhook with `full` details, the short message minimal, as they are by default. */
void golden_check(const char *name, const struct hl_alert *a, enum hl_event_type type);
/* A mail of `detail: minimal`, only .txt and .html: none of the words may be in it. words ends with NULL. */
void golden_check_minimal(const char *name, const struct hl_alert *a, enum hl_event_type type, const char *const *words);
/* A mail in the words of a template of the source tree ("templates/de.txt") and the short message, not the webhook. */
void golden_check_template(const char *name, const struct hl_alert *a, enum hl_event_type type, const char *file);
/* What one of the files holds; free it. */
char *golden_read(const char *name, const char *ending);

#endif
