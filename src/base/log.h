/* log.h: log lines on standard error, one a line: "<LEVEL> text key=value …" (journald reads the <N> prefix where standard error is the journal).
 * Only daemon/ and ctl/ log. Control bytes are escaped. Any thread.
 */
#ifndef HL_BASE_LOG_H
#define HL_BASE_LOG_H

enum hl_log_level { HL_LOG_ERROR = 3, HL_LOG_WARN = 4, HL_LOG_INFO = 6, HL_LOG_DEBUG = 7 };

void hl_log_open(enum hl_log_level least, int journal); /* journal: write the <N> prefix instead of a time and a word */
void hl_log(enum hl_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Like hl_log, at most once in a second for each `slot` (a caller's static counter of lines left out, told with the next line). */
void hl_log_limited(unsigned long *slot, enum hl_log_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
