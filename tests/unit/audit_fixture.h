/* audit_fixture.h: an audit in the test's folder, records put into it, its files, and what a check of it says. */
#ifndef HL_TESTS_AUDIT_FIXTURE_H
#define HL_TESTS_AUDIT_FIXTURE_H

#include "config.h"

#include "tmpdir.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/audit_priv.h"

static const int64_t T0 = 1795428000000; /* 2026-11-23T10:00:00Z */
#define DAY INT64_C(86400000)

static struct hl_audit *au;
static char chain_dir[HL_PATH_MAX];

#define good(call)                                                                                   \
	do {                                                                                         \
		struct hl_err e_ = { 0 };                                                            \
		struct hl_err *err = &e_;                                                            \
		ck_assert_msg((call) == HL_OK, "%s", e_.text);                                       \
	} while (0)

static inline void open_audit(int64_t now_ms)
{
	good(hl_audit_open(&au, tmp_dir, now_ms, err));
	hl_copy(chain_dir, sizeof chain_dir, au->dir);
}

static inline struct hl_audit_record look(const char *op, const char *details, int64_t time_ms)
{
	return (struct hl_audit_record){ .time_ms = time_ms, .kind = HL_AUDIT_LOOK, .who = "smith", .role = "local", .org = "METRO", .purpose = "stolen vehicle", .op = op,
					 .object = "k3v7", .result = "ok", .details = details };
}

static inline int64_t put(const char *op, const char *details, int64_t time_ms)
{
	struct hl_audit_record r = look(op, details, time_ms);
	good(hl_audit_append(au, &r, err));
	return r.seq;
}

static inline void begin(void)
{
	ck_assert_int_eq(hl_crypto_init(NULL), HL_OK);
	tmp_make();
	open_audit(T0);
}

static inline void end(void)
{
	hl_audit_close(&au);
	tmp_remove();
}

/* What a check says: "faults notes | first | second". */
static inline const char *checked(const struct hl_audit_proof *proof)
{
	static char text[8192];
	struct hl_audit_report r;
	good(hl_audit_verify(tmp_dir, proof, NULL, NULL, &r, err));
	int n = snprintf(text, sizeof text, "%zu %zu", r.faults, r.notes);
	for (size_t i = 0; i < r.n; i++) {
		const char *said = strchr(r.said[i].text, '/'); /* without the chain's name */
		n += snprintf(text + n, sizeof text - (size_t)n, " | %s", said ? said + 1 : r.said[i].text);
	}
	hl_audit_report_fini(&r);
	return text;
}

#define finds(piece)                                                                               \
	do {                                                                                       \
		const char *got_ = checked(NULL);                                                  \
		ck_assert_msg(got_[0] != '0' && strstr(got_, piece) != NULL, "no '%s' in: %s", piece, got_); \
	} while (0)

static inline const char *file(const char *name)
{
	static char path[HL_PATH_MAX + 32];
	snprintf(path, sizeof path, "%.400s/%s", chain_dir, name);
	return path;
}

static inline struct hl_buf slurp(const char *name)
{
	struct hl_buf b = HL_BUF(64 << 20);
	good(hl_file_read(file(name), &b, err));
	return b;
}

static inline void spill(const char *name, const char *text, size_t n)
{
	good(hl_file_write_atomic(file(name), text, n, 0600, err));
}

/* The n-th line, from 1, with its end. */
static inline const char *line_at(const struct hl_buf *b, int n, size_t *len)
{
	const char *at = hl_buf_text(b);
	for (; n > 1; n--)
		at = strchr(at, '\n') + 1;
	*len = (size_t)(strchr(at, '\n') - at) + 1;
	return at;
}

/* A chain of ten records in one file, signed at its end. */
static inline void ten(void)
{
	for (int i = 2; i <= 10; i++)
		put("alert show", "[\"7ABC123\"]", T0 + i);
	good(hl_audit_checkpoint(au, T0 + 20, true, NULL, err));
	ck_assert_str_eq(checked(NULL), "0 0");
}

#endif
