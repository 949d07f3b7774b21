/* catalog_fixture.h: catalogs over lists in memory, and the lines that reads give with them. */
#ifndef HL_TESTS_CATALOG_FIXTURE_H
#define HL_TESTS_CATALOG_FIXTURE_H

#include "engine/decide.h"
#include "entries.h"
#include "rules_fixture.h"

/* A snapshot of n entries. */
static inline struct hl_snapshot *snapshot_of(const struct hl_entry *e, size_t n)
{
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	struct hl_snapshot *s;
	struct hl_err err;
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(!hl_snapshot_writer_add(w, &e[i], (unsigned)i + 1, NULL, &err), "%s", err.text);
	ck_assert_msg(!hl_snapshot_writer_open(w, &s, &err), "%s", err.text);
	hl_snapshot_writer_free(&w);
	return s;
}

/* A list of plates, each once. */
static inline struct hl_snapshot *plates_of(const char *list, const char *const *plates, size_t n)
{
	struct hl_entry *e = hl_calloc(n, sizeof *e);
	for (size_t i = 0; i < n; i++)
		e[i] = entry_of(list, plates[i], "stolen", "");
	struct hl_snapshot *s = snapshot_of(e, n);
	free(e);
	return s;
}

/* A catalog of lists by rules as text; the snapshots are taken. */
static inline struct hl_catalog *catalog_of(const char *rules, const char *const *names, struct hl_snapshot *const *snapshots, size_t n,
					    struct hl_catalog *before)
{
	struct hl_catalog_source *src = hl_calloc(n, sizeof *src);
	struct hl_catalog *c;
	struct hl_err err;
	for (size_t i = 0; i < n; i++)
		src[i] = (struct hl_catalog_source){ .name = names[i], .snapshot = snapshots[i] };
	ck_assert_msg(!hl_catalog_new(&c, NULL, rules_of(rules), src, n, before, NULL, &err), "%s", err.text);
	free(src);
	return c;
}

/* A read of a plate by cam7 at 10:00. */
static inline struct hl_read read_of(const char *plate)
{
	struct hl_read r;
	hl_read_init(&r);
	hl_copy(r.camera, sizeof r.camera, "cam7");
	hl_copy(r.plate_text, sizeof r.plate_text, plate);
	r.time_ms = r.received_ms = 1795428000000;
	r.confidence = 0.9;
	hl_read_finish(&r, HL_NO_TIME);
	return r;
}

/* All lines of the reads, in batches of `batch`; free() it. */
static inline char *lines_of(const struct hl_catalog *c, const struct hl_read *reads, size_t n, size_t batch, bool exhaustive, bool explain)
{
	struct hl_decider *d = hl_decider_new();
	struct hl_decide_opts o = { .exhaustive = exhaustive, .now_ms = HL_NO_TIME };
	struct hl_buf out = HL_BUF(256 << 20);
	for (size_t at = 0; at < n; at += batch) {
		const struct hl_hit *h;
		size_t hits = hl_decide(c, d, reads + at, n - at < batch ? n - at : batch, &o, &h);
		for (size_t i = 0; i < hits; i++) {
			hl_decide_write(c, &reads[at + h[i].read], &h[i], at + h[i].read + 1, explain, &out);
			hl_buf_putc(&out, '\n');
		}
	}
	hl_decider_free(&d);
	return hl_buf_steal(&out);
}

#endif
