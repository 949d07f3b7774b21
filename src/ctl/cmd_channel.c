/* cmd_channel.c: `hotlistctl channel`: confusion tables from labelled reads. Offline: it reads files and writes one, and touches no state. Main thread. */
#include "base/file.h"
#include "base/json_out.h"
#include "core/learn.h"
#include "ctl/ctl.h"
#include "format/labelled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 512 << 20, SOURCE_MAX = 4000, TABLE_MAX = 1 << 20 };

struct job {
	struct hl_learn_params params;
	const char *out;
	struct hl_learn *learn;
	struct hl_labelled n;
	struct hl_buf source; /* "NAME (reads), …" */
	enum hl_code code;
	struct hl_err err;
};

static void learn_one(void *arg, const struct hl_read *r, const struct hl_plate *truth)
{
	struct job *job = arg;
	if (job->code == HL_OK)
		job->code = hl_learn_add(job->learn, truth, &r->plate, &job->err);
}

/* The file's own name, without its folder: where somebody's files lie is no business of the table's readers. */
static void add_source(struct job *job, const char *path, size_t reads)
{
	const char *slash = strrchr(path, '/');
	if (job->source.len)
		hl_buf_puts(&job->source, ", ");
	for (const char *p = slash ? slash + 1 : path; *p; p++)
		hl_buf_putc(&job->source, (unsigned char)*p < 0x20 || strchr("\"\\\x7f", *p) ? '_' : *p);
	hl_buf_printf(&job->source, " (%zu)", reads);
}

static int read_file(struct job *job, const char *path)
{
	struct hl_buf data = HL_BUF(FILE_MAX);
	struct hl_faults faults;
	size_t before = job->n.reads;
	hl_faults_clear(&faults);
	if (hl_file_read(path, &data, &job->err) != HL_OK) {
		hl_buf_fini(&data);
		return hl_ctl_fail(&job->err);
	}
	enum hl_code code = hl_labelled_walk(path, hl_buf_text(&data), data.len, learn_one, job, &job->n, &faults);
	hl_buf_fini(&data);
	hl_ctl_faults(&faults);
	if (code != HL_OK)
		return hl_code_exit(code);
	if (job->code != HL_OK)
		return hl_ctl_fail(&job->err);
	add_source(job, path, job->n.reads - before);
	return 0;
}

static void report_json(const struct job *job, const struct hl_learn_report *r, FILE *to)
{
	struct hl_buf b = HL_BUF(4096);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_int(&j, "reads", (int64_t)r->reads);
	hl_json_int(&j, "plates", (int64_t)r->plates);
	hl_json_int(&j, "unlabelled", (int64_t)job->n.unlabelled);
	hl_json_int(&j, "unusable", (int64_t)job->n.unusable);
	hl_json_int(&j, "too_far", (int64_t)r->too_far);
	hl_json_int(&j, "right", (int64_t)r->correct);
	hl_json_int(&j, "substituted", (int64_t)r->substituted);
	hl_json_int(&j, "lost", (int64_t)r->lost);
	hl_json_int(&j, "invented", (int64_t)r->invented);
	hl_json_int(&j, "pairs_seen", (int64_t)r->pairs_seen);
	hl_json_int(&j, "pairs", (int64_t)r->n);
	hl_json_prob(&j, "covered", r->covered);
	hl_json_prob(&j, "covered_by_all", r->covered_max);
	hl_json_close(&j);
	fprintf(to, "%s\n", hl_buf_text(&b));
	hl_buf_fini(&b);
}

/* On standard error where the table itself goes to standard output. */
static void report(const struct hl_ctl_globals *g, const struct job *job, const struct hl_learn_report *r)
{
	FILE *to = job->out ? stdout : stderr;
	if (g->json) {
		report_json(job, r, to);
		return;
	}
	fprintf(to, "%zu labelled reads of %zu plates (%zu without a label, %zu without a plate): %zu of %zu pairs, which hold %.1f %% of the substitutions"
		    " on plates left out\n",
		r->reads, r->plates, job->n.unlabelled, job->n.unusable, r->n, r->pairs_seen, 100 * r->covered);
}

static int write_table(const struct hl_ctl_globals *g, struct job *job)
{
	struct hl_buf text = HL_BUF(TABLE_MAX);
	struct hl_learn_report *r = hl_calloc(1, sizeof *r);
	int code = 0;
	if (hl_learn_run(job->learn, &job->params, r, &job->err) != HL_OK) {
		code = hl_ctl_fail(&job->err);
	} else {
		hl_learn_write(&job->params, r, hl_buf_text(&job->source), &text);
		if (!job->out)
			fputs(hl_buf_text(&text), stdout);
		else if (hl_file_write_atomic(job->out, text.data, text.len, 0644, &job->err) != HL_OK)
			code = hl_ctl_fail(&job->err);
		if (!code)
			report(g, job, r);
	}
	hl_buf_fini(&text);
	free(r);
	return code;
}

static bool number(const char *text, double *v)
{
	char *end;
	*v = text && *text ? strtod(text, &end) : 0;
	return text && *text && !*end;
}

/* Options first and files between them; 0, or an exit code. */
static int learn_args(struct job *job, int argc, char **argv)
{
	const char *value;
	for (int i = 0; i < argc; i++) {
		bool file = false, ok = true;
		if (hl_ctl_option(argc, argv, &i, "--reads", &value))
			file = ok = value != NULL;
		else if (hl_ctl_option(argc, argv, &i, "--out", &value))
			ok = (job->out = value) != NULL;
		else if (hl_ctl_option(argc, argv, &i, "--scale", &value))
			ok = number(value, &job->params.scale);
		else if (hl_ctl_option(argc, argv, &i, "--coverage", &value))
			ok = number(value, &job->params.coverage);
		else
			file = ok = (value = argv[i])[0] != '-';
		if (!ok)
			return hl_ctl_usage(&hl_ctl_channel_learn, "'%s' is not understood", argv[i < argc ? i : argc - 1]);
		int code = file ? read_file(job, value) : 0;
		if (code)
			return code;
	}
	if (!job->source.len)
		return hl_ctl_usage(&hl_ctl_channel_learn, "no file of labelled reads; expected --reads FILE");
	return 0;
}

static int learn(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct job job = { .params = HL_LEARN_DEFAULT, .learn = hl_learn_new(), .source = HL_BUF(SOURCE_MAX) };
	int code = learn_args(&job, argc, argv);
	if (!code)
		code = write_table(g, &job);
	hl_learn_free(&job.learn);
	hl_buf_fini(&job.source);
	return code;
}

const struct hl_ctl_command hl_ctl_channel_learn = {
	.family = "channel", .verb = "learn", .usage = "--reads FILE... [--out TABLE.yaml] [--scale 0.28] [--coverage 0.82]",
	.help = "Make a confusion table from labelled reads (native reads with the plate that was there under the key _truth).", .run = learn,
};
