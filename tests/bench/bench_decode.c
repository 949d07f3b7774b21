/* bench_decode.c: bytes of a read to a struct hl_read, and JSON libraries on the same bytes.
 *
 *     bench_decode [--rounds N] [FILE...]
 *
 * Generated reads of two sizes, and the lines of each FILE. The decoders take turns, round after round, one core's CPU time each; a ratio is the median of
 * the rounds' ratios. What the libraries do is the parse alone: none of them fills a read. Prints JSON lines.
 */
#include "config.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "decode_others.h"
#include "format/read_native.h"
#include "read_text.h"

enum { DOCS = 2000, ROUNDS_MAX = 99, DECODERS_MAX = 8 };

struct docs {
	char **text;
	size_t *size, n, bytes;
};

static bool fill(const struct hl_read_format *f, const char *s, size_t n)
{
	static struct hl_read room[64]; /* as the pipeline's batch */
	static unsigned next;
	struct hl_err err;
	struct hl_read *r = &room[next++ % 64];
	if (f->decode(s, n, r, &err) != HL_OK)
		return false;
	hl_read_finish(r, HL_NO_TIME);
	return true;
}

static bool native(const char *s, size_t n)
{
	return fill(&hl_read_native, s, n);
}

static bool by_jansson(const char *s, size_t n)
{
	return fill(&hl_read_native_judge, s, n);
}

static bool jansson_parse(const char *s, size_t n)
{
	json_t *j = json_loadb(s, n, JSON_REJECT_DUPLICATES, NULL);
	json_decref(j);
	return j;
}

static const struct decoder {
	const char *name;
	bool (*run)(const char *s, size_t n);
} decoders[] = {
	{ "native", native },
	{ "native by jansson", by_jansson },
	{ "jansson, parse only", jansson_parse },
#ifdef HL_WITH_JSON_C
	{ "json-c, parse only", bench_json_c_parse },
#endif
#ifdef HL_WITH_CJSON
	{ "cJSON, parse only", bench_cjson_parse },
#endif
};

enum { DECODERS = sizeof decoders / sizeof decoders[0] };

static double cpu_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void docs_add(struct docs *d, const char *s, size_t n)
{
	d->text = hl_realloc(d->text, d->n + 1, sizeof d->text[0]);
	d->size = hl_realloc(d->size, d->n + 1, sizeof d->size[0]);
	d->text[d->n] = hl_strndup(s, n);
	d->size[d->n++] = n;
	d->bytes += n;
}

static void docs_free(struct docs *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->text[i]);
	free(d->text);
	free(d->size);
}

/* Reads a second. */
static double one_round(const struct decoder *c, const struct docs *d)
{
	size_t n = 0;
	double begun = cpu_now(), seconds;
	do {
		for (size_t i = 0; i < d->n; i++)
			if (!c->run(d->text[i], d->size[i])) {
				fprintf(stderr, "%s refuses %s\n", c->name, d->text[i]);
				exit(1);
			}
		n += d->n;
		seconds = cpu_now() - begun;
	} while (seconds < 0.05);
	return (double)n / seconds;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static double median(const double *v, unsigned n)
{
	double w[ROUNDS_MAX];
	memcpy(w, v, n * sizeof w[0]);
	qsort(w, n, sizeof w[0], by_value);
	return w[n / 2];
}

static void measure(const char *what, const struct docs *d, unsigned rounds)
{
	static double rate[DECODERS_MAX][ROUNDS_MAX], ratio[DECODERS_MAX][ROUNDS_MAX];
	for (unsigned k = 0; k < rounds; k++) {
		for (size_t i = 0; i < DECODERS; i++)
			rate[i][k] = one_round(&decoders[i], d);
		for (size_t i = 0; i < DECODERS; i++)
			ratio[i][k] = rate[0][k] / rate[i][k];
	}
	for (size_t i = 0; i < DECODERS; i++)
		printf("{\"what\":\"%s\",\"bytes\":%.0f,\"decoder\":\"%s\",\"reads_per_s\":%.0f,\"native_is_faster_by\":%.2f,\"rounds\":%u}\n", what,
		       (double)d->bytes / (double)d->n, decoders[i].name, median(rate[i], rounds), median(ratio[i], rounds), rounds);
	fflush(stdout);
}

static void generated(const char *what, bool rich, unsigned rounds)
{
	struct docs d = { 0 };
	struct bench_random r = { 11 };
	char time[32], text[BENCH_READ_MAX];
	bench_time_text(time);
	for (unsigned long i = 0; i < DOCS; i++)
		docs_add(&d, text, bench_read_text(&r, i, time, rich, text));
	measure(what, &d, rounds);
	docs_free(&d);
}

static void recorded(const char *path, unsigned rounds)
{
	struct docs d = { 0 };
	struct hl_buf data = HL_BUF(1 << 28);
	struct hl_err err;
	if (hl_file_read(path, &data, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	for (const char *p = hl_buf_text(&data), *e; (e = strchr(p, '\n')) && d.n < DOCS; p = e + 1)
		docs_add(&d, p, (size_t)(e - p));
	hl_buf_fini(&data);
	const char *name = strrchr(path, '/');
	if (d.n)
		measure(name ? name + 1 : path, &d, rounds);
	docs_free(&d);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "rounds", required_argument, NULL, 'r' }, { NULL, 0, NULL, 0 } };
	unsigned rounds = 9;
	int c;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'r' || !(rounds = (unsigned)strtoul(optarg, NULL, 10)) || rounds > ROUNDS_MAX) {
			fprintf(stderr, "usage: bench_decode [--rounds 1..%d] [FILE...]\n", ROUNDS_MAX);
			return 64;
		}
	}
	generated("generated, short", false, rounds);
	generated("generated, rich", true, rounds);
	for (; optind < argc; optind++)
		recorded(argv[optind], rounds);
	return 0;
}
