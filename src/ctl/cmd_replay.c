/* cmd_replay.c: `hotlistctl rules replay`: recorded reads through two sets of rules: what the change gains and loses, by engine/replay. Main thread; matching is spread
 * over the processors.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/replay_load.h"
#include "ctl/replay_print.h"
#include "ctl/replay_sweep.h"
#include "engine/ops_args.h"

enum { SETS_MAX = HL_REPLAY_RULES_MAX };

/* Flags without a value. */
static bool flag(struct hl_replay_args *a, const char *word)
{
	if (!strcmp(word, "--per-read"))
		a->per_read = true;
	else if (!strcmp(word, "--all"))
		a->all = true;
	else if (!strcmp(word, "--time"))
		a->time = true;
	else if (!strcmp(word, "--from-store"))
		a->from_store = a->per_read = true;
	else if (!strcmp(word, "--summary"))
		a->summary = true;
	else
		return false;
	return true;
}

static int add_list(struct hl_replay_args *a, const char *v)
{
	if (a->n_lists == HL_CTL_LISTS_MAX)
		return hl_ctl_usage(&hl_ctl_rules_replay, "at most %d lists", HL_CTL_LISTS_MAX);
	a->list[a->n_lists++] = v;
	return EX_OK;
}

/* What does not go together, or lacks something. */
static int usage_fault(const struct hl_replay_args *a)
{
	if (a->from_store && (a->reads || a->sweep))
		return hl_ctl_usage(&hl_ctl_rules_replay, "--from-store takes the reads of the alerts: without %s", a->reads ? "--reads" : "--sweep");
	if (a->since && !a->from_store)
		return hl_ctl_usage(&hl_ctl_rules_replay, "--since is for --from-store");
	if (a->from_store && !a->config && !a->state)
		return hl_ctl_usage(&hl_ctl_rules_replay, "--from-store: which state? Give -c FILE (the settings) or --state DIR");
	if ((!a->reads && !a->from_store) || !a->n_rules || (a->n_rules < 2 && !a->sweep))
		return hl_ctl_usage(&hl_ctl_rules_replay, "two rules files and --reads are needed, or --from-store (one file for a --sweep)");
	if (a->svg && !a->sweep)
		return hl_ctl_usage(&hl_ctl_rules_replay, "--svg draws a --sweep");
	if (!a->n_lists && !a->config)
		return hl_ctl_usage(&hl_ctl_rules_replay, "--list is needed, or the settings (-c) whose active lists are to be used");
	return EX_OK;
}

static int parse(const struct hl_ctl_globals *g, int argc, char **argv, struct hl_replay_args *a)
{
	*a = (struct hl_replay_args){ .json = g->json, .config = g->config, .state = g->state };
	for (int i = 0; i < argc; i++) {
		const char *v = "";
		int rc = EX_OK;
		if (hl_ctl_option(argc, argv, &i, "--reads", &v))
			a->reads = v;
		else if (hl_ctl_option(argc, argv, &i, "--since", &v))
			a->since = v;
		else if (hl_ctl_option(argc, argv, &i, "--layouts", &v))
			a->layouts[0] = v;
		else if (hl_ctl_option(argc, argv, &i, "--sweep", &v))
			a->sweep = v;
		else if (hl_ctl_option(argc, argv, &i, "--svg", &v))
			a->svg = v;
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
	return usage_fault(a);
}

static enum hl_code load(const struct hl_replay_args *a, struct hl_catalog *c[SETS_MAX], struct hl_err *err)
{
	struct hl_rules *rules;
	enum hl_code rc = hl_replay_first_catalog(a, 0, NULL, &c[0], err);
	if (!rc)
		rc = hl_replay_load_rules(a->rules[1], NULL, NULL, c[0]->settings, &rules, err);
	return rc ? rc : hl_catalog_with(&c[1], c[0], rules, &(struct hl_crew){ .threads = hl_crew_processors() }, err);
}

/* For the bench: the reads alone, without loading the lists and without printing. */
static enum hl_code timed(const struct hl_replay_args *a, struct hl_replay *p, struct hl_err *err)
{
	int64_t begun = hl_clock_mono_ns();
	clock_t cpu = clock();
	enum hl_code rc = hl_replay_run_reads(a, p, err);
	if (!rc && a->time)
		fprintf(stderr, "{\"reads\":%lld,\"seconds\":%.6f,\"cpu_seconds\":%.6f}\n", (long long)hl_replay_totals(p)->reads, (double)(hl_clock_mono_ns() - begun) / 1e9,
			(double)(clock() - cpu) / CLOCKS_PER_SEC);
	return rc;
}

/* The alerts' reads, and what they can't tell. */
static enum hl_code load_stored(struct hl_replay_args *a, const struct hl_settings *s, struct hl_replay_stored **stored, struct hl_err *err)
{
	int64_t since_ms = HL_NO_TIME;
	enum hl_code rc = hl_ops_since("--since", a->since, hl_clock_real_ms(), &since_ms, err);
	if (!rc)
		rc = hl_replay_stored_load(stored, s ? s->store : "sqlite", a->state ? a->state : s->state, since_ms, err);
	if (rc)
		return rc;
	a->stored = *stored;
	a->reads = "the store";
	fputs("hotlistctl: note: the store has the reads of alerts only; a read that matched nothing is never kept (retain_nonhits: 0s), so what a change would gain from others "
	      "can't be seen here\n",
	      stderr);
	return HL_OK;
}

static enum hl_code replay(const struct hl_replay_args *a, struct hl_catalog *const c[SETS_MAX], struct hl_err *err)
{
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	struct hl_replay_args told = *a;
	const struct hl_replay_opts o = { .per_read = a->per_read, .crew = &crew, .bad = hl_replay_bad_line, .bad_arg = &told,
					.said = a->stored ? hl_replay_stored_said : NULL, .said_arg = a->stored };
	struct hl_replay *p = NULL;
	enum hl_code rc = hl_replay_new(&p, c, 2, &o, err);
	if (!rc)
		rc = timed(a, p, err);
	if (!rc) {
		struct hl_replay_diff diff;
		hl_replay_diff(&diff, hl_replay_set(p, 0), hl_replay_set(p, 1));
		hl_replay_print(&(struct hl_replay_print){ p, &diff, a->json, a->per_read, a->summary, a->all, a->stored });
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
	struct hl_replay_args a;
	struct hl_replay_stored *stored = NULL;
	struct hl_catalog *c[SETS_MAX] = { NULL };
	struct hl_err err = { 0 };
	int usage = parse(g, argc, argv, &a);
	if (usage)
		return usage;
	if ((a.from_store || !a.n_lists) && hl_ctl_look(g, "rules replay", argc, argv, &err))
		return hl_ctl_fail(&err);
	if (a.sweep) {
		enum hl_code swept = hl_replay_sweep(&a, &err);
		return swept ? hl_ctl_fail(&err) : EX_OK;
	}
	enum hl_code rc = load(&a, c, &err);
	if (!rc && a.from_store)
		rc = load_stored(&a, c[0]->settings, &stored, &err);
	if (!rc)
		rc = replay(&a, c, &err);
	hl_replay_stored_free(&stored);
	for (size_t i = 0; i < SETS_MAX; i++)
		if (c[i])
			hl_catalog_unref(&c[i]);
	return rc ? hl_ctl_fail(&err) : EX_OK;
}

const struct hl_ctl_command hl_ctl_rules_replay = {
	.family = "rules",
	.verb = "replay",
	.usage = "OLD.yaml NEW.yaml --reads FILE|- | --from-store [--since 30d] [--list NAME=FILE[:LAYOUT]…] [--per-read] [--all|--summary] [--time] [--layouts DIR], or RULES.yaml… --sweep OPTION=LOW:HIGH:STEP [--svg FILE]",
	.help = "recorded reads through two sets of rules: which alerts the change gains, loses and changes; without --list against the active lists of the settings (-c); "
		"--from-store: the reads of the stored alerts, each by itself, with precision by what people found of them; "
		"--sweep: one option over a range of values, such as match.min_probability=0.05:0.9:0.05: what is told, precision and recall at each",
	.run = replay_run,
};
