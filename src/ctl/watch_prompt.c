/* watch_prompt.c: what the keys of `alert watch` ask before they do it: a table of kinds, each with its questions; an answer is one key of a choice, or a short text.
 * See watch.h. */
#include "config.h"

#include "ctl/watch.h"

#include <stdio.h>
#include <string.h>

#include "ctl/term.h"

struct choice {
	int key;
	const char *value; /* "": the option is left out */
	const char *label;
};
enum { QUESTIONS = 4, CHOICES = 9 };
struct question {
	const char *ask;
	const char *option;               /* "--plate" */
	struct choice choice[CHOICES];    /* none: a text */
	const char *not_after;            /* left out where the answer before was this */
};
struct hl_prompt_kind {
	int key;
	const char *verb;
	struct question question[QUESTIONS];
};

#define RESULTS { { 'a', "agrees", "agrees" }, { 'd', "differs", "differs" }, { 'u', "unknown", "unknown" }, { HL_KEY_ENTER, "", "Enter: skip" } }

static const struct hl_prompt_kind kinds[] = {
	{ 'a', "ack", { { .ask = NULL } } },
	{ 'J', "join", { { .ask = NULL } } },
	{ 'v', "verify",
	  { { .ask = "plate", .option = "--plate", .choice = RESULTS }, { .ask = "state", .option = "--state", .choice = RESULTS },
	    { .ask = "vehicle", .option = "--vehicle", .choice = RESULTS } } },
	{ 'r', "reject",
	  { { .ask = "why", .option = "--reason", .choice = { { 'm', "misread", "misread" }, { 'o', "other_vehicle", "other vehicle" }, { 't', "other", "another reason" } } },
	    { .ask = "the plate that was really seen", .option = "--plate", .not_after = "other" } } },
	{ 'c', "close",
	  { { .ask = "outcome", .option = "--outcome",
	      .choice = { { 'a', "arrest", "arrest" }, { 'c', "citation", "citation" }, { 's', "stopped", "stopped" }, { 'r', "recovered", "recovered" },
			  { 'f', "found", "found" }, { 'n', "not_found", "not found" }, { 'x', "no_action", "no action" }, { 'o', "other", "other" } } } } },
};

bool hl_prompt_begin(struct hl_watch_screen *w, int key)
{
	const struct hl_alert *a = hl_watched_at(&w->list);
	for (size_t i = 0; a && i < sizeof kinds / sizeof kinds[0]; i++) {
		if (kinds[i].key != key)
			continue;
		w->prompt = (struct hl_prompt){ .kind = &kinds[i] };
		hl_copy(w->prompt.alert, sizeof w->prompt.alert, a->id);
		return true;
	}
	return false;
}

static const struct question *question(const struct hl_prompt *p)
{
	return p->step < QUESTIONS && p->kind->question[p->step].ask ? &p->kind->question[p->step] : NULL;
}

/* The words of the command: what was left out is not among them. */
static int words_of(const struct hl_watch_screen *w, const char *argv[HL_WATCH_WORDS])
{
	const struct hl_prompt *p = &w->prompt;
	int n = 0;
	argv[n++] = "alert";
	argv[n++] = p->kind->verb;
	argv[n++] = p->alert;
	for (size_t i = 0; i < QUESTIONS && p->kind->question[i].ask; i++) {
		if (!p->answer[i][0])
			continue;
		argv[n++] = p->kind->question[i].option;
		argv[n++] = p->answer[i];
	}
	if (w->by) {
		argv[n++] = "--by";
		argv[n++] = w->by;
	}
	if (w->role) {
		argv[n++] = "--role";
		argv[n++] = w->role;
	}
	return n;
}

static void next(struct hl_prompt *p, const char *answer)
{
	hl_copy(p->answer[p->step++], HL_WATCH_ANSWER, answer);
	p->text[0] = 0;
	const struct question *q = question(p);
	if (q && q->not_after && !strcmp(q->not_after, answer))
		p->step++;
}

static void answer_choice(struct hl_prompt *p, const struct question *q, int key)
{
	for (size_t i = 0; i < CHOICES && q->choice[i].key; i++)
		if (q->choice[i].key == key) {
			next(p, q->choice[i].value);
			return;
		}
}

static void answer_text(struct hl_prompt *p, int key)
{
	size_t n = strlen(p->text);
	if (key == HL_KEY_ENTER && n)
		next(p, p->text);
	else if (key == HL_KEY_BACKSPACE && n)
		p->text[n - 1] = 0;
	else if (key >= 0x20 && key < 0x7f && n + 1 < HL_WATCH_ANSWER)
		p->text[n] = (char)key;
}

bool hl_prompt_key(struct hl_watch_screen *w, int key, const char *argv[HL_WATCH_WORDS], int *argc)
{
	struct hl_prompt *p = &w->prompt;
	const struct question *q = question(p);
	if (key == HL_KEY_ESCAPE) {
		p->kind = NULL;
		hl_copy(w->message, sizeof w->message, "nothing was done");
		w->failed = false;
		return false;
	}
	if (q && q->choice[0].key)
		answer_choice(p, q, key);
	else if (q)
		answer_text(p, key);
	if (question(p))
		return false;
	*argc = words_of(w, argv);
	return true;
}

void hl_prompt_text(const struct hl_prompt *p, struct hl_buf *out)
{
	const struct question *q = question(p);
	hl_buf_printf(out, "%s %.8s", p->kind->verb, p->alert);
	if (!q)
		return;
	hl_buf_printf(out, ": %s? ", q->ask);
	for (size_t i = 0; i < CHOICES && q->choice[i].key; i++)
		if (q->choice[i].key < 0x80)
			hl_buf_printf(out, "%c %s  ", q->choice[i].key, q->choice[i].label);
		else
			hl_buf_printf(out, "%s  ", q->choice[i].label);
	if (!q->choice[0].key)
		hl_buf_printf(out, "%s_  ", p->text);
	hl_buf_puts(out, "Esc: no");
}
