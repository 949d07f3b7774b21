/* ingest_zap.c: see ingest_zap.h. The thread blocks in zmq_poll on its REP socket and an eventfd; the keys and the refused are under one mutex.
 */
#include "daemon/ingest_zap.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"

enum { DOMAINS_MAX = 64, DOMAIN_NAME = 17, PARTS = 7 /* version, id, domain, address, identity, mechanism, key */ };
enum part { VERSION, ID, DOMAIN, ADDRESS, IDENTITY, MECHANISM, KEY };

struct hl_zap_domain {
	struct hl_zap *zap;
	char name[DOMAIN_NAME], dir[HL_PATH_MAX];
	struct hl_curve_keys keys; /* under the lock */
	_Atomic unsigned generation;
};

struct hl_zap {
	pthread_t thread;
	void *socket;
	int event;
	pthread_mutex_t lock;
	struct hl_zap_domain domain[DOMAINS_MAX];
	size_t n;
	struct hl_refused_sender refused[HL_REFUSED_MAX]; /* the last one first */
	size_t n_refused;
	_Atomic int64_t accepted, denied;
	unsigned long slot;
};

/* ---- keys ---- */

static bool asks(const struct hl_ingest_zmq *conf)
{
	return conf->curve.on && conf->curve.allowed_keys_dir;
}

static struct hl_zap_domain *by_dir(struct hl_zap *z, const char *dir)
{
	for (size_t i = 0; i < z->n; i++)
		if (!strcmp(z->domain[i].dir, dir))
			return &z->domain[i];
	return NULL;
}

static void copy_keys(struct hl_zap_domain *d, const struct hl_curve_keys *keys)
{
	struct hl_curve_keys copy = { .v = keys->n ? hl_calloc(keys->n, sizeof *copy.v) : NULL, .n = keys->n };
	if (keys->n)
		memcpy(copy.v, keys->v, keys->n * sizeof *copy.v);
	pthread_mutex_lock(&d->zap->lock);
	hl_curve_keys_wipe(&d->keys);
	d->keys = copy;
	d->generation++;
	pthread_mutex_unlock(&d->zap->lock);
}

static void add_domain(struct hl_zap *z, const struct hl_ingest_zmq *conf)
{
	struct hl_sha256 h;
	unsigned char hash[HL_SHA256];
	const char *dir = conf->curve.allowed_keys_dir;
	if (by_dir(z, dir) || z->n == DOMAINS_MAX)
		return;
	struct hl_zap_domain *d = &z->domain[z->n++];
	d->zap = z;
	hl_copy(d->dir, sizeof d->dir, dir);
	hl_sha256_init(&h);
	hl_sha256_put(&h, dir, strlen(dir));
	hl_sha256_end(&h, hash);
	hl_hex(hash, (DOMAIN_NAME - 1) / 2, d->name);
	copy_keys(d, &conf->curve.allowed);
}

void hl_zap_update(struct hl_zap *z, const struct hl_settings *s)
{
	const struct hl_ingest_zmq *v = s->ingest.v;
	for (size_t i = 0; z && i < z->n; i++) {
		const struct hl_ingest_zmq *now = NULL;
		for (size_t k = 0; k < s->ingest.n && !now; k++)
			if (asks(&v[k]) && !strcmp(v[k].curve.allowed_keys_dir, z->domain[i].dir))
				now = &v[k];
		if (now)
			copy_keys(&z->domain[i], &now->curve.allowed);
		else
			hl_log(HL_LOG_WARN, "ingest: no source names %s any more; its keys stay in force for the socket that stands, until a restart", z->domain[i].dir);
	}
}

struct hl_zap_domain *hl_zap_find(struct hl_zap *z, const struct hl_ingest_zmq *conf)
{
	return z && asks(conf) ? by_dir(z, conf->curve.allowed_keys_dir) : NULL;
}

const char *hl_zap_name(const struct hl_zap_domain *d)
{
	return d->name;
}

unsigned hl_zap_generation(struct hl_zap_domain *d)
{
	return d->generation;
}

static bool holds(struct hl_zap_domain *d, const unsigned char key[HL_CURVE_KEY])
{
	pthread_mutex_lock(&d->zap->lock);
	bool found = hl_curve_keys_find(&d->keys, key) != NULL;
	pthread_mutex_unlock(&d->zap->lock);
	return found;
}

bool hl_zap_allows(struct hl_zap_domain *d, const char *user)
{
	unsigned char key[HL_CURVE_KEY];
	return user && hl_z85_parse(user, strlen(user), key) && holds(d, key);
}

/* ---- who was refused ---- */

static void refuse(struct hl_zap *z, const char *address, const char *key)
{
	struct hl_refused_sender r = { .count = 0 };
	pthread_mutex_lock(&z->lock);
	size_t at = 0;
	while (at < z->n_refused && (strcmp(z->refused[at].address, address) || strcmp(z->refused[at].key, key)))
		at++;
	if (at < z->n_refused)
		r = z->refused[at];
	else if (z->n_refused < HL_REFUSED_MAX)
		z->n_refused++;
	else
		at--; /* the one of longest ago makes room */
	memmove(&z->refused[1], &z->refused[0], at * sizeof z->refused[0]);
	hl_copy(r.address, sizeof r.address, address);
	hl_copy(r.key, sizeof r.key, key);
	r.count++;
	r.last_ms = hl_clock_real_ms();
	z->refused[0] = r;
	pthread_mutex_unlock(&z->lock);
	z->denied++;
	hl_log_limited(&z->slot, HL_LOG_WARN, "ingest: a sender at %s was refused: its key %s is not allowed", address, key);
}

size_t hl_zap_refused(struct hl_zap *z, struct hl_refused_sender *out, size_t max)
{
	if (!z)
		return 0;
	pthread_mutex_lock(&z->lock);
	size_t n = z->n_refused < max ? z->n_refused : max;
	memcpy(out, z->refused, n * sizeof *out);
	pthread_mutex_unlock(&z->lock);
	return n;
}

void hl_zap_count(struct hl_zap *z, int64_t *accepted, int64_t *refused)
{
	*accepted = z ? z->accepted : 0;
	*refused = z ? z->denied : 0;
}

/* ---- the handler ---- */

static void part_text(zmq_msg_t *part, char *dst, size_t size)
{
	hl_copy_n(dst, size, zmq_msg_data(part), zmq_msg_size(part) < size ? zmq_msg_size(part) : size - 1);
	for (char *c = dst; *c; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
}

/* The verdict on one request; user is the key as text where it is let in. */
static bool judge(struct hl_zap *z, zmq_msg_t *part, char user[HL_CURVE_TEXT])
{
	char domain[DOMAIN_NAME + 1], address[sizeof z->refused[0].address], mechanism[16];
	part_text(&part[DOMAIN], domain, sizeof domain);
	part_text(&part[ADDRESS], address, sizeof address);
	if (!strncmp(address, "::ffff:", 7) && strchr(address, '.')) /* IPv4, as a socket for both sees it */
		memmove(address, address + 7, strlen(address + 7) + 1);
	part_text(&part[MECHANISM], mechanism, sizeof mechanism);
	user[0] = 0;
	if (strcmp(mechanism, "CURVE") || zmq_msg_size(&part[KEY]) != HL_CURVE_KEY)
		return refuse(z, address, "none"), false;
	hl_z85(zmq_msg_data(&part[KEY]), user);
	for (size_t i = 0; i < z->n; i++)
		if (!strcmp(z->domain[i].name, domain) && holds(&z->domain[i], zmq_msg_data(&part[KEY])))
			return true;
	return refuse(z, address, user), false;
}

static void reply(struct hl_zap *z, zmq_msg_t *id, bool allowed, const char *user)
{
	const char *text[] = { allowed ? "200" : "400", allowed ? "OK" : "this key is not allowed", allowed ? user : "", "" };
	zmq_send(z->socket, "1.0", 3, ZMQ_SNDMORE);
	zmq_send(z->socket, zmq_msg_data(id), zmq_msg_size(id), ZMQ_SNDMORE);
	for (size_t i = 0; i < 4; i++)
		zmq_send(z->socket, text[i], strlen(text[i]), i < 3 ? ZMQ_SNDMORE : 0);
}

/* One request whole; parts beyond those known are dropped, missing ones stay empty, which is refused. */
static void serve(struct hl_zap *z)
{
	zmq_msg_t part[PARTS], rest;
	char user[HL_CURVE_TEXT];
	bool more = true;
	for (size_t i = 0; i < PARTS; i++) {
		zmq_msg_init(&part[i]);
		if (more && zmq_msg_recv(&part[i], z->socket, 0) >= 0)
			more = zmq_msg_more(&part[i]);
	}
	for (zmq_msg_init(&rest); more && zmq_msg_recv(&rest, z->socket, 0) >= 0;)
		more = zmq_msg_more(&rest);
	zmq_msg_close(&rest);
	bool allowed = judge(z, part, user);
	z->accepted += allowed;
	reply(z, &part[ID], allowed, user);
	for (size_t i = 0; i < PARTS; i++)
		zmq_msg_close(&part[i]);
}

static void *zap_main(void *arg)
{
	struct hl_zap *z = arg;
	for (;;) {
		zmq_pollitem_t item[] = { { .fd = z->event, .events = ZMQ_POLLIN }, { .socket = z->socket, .events = ZMQ_POLLIN } };
		if (zmq_poll(item, 2, -1) < 0 && zmq_errno() != EINTR)
			break;
		if (item[0].revents & ZMQ_POLLIN)
			break;
		if (item[1].revents & ZMQ_POLLIN)
			serve(z);
	}
	return NULL;
}

static void discard(struct hl_zap **zp)
{
	struct hl_zap *z = *zp;
	for (size_t i = 0; i < z->n; i++)
		hl_curve_keys_wipe(&z->domain[i].keys);
	if (z->socket)
		zmq_close(z->socket);
	if (z->event >= 0)
		close(z->event);
	pthread_mutex_destroy(&z->lock);
	free(z);
	*zp = NULL;
}

enum hl_code hl_zap_start(struct hl_zap **out, void *context, const struct hl_settings *s, struct hl_err *err)
{
	const struct hl_ingest_zmq *v = s->ingest.v;
	struct hl_zap *z = hl_calloc(1, sizeof *z);
	int linger = 0;
	*out = NULL;
	pthread_mutex_init(&z->lock, NULL);
	for (size_t i = 0; i < s->ingest.n; i++)
		if (asks(&v[i]))
			add_domain(z, &v[i]);
	z->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!z->n) {
		discard(&z);
		return HL_OK;
	}
	z->socket = zmq_socket(context, ZMQ_REP);
	enum hl_code rc = HL_OK;
	if (!z->socket || z->event < 0 || zmq_bind(z->socket, "inproc://zeromq.zap.01") < 0)
		rc = hl_err_set(err, HL_E_INTERNAL, "ZeroMQ authentication: %s", zmq_strerror(zmq_errno()));
	else
		zmq_setsockopt(z->socket, ZMQ_LINGER, &linger, sizeof linger);
	int e = rc ? 0 : pthread_create(&z->thread, NULL, zap_main, z);
	if (e)
		rc = hl_err_set(err, HL_E_INTERNAL, "authentication thread: %s", strerror(e));
	if (rc)
		discard(&z);
	*out = z;
	return rc;
}

void hl_zap_stop(struct hl_zap **zp)
{
	uint64_t one = 1;
	if (!*zp)
		return;
	if (write((*zp)->event, &one, sizeof one) == sizeof one)
		pthread_join((*zp)->thread, NULL);
	discard(zp);
}
