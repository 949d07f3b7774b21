/* confusion.c: see confusion.h. Pure; a table under construction belongs to one thread. */
#include "core/confusion.h"

void hl_confusion_init(struct hl_confusion *t)
{
	*t = (struct hl_confusion){ .cheapest = HL_HARD };
	for (int i = 0; i < HL_SYMBOLS; i++)
		for (int j = 0; j < HL_SYMBOLS; j++)
			t->cost[i][j] = i == j ? 0 : HL_HARD;
}

/* Counts anew, since a pair that is set again may have been the cheapest. */
static void summarize(struct hl_confusion *t)
{
	t->cheapest = HL_HARD;
	t->pairs = 0;
	for (int i = 0; i < HL_SYMBOLS; i++) {
		for (int j = 0; j < HL_SYMBOLS; j++) {
			uint8_t c = t->cost[i][j];
			if (i == j || c >= HL_HARD)
				continue;
			t->pairs++;
			if (c < t->cheapest)
				t->cheapest = c;
		}
	}
}

enum hl_code hl_confusion_set(struct hl_confusion *t, int listed, int read, int cost, struct hl_err *err)
{
	if (listed < 0 || listed >= HL_SYMBOLS || read < 0 || read >= HL_SYMBOLS)
		return hl_err_set(err, HL_E_INPUT, "a confusable symbol is a letter or a digit");
	if (listed == read)
		return hl_err_set(err, HL_E_INPUT, "%c can't be confusable with itself", hl_sym_char(listed));
	if (cost < 10 || cost > 90)
		return hl_err_set(err, HL_E_INPUT, "the cost of %c read as %c is %d.%02d, expected 0.10 to 0.90", hl_sym_char(listed),
				  hl_sym_char(read), cost / 100, cost < 0 ? 0 : cost % 100);
	t->cost[listed][read] = (uint8_t)cost;
	summarize(t);
	return HL_OK;
}

/* FNV-1a over the costs, finished so that all bits depend on all. */
uint64_t hl_confusion_hash(const struct hl_confusion *t)
{
	uint64_t h = 0xcbf29ce484222325u;
	for (int i = 0; i < HL_SYMBOLS; i++)
		for (int j = 0; j < HL_SYMBOLS; j++)
			h = (h ^ t->cost[i][j]) * 0x100000001b3u;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
	return h ^ h >> 32;
}
