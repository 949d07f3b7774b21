/* user.h: who a user is. Any thread. */
#ifndef HL_DAEMON_USER_H
#define HL_DAEMON_USER_H

#include <stddef.h>
#include <sys/types.h>

/* The login name, "uid:N" where there is none. */
void hl_user_name(uid_t uid, char *dst, size_t size);

#endif
