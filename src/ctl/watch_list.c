/* watch_list.c: the open alerts, asked of the daemon. See watch.h. */
#include "config.h"

#include "ctl/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/wire.h"
#include "format/alert_json.h"

enum { ANSWER_MAX = 64 << 20, WAIT_S = 3 };

/* The words and, where there is one, the purpose. */
static enum hl_code ask(const struct hl_watch_screen *w, int sock, int argc, const char *const *argv, struct hl_err *err)
{
	const char *words[HL_WATCH_WORDS + 1];
	struct hl_buf purpose = HL_BUF(4096);
	memcpy(words, argv, (size_t)argc * sizeof words[0]);
	if (w->purpose) {
		hl_buf_printf(&purpose, "--purpose=%s", w->purpose);
		words[argc++] = hl_buf_text(&purpose);
	}
	enum hl_code rc = hl_wire_ask(sock, argc, words, -1, err);
	hl_buf_fini(&purpose);
	return rc;
}

enum hl_code hl_watch_ask(const struct hl_watch_screen *w, int argc, const char *const *argv, struct hl_buf *out, struct hl_err *err)
{
	int sock = -1;
	struct hl_err fault = { 0 };
	const struct timeval wait = { .tv_sec = WAIT_S };
	enum hl_code rc = hl_wire_connect(w->control, &sock, err);
	if (rc)
		return rc;
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	rc = ask(w, sock, argc, argv, err);
	if (!rc)
		rc = hl_wire_replied(sock, &fault, out, err);
	close(sock);
	if (!rc && fault.code) {
		*err = fault;
		rc = fault.code;
	}
	return rc;
}

void hl_watched_fini(struct hl_watched *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->alert[i]);
	free(l->alert);
	*l = (struct hl_watched){ .n = 0 };
}

/* The end of the object at s: behind its last bracket. NULL where it has none. */
static const char *object_end(const char *s)
{
	int depth = 0;
	bool text = false;
	for (; *s; s++) {
		if (text && *s == '\\' && s[1])
			s++;
		else if (*s == '"')
			text = !text;
		else if (!text && (*s == '{' || *s == '['))
			depth++;
		else if (!text && (*s == '}' || *s == ']') && --depth == 0)
			return s + 1;
	}
	return NULL;
}

/* What an officer must not see the daemon does not give; what it would give by mistake is not shown. */
static bool hidden(const struct hl_watch_screen *w, const struct hl_alert *a)
{
	return a->life.covert && (!w->role || strcmp(w->role, "officer") == 0 || strcmp(w->role, "agency") == 0);
}

/* The alerts of a JSON array, added to *l. */
static enum hl_code add_all(const struct hl_watch_screen *w, struct hl_watched *l, const char *s, struct hl_err *err)
{
	size_t seen = 0;
	while ((s = strchr(s, '{'))) {
		const char *end = object_end(s);
		if (!end)
			return hl_err_set(err, HL_E_INPUT, "the daemon's answer is cut off");
		struct hl_alert *a = hl_calloc(1, sizeof *a);
		enum hl_code rc = hl_alert_parse(a, s, (size_t)(end - s), err);
		if (rc || hidden(w, a)) {
			free(a);
		} else {
			l->alert = hl_realloc(l->alert, l->n + 1, sizeof l->alert[0]);
			l->alert[l->n++] = a;
		}
		if (rc)
			return rc;
		seen++;
		s = end;
	}
	l->cut = l->cut || seen == HL_WATCH_ALERTS;
	return HL_OK;
}

static enum hl_code fetch_state(const struct hl_watch_screen *w, enum hl_alert_state state, struct hl_watched *l, struct hl_err *err)
{
	char limit[16];
	const char *const argv[] = { "alert", "ls", "--state", hl_alert_state_name(state), "--limit", limit, "--json", "--role", w->role };
	struct hl_buf out = HL_BUF(ANSWER_MAX);
	snprintf(limit, sizeof limit, "%d", HL_WATCH_ALERTS);
	enum hl_code rc = hl_watch_ask(w, w->role ? 9 : 7, argv, &out, err);
	if (!rc)
		rc = add_all(w, l, hl_buf_text(&out), err);
	hl_buf_fini(&out);
	return rc;
}

static int by_urgency(const void *x, const void *y)
{
	const struct hl_alert *a = *(struct hl_alert *const *)x, *b = *(struct hl_alert *const *)y;
	int c = (a->priority > b->priority) - (a->priority < b->priority);
	int64_t seen_a = hl_alert_seen_ms(a), seen_b = hl_alert_seen_ms(b); /* the age that is shown */
	c = c ? c : (seen_a < seen_b) - (seen_a > seen_b);
	return c ? c : strcmp(a->id, b->id);
}

static ptrdiff_t find(const struct hl_watched *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->alert[i]->id, id))
			return (ptrdiff_t)i;
	return -1;
}

/* An alert may change its state between two questions, and be in both answers: the later one has it as it is. */
static void without_twins(struct hl_watched *l)
{
	size_t kept = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct hl_alert *a = l->alert[i];
		if (kept && !strcmp(l->alert[kept - 1]->id, a->id)) {
			struct hl_alert *b = l->alert[kept - 1];
			l->alert[kept - 1] = a->rev > b->rev ? a : b;
			free(a->rev > b->rev ? b : a);
		} else {
			l->alert[kept++] = a;
		}
	}
	l->n = kept;
}

/* The selection stays with its alert; where that is gone, at its place. */
static void take_over(struct hl_watched *old, struct hl_watched *new, bool *fresh)
{
	const struct hl_alert *selected = hl_watched_at(old);
	ptrdiff_t at = selected ? find(new, selected->id) : 0;
	new->at = at >= 0 ? (size_t)at : old->at;
	if (new->at >= new->n)
		new->at = new->n ? new->n - 1 : 0;
	*fresh = false;
	for (size_t i = 0; i < new->n; i++)
		*fresh = *fresh || find(old, new->alert[i]->id) < 0;
	hl_watched_fini(old);
	*old = *new;
}

/* What `alert pulse` says now. */
static enum hl_code feel(const struct hl_watch_screen *w, char *pulse, size_t size, struct hl_err *err)
{
	const char *const argv[] = { "alert", "pulse", "--role", w->role };
	struct hl_buf out = HL_BUF(1024);
	enum hl_code rc = hl_watch_ask(w, w->role ? 4 : 2, argv, &out, err);
	hl_copy(pulse, size, hl_buf_text(&out));
	hl_buf_fini(&out);
	return rc;
}

enum hl_code hl_watch_fetch(struct hl_watch_screen *w, bool *fresh, struct hl_err *err)
{
	struct hl_watched l = { .n = 0 };
	char pulse[sizeof w->pulse];
	*fresh = false;
	enum hl_code rc = feel(w, pulse, sizeof pulse, err);
	if (rc || !strcmp(pulse, w->pulse))
		return rc;
	for (int s = HL_ST_NEW; !rc && s < HL_ST_CLOSED; s++)
		rc = fetch_state(w, (enum hl_alert_state)s, &l, err);
	if (rc) {
		hl_watched_fini(&l);
		return rc;
	}
	if (l.n)
		qsort(l.alert, l.n, sizeof l.alert[0], by_urgency);
	without_twins(&l);
	take_over(&w->list, &l, fresh);
	hl_copy(w->pulse, sizeof w->pulse, pulse);
	*fresh = *fresh && w->heard;
	w->heard = true;
	return HL_OK;
}

void hl_watched_move(struct hl_watched *l, ptrdiff_t by)
{
	ptrdiff_t at = (ptrdiff_t)l->at + by;
	at = at >= (ptrdiff_t)l->n ? (ptrdiff_t)l->n - 1 : at;
	l->at = at < 0 ? 0 : (size_t)at;
}

const struct hl_alert *hl_watched_at(const struct hl_watched *l)
{
	return l->at < l->n ? l->alert[l->at] : NULL;
}
