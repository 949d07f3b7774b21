/* cmd_op.c: an operation on a state: through the control socket while a daemon holds the state's lock, directly only when none does. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/wire.h"
#include "ctl/ctl.h"
#include "engine/audited.h"
#include "engine/ops.h"
#include "store/redis.h"
#include "store/state_format.h"

enum { LOCK_WAIT_MS = 3000 };

struct place {
	struct hl_settings *settings; /* NULL: none, or broken */
	char state[HL_PATH_MAX];
	char control[HL_PATH_MAX];
	struct hl_faults faults; /* of the settings */
};

/* For work without a daemon: faults of the settings are told now, and forbid it unless --state names the state. */
static enum hl_code settings_needed(const struct hl_ctl_globals *g, const struct place *p, struct hl_err *err)
{
	if (p->settings || !g->config)
		return HL_OK;
	hl_ctl_faults(&p->faults);
	return g->state ? HL_OK : hl_err_set(err, HL_E_CONFIG, "%s has faults; --state DIR names the state without it", g->config);
}

/* Finds the state folder and the control socket. The settings are loaded where there are some; where they can't be (an officer may talk to the daemon, but
 * not read its secrets), it is enough that they say where the daemon is. */
static enum hl_code find_place(const struct hl_ctl_globals *g, struct place *p, struct hl_err *err)
{
	struct hl_faults again = { 0 };
	if (!g->config && !g->state)
		return hl_err_set(err, HL_E_USAGE, "which state? Give -c FILE (the settings) or --state DIR");
	bool where = false;
	if (g->config && hl_settings_load(&p->settings, g->config, &p->faults) == HL_OK) {
		hl_copy(p->state, sizeof p->state, p->settings->state);
		hl_copy(p->control, sizeof p->control, p->settings->control);
		where = true;
	} else if (g->config) {
		where = hl_settings_where(g->config, p->state, p->control, &again) == HL_OK;
	}
	if (where && (!g->state || strcmp(g->state, p->state) == 0))
		return HL_OK;
	if (!g->state)
		return settings_needed(g, p, err);
	hl_copy(p->state, sizeof p->state, g->state);
	return hl_path_join(p->control, sizeof p->control, p->state, "control.sock", err);
}

/* True where the list of options, each between blanks, has this one; up to its '='. */
static bool is_among(const char *options, const char *option)
{
	char word[64];
	int n = snprintf(word, sizeof word, " %.*s ", (int)strcspn(option, "="), option);
	return options && n > 0 && (size_t)n < sizeof word && strstr(options, word);
}

/* A small file's bytes as base64, in place of its name. Gives *word. */
static enum hl_code content_of(const char *option, const char *name, char **word, struct hl_err *err)
{
	struct hl_buf b = HL_BUF(HL_OPS_CONTENTS_MAX);
	struct hl_err why;
	size_t head = strlen(option), room = 4 * ((HL_OPS_CONTENTS_MAX + 2) / 3) + 1;
	enum hl_code rc = hl_file_read(name, &b, &why);
	if (rc == HL_E_LIMIT)
		rc = hl_err_set(err, HL_E_INPUT, "%s is larger than %d bytes: more than an option takes", name, HL_OPS_CONTENTS_MAX);
	else if (rc)
		hl_err_set(err, rc, "%s", why.text);
	*word = hl_calloc(1, head + room);
	memcpy(*word, option, head);
	if (!rc && !b.len)
		rc = hl_err_set(err, HL_E_INPUT, "%s is empty", name);
	if (!rc)
		hl_base64(hl_buf_text(&b), b.len, *word + head, room);
	hl_buf_fini(&b);
	return rc;
}

/* Puts files' bytes in the places of their names, where the row says so. What is put there is in `made`. */
static enum hl_code put_contents(const struct hl_op_row *row, int argc, char **argv, struct hl_strings *made, struct hl_err *err)
{
	enum hl_code rc = HL_OK;
	for (int i = 2; !rc && row && i < argc; i++) {
		char option[64] = "", *eq = strchr(argv[i], '='), *name = eq ? eq + 1 : argv[i + 1];
		if (!is_among(row->contents, argv[i]) || (!eq && ++i >= argc))
			continue;
		if (eq)
			hl_copy_n(option, sizeof option, argv[i], (size_t)(eq + 1 - argv[i]));
		made->v = hl_realloc(made->v, made->n + 1, sizeof *made->v);
		rc = content_of(option, name, &made->v[made->n], err);
		argv[i] = made->v[made->n++];
	}
	return rc;
}

/* True where the option stands for itself: it has its value in it, or the operation's table says that it has none. */
static bool is_flag(const struct hl_op_row *row, const char *option)
{
	const char *at = row->flags ? strstr(row->flags, option) : NULL;
	size_t n = strlen(option);
	return strchr(option, '=') || strcmp(option, "--json") == 0 || (at && at > row->flags && at[-1] == ' ' && at[n] == ' ');
}

static void put_new_paths(const struct hl_op_row *row, const char *here, int argc, char **argv, struct hl_strings *made)
{
	for (int i = row->verb[0] ? 2 : 1; i < argc; i++) {
		if (argv[i][0] == '/' || argv[i][0] == '-')
			continue;
		struct hl_buf path = HL_BUF(4 * HL_PATH_MAX);
		hl_buf_printf(&path, "%s/%s", here, argv[i]);
		made->v = hl_realloc(made->v, made->n + 1, sizeof *made->v);
		argv[i] = made->v[made->n++] = hl_buf_steal(&path);
	}
}

/* Files are named from where the caller is; the daemon is somewhere else. */
static void put_paths(const struct hl_op_row *row, int argc, char **argv, struct hl_strings *made)
{
	char here[HL_PATH_MAX];
	if (row && row->wants_new_path && getcwd(here, sizeof here))
		put_new_paths(row, here, argc, argv, made);
	for (int i = 2; row && row->wants_path && i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			i += !is_flag(row, argv[i]);
			continue;
		}
		char *path = realpath(argv[i], NULL);
		if (!path)
			continue;
		made->v = hl_realloc(made->v, made->n + 1, sizeof *made->v);
		argv[i] = made->v[made->n++] = path;
	}
}

/* The second word behind the verb that is neither an option nor an option's value; NULL where there is none. */
static const char *file_word(const struct hl_op_row *row, int argc, char **argv)
{
	int words = 0;
	for (int i = 2; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0)
			i += !is_flag(row, argv[i]);
		else if (++words == 2)
			return argv[i];
	}
	return NULL;
}

/* Opens the file that the operation wants handed over. */
static enum hl_code open_file(const struct hl_op_row *row, int argc, char **argv, int *fd, struct hl_err *err)
{
	const char *name = row && row->wants_file ? file_word(row, argc, argv) : NULL;
	*fd = -1;
	if (!name)
		return HL_OK;
	*fd = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return hl_err_set(err, errno == ENOENT ? HL_E_NOTFOUND : errno == EACCES ? HL_E_DENIED : HL_E_IO, "%s: %s", name, strerror(errno));
	struct stat st;
	if (fstat(*fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode) && !isatty(*fd))
		return hl_err_set(err, HL_E_INPUT, "%s: expected a file or a pipe", name);
	return HL_OK;
}

/* The daemon takes regular files only, so that no pipe can hold it up, and the state is not locked while another program still writes: what is no regular
 * file is read to its end here. */
static enum hl_code make_regular(int *fd, struct hl_err *err)
{
	struct stat st;
	if (*fd < 0 || (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)))
		return HL_OK;
	char room[65536];
	ssize_t n;
	FILE *copy = tmpfile(); /* without a name: gone with its last user */
	int64_t left = HL_LIST_FILE_MAX;
	while (copy && left >= 0 && ((n = read(*fd, room, sizeof room)) > 0 || (n < 0 && errno == EINTR))) {
		left -= n > 0 ? n : 0;
		if (n > 0 && fwrite(room, 1, (size_t)n, copy) != (size_t)n)
			break;
	}
	int own = copy && !ferror(copy) && n == 0 && fflush(copy) == 0 ? fcntl(fileno(copy), F_DUPFD_CLOEXEC, 0) : -1;
	enum hl_code rc = own < 0 || lseek(own, 0, SEEK_SET) < 0 ? hl_err_set(err, HL_E_IO, "the list can't be read: %s", strerror(errno)) : HL_OK;
	if (left < 0)
		rc = hl_err_set(err, HL_E_LIMIT, "the list has more than %lld bytes", (long long)HL_LIST_FILE_MAX);
	if (copy)
		fclose(copy);
	close(*fd);
	*fd = own;
	return rc;
}

static enum hl_code ask_daemon(int sock, int argc, char **argv, int fd, struct hl_buf *out, struct hl_err *err)
{
	struct hl_err fault = { 0 };
	enum hl_code rc = hl_wire_ask(sock, argc, (const char *const *)argv, fd, err);
	if (!rc)
		rc = hl_wire_replied(sock, &fault, out, err);
	if (!rc && fault.code) {
		*err = fault;
		rc = fault.code;
	}
	return rc;
}

static const char *my_name(char *room, size_t size)
{
	struct passwd *pw = getpwuid(getuid());
	if (pw)
		return pw->pw_name;
	snprintf(room, size, "uid:%u", (unsigned)getuid());
	return room;
}

static struct hl_catalog *direct_catalog(const struct hl_ctl_globals *g)
{
	struct hl_faults faults = { 0 };
	struct hl_catalog *c = NULL;
	const struct hl_crew crew = { .threads = hl_crew_processors() };
	if (!g->config || hl_catalog_load(&c, g->config, NULL, &crew, &faults) != HL_OK)
		return NULL;
	return c;
}

/* Another hotlistctl is done in a moment; a daemon that starts is not. */
static enum hl_code wait_for_lock(const char *path, int *lock, struct hl_err *err)
{
	enum hl_code rc;
	int64_t end = hl_clock_mono_ms() + LOCK_WAIT_MS;
	while ((rc = hl_file_lock(path, lock, err)) == HL_E_CONFLICT && hl_clock_mono_ms() < end)
		poll(NULL, 0, 25);
	return rc;
}

static enum hl_code open_audit(const struct hl_op_row *row, struct hl_ops_ctx *ctx, struct hl_err *err)
{
	return row->unaudited ? HL_OK : hl_audit_open(&ctx->audit, ctx->state, ctx->now_ms, err);
}

/* Without settings nobody says where the alerts are: in the folder, unless it has no database and is a node of a fleet. */
static enum hl_code store_here(const struct place *p, const char **where, struct hl_err *err)
{
	char db[HL_PATH_MAX], node[HL_REDIS_NODE_MAX];
	*where = p->settings ? p->settings->store : "sqlite";
	enum hl_code rc = p->settings ? HL_OK : hl_path_join(db, sizeof db, p->state, "hotlistd.db", err);
	if (!rc && !p->settings && access(db, F_OK) && !hl_redis_node(p->state, false, node, NULL))
		return hl_err_set(err, HL_E_USAGE, "%s has no database and is a node of a fleet: name the settings (-c), which say where its store is", p->state);
	return rc;
}

/* No daemon: takes the state's lock (reading operations too: a store that recovers after a crash writes) and runs it here. */
static enum hl_code run_here(const struct hl_ctl_globals *g, struct place *p, const struct hl_op_row *row, int argc, char **argv, int fd, struct hl_buf *out,
			     struct hl_err *err)
{
	char lock_path[HL_PATH_MAX], room[32];
	int lock = -1;
	struct hl_ops_ctx ctx = { .settings = p->settings, .state = p->state, .who = my_name(room, sizeof room), .trusted = true, .now_ms = hl_clock_real_ms(), .fd = fd };
	enum hl_code rc = hl_path_join(lock_path, sizeof lock_path, p->state, "lock", err);
	if (!rc && row->access != HL_OPS_READ)
		rc = hl_file_make_dirs(p->state, 0700, err);
	if (!rc)
		rc = wait_for_lock(lock_path, &lock, err);
	if (!rc && !access(p->state, F_OK))
		rc = hl_state_format_bring_up(p->state, err);
	if (!rc)
		rc = open_audit(row, &ctx, err);
	struct hl_audited audited = { .audit = NULL };
	if (!rc)
		rc = hl_audited_begin(&audited, &ctx, argc, (const char *const *)argv, err);
	if (!rc && hl_ops_stored(row)) {
		ctx.catalog = direct_catalog(g);
		const char *where;
		rc = store_here(p, &where, err);
		if (!rc)
			rc = hl_store_open(&ctx.store, where, p->state, HL_STORE_WRITE, err);
	}
	if (!rc && ctx.store)
		rc = ctx.store->ops->begin(ctx.store, err);
	if (!rc) {
		rc = hl_ops_run(&ctx, argc, (const char *const *)argv, out, err);
		if (ctx.store && rc)
			ctx.store->ops->rollback(ctx.store);
		else if (ctx.store)
			rc = ctx.store->ops->commit(ctx.store, err);
	}
	if (ctx.store)
		hl_store_close(&ctx.store);
	hl_catalog_unref(&ctx.catalog);
	rc = hl_audited_end(&audited, rc, hl_clock_real_ms(), out, err);
	hl_audit_close(&ctx.audit);
	if (lock >= 0)
		close(lock);
	return rc;
}

/* True where a daemon that runs is to be asked: one of the words may name a file that it can't read. */
static bool asks_daemon(const struct hl_op_row *row, int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (is_among(row->here, argv[i]))
			return false;
	return row->asks_daemon;
}

/* What needs no state: no lock, and no daemon, unless one runs and the operation wants its settings; settings where they are given. */
static enum hl_code run_stateless(const struct hl_ctl_globals *g, const struct hl_op_row *row, int argc, char **argv, struct hl_buf *out, struct hl_err *err)
{
	struct place p = { 0 };
	char room[32];
	int fd = -1, sock = -1;
	enum hl_code rc = g->config || g->state ? find_place(g, &p, err) : HL_OK;
	if (!rc)
		rc = open_file(row, argc, argv, &fd, err);
	if (!rc && asks_daemon(row, argc, argv) && p.control[0] && hl_wire_connect(p.control, &sock, NULL) == HL_OK) {
		rc = make_regular(&fd, err);
		if (!rc)
			rc = ask_daemon(sock, argc, argv, fd, out, err);
		close(sock);
	} else if (!rc && (rc = settings_needed(g, &p, err)) == HL_OK) {
		struct hl_ops_ctx ctx = { .settings = p.settings, .state = p.state, .who = my_name(room, sizeof room), .trusted = true, .now_ms = hl_clock_real_ms(), .fd = fd };
		rc = hl_ops_run(&ctx, argc, (const char *const *)argv, out, err);
	}
	if (fd >= 0)
		close(fd);
	hl_settings_free(&p.settings);
	return rc;
}

static enum hl_code run_op(const struct hl_ctl_globals *g, const struct hl_op_row *row, int argc, char **argv, struct hl_buf *out, struct hl_err *err)
{
	struct place p = { 0 };
	int fd = -1, sock = -1;
	enum hl_code rc = find_place(g, &p, err);
	if (!rc)
		rc = open_file(row, argc, argv, &fd, err);
	if (!rc) {
		rc = make_regular(&fd, err);
	}
	if (!rc) {
		rc = hl_wire_connect(p.control, &sock, err);
		if (rc == HL_OK)
			rc = ask_daemon(sock, argc, argv, fd, out, err);
		else if (rc == HL_E_UNAVAIL && row && (rc = settings_needed(g, &p, err)) == HL_OK)
			rc = run_here(g, &p, row, argc, argv, fd, out, err);
		else if (rc == HL_E_UNAVAIL)
			rc = hl_err_set(err, rc, "no daemon is running: nobody answers at %s", p.control);
	}
	if (sock >= 0)
		close(sock);
	if (fd >= 0)
		close(fd);
	hl_settings_free(&p.settings);
	return rc;
}

enum hl_code hl_ctl_control_path(const struct hl_ctl_globals *g, char *path, struct hl_err *err)
{
	struct place p = { 0 };
	enum hl_code rc = find_place(g, &p, err);
	hl_copy(path, HL_PATH_MAX, p.control);
	hl_settings_free(&p.settings);
	return rc;
}

enum hl_code hl_ctl_look(const struct hl_ctl_globals *g, const char *op, int argc, char **argv, struct hl_err *err)
{
	struct place p = { 0 };
	char room[32];
	enum hl_code rc = find_place(g, &p, err);
	struct hl_ops_ctx ctx = { .settings = p.settings, .state = p.state, .who = my_name(room, sizeof room), .now_ms = hl_clock_real_ms(), .fd = -1 };
	int format;
	if (!rc && !access(p.state, F_OK)) {
		rc = hl_state_format(p.state, &format, err);
		if (!rc)
			rc = hl_audit_open(&ctx.audit, p.state, ctx.now_ms, err);
		if (!rc)
			rc = hl_audited_look(&ctx, op, g->purpose, argc, (const char *const *)argv, err);
	}
	hl_audit_close(&ctx.audit);
	hl_settings_free(&p.settings);
	return rc;
}

/* What only a daemon does, and asks no table for: `reload`, and in test builds `test`. */
static bool daemons_own(const char *family)
{
	return strcmp(family, "reload") == 0 || strcmp(family, "test") == 0;
}

/* For the audit it goes as a word of its own, the last one. */
static char *purpose_word(const char *purpose)
{
	struct hl_buf b = HL_BUF(HL_OPS_ARG_MAX);
	hl_buf_puts(&b, "--purpose=");
	hl_buf_puts(&b, purpose);
	return hl_buf_steal(&b);
}

int hl_ctl_op(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct hl_err err = { 0 };
	const struct hl_op_row *row = hl_ops_find(argv[0], argc > 1 ? argv[1] : "");
	if (!row && !daemons_own(argv[0]))
		return hl_ctl_unknown(argc, argv);
	char *words[HL_WIRE_WORDS + 1];
	if (argc + 2 >= HL_WIRE_WORDS)
		return hl_ctl_fail(&(struct hl_err){ .code = HL_E_USAGE, .text = "too many words" });
	for (int i = 0; i < argc; i++)
		words[i] = argv[i];
	static char json[] = "--json";
	char *purpose = NULL;
	if (g->json && row)
		words[argc++] = json;
	if (g->purpose)
		words[argc++] = purpose = purpose_word(g->purpose);
	words[argc] = NULL;
	struct hl_buf out = HL_BUF(HL_OPS_OUT_MAX);
	struct hl_strings made = { 0 };
	enum hl_code rc = put_contents(row, argc, words, &made, &err);
	put_paths(row, argc, words, &made);
	if (!rc)
		rc = row && row->stateless ? run_stateless(g, row, argc, words, &out, &err) : run_op(g, row, argc, words, &out, &err);
	hl_strings_wipe(&made);
	free(purpose);
	fwrite(hl_buf_text(&out), 1, out.len, stdout);
	hl_buf_fini(&out);
	if (fflush(stdout) != 0 && !rc)
		rc = hl_err_set(&err, HL_E_IO, "standard output: %s", strerror(errno));
	return rc ? hl_ctl_fail(&err) : EX_OK;
}
