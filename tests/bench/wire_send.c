/* wire_send.c: see wire_send.h. */
#include "config.h"

#include "wire_send.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/mem.h"
#include "rig.h"

struct wire_sender {
	pthread_t thread;
	char endpoint[128];
	const struct wire_messages *m;
	size_t messages;
	bool pub;
	int64_t begun_ns;
};

/* Ready once the other side is there: connecting is not measured. */
static void *open_sender(const struct wire_sender *s, void *context)
{
	int linger = 60000, on = 1;
	void *socket = zmq_socket(context, s->pub ? ZMQ_XPUB : ZMQ_PUSH);
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
	if (s->pub)
		zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &on, sizeof on);
	if ((s->pub ? zmq_bind : zmq_connect)(socket, s->endpoint))
		rig_fail("%s: %s", s->endpoint, zmq_strerror(zmq_errno()));
	zmq_pollitem_t item = { .socket = socket, .events = s->pub ? ZMQ_POLLIN : ZMQ_POLLOUT };
	if (zmq_poll(&item, 1, 20000) < 1)
		rig_fail("%s: nobody is there", s->endpoint);
	return socket;
}

static void *send_main(void *arg)
{
	struct wire_sender *s = arg;
	void *context = zmq_ctx_new(), *socket = open_sender(s, context);
	s->begun_ns = rig_now_ns();
	for (size_t i = 0; i < s->messages; i++) {
		if (s->pub && zmq_send_const(socket, "reads.cam117", 12, ZMQ_SNDMORE) < 0)
			rig_fail("send: %s", zmq_strerror(zmq_errno()));
		if (zmq_send(socket, s->m->text[i % s->m->n], s->m->size[i % s->m->n], 0) < 0)
			rig_fail("send: %s", zmq_strerror(zmq_errno()));
	}
	zmq_close(socket);
	zmq_ctx_term(context);
	return NULL;
}

struct wire_sender *wire_send_start(const char *endpoint, bool pub, const struct wire_messages *m, size_t messages)
{
	struct wire_sender *s = hl_calloc(1, sizeof *s);
	hl_copy(s->endpoint, sizeof s->endpoint, endpoint);
	s->m = m;
	s->pub = pub;
	s->messages = messages;
	if (pthread_create(&s->thread, NULL, send_main, s))
		rig_fail("no thread");
	return s;
}

int64_t wire_send_end(struct wire_sender *s)
{
	pthread_join(s->thread, NULL);
	int64_t begun = s->begun_ns;
	free(s);
	return begun;
}

/* A message's last part is in m. With a taker it looks first whether one is queued, so that it can say where none is. */
static void receive(void *socket, zmq_msg_t *m, const struct wire_taker *taker)
{
	int rc = taker ? zmq_msg_recv(m, socket, ZMQ_DONTWAIT) : -1;
	if (rc < 0 && taker)
		taker->idle(taker->arg);
	do {
		if (rc < 0 && zmq_msg_recv(m, socket, 0) < 0)
			rig_fail("receive: %s", zmq_strerror(zmq_errno()));
		rc = -1;
	} while (zmq_msg_more(m));
}

int64_t wire_receive(const char *endpoint, bool sub, size_t messages, const struct wire_taker *taker, void (*ready)(void *arg), void *arg)
{
	void *context = zmq_ctx_new(), *socket = zmq_socket(context, sub ? ZMQ_SUB : ZMQ_PULL);
	int hwm = 10000; /* the daemon's default */
	zmq_msg_t m;
	zmq_setsockopt(socket, ZMQ_RCVHWM, &hwm, sizeof hwm);
	if (sub)
		zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "reads.", 6);
	if ((sub ? zmq_connect : zmq_bind)(socket, endpoint))
		rig_fail("%s: %s", endpoint, zmq_strerror(zmq_errno()));
	ready(arg);
	for (size_t i = 0; i < messages; i++) {
		zmq_msg_init(&m);
		receive(socket, &m, taker);
		if (taker)
			taker->put(taker->arg, zmq_msg_data(&m), zmq_msg_size(&m));
		zmq_msg_close(&m);
	}
	if (taker)
		taker->idle(taker->arg);
	int64_t end = rig_now_ns();
	zmq_close(socket);
	zmq_ctx_term(context);
	return end;
}
