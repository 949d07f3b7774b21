/* store.c: finds a store by name, opens it, and frees what stores give. What every store shares stands here: the names of states and the meaning of a
 * destination. A handle belongs to one thread.
 */
#include "config.h"

#include "store/store.h"
#include "base/mem.h"
#include "store/redis.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct hl_store_ops *const stores[] = {
	&hl_store_sqlite,
#ifdef HL_WITH_REDIS
	&hl_store_redis,
#endif
	NULL,
};

static const char *const state_names[] = {
	[HL_DL_PENDING] = "pending",
	[HL_DL_DELIVERED] = "delivered",
	[HL_DL_DEAD] = "dead",
	[HL_DL_CANCELLED] = "cancelled",
};

static const char *const kind_names[HL_TIMER_KINDS] = {
	[HL_TIMER_ESCALATE] = "escalate",
	[HL_TIMER_FALLBACK] = "fallback",
	[HL_TIMER_REPEAT] = "repeat",
	[HL_TIMER_LAPSE] = "lapse",
	[HL_TIMER_DIGEST] = "digest",
};

enum { STATES = sizeof state_names / sizeof state_names[0] };

static enum hl_code find(const char *where, const struct hl_store_ops **ops, struct hl_err *err)
{
	size_t n = strcspn(where, "\n");
	for (size_t i = 0; stores[i]; i++) {
		*ops = stores[i];
		if (strlen(stores[i]->name) == n && !memcmp(stores[i]->name, where, n))
			return HL_OK;
	}
	return hl_err_set(err, HL_E_CONFIG, "unknown store '%.*s': there is 'sqlite'%s", (int)(n < 64 ? n : 64), where, stores[1] ? " and 'redis'" : "");
}

enum hl_code hl_store_open(struct hl_store **s, const char *where, const char *state_dir, enum hl_store_mode mode, struct hl_err *err)
{
	*s = NULL;
	const struct hl_store_ops *ops;
	enum hl_code rc = find(where, &ops, err);
	if (rc)
		return rc;
	struct hl_store *n = hl_calloc(1, sizeof *n);
	n->ops = ops;
	n->priv = hl_calloc(1, ops->size);
	n->where = hl_strdup(where);
	rc = ops->open(n, state_dir, mode, err);
	if (rc) {
		hl_store_close(&n);
		return rc;
	}
	*s = n;
	return HL_OK;
}

void hl_store_where_name(const char *where, char *dst, size_t size)
{
	struct hl_redis_conf c;
	char at[HL_TEXT_LONG];
	if (!strchr(where, '\n') || hl_redis_where_parse(where, &c, NULL)) {
		hl_copy_n(dst, size, where, strcspn(where, "\n"));
		return;
	}
	hl_redis_where_name(&c, at, sizeof at);
	snprintf(dst, size, "redis %s, prefix %s", at, c.prefix);
}

void hl_store_close(struct hl_store **s)
{
	if (!*s)
		return;
	(*s)->ops->close(*s);
	free((*s)->priv);
	free((*s)->where);
	free(*s);
	*s = NULL;
}

static enum hl_code in_own_group(struct hl_store *s, enum hl_code (*run)(struct hl_store *s, void *arg, struct hl_err *err), void *arg, struct hl_err *err)
{
	enum hl_code rc = s->ops->begin(s, err);
	if (rc)
		return rc;
	rc = run(s, arg, err);
	if (!rc)
		return s->ops->commit(s, err);
	s->ops->rollback(s);
	return rc;
}

enum hl_code hl_store_whole(struct hl_store *s, enum hl_code (*run)(struct hl_store *s, void *arg, struct hl_err *err), void *arg, struct hl_err *err)
{
	struct hl_err second;
	enum hl_code rc = s->ops->mark ? s->ops->mark(s, &second) : HL_OK;
	if (rc == HL_E_NOTFOUND)
		return in_own_group(s, run, arg, err);
	if (!rc)
		rc = run(s, arg, err);
	else if (err)
		*err = second;
	if (!s->ops->mark || rc == HL_E_IO) /* of a store that fails the whole group goes back */
		return rc;
	if (!rc)
		return s->ops->keep(s, err);
	if (!s->ops->undo(s, &second))
		return rc;
	if (err)
		*err = second;
	return HL_E_IO;
}

/* ".corrupt-20261123T100000Z": the instant without the marks that are awkward in names of files. */
static void corrupt_suffix(int64_t now_ms, char *dst, size_t size)
{
	char time[HL_TIME_TEXT], plain[HL_TIME_TEXT];
	hl_time_format(now_ms, time);
	size_t n = 0;
	for (const char *c = time; *c && *c != '.'; c++)
		if (isalnum((unsigned char)*c))
			plain[n++] = *c;
	plain[n] = 0;
	snprintf(dst, size, ".corrupt-%sZ", plain);
}

enum hl_code hl_store_set_aside(const char *name, const char *state_dir, int64_t now_ms, char *aside, size_t size, struct hl_err *err)
{
	const struct hl_store_ops *ops;
	enum hl_code rc = find(name, &ops, err);
	if (rc)
		return rc;
	if (!ops->set_aside)
		return hl_err_set(err, HL_E_USAGE, "store '%s' has no file to set aside", ops->name);
	char suffix[HL_TIME_TEXT + 16];
	corrupt_suffix(now_ms, suffix, sizeof suffix);
	return ops->set_aside(state_dir, suffix, aside, size, err);
}

void hl_delivery_wipe(struct hl_delivery *d)
{
	free(d->body);
	d->body = NULL;
	d->body_n = 0;
}

void hl_timer_wipe(struct hl_timer *t)
{
	free(t->data);
	t->data = NULL;
	t->data_n = 0;
}

const char *hl_timer_kind_name(enum hl_timer_kind k)
{
	return (unsigned)k < HL_TIMER_KINDS ? kind_names[k] : "unknown";
}

void hl_alert_rows_free(struct hl_alert_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(rows[i].body);
	free(rows);
}

void hl_deliveries_free(struct hl_delivery *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hl_delivery_wipe(&d[i]);
	free(d);
}

const char *hl_unrecorded_name(enum hl_unrecorded_what w)
{
	return w == HL_UR_STANDDOWN ? "standdown" : hl_delivery_state_name((enum hl_delivery_state)w); /* a delivery's end bears the number of its state */
}

const char *hl_delivery_state_name(enum hl_delivery_state s)
{
	return (unsigned)s < STATES ? state_names[s] : "unknown";
}

int hl_delivery_state_find(const char *name)
{
	for (int i = 0; i < STATES; i++)
		if (!strcmp(state_names[i], name))
			return i;
	return -1;
}

static const char *const report_names[] = { [HL_REPORT_NONE] = "none", [HL_REPORT_ACCEPTED] = "accepted", [HL_REPORT_FAILED] = "failed",
					    [HL_REPORT_DELIVERED] = "delivered" };
enum { REPORTS = sizeof report_names / sizeof report_names[0] };

const char *hl_report_name(enum hl_report r)
{
	return (unsigned)r < REPORTS ? report_names[r] : "unknown";
}

int hl_report_find(const char *name)
{
	for (int i = 0; i < REPORTS; i++)
		if (!strcmp(report_names[i], name))
			return i;
	return -1;
}

/* The server that an address speaks of; *n bytes at the result. */
static const char *host_of(const char *address, size_t *n)
{
	const char *host = strstr(address, "://");
	const char *at;
	if (!host) {
		at = strrchr(address, '@');
		host = at ? at + 1 : "";
		*n = strlen(host);
		return host;
	}
	host += 3;
	*n = strcspn(host, "/?#");
	at = memchr(host, '@', *n);
	if (!at)
		return host;
	*n -= (size_t)(at + 1 - host);
	return at + 1;
}

void hl_store_destination_parts(const char *destination, char receiver[HL_NAME], char channel[16])
{
	size_t n = strcspn(destination, " ");
	hl_copy_n(receiver, HL_NAME, destination, n);
	const char *rest = destination[n] ? destination + n + 1 : "";
	hl_copy_n(channel, 16, rest, strcspn(rest, " "));
}

void hl_store_destination(const struct hl_delivery *d, char *dst, size_t size)
{
	size_t n = strlen(d->server);
	const char *host = n ? d->server : host_of(d->address, &n);
	int head = snprintf(dst, size, "%s %s ", d->receiver, d->channel);
	if (head < 0 || (size_t)head >= size)
		return;
	snprintf(dst + head, size - (size_t)head, "%.*s", (int)(n < 255 ? n : 255), host);
	for (char *c = dst + head; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

enum hl_code hl_store_check_change(const struct hl_change *c, struct hl_err *err)
{
	bool keyed = c->receipt || c->track || c->notice || c->cleared;
	if ((keyed && !c->key) || (c->alert && c->alert->rev < 1))
		return hl_err_set(err, HL_E_INTERNAL, "a change without a key or a revision");
	if (c->n_deliveries > HL_DELIVERIES_MAX)
		return hl_err_set(err, HL_E_LIMIT, "%zu deliveries in one change, at most %d", c->n_deliveries, HL_DELIVERIES_MAX);
	if (c->n_timers > HL_TIMERS_MAX)
		return hl_err_set(err, HL_E_LIMIT, "%zu timers in one change, at most %d", c->n_timers, HL_TIMERS_MAX);
	if (c->alert_body_n > HL_BODY_MAX || (c->event && c->event->body_n > HL_BODY_MAX))
		return hl_err_set(err, HL_E_LIMIT, "an alert of more than %d bytes", HL_BODY_MAX);
	for (size_t i = 0; i < c->n_timers; i++)
		if (c->timers[i].data_n > HL_TIMER_DATA_MAX)
			return hl_err_set(err, HL_E_LIMIT, "the data of a timer has %zu bytes, at most %d", c->timers[i].data_n, HL_TIMER_DATA_MAX);
	for (size_t i = 0; i < c->n_deliveries; i++)
		if (c->deliveries[i].body_n > HL_BODY_MAX)
			return hl_err_set(err, HL_E_LIMIT, "the body for %s has %zu bytes, at most %d", c->deliveries[i].address, c->deliveries[i].body_n, HL_BODY_MAX);
	return HL_OK;
}
