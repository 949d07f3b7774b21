/* read_text.c: see read_text.h. */
#include "read_text.h"

#include <stdio.h>

#include "base/clock.h"

void bench_time_text(char *dst)
{
	hl_time_format(hl_clock_real_ms(), dst);
}

/* What a reader adds that gives more than its best guess. */
static int rich_part(struct bench_random *r, const char *plate, char *dst, size_t size)
{
	int n = snprintf(dst, size, ",\"candidates\":[");
	for (unsigned i = 0; i < 4; i++) {
		char other[BENCH_PLATE];
		snprintf(other, sizeof other, "%s", plate);
		other[bench_below(r, 6)] = (char)('0' + bench_below(r, 10));
		n += snprintf(dst + n, size - (size_t)n, "%s{\"plate\":\"%s\",\"confidence\":0.%04u}", i ? "," : "", other, bench_below(r, 10000));
	}
	n += snprintf(dst + n, size - (size_t)n, "],\"chars\":[");
	for (unsigned i = 0; plate[i]; i++)
		n += snprintf(dst + n, size - (size_t)n, "%s[[\"%c\",0.%04u]]", i ? "," : "", plate[i], 9000 + bench_below(r, 1000));
	n += snprintf(dst + n, size - (size_t)n, "]");
	return n;
}

size_t bench_read_text(struct bench_random *r, unsigned long number, const char *time, bool rich, char text[BENCH_READ_MAX])
{
	static const char *const makes[] = { "FORD", "TOYT", "HOND", "CHEV", "LEXS", "GMC" }, *const colors[] = { "MAR", "BLK", "WHI", "SIL" };
	char plate[BENCH_PLATE], more[600] = "";
	unsigned cam = bench_below(r, 200);
	bench_plate(r, plate);
	if (rich)
		rich_part(r, plate, more, sizeof more);
	int n = snprintf(text, BENCH_READ_MAX,
			 "{\"id\":\"cam%u-%09lu\",\"camera\":\"cam%u\",\"site\":\"I-25 N %u\",\"time\":\"%s\",\"plate\":\"%s\",\"confidence\":0.%04u%s,"
			 "\"region\":\"us-co\",\"lat\":39.%06u,\"lon\":-104.%06u,\"vehicle\":{\"type\":\"car\",\"make\":\"%s\",\"color\":\"%s\"},"
			 "\"image\":\"https://img.example/%u/%lu.jpg\",\"seq\":%lu}",
			 cam, number, cam, cam, time, plate, 5000 + bench_below(r, 5000), more, bench_below(r, 1000000), bench_below(r, 1000000),
			 makes[bench_below(r, 6)], colors[bench_below(r, 4)], cam, number, number);
	return (size_t)n;
}
