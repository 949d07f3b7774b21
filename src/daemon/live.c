/* live.c: see live.h. `swap` guards the pointer alone; `build` lets one reload run at a time, so that of two the later one wins; `finish` is held from the look at
 * the hand layers to the swap, by a reload at its end only, so that an entry added by hand never waits for a large list.
 */
#include "daemon/live.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "daemon/background.h"
#include "engine/rules_life.h"

enum { RETIRED_MAX = 16 };

struct hl_live {
	pthread_mutex_t swap, build, finish;
	struct hl_catalog *now;
	struct hl_catalog *retired[RETIRED_MAX]; /* swapped out, one reference of ours each; under swap */
	size_t n_retired;
	void (*swapped)(void *arg); /* under swap */
	void *swapped_arg;
};

struct hl_live *hl_live_new(struct hl_catalog *first)
{
	struct hl_live *l = hl_calloc(1, sizeof *l);
	pthread_mutex_init(&l->swap, NULL);
	pthread_mutex_init(&l->build, NULL);
	pthread_mutex_init(&l->finish, NULL);
	l->now = first;
	return l;
}

void hl_live_free(struct hl_live **lp)
{
	struct hl_live *l = *lp;
	if (!l)
		return;
	for (size_t i = 0; i < l->n_retired; i++)
		hl_catalog_unref(&l->retired[i]);
	hl_catalog_unref(&l->now);
	pthread_mutex_destroy(&l->swap);
	pthread_mutex_destroy(&l->build);
	pthread_mutex_destroy(&l->finish);
	free(l);
	*lp = NULL;
}

struct hl_catalog *hl_live_get(struct hl_live *l)
{
	pthread_mutex_lock(&l->swap);
	struct hl_catalog *c = hl_catalog_ref(l->now);
	pthread_mutex_unlock(&l->swap);
	return c;
}

static void swap_in(struct hl_live *l, struct hl_catalog *next)
{
	pthread_mutex_lock(&l->swap);
	struct hl_catalog *old = l->now;
	l->now = next;
	if (l->n_retired < RETIRED_MAX) {
		l->retired[l->n_retired++] = old;
		old = NULL;
	}
	if (l->swapped)
		l->swapped(l->swapped_arg);
	pthread_mutex_unlock(&l->swap);
	hl_catalog_unref(&old);
}

void hl_live_on_swap(struct hl_live *l, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&l->swap);
	l->swapped = fn;
	l->swapped_arg = arg;
	pthread_mutex_unlock(&l->swap);
}

void hl_live_sweep(struct hl_live *l)
{
	struct hl_catalog *idle[RETIRED_MAX];
	size_t n = 0, kept = 0;
	pthread_mutex_lock(&l->swap);
	for (size_t i = 0; i < l->n_retired; i++)
		if (atomic_load(&l->retired[i]->refs) == 1)
			idle[n++] = l->retired[i];
		else
			l->retired[kept++] = l->retired[i];
	l->n_retired = kept;
	pthread_mutex_unlock(&l->swap);
	for (size_t i = 0; i < n; i++)
		hl_catalog_unref(&idle[i]);
}

/* A build of the next catalog, on a thread in the background. settings_path NULL: only the lists' active versions. */
struct build {
	struct hl_live *live;
	const char *settings_path, *by;
	struct hl_opened *opened;
	struct hl_faults *faults;
	struct hl_err *err;
	enum hl_code code;
};

/* The rules of a reload count from the moment when they are marked: a crash between this and the swap finds them at the next start. */
static enum hl_code activate_rules(const struct hl_catalog *next, const char *by, struct hl_err *err)
{
	struct hl_activation a = { .by = by, .why = "reload", .time_ms = hl_clock_real_ms(), .fleet = next->settings->store };
	char active[HL_VERSION_ID];
	enum hl_code code = hl_rules_version_active(next->settings->state, active, NULL); /* a damaged mark is mended */
	return !code && !strcmp(active, next->rules->id) ? HL_OK : hl_rules_version_activate(next->settings->state, next->rules->id, &a, err);
}

/* Rules that were activated from another file, or went back to, are gone with a reload; nobody is to find out by what was not told. */
static void warn_replaced(const struct build *b, const struct hl_rules *was, const struct hl_rules *now)
{
	if (b->faults && strcmp(was->id, now->id) != 0)
		hl_faults_warn(b->faults, b->settings_path, 0, 0, "rules %s are active now, in place of %s (%s): a reload takes the file that 'rules' names", now->id, was->id,
			       was->file);
}

/* Takes next. Whatever took the place of `before` meanwhile did so for an entry added or withdrawn by hand. */
static void finish(struct build *b, const struct hl_catalog *before, struct hl_catalog *next)
{
	struct hl_catalog *newer = NULL;
	struct hl_err err;
	pthread_mutex_lock(&b->live->finish);
	if (b->live->now != before) { /* changed under `finish` only */
		b->code = hl_catalog_hand(&newer, next, NULL, &err);
		hl_catalog_unref(&next);
		next = newer;
	}
	if (!b->code && b->settings_path)
		b->code = activate_rules(next, b->by, &err);
	if (!b->code && b->settings_path)
		warn_replaced(b, before->rules, next->rules);
	if (!b->code)
		swap_in(b->live, next);
	else
		hl_catalog_unref(&next);
	pthread_mutex_unlock(&b->live->finish);
	if (b->code && b->faults)
		hl_faults_add(b->faults, b->settings_path, 0, 0, "%s", err.text);
	else if (b->code && b->err)
		*b->err = err;
}

static void build(void *arg)
{
	struct build *b = arg;
	struct hl_catalog *before = hl_live_get(b->live), *next = NULL;
	/* The crew's threads stay in the background as this one does. */
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	b->code = b->settings_path ? hl_catalog_take(&next, b->settings_path, before, &crew, b->by, hl_clock_real_ms(), b->faults) :
				     hl_catalog_activated(&next, before, b->opened, &crew, b->err);
	if (!b->code)
		finish(b, before, next);
	hl_catalog_unref(&before);
}

static enum hl_code build_aside(struct build *b)
{
	pthread_mutex_lock(&b->live->build);
	hl_background_run(build, b);
	pthread_mutex_unlock(&b->live->build);
	return b->code;
}

enum hl_code hl_live_reload(struct hl_live *l, const char *settings_path, const char *by, struct hl_faults *faults)
{
	return build_aside(&(struct build){ .live = l, .settings_path = settings_path, .by = by, .faults = faults });
}

enum hl_code hl_live_refresh(struct hl_live *l, struct hl_opened *opened, struct hl_err *err)
{
	return build_aside(&(struct build){ .live = l, .opened = opened, .err = err });
}

/* mutes: those from the shell; else the layer of a list. */
static enum hl_code quickly(struct hl_live *l, bool mutes, const char *list, struct hl_err *err)
{
	struct hl_catalog *next;
	pthread_mutex_lock(&l->finish);
	struct hl_catalog *before = hl_live_get(l);
	enum hl_code code = mutes ? hl_catalog_mutes(&next, before, err) : hl_catalog_hand(&next, before, list, err);
	if (!code)
		swap_in(l, next);
	pthread_mutex_unlock(&l->finish);
	hl_catalog_unref(&before);
	return code;
}

enum hl_code hl_live_hand(struct hl_live *l, const char *list, struct hl_err *err)
{
	return quickly(l, false, list, err);
}

enum hl_code hl_live_mutes(struct hl_live *l, struct hl_err *err)
{
	return quickly(l, true, NULL, err);
}
