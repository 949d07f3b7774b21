/* deliver.c: the delivery thread, see deliver.h. The order of the stages stands here, to be read top to bottom: accept, launch, (the wire), judge,
 * settle; `turn` runs them all once.
 */
#include "daemon/deliver_priv.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/crypto.h"
#include "base/log.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_AGAIN_MS = 500 /* so that a moved clock is noticed */, AFTER_FAULT_MS = 1000, TAKE_MAX = 32 };

int64_t hl_deliver_backoff(int64_t n)
{
	int64_t ceiling = HL_DELIVER_BACKOFF_BASE;
	for (int64_t i = 1; i < n && ceiling < HL_DELIVER_BACKOFF_CAP; i++)
		ceiling *= 2;
	if (ceiling > HL_DELIVER_BACKOFF_CAP)
		ceiling = HL_DELIVER_BACKOFF_CAP;
	return 1 + (int64_t)hl_random_below((uint64_t)ceiling);
}

/* ---- accept: what is due comes in from the store ---- */

static void store_fault(struct hl_deliver *d, const char *what, const struct hl_err *err)
{
	atomic_fetch_add(&d->store_faults, 1);
	hl_log_limited(&d->slot_store, HL_LOG_ERROR, "deliver: the store refused to %s: %s", what, err->text);
}

static void ask_next_due(struct hl_deliver *d, int64_t now)
{
	struct hl_err err = { 0 };
	int64_t due = HL_NO_TIME;
	if (d->store.next_due(d->store.arg, &due, &err) != HL_OK) {
		store_fault(d, "tell what is due", &err);
		due = now + AFTER_FAULT_MS;
	}
	/* What is due but was not given has no room at its destination: it comes when something there ends. */
	d->due_ms = due == HL_NO_TIME ? INT64_MAX : due > now ? due : now + LOOK_AGAIN_MS;
}

static void accept_due(struct hl_deliver *d)
{
	int64_t now = hl_clock_real_ms();
	if (atomic_exchange(&d->woken, false))
		d->look = true;
	if (atomic_load(&d->stop) || (!d->look && now < d->due_ms))
		return;
	d->look = false;
	for (size_t got = TAKE_MAX; got == TAKE_MAX && d->n + TAKE_MAX <= HL_DELIVER_HELD;) {
		struct hl_delivery batch[TAKE_MAX] = { 0 };
		struct hl_err err = { 0 };
		got = 0;
		if (d->store.take(d->store.arg, now, HL_DELIVER_LEASE, batch, TAKE_MAX, &got, &err) != HL_OK) {
			store_fault(d, "give deliveries", &err);
			d->due_ms = now + AFTER_FAULT_MS;
			return;
		}
		for (size_t i = 0; i < got; i++) {
			if (!hl_held_find(d, batch[i].id))
				hl_held_add(d, &batch[i]);
			hl_delivery_wipe(&batch[i]);
		}
	}
	hl_crash_point("deliver.taken");
	ask_next_due(d, now);
}

/* ---- settle: a verdict goes into the store ---- */

static enum hl_code write_verdict(struct hl_deliver *d, const struct hl_flight *f, struct hl_err *err)
{
	int64_t now = hl_clock_real_ms();
	if (f->fate == HL_FATE_DONE)
		return d->store.done(d->store.arg, f->d.id, now, f->reason, err);
	if (f->fate == HL_FATE_LATER)
		return d->store.later(d->store.arg, f->d.id, f->due_ms, f->reason, err);
	return d->store.dead(d->store.arg, f->d.id, now, f->reason, err);
}

/* The receiver's words stay out of the log: they may repeat the plate. They are in the outbox. */
static void log_dead(const struct hl_flight *f)
{
	if (f->answered || f->d.attempts)
		hl_log(HL_LOG_WARN, "deliver: dead letter %s to receiver %s by %s after %" PRId64 " attempts, last answer %d; hotlistctl outbox ls --state dead says why",
		       f->d.id, f->d.receiver, f->d.channel, f->d.attempts + (f->answered != 0), f->answered);
	else
		hl_log(HL_LOG_WARN, "deliver: dead letter %s to receiver %s by %s: %s", f->d.id, f->d.receiver, f->d.channel, f->reason);
}

static void count_verdict(struct hl_deliver *d, const struct hl_flight *f)
{
	if (f->fate == HL_FATE_DONE) {
		atomic_fetch_add(&d->delivered, 1);
	} else if (f->fate == HL_FATE_LATER) {
		atomic_fetch_add(&d->later, 1);
	} else {
		atomic_fetch_add(&d->dead, 1);
		log_dead(f);
	}
}

static void settle(struct hl_deliver *d, struct hl_flight *f)
{
	struct hl_err err = { 0 };
	f->stage = HL_FLIGHT_SETTLING;
	enum hl_code code = write_verdict(d, f, &err);
	if (code != HL_OK && code != HL_E_NOTFOUND && code != HL_E_CONFLICT) {
		store_fault(d, "take a verdict", &err);
		d->settle_at_ms = hl_clock_mono_ms() + AFTER_FAULT_MS;
		return;
	}
	hl_crash_point("deliver.settled");
	if (code == HL_OK)
		count_verdict(d, f);
	else
		hl_log(HL_LOG_INFO, "deliver: %s was no longer pending: %s", f->d.id, err.text);
	hl_held_drop(d, f);
	d->look = true;
}

/* Verdicts that the store would not take before. */
static void settle_again(struct hl_deliver *d)
{
	if (hl_clock_mono_ms() < d->settle_at_ms)
		return;
	for (size_t i = d->n; i-- > 0;)
		if (d->held[i]->stage == HL_FLIGHT_SETTLING)
			settle(d, d->held[i]);
}

/* ---- judge: what an answer means for the delivery ---- */

static void end_dead(struct hl_deliver *d, struct hl_flight *f, const char *reason)
{
	f->fate = HL_FATE_DEAD;
	hl_copy(f->reason, sizeof f->reason, reason);
	settle(d, f);
}

static void end_later(struct hl_deliver *d, struct hl_flight *f, int64_t at_least_ms, const char *reason)
{
	int64_t now = hl_clock_real_ms(), wait = hl_deliver_backoff(f->d.attempts + 1);
	char text[HL_TEXT_LONG];
	/* Of a destination that rests none is tried before it is looked at again, and that is soon enough. */
	int64_t until = hl_breaker_until(d->breaker, f->destination), pause = until ? until - hl_clock_mono_ms() : 0;
	if (until)
		wait = pause > 1 ? pause : 1;
	/* A Retry-After past the deadline can't be honoured. It must not end an alert before its deadline either: it may be a maintenance page's habit. */
	bool honour = at_least_ms > wait && at_least_ms < f->d.deadline_ms - now;
	f->due_ms = now + (honour ? at_least_ms : wait);
	if (f->due_ms >= f->d.deadline_ms) {
		snprintf(text, sizeof text, "deadline reached after %" PRId64 " attempts; the last: %.180s", f->d.attempts + 1, reason);
		end_dead(d, f, text);
		return;
	}
	f->fate = HL_FATE_LATER;
	hl_copy(f->reason, sizeof f->reason, reason);
	settle(d, f);
}

static void close_endpoint(struct hl_deliver *d, const struct hl_flight *f)
{
	hl_closed_add(d, &f->d);
	atomic_fetch_add(&d->gone, 1);
	hl_log(HL_LOG_ERROR, "deliver: receiver %s by %s is gone (410): the endpoint is disabled until the next reload; a supervisor has to look",
	       f->d.receiver, f->d.channel);
}

static bool from_overload(const struct hl_flight *f, const struct hl_answer *a)
{
	return f->request.kind == HL_REQ_HTTP && (a->status == 429 || a->status == 503);
}

/* Whether the destination is there at all, whatever it thinks of this one delivery. */
static bool is_alive(const struct hl_flight *f, const struct hl_answer *a)
{
	return a->sent && (f->request.kind == HL_REQ_HTTP ? a->status < 500 && a->status != 429 : a->status != 421);
}

static void listen_to(struct hl_deliver *d, const struct hl_flight *f, const struct hl_answer *a, const struct hl_fate_of *fate)
{
	if (is_alive(f, a)) {
		if (hl_breaker_answered(d->breaker, f->destination))
			hl_log(HL_LOG_INFO, "deliver: receiver %s answers by %s again", f->d.receiver, f->d.channel);
		return;
	}
	int64_t asked_ms = a->sent && from_overload(f, a) && fate->fate == HL_FATE_LATER ? fate->wait_ms : -1;
	if (hl_breaker_failed(d->breaker, f->destination, asked_ms, hl_clock_mono_ms()))
		hl_log(HL_LOG_WARN, "deliver: receiver %s is not to be reached by %s (last answer %d): its deliveries wait, one at a time is tried", f->d.receiver,
		       f->d.channel, f->answered);
}

static void judge(struct hl_deliver *d, struct hl_flight *f, CURLcode result)
{
	struct hl_answer answer;
	struct hl_fate_of fate = { 0 };
	hl_wire_answer(f, result, &answer);
	f->answered = answer.sent ? answer.status : 0;
	hl_crash_point("deliver.answered");
	f->target.adapter->judge(f->target.conf, &answer, &fate);
	listen_to(d, f, &answer, &fate);
	hl_wire_end(d, f);
	atomic_fetch_sub(&d->under_way, 1);
	if (fate.fate == HL_FATE_LATER) {
		end_later(d, f, fate.wait_ms, fate.reason);
		return;
	}
	if (fate.fate == HL_FATE_GONE)
		close_endpoint(d, f);
	f->fate = fate.fate;
	hl_copy(f->reason, sizeof f->reason, fate.reason);
	settle(d, f);
}

static void judge_finished(struct hl_deliver *d)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(d->multi, &left));) {
		char *who = NULL;
		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &who) != CURLE_OK || !who)
			continue;
		CURLcode result = m->data.result; /* m dies with the handle */
		judge(d, (struct hl_flight *)(void *)who, result);
	}
	for (struct hl_flight *f; (f = hl_mail_next(d));)
		judge(d, f, f->result);
}

/* ---- launch: what waits and has room at its destination goes out ---- */

/* Finds the channel as it stands now; false where the flight has ended for want of one. */
static bool find_channel(struct hl_deliver *d, struct hl_flight *f)
{
	const struct hl_delivery *v = &f->d;
	char text[HL_TEXT_LONG];
	if (!d->channels.find(d->channels.arg, v->receiver, v->channel, v->address, &f->target)) {
		f->target = (struct hl_deliver_target){ 0 };
		snprintf(text, sizeof text, "receiver %s has no %s channel with this address any more", v->receiver, v->channel);
		end_dead(d, f, text);
		return false;
	}
	if (hl_closed_has(d, v)) {
		hl_wire_end(d, f);
		end_dead(d, f, "the endpoint is disabled: it has answered 410 Gone");
		return false;
	}
	f->target.adapter->destination(f->target.conf, v->address, f->d.server, sizeof f->d.server);
	hl_store_destination(v, f->destination, sizeof f->destination);
	return true;
}

static void fly(struct hl_deliver *d, struct hl_flight *f)
{
	struct hl_err err = { 0 };
	const struct hl_delivery *v = &f->d;
	if (f->target.adapter->prepare(f->target.conf, v->id, v->address, v->body ? v->body : "", v->body_n, v->seen_ms, hl_clock_real_ms(), &f->request,
				       &err) != HL_OK) {
		hl_wire_end(d, f);
		end_dead(d, f, err.text);
		return;
	}
	atomic_fetch_add(&d->attempts, 1);
	if (!hl_wire_start(d, f)) {
		char text[HL_TEXT_LONG];
		hl_copy(text, sizeof text, f->error);
		hl_wire_end(d, f);
		end_later(d, f, -1, text);
		return;
	}
	f->stage = HL_FLIGHT_FLYING;
	atomic_fetch_add(&d->under_way, 1);
}

static void launch_one(struct hl_deliver *d, struct hl_flight *f)
{
	char full[HL_DELIVER_DESTINATION];
	if (hl_clock_real_ms() >= f->d.deadline_ms) {
		char text[HL_TEXT_LONG];
		snprintf(text, sizeof text, "deadline reached after %" PRId64 " attempts%s%.180s", f->d.attempts, f->d.result[0] ? "; the last: " : "",
			 f->d.result);
		end_dead(d, f, text);
		return;
	}
	if (!find_channel(d, f))
		return;
	hl_copy(full, sizeof full, f->destination);
	if (hl_held_flying(d, full) < hl_deliver_room(d, full, f->target.adapter->concurrency(f->target.conf)))
		fly(d, f);
	else
		hl_wire_end(d, f);
}

/* A destination once found full stays so for this turn: the rest of its line is not looked up again. */
static void launch(struct hl_deliver *d)
{
	const char *full[HL_DELIVER_HELD];
	size_t n_full = 0;
	for (size_t i = 0; i < d->n && !atomic_load(&d->stop);) {
		struct hl_flight *f = d->held[i];
		bool skip = f->stage != HL_FLIGHT_WAITING;
		for (size_t k = 0; k < n_full && !skip; k++)
			skip = f->destination[0] && !strcmp(full[k], f->destination);
		if (!skip) {
			launch_one(d, f);
			if (i < d->n && d->held[i] == f && f->stage == HL_FLIGHT_WAITING)
				full[n_full++] = f->destination;
		}
		if (i < d->n && d->held[i] == f)
			i++;
	}
}

/* ---- the thread ---- */

static int wait_ms(const struct hl_deliver *d)
{
	int64_t wait = d->look ? 0 : d->due_ms == INT64_MAX ? LOOK_AGAIN_MS : d->due_ms - hl_clock_real_ms();
	if (wait > LOOK_AGAIN_MS)
		wait = LOOK_AGAIN_MS;
	return wait < 0 ? 0 : (int)wait;
}

static void turn(struct hl_deliver *d)
{
	int running;
	if (atomic_exchange(&d->reopen, false)) {
		hl_closed_clear(d);
		hl_breaker_clear(d->breaker);
		d->look = true;
	}
	accept_due(d);
	launch(d);
	curl_multi_perform(d->multi, &running);
	judge_finished(d);
	settle_again(d);
}

/* What never flew stays pending in the store; what still flies at the end of the grace stays so too, and its receiver may get it again. */
static void wind_down(struct hl_deliver *d)
{
	for (size_t i = d->n; i-- > 0;)
		if (d->held[i]->stage == HL_FLIGHT_WAITING)
			hl_held_drop(d, d->held[i]);
	while (d->n && hl_clock_mono_ms() < atomic_load(&d->stop_by_ms)) {
		int running;
		curl_multi_perform(d->multi, &running);
		judge_finished(d);
		settle_again(d);
		if (d->n)
			curl_multi_poll(d->multi, NULL, 0, 50, NULL);
	}
	while (d->n) {
		hl_wire_end(d, d->held[d->n - 1]);
		hl_held_drop(d, d->held[d->n - 1]);
	}
}

static void *run(void *arg)
{
	struct hl_deliver *d = arg;
	while (!atomic_load(&d->stop)) {
		turn(d);
		if (!atomic_load(&d->stop))
			curl_multi_poll(d->multi, NULL, 0, wait_ms(d), NULL);
	}
	wind_down(d);
	return NULL;
}

static void discard(struct hl_deliver **d)
{
	if ((*d)->multi)
		curl_multi_cleanup((*d)->multi);
	pthread_mutex_destroy(&(*d)->mail_lock);
	hl_breaker_free(&(*d)->breaker);
	free((*d)->closed);
	free(*d);
	*d = NULL;
}

enum hl_code hl_deliver_start(struct hl_deliver **out, const struct hl_deliver_store *store, const struct hl_deliver_channels *channels, struct hl_err *err)
{
	struct hl_deliver *d = hl_calloc(1, sizeof *d);
	sigset_t all, before;
	*out = NULL;
	d->store = *store;
	d->channels = *channels;
	d->look = true;
	d->due_ms = INT64_MAX;
	d->breaker = hl_breaker_new();
	pthread_mutex_init(&d->mail_lock, NULL);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		d->multi = curl_multi_init();
	if (!d->multi) {
		discard(&d);
		return hl_err_set(err, HL_E_INTERNAL, "the network library can't start");
	}
	/* Signals are the main thread's; a peer that goes away must not end the process by SIGPIPE. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&d->thread, NULL, run, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc) {
		discard(&d);
		return hl_err_set(err, HL_E_INTERNAL, "the delivery thread can't start: %s", strerror(rc));
	}
	*out = d;
	return HL_OK;
}

void hl_deliver_wake(struct hl_deliver *d)
{
	atomic_store(&d->woken, true);
	curl_multi_wakeup(d->multi);
}

int64_t hl_deliver_room(struct hl_deliver *d, const char *destination, int64_t limit)
{
	return hl_breaker_room(d->breaker, destination, limit, hl_clock_mono_ms());
}

void hl_deliver_reopen(struct hl_deliver *d)
{
	atomic_store(&d->reopen, true);
	curl_multi_wakeup(d->multi);
}

void hl_deliver_stop(struct hl_deliver **d, int64_t grace_ms)
{
	if (!*d)
		return;
	atomic_store(&(*d)->stop_by_ms, hl_clock_mono_ms() + grace_ms);
	atomic_store(&(*d)->stop, true);
	curl_multi_wakeup((*d)->multi);
	pthread_join((*d)->thread, NULL);
	discard(d);
}

void hl_deliver_count(struct hl_deliver *d, struct hl_deliver_counts *out)
{
	*out = (struct hl_deliver_counts){
		.attempts = atomic_load(&d->attempts),
		.delivered = atomic_load(&d->delivered),
		.later = atomic_load(&d->later),
		.dead = atomic_load(&d->dead),
		.gone = atomic_load(&d->gone),
		.disabled = atomic_load(&d->disabled),
		.resting = (int64_t)hl_breaker_resting(d->breaker),
		.held = atomic_load(&d->n_held),
		.under_way = atomic_load(&d->under_way),
		.store_faults = atomic_load(&d->store_faults),
	};
}
