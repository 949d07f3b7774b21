/* cmd_replay.c: `hotlistctl rules replay`: recorded reads through two sets of rules: what the change gains and loses, by engine/replay. Main thread; matching is spread
 * over the processors.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/ctl.h"
#include "ctl/list_file.h"
#include "ctl/replay_print.h"

enum { CHUNK = 8 << 20, SETS_MAX = 2 };

struct args {
	const char *rules[SETS_MAX];
	size_t n_rules;
	const char *reads, *config;
	const char *list[HL_CTL_LISTS_MAX];
	size_t n_lists;
	const char *layouts[2];
	bool per_read, summary, json;
};

/* Flags without a value. */
static bool flag(struct args *a, const char *word)
{
	if (!strcmp(word, "--per-read"))
		a->per_read = true;
	else if (!strcmp(word, "--summary"))
		a->summary = true;
	else
		return false;
	return true;
}

static int add_list(struct args *a, const char *v)
{
	if (a->n_lists == HL_CTL_LISTS_MAX)
		return hl_ctl_usage(&hl_ctl_rules_replay, "at most %d lists", HL_CTL_LISTS_MAX);
	a->list[a->n_lists++] = v;
	return EX_OK;
}

static int parse(const struct hl_ctl_globals *g, int argc, char **argv, struct args *a)
{
	*a = (struct args){ .json = g->json, .config = g->config };
	for (int i = 0; i < argc; i++) {
		const char *v = "";
		int rc = EX_OK;
		if (hl_ctl_option(argc, argv, &i, "--reads", &v))
			a->reads = v;
		else if (hl_ctl_option(argc, argv, &i, "--layouts", &v))
			a->layouts[0] = v;
		else if (hl_ctl_option(argc, argv, &i, "--list", &v))
			rc = v ? add_list(a, v) : EX_OK;
		else if (!strncmp(argv[i], "--", 2) && !flag(a, argv[i]))
			return hl_ctl_usage(&hl_ctl_rules_replay, "unknown option '%s'", argv[i]);
		else if (strncmp(argv[i], "--", 2) != 0 && a->n_rules == SETS_MAX)
			return hl_ctl_usage(&hl_ctl_rules_replay, "two rules files are wanted, '%s' is one more", argv[i]);
		else if (strncmp(argv[i], "--", 2) != 0)
			a->rules[a->n_rules++] = argv[i];
		if (!v)
			return hl_ctl_usage(&hl_ctl_rules_replay, "'%s' needs a value", argv[i]);
		if (rc)
			return rc;
	}
	if (a->n_rules != 2 || !a->reads)
		return hl_ctl_usage(&hl_ctl_rules_replay, "two rules files and --reads are needed");
	if (!a->n_lists && !a->config)
		return hl_ctl_usage(&hl_ctl_rules_replay, "--list is needed, or the settings (-c) whose active lists are to be used");
	return EX_OK;
}

/* ---- loading ---- */

static enum hl_code load_rules(const char *path, const struct hl_settings *s, struct hl_rules **out, struct hl_err *err)
{
	struct hl_faults faults = { 0 };
	enum hl_code rc = hl_rules_load(out, path, &faults);
	if (!rc && s)
		rc = hl_settings_check_rules(s, *out, &faults);
	hl_ctl_faults(&faults);
	if (rc)
		hl_rules_free(out);
	return rc ? hl_err_set(err, rc, "%s has faults", path) : HL_OK;
}

static enum hl_code load_settings(const struct args *a, struct hl_settings **out, struct hl_err *err)
{
	struct hl_faults faults = { 0 };
	if (!a->config || hl_settings_load(out, a->config, &faults) == HL_OK)
		return HL_OK;
	hl_ctl_faults(&faults);
	return hl_err_set(err, HL_E_CONFIG, "%s has faults", a->config);
}

/* Lists from files under the first rules. */
static enum hl_code catalog_of_files(const struct args *a, struct hl_settings *s, struct hl_rules *rules, struct hl_catalog **out, struct hl_err *err)
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
static enum hl_code catalog_of_state(const struct args *a, struct hl_catalog **out, struct hl_err *err)
{
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	struct hl_faults faults = { 0 };
	struct hl_catalog *live = NULL;
	struct hl_rules *rules;
	enum hl_code rc = hl_catalog_load(&live, a->config, NULL, &crew, &faults);
	hl_ctl_faults(&faults);
	if (rc)
		return hl_err_set(err, rc, "%s has faults", a->config);
	rc = load_rules(a->rules[0], live->settings, &rules, err);
	if (!rc)
		rc = hl_catalog_with(out, live, rules, &crew, err);
	hl_catalog_unref(&live);
	return rc;
}

static enum hl_code first_catalog(const struct args *a, struct hl_catalog **out, struct hl_err *err)
{
	struct hl_settings *s = NULL;
	struct hl_rules *rules;
	if (!a->n_lists)
		return catalog_of_state(a, out, err);
	enum hl_code rc = load_settings(a, &s, err);
	if (!rc)
		rc = load_rules(a->rules[0], s, &rules, err);
	if (!rc)
		return catalog_of_files(a, s, rules, out, err);
	hl_settings_free(&s);
	return rc;
}

static enum hl_code load(const struct args *a, struct hl_catalog *c[SETS_MAX], struct hl_err *err)
{
	struct hl_rules *rules;
	enum hl_code rc = first_catalog(a, &c[0], err);
	if (!rc)
		rc = load_rules(a->rules[1], c[0]->settings, &rules, err);
	return rc ? rc : hl_catalog_with(&c[1], c[0], rules, &(struct hl_crew){ .threads = hl_crew_processors() }, err);
}

/* ---- reads ---- */

static void bad_line(void *arg, uint64_t line, const struct hl_err *why)
{
	const struct args *a = arg;
	fprintf(stderr, "%s:%llu:%u: %s\n", a->reads, (unsigned long long)line, why->column, why->text);
}

/* Whole lines: what is left of the last one waits at the beginning of the buffer. */
static enum hl_code feed(const struct args *a, FILE *f, struct hl_replay *p, struct hl_err *err)
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

static enum hl_code run_reads(const struct args *a, struct hl_replay *p, struct hl_err *err)
{
	FILE *f = !strcmp(a->reads, "-") ? stdin : fopen(a->reads, "r");
	if (!f)
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "%s: %s", a->reads, strerror(errno));
	enum hl_code rc = feed(a, f, p, err);
	if (f != stdin)
		fclose(f);
	return rc;
}

static enum hl_code replay(const struct args *a, struct hl_catalog *const c[SETS_MAX], struct hl_err *err)
{
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	struct args bad = *a;
	const struct hl_replay_opts o = { .per_read = a->per_read, .crew = &crew, .bad = bad_line, .bad_arg = &bad };
	struct hl_replay *p = NULL;
	enum hl_code rc = hl_replay_new(&p, c, 2, &o, err);
	if (!rc)
		rc = run_reads(a, p, err);
	if (!rc) {
		struct hl_replay_diff diff;
		hl_replay_diff(&diff, hl_replay_set(p, 0), hl_replay_set(p, 1));
		hl_replay_print(&(struct hl_replay_print){ p, &diff, a->json, a->per_read, a->summary });
		hl_replay_diff_fini(&diff);
		if (fflush(stdout) != 0)
			rc = hl_err_set(err, HL_E_IO, "standard output: %s", strerror(errno));
	}
	if (!rc && hl_replay_totals(p)->bad)
		rc = hl_err_set(err, HL_E_INPUT, "%s: %lld reads could not be read", a->reads, (long long)hl_replay_totals(p)->bad);
	hl_replay_free(&p);
	return rc;
}

static int replay_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct args a;
	struct hl_catalog *c[SETS_MAX] = { NULL };
	struct hl_err err = { 0 };
	int usage = parse(g, argc, argv, &a);
	if (usage)
		return usage;
	enum hl_code rc = load(&a, c, &err);
	if (!rc)
		rc = replay(&a, c, &err);
	for (size_t i = 0; i < SETS_MAX; i++)
		if (c[i])
			hl_catalog_unref(&c[i]);
	return rc ? hl_ctl_fail(&err) : EX_OK;
}

const struct hl_ctl_command hl_ctl_rules_replay = {
	.family = "rules",
	.verb = "replay",
	.usage = "OLD.yaml NEW.yaml --reads FILE|- [--list NAME=FILE[:LAYOUT]…] [--per-read] [--summary] [--layouts DIR]",
	.help = "recorded reads through two sets of rules: which alerts the change gains, loses and changes; without --list against the active lists of the settings (-c)",
	.run = replay_run,
};
