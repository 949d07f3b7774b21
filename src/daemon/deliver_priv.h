/* deliver_priv.h: the inside of the delivery thread. Everything here belongs to that thread but the atomics. */
#ifndef HL_DAEMON_DELIVER_PRIV_H
#define HL_DAEMON_DELIVER_PRIV_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "daemon/breaker.h"
#include "daemon/deliver.h"

enum { HL_DELIVER_DESTINATION = 640, HL_DELIVER_CLOSED = 1024, HL_DELIVER_HEADERS = 64 << 10 };

enum hl_flight_stage {
	HL_FLIGHT_WAITING,  /* taken, its destination has no room yet */
	HL_FLIGHT_FLYING,   /* curl has it */
	HL_FLIGHT_SETTLING  /* judged, the store has not taken the verdict yet */
};

/* One delivery in hand. */
struct hl_flight {
	enum hl_flight_stage stage;
	struct hl_delivery d;
	char destination[HL_DELIVER_DESTINATION]; /* receiver, channel and what the adapter names; "" until its channel was looked up once */
	/* of the attempt */
	struct hl_deliver_target target;
	struct hl_request request;
	CURL *easy;
	struct hl_deliver *owner;
	bool threaded;         /* a mail: on a thread of its own */
	pthread_t thread;
	atomic_bool abort;     /* the thread shall end soon */
	CURLcode result;       /* the thread's, once it is in the owner's list */
	struct hl_flight *next_mail;
	curl_socket_t socket;
	struct curl_slist *headers, *recipients;
	size_t body_read;      /* bytes of a mail handed to curl */
	struct hl_buf answer;
	size_t headers_n;      /* bytes of header lines received */
	bool answer_cut;       /* the answer was longer than we read */
	unsigned opened, refused; /* addresses that the gate let through, and that it did not */
	char refused_text[HL_TEXT_LONG], reply[HL_TEXT_LONG], error[CURL_ERROR_SIZE];
	/* verdict */
	enum hl_fate fate;
	int64_t due_ms;
	int answered;          /* the status of the last answer, 0: none yet. `reason` may quote what came with it */
	char reason[HL_TEXT_LONG];
};

/* An endpoint that answered 410. */
struct hl_closed {
	char receiver[HL_NAME], channel[16], address[HL_ADDRESS_MAX];
};

struct hl_deliver {
	struct hl_deliver_store store;
	struct hl_deliver_channels channels;
	struct hl_breaker *breaker;
	pthread_t thread;
	CURLM *multi;
	atomic_bool stop, woken, reopen;
	_Atomic int64_t stop_by_ms; /* monotonic */
	_Atomic int64_t attempts, delivered, later, dead, gone, disabled, n_held, under_way, store_faults;
	struct hl_flight *held[HL_DELIVER_HELD]; /* in the order taken */
	size_t n;
	bool look;             /* something may be due that next_due did not tell */
	int64_t due_ms;        /* next look at the store, real clock */
	int64_t settle_at_ms;  /* next try to write verdicts, monotonic */
	pthread_mutex_t mail_lock;
	struct hl_flight *mails; /* whose threads have ended; under mail_lock */
	struct hl_closed *closed;
	size_t n_closed;
	unsigned long slot_store;
};

/* deliver_curl.c: the wire. */
/* Hands the prepared request of f to curl. False where curl does not want it: the reason is in f->error. */
bool hl_wire_start(struct hl_deliver *d, struct hl_flight *f);
/* What came of it, after curl is done with f. The answer borrows from f. */
void hl_wire_answer(const struct hl_flight *f, CURLcode result, struct hl_answer *out);
/* Takes f back from curl, finished or not, and frees what the attempt needed. */
void hl_wire_end(struct hl_deliver *d, struct hl_flight *f);

/* deliver_mail.c: mails. Starts a thread that sends f (result in f->result, then hl_mail_next gives it); false where none can be had. */
bool hl_mail_start(struct hl_deliver *d, struct hl_flight *f);
/* A mail whose thread has ended, or NULL. */
struct hl_flight *hl_mail_next(struct hl_deliver *d);
/* Makes the thread of f end, and waits for it. */
void hl_mail_join(struct hl_deliver *d, struct hl_flight *f);

/* deliver_held.c: what is in hand. */
struct hl_flight *hl_held_find(struct hl_deliver *d, const char *id);
/* Takes *delivery into a new flight. There must be room. */
struct hl_flight *hl_held_add(struct hl_deliver *d, struct hl_delivery *delivery);
/* Frees the flight; its attempt must have ended. */
void hl_held_drop(struct hl_deliver *d, struct hl_flight *f);
int64_t hl_held_flying(const struct hl_deliver *d, const char *destination);
bool hl_closed_has(const struct hl_deliver *d, const struct hl_delivery *v);
void hl_closed_add(struct hl_deliver *d, const struct hl_delivery *v);
void hl_closed_clear(struct hl_deliver *d);

#endif
