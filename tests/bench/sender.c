/* sender.c: see sender.h. */
#include "sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#include "base/mem.h"

enum { TICK_NS = 500000, CAMERAS = 1000 };

static void set_int(void *socket, int option, int value)
{
	zmq_setsockopt(socket, option, &value, sizeof value);
}

void sender_open(struct sender *s, const struct rig *r, double rate, double hits, uint64_t seed, uint32_t listed, size_t reads)
{
	*s = (struct sender){ .random = { 42 }, .rate = rate, .hits = hits, .seed = seed, .listed = listed, .cap = reads, .cap_ticks = reads };
	s->mark = hl_calloc(reads, sizeof *s->mark);
	s->gap = hl_calloc(reads, sizeof *s->gap);
	s->tick = hl_calloc(reads, sizeof *s->tick);
	s->context = zmq_ctx_new();
	s->socket = zmq_socket(s->context, ZMQ_DEALER);
	set_int(s->socket, ZMQ_SNDHWM, 0);
	set_int(s->socket, ZMQ_RCVHWM, 0);
	set_int(s->socket, ZMQ_LINGER, 0);
	if (zmq_connect(s->socket, r->endpoint))
		rig_fail("%s: %s", r->endpoint, zmq_strerror(zmq_errno()));
}

static void time_text(char text[32])
{
	struct timespec t;
	struct tm tm;
	char day[24];
	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, 32, "%s.%03uZ", day, (unsigned)(t.tv_nsec / 1000000) % 1000);
}

static void send_one(struct sender *s, const char *time)
{
	char plate[SENDER_FAR + BENCH_PLATE], text[256];
	struct sender_mark *m = &s->mark[s->sent];
	m->phase = s->phase;
	m->listed = bench_below(&s->random, 1000000) < s->hits * 1e6;
	if (m->listed)
		bench_listed(s->seed, bench_below(&s->random, s->listed), plate);
	else if (s->far)
		snprintf(plate, sizeof plate, SENDER_FAR_PREFIX "%08u", bench_below(&s->random, 100000000));
	else
		bench_plate(&s->random, plate);
	int n = snprintf(text, sizeof text, "{\"id\":\"b%09zu\",\"camera\":\"cam%u\",\"time\":\"%s\",\"plate\":\"%s\",\"confidence\":0.%02u}", s->sent,
			 bench_below(&s->random, CAMERAS), time, plate, 50 + bench_below(&s->random, 50));
	m->sent_ns = rig_now_ns();
	if (zmq_send(s->socket, text, (size_t)n, 0) < 0)
		rig_fail("send: %s", zmq_strerror(zmq_errno()));
	s->sent++;
}

/* One answer: [id], or [id][why] for a refused read. False: none has come. */
static bool take_one(struct sender *s)
{
	char id[64];
	int more, n = zmq_recv(s->socket, id, sizeof id - 1, ZMQ_DONTWAIT);
	size_t size = sizeof more;
	if (n < 0)
		return false;
	int64_t now = rig_now_ns();
	id[n < 63 ? n : 63] = 0;
	while (zmq_getsockopt(s->socket, ZMQ_RCVMORE, &more, &size) == 0 && more) {
		char why[256];
		s->refused++;
		zmq_recv(s->socket, why, sizeof why, 0);
	}
	size_t i = strtoul(id + 1, NULL, 10);
	if (id[0] != 'b' || i >= s->sent || s->mark[i].answered_ns)
		rig_fail("an answer to nothing, or a second one: '%s'", id);
	s->mark[i].answered_ns = now;
	if (s->last_answer_ns)
		s->gap[s->answered] = (struct sender_gap){ (float)((double)(now - s->last_answer_ns) * 1e-9), s->phase };
	else
		s->gap[s->answered] = (struct sender_gap){ -1, s->phase };
	s->last_answer_ns = now;
	s->answered++;
	return true;
}

static void tick(struct sender *s)
{
	int64_t now = rig_now_ns();
	if (s->last_tick_ns && s->n_ticks < s->cap_ticks)
		s->tick[s->n_ticks++] = (struct sender_gap){ (float)((double)(now - s->last_tick_ns) * 1e-9), s->phase };
	s->last_tick_ns = now;
}

void sender_run(struct sender *s, double seconds, const atomic_bool *stop)
{
	int64_t begun = rig_now_ns(), end = begun + (int64_t)(seconds * 1e9), next = begun;
	char time[32];
	size_t first = s->sent;
	while (next < end && !(stop && *stop)) {
		tick(s);
		size_t due = first + (size_t)((double)(rig_now_ns() - begun) * 1e-9 * s->rate);
		time_text(time);
		while (s->sent < due && s->sent < s->cap)
			send_one(s, time);
		while (take_one(s))
			;
		next += TICK_NS;
		if (next < rig_now_ns())
			next = rig_now_ns();
		struct timespec t = { .tv_sec = next / 1000000000, .tv_nsec = next % 1000000000 };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	}
}

void sender_settle(struct sender *s, double seconds)
{
	int64_t last = rig_now_ns();
	while (s->answered < s->sent) {
		zmq_pollitem_t item = { .socket = s->socket, .events = ZMQ_POLLIN };
		zmq_poll(&item, 1, 100);
		while (take_one(s))
			last = rig_now_ns();
		if ((double)(rig_now_ns() - last) > seconds * 1e9)
			rig_fail("%zu of %zu reads are not acknowledged", s->sent - s->answered, s->sent);
	}
}

void sender_break(struct sender *s, unsigned char phase)
{
	s->last_answer_ns = s->last_tick_ns = 0;
	s->phase = phase;
}

void sender_close(struct sender *s)
{
	zmq_close(s->socket);
	zmq_ctx_term(s->context);
	free(s->mark);
	free(s->gap);
	free(s->tick);
}
