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
	int64_t begun_ns;
};

static void *send_main(void *arg)
{
	struct wire_sender *s = arg;
	int linger = 60000;
	void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_PUSH);
	zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
	if (zmq_connect(socket, s->endpoint))
		rig_fail("%s: %s", s->endpoint, zmq_strerror(zmq_errno()));
	/* Writable once the connection stands: connecting is not measured. */
	zmq_pollitem_t item = { .socket = socket, .events = ZMQ_POLLOUT };
	zmq_poll(&item, 1, 10000);
	s->begun_ns = rig_now_ns();
	for (size_t i = 0; i < s->messages; i++)
		if (zmq_send(socket, s->m->text[i % s->m->n], s->m->size[i % s->m->n], 0) < 0)
			rig_fail("send: %s", zmq_strerror(zmq_errno()));
	zmq_close(socket);
	zmq_ctx_term(context);
	return NULL;
}

struct wire_sender *wire_send_start(const char *endpoint, const struct wire_messages *m, size_t messages)
{
	struct wire_sender *s = hl_calloc(1, sizeof *s);
	hl_copy(s->endpoint, sizeof s->endpoint, endpoint);
	s->m = m;
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

int64_t wire_bare_receive(const char *endpoint, size_t messages, size_t *bytes, void (*ready)(void *arg), void *arg)
{
	void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_PULL);
	int hwm = 10000; /* the daemon's default */
	zmq_msg_t m;
	*bytes = 0;
	zmq_setsockopt(socket, ZMQ_RCVHWM, &hwm, sizeof hwm);
	if (zmq_bind(socket, endpoint))
		rig_fail("%s: %s", endpoint, zmq_strerror(zmq_errno()));
	ready(arg);
	for (size_t i = 0; i < messages; i++) {
		zmq_msg_init(&m);
		if (zmq_msg_recv(&m, socket, 0) < 0)
			rig_fail("receive: %s", zmq_strerror(zmq_errno()));
		*bytes += zmq_msg_size(&m);
		zmq_msg_close(&m);
	}
	int64_t end = rig_now_ns();
	zmq_close(socket);
	zmq_ctx_term(context);
	return end;
}
