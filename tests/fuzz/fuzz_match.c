/* fuzz_match.c: any list, table, budget and read: the index, comparing with every entry, and the independent distance must agree. The input is read as
 * one byte of budget for the index, one for the query, one for the number of pairs, the pairs (three bytes each), then lines: entries (a first '!'
 * marks O and 0 as equal), an empty line, and reads.
 */
#include "brute.h"
#include "core/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 64, READS_MAX = 16 };

struct input {
	struct brute_table judge;
	struct hl_confusion table;
	size_t n_entries, n_reads;
	struct hl_pattern pattern[LIST_MAX];
	struct hl_plate plate[READS_MAX];
	int budget[READS_MAX];
};

static size_t read_table(struct input *in, const uint8_t *data, size_t size, size_t n)
{
	size_t used = 0;
	hl_confusion_init(&in->table);
	for (; n && used + 3 <= size; n--, used += 3) {
		int a = data[used] % HL_SYMBOLS, b = data[used + 1] % HL_SYMBOLS, cost = 10 + data[used + 2] % 81;
		if (hl_confusion_set(&in->table, a, b, cost, NULL) == HL_OK)
			in->judge.pair[(int)hl_sym_char(a)][(int)hl_sym_char(b)] = (unsigned char)cost;
	}
	return used;
}

static void read_line(struct input *in, const char *text, size_t n, bool *reads, int budget)
{
	if (n == 0) {
		*reads = true;
	} else if (!*reads && in->n_entries < LIST_MAX) {
		bool o0 = text[0] == '!';
		if (hl_pattern_parse(&in->pattern[in->n_entries], text + o0, n - o0, o0, NULL) == HL_OK)
			in->n_entries++;
	} else if (*reads && in->n_reads < READS_MAX) {
		if (hl_plate_parse(&in->plate[in->n_reads], text, n, NULL) == HL_OK)
			in->budget[in->n_reads++] = budget;
	}
}

static void judge(const struct input *in, const struct hl_found *f, size_t n)
{
	size_t at = 0;
	for (size_t q = 0; q < in->n_reads; q++) {
		for (size_t e = 0; e < in->n_entries; e++) {
			char listed[HL_PLATE_MAX + 1], read[HL_PLATE_MAX + 1];
			struct hl_alignment a;
			hl_pattern_text(&in->pattern[e], listed);
			hl_plate_text(&in->plate[q], read);
			int truth = brute_distance(&in->judge, listed, in->pattern[e].flags & HL_PAT_O0, read);
			bool found = at < n && f[at].query == q && f[at].entry == e;
			if (hl_match_align(&in->table, &in->pattern[e], &in->plate[q], &a) != truth || found != (truth <= in->budget[q]) ||
			    (found && f[at].cost != truth)) {
				fprintf(stderr, "%s read as %s: truth %d, budget %d, found %d\n", listed, read, truth, in->budget[q], found);
				abort();
			}
			at += found;
		}
	}
	if (at != n)
		abort();
}

static void compare(const struct input *in, int max_cost)
{
	struct hl_index_params params = { .confusion = &in->table, .max_cost = max_cost };
	struct hl_index *ix;
	struct hl_err err;
	const struct hl_found *found;
	if (hl_index_new(&ix, in->pattern, in->n_entries, &params, &err) != HL_OK) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	struct hl_index_scratch *s = hl_index_scratch_new();
	size_t n = hl_index_query(ix, s, in->plate, in->budget, in->n_reads, &found);
	judge(in, found, n);
	n = hl_index_query_all(ix, s, in->plate, in->budget, in->n_reads, &found);
	judge(in, found, n);
	hl_index_scratch_free(&s);
	hl_index_free(&ix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct input in;
	memset(&in, 0, sizeof in);
	if (size < 3)
		return 0;
	int max_cost = data[0] % (HL_COST_MAX + 1), budget = data[1] % (HL_COST_MAX + 1);
	size_t at = 3 + read_table(&in, data + 3, size - 3, data[2]);
	bool reads = false;
	while (at < size) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t n = end ? (size_t)(end - data) - at : size - at;
		read_line(&in, (const char *)data + at, n, &reads, budget);
		at += n + 1;
	}
	compare(&in, max_cost);
	return 0;
}
