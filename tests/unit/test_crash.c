/* test_crash.c: a named point kills the process at the time asked for, and at no other. */
#include "config.h"

#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crash.h"

/* Passes two points three times in a child; the number of whole rounds, or -1 where the child was not killed. */
static int rounds(const char *at)
{
	int pipes[2], status, n = 0;
	ck_assert_int_eq(pipe(pipes), 0);
	pid_t child = fork();
	if (!child) {
		if (at)
			setenv("HL_CRASH_AT", at, 1);
		for (int i = 0; i < 3; i++) {
			hl_crash_point("a.one");
			hl_crash_point("a.one_more");
			if (write(pipes[1], "x", 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	close(pipes[1]);
	char c;
	while (read(pipes[0], &c, 1) == 1)
		n++;
	close(pipes[0]);
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? n : -1;
}

START_TEST(test_points)
{
	ck_assert_int_eq(rounds(NULL), -1);
	ck_assert_int_eq(rounds("a.on"), -1);
	ck_assert_int_eq(rounds("a.one:4"), -1);
	ck_assert_int_eq(rounds("a.one:0"), -1);
#ifdef HL_TEST_HOOKS
	ck_assert_int_eq(rounds("a.one"), 0);
	ck_assert_int_eq(rounds("a.one_more"), 0);
	ck_assert_int_eq(rounds("a.one:3"), 2);
#else
	ck_assert_int_eq(rounds("a.one"), -1);
#endif
}
END_TEST

UNIT_MAIN("crash", test_points)
