/* versions_hold.c: why a version must wait for a second person: the names of the reasons, and adding some to a version that is there. Any thread; one writer at
 * a time (the holder of the state lock).
 */
#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "store/versions_priv.h"

const struct hl_hold_info hl_holds[] = {
	{ .bit = HL_HOLD_POLICY, .name = "policy", .help = "every version of this list must be approved" },
	{ .bit = HL_HOLD_PARTIAL, .name = "partial", .help = "it has partial plates, which many vehicles fit" },
	{ .bit = HL_HOLD_SHRINK, .name = "shrink", .help = "it has far fewer entries than the active version" },
	{ .bit = HL_HOLD_GROWTH, .name = "growth", .help = "it has far more entries than the active version" },
	{ .bit = HL_HOLD_STANDDOWN, .name = "standdown", .help = "it would end many open alerts" },
	{ .bit = HL_HOLD_CAP, .name = "cap", .help = "it has more entries than an upload, or the uploads of a day, may have" },
	{ .bit = HL_HOLD_AGE, .name = "age", .help = "its file is old, or older than that of the active version" },
	{ .bit = HL_HOLD_UNREADABLE, .name = "unreadable", .help = "its description can't be read" },
	{ 0 },
};

void hl_holds_text(unsigned holds, char dst[HL_HOLDS_TEXT])
{
	size_t n = 0;
	dst[0] = 0;
	for (const struct hl_hold_info *h = hl_holds; h->name && n < HL_HOLDS_TEXT; h++)
		if (holds & h->bit)
			n += (size_t)snprintf(dst + n, HL_HOLDS_TEXT - n, "%s%s", n ? ", " : "", h->name);
}

void hl_holds_json(unsigned holds, struct hl_json *j)
{
	hl_json_open_key(j, "holds", '[');
	for (const struct hl_hold_info *h = hl_holds; h->name; h++)
		if (holds & h->bit)
			hl_json_str(j, NULL, h->name);
	hl_json_close(j);
}

bool hl_versions_parse_holds(const struct hl_strings *names, unsigned *holds)
{
	bool all = true;
	*holds = 0;
	for (size_t i = 0; i < names->n; i++) {
		const struct hl_hold_info *h = hl_holds;
		while (h->name && strcmp(h->name, names->v[i]))
			h++;
		*holds |= h->bit;
		all = all && h->name;
	}
	return all;
}

enum hl_code hl_version_hold(const char *state, const char *list, const char *id, unsigned holds, struct hl_err *err)
{
	char dir[HL_PATH_MAX], content[HL_SHA256_HEX];
	struct hl_version v;
	struct hl_snapshot *s;
	enum hl_code code = hl_version_find(state, list, id, &v, err);
	if (code || (v.holds & holds) == holds)
		return code;
	if (v.entries < 0)
		return hl_err_set(err, HL_E_INPUT, "version %s can't be held: %s", v.id, v.source);
	code = hl_version_open(state, &v, &s, err);
	if (code)
		return code;
	hl_hex(hl_snapshot_hash(s), HL_SHA256, content);
	hl_snapshot_close(&s);
	v.holds |= holds;
	code = hl_versions_path(dir, state, list, v.id, NULL, err);
	return code ? code : hl_versions_describe(dir, &v, content, err);
}
