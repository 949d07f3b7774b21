/* plate.h: the normal form of a plate as read, and of a plate as listed (which may have wildcards). matcher.md section 1. Pure; any thread.
 */
#ifndef HL_CORE_PLATE_H
#define HL_CORE_PLATE_H

#include "base/err.h"
#include <stdint.h>

enum {
	HL_PLATE_MAX = 12,  /* symbols of a normal form */
	HL_SYMBOLS = 36,    /* codes 0-9 are the digits, 10-35 the letters A-Z */
	HL_SYM_ONE = 36,    /* '?' in a pattern: any one symbol, cost 0 */
	HL_SYM_RUN = 37,    /* '*' in a pattern: any run of symbols, also none, cost 0 */
	HL_PARTIAL_FIXED = 3 /* letters and digits that a partial plate has at least, to be listed */
};

/* A plate as read: len symbols, the rest of sym zero (so that memcmp of the struct is equality). */
struct hl_plate {
	uint8_t sym[HL_PLATE_MAX];
	uint8_t len;
	uint8_t spare[3];
};

/* A plate as listed. */
struct hl_pattern {
	uint8_t sym[HL_PLATE_MAX]; /* codes, HL_SYM_ONE, HL_SYM_RUN */
	uint8_t len;
	uint8_t flags; /* HL_PAT_* */
	uint8_t spare[2];
};

enum {
	HL_PAT_O0 = 1,     /* O and 0 cost nothing against each other (the file wrote them alike) */
	HL_PAT_WILD = 2,   /* has a '?' or '*' */
	HL_PAT_SCANNED = 4 /* has a '*' or more than two '?': compared one by one, needs an approval */
};

/* The normal form of n bytes of text. HL_E_INPUT where nothing is left or more than HL_PLATE_MAX symbols are ("plate has 14 symbols, at most 12"). */
enum hl_code hl_plate_parse(struct hl_plate *p, const char *text, size_t n, struct hl_err *err);
/* The same with '?' and '*' kept; flags beyond HL_PAT_O0 are set by it. HL_E_INPUT also where no letter or digit is left. */
enum hl_code hl_pattern_parse(struct hl_pattern *p, const char *text, size_t n, bool o0, struct hl_err *err);
/* Is it partial: has it a '*' or more than two '?'? Such entries need a second approver and stand in the scanned list of an index. */
static inline bool hl_pattern_is_partial(const struct hl_pattern *p)
{
	return p->flags & HL_PAT_SCANNED;
}
/* How many of its symbols are letters or digits. */
unsigned hl_pattern_fixed(const struct hl_pattern *p);
/* Is this what hl_pattern_parse gives: length, symbols and flags that fit together? For patterns that come from a file. */
bool hl_pattern_is_sound(const struct hl_pattern *p);
/* The text of a normal form; dst has at least HL_PLATE_MAX + 1 bytes. */
void hl_plate_text(const struct hl_plate *p, char *dst);
void hl_pattern_text(const struct hl_pattern *p, char *dst);
/* The code of an ASCII letter (either case) or digit, else -1; and back. */
int hl_sym_code(char c);
char hl_sym_char(int code); /* also '?' and '*' */

#endif
