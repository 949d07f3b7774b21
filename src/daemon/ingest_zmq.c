/* ingest_zmq.c: see ingest_zmq.h. The thread blocks in zmq_poll on its socket and an eventfd (a stop, or answers to send); ZeroMQ sockets are used by
 * their own thread only, so the store thread leaves answers in a list under a mutex.
 *
 * ROUTER: at most `window` reads are unanswered at a time; above it the socket is not read, its queue fills and the senders wait. A message that a pool
 * has not decoded yet counts as one read, so the window may be passed by what a few such messages hold beyond that.
 */
#include "config.h"

#include "daemon/ingest_zmq.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/ingest_into.h"
#include "daemon/ingest_pool.h"

enum { MESSAGES_A_TURN = 256, INTO_LOOK_MS = 200, ANSWER_WHY = 200, ANSWERS_UNREAD = 100000, ROUTING_MAX = 256 };

#ifndef HL_WITH_REDIS /* the settings have no stream that anything could go into */
#define hl_into_open(into, o, err) ((void)(o), hl_err_set(err, HL_E_CONFIG, "built without Redis"))
#define hl_into_close(into) (void)(into)
#define hl_into_put(into, routing, payload) (void)(into)
#define hl_into_flush(into, deadline_ms) 0
#define hl_into_full(into) false
#endif

struct answer {
	struct answer *next;
	size_t routing_n;
	unsigned char routing[ROUTING_MAX];
	char id[HL_READ_ID];
	char why[ANSWER_WHY];
};

struct hl_ingest {
	pthread_t thread;
	void *socket;
	int event;
	bool router;
	int64_t window;
	char source[HL_TEXT_LONG];
	struct hl_strings binds; /* as bound: wildcard ports resolved */
	const struct hl_read_format *format;
	struct hl_pipeline *pipeline; /* where the ingest thread decodes; else NULL */
	struct hl_ingest_pool *pool;
	struct hl_into *into; /* NULL: reads are decided here */
	struct hl_zap_domain *zap;
	struct hl_counters *counters;
	unsigned zap_generation;          /* when the key below was last asked about */
	char allowed[HL_CURVE_TEXT];      /* the key of the last message, which may send; "": none */
	atomic_bool stopping;
	_Atomic int64_t deadline_ms;
	_Atomic int64_t unanswered;
	pthread_t self;     /* set by the ingest thread before it hands anything over */
	pthread_mutex_t lock;
	struct answer *first, **last;
};

enum hl_code hl_ingest_context_open(void **context, struct hl_err *err)
{
	*context = zmq_ctx_new();
	return *context ? HL_OK : hl_err_set(err, HL_E_INTERNAL, "ZeroMQ: %s", zmq_strerror(zmq_errno()));
}

void hl_ingest_context_close(void **context)
{
	if (*context)
		zmq_ctx_term(*context);
	*context = NULL;
}

static void wake(struct hl_ingest *in)
{
	uint64_t one = 1;
	if (write(in->event, &one, sizeof one) != sizeof one)
		return; /* the counter is full: it is awake already */
}

/* ---- answers of a ROUTER ---- */

/* From either thread: the fate of one read is settled. */
static void settled(void *arg, const void *routing, size_t routing_n, const char *read_id, const char *why)
{
	struct hl_ingest *in = arg;
	struct answer *a = hl_calloc(1, sizeof *a);
	a->routing_n = routing_n;
	memcpy(a->routing, routing, routing_n);
	hl_copy(a->id, sizeof a->id, read_id);
	hl_copy(a->why, sizeof a->why, why ? why : "");
	pthread_mutex_lock(&in->lock);
	bool first = !in->first;
	*in->last = a;
	in->last = &a->next;
	pthread_mutex_unlock(&in->lock);
	if (first && !pthread_equal(pthread_self(), in->self)) /* the ingest thread itself looks after each turn */
		wake(in);
}

static struct answer *take_answers(struct hl_ingest *in)
{
	pthread_mutex_lock(&in->lock);
	struct answer *a = in->first;
	in->first = NULL;
	in->last = &in->first;
	pthread_mutex_unlock(&in->lock);
	return a;
}

/* [id] for an accepted read, [id or ""][why] for a refused one. A sender that has gone away is nobody to tell. */
static void send_answers(struct hl_ingest *in)
{
	struct answer *a = take_answers(in);
	while (a) {
		struct answer *next = a->next;
		hl_crash_point("ingest.answering");
		if (zmq_send(in->socket, a->routing, a->routing_n, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0) {
			zmq_send(in->socket, a->id, strlen(a->id), ZMQ_DONTWAIT | (a->why[0] ? ZMQ_SNDMORE : 0));
			if (a->why[0])
				zmq_send(in->socket, a->why, strlen(a->why), ZMQ_DONTWAIT);
		}
		in->unanswered--;
		free(a);
		a = next;
	}
}

/* ---- messages ---- */

/* [routing, for ROUTER][topic][payload] or [payload]: the last part is the payload. False: nothing is queued. */
static bool receive(struct hl_ingest *in, zmq_msg_t *routing, zmq_msg_t *payload)
{
	zmq_msg_t *first = in->router ? routing : payload;
	if (zmq_msg_recv(first, in->socket, ZMQ_DONTWAIT) < 0)
		return false;
	/* An identity alone is an empty payload, which is rejected. A message comes whole: its further parts are there. */
	for (bool more = zmq_msg_more(first); more; more = zmq_msg_more(payload))
		if (zmq_msg_recv(payload, in->socket, ZMQ_DONTWAIT) < 0)
			break;
	return true;
}

/* Is the key that this message's connection came with allowed still? Asked again only for another key and after a reload. */
static bool may_send(struct hl_ingest *in, zmq_msg_t *payload)
{
	const char *user = in->zap ? zmq_msg_gets(payload, "User-Id") : NULL;
	unsigned generation = in->zap ? hl_zap_generation(in->zap) : 0;
	if (!in->zap || (user && generation == in->zap_generation && !strcmp(user, in->allowed)))
		return true;
	bool yes = hl_zap_allows(in->zap, user);
	hl_copy(in->allowed, sizeof in->allowed, yes ? user : "");
	in->zap_generation = generation;
	return yes;
}

static void turn_away(struct hl_ingest *in, zmq_msg_t *routing)
{
	in->counters->key_withdrawn++;
	if (!in->router || zmq_msg_size(routing) > ROUTING_MAX)
		return;
	in->unanswered++;
	settled(in, zmq_msg_data(routing), zmq_msg_size(routing), "", "this key is not allowed any more");
}

/* Reads one message into the pipeline. False: nothing is queued. */
static bool one_message(struct hl_ingest *in)
{
	zmq_msg_t routing, payload;
	zmq_msg_init(&routing);
	zmq_msg_init(&payload);
	bool got = receive(in, &routing, &payload);
	if (got) {
		hl_crash_point("ingest.received");
		if (!may_send(in, &payload)) {
			turn_away(in, &routing);
		} else if (in->into) {
			hl_into_put(in->into, &routing, &payload);
		} else if (in->pool) {
			in->unanswered++;
			hl_ingest_pool_put(in->pool, &routing, &payload);
		} else {
			in->unanswered += (int64_t)hl_pipeline_put(in->pipeline, in->format, zmq_msg_data(&routing), zmq_msg_size(&routing),
								   zmq_msg_data(&payload), zmq_msg_size(&payload), hl_clock_real_ms());
		}
	}
	zmq_msg_close(&payload);
	zmq_msg_close(&routing);
	return got;
}

/* From a thread of the pool: a message counted as one read until now. */
static void found(void *arg, size_t messages, size_t reads)
{
	struct hl_ingest *in = arg;
	in->unanswered += (int64_t)reads - (int64_t)messages;
}

static bool may_read(const struct hl_ingest *in)
{
	if (in->into && !in->stopping && hl_into_full(in->into))
		return false;
	return !in->router || in->unanswered < in->window;
}

/* Reads what is queued, at most a turn's worth, then decides it: an idle system decides a single read at once. */
static size_t one_turn(struct hl_ingest *in)
{
	size_t n = 0;
	while (n < MESSAGES_A_TURN && may_read(in) && one_message(in))
		n++;
	if (in->into)
		in->unanswered += (int64_t)hl_into_flush(in->into, &in->deadline_ms);
	else if (in->pool)
		hl_ingest_pool_flush(in->pool);
	else
		hl_pipeline_flush(in->pipeline, hl_clock_real_ms());
	return n;
}

/* ---- life ---- */

/* New senders are kept out. What we connected to ourselves stays: zmq_disconnect would throw away both what is queued from there and the answers that
 * still have to go there. */
static void stop_accepting(struct hl_ingest *in)
{
	for (size_t i = 0; i < in->binds.n; i++)
		zmq_unbind(in->socket, in->binds.v[i]);
}

static void drain(struct hl_ingest *in)
{
	stop_accepting(in);
	while (hl_clock_mono_ms() < in->deadline_ms && one_turn(in) > 0)
		if (in->router)
			send_answers(in);
	if (in->pool)
		hl_ingest_pool_drain(in->pool);
	while (in->router && in->unanswered > 0 && hl_clock_mono_ms() < in->deadline_ms) {
		zmq_pollitem_t item = { .fd = in->event, .events = ZMQ_POLLIN };
		uint64_t count;
		if (zmq_poll(&item, 1, 20) > 0 && read(in->event, &count, sizeof count) < 0)
			break;
		send_answers(in);
	}
}

static void *ingest_main(void *arg)
{
	struct hl_ingest *in = arg;
	in->self = pthread_self();
	while (!in->stopping) {
		zmq_pollitem_t item[] = { { .fd = in->event, .events = ZMQ_POLLIN }, { .socket = in->socket, .events = ZMQ_POLLIN } };
		if (zmq_poll(item, may_read(in) ? 2 : 1, in->into ? INTO_LOOK_MS : -1) < 0 && zmq_errno() != EINTR)
			break;
		uint64_t count;
		if ((item[0].revents & ZMQ_POLLIN) && read(in->event, &count, sizeof count) < 0)
			continue;
		one_turn(in);
		if (in->router)
			send_answers(in);
	}
	drain(in);
	return NULL;
}

static enum hl_code zmq_fault(struct hl_err *err, const char *what, const char *endpoint)
{
	return hl_err_set(err, HL_E_UNAVAIL, "can't %s %s: %s", what, endpoint, zmq_strerror(zmq_errno()));
}

static void set_int(void *socket, int option, int value)
{
	zmq_setsockopt(socket, option, &value, sizeof value);
}

static bool set_key(void *socket, int option, const unsigned char key[HL_CURVE_KEY])
{
	return zmq_setsockopt(socket, option, key, HL_CURVE_KEY) == 0;
}

/* A server where it binds, whose senders the handler of ingest_zap judges; a client where it connects. */
static enum hl_code set_curve(struct hl_ingest *in, const struct hl_curve_settings *c, struct hl_err *err)
{
	bool ok = true;
	if (!c->on)
		return HL_OK;
	if (c->server_key_file) {
		ok = set_key(in->socket, ZMQ_CURVE_SERVERKEY, c->server) && set_key(in->socket, ZMQ_CURVE_PUBLICKEY, c->public);
	} else {
		const char *domain = in->zap ? hl_zap_name(in->zap) : "";
		int one = 1;
		ok = in->zap && zmq_setsockopt(in->socket, ZMQ_CURVE_SERVER, &one, sizeof one) == 0 &&
		     zmq_setsockopt(in->socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) == 0;
	}
	ok = ok && set_key(in->socket, ZMQ_CURVE_SECRETKEY, c->secret);
	return ok ? HL_OK : hl_err_set(err, HL_E_UNAVAIL, "%s: CURVE can't be set up: %s", in->source, zmq_strerror(zmq_errno()));
}

static void set_options(struct hl_ingest *in, const struct hl_ingest_zmq *conf)
{
	int64_t max = conf->max_message;
	zmq_setsockopt(in->socket, ZMQ_MAXMSGSIZE, &max, sizeof max);
	set_int(in->socket, ZMQ_RCVHWM, (int)conf->rcvhwm);
	/* A ROUTER drops what is beyond this, and a sender may leave answers unread while the window has long moved on: so it is not the window's size. */
	set_int(in->socket, ZMQ_SNDHWM, ANSWERS_UNREAD);
	set_int(in->socket, ZMQ_LINGER, in->router ? 1000 : 0);
	set_int(in->socket, ZMQ_IPV6, 1);
	set_int(in->socket, ZMQ_TCP_KEEPALIVE, 1);
	for (size_t i = 0; conf->socket == HL_SOCK_SUB && i < conf->topics.n; i++)
		zmq_setsockopt(in->socket, ZMQ_SUBSCRIBE, conf->topics.v[i], strlen(conf->topics.v[i]));
	if (conf->socket == HL_SOCK_SUB && !conf->topics.n)
		zmq_setsockopt(in->socket, ZMQ_SUBSCRIBE, "", 0);
}

static void remember(struct hl_strings *list, const char *endpoint)
{
	list->v = hl_realloc(list->v, list->n + 1, sizeof list->v[0]);
	list->v[list->n++] = hl_strdup(endpoint);
}

static enum hl_code attach(struct hl_ingest *in, const struct hl_ingest_zmq *conf, struct hl_err *err)
{
	for (size_t i = 0; i < conf->bind.n; i++) {
		char real[HL_TEXT_LONG];
		size_t n = sizeof real;
		if (zmq_bind(in->socket, conf->bind.v[i]) < 0)
			return zmq_fault(err, "bind", conf->bind.v[i]);
		bool told = zmq_getsockopt(in->socket, ZMQ_LAST_ENDPOINT, real, &n) == 0;
		remember(&in->binds, told ? real : conf->bind.v[i]);
	}
	for (size_t i = 0; i < conf->connect.n; i++)
		if (zmq_connect(in->socket, conf->connect.v[i]) < 0)
			return zmq_fault(err, "connect to", conf->connect.v[i]);
	return HL_OK;
}

static const int socket_types[] = { [HL_SOCK_SUB] = ZMQ_SUB, [HL_SOCK_PULL] = ZMQ_PULL, [HL_SOCK_ROUTER] = ZMQ_ROUTER };

static void ingest_free(struct hl_ingest *in)
{
	if (in->socket)
		zmq_close(in->socket);
	if (in->event >= 0)
		close(in->event);
	for (struct answer *a = take_answers(in), *next; a; a = next) {
		next = a->next;
		free(a);
	}
	hl_into_close(&in->into);
	hl_pipeline_free(&in->pipeline);
	hl_ingest_pool_stop(&in->pool);
	hl_strings_wipe(&in->binds);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

static struct hl_ingest *ingest_new(void *context, const struct hl_ingest_opts *o)
{
	struct hl_ingest *in = hl_calloc(1, sizeof *in);
	in->router = o->conf->socket == HL_SOCK_ROUTER;
	in->window = o->conf->window;
	in->zap = o->zap;
	in->counters = o->pipeline.counters;
	in->format = hl_read_format_find(o->conf->format);
	in->last = &in->first;
	pthread_mutex_init(&in->lock, NULL);
	in->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	in->socket = zmq_socket(context, socket_types[o->conf->socket]);
	hl_copy(in->source, sizeof in->source, o->conf->bind.n ? o->conf->bind.v[0] : o->conf->connect.n ? o->conf->connect.v[0] : "zmq");
	return in;
}

static enum hl_code start_threads(struct hl_ingest *in, const struct hl_ingest_opts *o, struct hl_err *err)
{
	struct hl_pipeline_opts p = o->pipeline;
	enum hl_code rc = HL_OK;
	p.source = in->source;
	p.settled = in->router ? settled : NULL;
	p.settled_arg = in;
	if (o->into) {
		struct hl_into_opts q = { .conf = o->into, .state = o->state, .format = in->format, .counters = p.counters, .settled = p.settled, .settled_arg = in, .event = in->event };
		rc = hl_into_open(&in->into, &q, err);
	} else if (o->threads > 1) {
		struct hl_ingest_pool_opts q = { .pipeline = p, .format = in->format, .threads = o->threads, .found = found, .found_arg = in };
		rc = hl_ingest_pool_start(&in->pool, &q, err);
	} else {
		in->pipeline = hl_pipeline_new(&p);
	}
	if (rc)
		return rc;
	int e = pthread_create(&in->thread, NULL, ingest_main, in);
	return e ? hl_err_set(err, HL_E_INTERNAL, "ingest thread: %s", strerror(e)) : HL_OK;
}

enum hl_code hl_ingest_start(struct hl_ingest **out, void *context, const struct hl_ingest_opts *o, struct hl_err *err)
{
	struct hl_ingest *in = ingest_new(context, o);
	enum hl_code rc = HL_OK;
	if (!in->format)
		rc = hl_err_set(err, HL_E_CONFIG, "unknown read format '%s'", o->conf->format);
	else if (!in->socket || in->event < 0)
		rc = hl_err_set(err, HL_E_INTERNAL, "ZeroMQ socket: %s", zmq_strerror(zmq_errno()));
	if (!rc) {
		set_options(in, o->conf);
		rc = set_curve(in, &o->conf->curve, err);
	}
	if (!rc) {
		rc = attach(in, o->conf, err);
	}
	if (!rc)
		rc = start_threads(in, o, err);
	if (rc) {
		ingest_free(in);
		return rc;
	}
	*out = in;
	return HL_OK;
}

void hl_ingest_stop(struct hl_ingest *in, int64_t deadline_ms)
{
	in->deadline_ms = hl_clock_mono_ms() + deadline_ms;
	in->stopping = true;
	wake(in);
}

void hl_ingest_join(struct hl_ingest *in)
{
	pthread_join(in->thread, NULL);
	zmq_close(in->socket); /* ZMQ_LINGER bounds how long last answers may take */
	in->socket = NULL;
}

void hl_ingest_free(struct hl_ingest **inp)
{
	if (*inp)
		ingest_free(*inp);
	*inp = NULL;
}
