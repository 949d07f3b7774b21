/* json_out.h: writes JSON into a struct hl_buf; commas and escapes are its business. Control bytes, quotes and backslashes are escaped; bytes that
 * are not UTF-8 become U+FFFD. No floating point format depends on the locale. One writer belongs to one thread.
 *
 *     struct hl_json j;
 *     hl_json_init(&j, &buf);
 *     hl_json_open(&j, '{'); hl_json_str(&j, "id", id); hl_json_open_key(&j, "reads", '['); … hl_json_close(&j); hl_json_close(&j);
 *
 * Every value function takes a key: the member's name inside an object, NULL inside an array or at the top.
 */
#ifndef HL_BASE_JSON_OUT_H
#define HL_BASE_JSON_OUT_H

#include "base/mem.h"

enum { HL_JSON_DEPTH = 32 };

struct hl_json {
	struct hl_buf *out; /* borrowed */
	unsigned depth;
	char closer[HL_JSON_DEPTH];
	bool some[HL_JSON_DEPTH + 1]; /* a value was written at this depth */
};

void hl_json_init(struct hl_json *j, struct hl_buf *out); /* borrows out for the writer's life */
void hl_json_open(struct hl_json *j, char bracket);       /* '{' or '[' */
void hl_json_open_key(struct hl_json *j, const char *key, char bracket);
void hl_json_close(struct hl_json *j);
void hl_json_str(struct hl_json *j, const char *key, const char *value); /* NULL writes null */
void hl_json_str_n(struct hl_json *j, const char *key, const char *value, size_t n);
void hl_json_opt(struct hl_json *j, const char *key, const char *value); /* nothing where value is NULL or "" */
void hl_json_int(struct hl_json *j, const char *key, int64_t value);
void hl_json_bool(struct hl_json *j, const char *key, bool value);
void hl_json_null(struct hl_json *j, const char *key);
void hl_json_cost(struct hl_json *j, const char *key, int hundredths);  /* two decimals: 40 -> 0.40 */
void hl_json_prob(struct hl_json *j, const char *key, double p);        /* six significant digits, shortest form; NaN and infinity write null */
void hl_json_num(struct hl_json *j, const char *key, double v);         /* up to nine significant digits */
void hl_json_time(struct hl_json *j, const char *key, int64_t unix_ms); /* RFC 3339, UTC, milliseconds; INT64_MIN writes null */
void hl_json_raw(struct hl_json *j, const char *key, const char *json); /* already JSON; "" writes null */

#endif
