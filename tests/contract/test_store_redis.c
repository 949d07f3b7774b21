/* test_store_redis.c: the store contract on Redis, and what is Redis's own: what the server must promise, a server that is away or killed, several nodes. */
#include "store_contract.h"
#include "base/mem.h"
#include "redis_nodes.h"
#include "store/redis.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct redis_server server;
struct hl_redis_conf conf;
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

/* Where it is, with another prefix, durability and so on. */
const char *redis_elsewhere(const struct hl_redis_conf *c)
{
	static char text[HL_STORE_WHERE_MAX];
	struct hl_buf b = HL_BUF(HL_STORE_WHERE_MAX - 1);
	hl_redis_where(c, &b);
	hl_copy(text, sizeof text, hl_buf_text(&b));
	hl_buf_fini(&b);
	return text;
}

/* ---- what the server must promise ---- */

static const struct {
	const char *name, *value, *good, *says;
} weak[] = {
	{ "appendonly", "no", "yes", "appendonly is 'no', not 'yes'" },
	{ "appendfsync", "everysec", "always", "appendfsync is 'everysec', not 'always'" },
	{ "maxmemory-policy", "allkeys-lru", "noeviction", "maxmemory-policy is 'allkeys-lru', not 'noeviction'" },
};

START_TEST(a_server_that_promises_too_little_is_refused_or_said_to)
{
	struct hl_store *s = NULL;
	struct hl_redis_conf c = conf;
	hl_store_close(&st);
	redis_server_say(&server, "CONFIG SET %s %s", weak[_i].name, weak[_i].value);
	fails(HL_E_CONFIG, weak[_i].says, hl_store_open(&s, contract_target.store, st_dir, HL_STORE_WRITE, err));
	ck_assert_ptr_null(s);
	c.relaxed = true;
	ok(hl_store_open(&s, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	ck_assert_ptr_nonnull(strstr(s->ops->weakness(s), weak[_i].says));
	hl_store_close(&s);
	ok(hl_store_open(&s, redis_elsewhere(&c), st_dir, HL_STORE_READ, err));
	ck_assert_ptr_nonnull(strstr(s->ops->weakness(s), weak[_i].says));
	hl_store_close(&s);
	redis_server_say(&server, "CONFIG SET %s %s", weak[_i].name, weak[_i].good);
	ok(hl_store_open(&s, contract_target.store, st_dir, HL_STORE_WRITE, err));
	ck_assert_str_eq(s->ops->weakness(s), "");
	hl_store_close(&s);
}
END_TEST

/* Where it is met on a new connection of an open store, nothing is lost: the store thread keeps what it has until the server is mended. */
START_TEST(a_server_that_becomes_too_weak_is_waited_for)
{
	redis_server_say(&server, "CONFIG SET %s %s", weak[_i].name, weak[_i].value);
	redis_server_say(&server, "CLIENT KILL TYPE normal");
	ok(st->ops->begin(st, err));
	struct hl_delivery d[1];
	size_t n;
	fails(HL_E_IO, "", st->ops->take(st, T0, 1000, d, 1, &n, err)); /* the connection is broken, or made anew and refused */
	st->ops->rollback(st);
	ok(st->ops->begin(st, err));
	fails(HL_E_IO, weak[_i].says, st->ops->take(st, T0, 1000, d, 1, &n, err));
	st->ops->rollback(st);
	redis_server_say(&server, "CONFIG SET %s %s", weak[_i].name, weak[_i].good);
	contract_put("a", "desk", "https://a.example/", 1);
}
END_TEST

static void secret(const char *text, char path[HL_PATH_MAX])
{
	ck_assert_int_lt(snprintf(path, HL_PATH_MAX, "%.400s/password", st_dir), HL_PATH_MAX);
	FILE *f = fopen(path, "w");
	ck_assert(f && fputs(text, f) >= 0 && !fclose(f) && !chmod(path, 0600));
}

/* Only what doc/redis.md tells to grant. */
START_TEST(a_user_with_what_it_needs_and_no_more)
{
	struct hl_store *s = NULL;
	struct hl_redis_conf c = conf;
	secret("geheim\n", c.password_file);
	hl_copy(c.user, sizeof c.user, "hotlistd");
	redis_server_say(&server, "ACL SETUSER hotlistd reset on >geheim ~{%s}* +@read +@write +@scripting +@connection +info +wait", c.prefix);
	fails(HL_E_CONFIG, "ACL SETUSER hotlistd +config|get", hl_store_open(&s, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	redis_server_say(&server, "ACL SETUSER hotlistd +config|get");
	hl_store_close(&st);
	ok(hl_store_open(&st, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	contract_put("a", "desk", "https://a.example/", 1);
	ck_assert_int_eq(contract_counts().alerts, 1);
	secret("falsch\n", c.password_file);
	fails(HL_E_CONFIG, "WRONGPASS", hl_store_open(&s, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	hl_copy(c.prefix, sizeof c.prefix, "another");
	secret("geheim\n", c.password_file);
	fails(HL_E_CONFIG, "NOPERM", hl_store_open(&s, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
}
END_TEST

START_TEST(a_prefix_of_another_format_is_left_alone)
{
	struct hl_store *s = NULL;
	hl_store_close(&st);
	redis_server_say(&server, "SET {%s}:format 9", conf.prefix);
	fails(HL_E_CONFIG, "has format 9; this hotlistd knows 1", hl_store_open(&s, contract_target.store, st_dir, HL_STORE_WRITE, err));
	fails(HL_E_CONFIG, "format 9", hl_store_open(&s, contract_target.store, st_dir, HL_STORE_READ, err));
	redis_server_say(&server, "DEL {%s}:format", conf.prefix);
	fails(HL_E_NOTFOUND, "start hotlistd first", hl_store_open(&s, contract_target.store, st_dir, HL_STORE_READ, err));
}
END_TEST

START_TEST(what_replicas_must_have_is_asked_for)
{
	struct hl_store *s = NULL;
	struct hl_redis_conf c = conf;
	hl_store_close(&st);
	c.replicas = 1;
	c.wait_ms = 20;
	fails(HL_E_CONFIG, "min-replicas-to-write is '0', not '1'", hl_store_open(&s, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	c.relaxed = true;
	ok(hl_store_open(&st, redis_elsewhere(&c), st_dir, HL_STORE_WRITE, err));
	ok(st->ops->begin(st, err));
	contract_put("a", "desk", "https://a.example/", 1);
	fails(HL_E_IO, "0 of 1 replicas", st->ops->commit(st, err));
	/* It waits for what is written already, too. */
	ok(st->ops->begin(st, err));
	fails(HL_E_IO, "0 of 1 replicas", st->ops->commit(st, err));
}
END_TEST

TCase *redis_promise_case(void)
{
	TCase *t = tcase_create("promise");
	tcase_add_checked_fixture(t, contract_setup, contract_teardown);
	tcase_add_loop_test(t, a_server_that_promises_too_little_is_refused_or_said_to, 0, 3);
	tcase_add_loop_test(t, a_server_that_becomes_too_weak_is_waited_for, 0, 3);
	tcase_add_test(t, a_user_with_what_it_needs_and_no_more);
	tcase_add_test(t, a_prefix_of_another_format_is_left_alone);
	tcase_add_test(t, what_replicas_must_have_is_asked_for);
	return t;
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	if (!redis_server_start(&server, NULL)) {
		puts("no redis-server here");
		return 77;
	}
	Suite *s = suite_create("store on redis");
	contract_cases(s);
	suite_add_tcase(s, redis_promise_case());
	suite_add_tcase(s, redis_loss_case());
	suite_add_tcase(s, redis_nodes_case());
	suite_add_tcase(s, redis_stream_case());
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	redis_server_stop(&server);
	return failed ? 1 : 0;
}
