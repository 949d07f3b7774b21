/* test_store_redis.c: the store contract on Redis, and what is Redis's own: what the server must promise, a server that is away or killed, several nodes. */
#include "store_contract.h"
#include "base/mem.h"
#include "redis_server.h"
#include "store/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct redis_server server;
static struct hl_redis_conf conf;
static struct hl_buf where = HL_BUF(HL_STORE_WHERE_MAX);

/* A prefix for each test: the folder's name. */
static void prepare(void)
{
	conf = (struct hl_redis_conf){ .timeout_ms = 5000 };
	snprintf(conf.unix_path, sizeof conf.unix_path, "%.100s", server.socket);
	snprintf(conf.prefix, sizeof conf.prefix, "%.60s", strrchr(st_dir, '/') + 1);
	hl_buf_clear(&where);
	hl_redis_where(&conf, &where);
	contract_target.store = hl_buf_text(&where);
}

struct contract_target contract_target = { .prepare = prepare };

int main(void)
{
	if (!redis_server_start(&server, NULL)) {
		puts("no redis-server here");
		return 77;
	}
	Suite *s = suite_create("store on redis");
	suite_add_tcase(s, contract_change_case());
	suite_add_tcase(s, contract_group_case());
	suite_add_tcase(s, contract_outbox_case());
	suite_add_tcase(s, contract_lease_case());
	suite_add_tcase(s, contract_query_case());
	suite_add_tcase(s, contract_report_case());
	suite_add_tcase(s, contract_sweep_case());
	suite_add_tcase(s, contract_watch_case());
	suite_add_tcase(s, contract_timer_case());
	suite_add_tcase(s, contract_cleared_case());
	suite_add_tcase(s, contract_totals_case());
	suite_add_tcase(s, contract_unrecorded_case());
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	redis_server_stop(&server);
	return failed ? 1 : 0;
}
