/* rig.h: what the benches of the whole daemon share: a folder of its own, a running hotlistd with one ROUTER endpoint and an HTTP receiver, hotlistctl, and
 * figures of the process. Any fault ends the program with a message; the daemon is ended and the folder removed first.
 */
#ifndef BENCH_RIG_H
#define BENCH_RIG_H

#include <jansson.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct rig {
	char dir[PATH_MAX], build[PATH_MAX], top[PATH_MAX], config[PATH_MAX], endpoint[64];
	pid_t daemon;
	int hook;             /* the receiver's listening socket */
	pthread_t hook_thread;
	atomic_llong delivered;
	void (*on_request)(const char *request); /* each whole one, on the receiver's thread; NULL: nobody asks */
};

/* Memory of a process, bytes. */
struct rig_memory {
	int64_t rss, anonymous, file; /* rss without the pages of mapped files is anonymous */
};

double rig_now(void); /* monotonic, seconds */
int64_t rig_now_ns(void);
/* A port of loopback that nobody listens on at this moment. */
int rig_free_port(void);
/* Makes the folder, the settings with lists `stolen` and `small` (layout plates), the default rules, the receiver. argv0: programs stand beside it. */
void rig_open(struct rig *r, const char *argv0);
void rig_start(struct rig *r);
/* Runs hotlistctl with words (ended by NULL); gives its output (free()). Ends the program where it fails. Any thread. */
char *rig_ctl(struct rig *r, const char *const *words);
/* `status --json` (json_decref). */
json_t *rig_status(struct rig *r);
/* The number GROUP.KEY of status. */
int64_t rig_figure(const json_t *status, const char *group, const char *key);
void rig_import(struct rig *r, const char *list, const char *path);
void rig_activate(struct rig *r, const char *list);
void rig_memory(const struct rig *r, struct rig_memory *m);
/* Stops the daemon, if one was started (SIGTERM, must end with 0). */
void rig_stop(struct rig *r);
/* The same, and removes the folder. */
void rig_close(struct rig *r);
/* Ends the program. */
__attribute__((noreturn, format(printf, 1, 2))) void rig_fail(const char *fmt, ...);

/* A file of n generated plates, one a line of 8 bytes, from `seed`. */
void rig_plates_file(const char *path, uint64_t seed, uint32_t n);

/* Percentile p (0..1) of n values, which are sorted by it. 0 for none. */
double rig_percentile(double *v, size_t n, double p);

#endif
