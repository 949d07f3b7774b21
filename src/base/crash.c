/* crash.c: see crash.h. Any thread. */
#include "base/crash.h"

#ifdef HL_TEST_HOOKS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hl_crash_point(const char *name)
{
	static atomic_long passed;
	const char *wanted = getenv("HL_CRASH_AT");
	size_t n = strlen(name);
	if (!wanted || strncmp(wanted, name, n) || (wanted[n] && wanted[n] != ':'))
		return;
	long time = wanted[n] == ':' ? strtol(wanted + n + 1, NULL, 10) : 1;
	if (atomic_fetch_add(&passed, 1) + 1 == time)
		kill(getpid(), SIGKILL);
}
#endif
