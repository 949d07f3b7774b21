/* redis_fleet.h: what the files of the fleet on Redis share. Private to src/store/redis_fleet*.c. */
#ifndef HL_STORE_REDIS_FLEET_H
#define HL_STORE_REDIS_FLEET_H

#include "base/clock.h"
#include "base/mem.h"
#include "store/fleet.h"
#include "store/redis_priv.h"

enum { HL_FLEET_KEY = HL_REDIS_PREFIX_MAX + 160 };

struct hl_fleet {
	struct hl_redis q; /* its connection and its node's name */
	char id[HL_ID_TEXT];
	const atomic_bool *stop; /* NULL: nobody ends it */
};

/* "{PREFIX}:fleet:NAMEOF". */
void hl_fleet_key(const struct hl_fleet *f, const char *name, const char *of, char dst[HL_FLEET_KEY]);
void hl_fleet_put_key(const struct hl_fleet *f, struct hl_redis_args *a, const char *name, const char *of);
/* The beginning of an EVAL with the prefix as its key. */
void hl_fleet_put_script(const struct hl_fleet *f, struct hl_redis_args *a, const char *script);
/* Sends, and wipes a. Gives *r. */
enum hl_code hl_fleet_ask(struct hl_fleet *f, struct hl_redis_args *a, struct redisReply **r, struct hl_err *err);
/* Of an answer that is one text, else "". */
const char *hl_fleet_own_text(const struct redisReply *r);

#endif
