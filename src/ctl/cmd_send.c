/* cmd_send.c: `hotlistctl send`: a file of reads, one a line, over ZeroMQ: pushed, published or dealt. With --dealer the answers of a ROUTER are
 * awaited: exit 0 means that every read was settled.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/curve_key.h"
#include "ctl/ctl.h"

enum { BATCH_MAX = 1000, UNANSWERED_MAX = 5000, PAYLOAD_MAX = 1 << 20 };

struct sender {
	const char *to, *file, *topic, *curve, *server_key;
	int type;
	double rate;
	int64_t batch, wait_ms;
	void *context, *socket, *monitor;
	int64_t sent, answered, refused;
	int64_t begun_ns;
	struct hl_buf payload;
	int64_t in_payload;
};

static int number(const char *text, double least, double most, double *out)
{
	char *end;
	*out = strtod(text, &end);
	return end != text && !*end && *out >= least && *out <= most;
}

static int parse(int argc, char **argv, struct sender *s)
{
	const char *rate = NULL, *batch = NULL, *wait = NULL;
	for (int i = 0; i < argc; i++) {
		const char *v = "";
		if (hl_ctl_option(argc, argv, &i, "--to", &v))
			s->to = v;
		else if (hl_ctl_option(argc, argv, &i, "--rate", &v))
			rate = v;
		else if (hl_ctl_option(argc, argv, &i, "--batch", &v))
			batch = v;
		else if (hl_ctl_option(argc, argv, &i, "--topic", &v))
			s->topic = v;
		else if (hl_ctl_option(argc, argv, &i, "--wait", &v))
			wait = v;
		else if (hl_ctl_option(argc, argv, &i, "--curve", &v))
			s->curve = v;
		else if (hl_ctl_option(argc, argv, &i, "--server-key", &v))
			s->server_key = v;
		else if (strcmp(argv[i], "--pub") == 0)
			s->type = ZMQ_PUB;
		else if (strcmp(argv[i], "--dealer") == 0)
			s->type = ZMQ_DEALER;
		else if (strncmp(argv[i], "--", 2) == 0 || s->file)
			return hl_ctl_usage(&hl_ctl_send, "unknown option '%s'", argv[i]);
		else
			s->file = argv[i];
		if (!v)
			return hl_ctl_usage(&hl_ctl_send, "'%s' needs a value", argv[i]);
	}
	double r = 0, b = 1, w = 30;
	if (!s->to || !s->file)
		return hl_ctl_usage(&hl_ctl_send, "--to and a file are needed");
	if (!s->curve != !s->server_key)
		return hl_ctl_usage(&hl_ctl_send, "--curve, our secret key, and --server-key, the other side's public key, go together");
	if ((rate && !number(rate, 0, 1e8, &r)) || (batch && !number(batch, 1, BATCH_MAX, &b)) || (wait && !number(wait, 0, 86400, &w)))
		return hl_ctl_usage(&hl_ctl_send, "--rate is reads/s, --batch 1 to %d, --wait seconds", BATCH_MAX);
	s->rate = r;
	s->batch = (int64_t)b;
	s->wait_ms = (int64_t)(w * 1000);
	return EX_OK;
}

/* Answers that have come: [id], or [id][why]. */
static void take_answers(struct sender *s)
{
	char id[256], why[512];
	int n;
	while ((n = zmq_recv(s->socket, id, sizeof id - 1, ZMQ_DONTWAIT)) >= 0) {
		int more = 0;
		size_t size = sizeof more;
		zmq_getsockopt(s->socket, ZMQ_RCVMORE, &more, &size);
		s->answered++;
		if (!more)
			continue;
		int k = zmq_recv(s->socket, why, sizeof why - 1, 0);
		why[k < 0 ? 0 : k < (int)sizeof why ? k : (int)sizeof why - 1] = 0;
		id[n < (int)sizeof id ? n : (int)sizeof id - 1] = 0;
		s->refused++;
		fprintf(stderr, "hotlistctl: read '%s' was refused: %s\n", id, why);
	}
}

/* Waits until an answer comes, at most ms. */
static bool await_answer(struct sender *s, int64_t ms)
{
	zmq_pollitem_t item = { .socket = s->socket, .events = ZMQ_POLLIN };
	int n = zmq_poll(&item, 1, (long)ms);
	take_answers(s);
	return n > 0;
}

static void keep_rate(struct sender *s)
{
	if (s->rate <= 0)
		return;
	int64_t due = s->begun_ns + (int64_t)((double)s->sent / s->rate * 1e9);
	struct timespec ts = { .tv_sec = due / 1000000000, .tv_nsec = due % 1000000000 };
	if (due > hl_clock_mono_ns())
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static enum hl_code send_payload(struct sender *s, struct hl_err *err)
{
	if (!s->in_payload)
		return HL_OK;
	while (s->type == ZMQ_DEALER && s->sent - s->answered > UNANSWERED_MAX)
		if (!await_answer(s, s->wait_ms))
			return hl_err_set(err, HL_E_UNAVAIL, "%s: no answer for %lld s", s->to, (long long)(s->wait_ms / 1000));
	if (s->topic && zmq_send(s->socket, s->topic, strlen(s->topic), ZMQ_SNDMORE) < 0)
		return hl_err_set(err, HL_E_UNAVAIL, "%s: %s", s->to, zmq_strerror(zmq_errno()));
	if (zmq_send(s->socket, hl_buf_text(&s->payload), s->payload.len, 0) < 0)
		return hl_err_set(err, HL_E_UNAVAIL, "%s: %s", s->to, zmq_errno() == EAGAIN ? "nobody takes the reads" : zmq_strerror(zmq_errno()));
	s->sent += s->in_payload;
	s->in_payload = 0;
	hl_buf_clear(&s->payload);
	if (s->type == ZMQ_DEALER)
		take_answers(s);
	keep_rate(s);
	return HL_OK;
}

static enum hl_code send_file(struct sender *s, FILE *f, struct hl_err *err)
{
	char *line = NULL;
	size_t cap = 0;
	enum hl_code rc = HL_OK;
	for (ssize_t n; !rc && (n = getline(&line, &cap, f)) >= 0;) {
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (!n)
			continue;
		if (s->in_payload && s->payload.len + (size_t)n + 1 > PAYLOAD_MAX)
			rc = send_payload(s, err);
		if (s->in_payload)
			hl_buf_putc(&s->payload, '\n');
		if (!rc && !hl_buf_put(&s->payload, line, (size_t)n))
			rc = hl_err_set(err, HL_E_LIMIT, "%s: a line of %zd bytes, at most %d", s->file, n, PAYLOAD_MAX);
		s->in_payload++;
		if (!rc && s->in_payload >= s->batch)
			rc = send_payload(s, err);
	}
	free(line);
	return rc ? rc : send_payload(s, err);
}

/* What becomes of the connection: a PUSH socket takes reads for a peer that never comes, and nobody would hear of it. */
static void watch(struct sender *s)
{
	static const char address[] = "inproc://connection";
	int linger = 0;
	int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
		     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
	if ((s->type != ZMQ_PUSH && !s->curve) || zmq_socket_monitor(s->socket, address, events) < 0)
		return;
	s->monitor = zmq_socket(s->context, ZMQ_PAIR);
	zmq_setsockopt(s->monitor, ZMQ_LINGER, &linger, sizeof linger);
	zmq_connect(s->monitor, address);
}

/* The next event of the connection, 0: none within ms. */
static uint16_t next_event(struct sender *s, int64_t ms)
{
	zmq_pollitem_t item = { .socket = s->monitor, .events = ZMQ_POLLIN };
	char what[64], where[256];
	uint16_t event = 0;
	if (ms < 0 || zmq_poll(&item, 1, (long)ms) <= 0 || zmq_recv(s->monitor, what, sizeof what, 0) < (int)sizeof event)
		return 0;
	memcpy(&event, what, sizeof event);
	zmq_recv(s->monitor, where, sizeof where, 0);
	return event;
}

/* Until a handshake succeeds. One that is refused ends the waiting: ZeroMQ does not try again. One that is cut off without a word does not: the other side may be
 * starting. */
static enum hl_code await_taker(struct sender *s, struct hl_err *err)
{
	int64_t until = hl_clock_mono_ms() + s->wait_ms;
	bool cut = false;
	while (s->monitor) {
		switch (next_event(s, until - hl_clock_mono_ms())) {
		case 0:
			return hl_err_set(err, HL_E_UNAVAIL, "%s: nobody took the reads within %lld s%s", s->to, (long long)(s->wait_ms / 1000),
					  cut ? ": the other side ends the handshake, does it want --curve?" : "");
		case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
			return HL_OK;
		case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
			return hl_err_set(err, HL_E_DENIED, "%s: our key is not allowed there", s->to);
		case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
			return hl_err_set(err, HL_E_DENIED, "%s: no agreement: %s", s->to,
					  s->curve ? "does --server-key belong to that side, and does it use curve?" : "does it want --curve?");
		default:
			cut = true;
		}
	}
	return HL_OK;
}

static enum hl_code set_curve(struct sender *s, struct hl_err *err)
{
	unsigned char secret[HL_CURVE_KEY], public[HL_CURVE_KEY], server[HL_CURVE_KEY];
	if (!s->curve)
		return HL_OK;
	enum hl_code rc = hl_curve_secret_read(s->curve, secret, err);
	if (!rc)
		rc = hl_curve_key_read(s->server_key, server, err);
	if (!rc && (!hl_curve25519_public(secret, public) || zmq_setsockopt(s->socket, ZMQ_CURVE_SERVERKEY, server, sizeof server) ||
		    zmq_setsockopt(s->socket, ZMQ_CURVE_PUBLICKEY, public, sizeof public) || zmq_setsockopt(s->socket, ZMQ_CURVE_SECRETKEY, secret, sizeof secret)))
		rc = hl_err_set(err, HL_E_UNAVAIL, "%s: CURVE can't be set up: %s", s->to, zmq_strerror(zmq_errno()));
	explicit_bzero(secret, sizeof secret);
	return rc;
}

static enum hl_code open_socket(struct sender *s, struct hl_err *err)
{
	int linger = (int)s->wait_ms, timeout = (int)s->wait_ms, hwm = 100000;
	s->context = zmq_ctx_new();
	s->socket = zmq_socket(s->context, s->type);
	zmq_setsockopt(s->socket, ZMQ_LINGER, &linger, sizeof linger);
	zmq_setsockopt(s->socket, ZMQ_SNDTIMEO, &timeout, sizeof timeout);
	zmq_setsockopt(s->socket, ZMQ_SNDHWM, &hwm, sizeof hwm);
	zmq_setsockopt(s->socket, ZMQ_RCVHWM, &hwm, sizeof hwm);
	watch(s);
	enum hl_code rc = set_curve(s, err);
	if (rc)
		return rc;
	if (zmq_connect(s->socket, s->to) < 0)
		return hl_err_set(err, HL_E_USAGE, "can't connect to %s: %s", s->to, zmq_strerror(zmq_errno()));
	return HL_OK;
}

/* A PUB socket drops what it sends before the subscriber is there: an XPUB hears the subscription. */
static enum hl_code await_subscriber(struct sender *s, struct hl_err *err)
{
	char room[256];
	int timeout = (int)s->wait_ms;
	zmq_setsockopt(s->socket, ZMQ_RCVTIMEO, &timeout, sizeof timeout);
	if (zmq_recv(s->socket, room, sizeof room, 0) < 0)
		return hl_err_set(err, HL_E_UNAVAIL, "%s: nobody subscribed within %lld s", s->to, (long long)(s->wait_ms / 1000));
	return HL_OK;
}

static enum hl_code await_all(struct sender *s, struct hl_err *err)
{
	while (s->type == ZMQ_DEALER && s->answered < s->sent)
		if (!await_answer(s, s->wait_ms))
			return hl_err_set(err, HL_E_UNAVAIL, "%s: %lld of %lld reads unanswered", s->to, (long long)(s->sent - s->answered),
					  (long long)s->sent);
	return HL_OK;
}

static int send_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct sender s = { .type = ZMQ_PUSH, .payload = HL_BUF(PAYLOAD_MAX) };
	struct hl_err err = { 0 };
	int usage = parse(argc, argv, &s);
	if (usage)
		return usage;
	bool pub = s.type == ZMQ_PUB;
	if (pub)
		s.type = ZMQ_XPUB;
	FILE *f = strcmp(s.file, "-") == 0 ? stdin : fopen(s.file, "r");
	if (!f) {
		hl_err_set(&err, errno == ENOENT ? HL_E_NOTFOUND : HL_E_IO, "%s: %s", s.file, strerror(errno));
		return hl_ctl_fail(&err);
	}
	enum hl_code rc = open_socket(&s, &err);
	if (!rc)
		rc = await_taker(&s, &err);
	if (!rc && pub)
		rc = await_subscriber(&s, &err);
	s.begun_ns = hl_clock_mono_ns();
	if (!rc)
		rc = send_file(&s, f, &err);
	if (!rc)
		rc = await_all(&s, &err);
	double seconds = (double)(hl_clock_mono_ns() - s.begun_ns) / 1e9;
	if (s.monitor) {
		zmq_socket_monitor(s.socket, NULL, 0);
		zmq_close(s.monitor);
	}
	zmq_close(s.socket);
	zmq_ctx_term(s.context); /* waits, at most --wait, until all is handed over */
	if (f != stdin)
		fclose(f);
	hl_buf_fini(&s.payload);
	if (g->json)
		printf("{\"sent\":%lld,\"answered\":%lld,\"refused\":%lld,\"seconds\":%.3f}\n", (long long)s.sent, (long long)s.answered,
		       (long long)s.refused, seconds);
	else
		printf("%lld reads sent in %.3f s%s\n", (long long)s.sent, seconds, s.refused ? ", some were refused" : "");
	if (!rc && s.refused)
		rc = hl_err_set(&err, HL_E_INPUT, "%lld reads were refused", (long long)s.refused);
	return rc ? hl_ctl_fail(&err) : EX_OK;
}

const struct hl_ctl_command hl_ctl_send = {
	.family = "send",
	.usage = "--to ENDPOINT [--pub|--dealer] [--rate N] [--batch N] [--topic T] [--wait S] [--curve SECRET_FILE --server-key FILE] FILE|-",
	.help = "sends a file of reads over ZeroMQ: pushed, published, or dealt with answers awaited",
	.run = send_run,
};
