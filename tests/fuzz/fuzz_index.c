/* fuzz_index.c: any bytes laid over the image of an index, its sum put right, since nothing behind it could be reached by chance. What is accepted must be safe to
 * ask. The input: pairs of a place (three bytes) and a byte to put there; an odd last byte cuts the image off.
 */
#include <stdlib.h>
#include <string.h>

#include "core/index_image.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

enum { ENTRIES = 200, READS = 32 };

static struct hl_pattern pattern[ENTRIES];
static struct hl_plate plate[READS];
static struct hl_confusion table;
static const struct hl_index_params params = { .confusion = &table, .max_cost = 100 };
static const unsigned char key[HL_SHA256];
static unsigned char *image;
static size_t bytes;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void begin(void)
{
	static struct hl_index_image pieces;
	struct hl_index *ix;
	hl_confusion_init(&table);
	check(!hl_confusion_set(&table, hl_sym_code('8'), hl_sym_code('B'), 40, NULL));
	for (unsigned i = 0; i < ENTRIES; i++) {
		char text[] = { (char)('A' + i % 26), i % 5 ? 'B' : '?', (char)('0' + i % 10), (char)('0' + i / 10 % 10), i % 50 ? '8' : '*', 'X', 0 };
		check(!hl_pattern_parse(&pattern[i], text, strlen(text), false, NULL));
		if (i < READS)
			check(!hl_plate_parse(&plate[i], "AB1288X", 4 + i % 4, NULL));
	}
	check(!hl_index_new(&ix, pattern, ENTRIES, &params, NULL));
	hl_index_to_image(ix, key, NULL, &pieces);
	image = aligned_alloc(HL_INDEX_ALIGN, pieces.bytes);
	for (int i = 0; i < HL_INDEX_PIECES; bytes += pieces.piece[i++].n)
		if (pieces.piece[i].n)
			memcpy(image + bytes, pieces.piece[i].data, pieces.piece[i].n);
	hl_index_free(&ix);
}

static void ask(const struct hl_index *ix)
{
	struct hl_index_scratch *s = hl_index_scratch_new();
	const struct hl_found *f;
	int budgets[READS];
	for (int i = 0; i < READS; i++)
		budgets[i] = 100;
	size_t n = hl_index_query(ix, s, plate, budgets, READS, &f);
	for (size_t i = 0; i < n; i++)
		check(f[i].entry < ENTRIES);
	hl_index_scratch_free(&s);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct hl_index *ix;
	if (!image)
		begin();
	size_t use = n % 4 == 1 ? bytes - data[n - 1] * 16u % bytes : bytes;
	unsigned char *copy = aligned_alloc(HL_INDEX_ALIGN, bytes);
	memcpy(copy, image, bytes);
	for (size_t i = 0; i + 4 <= n; i += 4)
		copy[(data[i] | data[i + 1] << 8 | (size_t)data[i + 2] << 16) % bytes] = data[i + 3];
	if (use >= HL_INDEX_HEAD)
		hl_index_image_seal(copy, use);
	if (!hl_index_from_image(&ix, copy, use, key, pattern, ENTRIES, &params, NULL)) {
		ask(ix);
		hl_index_free(&ix);
	}
	free(copy);
	return 0;
}
