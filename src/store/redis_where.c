/* redis_where.c: see redis.h. Any thread. */
#include "store/redis.h"
#include "base/crypto.h"
#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hl_redis_where(const struct hl_redis_conf *c, struct hl_buf *out)
{
	hl_buf_printf(out, "redis\nunix=%s\nhost=%s\nport=%" PRId64 "\nuser=%s\npassword_file=%s\nprefix=%s\nrelaxed=%d\n", c->unix_path, c->host, c->port, c->user,
		      c->password_file, c->prefix, c->relaxed);
	hl_buf_printf(out, "replicas=%" PRId64 "\nwait_ms=%" PRId64 "\ntimeout_ms=%" PRId64 "\n", c->replicas, c->wait_ms, c->timeout_ms);
}

struct member {
	const char *name;
	char *text; /* NULL: a number */
	size_t size;
	int64_t *number;
};

static bool set(const struct member *m, const char *value, size_t n)
{
	if (m->text)
		return hl_copy_n(m->text, m->size, value, n);
	*m->number = strtoll(value, NULL, 10);
	return true;
}

/* One line "name=value" of n bytes. */
static bool one_line(const struct member *m, size_t members, const char *line, size_t n)
{
	for (size_t i = 0; i < members; i++) {
		size_t k = strlen(m[i].name);
		if (k < n && !memcmp(line, m[i].name, k) && line[k] == '=')
			return set(&m[i], line + k + 1, n - k - 1);
	}
	return false;
}

enum hl_code hl_redis_where_parse(const char *text, struct hl_redis_conf *c, struct hl_err *err)
{
	int64_t relaxed = 0;
	*c = (struct hl_redis_conf){ .timeout_ms = 5000 };
	const struct member m[] = {
		{ "unix", c->unix_path, sizeof c->unix_path, NULL },
		{ "host", c->host, sizeof c->host, NULL },
		{ "port", NULL, 0, &c->port },
		{ "user", c->user, sizeof c->user, NULL },
		{ "password_file", c->password_file, sizeof c->password_file, NULL },
		{ "prefix", c->prefix, sizeof c->prefix, NULL },
		{ "relaxed", NULL, 0, &relaxed },
		{ "replicas", NULL, 0, &c->replicas },
		{ "wait_ms", NULL, 0, &c->wait_ms },
		{ "timeout_ms", NULL, 0, &c->timeout_ms },
	};
	const char *line = strchr(text, '\n');
	bool good = line != NULL;
	while (good && *++line) {
		size_t n = strcspn(line, "\n");
		good = one_line(m, sizeof m / sizeof m[0], line, n) && line[n] == '\n';
		line += n;
	}
	c->relaxed = relaxed != 0;
	if (!good || (!c->unix_path[0] && !c->host[0]) || !c->prefix[0])
		return hl_err_set(err, HL_E_CONFIG, "'%.100s' names no store on Redis", text);
	return HL_OK;
}

void hl_redis_where_name(const struct hl_redis_conf *c, char *dst, size_t size)
{
	if (c->unix_path[0])
		snprintf(dst, size, "unix:%s", c->unix_path);
	else
		snprintf(dst, size, "%s:%" PRId64, c->host, c->port);
}

bool hl_redis_same_server(const char *where, const struct hl_redis_conf *c)
{
	struct hl_redis_conf s;
	if (hl_redis_where_parse(where, &s, NULL))
		return false;
	return c->unix_path[0] ? !strcmp(s.unix_path, c->unix_path) : !s.unix_path[0] && !strcmp(s.host, c->host) && s.port == c->port;
}

/* Made at the first opening and kept, so that a node that was killed finds its own leases and reads again. */
enum hl_code hl_redis_node(const char *state_dir, bool make, char *dst, struct hl_err *err)
{
	char path[HL_PATH_MAX], id[HL_ID_TEXT];
	struct hl_buf text = HL_BUF(64);
	unsigned char random[HL_SHA256];
	struct hl_err why;
	enum hl_code rc = hl_path_join(path, sizeof path, state_dir, "redis.node", err);
	if (rc)
		return rc;
	rc = hl_file_read(path, &text, &why);
	hl_copy(dst, HL_REDIS_NODE_MAX, rc ? "" : hl_buf_text(&text));
	hl_buf_fini(&text);
	if (rc == HL_E_NOTFOUND && !make)
		return hl_err_set(err, HL_E_NOTFOUND, "there is no %s: has hotlistd run with this state folder?", path);
	if (rc && rc != HL_E_NOTFOUND)
		return hl_err_set(err, rc, "%s", why.text);
	if (strlen(dst) == HL_REDIS_NODE_MAX - 1)
		return HL_OK;
	hl_random(random, sizeof random);
	hl_id_text(random, id);
	hl_copy_n(dst, HL_REDIS_NODE_MAX, id, HL_REDIS_NODE_MAX - 1);
	return hl_file_write_atomic(path, dst, HL_REDIS_NODE_MAX - 1, 0600, err);
}
