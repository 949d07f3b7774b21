/* redis_nodes.h: the cases of test_store_redis.c that need more than one handle. */
#ifndef HL_TESTS_CONTRACT_REDIS_NODES_H
#define HL_TESTS_CONTRACT_REDIS_NODES_H

#include <check.h>

#include "redis_server.h"
#include "store/redis.h"

extern struct redis_server server; /* the program's */
extern struct hl_redis_conf conf;  /* of the test under way */

const char *redis_elsewhere(const struct hl_redis_conf *c);
TCase *redis_loss_case(void);
TCase *redis_nodes_case(void);
TCase *redis_promise_case(void);
TCase *redis_stream_case(void);

#endif
