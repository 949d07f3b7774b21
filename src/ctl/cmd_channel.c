/* cmd_channel.c: `hotlistctl channel learn`: from labelled reads the confusion table, a reader's channel, and the density of plate shapes. Offline: it reads
 * files and writes some, and touches no state. Main thread.
 */
#include "base/crypto.h"
#include "base/file.h"
#include "base/json_out.h"
#include "core/channel_set.h"
#include "core/channel_learn.h"
#include "core/learn.h"
#include "ctl/ctl.h"
#include "format/labelled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 512 << 20, SOURCE_MAX = 4000, TABLE_MAX = 1 << 20, FILES_MAX = 64, SWEEPS = 12, FOLDS_MAX = 1000 };
#define PLATES_SHARE 0.3
#define DEGRADED_WEIGHT 0.5
#define CALIBRATION 1.2 /* brings promise and outcome together, see doc/scoring.md */

struct job {
	struct hl_learn_params params;
	const char *out, *channel_out, *density_out, *density, *region, *plates;
	const char *reads[FILES_MAX], *others[FILES_MAX];
	size_t n_reads, n_others;
	unsigned fold, folds; /* fold of folds is left out; folds 0: none is */
	int gap;              /* enum hl_gap_form; negative: not said */
	int64_t sweeps;
	double calibration;
	struct hl_learn *learn;
	struct hl_channel_learn *channel;
	bool other;           /* the file at hand is another reader's */
	struct hl_plate *plate;
	size_t n_plates, plates_cap; /* of the density's region, repeats too */
	struct hl_labelled n;
	size_t left_out;
	struct hl_buf source; /* "NAME (reads), …" */
	enum hl_code code;
	struct hl_err err;
};

/* The fold of a plate: SHA-256 of "fold" and the plate, as one number, modulo the folds. */
static unsigned fold_of(const char *plate, unsigned folds)
{
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	unsigned rest = 0;
	hl_sha256_init(&h);
	hl_sha256_put(&h, "fold", 4);
	hl_sha256_put(&h, plate, strlen(plate));
	hl_sha256_end(&h, hash);
	for (size_t i = 0; i < sizeof hash; i++)
		rest = (rest * 256 + hash[i]) % folds;
	return rest;
}

static void keep_plate(struct job *job, const struct hl_plate *p)
{
	if (job->n_plates == job->plates_cap) {
		job->plates_cap = job->plates_cap ? 2 * job->plates_cap : 1024;
		job->plate = hl_realloc(job->plate, job->plates_cap, sizeof job->plate[0]);
	}
	job->plate[job->n_plates++] = *p;
}

static void learn_one(void *arg, const struct hl_read *r, const struct hl_label *truth)
{
	struct job *job = arg;
	bool home = !job->region || !strncmp(truth->region, job->region, strlen(job->region));
	double weight = !home ? 0 : !truth->condition[0] || !strcmp(truth->condition, "clean") ? 1 : DEGRADED_WEIGHT;
	if (job->code != HL_OK)
		return;
	if (job->folds && fold_of(truth->text, job->folds) == job->fold) {
		job->left_out++;
		return;
	}
	if (home)
		keep_plate(job, &truth->plate);
	if (job->other) {
		job->code = job->channel ? hl_channel_learn_other(job->channel, &r->plate, &truth->plate, &job->err) : HL_OK;
		return;
	}
	job->code = hl_learn_add(job->learn, &truth->plate, &r->plate, &job->err);
	if (job->channel && job->code == HL_OK)
		job->code = hl_channel_learn_add(job->channel, r, &truth->plate, weight, &job->err);
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
	size_t before = job->n.reads, out = job->left_out;
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
	if (!job->other)
		add_source(job, path, job->n.reads - before - (job->left_out - out));
	return 0;
}

static int read_files(struct job *job)
{
	int code = 0;
	for (size_t i = 0; i < job->n_reads && !code; i++)
		code = read_file(job, job->reads[i]);
	job->other = true;
	for (size_t i = 0; i < job->n_others && !code; i++)
		code = read_file(job, job->others[i]);
	return code;
}

static void report_json(const struct job *job, const struct hl_learn_report *r, const struct hl_channel_report *c, FILE *to)
{
	struct hl_buf b = HL_BUF(4096);
	struct hl_json j;
	hl_json_init(&j, &b);
	hl_json_open(&j, '{');
	hl_json_int(&j, "reads", (int64_t)r->reads);
	hl_json_int(&j, "plates", (int64_t)r->plates);
	hl_json_int(&j, "unlabelled", (int64_t)job->n.unlabelled);
	hl_json_int(&j, "unusable", (int64_t)job->n.unusable);
	hl_json_int(&j, "left_out", (int64_t)job->left_out);
	hl_json_int(&j, "too_far", (int64_t)r->too_far);
	hl_json_int(&j, "right", (int64_t)r->correct);
	hl_json_int(&j, "substituted", (int64_t)r->substituted);
	hl_json_int(&j, "lost", (int64_t)r->lost);
	hl_json_int(&j, "invented", (int64_t)r->invented);
	hl_json_int(&j, "pairs_seen", (int64_t)r->pairs_seen);
	hl_json_int(&j, "pairs", (int64_t)r->n);
	hl_json_prob(&j, "covered", r->covered);
	hl_json_prob(&j, "covered_by_all", r->covered_max);
	if (job->channel_out) {
		hl_json_int(&j, "fitted", (int64_t)c->fitted);
		hl_json_int(&j, "sums", c->sums);
		hl_json_num(&j, "log_ratio_start", c->log_ratio_start);
		hl_json_num(&j, "log_ratio", c->log_ratio);
	}
	hl_json_close(&j);
	fprintf(to, "%s\n", hl_buf_text(&b));
	hl_buf_fini(&b);
}

/* On standard error where the table itself goes to standard output. */
static void report(const struct hl_ctl_globals *g, const struct job *job, const struct hl_learn_report *r, const struct hl_channel_report *c)
{
	FILE *to = job->out || job->channel_out || job->density_out ? stdout : stderr;
	if (g->json) {
		report_json(job, r, c, to);
		return;
	}
	fprintf(to, "%zu labelled reads of %zu plates (%zu without a label, %zu without a plate, %zu left out): %zu of %zu pairs, which hold %.1f %% of the substitutions"
		    " on plates left out\n",
		r->reads, r->plates, job->n.unlabelled, job->n.unusable, job->left_out, r->n, r->pairs_seen, 100 * r->covered);
	if (job->channel_out)
		fprintf(to, "%s: %zu reads in the fit; mean ln LR of the plate that was there %.4f, before the fit %.4f\n", job->channel_out, c->fitted, c->log_ratio,
			c->log_ratio_start);
}

static enum hl_code write_out(struct job *job, const char *path, const struct hl_buf *text)
{
	if (path)
		return hl_file_write_atomic(path, text->data, text->len, 0644, &job->err);
	fputs(hl_buf_text(text), stdout);
	return HL_OK;
}

static int by_plate(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hl_plate));
}

/* One plate a line; lines that are none are left aside. */
static enum hl_code count_plates(struct job *job, struct hl_density_counts *c)
{
	struct hl_buf data = HL_BUF(FILE_MAX);
	enum hl_code code = hl_file_read(job->plates, &data, &job->err);
	const char *p = hl_buf_text(&data), *end = p + data.len;
	while (code == HL_OK && p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);
		struct hl_plate plate;
		if (hl_plate_parse(&plate, p, n, NULL) == HL_OK)
			hl_density_count(c, &plate);
		p += n + (nl != NULL);
	}
	hl_buf_fini(&data);
	return code;
}

/* From the file given, else counted: each plate once, however often it was read. */
static enum hl_code make_density(struct job *job, struct hl_density *d)
{
	struct hl_faults faults = { 0 };
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	enum hl_code code = HL_OK;
	if (job->density) {
		code = hl_file_read(job->density, &text, &job->err);
		if (code == HL_OK && hl_density_parse(d, job->density, hl_buf_text(&text), text.len, &faults) != HL_OK)
			code = hl_err_set(&job->err, HL_E_CONFIG, "%s has faults", job->density);
		hl_ctl_faults(&faults);
		hl_buf_fini(&text);
		return code;
	}
	struct hl_density_counts *c = hl_calloc(2, sizeof *c);
	qsort(job->plate, job->n_plates, sizeof job->plate[0], by_plate);
	for (size_t i = 0; i < job->n_plates; i++)
		if (!i || by_plate(&job->plate[i], &job->plate[i - 1]) != 0)
			hl_density_count(&c[0], &job->plate[i]);
	if (job->plates)
		code = count_plates(job, &c[1]);
	if (code == HL_OK)
		code = hl_density_make(d, &c[0], job->plates ? &c[1] : NULL, PLATES_SHARE, &job->err);
	free(c);
	return code;
}

/* The learned confusions say which of several alignments is likely. */
static void align_by(const struct hl_learn_report *r, struct hl_confusion *t)
{
	hl_confusion_init(t);
	for (size_t i = 0; i < r->n; i++)
		hl_confusion_set(t, r->pair[i].listed, r->pair[i].read, r->pair[i].cost, NULL);
}

static enum hl_code write_channel(struct job *job, const struct hl_density *d, const struct hl_learn_report *r, struct hl_channel_report *c, struct hl_buf *text)
{
	struct hl_channel_table *t = hl_alloc(sizeof *t);
	struct hl_confusion align;
	char comment[512];
	align_by(r, &align);
	enum hl_code code = hl_channel_learn_run(job->channel, &align, d, (unsigned)job->sweeps, t, c, &job->err);
	if (code == HL_OK) {
		t->calibration = job->calibration;
		snprintf(comment, sizeof comment, "# From %zu labelled reads (%zu too unlike their plate to align), %zu of other readers behind the priors; %zu reads in the fit: mean ln LR\n"
						  "# of the plate that was there %.4f, before the fit %.4f.\n",
			 c->reads, c->too_far, c->others, c->fitted, c->log_ratio, c->log_ratio_start);
		hl_buf_clear(text);
		hl_channel_write(t, comment, hl_buf_text(&job->source), text);
		code = write_out(job, job->channel_out, text);
	}
	free(t);
	return code;
}

static enum hl_code write_all(struct job *job, struct hl_learn_report *r, struct hl_channel_report *c, struct hl_buf *text)
{
	bool table = job->out || (!job->channel_out && !job->density_out);
	struct hl_density *d = hl_alloc(sizeof *d);
	enum hl_code code = hl_learn_run(job->learn, &job->params, r, &job->err);
	if (code == HL_OK && table) {
		hl_learn_write(&job->params, r, hl_buf_text(&job->source), text);
		code = write_out(job, job->out, text);
	}
	if (code == HL_OK && (job->channel_out || job->density_out))
		code = make_density(job, d);
	if (code == HL_OK && job->density_out) {
		hl_buf_clear(text);
		hl_density_write(d, hl_buf_text(&job->source), text);
		code = write_out(job, job->density_out, text);
	}
	if (code == HL_OK && job->channel_out)
		code = write_channel(job, d, r, c, text);
	free(d);
	return code;
}

static int write_files(const struct hl_ctl_globals *g, struct job *job)
{
	struct hl_buf text = HL_BUF(TABLE_MAX);
	struct hl_learn_report *r = hl_calloc(1, sizeof *r);
	struct hl_channel_report c = { 0 };
	enum hl_code code = write_all(job, r, &c, &text);
	if (code == HL_OK)
		report(g, job, r, &c);
	hl_buf_fini(&text);
	free(r);
	return code == HL_OK ? 0 : hl_ctl_fail(&job->err);
}

static bool number(const char *text, double *v)
{
	char *end;
	*v = text && *text ? strtod(text, &end) : 0;
	return text && *text && !*end;
}

/* "K/N": part K, from 0, of N. */
static bool fold(const char *text, struct job *job)
{
	char *end = NULL;
	unsigned long k = text && *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0, n = 0;
	if (end && *end == '/' && end[1] >= '0' && end[1] <= '9')
		n = strtoul(end + 1, &end, 10);
	job->fold = (unsigned)k;
	job->folds = (unsigned)n;
	return end && !*end && n && n <= FOLDS_MAX && k < n;
}

static bool gap(const char *text, struct job *job)
{
	for (job->gap = 0; text && job->gap <= HL_GAP_RATIO; job->gap++)
		if (!strcmp(text, hl_gap_name(job->gap)))
			return true;
	return false;
}

static bool add_file(const char *file, const char *files[FILES_MAX], size_t *n)
{
	bool room = file && *n < FILES_MAX;
	if (room)
		files[(*n)++] = file;
	return room;
}

/* The options that take a text as it is, then those that are read. True where argv[*i] is one of them; *ok: it is in order. */
static bool option(struct job *job, int argc, char **argv, int *i, bool *ok)
{
	const struct { const char *name, **to; } texts[] = {
		{ "--out", &job->out }, { "--channel-out", &job->channel_out }, { "--density-out", &job->density_out }, { "--density", &job->density },
		{ "--region", &job->region }, { "--plates", &job->plates },
	};
	const char *value;
	double sweeps;
	for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
		if (hl_ctl_option(argc, argv, i, texts[k].name, texts[k].to)) {
			*ok = *texts[k].to != NULL;
			return true;
		}
	if (hl_ctl_option(argc, argv, i, "--scale", &value))
		*ok = number(value, &job->params.scale);
	else if (hl_ctl_option(argc, argv, i, "--coverage", &value))
		*ok = number(value, &job->params.coverage);
	else if (hl_ctl_option(argc, argv, i, "--calibration", &value))
		*ok = number(value, &job->calibration) && job->calibration >= 0.1 && job->calibration <= 10;
	else if (hl_ctl_option(argc, argv, i, "--sweeps", &value)) {
		*ok = number(value, &sweeps) && sweeps >= 0 && sweeps <= 1000;
		job->sweeps = *ok ? (int64_t)sweeps : 0;
	} else if (hl_ctl_option(argc, argv, i, "--exclude-fold", &value))
		*ok = fold(value, job);
	else if (hl_ctl_option(argc, argv, i, "--gap", &value))
		*ok = gap(value, job);
	else
		return false;
	return true;
}

/* Options first and files between them: of --reads, or of --others from that on; 0, or an exit code. */
static int learn_args(struct job *job, int argc, char **argv)
{
	const char *value;
	bool others = false;
	for (int i = 0; i < argc; i++) {
		bool ok = true, is_reads = false, is_others = false;
		if (!option(job, argc, argv, &i, &ok)) {
			is_reads = hl_ctl_option(argc, argv, &i, "--reads", &value);
			is_others = !is_reads && hl_ctl_option(argc, argv, &i, "--others", &value);
			others = is_others || (others && !is_reads);
			ok = (is_reads || is_others || (value = argv[i])[0] != '-') && value;
			if (ok)
				ok = others ? add_file(value, job->others, &job->n_others) : add_file(value, job->reads, &job->n_reads);
		}
		if (!ok)
			return hl_ctl_usage(&hl_ctl_channel_learn, "'%s' is not understood", argv[i < argc ? i : argc - 1]);
	}
	if (!job->n_reads)
		return hl_ctl_usage(&hl_ctl_channel_learn, "no file of labelled reads; expected --reads FILE");
	if (job->channel_out && job->gap < 0)
		return hl_ctl_usage(&hl_ctl_channel_learn, "--channel-out needs --gap: points (candidates have scores), ratio (shares of one) or none");
	return 0;
}

static int learn(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct job job = { .params = HL_LEARN_DEFAULT, .learn = hl_learn_new(), .source = HL_BUF(SOURCE_MAX), .gap = -1, .sweeps = SWEEPS, .calibration = CALIBRATION };
	int code = learn_args(&job, argc, argv);
	if (!code && job.channel_out)
		job.channel = hl_channel_learn_new((enum hl_gap_form)job.gap);
	if (!code)
		code = read_files(&job);
	if (!code)
		code = write_files(g, &job);
	hl_learn_free(&job.learn);
	hl_channel_learn_free(&job.channel);
	free(job.plate);
	hl_buf_fini(&job.source);
	return code;
}

const struct hl_ctl_command hl_ctl_channel_learn = {
	.family = "channel", .verb = "learn",
	.usage = "--reads FILE... [--out TABLE.yaml] [--scale 0.28] [--coverage 0.82] [--exclude-fold K/N]\n"
		 "       [--channel-out CHANNEL.yaml --gap points|ratio|none [--others FILE...] [--density FILE] [--sweeps 12] [--calibration 1.2]]\n"
		 "       [--density-out DENSITY.yaml [--plates FILE]] [--region us]",
	.help = "Make a confusion table, a reader's channel and the density of plate shapes from labelled reads (native reads with the plate that was there\n"
		"under the key _truth).",
	.run = learn,
};
