/* background.c: see background.h. A thread can lower its own priority but, unprivileged, never raise it again; therefore the work gets a thread that ends with
 * it. Linux keeps the nice value for each thread (sched(7)).
 */
#include "config.h"

#include "daemon/background.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

/* A tenth of a processor that the stream wants whole, all of one that is free: reads come first, but a new list is never put off for ever. */
enum { BACKGROUND_NICE = 10 };

struct work {
	void (*fn)(void *arg);
	void *arg;
};

static void *background_main(void *arg)
{
	const struct work *w = arg;
	const struct sched_param none = { 0 };
	/* Both are only advice: without them the work is done all the same. */
	pthread_setschedparam(pthread_self(), SCHED_BATCH, &none);
	setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE);
	w->fn(w->arg);
	return NULL;
}

void hl_background_run(void (*fn)(void *arg), void *arg)
{
	struct work w = { fn, arg };
	pthread_t thread;
	if (pthread_create(&thread, NULL, background_main, &w))
		fn(arg);
	else
		pthread_join(thread, NULL);
}
