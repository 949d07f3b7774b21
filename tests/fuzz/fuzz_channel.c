/* fuzz_channel.c: any bytes as a channel or density file, or the shipped files with some bytes exchanged, which comes further; what is accepted gives figures
 * within bounds for reads with and without alternatives, comes back the same when written and read again, and its bounds hold. Byte 0 chooses; no seeds needed.
 */
#include "core/channel_set.h"
#include "core/score.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1 << 17, DENSITY = 1, RAW = 2, FORM = 2 /* and the next bit: of the gaps */ };

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static const struct hl_shipped *shipped(const char *name)
{
	const struct hl_shipped *s = hl_shipped;
	while (strcmp(s->name, name) != 0)
		s++;
	return s;
}

/* Exchanges: two bytes where, one how much is taken out, one how much comes in, then that. */
static void edit(struct hl_buf *text, const struct hl_shipped *base, const uint8_t *data, size_t n)
{
	size_t at = 0;
	hl_buf_put(text, base->text, base->n);
	while (at + 4 <= n) {
		size_t where = ((size_t)data[at] << 8 | data[at + 1]) % base->n, out = data[at + 2], in = data[at + 3];
		at += 4;
		in = in < n - at ? in : n - at;
		struct hl_buf next = HL_BUF(TEXT_MAX);
		where = where < text->len ? where : text->len;
		out = out < text->len - where ? out : text->len - where;
		hl_buf_put(&next, text->data, where);
		hl_buf_put(&next, data + at, in);
		hl_buf_put(&next, text->data + where + out, text->len - where - out);
		hl_buf_fini(text);
		*text = next;
		at += in;
	}
}

static void make_read(struct hl_read *r, const char *plate, unsigned alternatives)
{
	hl_read_init(r);
	hl_copy(r->plate_text, sizeof r->plate_text, plate);
	r->time_ms = 0;
	r->confidence = alternatives ? 0.93 : -1;
	hl_read_finish(r, HL_NO_TIME);
	if (!alternatives)
		return;
	hl_read_add_candidate(r, "8ABC123", 7, 0.9);
	hl_read_add_candidate(r, "BABC1234", 8, 0.7);
	hl_read_add_candidate(r, "ABC12", 5, 0.2);
	r->n_slots = alternatives > 1 ? r->plate.len : 0;
	for (unsigned j = 0; j < r->n_slots; j++)
		r->slot[j] = (struct hl_read_slot){ .n = 2, .sym = { r->plate.sym[j], 11 }, .p = { 0.9f, 0.05f } };
}

static void check_figures(const struct hl_channel_table *t)
{
	static const char *const plates[] = { "8ABC123", "A", "WWWWWWWWWWWW", "0O0O0" }, *const listed[] = { "8ABC123", "BABC1*", "Q?", "OO", "1" };
	static struct hl_score_work w;
	struct hl_read r;
	for (size_t i = 0; i < sizeof plates / sizeof plates[0] * 3; i++) {
		make_read(&r, plates[i / 3], i % 3);
		hl_score_begin(&w, t, &r);
		for (size_t k = 0; k < sizeof listed / sizeof listed[0]; k++) {
			struct hl_pattern p;
			struct hl_hypothesis h = { .pattern = &p, .state = "", .prior = 1e-4 };
			check(hl_pattern_parse(&p, listed[k], strlen(listed[k]), k == 3, NULL) == HL_OK);
			double most = hl_score_ratio_most(&w, &p);
			hl_score_read(&w, &h, 1, NULL);
			check(w.channel.background >= 0 && w.channel.background < 1e300 && h.ratio >= 0 && h.ratio <= most);
			hl_score_ratios(&h, 1, NULL);
			check(h.plate_probability >= 0 && h.plate_probability <= 1 && h.probability >= 0 && h.probability <= 1);
		}
	}
}

static void try_channel(const struct hl_buf *text, struct hl_faults *f)
{
	static struct hl_channel_table t, again;
	struct hl_buf out = HL_BUF(TEXT_MAX);
	const struct hl_shipped *us = shipped("density/us");
	memset(&t, 0, sizeof t);
	memset(&again, 0, sizeof again);
	enum hl_code code = hl_channel_parse(&t, "c.yaml", hl_buf_text(text), text->len, f);
	check((code == HL_OK) == (f->errors == 0));
	if (code == HL_OK) {
		hl_channel_write(&t, "", "fuzz", &out);
		check(hl_channel_parse(&again, "c.yaml", hl_buf_text(&out), out.len, f) == HL_OK);
		check(hl_density_parse(&t.density, "us", (const char *)us->text, us->n, f) == HL_OK);
		hl_channel_finish(&t);
		check_figures(&t);
	}
	hl_buf_fini(&out);
}

static void try_density(const struct hl_buf *text, struct hl_faults *f)
{
	static struct hl_channel_table t;
	const struct hl_shipped *neutral = shipped("channels/neutral");
	memset(&t, 0, sizeof t);
	check(hl_channel_parse(&t, "c.yaml", (const char *)neutral->text, neutral->n, f) == HL_OK);
	enum hl_code code = hl_density_parse(&t.density, "d.yaml", hl_buf_text(text), text->len, f);
	check((code == HL_OK) == (f->errors == 0));
	if (code == HL_OK) {
		hl_channel_finish(&t);
		check_figures(&t);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const channels[] = { "channels/openalpr", "channels/fastplateocr", "channels/neutral", "channels/neutral" };
	if (!n)
		return 0;
	struct hl_faults *f = calloc(1, sizeof *f);
	struct hl_buf text = HL_BUF(TEXT_MAX), said = HL_BUF(1 << 20);
	check(f != NULL);
	if (data[0] & RAW)
		hl_buf_put(&text, data + 1, n - 1 < TEXT_MAX ? n - 1 : TEXT_MAX);
	else
		edit(&text, shipped(data[0] & DENSITY ? "density/us" : channels[data[0] >> FORM & 3]), data + 1, n - 1);
	if (data[0] & DENSITY)
		try_density(&text, f);
	else
		try_channel(&text, f);
	hl_faults_print(f, &said);
	hl_buf_fini(&said);
	hl_buf_fini(&text);
	free(f);
	return 0;
}
