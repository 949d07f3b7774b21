/* mem.h: memory. Allocation is checked here and nowhere else: out of memory ends the process (the outbox makes a crash safe), therefore every
 * size that comes from outside is bounded before it is allocated. A struct hl_buf grows up to the ceiling given at its birth.
 * Any thread; a buffer belongs to one thread at a time.
 */
#ifndef HL_BASE_MEM_H
#define HL_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdarg.h>
#include <stdint.h>

/* Each gives memory that the caller frees with free(); none returns NULL. n = 0 gives a valid pointer. */
void *hl_alloc(size_t n);
void *hl_calloc(size_t count, size_t size);
void *hl_realloc(void *p, size_t count, size_t size); /* count * size is checked for overflow */
char *hl_strdup(const char *s);                       /* NULL gives NULL */
char *hl_strndup(const char *s, size_t n);
/* n zeroed bytes, on a page of their own, on huge pages where there are some to be had and n is large. Freed by hl_free_pages with the same n. */
void *hl_alloc_pages(size_t n);
void hl_free_pages(void *p, size_t n); /* NULL is fine */

/* Copies src into dst (of size bytes), cut where needed without splitting a UTF-8 sequence, always ended by a NUL. False where it was cut. */
bool hl_copy(char *dst, size_t size, const char *src);
bool hl_copy_n(char *dst, size_t size, const char *src, size_t n);

/* A growing byte buffer, always ended by a NUL byte that len does not count. Past max bytes it takes no more and remembers so in `full`. */
struct hl_buf {
	char *data; /* NULL until the first byte */
	size_t len, cap, max;
	bool full;
};

#define HL_BUF(limit) ((struct hl_buf){ .max = (limit) })

/* Empty, with its ceiling in bytes, as HL_BUF does; fini frees the bytes and leaves it empty for reuse. */
void hl_buf_init(struct hl_buf *b, size_t max);
void hl_buf_fini(struct hl_buf *b);
void hl_buf_clear(struct hl_buf *b); /* empties, keeps the memory */
/* Append. False (and nothing appended) where max would be passed. */
bool hl_buf_put(struct hl_buf *b, const void *data, size_t n);
bool hl_buf_puts(struct hl_buf *b, const char *s);
bool hl_buf_putc(struct hl_buf *b, char c);
bool hl_buf_printf(struct hl_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool hl_buf_vprintf(struct hl_buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* The text so far, "" where nothing was written; valid until the next append. */
const char *hl_buf_text(const struct hl_buf *b);
/* Gives the memory to the caller (free()) and leaves the buffer empty; never NULL. */
char *hl_buf_steal(struct hl_buf *b);

#endif
