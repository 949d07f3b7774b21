/* decode_others.h: JSON libraries to compare with, where they were there when this was configured. One thread. */
#ifndef BENCH_DECODE_OTHERS_H
#define BENCH_DECODE_OTHERS_H

#include <stdbool.h>
#include <stddef.h>

/* Each parses s and forgets it; false where it would not. */
bool bench_json_c_parse(const char *s, size_t n);
bool bench_cjson_parse(const char *s, size_t n);

#endif
