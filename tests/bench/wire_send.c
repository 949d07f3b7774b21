/* wire_send.c: see wire_send.h. */
#include "config.h"

#include "wire_send.h"

#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zmq.h>

#include "base/mem.h"
#include "rig.h"

enum { THREADS_MAX = 256 };

struct wire_sender {
	pthread_t thread;
	char endpoint[128];
	const struct wire_messages *m;
	size_t messages;
	bool pub;
	sem_t received; /* all of it, by the other side */
	int64_t begun_ns, cpu_ns;
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

/* The threads of the process, by the numbers of the system. */
static size_t list_threads(long id[THREADS_MAX])
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/task");
	for (struct dirent *e; d && n < THREADS_MAX && (e = readdir(d));)
		if (e->d_name[0] != '.')
			id[n++] = strtol(e->d_name, NULL, 10);
	if (d)
		closedir(d);
	return n;
}

static int64_t cpu_of(long id)
{
	char path[64];
	int64_t ns = 0;
	snprintf(path, sizeof path, "/proc/self/task/%ld/schedstat", id);
	FILE *f = fopen(path, "re");
	if (f && fscanf(f, "%" SCNd64, &ns) != 1)
		ns = 0;
	if (f)
		fclose(f);
	return ns;
}

/* CPU time of this thread and of all that were not there before. */
static int64_t cpu_of_new(const long *before, size_t n_before)
{
	long now[THREADS_MAX], own = syscall(SYS_gettid);
	size_t n = list_threads(now);
	int64_t sum = 0;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (k < n_before && (before[k] != now[i] || now[i] == own))
			k++;
		sum += k == n_before ? cpu_of(now[i]) : 0;
	}
	return sum;
}

static void *send_main(void *arg)
{
	struct wire_sender *s = arg;
	long before[THREADS_MAX];
	size_t n_before = list_threads(before); /* the receiver is ready */
	void *context = zmq_ctx_new(), *socket = open_sender(s, context);
	s->begun_ns = rig_now_ns();
	for (size_t i = 0; i < s->messages; i++) {
		if (s->pub && zmq_send_const(socket, "reads.cam117", 12, ZMQ_SNDMORE) < 0)
			rig_fail("send: %s", zmq_strerror(zmq_errno()));
		if (zmq_send(socket, s->m->text[i % s->m->n], s->m->size[i % s->m->n], 0) < 0)
			rig_fail("send: %s", zmq_strerror(zmq_errno()));
	}
	while (sem_wait(&s->received))
		;
	s->cpu_ns = cpu_of_new(before, n_before);
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
	sem_init(&s->received, 0, 0);
	if (pthread_create(&s->thread, NULL, send_main, s))
		rig_fail("no thread");
	return s;
}

int64_t wire_send_end(struct wire_sender *s, int64_t *cpu_ns)
{
	sem_post(&s->received);
	pthread_join(s->thread, NULL);
	int64_t begun = s->begun_ns;
	*cpu_ns = s->cpu_ns;
	sem_destroy(&s->received);
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
