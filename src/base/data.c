/* data.c: see data.h. The program must work from a build folder and from an installation that was moved, not only from where it was configured for.
 * Looks at the file system, keeps nothing; any thread.
 */
#include "base/data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program, without a slash at the end. */
static bool program_folder(char *dst, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", dst, size - 1);
	if (n <= 0 || (size_t)n >= size - 1)
		return false;
	dst[n] = 0;
	char *slash = strrchr(dst, '/');
	if (!slash)
		return false;
	*slash = 0;
	return true;
}

static bool found(char *dst, size_t size, const char *folder, const char *below, const char *rel)
{
	int n = snprintf(dst, size, "%s%s/%s", folder, below, rel);
	return n > 0 && (size_t)n < size && access(dst, F_OK) == 0;
}

bool hl_data_find(char *dst, size_t size, const char *rel)
{
	char folder[4096];
	const char *named = getenv("HOTLISTD_DATA");
	if (named && *named)
		return found(dst, size, named, "", rel);
	if (found(dst, size, HL_DATADIR, "", rel))
		return true;
	if (!program_folder(folder, sizeof folder))
		return false;
	return found(dst, size, folder, "/../share/hotlistd", rel) || found(dst, size, folder, "/..", rel);
}
