/* drop.c: see drop.h. The thread: waits for events, looks, takes one file of each folder at a time. */
#include "config.h"

#include "daemon/drop_priv.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { EVENT_BYTES = 1 << 16, IDLE_MS = 3600000 };

static struct hl_drop_folder *find(struct hl_drop *d, const char *dir, const char *list)
{
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->folder[i].dir, dir) && !strcmp(d->folder[i].list, list))
			return &d->folder[i];
	return NULL;
}

/* What the settings say now; what lies in the folder and what it did is kept where it was there before. Takes that. */
static void fill(struct hl_drop_folder *f, const struct hl_settings *s, const struct hl_drop_settings *c, struct hl_drop_folder *before)
{
	const struct hl_list_settings *l = hl_settings_list(s, c->list);
	*f = before ? *before : (struct hl_drop_folder){ .fd = -1, .watch = -1 };
	if (before)
		*before = (struct hl_drop_folder){ .fd = -1, .watch = -1 };
	hl_copy(f->dir, sizeof f->dir, c->dir);
	hl_copy(f->list, sizeof f->list, c->list);
	hl_copy(f->layout, sizeof f->layout, c->layout ? c->layout : "");
	hl_copy(f->pattern, sizeof f->pattern, c->pattern ? c->pattern : "*");
	f->activate = c->activate;
	f->incremental = c->incremental;
	f->signed_only = l && l->public_key_file;
	f->settle_ms = c->settle_ms;
	f->rescan_ms = c->rescan_ms;
	f->max_bytes = c->max_bytes;
	f->look_ms = 0;
	hl_copy(f->said.dir, sizeof f->said.dir, f->dir);
	hl_copy(f->said.list, sizeof f->said.list, f->list);
}

static void close_all(struct hl_drop *d, struct hl_drop_folder *folder, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hl_drop_folder_close(d, &folder[i]);
	free(folder);
}

static void load(struct hl_drop *d)
{
	struct hl_catalog *c = hl_live_get(d->o.live);
	const struct hl_drop_settings *conf = c->settings->drops.v;
	size_t n = c->settings->drops.n, n_old = d->n;
	struct hl_drop_folder *old = d->folder, *v = hl_calloc(n + 1, sizeof *v);
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < n; i++)
		fill(&v[i], c->settings, &conf[i], find(d, conf[i].dir, conf[i].list));
	d->folder = v;
	d->n = n;
	pthread_mutex_unlock(&d->lock);
	close_all(d, old, n_old);
	hl_catalog_unref(&c);
}

/* Events were lost: what was open may have been closed since. */
static void overflow(struct hl_drop *d)
{
	hl_log(HL_LOG_WARN, "drop: more events than the system queues: all folders are looked through");
	for (size_t i = 0; i < d->n; i++) {
		struct hl_drop_folder *f = &d->folder[i];
		for (size_t k = 0; k < f->n; k++)
			f->file[k].made = f->file[k].written = false;
		f->look_ms = 0;
	}
}

static void take_event(struct hl_drop *d, const struct inotify_event *e, int64_t now_ms)
{
	if (e->mask & IN_Q_OVERFLOW) {
		overflow(d);
		return;
	}
	for (size_t i = 0; i < d->n; i++)
		if (d->folder[i].watch == e->wd)
			hl_drop_event(&d->folder[i], e->mask, e->len ? e->name : "", now_ms);
}

static void read_events(struct hl_drop *d)
{
	_Alignas(struct inotify_event) char room[EVENT_BYTES];
	ssize_t n;
	while ((n = read(d->notify, room, sizeof room)) > 0)
		for (char *p = room; p < room + n;) {
			const struct inotify_event *e = (const struct inotify_event *)(const void *)p;
			take_event(d, e, hl_clock_mono_ms());
			p += sizeof *e + e->len;
		}
}

/* Looks at each folder whose time has come, and takes one file of each that has one. Gives when there is something to do next. */
static int64_t round_of(struct hl_drop *d)
{
	int64_t next = hl_clock_mono_ms() + IDLE_MS;
	for (size_t i = 0; i < d->n && !d->stop; i++) {
		struct hl_drop_folder *f = &d->folder[i];
		int64_t now = hl_clock_mono_ms();
		if (f->look_ms <= now)
			hl_drop_look(d, f, now);
		struct hl_drop_file *file = hl_drop_next(f, now, &next);
		if (file) {
			hl_drop_take(d, f, file);
			f->look_ms = 0;
		}
		next = f->look_ms < next ? f->look_ms : next;
	}
	return next;
}

static void *drop_main(void *arg)
{
	struct hl_drop *d = arg;
	while (!d->stop) {
		uint64_t n;
		if (atomic_exchange(&d->reloaded, false))
			load(d);
		int64_t left = round_of(d) - hl_clock_mono_ms();
		struct pollfd p[] = { { .fd = d->notify, .events = POLLIN }, { .fd = d->event, .events = POLLIN } };
		poll(p, 2, left < 0 ? 0 : left > IDLE_MS ? IDLE_MS : (int)left);
		if (p[1].revents & POLLIN && read(d->event, &n, sizeof n) < 0)
			hl_log(HL_LOG_DEBUG, "drop: %s", strerror(errno));
		read_events(d);
	}
	return NULL;
}

static void wake(struct hl_drop *d)
{
	uint64_t one = 1;
	if (write(d->event, &one, sizeof one) < 0)
		hl_log(HL_LOG_DEBUG, "drop: %s", strerror(errno));
}

enum hl_code hl_drop_start(struct hl_drop **out, const struct hl_drop_opts *o, struct hl_err *err)
{
	struct hl_drop *d = hl_calloc(1, sizeof *d);
	d->o = *o;
	d->reloaded = true;
	d->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	d->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->notify < 0) /* a system may have no more of them to give: the folders are then looked through now and then */
		hl_log(HL_LOG_WARN, "drop: no inotify: %s", strerror(errno));
	pthread_mutex_init(&d->lock, NULL);
	int e = d->event < 0 ? errno : pthread_create(&d->thread, NULL, drop_main, d);
	if (!e) {
		*out = d;
		return HL_OK;
	}
	pthread_mutex_destroy(&d->lock);
	if (d->notify >= 0)
		close(d->notify);
	if (d->event >= 0)
		close(d->event);
	free(d);
	return hl_err_set(err, HL_E_INTERNAL, "the thread of the drop folders: %s", strerror(e));
}

void hl_drop_reloaded(struct hl_drop *d)
{
	d->reloaded = true;
	wake(d);
}

size_t hl_drop_states(struct hl_drop *d, struct hl_drop_state *out, size_t max)
{
	pthread_mutex_lock(&d->lock);
	size_t n = d->n < max ? d->n : max;
	for (size_t i = 0; i < n; i++)
		out[i] = d->folder[i].said;
	pthread_mutex_unlock(&d->lock);
	return n;
}

void hl_drop_stop(struct hl_drop *d)
{
	if (!d)
		return;
	d->stop = true;
	wake(d);
}

void hl_drop_free(struct hl_drop **dp)
{
	struct hl_drop *d = *dp;
	if (!d)
		return;
	hl_drop_stop(d);
	pthread_join(d->thread, NULL);
	close_all(d, d->folder, d->n);
	if (d->notify >= 0)
		close(d->notify);
	close(d->event);
	pthread_mutex_destroy(&d->lock);
	free(d);
	*dp = NULL;
}
