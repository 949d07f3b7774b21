/* import_steady.c: see import_priv.h. A file that somebody writes to while it is read would be taken half old, half new. Any thread.
 */
#include "engine/import_priv.h"

void hl_steady_begin(struct hl_steady *s, int fd)
{
	s->regular = !fstat(fd, &s->was) && S_ISREG(s->was.st_mode);
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* By the times of the content and of the inode: the first can be set back by whoever wrote. */
enum hl_code hl_steady_end(const struct hl_steady *s, int fd, const char *source, struct hl_err *err)
{
	struct stat now;
	if (!s->regular || (!fstat(fd, &now) && now.st_size == s->was.st_size && same_time(now.st_mtim, s->was.st_mtim) && same_time(now.st_ctim, s->was.st_ctim)))
		return HL_OK;
	return hl_err_set(err, HL_E_AGAIN, "%s changed while it was read: nothing was stored", source ? source : "the file");
}
