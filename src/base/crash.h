/* crash.h: named points at which a test can kill the process, to show that what was promised before the point survives and what was not is not half
 * there. In builds with --enable-test-hooks the environment names one: HL_CRASH_AT=version.renamed, or HL_CRASH_AT=version.renamed:3 for the third
 * time it is passed. In other builds the calls are empty. Any thread.
 * Names are <module>.<what has just happened>.
 */
#ifndef HL_BASE_CRASH_H
#define HL_BASE_CRASH_H

#include "config.h" /* here, since without it the calls would be empty without a word */

#ifdef HL_TEST_HOOKS
/* Kills the process by SIGKILL where the environment names this point. */
void hl_crash_point(const char *name);
#else
static inline void hl_crash_point(const char *name)
{
	(void)name;
}
#endif

#endif
