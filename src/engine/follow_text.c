/* follow_text.c: an alert's plan as text and back: a line each, words separated by blanks; names of receivers have no blanks. Pure; any thread. */
#include "engine/follow_priv.h"

#include <stdlib.h>
#include <string.h>

static void put_names(struct hl_buf *out, const struct hl_names *n)
{
	for (size_t i = 0; i < n->n; i++)
		hl_buf_printf(out, " %s", n->v[i]);
	hl_buf_putc(out, '\n');
}

static void put_number(struct hl_buf *out, const char *word, int64_t value)
{
	hl_buf_printf(out, "%s %lld", word, (long long)value);
}

/* Past its ceiling a buffer takes nothing more: whole lines only. */
static char *steal(struct hl_buf *out, size_t *n)
{
	while (out->full && out->len && out->data[out->len - 1] != '\n')
		out->len--;
	*n = out->len;
	return hl_buf_steal(out);
}

char *hl_kept_plan_text(const struct hl_kept_plan *k, size_t *n)
{
	struct hl_buf out = HL_BUF(HL_TIMER_DATA_MAX - 1);
	put_number(&out, "from", k->from_ms);
	put_number(&out, "\nack", k->ack_ms);
	put_number(&out, "\nrepeat", k->plan.repeat_ms);
	hl_buf_puts(&out, "\ntold");
	put_names(&out, &k->plan.told);
	for (size_t i = 0; i < k->plan.n_steps; i++) {
		put_number(&out, "step", k->plan.step[i].after_ms);
		put_names(&out, &k->plan.step[i].names);
	}
	return steal(&out, n);
}

char *hl_kept_fallback_text(const struct hl_kept_fallback *k, size_t *n)
{
	struct hl_buf out = HL_BUF(HL_TIMER_DATA_MAX - 1);
	hl_buf_printf(&out, "event %s", k->event);
	put_number(&out, "\ndue", k->due_ms);
	hl_buf_puts(&out, "\nof");
	put_names(&out, &k->of);
	hl_buf_puts(&out, "names");
	put_names(&out, &k->names);
	return steal(&out, n);
}

static int64_t number(char **rest)
{
	const char *word = strsep(rest, " ");
	return word ? strtoll(word, NULL, 10) : 0;
}

static void names(char *rest, struct hl_names *n)
{
	char *word;
	while ((word = strsep(&rest, " ")))
		if (*word)
			hl_names_add(n, word);
}

void hl_kept_plan_read(struct hl_kept_plan *k, char *text)
{
	char *line;
	*k = (struct hl_kept_plan){ 0 };
	while ((line = strsep(&text, "\n"))) {
		const char *word = strsep(&line, " ");
		if (!strcmp(word, "from")) {
			k->from_ms = number(&line);
		} else if (!strcmp(word, "ack")) {
			k->ack_ms = number(&line);
		} else if (!strcmp(word, "repeat")) {
			k->plan.repeat_ms = number(&line);
		} else if (!strcmp(word, "told")) {
			names(line, &k->plan.told);
		} else if (!strcmp(word, "step") && k->plan.n_steps < HL_PLAN_STEPS) {
			struct hl_plan_step *s = &k->plan.step[k->plan.n_steps++];
			s->after_ms = number(&line);
			names(line, &s->names);
		}
	}
}

void hl_kept_fallback_read(struct hl_kept_fallback *k, char *text)
{
	char *line;
	*k = (struct hl_kept_fallback){ 0 };
	while ((line = strsep(&text, "\n"))) {
		const char *word = strsep(&line, " ");
		if (!strcmp(word, "event"))
			hl_copy(k->event, sizeof k->event, line ? line : "");
		else if (!strcmp(word, "due"))
			k->due_ms = number(&line);
		else if (!strcmp(word, "of"))
			names(line, &k->of);
		else if (!strcmp(word, "names"))
			names(line, &k->names);
	}
}
