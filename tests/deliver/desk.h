/* desk.h: one receiver "desk" by webhook at a scripted server, and an outbox in memory: what most tests of the delivery thread begin with. */
#ifndef HL_TESTS_DESK_H
#define HL_TESTS_DESK_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/log.h"
#include "deliver/memory_store.h"
#include "deliver/script_server.h"

static const char secret[] = "0123456789abcdef0123456789abcdef";
enum { DAY_MS = 86400000, SOON_MS = 15000 };

struct desk {
	struct memory m;
	struct script_server s;
	char url[128];
};

/* A webhook receiver at port; more is further options, each begun by a comma. */
static inline void desk_webhook(struct memory *m, const char *name, const char *url, const char *more)
{
	char yaml[512], fault[256] = "";
	snprintf(yaml, sizeof yaml, "{url: '%s', secret_file: s%s}", url, more);
	ck_assert_msg(memory_receiver(m, name, "webhook", yaml, secret, fault, sizeof fault), "%s", fault);
}

static inline struct desk *desk_open(script_fn serve, void *arg, const char *more)
{
	struct desk *k = hl_calloc(1, sizeof *k);
	ck_assert_int_eq(hl_crypto_init(NULL), HL_OK);
	memory_open(&k->m);
	script_start(&k->s, serve, arg);
	snprintf(k->url, sizeof k->url, "http://127.0.0.1:%d/hook", k->s.port);
	desk_webhook(&k->m, "desk", k->url, more);
	return k;
}

static inline void desk_close(struct desk *k)
{
	memory_close(&k->m, 0);
	script_stop(&k->s);
	free(k);
}

static inline void desk_put(struct desk *k, const char *id)
{
	memory_put(&k->m, id, "desk", "webhook", k->url, "{\"type\":\"alert.created\"}", DAY_MS);
}

/* What became of the delivery. */
static inline void desk_expect(struct desk *k, const char *id, enum hl_delivery_state state, const char *result)
{
	ck_assert_msg(memory_wait(&k->m, id, SOON_MS), "%s is still pending: %s", id, memory_get(&k->m, id).d.result);
	struct memory_row r = memory_get(&k->m, id);
	ck_assert_msg(r.d.state == state, "%s: state %d, %s", id, r.d.state, r.d.result);
	ck_assert_msg(strstr(r.d.result, result), "%s: '%s' is not in '%s'", id, result, r.d.result);
}

#endif
