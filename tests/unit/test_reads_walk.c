/* test_reads_walk.c: payloads of one read and of many, with bad lines between good ones. */
#include "base/mem.h"
#include "format/reads.h"

#include "unit.h"

#include <string.h>

#define READ(plate) "{\"camera\":\"c1\",\"time\":\"2026-11-23T10:00:00Z\",\"plate\":\"" plate "\"}"
#define NOW INT64_C(1795428001000)

struct seen {
	unsigned reads, faults;
	unsigned last_read, last_fault; /* line numbers */
	char plate[HL_READ_PLATE];
	struct hl_err err;
	size_t line_n;
};

static void see(void *arg, struct hl_read *r, const char *line, size_t n, unsigned line_no, const struct hl_err *err)
{
	struct seen *s = arg;
	ck_assert_ptr_nonnull(line);
	s->line_n = n;
	if (r) {
		s->reads++;
		s->last_read = line_no;
		ck_assert_ptr_null(err);
		ck_assert_msg(r->id[0], "a read without id was not finished");
		hl_copy(s->plate, sizeof s->plate, r->plate_text);
	} else {
		s->faults++;
		s->last_fault = line_no;
		s->err = *err;
	}
}

static struct seen walk_n(const char *text, size_t n)
{
	struct seen s = { 0 };
	char *copy = malloc(n ? n : 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, n);
	hl_reads_walk(hl_read_format_find("native"), copy, n, NOW, see, &s);
	free(copy);
	return s;
}

static struct seen walk(const char *text)
{
	return walk_n(text, strlen(text));
}

START_TEST(one_and_many)
{
	struct seen s = walk(READ("A1"));
	ck_assert(s.reads == 1 && !s.faults && s.last_read == 1);
	s = walk("\xef\xbb\xbf" READ("A1") "\r\n\n  \n" READ("A2") "\r\n" READ("A3"));
	ck_assert(s.reads == 3 && !s.faults && s.last_read == 5);
	ck_assert_str_eq(s.plate, "A3");
	ck_assert_uint_eq(s.line_n, strlen(READ("A3")));
}
END_TEST

START_TEST(bad_lines_between)
{
	struct seen s = walk(READ("A1") "\nnonsense\n" READ("A2") "\n{\"camera\":\"c\",\"time\":1}\n" READ("A3"));
	ck_assert(s.reads == 3 && s.faults == 2 && s.last_fault == 4);
	ck_assert_uint_eq(s.err.line, 4);
	ck_assert_str_eq(s.err.text, "plate: found nothing, expected a value: camera, time and plate are required");
	s = walk("{\"camera\":\"c\",\n" READ("A1") "\n" READ("A2"));
	ck_assert(s.reads == 2 && s.faults == 1 && s.last_fault == 1);
	s = walk("{\"camera\":\"c\n" READ("A1") "\n" READ("A2"));
	ck_assert(s.reads == 2 && s.faults == 1 && s.last_fault == 1);
	s = walk(READ("A1") "\n{\"camera\":");
	ck_assert(s.reads == 1 && s.faults == 1 && s.last_fault == 2);
	s = walk(READ("A1") READ("A2"));
	ck_assert(!s.reads && s.faults == 1);
}
END_TEST

START_TEST(spanning_lines)
{
	struct seen s = walk("\n{\n  \"camera\": \"c1\",\n  \"time\": 1795428000,\n  \"plate\": \"A}\\\"]1\"\n}\n\n");
	ck_assert(s.reads == 1 && !s.faults && s.last_read == 2);
	s = walk("{\n  \"camera\": \"c1\",\n  \"time\": 1795428000,\n  \"plate\": 7\n}\n");
	ck_assert(!s.reads && s.faults == 1);
	ck_assert_uint_eq(s.err.line, 4);
	ck_assert_uint_eq(s.err.column, 12);
	ck_assert_str_eq(s.err.text, "plate: found 7, expected a string");
	s = walk("\n\n{\n  \"camera\": c1\n}\n");
	ck_assert(!s.reads && s.faults == 1);
	ck_assert_uint_eq(s.err.line, 4);
	s = walk("[\n" READ("A1") "\n]\n");
	ck_assert(!s.reads && s.faults == 1);
	ck_assert_str_eq(s.err.text, "read: found an array, expected an object");
}
END_TEST

START_TEST(nothing)
{
	static const char *const v[] = { "", "\n", " \r\n\t\n", "\xef\xbb\xbf" };
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		struct seen s = walk(v[i]);
		ck_assert(!s.reads && s.faults == 1);
		ck_assert_str_eq(s.err.text, "payload: found nothing, expected a read");
	}
	struct seen s = walk_n("\0\0\0\0", 4);
	ck_assert(!s.reads && s.faults == 1);
}
END_TEST

static char *repeat(const char *line, size_t times, size_t *n)
{
	size_t len = strlen(line);
	char *s = malloc(len * times + 1);
	ck_assert_ptr_nonnull(s);
	for (size_t i = 0; i < times; i++)
		memcpy(s + i * len, line, len);
	*n = len * times;
	return s;
}

START_TEST(too_many)
{
	size_t n;
	char *text = repeat(READ("A1") "\n", HL_READS_PER_PAYLOAD, &n);
	struct seen s = walk_n(text, n);
	ck_assert(s.reads == HL_READS_PER_PAYLOAD && !s.faults);
	free(text);
	text = repeat(READ("A1") "\n", HL_READS_PER_PAYLOAD + 100, &n);
	s = walk_n(text, n);
	ck_assert(s.reads == HL_READS_PER_PAYLOAD && s.faults == 1 && s.last_fault == HL_READS_PER_PAYLOAD + 1);
	ck_assert_int_eq(s.err.code, HL_E_LIMIT);
	ck_assert_uint_eq(s.line_n, 100 * strlen(READ("A1") "\n"));
	free(text);
}
END_TEST

START_TEST(too_large)
{
	size_t n;
	char *text = repeat(READ("A1") "                                                                                               "
			    "                                                                                                   "
			    "                                                                                                   \n", 4000, &n);
	ck_assert_uint_gt(n, HL_READ_PAYLOAD_MAX);
	struct seen s = walk_n(text, n);
	ck_assert_uint_gt(s.reads, 1000);
	ck_assert_uint_eq(s.faults, 1);
	ck_assert_int_eq(s.err.code, HL_E_LIMIT);
	ck_assert_uint_eq(s.last_fault, s.reads + 1);
	free(text);
	text = repeat("[", HL_READ_PAYLOAD_MAX, &n);
	s = walk_n(text, n);
	ck_assert(!s.reads && s.faults == 1);
	free(text);
	text = repeat("[\n", HL_READ_PAYLOAD_MAX / 2, &n);
	s = walk_n(text, n);
	ck_assert(!s.reads && s.faults == HL_READS_PER_PAYLOAD + 1);
	free(text);
	text = repeat("\n", HL_READ_PAYLOAD_MAX, &n);
	s = walk_n(text, n);
	ck_assert(!s.reads && s.faults == 1);
	free(text);
	text = repeat("\"\\", HL_READ_PAYLOAD_MAX / 2, &n);
	s = walk_n(text, n);
	ck_assert(!s.reads && s.faults == 1);
	free(text);
}
END_TEST

UNIT_MAIN("reads_walk", one_and_many, bad_lines_between, spanning_lines, nothing, too_many, too_large)
