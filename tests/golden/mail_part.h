/* mail_part.h: what a reader shows of a mail as we write it: one of its parts, or a header in one line. Not a reader of mails: the peers' tests have real ones. */
#ifndef HL_TESTS_MAIL_PART_H
#define HL_TESTS_MAIL_PART_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The part of this type without the soft breaks and escapes of quoted-printable; free it. */
static inline char *mail_part(const char *mail, const char *type)
{
	char head[160];
	snprintf(head, sizeof head, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
	const char *text = strstr(mail, head);
	ck_assert_msg(text != NULL, "no part %s in:\n%s", type, mail);
	text += strlen(head);
	const char *end = strstr(text, "\r\n--=_");
	ck_assert_ptr_nonnull(end);
	struct hl_buf out = HL_BUF(1 << 20);
	for (const char *p = text; p < end; p++) {
		unsigned byte;
		if (!strncmp(p, "=\r\n", 3)) {
			p += 2;
		} else if (*p == '=' && sscanf(p + 1, "%2X", &byte) == 1) {
			hl_buf_putc(&out, (char)byte);
			p += 2;
		} else if (*p != '\r') {
			hl_buf_putc(&out, *p);
		}
	}
	return hl_buf_steal(&out);
}

/* The header's text, unfolded; free it. */
static inline char *mail_header(const char *mail, const char *name)
{
	char key[64];
	snprintf(key, sizeof key, "\r\n%s: ", name);
	const char *p = strstr(mail, key);
	ck_assert_msg(p != NULL, "no header %s", name);
	struct hl_buf out = HL_BUF(1 << 16);
	for (p += strlen(key); *p && (strncmp(p, "\r\n", 2) != 0 || p[2] == ' '); p++)
		if (*p != '\r' && *p != '\n')
			hl_buf_putc(&out, *p);
	return hl_buf_steal(&out);
}

#endif
