/* redis_server.h: a redis-server of the test's own, on a unix socket in a folder of its own, as durable as the daemon asks for. */
#ifndef HL_TESTS_CONTRACT_REDIS_SERVER_H
#define HL_TESTS_CONTRACT_REDIS_SERVER_H

#include <sys/types.h>

#include "base/err.h"

struct redis_server {
	char dir[HL_PATH_MAX], socket[HL_PATH_MAX + 16];
	pid_t pid;
};

/* Starts it and waits until it answers. extra: further arguments, ended by NULL; may be NULL. False where there is no redis-server. */
bool redis_server_start(struct redis_server *s, const char *const *extra);
/* Starts it again on the same folder. */
void redis_server_again(struct redis_server *s, const char *const *extra);
/* SIGKILL, or an orderly end; waits for it. */
void redis_server_kill(struct redis_server *s, int signal);
/* One command, its words as printf has them, without blanks inside a word; the answer's text into a static buffer. */
const char *redis_server_say(const struct redis_server *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Between a client and the server: hands on what both say, and breaks the connection off instead of one answer each time that the file `cut` is in the server's folder. Gives
 * the pid; the socket is DIR/relay.sock. */
pid_t redis_relay_start(const struct redis_server *s);
/* Ends it and removes its folder. */
void redis_server_stop(struct redis_server *s);

#endif
