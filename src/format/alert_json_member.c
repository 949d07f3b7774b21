/* alert_json_member.c: see alert_json_priv.h: single members of an alert's JSON, checked and taken. Any thread.
 */
#include "format/alert_json_priv.h"
#include "base/clock.h"
#include "base/text.h"

#include <jansson.h>
#include <string.h>

bool hl_alert_json_wrong(struct hl_alert_parse *p, const char *key, const char *expected)
{
	hl_err_set(p->err, HL_E_INPUT, "not an alert: %s: expected %s", key, expected);
	return false;
}

bool hl_alert_json_text(struct hl_alert_parse *p, const char *key, const json_t *v, char *dst, size_t size)
{
	if (!json_is_string(v))
		return hl_alert_json_wrong(p, key, "a string");
	return hl_copy_n(dst, size, json_string_value(v), json_string_length(v)) || hl_alert_json_wrong(p, key, "a shorter string");
}

static bool take_time(struct hl_alert_parse *p, const char *key, const json_t *v, int64_t *ms)
{
	return (json_is_string(v) && hl_time_parse(json_string_value(v), json_string_length(v), ms)) || hl_alert_json_wrong(p, key, "a time");
}

static bool take_member(struct hl_alert_parse *p, void *base, const struct hl_alert_member *m, const json_t *v)
{
	void *at = (char *)base + m->offset;
	switch (m->kind) {
	case HL_AM_TEXT:
		return hl_alert_json_text(p, m->name, v, at, m->size);
	case HL_AM_TIME:
		return take_time(p, m->name, v, at);
	case HL_AM_NUMBER:
		*(double *)at = json_number_value(v);
		return json_is_number(v) || hl_alert_json_wrong(p, m->name, "a number");
	case HL_AM_INT64:
		*(int64_t *)at = json_integer_value(v);
		return json_is_integer(v) || hl_alert_json_wrong(p, m->name, "a whole number");
	case HL_AM_INT:
		*(int *)at = (int)json_integer_value(v);
		return (json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= 1000) || hl_alert_json_wrong(p, m->name, "a small whole number");
	}
	return false;
}

bool hl_alert_json_members(struct hl_alert_parse *p, void *base, const json_t *object, const char *what, const struct hl_alert_member *m)
{
	if (!json_is_object(object))
		return hl_alert_json_wrong(p, what, "an object");
	for (; m->name; m++) {
		const json_t *v = json_object_get(object, m->name);
		if ((!v || json_is_null(v)) && m->required)
			return hl_alert_json_wrong(p, m->name, "a value");
		if (v && !json_is_null(v) && !take_member(p, base, m, v))
			return false;
	}
	return true;
}

bool hl_alert_json_word(struct hl_alert_parse *p, const json_t *object, const char *key, const char *(*word)(unsigned), unsigned n, unsigned *out)
{
	const char *s = json_string_value(json_object_get(object, key));
	for (*out = 0; s && *out < n; ++*out)
		if (!strcmp(word(*out), s))
			return true;
	return hl_alert_json_wrong(p, key, "one of its words");
}

const char *hl_alert_json_state(unsigned i)
{
	return hl_alert_state_name((enum hl_alert_state)i);
}

bool hl_alert_json_names(struct hl_alert_parse *p, const char *key, const json_t *list, char *dst, size_t size)
{
	size_t at = 0;
	if (list && !json_is_array(list))
		return hl_alert_json_wrong(p, key, "an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		size_t n = json_string_length(v);
		if (!json_is_string(v) || !hl_text_is_name(json_string_value(v), n, HL_TEXT_SHORT) || at + n + 2 > size)
			return hl_alert_json_wrong(p, key, "names within the room for them");
		if (at)
			dst[at++] = ' ';
		memcpy(dst + at, json_string_value(v), n + 1);
		at += n;
	}
	return true;
}
