/* The framing of the control socket: words, an open file and answers go across whole; malformed requests are refused. */
#include "base/wire.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

static int pair[2];

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
}

static void teardown(void)
{
	close(pair[0]);
	close(pair[1]);
}

START_TEST(words_and_file_cross)
{
	const char *words[] = { "list", "import", "", "x y" };
	struct hl_wire_request r;
	struct hl_err err = { 0 };
	int tube[2];
	char c = 0;
	setup();
	ck_assert_int_eq(pipe(tube), 0);
	ck_assert_int_eq(hl_wire_ask(pair[0], 4, words, tube[0], &err), HL_OK);
	ck_assert_int_eq(hl_wire_hear(pair[1], &r, &err), HL_OK);
	ck_assert_int_eq(r.argc, 4);
	for (int i = 0; i < 4; i++)
		ck_assert_str_eq(r.argv[i], words[i]);
	ck_assert_int_ge(r.fd, 0);
	ck_assert_int_ne(r.fd, tube[0]);
	ck_assert_int_eq(write(tube[1], "z", 1), 1);
	ck_assert_int_eq(read(r.fd, &c, 1), 1);
	ck_assert_int_eq(c, 'z');
	hl_wire_request_fini(&r);
	close(tube[0]);
	close(tube[1]);
	teardown();
}
END_TEST

START_TEST(answers_cross)
{
	struct hl_err fault = { .code = HL_E_CONFLICT, .line = 3, .column = 7, .text = "held by smith" }, got, err = { 0 };
	struct hl_buf out = HL_BUF(1000), in = HL_BUF(1000);
	setup();
	hl_buf_puts(&out, "some text");
	ck_assert_int_eq(hl_wire_reply(pair[1], &fault, &out, &err), HL_OK);
	ck_assert_int_eq(hl_wire_replied(pair[0], &got, &in, &err), HL_OK);
	ck_assert_int_eq(got.code, HL_E_CONFLICT);
	ck_assert_uint_eq(got.line, 3);
	ck_assert_uint_eq(got.column, 7);
	ck_assert_str_eq(got.text, "held by smith");
	ck_assert_str_eq(hl_buf_text(&in), "some text");
	hl_buf_fini(&out);
	hl_buf_fini(&in);
	teardown();
}
END_TEST

/* Sends a raw request and tells what became of it. */
static enum hl_code heard(uint32_t size, const char *bytes, size_t n)
{
	struct hl_wire_request r;
	struct hl_err err = { 0 };
	setup();
	ck_assert_int_eq(send(pair[0], &size, sizeof size, 0), sizeof size);
	ck_assert_int_eq(send(pair[0], bytes, n, 0), (ssize_t)n);
	shutdown(pair[0], SHUT_WR);
	enum hl_code rc = hl_wire_hear(pair[1], &r, &err);
	hl_wire_request_fini(&r);
	teardown();
	return rc;
}

START_TEST(no_final_nul)
{
	ck_assert_int_eq(heard(3, "abc", 3), HL_E_INPUT);
}
END_TEST

START_TEST(cut_off)
{
	ck_assert_int_eq(heard(30, "abc", 3), HL_E_IO);
}
END_TEST

START_TEST(too_large)
{
	ck_assert_int_eq(heard(HL_WIRE_REQUEST_MAX + 1, "abc", 3), HL_E_LIMIT);
}
END_TEST

START_TEST(too_many_words)
{
	char many[2 * (HL_WIRE_WORDS + 1)];
	for (size_t i = 0; i < sizeof many; i++)
		many[i] = i % 2 ? 0 : 'a';
	ck_assert_int_eq(heard(sizeof many, many, sizeof many), HL_E_LIMIT);
}
END_TEST

START_TEST(an_answer_over_the_bound_is_refused)
{
	struct hl_err fault = { 0 }, got, err = { 0 };
	struct hl_buf out = HL_BUF(1000), in = HL_BUF(4);
	setup();
	hl_buf_puts(&out, "longer than four");
	ck_assert_int_eq(hl_wire_reply(pair[1], &fault, &out, &err), HL_OK);
	ck_assert_int_eq(hl_wire_replied(pair[0], &got, &in, &err), HL_E_INPUT);
	hl_buf_fini(&out);
	hl_buf_fini(&in);
	teardown();
}
END_TEST

START_TEST(one_listener_a_path)
{
	char dir[] = "/tmp/hl-wire-XXXXXX", path[64];
	struct hl_err err = { 0 };
	int a = -1, b = -1, c = -1;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	ck_assert_int_eq(hl_wire_connect(path, &c, &err), HL_E_UNAVAIL);
	ck_assert_int_eq(hl_wire_listen(path, &a, &err), HL_OK);
	ck_assert_int_eq(hl_wire_listen(path, &b, &err), HL_E_CONFLICT);
	ck_assert_int_eq(hl_wire_connect(path, &c, &err), HL_OK);
	close(c);
	close(a);
	ck_assert_int_eq(hl_wire_listen(path, &b, &err), HL_OK); /* nobody listens at the old file: replaced */
	close(b);
	unlink(path);
	rmdir(dir);
}
END_TEST

UNIT_MAIN("wire", words_and_file_cross, answers_cross, no_final_nul, cut_off, too_large, too_many_words, an_answer_over_the_bound_is_refused, one_listener_a_path)
