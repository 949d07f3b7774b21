/* script_server.h: a TCP server on loopback whose every connection is a function of the test: receivers that answer, stall, drip, reset or hang. Each
 * connection runs on a thread of its own; all end with the server.
 */
#ifndef HL_TESTS_SCRIPT_SERVER_H
#define HL_TESTS_SCRIPT_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { SCRIPT_CONNECTIONS = 256, SCRIPT_REQUESTS = 512, SCRIPT_TEXT = 4096 };

struct script_server;
/* fd: the connection; n: how many there were before. The connection is closed on return. */
typedef void (*script_fn)(struct script_server *s, int fd, int n);

struct script_server {
	script_fn serve;
	void *arg;
	int listener, port;
	int stop_pipe[2]; /* readable once the server stops */
	pthread_t acceptor, thread[SCRIPT_CONNECTIONS];
	int fd[SCRIPT_CONNECTIONS];
	atomic_int connections, served, open, most_open;
	pthread_mutex_t lock;
	char request[SCRIPT_REQUESTS][SCRIPT_TEXT]; /* as received, header and body, by script_read */
	int n_requests;
};

void script_start(struct script_server *s, script_fn serve, void *arg);
void script_stop(struct script_server *s);
/* Reads one HTTP request with its body and keeps it; false at the end of the connection. */
bool script_read(struct script_server *s, int fd);
/* The n-th request kept, "" where there is none yet; valid until script_stop. */
const char *script_request(struct script_server *s, int n);
int script_requests(struct script_server *s);
/* A line ended by CRLF or LF into dst, without it. */
bool script_line(struct script_server *s, int fd, char *dst, size_t size);
void script_say(int fd, const char *text);
/* Waits until the server stops, or ms have passed. True where it stops. */
bool script_hold(struct script_server *s, int ms);
/* The connection ends with RST instead of FIN. */
void script_reset(int fd);

#endif
