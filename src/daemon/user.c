/* user.c: see user.h. */
#include "daemon/user.h"

#include <pwd.h>
#include <stdio.h>

#include "base/mem.h"

void hl_user_name(uid_t uid, char *dst, size_t size)
{
	char room[4096];
	struct passwd pw, *found = NULL;
	if (getpwuid_r(uid, &pw, room, sizeof room, &found) == 0 && found)
		hl_copy(dst, size, pw.pw_name);
	else
		snprintf(dst, size, "uid:%u", (unsigned)uid);
}
