/* layout_fit.c: see layout_fit.h. A layout that does not belong to a file may well take its lines, where columns of letters and digits fall into one another: hence
 * what it finds in them is asked for its sense. Pure; any thread.
 */
#include "format/layout_fit.h"
#include "core/vehicle.h"
#include "format/layout_impl.h"

#include <string.h>

static void count(struct hl_layout_fit *fit, const char *text, bool known)
{
	fit->coded += text[0] != 0;
	fit->known += text[0] && known;
}

static bool is_year(const char *s)
{
	return strlen(s) == 4 && strspn(s, "0123456789") == 4 && (!strncmp(s, "19", 2) || !strncmp(s, "20", 2));
}

static void entry(void *arg, const struct hl_entry *e, unsigned line, const char *raw, size_t raw_n)
{
	struct hl_layout_fit *fit = arg;
	char state[16], make[16], type[16], color[64];
	(void)line, (void)raw, (void)raw_n;
	hl_state_canon(e->f[HL_F_STATE], state);
	hl_make_canon(e->f[HL_F_MAKE], make);
	hl_type_canon(e->f[HL_F_TYPE], type);
	count(fit, e->f[HL_F_PLATE], strpbrk(e->f[HL_F_PLATE], "0123456789") != NULL);
	count(fit, e->f[HL_F_STATE], state[0]);
	count(fit, e->f[HL_F_MAKE], make[0]);
	count(fit, e->f[HL_F_TYPE], type[0]);
	count(fit, e->f[HL_F_COLOR], hl_vehicle_code(HL_F_COLOR, e->f[HL_F_COLOR], color, sizeof color));
	count(fit, e->f[HL_F_YEAR], is_year(e->f[HL_F_YEAR]));
	for (int f = 0; f < HL_FIELDS; f++)
		fit->filled += e->f[f][0] != 0;
	fit->good++;
	fit->lines++;
}

/* What is missing at the end of a beginning is no fault; a head that is not at the beginning is. */
static void fault(void *arg, const struct hl_line_fault *f, const char *raw, size_t raw_n)
{
	struct hl_layout_fit *fit = arg;
	(void)raw, (void)raw_n;
	if (f->line || !strcmp(f->field, "head"))
		fit->lines++;
	else if (f->whole)
		return;
	if (!fit->fault.expected[0])
		fit->fault = *f;
}

static void skipped(void *arg, unsigned line, const char *why)
{
	(void)arg, (void)line, (void)why;
}

void hl_layout_fit(const struct hl_layout *l, const char *data, size_t n, int64_t now_ms, struct hl_layout_fit *out)
{
	struct hl_layout_result file;
	struct hl_err err;
	const struct hl_layout_run run = { .now_ms = now_ms, .text = data, .text_n = n };
	const struct hl_layout_sink sink = { .arg = out, .entry = entry, .fault = fault, .skipped = skipped, .result = &file };
	*out = (struct hl_layout_fit){ 0 };
	enum hl_code code = hl_layout_read(l, -1, &run, &sink, &err);
	out->named = file.named;
	out->unnamed = file.unnamed;
	out->dated = file.file_time_ms != HL_NO_TIME;
	out->counted = file.promised >= 0;
	out->refused = code || (file.bad && !out->good);
}

unsigned hl_layout_fit_score(const struct hl_layout_fit *fit)
{
	unsigned unknown = fit->coded - fit->known;
	uint64_t sense = fit->known > unknown ? fit->known - unknown : 0;
	if (fit->named)
		sense = sense * 100 * fit->named / (fit->named + fit->unnamed);
	else
		sense *= 100;
	return fit->lines ? (unsigned)(sense / fit->lines) : 0;
}

static int more(unsigned a, unsigned b)
{
	return a > b ? -1 : a < b;
}

int hl_layout_fit_compare(const struct hl_layout_fit *a, const struct hl_layout_fit *b)
{
	int by = more(hl_layout_fit_score(a), hl_layout_fit_score(b));
	if (!by)
		by = more(a->good, b->good);
	return by ? by : more(a->filled, b->filled);
}
