/* log.c: see log.h. A line is put together in one buffer and written by one write(2), so that lines of several threads never mix. Any thread. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

enum { LINE = 4096, HALF = sizeof(unsigned long) * 4 };

/* Set once at the start of a program, before any thread; atomic so that a late change can't tear. */
static atomic_int least_level = HL_LOG_INFO, to_journal;

void hl_log_open(enum hl_log_level least, int journal)
{
	atomic_store(&least_level, least);
	atomic_store(&to_journal, journal);
}

static const char *word_of(enum hl_log_level level)
{
	return level <= HL_LOG_ERROR ? "ERROR" : level <= HL_LOG_WARN ? "WARN" : level <= HL_LOG_INFO ? "INFO" : "DEBUG";
}

/* Control bytes are shown as \xNN, bytes that are not UTF-8 too: a log line stays one line, and a terminal obeys none of it. */
static void put_escaped(struct hl_buf *out, const char *s)
{
	while (*s) {
		unsigned char c = (unsigned char)*s;
		size_t n = hl_text_utf8_len(s, 4);
		bool c1 = n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0;
		if (!n || c < 0x20 || c == 0x7f || c1) {
			hl_buf_printf(out, "\\x%02x", c1 ? (unsigned char)s[1] : c);
			s += n ? n : 1;
			continue;
		}
		hl_buf_put(out, s, n);
		s += n;
	}
}

__attribute__((format(printf, 3, 0))) static void put_line(enum hl_log_level level, unsigned long left_out, const char *fmt, va_list ap)
{
	char text[LINE + 4]; /* utf8_len may look at four bytes */
	char time[HL_TIME_TEXT];
	struct hl_buf out = HL_BUF(5 * LINE);
	vsnprintf(text, LINE, fmt, ap);
	if (atomic_load(&to_journal)) {
		hl_buf_printf(&out, "<%d>", level);
	} else {
		hl_time_format(hl_clock_real_ms(), time);
		hl_buf_printf(&out, "%s %s ", time, word_of(level));
	}
	put_escaped(&out, text);
	if (left_out)
		hl_buf_printf(&out, " left_out=%lu", left_out);
	hl_buf_putc(&out, '\n');
	ssize_t n = write(STDERR_FILENO, out.data, out.len);
	(void)n; /* where standard error is gone, there is nowhere to say so */
	hl_buf_fini(&out);
}

void hl_log(enum hl_log_level level, const char *fmt, ...)
{
	if ((int)level > atomic_load(&least_level))
		return;
	va_list ap;
	va_start(ap, fmt);
	put_line(level, 0, fmt, ap);
	va_end(ap);
}

/* The slot holds, in its upper half, the second of the last line (never 0) and in its lower half the lines left out since. */
void hl_log_limited(unsigned long *slot, enum hl_log_level level, const char *fmt, ...)
{
	if ((int)level > atomic_load(&least_level))
		return;
	const unsigned long low = (1UL << HALF) - 1;
	unsigned long second = ((unsigned long)(hl_clock_mono_ms() / 1000) & low) | 1UL << (HALF - 1);
	unsigned long old = __atomic_load_n(slot, __ATOMIC_RELAXED), next;
	bool wait;
	do {
		wait = old >> HALF == second;
		next = !wait ? second << HALF : (old & low) == low ? old : old + 1;
	} while (!__atomic_compare_exchange_n(slot, &old, next, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	if (wait)
		return;
	va_list ap;
	va_start(ap, fmt);
	put_line(level, old & low, fmt, ap);
	va_end(ap);
}
