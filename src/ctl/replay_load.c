/* replay_load.c: see replay_load.h. */
#include "config.h"

#include "ctl/replay_load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"

enum { CHUNK = 8 << 20 };

/* A min_probability that passes the alert_probability beside it takes that along: nothing is left to be verified for being unlikely. */
static enum hl_code load_along(const char *path, const char *option, const char *value, struct hl_rules **out)
{
	static const char low[] = "min_probability", high[] = "alert_probability";
	size_t n = strlen(option), at = n - (sizeof low - 1);
	char beside[HL_TEXT_LONG + sizeof high];
	struct hl_faults faults = { 0 };
	if (n < sizeof low - 1 || strcmp(option + at, low) != 0 || !hl_copy_n(beside, HL_TEXT_LONG, option, at))
		return HL_E_CONFIG;
	memcpy(beside + at, high, sizeof high);
	const struct hl_rules_set set[] = { { option, value }, { beside, value } };
	return hl_rules_load_with(out, path, set, 2, &faults);
}

enum hl_code hl_replay_load_rules(const char *path, const char *option, const char *value, const struct hl_settings *s, struct hl_rules **out, struct hl_err *err)
{
	struct hl_faults faults = { 0 };
	const struct hl_rules_set set = { option, value };
	enum hl_code rc = hl_rules_load_with(out, path, &set, option != NULL, &faults);
	if (rc && option && load_along(path, option, value, out) == HL_OK) {
		hl_faults_clear(&faults);
		rc = HL_OK;
	}
	if (!rc && s)
		rc = hl_settings_check_rules(s, *out, &faults);
	hl_ctl_faults(&faults);
	if (rc)
		hl_rules_free(out);
	return rc ? hl_err_set(err, rc, "%s has faults", path) : HL_OK;
}

static enum hl_code load_settings(const struct hl_replay_args *a, struct hl_settings **out, struct hl_err *err)
{
	struct hl_faults faults = { 0 };
	if (!a->config || hl_settings_load(out, a->config, &faults) == HL_OK)
		return HL_OK;
	hl_ctl_faults(&faults);
	return hl_err_set(err, HL_E_CONFIG, "%s has faults", a->config);
}

/* Lists from files under the first rules. */
static enum hl_code catalog_of_files(const struct hl_replay_args *a, struct hl_settings *s, struct hl_rules *rules, struct hl_catalog **out, struct hl_err *err)
{
	static char names[HL_CTL_LISTS_MAX][HL_NAME];
	struct hl_catalog_source src[HL_CTL_LISTS_MAX];
	size_t n = 0;
	enum hl_code rc = HL_OK;
	for (; !rc && n < a->n_lists; n += !rc)
		rc = hl_ctl_load_list(a->list[n], a->layouts, &src[n], names[n], err);
	if (!rc)
		return hl_catalog_new(out, s, rules, src, n, NULL, &(struct hl_crew){ .threads = hl_crew_processors() }, err);
	for (size_t i = 0; i < n; i++)
		hl_snapshot_close(&src[i].snapshot);
	hl_rules_free(&rules);
	hl_settings_free(&s);
	return rc;
}

/* The active lists of the settings' state under the first rules. */
static enum hl_code catalog_of_state(const struct hl_replay_args *a, size_t which, const char *value, struct hl_catalog **out, struct hl_err *err)
{
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	struct hl_faults faults = { 0 };
	struct hl_catalog *live = NULL;
	struct hl_rules *rules;
	enum hl_code rc = hl_catalog_load(&live, a->config, NULL, &crew, &faults);
	hl_ctl_faults(&faults);
	if (rc)
		return hl_err_set(err, rc, "%s has faults", a->config);
	rc = hl_replay_load_rules(a->rules[which], a->option, value, live->settings, &rules, err);
	if (!rc)
		rc = hl_catalog_with(out, live, rules, &crew, err);
	hl_catalog_unref(&live);
	return rc;
}

enum hl_code hl_replay_first_catalog(const struct hl_replay_args *a, size_t which, const char *value, struct hl_catalog **out, struct hl_err *err)
{
	struct hl_settings *s = NULL;
	struct hl_rules *rules;
	if (!a->n_lists)
		return catalog_of_state(a, which, value, out, err);
	enum hl_code rc = load_settings(a, &s, err);
	if (!rc)
		rc = hl_replay_load_rules(a->rules[which], a->option, value, s, &rules, err);
	if (!rc)
		return catalog_of_files(a, s, rules, out, err);
	hl_settings_free(&s);
	return rc;
}

void hl_replay_bad_line(void *arg, uint64_t line, const struct hl_err *why)
{
	const struct hl_replay_args *a = arg;
	fprintf(stderr, "%s:%llu:%u: %s\n", a->reads, (unsigned long long)line, why->column, why->text);
}

/* Whole lines: what is left of the last one waits at the beginning of the buffer. */
static enum hl_code feed(const struct hl_replay_args *a, FILE *f, struct hl_replay *p, struct hl_err *err)
{
	char *buf = hl_alloc(CHUNK);
	size_t have = 0, got;
	enum hl_code rc = HL_OK;
	while (!rc && (got = fread(buf + have, 1, CHUNK - have, f)) > 0) {
		have += got;
		const char *nl = memrchr(buf, '\n', have);
		size_t whole = nl ? (size_t)(nl - buf) + 1 : 0;
		if (!nl && have == CHUNK)
			rc = hl_err_set(err, HL_E_INPUT, "%s: a line of more than %d bytes", a->reads, CHUNK);
		hl_replay_feed(p, buf, whole);
		memmove(buf, buf + whole, have -= whole);
	}
	if (!rc)
		hl_replay_feed(p, buf, have);
	if (ferror(f))
		rc = hl_err_set(err, HL_E_IO, "%s: %s", a->reads, strerror(errno));
	free(buf);
	return rc;
}

enum hl_code hl_replay_run_reads(const struct hl_replay_args *a, struct hl_replay *p, struct hl_err *err)
{
	if (a->stored) {
		const struct hl_buf *reads = hl_replay_stored_reads(a->stored);
		hl_replay_feed(p, hl_buf_text(reads), reads->len);
		return HL_OK;
	}
	FILE *f = !strcmp(a->reads, "-") ? stdin : fopen(a->reads, "r");
	if (!f)
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "%s: %s", a->reads, strerror(errno));
	enum hl_code rc = feed(a, f, p, err);
	if (f != stdin)
		fclose(f);
	return rc;
}
