/* cmd_simulate.c: `hotlistctl simulate`: labelled reads made up by a channel, as native reads, one a line, on standard output. Main thread. */
#include "base/clock.h"
#include "base/file.h"
#include "base/json_out.h"
#include "core/channel_set.h"
#include "core/simulate.h"
#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLATES_FILE_MAX = 512 << 20, LINE_MAX_BYTES = 8192 };

struct args {
	const char *channel, *plates, *camera, *start, *rules;
	uint64_t n, seed, every_ms;
	int64_t start_ms;
};

struct plates {
	struct hl_plate *v;
	size_t n, cap;
};

static bool whole(const char *text, uint64_t most, uint64_t *v)
{
	char *end = NULL;
	if (!text || *text < '0' || *text > '9')
		return false;
	unsigned long long x = strtoull(text, &end, 10);
	*v = x;
	return !*end && strlen(text) <= 19 && x <= most;
}

static int parse(int argc, char **argv, struct args *a)
{
	const char *v = NULL;
	for (int i = 0; i < argc; i++) {
		bool ok;
		if (hl_ctl_option(argc, argv, &i, "--channel", &a->channel))
			ok = a->channel != NULL;
		else if (hl_ctl_option(argc, argv, &i, "--plates", &a->plates))
			ok = a->plates != NULL;
		else if (hl_ctl_option(argc, argv, &i, "--camera", &a->camera))
			ok = a->camera && strlen(a->camera) < HL_READ_NAME;
		else if (hl_ctl_option(argc, argv, &i, "--rules", &a->rules))
			ok = a->rules != NULL;
		else if (hl_ctl_option(argc, argv, &i, "--start", &v))
			ok = v && hl_time_parse(v, strlen(v), &a->start_ms);
		else if (hl_ctl_option(argc, argv, &i, "--every", &v))
			ok = whole(v, 86400000, &a->every_ms);
		else if (hl_ctl_option(argc, argv, &i, "--seed", &v))
			ok = whole(v, INT64_MAX, &a->seed);
		else if (hl_ctl_option(argc, argv, &i, "-n", &v))
			ok = whole(v, 1000000000, &a->n);
		else
			ok = false;
		if (!ok)
			return hl_ctl_usage(&hl_ctl_simulate, "'%s' is not understood", argv[i < argc ? i : argc - 1]);
	}
	if (!a->channel || !a->plates || !a->n)
		return hl_ctl_usage(&hl_ctl_simulate, "--channel, --plates and -n are needed");
	return 0;
}

static enum hl_code load_plates(const char *path, struct plates *p, struct hl_err *err)
{
	struct hl_buf data = HL_BUF(PLATES_FILE_MAX);
	unsigned line = 0;
	enum hl_code code = hl_file_read(path, &data, err);
	const char *at = hl_buf_text(&data), *end = at + data.len;
	while (code == HL_OK && at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = nl ? (size_t)(nl - at) : (size_t)(end - at);
		if (p->n == p->cap) {
			p->cap = p->cap ? 2 * p->cap : 1024;
			p->v = hl_realloc(p->v, p->cap, sizeof p->v[0]);
		}
		line++;
		struct hl_err why;
		if (n && hl_plate_parse(&p->v[p->n], at, n, &why) == HL_OK)
			p->n++;
		else if (n)
			code = hl_err_at(err, HL_E_INPUT, line, 1, "%s: %s", path, why.text);
		at += n + (nl != NULL);
	}
	hl_buf_fini(&data);
	if (code == HL_OK && !p->n)
		code = hl_err_set(err, HL_E_INPUT, "%s: no plate", path);
	return code;
}

static void write_slots(const struct hl_read *r, struct hl_json *j)
{
	hl_json_open_key(j, "chars", '[');
	for (unsigned i = 0; i < r->n_slots; i++) {
		hl_json_open(j, '[');
		for (unsigned k = 0; k < r->slot[i].n; k++) {
			char sym[2] = { hl_sym_char(r->slot[i].sym[k]), 0 };
			hl_json_open(j, '[');
			hl_json_str(j, NULL, sym);
			hl_json_prob(j, NULL, (double)r->slot[i].p[k]);
			hl_json_close(j);
		}
		hl_json_close(j);
	}
	hl_json_close(j);
}

static void write_candidate(const char *plate, double confidence, struct hl_json *j)
{
	hl_json_open(j, '{');
	hl_json_str(j, "plate", plate);
	hl_json_prob(j, "confidence", confidence);
	hl_json_close(j);
}

static void write_read(const struct args *a, uint64_t i, const struct hl_read *r, const struct hl_plate *truth, struct hl_buf *out)
{
	char text[64];
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	snprintf(text, sizeof text, "simulated-%llu-%08llu", (unsigned long long)a->seed, (unsigned long long)i + 1);
	hl_json_str(&j, "id", text);
	hl_json_str(&j, "camera", a->camera);
	hl_json_time(&j, "time", a->start_ms + (int64_t)(i * a->every_ms));
	hl_json_str(&j, "plate", r->plate_text);
	hl_json_prob(&j, "confidence", r->confidence);
	if (r->top_confidence >= 0) {
		hl_json_open_key(&j, "candidates", '[');
		write_candidate(r->plate_text, r->top_confidence, &j);
		for (unsigned k = 0; k < r->n_candidates; k++) {
			hl_plate_text(&r->candidate[k].plate, text);
			write_candidate(text, (double)r->candidate[k].confidence, &j);
		}
		hl_json_close(&j);
	}
	if (r->n_slots)
		write_slots(r, &j);
	hl_plate_text(truth, text);
	hl_json_str(&j, "_truth", text);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static enum hl_code write_all(const struct args *a, const struct hl_channel_table *t, const struct plates *p, struct hl_err *err)
{
	struct hl_random random = { a->seed };
	struct hl_buf out = HL_BUF(LINE_MAX_BYTES);
	struct hl_read *r = hl_alloc(sizeof *r);
	for (uint64_t i = 0; i < a->n && !ferror(stdout); i++) {
		const struct hl_plate *truth = &p->v[(size_t)(hl_random_share(&random) * (double)p->n)];
		hl_simulate(t, &random, truth, r);
		hl_buf_clear(&out);
		write_read(a, i, r, truth, &out);
		fwrite(hl_buf_text(&out), 1, out.len, stdout);
	}
	free(r);
	hl_buf_fini(&out);
	return fflush(stdout) == 0 && !ferror(stdout) ? HL_OK : hl_err_set(err, HL_E_IO, "standard output can't be written");
}

static int simulate(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct args a = { .camera = "simulated", .start_ms = 1793491200000 /* 2026-11-01 */, .every_ms = 1000, .seed = 1, .rules = "rules/default.yaml" };
	struct hl_channel_set *set = hl_calloc(1, sizeof *set);
	char us[] = "us";
	struct hl_channels_section names = { .density = us, .scores = NULL };
	struct hl_faults faults = { 0 };
	struct plates plates = { 0 };
	struct hl_err err = { 0 };
	(void)g;
	int code = parse(argc, argv, &a);
	if (!code) {
		char *name = hl_strdup(a.channel);
		names.scores = names.shares = names.plain = name;
		code = hl_channels_load(set, &names, a.rules, &faults) == HL_OK ? 0 : hl_ctl_faults(&faults);
		free(name);
	}
	if (!code && (load_plates(a.plates, &plates, &err) != HL_OK || write_all(&a, set->table[0], &plates, &err) != HL_OK))
		code = hl_ctl_fail(&err);
	free(plates.v);
	hl_channels_fini(set);
	free(set);
	return code;
}

const struct hl_ctl_command hl_ctl_simulate = {
	.family = "simulate",
	.usage = "--channel NAME --plates FILE -n N [--seed 1] [--camera simulated] [--start 2026-11-01T00:00:00Z] [--every 1000] [--rules RULES.yaml]",
	.help = "makes up labelled reads of the plates (one a line) as a channel's reader would report them; --every in milliseconds",
	.run = simulate,
};
