/* redis_link.c: the connection: made where there is none, authenticated, the script loaded, and, for whoever writes, the server looked at: what it promises is
 * what the daemon promises. After any fault of the connection it is closed; the next call makes another. A handle belongs to one thread.
 */
#include "base/file.h"
#include "store/redis_priv.h"
#include "store/redis_script.h"

#include <errno.h>
#include <hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAJOR_LEAST = 7 };

void hl_redis_disconnect(struct hl_redis *q)
{
	if (q->link)
		redisFree(q->link);
	q->link = NULL;
}

static enum hl_code link_fault(struct hl_redis *q, struct hl_err *err)
{
	bool late = q->link->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK);
	enum hl_code rc = hl_err_set(err, HL_E_IO, "Redis %s: %s", q->name, late ? "no answer in time" : q->link->errstr);
	hl_redis_disconnect(q);
	return rc;
}

/* An answer that begins with a word in capitals: which of our own codes that is. */
static enum hl_code refusal(struct hl_redis *q, const char *text, struct hl_err *err)
{
	bool denied = !strncmp(text, "NOPERM", 6) || !strncmp(text, "NOAUTH", 6) || !strncmp(text, "WRONGPASS", 9);
	return hl_err_set(err, denied ? HL_E_CONFIG : HL_E_IO, "Redis %s refuses: %s", q->name, text);
}

static enum hl_code exchange(struct hl_redis *q, const struct hl_redis_args *a, struct redisReply **out, struct hl_err *err)
{
	const char **v = hl_calloc(a->n, sizeof *v);
	size_t *n = hl_calloc(a->n, sizeof *n);
	for (size_t i = 0; i < a->n; i++)
		v[i] = hl_redis_at(a, i, &n[i]);
	*out = redisCommandArgv(q->link, (int)a->n, v, n);
	free(v);
	free(n);
	return *out ? HL_OK : link_fault(q, err);
}

/* Of an open store a refusal is the store's fault, not the caller's: the store thread keeps what it has and tries again, until a person has mended the server. */
static enum hl_code may_pass(const struct hl_redis *q, enum hl_code rc, struct hl_err *err)
{
	if (!rc || !q->entered)
		return rc;
	if (err)
		err->code = HL_E_IO;
	return HL_E_IO;
}

enum hl_code hl_redis_command(struct hl_redis *q, const struct hl_redis_args *a, struct redisReply **out, bool *lost, struct hl_err *err)
{
	*out = NULL;
	*lost = false;
	enum hl_code rc = hl_redis_connect(q, err);
	if (rc)
		return rc;
	rc = exchange(q, a, out, err);
	*lost = rc != HL_OK;
	if (rc || (*out)->type != REDIS_REPLY_ERROR)
		return rc;
	rc = may_pass(q, refusal(q, (*out)->str, err), err);
	/* What a server that is loading, or no longer the master, says holds for this connection: the next one is perhaps to another. */
	if (!strncmp((*out)->str, "NOSCRIPT", 8) || !strncmp((*out)->str, "LOADING", 7) || !strncmp((*out)->str, "READONLY", 8))
		hl_redis_disconnect(q);
	hl_redis_reply_free(out);
	return rc;
}

/* Some words as one command on the fresh connection. Gives *out. */
static enum hl_code words(struct hl_redis *q, struct redisReply **out, struct hl_err *err, const char *const *word)
{
	struct hl_redis_args a = { 0 };
	for (; *word; word++)
		hl_redis_put_text(&a, *word);
	enum hl_code rc = exchange(q, &a, out, err);
	hl_redis_args_wipe(&a);
	if (rc || (*out)->type != REDIS_REPLY_ERROR)
		return rc;
	rc = refusal(q, (*out)->str, err);
	hl_redis_reply_free(out);
	return rc;
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static enum hl_code authenticate(struct hl_redis *q, struct hl_err *err)
{
	struct hl_buf secret = HL_BUF(4096);
	struct redisReply *r = NULL;
	if (!q->conf.password_file[0])
		return HL_OK;
	enum hl_code rc = hl_file_secret(q->conf.password_file, &secret, err);
	if (!rc && q->conf.user[0])
		rc = words(q, &r, err, WORDS("AUTH", q->conf.user, hl_buf_text(&secret)));
	else if (!rc)
		rc = words(q, &r, err, WORDS("AUTH", hl_buf_text(&secret)));
	hl_redis_reply_free(&r);
	hl_buf_fini(&secret);
	return rc;
}

static enum hl_code load(struct hl_redis *q, struct hl_err *err)
{
	struct redisReply *r = NULL;
	struct hl_buf text = HL_BUF(256 << 10);
	for (size_t i = 0; redis_script[i]; i++)
		hl_buf_puts(&text, redis_script[i]);
	enum hl_code rc = words(q, &r, err, WORDS("SCRIPT", "LOAD", hl_buf_text(&text)));
	hl_buf_fini(&text);
	if (!rc && r->type == REDIS_REPLY_STRING)
		hl_copy(q->sha, sizeof q->sha, r->str);
	hl_redis_reply_free(&r);
	return rc;
}

/* ---- what the server promises ---- */

/* The value of "name:" in the text of INFO. */
static void info_value(const char *text, const char *name, char *dst, size_t size)
{
	const char *at = strstr(text, name);
	dst[0] = 0;
	if (at)
		hl_copy_n(dst, size, at + strlen(name), strcspn(at + strlen(name), "\r\n"));
}

static enum hl_code check_version(struct hl_redis *q, struct hl_err *err)
{
	struct redisReply *r = NULL;
	char version[32], role[16];
	enum hl_code rc = words(q, &r, err, WORDS("INFO", "server"));
	if (rc)
		return rc;
	info_value(r->str ? r->str : "", "redis_version:", version, sizeof version);
	hl_redis_reply_free(&r);
	if (strtol(version, NULL, 10) < MAJOR_LEAST)
		return hl_err_set(err, HL_E_CONFIG, "Redis %s is version '%s': at least %d.0 is needed", q->name, version, MAJOR_LEAST);
	rc = words(q, &r, err, WORDS("INFO", "replication"));
	if (rc)
		return rc;
	info_value(r->str ? r->str : "", "role:", role, sizeof role);
	hl_redis_reply_free(&r);
	return strcmp(role, "master") ? hl_err_set(err, HL_E_IO, "Redis %s is a %s: only a master can be written to", q->name, role) : HL_OK;
}

/* Adds to what the server may lose. */
static void weakness(struct hl_redis *q, const char *text)
{
	size_t n = strlen(q->weak);
	snprintf(q->weak + n, sizeof q->weak - n, "%s%s", n ? "; " : "", text);
}

static enum hl_code config_value(struct hl_redis *q, const char *name, char *dst, size_t size, struct hl_err *err)
{
	struct redisReply *r = NULL;
	enum hl_code rc = words(q, &r, err, WORDS("CONFIG", "GET", name));
	dst[0] = 0;
	if (!rc)
		hl_redis_copy(r, 1, dst, size);
	hl_redis_reply_free(&r);
	return rc;
}

static enum hl_code check_promise(struct hl_redis *q, const char *name, const char *wanted, const char *means, struct hl_err *err)
{
	char value[64], text[HL_TEXT_LONG];
	struct hl_err e = { 0 };
	enum hl_code rc = config_value(q, name, value, sizeof value, &e);
	if (rc == HL_E_IO) {
		*err = e;
		return rc;
	}
	long least = strtol(wanted, NULL, 10);
	bool enough = least > 0 ? strtol(value, NULL, 10) >= least : !strcmp(value, wanted);
	if (!rc && enough)
		return HL_OK;
	if (rc)
		snprintf(text, sizeof text, "%s can't be read (allow it: ACL SETUSER %s +config|get)", name, q->conf.user[0] ? q->conf.user : "default");
	else
		snprintf(text, sizeof text, "%s is '%s', not '%s': %s", name, value, wanted, means);
	weakness(q, text);
	return q->conf.relaxed ? HL_OK : hl_err_set(err, HL_E_CONFIG, "Redis %s: %s. Change it, or say 'durability: relaxed'", q->name, text);
}

static enum hl_code check_server(struct hl_redis *q, struct hl_err *err)
{
	char replicas[24];
	q->weak[0] = 0;
	enum hl_code rc = check_version(q, err);
	if (!rc)
		rc = check_promise(q, "appendonly", "yes", "a crash of the server loses alerts", err);
	if (!rc)
		rc = check_promise(q, "appendfsync", "always", "a crash of its machine loses what was said to be written", err);
	if (!rc)
		rc = check_promise(q, "maxmemory-policy", "noeviction", "it throws alerts away when its memory is full", err);
	if (rc || !q->conf.replicas)
		return rc;
	snprintf(replicas, sizeof replicas, "%d", (int)q->conf.replicas);
	return check_promise(q, "min-replicas-to-write", replicas, "it writes with fewer replicas than 'replicas' asks for", err);
}

enum hl_code hl_redis_connect(struct hl_redis *q, struct hl_err *err)
{
	if (q->link)
		return HL_OK;
	struct timeval wait = { .tv_sec = q->conf.timeout_ms / 1000, .tv_usec = q->conf.timeout_ms % 1000 * 1000 };
	q->link = q->conf.unix_path[0] ? redisConnectUnixWithTimeout(q->conf.unix_path, wait) : redisConnectWithTimeout(q->conf.host, (int)q->conf.port, wait);
	if (!q->link)
		return hl_err_set(err, HL_E_INTERNAL, "Redis %s: no connection could be made", q->name);
	if (q->link->err)
		return link_fault(q, err);
	redisSetTimeout(q->link, wait);
	if (!q->conf.unix_path[0])
		redisEnableKeepAlive(q->link);
	enum hl_code rc = authenticate(q, err);
	if (!rc && q->mode == HL_STORE_WRITE)
		rc = check_server(q, err);
	if (!rc)
		rc = load(q, err);
	if (rc)
		hl_redis_disconnect(q);
	return may_pass(q, rc, err);
}
