/* rig_hook.h: an HTTP receiver on loopback that answers 204 to every POST and counts them. One thread. */
#ifndef BENCH_RIG_HOOK_H
#define BENCH_RIG_HOOK_H

#include <netinet/in.h>

/* A listening socket on a free port of 127.0.0.1; -1 with errno. */
int rig_hook_listen(struct sockaddr_in *a);
/* The thread; arg is a struct rig. Ends when the listening socket is shut down. */
void *rig_hook_main(void *arg);

#endif
