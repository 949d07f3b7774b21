/* channel_set.c: see channel_set.h. */
#include "core/channel_set.h"
#include "base/crypto.h"
#include "base/data.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct hl_channels_section, member)
const struct hl_opt hl_channels_options[] = {
	{ .name = "density", .type = HL_OPT_NAME, .offset = AT(density), .def = "us", .help = "rules/density/NAME.yaml: how common the shapes of plates are" },
	{ .name = "scores", .type = HL_OPT_NAME, .offset = AT(scores), .def = "openalpr",
	  .help = "the channel (rules/channels/NAME.yaml) of cameras without one in the settings, whose candidates have scores" },
	{ .name = "shares", .type = HL_OPT_NAME, .offset = AT(shares), .def = "fastplateocr", .help = "the same where candidates or chars are shares of one" },
	{ .name = "plain", .type = HL_OPT_NAME, .offset = AT(plain), .def = "neutral", .help = "the same where the reader gives no alternatives" },
	{ .name = NULL },
};

static const struct hl_shipped *shipped(const char *kind, const char *name)
{
	char full[HL_PATH_MAX];
	snprintf(full, sizeof full, "%s/%s", kind, name);
	for (const struct hl_shipped *s = hl_shipped; s->name; s++)
		if (!strcmp(s->name, full))
			return s;
	return NULL;
}

/* The text of rules/KIND/NAME.yaml: beside the rules file, else built in, else installed. path: where it was found. */
static enum hl_code look_for_text(const char *kind, const char *name, const char *rules_path, char path[HL_PATH_MAX], struct hl_buf *text, const char *file,
			      struct hl_faults *faults)
{
	const char *slash = strrchr(rules_path, '/');
	int folder = slash ? (int)(slash - rules_path) + 1 : 0;
	char rel[HL_PATH_MAX];
	struct hl_err err;
	int n = snprintf(path, HL_PATH_MAX, "%.*s%s/%s.yaml", folder, rules_path, kind, name);
	bool beside = n > 0 && n < HL_PATH_MAX && access(path, F_OK) == 0;
	const struct hl_shipped *s = beside ? NULL : shipped(kind, name);
	if (s) {
		snprintf(path, HL_PATH_MAX, "rules/%s/%s.yaml", kind, name);
		hl_buf_put(text, s->text, s->n);
		return HL_OK;
	}
	snprintf(rel, sizeof rel, "rules/%s/%s.yaml", kind, name);
	if (!beside && !hl_data_find(path, HL_PATH_MAX, rel)) {
		hl_faults_add(faults, file, 0, 0, "there is no %s/%s.yaml, neither beside %.200s nor among the installed ones", kind, name, rules_path);
		return HL_E_CONFIG;
	}
	if (hl_file_read(path, text, &err) == HL_OK)
		return HL_OK;
	hl_faults_add(faults, path, 0, 0, "%s", err.text);
	return HL_E_CONFIG;
}

/* The same, unless it is among the files of the rules. */
static enum hl_code find_text(const struct hl_channel_set *set, const char *kind, const char *name, const char *rules_path, char path[HL_PATH_MAX], struct hl_buf *text,
			      const char *file, struct hl_faults *faults)
{
	char full[HL_PATH_MAX / 2];
	snprintf(full, sizeof full, "%s/%s", kind, name);
	const struct hl_rules_file *had = hl_rules_files_find(set->files, true, full);
	if (had) {
		snprintf(path, HL_PATH_MAX, "%s.yaml", full);
		hl_buf_put(text, had->text, had->n);
		return HL_OK;
	}
	enum hl_code code = look_for_text(kind, name, rules_path, path, text, file, faults);
	if (code == HL_OK)
		hl_rules_files_add(set->files, true, full, hl_buf_text(text), text->len);
	return code;
}

enum hl_code hl_channel_from_text(struct hl_channel_table *t, const char *name, const char *path, const char *text, size_t n, const struct hl_density *d,
				  const unsigned char density_hash[32], struct hl_faults *faults)
{
	unsigned char hash[HL_SHA256];
	char hex[13];
	struct hl_sha256 h;
	memset(t, 0, sizeof *t);
	if (strlen(name) >= HL_CHANNEL_NAME) {
		hl_faults_add(faults, path, 0, 0, "the channel's name is longer than %d", HL_CHANNEL_NAME - 1);
		return HL_E_CONFIG;
	}
	if (hl_channel_parse(t, path, text, n, faults) != HL_OK)
		return HL_E_CONFIG;
	t->density = *d;
	hl_copy(t->name, sizeof t->name, name);
	hl_sha256_init(&h);
	hl_sha256_put(&h, text, n);
	hl_sha256_put(&h, density_hash, HL_SHA256);
	hl_sha256_end(&h, hash);
	hl_hex(hash, 6, hex);
	snprintf(t->id, sizeof t->id, "%s-%s", name, hex);
	hl_channel_finish(t);
	return HL_OK;
}

static enum hl_code load_density(struct hl_channel_set *set, const char *name, const char *rules_path, struct hl_faults *faults)
{
	char path[HL_PATH_MAX];
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	struct hl_sha256 h;
	enum hl_code code = find_text(set, "density", name, rules_path, path, &text, rules_path, faults);
	if (code == HL_OK)
		code = hl_density_parse(&set->density, path, hl_buf_text(&text), text.len, faults);
	hl_sha256_init(&h);
	hl_sha256_put(&h, hl_buf_text(&text), text.len);
	hl_sha256_end(&h, set->density_hash);
	hl_buf_fini(&text);
	return code;
}

static struct hl_channel_table *find(const struct hl_channel_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->table[i]->name, name))
			return set->table[i];
	return NULL;
}

enum hl_code hl_channels_need(struct hl_channel_set *set, const char *name, const char *rules_path, const char *file, struct hl_faults *faults)
{
	char path[HL_PATH_MAX];
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	if (find(set, name))
		return HL_OK;
	if (set->n == HL_CHANNELS_MAX) {
		hl_faults_add(faults, file, 0, 0, "more than %d channels", HL_CHANNELS_MAX);
		return HL_E_CONFIG;
	}
	enum hl_code code = find_text(set, "channels", name, rules_path, path, &text, file, faults);
	if (code == HL_OK) {
		struct hl_channel_table *t = hl_calloc(1, sizeof *t);
		code = hl_channel_from_text(t, name, path, hl_buf_text(&text), text.len, &set->density, set->density_hash, faults);
		if (code == HL_OK)
			set->table[set->n++] = t;
		else
			free(t);
	}
	hl_buf_fini(&text);
	return code;
}

enum hl_code hl_channels_load(struct hl_channel_set *set, const struct hl_channels_section *s, const char *rules_path, struct hl_faults *faults)
{
	const char *const names[HL_GAP_RATIO + 1] = { [HL_GAP_NONE] = s->plain, [HL_GAP_POINTS] = s->scores, [HL_GAP_RATIO] = s->shares };
	enum hl_code code = load_density(set, s->density, rules_path, faults);
	for (int i = 0; i <= HL_GAP_RATIO && code == HL_OK; i++) {
		code = hl_channels_need(set, names[i], rules_path, rules_path, faults);
		set->by_form[i] = code == HL_OK ? find(set, names[i]) : NULL;
	}
	return code;
}

enum hl_code hl_channels_use(struct hl_channel_set *set, const char *name, const char *rules_path, const char *file, struct hl_faults *faults)
{
	enum hl_code code = hl_channels_need(set, name, rules_path, file, faults);
	for (int i = 0; i <= HL_GAP_RATIO && code == HL_OK; i++)
		set->by_form[i] = find(set, name);
	return code;
}

void hl_channels_fini(struct hl_channel_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->table[i]);
	*set = (struct hl_channel_set){ 0 };
}

const struct hl_channel_table *hl_channels_choose(const struct hl_channel_set *set, const char *name, const struct hl_read *r)
{
	const struct hl_channel_table *t = name ? find(set, name) : NULL;
	return t ? t : set->by_form[hl_channel_guess(r)];
}
