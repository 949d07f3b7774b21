/* fuzz_scan.c: the scanner against jansson on any bytes: what it takes, jansson takes, and both make the same read. */
#include "format/read_native.h"
#include "format/read_scan.h"
#include "same_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct hl_read a, b;
	struct hl_err err;
	/* Different bytes where nothing is written, so that what the scanner leaves out can't be equal by luck. */
	memset(&a, 0x55, sizeof a);
	memset(&b, 0xaa, sizeof b);
	/* An exact copy, so that a look past its end is seen. */
	char *copy = malloc(n ? n : 1);
	if (!copy)
		return 0;
	memcpy(copy, data, n);
	if (hl_read_scan(copy, n, &a) && (hl_read_native_judge.decode(copy, n, &b, &err) != HL_OK || !same_read(&a, &b)))
		__builtin_trap();
	free(copy);
	return 0;
}
