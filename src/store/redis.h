/* redis.h: where a store on Redis is. A store is named by one text wherever it is opened (hl_store_open): "sqlite", or "redis" and a line for each of what
 * stands here, so that the settings can hand it on without anybody between knowing what is in it. Pure; any thread.
 */
#ifndef HL_STORE_REDIS_H
#define HL_STORE_REDIS_H

#include "base/err.h"
#include "base/mem.h"

#include <stdint.h>

enum { HL_REDIS_UNIX_MAX = 108 /* sun_path */, HL_REDIS_HOST_MAX = 256, HL_REDIS_USER_MAX = 128, HL_REDIS_PREFIX_MAX = 64 };

struct hl_redis_conf {
	char unix_path[HL_REDIS_UNIX_MAX]; /* "": host and port */
	char host[HL_REDIS_HOST_MAX];
	int64_t port;
	char user[HL_REDIS_USER_MAX];      /* "": none */
	char password_file[HL_PATH_MAX];   /* "": none; read at each connection */
	char prefix[HL_REDIS_PREFIX_MAX];  /* of all keys, as their hash tag */
	bool relaxed;                      /* a server that may lose what it has said yes to is taken all the same */
	int64_t replicas, wait_ms;         /* how many replicas must have a group before it counts as committed, and how long they have for it; 0: none */
	int64_t timeout_ms;                /* for one answer */
};

/* The text by which hl_store_open knows it, appended to out. No member may hold a line break. */
void hl_redis_where(const struct hl_redis_conf *c, struct hl_buf *out);
/* The reverse. HL_E_CONFIG where text is none of these. */
enum hl_code hl_redis_where_parse(const char *text, struct hl_redis_conf *c, struct hl_err *err);
/* Whether where (as hl_store_open takes it) names a store on the server that c names. */
bool hl_redis_same_server(const char *where, const struct hl_redis_conf *c);
/* The name of this state folder among the nodes of a fleet, from the file redis.node in it; make: one is made where there is none, else HL_E_NOTFOUND. dst has at
 * least HL_REDIS_NODE_MAX bytes. */
enum { HL_REDIS_NODE_MAX = 17 };
enum hl_code hl_redis_node(const char *state_dir, bool make, char *dst, struct hl_err *err);
/* "unix:/run/redis.sock" or "host:6379", for people; into dst. */
void hl_redis_where_name(const struct hl_redis_conf *c, char *dst, size_t size);

#endif
