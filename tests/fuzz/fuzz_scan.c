/* fuzz_scan.c: the scanner against jansson on any bytes: what it takes, jansson takes, and both make the same read. The bytes are lines, each looked at with
 * what the scanner remembers of those before. */
#include "format/read_native.h"
#include "format/read_scan.h"
#include "same_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
static void one(const uint8_t *data, size_t n)
{
	struct hl_read a, b;
	struct hl_err err;
	/* Different bytes where nothing is written, so that what the scanner leaves out can't be equal by luck. */
	memset(&a, 0x55, sizeof a);
	memset(&b, 0xaa, sizeof b);
	/* An exact copy, so that a look past its end is seen. */
	char *copy = malloc(n ? n : 1);
	if (!copy)
		return;
	memcpy(copy, data, n);
	if (hl_read_scan(copy, n, &a) && (hl_read_native_judge.decode(copy, n, &b, &err) != HL_OK || !same_read(&a, &b)))
		__builtin_trap();
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	one(data, n); /* the whole, too: blanks may be line ends */
	for (const uint8_t *p = data, *end = data + n, *line; p < end; p = line + 1) {
		line = memchr(p, '\n', (size_t)(end - p));
		line = line ? line : end;
		one(p, (size_t)(line - p));
	}
	return 0;
}
