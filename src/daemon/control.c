/* control.c: see control.h. Who asks is known from the socket's peer credentials, never from what the caller says. */
#include "config.h"

#include "daemon/control.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wire.h"
#include "daemon/background.h"
#include "daemon/figures.h"
#include "daemon/settle.h"
#include "daemon/user.h"
#include "engine/audited.h"
#include "engine/ops.h"

enum { IO_TIMEOUT_S = 30, STOP_GRACE_MS = 5000, ACCEPT_PAUSE_MS = 50 };

struct hl_control {
	struct hl_control_opts o; /* path and store lead to the copies below */
	char path[HL_PATH_MAX], store[HL_STORE_WHERE_MAX];
	pthread_t thread;
	int sock, event;
	pthread_mutex_t lock, hand; /* lock: clients; hand: one on what is added by hand */
	pthread_cond_t idle;
	unsigned clients;
	struct client *first; /* those being served */
	bool stopping;
};

struct client {
	struct hl_control *c;
	int sock;
	struct client *next;
};

/* Fills dst; whether it is root, or the user that this daemon runs as, who could read and write the state anyway. */
static bool peer_name(int sock, char *dst, size_t size)
{
	struct ucred cred = { 0 };
	socklen_t n = sizeof cred;
	getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &cred, &n);
	hl_user_name(cred.uid, dst, size);
	return n == sizeof cred && cred.pid && (cred.uid == 0 || cred.uid == geteuid());
}

struct write_call {
	struct hl_ops_ctx *ctx;
	const struct hl_wire_request *req;
	struct hl_buf *out;
};

/* Work on list files, which may be large. */
struct files_call {
	struct hl_ops_ctx *ctx;
	const struct hl_wire_request *req;
	struct hl_buf *out;
	struct hl_err *err;
	enum hl_code code;
};

static void files_run(void *arg)
{
	struct files_call *f = arg;
	f->code = hl_ops_run(f->ctx, f->req->argc, f->req->argv, f->out, f->err);
}

static enum hl_code write_run(struct hl_store *s, void *arg, struct hl_err *err)
{
	struct write_call *w = arg;
	hl_buf_clear(w->out);
	w->ctx->store = s;
	return hl_ops_run(w->ctx, w->req->argc, w->req->argv, w->out, err);
}

static enum hl_code run_read(struct hl_control *c, struct hl_ops_ctx *ctx, const struct hl_wire_request *req, struct hl_buf *out, struct hl_err *err)
{
	enum hl_code rc = hl_store_open(&ctx->store, c->o.store, c->o.state, HL_STORE_READ, err);
	if (rc)
		return rc;
	rc = hl_ops_run(ctx, req->argc, req->argv, out, err);
	hl_store_close(&ctx->store);
	return rc;
}

/* On this very thread: whoever adds an entry waits for no import and no index. */
static enum hl_code run_hand(struct hl_control *c, struct hl_ops_ctx *ctx, const struct hl_wire_request *req, struct hl_buf *out, struct hl_err *err)
{
	int64_t begun = hl_clock_mono_ns();
	pthread_mutex_lock(&c->hand);
	enum hl_code rc = hl_ops_run(ctx, req->argc, req->argv, out, err);
	pthread_mutex_unlock(&c->hand);
	if (ctx->hand_changed[0]) {
		c->o.counters->hand_changes++;
		c->o.counters->hand_write_ns += hl_clock_mono_ns() - begun;
	}
	return rc;
}

/* From here on reads are compared with the layer as it is now. */
static void swap_hand(struct hl_control *c, const struct hl_ops_ctx *ctx, struct hl_err *err)
{
	struct hl_err fault = { 0 };
	int64_t begun = hl_clock_mono_ns();
	if (hl_live_hand(c->o.live, ctx->hand_changed, &fault))
		*err = fault;
	c->o.counters->hand_swap_ns += hl_clock_mono_ns() - begun;
}

static enum hl_code run_op(struct hl_control *c, const struct hl_op_row *row, struct hl_ops_ctx *ctx, const struct hl_wire_request *req, struct hl_buf *out,
			   struct hl_err *err)
{
	switch (row ? row->access : HL_OPS_FILES) {
	case HL_OPS_READ:
		return run_read(c, ctx, req, out, err);
	case HL_OPS_WRITE: {
		struct write_call w = { .ctx = ctx, .req = req, .out = out };
		return hl_storethread_call(c->o.writer, write_run, &w, err);
	}
	case HL_OPS_HAND:
		return run_hand(c, ctx, req, out, err);
	case HL_OPS_FREE:
		return hl_ops_run(ctx, req->argc, req->argv, out, err);
	case HL_OPS_FILES:
		break;
	}
	struct files_call f = { .ctx = ctx, .req = req, .out = out, .err = err };
	if (row && row->wants_store) {
		enum hl_code rc = hl_store_open(&ctx->store, c->o.store, c->o.state, HL_STORE_READ, err);
		if (rc)
			return rc;
	}
	pthread_mutex_lock(c->o.files);
	hl_background_run(files_run, &f);
	pthread_mutex_unlock(c->o.files);
	if (ctx->store)
		hl_store_close(&ctx->store);
	return f.code;
}

static size_t live_figures(void *arg, struct hl_figure *out, size_t max)
{
	struct hl_control *c = arg;
	return hl_figures(c->o.counters, c->o.outbox, c->o.zap, hl_clock_real_ms() - c->o.started_ms, out, max);
}

static size_t live_drops(void *arg, struct hl_drop_state *out, size_t max)
{
	struct hl_control *c = arg;
	return hl_drop_states(c->o.drop, out, max);
}

static size_t live_refused(void *arg, struct hl_refused_sender *out, size_t max)
{
	struct hl_control *c = arg;
	return hl_zap_refused(c->o.zap, out, max);
}

/* A reload lets files decide that somebody may just be writing. */
static enum hl_code may_reload(struct hl_control *c, const char *who, bool trusted, struct hl_err *err)
{
	struct hl_catalog *catalog = hl_live_get(c->o.live);
	enum hl_code rc = hl_ops_may(&(struct hl_ops_ctx){ .settings = catalog->settings, .who = who, .trusted = trusted }, "reload", HL_MAY_SUPERVISOR, err);
	hl_catalog_unref(&catalog);
	return rc;
}

/* What only a daemon can do. True where it was one of those. */
static bool own_request(struct hl_control *c, const struct hl_wire_request *req, const char *who, bool trusted, struct hl_buf *out, struct hl_err *err)
{
	bool clock = req->argc == 3 && strcmp(req->argv[0], "test") == 0, jump = clock && strcmp(req->argv[1], "jump") == 0;
	if (jump || (clock && strcmp(req->argv[1], "clock") == 0)) {
		if (!(jump ? hl_clock_jump : hl_clock_shift)(strtoll(req->argv[2], NULL, 10)))
			hl_err_set(err, HL_E_DENIED, "the clock moves only in test builds");
		hl_outbox_wake(c->o.outbox);
		return true;
	}
	if (req->argc == 1 && strcmp(req->argv[0], "reload") == 0) {
		struct hl_faults faults = { 0 };
		if (may_reload(c, who, trusted, err))
			return true;
		enum hl_code rc = c->o.reload(c->o.reload_arg, who, &faults);
		hl_faults_print(&faults, out);
		if (rc)
			hl_err_set(err, rc, "not reloaded: the old settings, rules and lists stay");
		else
			hl_buf_puts(out, "reloaded\n");
		return true;
	}
	return false;
}

/* What an operation has changed holds from here on. */
static void take_effect(struct hl_control *c, struct hl_ops_ctx *ctx, struct hl_err *err)
{
	struct hl_err fault = { 0 };
	if (ctx->lists_changed && hl_settle_lists(c->o.live, ctx->opened, &fault))
		*err = fault;
	hl_opened_fini(ctx->opened);
	if (ctx->hand_changed[0])
		swap_hand(c, ctx, err);
	if (ctx->mutes_changed && hl_live_mutes(c->o.live, &fault))
		*err = fault;
	if (ctx->died[0])
		hl_log(HL_LOG_WARN, "dead letter %s: its gateway took it and then reported failure; hotlistctl outbox ls --state dead says why", ctx->died);
	if (ctx->outbox_reopened)
		hl_outbox_reloaded(c->o.outbox);
	else if (ctx->outbox_changed)
		hl_outbox_wake(c->o.outbox);
}

static void serve(struct hl_control *c, int sock, const struct hl_wire_request *req, struct hl_buf *out, struct hl_err *err)
{
	char who[HL_TEXT_SHORT];
	struct hl_opened opened = { .snapshot = NULL };
	struct hl_audited audited;
	bool trusted = peer_name(sock, who, sizeof who);
	if (own_request(c, req, who, trusted, out, err))
		return;
	struct hl_catalog *catalog = hl_live_get(c->o.live);
	struct hl_ops_ctx ctx = { .catalog = catalog, .settings = catalog->settings, .state = c->o.state, .who = who, .trusted = trusted, .now_ms = hl_clock_real_ms(), .audit = c->o.audit,
				  .fd = req->fd, .live = live_figures, .drops = live_drops, .refused = live_refused, .live_arg = c, .opened = &opened, .shadow = c->o.shadow };
	const struct hl_op_row *row = req->argc >= 1 ? hl_ops_find(req->argv[0], req->argc > 1 ? req->argv[1] : "") : NULL;
	enum hl_code rc = hl_audited_begin(&audited, &ctx, req->argc, req->argv, err);
	if (!rc)
		rc = run_op(c, row, &ctx, req, out, err);
	if (rc && !err->code)
		hl_err_set(err, rc, "%s", hl_code_name(rc));
	take_effect(c, &ctx, err);
	hl_audited_end(&audited, err->code, hl_clock_real_ms(), out, err);
	hl_catalog_unref(&catalog);
}

/* A pipe that nobody ends would hold up every later import, and the stop: what is handed over must have an end. */
static enum hl_code check_file(int fd, struct hl_err *err)
{
	struct stat st;
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return HL_OK;
	return hl_err_set(err, HL_E_USAGE, "only a regular file can be handed to the daemon");
}

static void leave(struct client *k)
{
	struct hl_control *c = k->c;
	pthread_mutex_lock(&c->lock);
	struct client **p = &c->first;
	while (*p != k)
		p = &(*p)->next;
	*p = k->next;
	close(k->sock); /* under the lock: a stop must not shut down whoever has the number next */
	c->clients--;
	pthread_cond_broadcast(&c->idle);
	pthread_mutex_unlock(&c->lock);
	free(k);
}

static void *client_main(void *arg)
{
	struct client *k = arg;
	struct hl_wire_request req;
	struct hl_err err = { 0 }, lost;
	struct hl_buf out = HL_BUF(HL_WIRE_ANSWER_MAX);
	struct timeval tv = { .tv_sec = IO_TIMEOUT_S };
	setsockopt(k->sock, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	setsockopt(k->sock, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
	if (hl_wire_hear(k->sock, &req, &err) == HL_OK && check_file(req.fd, &err) == HL_OK)
		serve(k->c, k->sock, &req, &out, &err);
	hl_wire_reply(k->sock, &err, &out, &lost);
	hl_wire_request_fini(&req);
	hl_buf_fini(&out);
	leave(k);
	return NULL;
}

/* A thread for one connection; waits while too many are served. */
static void start_client(struct hl_control *c, int sock)
{
	struct client *k = hl_alloc(sizeof *k);
	pthread_mutex_lock(&c->lock);
	while (c->clients >= HL_CONTROL_CLIENTS && !c->stopping)
		pthread_cond_wait(&c->idle, &c->lock);
	*k = (struct client){ .c = c, .sock = sock, .next = c->first };
	c->first = k;
	c->clients++;
	bool refuse = c->stopping;
	pthread_mutex_unlock(&c->lock);
	pthread_t thread;
	if (!refuse && pthread_create(&thread, NULL, client_main, k) == 0)
		pthread_detach(thread);
	else
		leave(k);
}

static void *control_main(void *arg)
{
	struct hl_control *c = arg;
	for (;;) {
		struct pollfd p[] = { { .fd = c->sock, .events = POLLIN }, { .fd = c->event, .events = POLLIN } };
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents)
			break;
		int sock = p[0].revents & POLLIN ? accept4(c->sock, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (sock >= 0)
			start_client(c, sock);
		else if (p[0].revents)
			poll(&p[1], 1, ACCEPT_PAUSE_MS); /* no descriptor is free: the next look at once would find the same */
	}
	return NULL;
}

static void control_free(struct hl_control *c)
{
	if (c->sock >= 0)
		close(c->sock);
	if (c->event >= 0)
		close(c->event);
	pthread_mutex_destroy(&c->lock);
	pthread_mutex_destroy(&c->hand);
	pthread_cond_destroy(&c->idle);
	free(c);
}

enum hl_code hl_control_start(struct hl_control **out, const struct hl_control_opts *o, struct hl_err *err)
{
	struct hl_control *c = hl_calloc(1, sizeof *c);
	*c = (struct hl_control){ .o = *o, .sock = -1 };
	hl_copy(c->path, sizeof c->path, o->path);
	hl_copy(c->store, sizeof c->store, o->store);
	c->o.path = c->path;
	c->o.store = c->store;
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->hand, NULL);
	pthread_condattr_t mono;
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&c->idle, &mono);
	pthread_condattr_destroy(&mono);
	c->event = eventfd(0, EFD_CLOEXEC);
	enum hl_code rc = hl_wire_listen(o->path, &c->sock, err);
	int e = rc ? 0 : pthread_create(&c->thread, NULL, control_main, c);
	if (e)
		rc = hl_err_set(err, HL_E_INTERNAL, "control thread: %s", strerror(e));
	if (rc) {
		control_free(c);
		return rc;
	}
	*out = c;
	return HL_OK;
}

/* Under the lock. */
static void shut(struct hl_control *c, int how)
{
	for (struct client *k = c->first; k; k = k->next)
		shutdown(k->sock, how);
}

/* A request that is whole is answered; one that is not will not come any more; and nobody may keep the daemon by not reading his answer. */
static void end_clients(struct hl_control *c)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STOP_GRACE_MS / 1000;
	pthread_mutex_lock(&c->lock);
	int rc = 0;
	while (c->clients && !rc)
		rc = pthread_cond_timedwait(&c->idle, &c->lock, &until);
	shut(c, SHUT_RDWR);
	while (c->clients)
		pthread_cond_wait(&c->idle, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

void hl_control_stop(struct hl_control **cp)
{
	struct hl_control *c = *cp;
	uint64_t one = 1;
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	shut(c, SHUT_RD);
	pthread_cond_broadcast(&c->idle);
	pthread_mutex_unlock(&c->lock);
	if (write(c->event, &one, sizeof one) == sizeof one)
		pthread_join(c->thread, NULL);
	unlink(c->o.path);
	end_clients(c);
	control_free(c);
	*cp = NULL;
}
