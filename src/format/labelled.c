/* labelled.c: see labelled.h. Each line is read twice: by the native format, which must not see the truth, and by jansson for the truth. Pure. */
#include "format/labelled.h"
#include "base/mem.h"
#include "format/reads.h"

#include <jansson.h>
#include <string.h>

struct walk {
	const struct hl_read_format *format;
	hl_labelled_fn fn;
	void *arg;
	struct hl_labelled *n;
};

static void text_of(const json_t *root, const char *key, char *dst, size_t size)
{
	const json_t *v = json_object_get(root, key);
	if (!json_is_string(v) || !hl_copy_n(dst, size, json_string_value(v), json_string_length(v)))
		dst[0] = 0;
}

static int64_t time_of(const json_t *v)
{
	int64_t ms;
	return json_is_string(v) && hl_time_parse(json_string_value(v), json_string_length(v), &ms) ? ms : HL_NO_TIME;
}

enum hl_code hl_labelled_line(const char *line, size_t size, struct hl_label *truth, int64_t *received_ms, struct hl_err *err)
{
	json_error_t fault;
	if (received_ms)
		*received_ms = HL_NO_TIME;
	json_t *root = json_loadb(line, size, JSON_REJECT_DUPLICATES, &fault);
	if (!root)
		return hl_err_at(err, HL_E_INPUT, 1, fault.column > 0 ? (unsigned)fault.column : 1, "%s", fault.text);
	const json_t *value = json_object_get(root, "_truth");
	enum hl_code code = HL_OK;
	if (!value || json_is_null(value))
		code = HL_E_NOTFOUND;
	else if (!json_is_string(value))
		code = hl_err_at(err, HL_E_INPUT, 1, 1, "'_truth' is no text; expected the plate that was there");
	else if (hl_plate_parse(&truth->plate, json_string_value(value), json_string_length(value), NULL) != HL_OK)
		code = HL_E_LIMIT;
	if (received_ms)
		*received_ms = time_of(json_object_get(root, "received"));
	text_of(root, "_truth", truth->text, sizeof truth->text);
	text_of(root, "_truth_region", truth->region, sizeof truth->region);
	text_of(root, "_condition", truth->condition, sizeof truth->condition);
	json_decref(root);
	return code;
}

static enum hl_code walk_line(const struct walk *w, const char *line, size_t size, struct hl_err *err)
{
	struct hl_read r;
	struct hl_label truth;
	enum hl_code code = w->format->decode(line, size, &r, err);
	if (code != HL_OK)
		return code;
	hl_read_finish(&r, HL_NO_TIME);
	code = hl_labelled_line(line, size, &truth, NULL, err);
	if (code == HL_E_INPUT)
		return code;
	if (code == HL_E_NOTFOUND) {
		w->n->unlabelled++;
	} else if (code == HL_E_LIMIT || !r.plate.len) {
		w->n->unusable++;
	} else {
		w->n->reads++;
		w->fn(w->arg, &r, &truth);
	}
	return HL_OK;
}

static bool blank(const char *line, size_t size)
{
	while (size && strchr(" \t\r", line[size - 1]))
		size--;
	return !size;
}

enum hl_code hl_labelled_walk(const char *file, const char *data, size_t size, hl_labelled_fn fn, void *arg, struct hl_labelled *n, struct hl_faults *faults)
{
	struct walk w = { .format = hl_read_format_find("native"), .fn = fn, .arg = arg, .n = n };
	size_t errors = faults->errors;
	unsigned line = 0;
	for (const char *p = data, *end = data + size; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl ? (size_t)(nl - p) : (size_t)(end - p);
		struct hl_err err = { 0 };
		line++;
		if (len > HL_READ_OBJECT_MAX)
			hl_faults_add(faults, file, line, 1, "a read of %zu bytes; expected at most %d", len, HL_READ_OBJECT_MAX);
		else if (!blank(p, len) && walk_line(&w, p, len, &err) != HL_OK)
			hl_faults_add(faults, file, line, err.column ? err.column : 1, "%s", err.text);
		p += len + (nl != NULL);
	}
	return faults->errors == errors ? HL_OK : HL_E_INPUT;
}
