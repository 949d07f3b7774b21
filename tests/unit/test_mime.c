/* test_mime.c: headers that can't be split, quoted-printable with its edges, dates and addresses. */
#include "unit.h"

#include <string.h>

#include "adapter/mime.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"

static const char *header(const char *name, const char *text)
{
	static struct hl_buf out;
	hl_buf_fini(&out);
	out = HL_BUF(8192);
	hl_mime_header(&out, name, text);
	return hl_buf_text(&out);
}

static const char *quoted(const char *text)
{
	static struct hl_buf out;
	hl_buf_fini(&out);
	out = HL_BUF(8192);
	hl_mime_quoted(&out, text);
	return hl_buf_text(&out);
}

/* Every CRLF but the last is followed by a blank: one header, however long. */
static void is_one_header(const char *text)
{
	size_t n = strlen(text);
	ck_assert_uint_ge(n, 2);
	ck_assert_str_eq(text + n - 2, "\r\n");
	for (size_t i = 0; i + 2 < n; i++) {
		ck_assert(text[i] != '\n' || (i && text[i - 1] == '\r'));
		ck_assert(text[i] != '\r' || text[i + 1] == '\n');
		ck_assert(text[i] != '\n' || text[i + 1] == ' ');
	}
}

START_TEST(test_header)
{
	ck_assert_str_eq(header("Subject", "plain"), "Subject: plain\r\n");
	ck_assert_str_eq(header("Subject", "a\r\nBcc: evil@example.org"), "Subject: a  Bcc: evil@example.org\r\n");
	ck_assert_str_eq(header("Subject", "a\n\r\n\r"), "Subject: a\r\n");
	ck_assert_str_eq(header("Subject", "Straße"), "Subject: =?UTF-8?B?U3RyYcOfZQ==?=\r\n");
	ck_assert_str_eq(header("Subject", "=?UTF-8?Q?fake?="), "Subject: =?UTF-8?B?PT9VVEYtOD9RP2Zha2U/PQ==?=\r\n");
	is_one_header(header("Subject", "é\r\n\r\nbody\x01\x7f"));
}
END_TEST

START_TEST(test_header_folds)
{
	char text[600];
	for (size_t i = 0; i < 500; i++)
		text[i] = i % 7 == 6 ? ' ' : 'x';
	text[500] = 0;
	const char *out = header("Subject", text);
	is_one_header(out);
	for (const char *p = out; *p; p += strcspn(p, "\n") + 1)
		ck_assert_uint_le(strcspn(p, "\r"), 78);
	text[0] = 0;
	for (size_t i = 0; i < 100; i++)
		memcpy(text + 4 * i, "😀", 5);
	out = header("Subject", text);
	is_one_header(out);
	for (const char *p = out; *p; p += strcspn(p, "\n") + 1)
		ck_assert_uint_le(strcspn(p, "\r"), 78);
	size_t words = 0, bytes = 0;
	for (const char *p = out; (p = strstr(p, "=?UTF-8?B?")); words++) {
		unsigned char word[64];
		size_t n;
		p += 10;
		ck_assert(hl_base64_decode(p, strcspn(p, "?"), word, sizeof word, &n));
		ck_assert(hl_text_utf8((const char *)word, n)); /* no symbol is torn in two */
		bytes += n;
	}
	ck_assert_uint_eq(bytes, 400);
	ck_assert_uint_ge(words, 10);
}
END_TEST

START_TEST(test_quoted)
{
	ck_assert_str_eq(quoted("a=b\n"), "a=3Db\r\n");
	ck_assert_str_eq(quoted("é"), "=C3=A9\r\n");
	ck_assert_str_eq(quoted("end \nend\t\n"), "end=20\r\nend=09\r\n");
	ck_assert_str_eq(quoted(".\n..\n"), ".\r\n..\r\n");
	ck_assert_str_eq(quoted("a\rb\x01\n"), "a=0Db=01\r\n");
	ck_assert_str_eq(quoted("\n\n"), "\r\n\r\n");
	ck_assert_str_eq(quoted("Seen: {{AGE}}\n"), "Seen: {{AGE}}\r\n");
	char text[301];
	memset(text, 'x', 300);
	text[300] = 0;
	const char *out = quoted(text);
	size_t total = 0;
	for (const char *p = out; *p; p += strcspn(p, "\n") + 1) {
		size_t n = strcspn(p, "\r");
		ck_assert_uint_le(n, 76);
		total += p[n - 1] == '=' ? n - 1 : n;
	}
	ck_assert_uint_eq(total, 300);
}
END_TEST

START_TEST(test_date)
{
	char text[40];
	int64_t ms;
	ck_assert(hl_time_parse("2026-11-23T10:00:00Z", 20, &ms));
	hl_mime_date(ms, text, sizeof text);
	ck_assert_str_eq(text, "Mon, 23 Nov 2026 10:00:00 +0000");
	hl_mime_date(INT64_MAX, text, sizeof text);
	ck_assert_str_eq(text, "Thu, 01 Jan 1970 00:00:00 +0000");
}
END_TEST

START_TEST(test_address)
{
	static const char *const bad[] = { "",        "a",      "@b",     "a@",    "a@b@c",  "a b@c",  "a@b\r\nRCPT TO:<x@y>", "<a@b>", "a@b,c@d",
					   "a@b>",    "\"a\"@b", "a@b\n",  "é@b",   "a@é",    "-a@b",   "a:b@c",                "a;b@c", "a@b c",
					   "a(c)@b",  "a\\@b",  "a@[::1]", "a\x01@b" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!hl_mime_is_address(bad[i]), "'%s'", bad[i]);
	ck_assert(hl_mime_is_address("north@example.org"));
	ck_assert(hl_mime_is_address("o'neil+plates@mail-1.example"));
}
END_TEST

UNIT_MAIN("mime", test_header, test_header_folds, test_quoted, test_date, test_address)
