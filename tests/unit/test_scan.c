/* test_scan.c: the scanner against jansson: every read that it takes is the same read, bit for bit; all that is usual is taken by it; what jansson refuses it
 * does not take. A table, all recorded reads, and a hundred thousand mutations of them. */
#include "format/read_lex.h"
#include "format/read_native.h"
#include "format/read_scan.h"
#include "base/file.h"
#include "base/mem.h"

#include "same_read.h"
#include "unit.h"

#include <dirent.h>
#include <stdio.h>

#define MIN "\"camera\":\"cam7\",\"time\":\"2026-11-23T10:00:00.123Z\",\"plate\":\"5SOW350\""

enum verdict { WRONG, LEFT, TAKEN }; /* jansson refuses it; only jansson takes it; both take it */

static enum verdict compare(const char *s, size_t n)
{
	struct hl_read a, b;
	struct hl_err err;
	memset(&a, 0x55, sizeof a);
	memset(&b, 0xaa, sizeof b);
	char *copy = hl_alloc(n);
	memcpy(copy, s, n);
	bool taken = hl_read_scan(copy, n, &a), right = hl_read_native_judge.decode(copy, n, &b, &err) == HL_OK;
	free(copy);
	ck_assert_msg(!taken || right, "taken, but jansson says '%s': %.*s", err.text, (int)n, s);
	ck_assert_msg(!taken || same_read(&a, &b), "two reads of one text: %.*s", (int)n, s);
	return taken ? TAKEN : right ? LEFT : WRONG;
}

static void expect(enum verdict v, const char *members)
{
	static const char *const words[] = { "wrong", "left to jansson", "taken" };
	struct hl_buf text = HL_BUF(1 << 20);
	hl_buf_printf(&text, "{" MIN "%s%s}", *members ? "," : "", members);
	enum verdict got = compare(text.data, text.len);
	ck_assert_msg(got == v, "%s instead of %s: %s", words[got], words[v], text.data);
	hl_buf_fini(&text);
}

static const char *const usual[] = {
	"", "\"x\":{}", "\"x\":[]", "\"x\":[[],{},[{}]]", "\"x\":true,\"y\":false,\"z\":null", "\"\":1", "\"x\":\"\"", "\"x\":-0,\"y\":-0.0,\"z\":1e-999",
	" \"x\" : [ 1 , 2.5 , -3e5 , \"a\" ] , \"y\"\t:\r\n1 ",
	"\"site\":\"Gare \\u00e9\\ud83d\\ude97 \xc3\xa9\xf0\x9f\x9a\x97\"", "\"site\":\"a\\\\b\\/c\\\"\"", "\"image\":\"https:\\/\\/x\\/1.jpg\"", "\"x\":\"\\b\\f\\n\\r\\t\"",
	"\"id\":null,\"site\":null,\"confidence\":null,\"chars\":null,\"candidates\":null,\"lat\":null,\"lon\":null,\"vehicle\":null,\"seq\":null,\"region\":null",
	"\"confidence\":0", "\"confidence\":1", "\"confidence\":-0", "\"confidence\":-0.0", "\"confidence\":1e-1", "\"confidence\":0.1E+0", "\"confidence\":9e-400", "\"confidence\":-1e-999999",
	"\"confidence\":0.30000000000000004", "\"confidence\":0.12345678901234567", "\"confidence\":0.9999999999999999", "\"confidence\":0.99999999999999999999999999",
	"\"confidence\":0.00000000000000000000000000000000000000001", "\"confidence\":1.0000000000000000000",
	"\"lat\":37.77,\"lon\":-122.41999999999999", "\"lat\":-90,\"lon\":180.0", "\"lon\":-1.5,\"lat\":2", "\"heading\":359.99", "\"seq\":0", "\"seq\":999999999999999999",
	"\"region\":\"us-ca\",\"region_confidence\":0.5", "\"region\":\"District of Columbia\"", "\"region\":\"a very long name of no region that anybody knows at all, at least sixty-four\"",
	"\"vehicle\":{}", "\"vehicle\":{\"type\":\"car\",\"make\":null,\"more\":[1,{\"make\":2}],\"color\":\"\xc3\xa9\"}",
	"\"vehicle\":{\"model\":\"123456789012345678901234567890\"}", "\"vehicle\":{\"model\":\"1234567890123456789012\xc3\xa9\xc3\xa9\"}",
	"\"candidates\":[]", "\"candidates\":[{\"plate\":\"5SOW750\",\"confidence\":0.55},{\"plate\":\"5SOW350\",\"confidence\":0.9},{\"confidence\":null,\"plate\":\"\"}]",
	("\"candidates\":[{\"x\":{\"plate\":1},\"plate\":\"5S\\u004fW7\\u0035\"},{\"plate\":\"5SOW75\"},{\"plate\":\"\xd0\x90" "123\"}]"),
	"\"chars\":[]", "\"chars\":[[]]", "\"chars\":[[[\"5\",0.99]],[[\"S\",0.97],[\"5\",0.02],[\"_\",0.01],[\"\\u0007\",0],[\"\xd0\x90\",0.5],[\"AB\",1]],[]]",
	"\"chars\":[[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[]]",
	"\"chars\":[[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]],[[\"A\",1]]]",
	"\"chars\":[[[\"A\",0.1],[\"B\",0.2],[\"C\",0.3],[\"D\",0.4],[\"E\",0.5],[\"F\",0.6],[\"G\",0.7],[\"H\",0.8],[\"I\",0.9],[\"J\",0.05]]]",
};

/* Legal, but rare enough to be left to jansson. */
static const char *const odd[] = {
	"\"x\\u0031\":1", "\"\xc3\xa9\":1", "\"s\\u0069te\":\"a\"", "\"x\":9223372036854775807", "\"seq\":9223372036854775807", "\"x\":1000000000000000000",
	"\"x\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]", "\"x\":0.1234567890123456789012345678901234567890123456789012345678901234567890",
};

static const char *const wrong[] = {
	",", "\"x\"", "\"x\":", "\"x\":1,", "\"x\":01", "\"x\":-", "\"x\":1.", "\"x\":.5", "\"x\":1e", "\"x\":1e+", "\"x\":+1", "\"x\":1e999", "\"x\":-1e999", "\"x\":99999999999999999999",
	"\"x\":NaN", "\"x\":Infinity", "\"x\":-Infinity", "\"x\":nan", "\"x\":True", "\"x\":nul", "\"x\":truex", "\"x\":0x10", "\"x\":[1,]", "\"x\":[,1]", "\"x\":{\"a\":1,}", "\"x\":[1 2]",
	"\"x\":{\"a\":1,\"a\":2}", "\"x\":1,\"x\":1", "\"x\":[{\"a\":1,\"b\":{\"c\":1,\"c\":2}}]", "\"site\":null,\"site\":\"a\"", "\"vehicle\":{\"make\":\"a\",\"make\":\"a\"}",
	"\"candidates\":[{\"plate\":\"A1\",\"plate\":\"A1\"}]", "\"camera\":\"cam7\"", "\"x\":\"\\u0000\"", "\"\\u0000\":1", "\"x\":\"\\ud800\"", "\"x\":\"\\udc00\"", "\"x\":\"\\ud800\\u0041\"",
	"\"x\":\"\\ud800\\ud800\"", "\"x\":\"\\u12g4\"", "\"x\":\"\\u12\"", "\"x\":\"\\x41\"", "\"x\":\"\\", "\"x\":\"a\nb\"", "\"x\":\"a\tb\"", "\"x\":\"\xff\"", "\"x\":\"\xc0\xaf\"", "\"x\":\"\x80\"",
	"\"x\":\"\xed\xa0\x80\"", "\"x\":\"\xe0\x80\x80\"", "\"x\":\"\xf0\x80\x80\x80\"", "\"x\":\"\xf4\x90\x80\x80\"", "\"x\":\"\xf5\x80\x80\x80\"", "\"x\":\"\xc3\"", "\"x\":\"\xe2\x82\"", "\"x\":\"",
	"\"x\":{", "\"x\":[", "\"x\":{}}", "\"x\":[}", "\"x\":{]", "'x':1", "\"x\":1}{", "/* c */\"x\":1", "\"site\":\"a\x7f\"", "\"site\":\"a\\u007f\"", "\"site\":\"\xc2\x85\"", "\"site\":\"a\\nb\"", "\"site\":1",
	"\"id\":17", "\"confidence\":1.0000000000000002", "\"confidence\":\"1\"", "\"confidence\":true", "\"lat\":1", "\"lon\":1", "\"lat\":1,\"lon\":null",
	"\"lat\":90.00000000000001,\"lon\":0", "\"seq\":1.0", "\"seq\":1e3", "\"seq\":-1", "\"vehicle\":[]", "\"vehicle\":{\"type\":1}", "\"vehicle\":{\"type\":\"\\u0001\"}", "\"candidates\":{}",
	"\"candidates\":[{}]", "\"candidates\":[{\"confidence\":1}]", "\"candidates\":[{\"plate\":null}]", "\"candidates\":[{\"plate\":\"A\",\"confidence\":2}]", "\"candidates\":[{\"plate\":\"\\u0001\"}]",
	"\"candidates\":[\"A\"]", "\"candidates\":[null]", "\"chars\":{}", "\"chars\":[1]", "\"chars\":[[1]]", "\"chars\":[[[\"A\"]]]", "\"chars\":[[[\"A\",1,1]]]", "\"chars\":[[[\"A\",2]]]", "\"chars\":[[[1,1]]]",
	"\"chars\":[[[\"A\",null]]]", "\"chars\":[[null]]", "\"region\":1", "\"image\":1", "\"image\":\"\\u0000\"",
};

START_TEST(table)
{
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		expect(TAKEN, usual[i]);
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		expect(LEFT, odd[i]);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		expect(WRONG, wrong[i]);
}
END_TEST

/* Texts that are not MIN and some more members. */
START_TEST(wholes)
{
	static const struct { enum verdict v; const char *text; } t[] = {
		{ TAKEN, "{\"time\":1795428001,\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ TAKEN, " \t{\"time\":1795428001123,\"plate\":\"A1\",\"camera\":\"c\"}\r\n " },
		{ TAKEN, "{\"time\":1795428001.1235,\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ TAKEN, "{\"time\":-0,\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ TAKEN, "{\"candidates\":[{\"plate\":\"A1\",\"confidence\":0.5},{\"plate\":\"A2\"}],\"time\":1e9,\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ TAKEN, "{\"time\":1,\"plate\":\"--\",\"camera\":\"c\"}" },
		{ TAKEN, "{\"time\":1,\"plate\":\"ABCDEFGHIJKLMNOP\",\"camera\":\"c\"}" },
		{ TAKEN, "{\"time\":1,\"plate\":\"\\u0410\xd0\x92" "123\",\"camera\":\"\\u0063\"}" },
		{ WRONG, "{\"candidates\":[{\"plate\":\"A1\"},{}],\"time\":1,\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ WRONG, "{\"time\":4102444800000,\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ WRONG, "{\"time\":\"2026-11-23T10:00:00\",\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ WRONG, "{\"time\":-1,\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ WRONG, "{\"time\":null,\"plate\":\"A1\",\"camera\":\"c\"}" },
		{ WRONG, "{\"time\":1,\"plate\":\"\",\"camera\":\"c\"}" },
		{ WRONG, "{\"time\":1,\"plate\":\"A1\",\"camera\":\"c d\"}" },
		{ WRONG, "{\"time\":1,\"plate\":\"A1\"}" },
		{ WRONG, "{}" }, { WRONG, "}" }, { WRONG, "{" }, { WRONG, "" }, { WRONG, "[]" }, { WRONG, "{}}" }, { WRONG, "1}" }, { WRONG, "{{}}" }, { WRONG, "{\"}" },
	};
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		ck_assert_msg(compare(t[i].text, strlen(t[i].text)) == t[i].v, "not what was expected: %s", t[i].text);
}
END_TEST

static uint64_t seed = 88172645463325252u;

static uint32_t any(uint32_t below) /* Marsaglia's xorshift64 */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 32) % below);
}

static void one_number(const char *text)
{
	struct hl_lex_number v;
	struct hl_buf b = HL_BUF(256);
	hl_buf_printf(&b, "%s}", text);
	struct hl_lex x;
	hl_lex_init(&x, b.data, b.len);
	if (hl_lex_number(&x, &v)) {
		double d = strtod(text, NULL);
		ck_assert_msg(x.p == x.end && !memcmp(&d, &v.d, sizeof d), "%s: %.17g, expected %.17g", text, v.d, d);
	} else {
		ck_assert_msg(strlen(text) > 17, "not taken: %s", text);
	}
	hl_buf_fini(&b);
}

START_TEST(numbers_are_strtods)
{
	char text[80];
	for (int i = 0; i < 300000; i++) {
		uint64_t w = (uint64_t)any(UINT32_MAX) << 32 | any(UINT32_MAX);
		double d = (double)w / 18446744073709551616.0 * (any(4) ? 1 : 180);
		snprintf(text, sizeof text, "%s%.*f", any(2) ? "-" : "", 1 + (int)any(22), d);
		one_number(text);
		snprintf(text, sizeof text, "%.17g.%u", 1.0 + any(1000000), any(UINT32_MAX));
		one_number(text);
		/* Half way between two doubles, and next to it. */
		w = (UINT64_C(1) << 53) + 2 * (uint64_t)any(1 << 30) + 1;
		snprintf(text, sizeof text, "%llu.%.*s%u", (unsigned long long)w, (int)any(3), "000", any(2));
		one_number(text);
		snprintf(text, sizeof text, "%.16fe%d", d, (int)any(40) - 20);
		one_number(text);
	}
}
END_TEST

static char **corpus;
static size_t n_corpus;

static void corpus_add(const char *s, size_t n)
{
	corpus = hl_realloc(corpus, n_corpus + 1, sizeof corpus[0]);
	corpus[n_corpus++] = hl_strndup(s, n);
}

static void lines_of(const char *path, bool keep)
{
	struct hl_buf data = HL_BUF(64 << 20);
	struct hl_err err;
	ck_assert_msg(hl_file_read(path, &data, &err) == HL_OK, "%s", err.text);
	for (const char *p = data.data, *e; p && (e = strchr(p, '\n')); p = e + 1) {
		ck_assert_msg(compare(p, (size_t)(e - p)) == TAKEN, "left to jansson: %.*s", (int)(e - p), p);
		if (keep && e - p < 900)
			corpus_add(p, (size_t)(e - p));
	}
	hl_buf_fini(&data);
}

static void load_corpus(void)
{
	char path[1024];
	const char *src = getenv("srcdir");
	snprintf(path, sizeof path, "%s/tests/data/reads/sample.jsonl", src ? src : ".");
	lines_of(path, true);
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
		char text[2048];
		corpus_add(text, (size_t)snprintf(text, sizeof text, "{" MIN "%s%s}", *usual[i] ? "," : "", usual[i]));
	}
}

/* The recorded reads lie beside the project where it is developed; elsewhere only the sample is there. */
START_TEST(all_recorded_reads)
{
	const char *src = getenv("srcdir");
	char dir[512], path[1024];
	load_corpus();
	for (unsigned up = 1; up <= 3; up++) {
		snprintf(dir, sizeof dir, "%s/%.*s" "shared/data/reads", src ? src : ".", (int)(3 * up), "../../../");
		DIR *d = opendir(dir);
		for (struct dirent *e; d && (e = readdir(d));) {
			snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
			if (strstr(e->d_name, ".jsonl"))
				lines_of(path, false);
		}
		if (d)
			closedir(d);
	}
}
END_TEST

/* Bytes flipped, taken out, put in, and pieces of one text put into another. */
static size_t mutate(char *s, size_t n, size_t size)
{
	static const char *const piece[] = { "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "1e5", "-0", "0.5", "\\u0000", "\\ud83d\\ude97", "\\ud800", "\xc3\xa9", "\xff",
		"\x7f", " ", "\n", "\"x\":1,", "\"site\":\"\",", "99999999999999999999", "1e999", "true", "\"camera\":" };
	for (unsigned k = 1 + any(3); k; k--) {
		size_t at = any((uint32_t)n + 1), len;
		const char *p;
		switch (any(3)) {
		case 0:
			if (at < n)
				s[at] = (char)(any(3) ? 32 + any(95) : any(256));
			continue;
		case 1:
			len = any(8);
			len = len < n - at ? len : n - at;
			memmove(s + at, s + at + len, n - at - len);
			n -= len;
			continue;
		default:
			p = piece[any(sizeof piece / sizeof piece[0])];
			len = strlen(p);
			if (n + len > size)
				continue;
			memmove(s + at + len, s + at, n - at);
			memcpy(s + at, p, len);
			n += len;
		}
	}
	return n;
}

START_TEST(mutations)
{
	size_t count[TAKEN + 1] = { 0 };
	load_corpus();
	for (int i = 0; i < 100000; i++) {
		char text[2048];
		const char *from = corpus[any((uint32_t)n_corpus)];
		size_t n = strlen(from);
		struct hl_read before;
		memcpy(text, from, n);
		/* What the scanner remembers of one read must not change the next, which is nearly the same. */
		if (any(2))
			ck_assert(hl_read_scan(from, n, &before));
		count[compare(text, mutate(text, n, sizeof text))]++;
	}
	/* Neither side is there by luck alone. */
	ck_assert_uint_gt(count[TAKEN], 5000);
	ck_assert_uint_gt(count[WRONG], 5000);
}
END_TEST

/* Every length around those at which looking ahead for quotes changes, and strings of every length in it. */
START_TEST(long_texts)
{
	struct hl_buf text = HL_BUF(1 << 20);
	for (size_t n = 0; n < 9000; n += n < 200 || n > 8000 ? 1 : 61) {
		hl_buf_clear(&text);
		hl_buf_puts(&text, "{\"x\":\"");
		for (size_t i = 0; i < n; i++)
			hl_buf_putc(&text, (char)('a' + i % 26));
		hl_buf_puts(&text, "\",\"site\":\"");
		for (size_t i = 0; i < n % 150; i++)
			hl_buf_putc(&text, (char)('A' + i % 26));
		hl_buf_printf(&text, "\",%s}", MIN);
		ck_assert_int_eq(compare(text.data, text.len), TAKEN);
		text.data[text.len / 2] = '"'; /* from 300 on it is inside x */
		ck_assert(compare(text.data, text.len) == WRONG || n < 300);
	}
	hl_buf_fini(&text);
}
END_TEST

/* One key after the other as in the read before, until one differs: in its name, its blanks, its kind; or stands there twice. */
START_TEST(unlike_the_read_before)
{
	static const char *const members[] = {
		"\"site\":\"a\",\"lat\":1.5,\"lon\":2.5,\"vehicle\":{\"type\":\"car\",\"color\":\"MAR\"},\"seq\":17",
		"\"site\":\"a\",\"lat\":1.5,\"lon\":2.5,\"vehicle\":{\"type\":\"car\",\"color\":\"MAR\"},\"seq\":18",
		"\"site\": \"a\",\"lat\":1.5,\"lon\":2.5,\"vehicle\":{\"type\":\"car\", \"color\":\"MAR\"},\"seq\":17",
		"\"site\":\"a\",\"lat\":1,\"lon\":null,\"lat\":2.5,\"vehicle\":{\"type\":\"car\",\"type\":\"MAR\"},\"seq\":17",
		"\"site\":\"a\",\"lat\":1.5,\"lon\":2.5,\"vehicle\":{\"make\":\"car\",\"colour\":\"MAR\",\"type\":null},\"sequ\":17",
		"\"site\":null,\"lat\":1.5,\"lat\":2.5,\"vehicle\":{\"type\":\"car\",\"color\":\"MAR\"},\"seq\":17",
		"\"site\":\"a\",\"lat\":1.5,\"lon\":2.5,\"vehicle\":{},\"seq\":17", "\"site\":\"a\",\"vehicle\":{\"type\":\"car\"},\"vehicle\":{\"type\":\"car\"}",
		"\"site\":\"a\",\"x\":{\"type\":\"car\"},\"x\":{\"type\":\"car\"}", "\"site\":\"a\",\"vehicle\":{\"type\":\"car\",\"color\":\"MAR\",\"seq\":17},\"seq\":17",
		"\"site\":\"\",\"type\":\"car\",\"lat\":1.5,\"lon\":2.5,\"seq\":17", "\"site\":\"\\u0041\",\"lat\":1.5,\"lon\":2.5,\"seq\":17.5",
	};
	enum { N = sizeof members / sizeof members[0] };
	size_t taken = 0;
	for (unsigned i = 0; i < N * N; i++)
		for (unsigned k = 0; k < 3; k++) {
			char text[600];
			size_t n = (size_t)snprintf(text, sizeof text, "{" MIN ",%s}", members[k == 1 ? i / N : i % N]);
			taken += compare(text, n) == TAKEN;
		}
	ck_assert_uint_gt(taken, N * N);
}
END_TEST

START_TEST(truncated_anywhere)
{
	load_corpus();
	for (size_t i = 0; i < n_corpus; i++)
		for (size_t n = 0; n < strlen(corpus[i]); n++)
			compare(corpus[i], n);
}
END_TEST

UNIT_MAIN("scan", table, wholes, numbers_are_strtods, all_recorded_reads, mutations, long_texts, unlike_the_read_before, truncated_anywhere)
