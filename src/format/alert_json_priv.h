/* alert_json_priv.h: what the two files that read an alert's JSON share: a table of members a nesting level, and how a fault is told. Private to src/format.
 */
#ifndef HL_FORMAT_ALERT_JSON_PRIV_H
#define HL_FORMAT_ALERT_JSON_PRIV_H

#include "format/alert_json.h"

struct json_t; /* jansson's json_t */

enum hl_alert_member_kind { HL_AM_TEXT, HL_AM_INT, HL_AM_INT64, HL_AM_TIME, HL_AM_NUMBER };

struct hl_alert_member {
	const char *name;
	enum hl_alert_member_kind kind;
	size_t offset, size; /* in what the table is of */
	bool required;
};

struct hl_alert_parse {
	struct hl_alert *a;
	struct hl_err *err;
};

/* False, with the fault "not an alert: KEY: expected …" noted. */
bool hl_alert_json_wrong(struct hl_alert_parse *p, const char *key, const char *expected);
/* Each of these: false where v is not what is wanted, with the fault noted. */
bool hl_alert_json_text(struct hl_alert_parse *p, const char *key, const struct json_t *v, char *dst, size_t size);
/* Members of an object into the struct at base; what is absent or null leaves the struct as it was, unless it is required. */
bool hl_alert_json_members(struct hl_alert_parse *p, void *base, const struct json_t *object, const char *what, const struct hl_alert_member *m);
/* The number of the word that object has under key: of n words. */
bool hl_alert_json_word(struct hl_alert_parse *p, const struct json_t *object, const char *key, const char *(*word)(unsigned), unsigned n, unsigned *out);
const char *hl_alert_json_state(unsigned i); /* words of states, for the above */
/* An array of names as one text, separated by spaces; NULL: none. */
bool hl_alert_json_names(struct hl_alert_parse *p, const char *key, const struct json_t *list, char *dst, size_t size);
/* What core/alert_write_life.c wrote. What an alert of before it was written lacks is taken as not having happened. */
bool hl_alert_json_life(struct hl_alert_parse *p, const struct json_t *root);

#endif
