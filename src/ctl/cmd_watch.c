/* cmd_watch.c: `alert watch`: the open alerts on a live screen in a terminal. The loop: ask the daemon, draw, wait for a key or a second. Main thread; the daemon is
 * asked over the control socket like by every other command, so it decides who may do what.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/term.h"
#include "ctl/watch.h"

enum { EVERY_MS = 1000, FRAME_MAX = 1 << 20 };

static void draw(struct hl_watch_screen *w, int64_t away_from)
{
	size_t columns, rows;
	struct hl_buf frame = HL_BUF(FRAME_MAX);
	w->now_ms = hl_clock_real_ms();
	w->away_ms = away_from ? hl_clock_mono_ms() - away_from + 1 : 0;
	hl_term_size(&columns, &rows);
	hl_watch_draw(w, columns, rows, &frame);
	hl_term_show(&frame);
	hl_buf_fini(&frame);
}

static void fetch(struct hl_watch_screen *w, int64_t *away_from)
{
	bool fresh;
	struct hl_err err = { 0 };
	if (hl_watch_fetch(w, &fresh, &err)) {
		hl_copy(w->away, sizeof w->away, err.text);
		*away_from = *away_from ? *away_from : hl_clock_mono_ms();
		return;
	}
	*away_from = 0;
	if (fresh)
		hl_term_bell();
}

/* The alert's id as people name it: there is room for what else is said. */
static void short_id(char *text, const char *id)
{
	size_t n = strlen(id);
	char *at = n > 8 ? strstr(text, id) : NULL;
	while (at) {
		memmove(at + 8, at + n, strlen(at + n) + 1);
		at = strstr(at + 8, id);
	}
}

/* The command's answer, or why it was refused, in one line. */
static void run(struct hl_watch_screen *w, int argc, const char *const *argv)
{
	struct hl_buf out = HL_BUF(1 << 20);
	struct hl_err err = { 0 };
	w->failed = hl_watch_ask(w, argc, argv, &out, &err) != HL_OK;
	hl_copy(w->message, sizeof w->message, w->failed ? err.text : hl_buf_text(&out));
	w->message[strcspn(w->message, "\n")] = 0;
	bool differs = false;
	for (int i = 0; i < argc; i++)
		differs = differs || !strcmp(argv[i], "differs");
	size_t n = strlen(w->message);
	if (differs && !w->failed)
		snprintf(w->message + n, sizeof w->message - n, "; r rejects it");
	short_id(w->message, w->prompt.alert);
	hl_buf_fini(&out);
}

/* True: something was asked of the daemon, and the list is old. */
static bool act(struct hl_watch_screen *w, int key)
{
	const char *argv[HL_WATCH_WORDS];
	int argc = 0;
	bool first = !w->prompt.kind;
	if (first && !hl_prompt_begin(w, key))
		return false;
	/* The key that begins it answers nothing; what has no questions is done at once. */
	if (!hl_prompt_key(w, first ? HL_KEY_NONE : key, argv, &argc))
		return false;
	run(w, argc, argv);
	w->prompt.kind = NULL;
	return true;
}

static void move(struct hl_watch_screen *w, int key)
{
	static const struct {
		int key;
		ptrdiff_t by;
	} rows[] = { { 'j', 1 }, { 'k', -1 }, { HL_KEY_DOWN, 1 }, { HL_KEY_UP, -1 }, { HL_KEY_PAGE_DOWN, 8 }, { HL_KEY_PAGE_UP, -8 }, { HL_KEY_HOME, -100000 },
		     { HL_KEY_END, 100000 } };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].key == key)
			hl_watched_move(&w->list, rows[i].by);
}

/* False: it is over. */
static bool take_key(struct hl_watch_screen *w, int key, bool *old)
{
	if (key == HL_KEY_END_OF_INPUT || (key == 'q' && !w->prompt.kind))
		return false;
	if (key == HL_KEY_NONE)
		return true;
	if (w->prompt.kind) {
		*old = act(w, key);
		return true;
	}
	if (key == '?' || (w->help && key == HL_KEY_ESCAPE)) {
		w->help = !w->help;
		return true;
	}
	move(w, key);
	*old = act(w, key);
	return true;
}

static void loop(struct hl_watch_screen *w)
{
	int64_t next = 0, away_from = 0;
	bool on = true;
	while (on && !hl_term_ended()) {
		int64_t now = hl_clock_mono_ms();
		if (now >= next) {
			fetch(w, &away_from);
			next = hl_clock_mono_ms() + EVERY_MS;
		}
		draw(w, away_from);
		now = hl_clock_mono_ms();
		bool old = false;
		on = take_key(w, hl_term_key(next > now ? (int)(next - now) : 0), &old);
		next = old ? 0 : next;
	}
}

static int run_watch(const struct hl_ctl_globals *g, int argc, char **argv)
{
	static const char *const roles[] = { "officer", "dispatcher", "supervisor", "agency", "auditor", NULL };
	char control[HL_PATH_MAX];
	struct hl_err err = { 0 };
	struct hl_watch_screen w = { .control = control, .purpose = g->purpose };
	for (int i = 0; i < argc; i++) {
		const char *value = NULL;
		bool by = hl_ctl_option(argc, argv, &i, "--by", &value), role = !by && hl_ctl_option(argc, argv, &i, "--role", &value);
		if (!by && !role)
			return hl_ctl_usage(&hl_ctl_alert_watch, "unknown word '%s'", argv[i]);
		if (!value || !*value)
			return hl_ctl_usage(&hl_ctl_alert_watch, "%s needs a value", by ? "--by" : "--role");
		*(by ? &w.by : &w.role) = value;
	}
	size_t r = 0;
	while (w.role && roles[r] && strcmp(roles[r], w.role) != 0)
		r++;
	if (!roles[r])
		return hl_ctl_usage(&hl_ctl_alert_watch, "--role '%s': expected officer, dispatcher, supervisor, agency or auditor", w.role);
	enum hl_code rc = hl_ctl_control_path(g, control, &err);
	if (!rc)
		rc = hl_term_open(&err);
	if (rc)
		return hl_ctl_fail(&err);
	w.colors = hl_term_colors();
	loop(&w);
	hl_term_close();
	hl_watched_fini(&w.list);
	return EX_OK;
}

const struct hl_ctl_command hl_ctl_alert_watch = {
	.family = "alert", .verb = "watch", .usage = "[--by NAME] [--role ROLE]",
	.help = "the open alerts on a live screen: acknowledge, verify, reject with a key", .run = run_watch,
};
