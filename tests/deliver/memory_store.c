/* memory_store.c: see memory_store.h. */
#include "deliver/memory_store.h"
#include "base/clock.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool wait_for(bool (*condition)(void *arg), void *arg, int64_t limit_ms)
{
	int64_t until = hl_clock_mono_ms() + limit_ms;
	while (!condition(arg)) {
		if (hl_clock_mono_ms() >= until)
			return false;
		poll(NULL, 0, 5);
	}
	return true;
}

static struct memory_row *find_row(struct memory *m, const char *id)
{
	for (size_t i = 0; i < m->n; i++)
		if (!strcmp(m->row[i].d.id, id))
			return &m->row[i];
	return NULL;
}

static enum hl_code take(void *arg, int64_t now_ms, int64_t lease_ms, struct hl_delivery *out, size_t max, size_t *n, struct hl_err *err)
{
	struct memory *m = arg;
	(void)lease_ms, (void)err;
	*n = 0;
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->n && *n < max; i++) {
		struct memory_row *r = &m->row[i];
		if (r->d.state != HL_DL_PENDING || (r->leased && !m->give_twice) || r->due_ms > now_ms)
			continue;
		r->leased = true;
		out[*n] = r->d;
		out[*n].body = hl_strndup(r->d.body, r->d.body_n);
		++*n;
	}
	pthread_mutex_unlock(&m->lock);
	return HL_OK;
}

static enum hl_code next_due(void *arg, int64_t *due_ms, struct hl_err *err)
{
	struct memory *m = arg;
	(void)err;
	*due_ms = HL_NO_TIME;
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->n; i++) {
		const struct memory_row *r = &m->row[i];
		if (r->d.state == HL_DL_PENDING && !r->leased && (*due_ms == HL_NO_TIME || r->due_ms < *due_ms))
			*due_ms = r->due_ms;
	}
	pthread_mutex_unlock(&m->lock);
	return HL_OK;
}

/* The row of a verdict, or NULL with the code that the test wants to see answered. The lock is held where a row is given. */
static struct memory_row *settle(struct memory *m, const char *id, const char *result, enum hl_code *code, struct hl_err *err)
{
	pthread_mutex_lock(&m->lock);
	struct memory_row *r = find_row(m, id);
	*code = r ? m->settle_as : HL_E_NOTFOUND;
	if (r && m->fail_settles) {
		m->fail_settles--;
		*code = HL_E_IO;
	}
	if (r)
		r->settles++;
	if (*code != HL_OK) {
		pthread_mutex_unlock(&m->lock);
		hl_err_set(err, *code, "the test says no");
		return NULL;
	}
	hl_copy(r->d.result, sizeof r->d.result, result);
	r->leased = false;
	r->d.attempts++;
	return r;
}

static enum hl_code done(void *arg, const char *id, int64_t now_ms, const char *result, struct hl_err *err)
{
	struct memory *m = arg;
	enum hl_code code;
	struct memory_row *r = settle(m, id, result, &code, err);
	if (!r)
		return code;
	r->d.state = HL_DL_DELIVERED;
	r->d.done_ms = now_ms;
	pthread_mutex_unlock(&m->lock);
	return HL_OK;
}

static enum hl_code later(void *arg, const char *id, int64_t due_ms, const char *result, struct hl_err *err)
{
	struct memory *m = arg;
	enum hl_code code;
	struct memory_row *r = settle(m, id, result, &code, err);
	if (!r)
		return code;
	int64_t now = hl_clock_real_ms();
	r->asked_wait_ms = due_ms - now;
	r->due_ms = due_ms < now + m->later_cap_ms ? due_ms : now + m->later_cap_ms;
	r->laters++;
	pthread_mutex_unlock(&m->lock);
	return HL_OK;
}

static enum hl_code dead(void *arg, const char *id, int64_t now_ms, const char *result, struct hl_err *err)
{
	struct memory *m = arg;
	enum hl_code code;
	struct memory_row *r = settle(m, id, result, &code, err);
	if (!r)
		return code;
	r->d.state = HL_DL_DEAD;
	r->d.done_ms = now_ms;
	pthread_mutex_unlock(&m->lock);
	return HL_OK;
}

static bool find(void *arg, const char *receiver, const char *channel, const char *address, struct hl_deliver_target *out)
{
	struct memory *m = arg;
	bool found = false;
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->n_receivers && !found; i++) {
		struct memory_receiver *r = &m->receiver[i];
		const char *known[8];
		if (r->vanished || strcmp(r->name, receiver) || strcmp(r->adapter->name, channel))
			continue;
		size_t n = r->adapter->addresses(r->conf, known, 8);
		for (size_t k = 0; k < n && k < 8 && !found; k++)
			found = !strcmp(known[k], address);
		if (!found)
			continue;
		r->refs++;
		*out = (struct hl_deliver_target){ .adapter = r->adapter, .conf = r->conf, .ref = r };
	}
	pthread_mutex_unlock(&m->lock);
	return found;
}

static void release(void *arg, void *ref)
{
	struct memory *m = arg;
	struct memory_receiver *r = ref;
	pthread_mutex_lock(&m->lock);
	r->refs--;
	pthread_mutex_unlock(&m->lock);
}

void memory_open(struct memory *m)
{
	*m = (struct memory){ .later_cap_ms = 20 };
	pthread_mutex_init(&m->lock, NULL);
}

void memory_start(struct memory *m)
{
	struct hl_deliver_store store = { .arg = m, .take = take, .next_due = next_due, .done = done, .later = later, .dead = dead };
	struct hl_deliver_channels channels = { .arg = m, .find = find, .release = release };
	struct hl_err err = { 0 };
	ck_assert_msg(hl_deliver_start(&m->deliver, &store, &channels, &err) == HL_OK, "%s", err.text);
}

void memory_close(struct memory *m, int64_t grace_ms)
{
	hl_deliver_stop(&m->deliver, grace_ms);
	for (size_t i = 0; i < m->n_receivers; i++) {
		ck_assert_int_eq(m->receiver[i].refs, 0);
		hl_conf_wipe(m->receiver[i].adapter->options, m->receiver[i].conf);
		free(m->receiver[i].conf);
		hl_conf_free(&m->receiver[i].doc);
	}
	for (size_t i = 0; i < m->n; i++)
		hl_delivery_wipe(&m->row[i].d);
	pthread_mutex_destroy(&m->lock);
}

struct secret {
	const char *text;
};

static void need_secret(void *arg, const char *path, struct hl_strings *into)
{
	const struct secret *s = arg;
	(void)path;
	into->v = hl_calloc(1, sizeof *into->v);
	into->v[0] = hl_strdup(s->text);
	into->n = 1;
}

bool memory_receiver(struct memory *m, const char *name, const char *adapter, const char *yaml, const char *secret, char *fault, size_t size)
{
	struct memory_receiver *r = &m->receiver[m->n_receivers++];
	struct hl_faults faults = { 0 };
	struct hl_conf_ctx ctx = { .file = "/test.yaml", .faults = &faults };
	struct hl_err err = { 0 };
	struct secret s = { secret };
	*r = (struct memory_receiver){ .name = name, .adapter = hl_adapter_find(adapter) };
	r->conf = hl_calloc(1, r->adapter->conf_size);
	ck_assert_int_eq(hl_conf_parse(&r->doc, ctx.file, yaml, strlen(yaml), &faults), HL_OK);
	hl_conf_fill(hl_conf_root(r->doc), r->adapter->options, r->conf, &ctx);
	r->adapter->check(hl_conf_root(r->doc), r->conf, &ctx);
	r->adapter->secrets(r->conf, need_secret, &s);
	if (!faults.errors && r->adapter->check_secrets(r->conf, &err) != HL_OK)
		hl_faults_add(&faults, ctx.file, 0, 0, "%s", err.text);
	if (faults.errors && size)
		hl_copy(fault, size, faults.v[0].text);
	return faults.errors == 0;
}

void memory_vanish(struct memory *m, const char *name)
{
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->n_receivers; i++)
		if (!strcmp(m->receiver[i].name, name))
			m->receiver[i].vanished = true;
	pthread_mutex_unlock(&m->lock);
}

void memory_put(struct memory *m, const char *id, const char *receiver, const char *channel, const char *address, const char *body, int64_t deadline_ms)
{
	pthread_mutex_lock(&m->lock);
	ck_assert_uint_lt(m->n, MEMORY_MAX);
	struct memory_row *r = &m->row[m->n++];
	int64_t now = hl_clock_real_ms();
	*r = (struct memory_row){ .due_ms = now };
	r->d = (struct hl_delivery){ .state = HL_DL_PENDING, .created_ms = now, .due_ms = now, .deadline_ms = now + deadline_ms, .seen_ms = now - 180000,
				     .done_ms = HL_NO_TIME };
	hl_copy(r->d.id, sizeof r->d.id, id);
	hl_copy(r->d.receiver, sizeof r->d.receiver, receiver);
	hl_copy(r->d.channel, sizeof r->d.channel, channel);
	hl_copy(r->d.address, sizeof r->d.address, address);
	r->d.body = hl_strdup(body);
	r->d.body_n = strlen(body);
	pthread_mutex_unlock(&m->lock);
	if (m->deliver)
		hl_deliver_wake(m->deliver);
}

struct memory_row memory_get(struct memory *m, const char *id)
{
	pthread_mutex_lock(&m->lock);
	const struct memory_row *r = find_row(m, id);
	ck_assert_ptr_nonnull(r);
	struct memory_row copy = *r;
	pthread_mutex_unlock(&m->lock);
	copy.d.body = NULL;
	return copy;
}

struct waited {
	struct memory *m;
	const char *id;
	unsigned laters;
};

static bool is_settled(void *arg)
{
	const struct waited *w = arg;
	return memory_get(w->m, w->id).d.state != HL_DL_PENDING;
}

static bool was_put_off(void *arg)
{
	const struct waited *w = arg;
	return memory_get(w->m, w->id).laters >= w->laters;
}

bool memory_wait(struct memory *m, const char *id, int64_t limit_ms)
{
	struct waited w = { .m = m, .id = id };
	return wait_for(is_settled, &w, limit_ms);
}

bool memory_wait_later(struct memory *m, const char *id, unsigned n, int64_t limit_ms)
{
	struct waited w = { .m = m, .id = id, .laters = n };
	return wait_for(was_put_off, &w, limit_ms);
}

size_t memory_count(struct memory *m, const char *prefix, enum hl_delivery_state state)
{
	size_t n = 0;
	pthread_mutex_lock(&m->lock);
	for (size_t i = 0; i < m->n; i++)
		if (!strncmp(m->row[i].d.id, prefix, strlen(prefix)) && m->row[i].d.state == state)
			n++;
	pthread_mutex_unlock(&m->lock);
	return n;
}
