/* cmd_match.c: `hotlistctl match`: reads from a file against lists from files, offline: the same engine/decide as the daemon, without passage, cooldown
 * or cleared state. Its output is a contract (contract.md, Offline matching).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/ctl.h"
#include "ctl/list_file.h"
#include "engine/decide.h"
#include "format/reads.h"

enum { LISTS_MAX = HL_CTL_LISTS_MAX, BATCH = 64, LINE_MAX_BYTES = HL_READ_OBJECT_MAX };

struct args {
	const char *rules, *reads, *channel;
	const char *list[LISTS_MAX];
	size_t n_lists;
	struct hl_decide_opts opts;
	bool all, explain;
	const char *layouts[2]; /* --layouts DIR, looked at before those that came with the program */
};

struct run {
	const struct args *a;
	struct hl_catalog *catalog;
	struct hl_decider *decider;
	struct hl_read read[BATCH];
	uint64_t line_no[BATCH];
	size_t n;
	uint64_t bad;
	struct hl_buf out;
};

static int parse(const struct hl_ctl_globals *g, int argc, char **argv, struct args *a)
{
	*a = (struct args){ .reads = "-", .opts = { .now_ms = HL_NO_TIME } };
	(void)g;
	for (int i = 0; i < argc; i++) {
		const char *v = "";
		if (hl_ctl_option(argc, argv, &i, "--rules", &v)) {
			a->rules = v;
		} else if (hl_ctl_option(argc, argv, &i, "--reads", &v)) {
			a->reads = v;
		} else if (hl_ctl_option(argc, argv, &i, "--channel", &v)) {
			a->channel = v;
		} else if (hl_ctl_option(argc, argv, &i, "--layouts", &v)) {
			a->layouts[0] = v;
		} else if (hl_ctl_option(argc, argv, &i, "--list", &v)) {
			if (a->n_lists == LISTS_MAX)
				return hl_ctl_usage(&hl_ctl_match, "at most %d lists", LISTS_MAX);
			a->list[a->n_lists++] = v;
		} else if (strcmp(argv[i], "--exhaustive") == 0) {
			a->opts.exhaustive = true;
		} else if (strcmp(argv[i], "--all") == 0) {
			a->all = true;
		} else if (strcmp(argv[i], "--explain") == 0) {
			a->explain = true;
		} else {
			return hl_ctl_usage(&hl_ctl_match, "unknown option '%s'", argv[i]);
		}
		if (!v)
			return hl_ctl_usage(&hl_ctl_match, "'%s' needs a value", argv[i]);
	}
	if (!a->rules || !a->n_lists)
		return hl_ctl_usage(&hl_ctl_match, "--rules and --list are needed");
	a->opts.kept_only = !a->all;
	return EX_OK;
}

static enum hl_code load(const struct args *a, struct hl_catalog **out, struct hl_err *err)
{
	static char names[LISTS_MAX][HL_NAME];
	struct hl_catalog_source src[LISTS_MAX];
	struct hl_faults faults = { 0 };
	struct hl_rules *rules = NULL;
	size_t n = 0;
	enum hl_code rc = hl_rules_load(&rules, a->rules, &faults);
	if (!rc && a->channel)
		rc = hl_channels_use(&rules->channels, a->channel, a->rules, "--channel", &faults);
	hl_ctl_faults(&faults);
	if (rc) {
		bool sound = rules != NULL;
		hl_rules_free(&rules);
		return sound ? hl_err_set(err, rc, "the channel '%s' can't be used", a->channel) : hl_err_set(err, rc, "%s has faults", a->rules);
	}
	for (; !rc && n < a->n_lists; n += !rc)
		rc = hl_ctl_load_list(a->list[n], a->layouts, &src[n], names[n], err);
	if (!rc)
		return hl_catalog_new(out, NULL, rules, src, n, NULL, &(struct hl_crew){ .threads = hl_crew_processors() }, err);
	for (size_t i = 0; i < n; i++)
		hl_snapshot_close(&src[i].snapshot);
	hl_rules_free(&rules);
	return rc;
}

static void flush(struct run *r)
{
	const struct hl_hit *hits;
	size_t n = hl_decide(r->catalog, r->decider, r->read, r->n, &r->a->opts, &hits);
	for (size_t i = 0; i < n; i++) {
		if (hits[i].decision == HL_DROP && !r->a->all)
			continue;
		hl_buf_clear(&r->out);
		hl_decide_write(r->catalog, &r->read[hits[i].read], &hits[i], r->line_no[hits[i].read], r->a->explain, &r->out);
		hl_buf_putc(&r->out, '\n');
		fwrite(hl_buf_text(&r->out), 1, r->out.len, stdout);
	}
	r->n = 0;
}

static void one_line(struct run *r, const char *line, size_t n, uint64_t no)
{
	struct hl_err err = { 0 };
	struct hl_read *rd = &r->read[r->n];
	hl_read_init(rd);
	enum hl_code rc = hl_read_format_find("native")->decode(line, n, rd, &err);
	if (rc) {
		fprintf(stderr, "%s:%llu:%u: %s\n", r->a->reads, (unsigned long long)no, err.column, err.text);
		r->bad++;
		return;
	}
	hl_read_finish(rd, HL_NO_TIME);
	r->line_no[r->n++] = no;
	if (r->n == BATCH)
		flush(r);
}

static void every_line(struct run *r, FILE *f)
{
	char *line = NULL;
	size_t cap = 0;
	uint64_t no = 0;
	for (ssize_t n; (n = getline(&line, &cap, f)) >= 0;) {
		no++;
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (n > LINE_MAX_BYTES) {
			fprintf(stderr, "%s:%llu:1: a read of %zd bytes, at most %d\n", r->a->reads, (unsigned long long)no, n, LINE_MAX_BYTES);
			r->bad++;
		} else if (n) {
			one_line(r, line, (size_t)n, no);
		}
	}
	flush(r);
	free(line);
}

static int match_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct args a;
	struct hl_err err = { 0 };
	int usage = parse(g, argc, argv, &a);
	if (usage)
		return usage;
	FILE *f = strcmp(a.reads, "-") == 0 ? stdin : fopen(a.reads, "r");
	if (!f) {
		hl_err_set(&err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "%s: %s", a.reads, strerror(errno));
		return hl_ctl_fail(&err);
	}
	struct run *r = hl_calloc(1, sizeof *r);
	*r = (struct run){ .a = &a, .out = HL_BUF(1 << 20) };
	enum hl_code rc = load(&a, &r->catalog, &err);
	if (!rc) {
		r->decider = hl_decider_new();
		every_line(r, f);
		if (ferror(f))
			rc = hl_err_set(&err, HL_E_IO, "%s: %s", a.reads, strerror(errno));
		if (fflush(stdout) != 0)
			rc = hl_err_set(&err, HL_E_IO, "standard output: %s", strerror(errno));
		if (!rc && r->bad)
			rc = hl_err_set(&err, HL_E_INPUT, "%s: %llu reads could not be read", a.reads, (unsigned long long)r->bad);
	}
	hl_decider_free(&r->decider);
	hl_catalog_unref(&r->catalog);
	hl_buf_fini(&r->out);
	free(r);
	if (f != stdin)
		fclose(f);
	return rc ? hl_ctl_fail(&err) : EX_OK;
}

const struct hl_ctl_command hl_ctl_match = {
	.family = "match",
	.usage = "--rules RULES.yaml --list NAME=FILE[:LAYOUT]… [--reads FILE|-] [--channel NAME] [--exhaustive] [--all] [--explain] [--layouts DIR]",
	.help = "compares reads with lists offline; one JSON line a (read, entry); --channel: of rules/channels, for all reads instead of those that the rules name",
	.run = match_run,
};
