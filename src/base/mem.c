/* mem.c: see mem.h. The one place that ends the process, for want of memory. Any thread. */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *checked(void *p)
{
	if (p)
		return p;
	fputs("hotlistd: out of memory\n", stderr);
	abort();
}

void *hl_alloc(size_t n)
{
	return checked(malloc(n ? n : 1));
}

void *hl_calloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *hl_realloc(void *p, size_t count, size_t size)
{
	size_t n;
	if (__builtin_mul_overflow(count, size, &n))
		return checked(NULL);
	return checked(realloc(p, n ? n : 1));
}

enum { SMALL = 512 << 10, HUGE_PAGE = 2 << 20 };

/* What is mapped for n bytes: large areas begin and end on the bounds of huge pages. */
static size_t mapped_size(size_t n)
{
	size_t unit = n < SMALL ? 4096 : HUGE_PAGE;
	size_t padded;
	if (__builtin_add_overflow(n ? n : 1, unit - 1, &padded))
		checked(NULL);
	return padded / unit * unit;
}

void *hl_alloc_pages(size_t n)
{
	size_t size = mapped_size(n), slack = n < SMALL ? 0 : HUGE_PAGE;
	char *p = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		checked(NULL);
	if (slack == 0)
		return p;
	size_t head = (HUGE_PAGE - (uintptr_t)p % HUGE_PAGE) % HUGE_PAGE;
	if (head)
		munmap(p, head);
	munmap(p + head + size, slack - head);
	madvise(p + head, size, MADV_HUGEPAGE); /* only advice: without huge pages it is slower, no more */
	return p + head;
}

void hl_free_pages(void *p, size_t n)
{
	if (p)
		munmap(p, mapped_size(n));
}

char *hl_strndup(const char *s, size_t n)
{
	char *d = hl_alloc(n + 1);
	memcpy(d, s, n);
	d[n] = 0;
	return d;
}

char *hl_strdup(const char *s)
{
	return s ? hl_strndup(s, strlen(s)) : NULL;
}

bool hl_copy_n(char *dst, size_t size, const char *src, size_t n)
{
	bool whole = n < size;
	if (!whole) {
		n = size - 1;
		while (n && ((unsigned char)src[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(dst, src, n);
	dst[n] = 0;
	return whole;
}

bool hl_copy(char *dst, size_t size, const char *src)
{
	return hl_copy_n(dst, size, src, strlen(src));
}

void hl_buf_init(struct hl_buf *b, size_t max)
{
	*b = HL_BUF(max);
}

void hl_buf_fini(struct hl_buf *b)
{
	free(b->data);
	*b = HL_BUF(b->max);
}

void hl_buf_clear(struct hl_buf *b)
{
	b->len = 0;
	b->full = false;
	if (b->data)
		b->data[0] = 0;
}

/* Room for n more bytes and the NUL; false past max. */
static bool reserve(struct hl_buf *b, size_t n)
{
	if (n > b->max || b->len > b->max - n) {
		b->full = true;
		return false;
	}
	size_t need = b->len + n + 1;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : 64;
	while (cap < need)
		cap *= 2;
	b->data = hl_realloc(b->data, cap, 1);
	b->cap = cap;
	return true;
}

bool hl_buf_put(struct hl_buf *b, const void *data, size_t n)
{
	if (!reserve(b, n))
		return false;
	if (n)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = 0;
	return true;
}

bool hl_buf_puts(struct hl_buf *b, const char *s)
{
	return hl_buf_put(b, s, strlen(s));
}

bool hl_buf_putc(struct hl_buf *b, char c)
{
	return hl_buf_put(b, &c, 1);
}

bool hl_buf_vprintf(struct hl_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	bool ok = n >= 0 && reserve(b, (size_t)n);
	if (ok) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
	return ok;
}

bool hl_buf_printf(struct hl_buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	bool ok = hl_buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

const char *hl_buf_text(const struct hl_buf *b)
{
	return b->data ? b->data : "";
}

char *hl_buf_steal(struct hl_buf *b)
{
	char *s = b->data ? b->data : hl_strdup("");
	*b = HL_BUF(b->max);
	return s;
}
