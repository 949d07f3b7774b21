/* read_text.h: generated reads as they come on the wire, for the benches. One thread each. */
#ifndef BENCH_READ_TEXT_H
#define BENCH_READ_TEXT_H

#include "plates.h"
#include <stdbool.h>

enum { BENCH_READ_MAX = 1024 };

/* One read of some 300 bytes, or of some 600 with candidates and per-symbol probabilities (rich), without newline. time: RFC 3339. Returns its bytes. */
size_t bench_read_text(struct bench_random *r, unsigned long number, const char *time, bool rich, char text[BENCH_READ_MAX]);
/* The time now as RFC 3339, in dst of 32 bytes. */
void bench_time_text(char *dst);

#endif
