/* state_fixture.h: settings, rules and a state folder with lists in the test's folder, and catalogs of it. */
#ifndef HL_TESTS_STATE_FIXTURE_H
#define HL_TESTS_STATE_FIXTURE_H

#include "catalog_fixture.h"
#include "tmpdir.h"

/* A file in the test's folder. */
static inline void write_file(const char *name, const char *text)
{
	struct hl_err err;
	ck_assert_msg(!hl_file_write_atomic(tmp_path(name), text, strlen(text), 0600, &err), "%s", err.text);
}

/* A version of plates, active. */
static inline void import(const char *list, const char *const *p, size_t n)
{
	struct hl_version_draft d;
	struct hl_err err;
	unsigned char hash[HL_SHA256];
	char path[HL_PATH_MAX + 32];
	ck_assert_msg(!hl_version_begin(&d, tmp_path("state"), list, &err), "%s", err.text);
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	for (size_t i = 0; i < n; i++) {
		struct hl_entry e = entry_of(list, p[i], "stolen", "");
		ck_assert_int_eq(hl_snapshot_writer_add(w, &e, 1, NULL, &err), HL_OK);
	}
	hl_path_join(path, sizeof path, d.dir, "entries.snap", NULL);
	ck_assert_msg(!hl_snapshot_writer_finish(w, path, hash, &err), "%s", err.text);
	hl_snapshot_writer_free(&w);
	ck_assert_msg(!hl_version_commit(&d, hash, &err), "%s", err.text);
	ck_assert_msg(!hl_version_activate(tmp_path("state"), list, d.v.id, &err), "%s", err.text);
}

/* Loads a catalog of it; the faults, free(). */
static inline char *load_faults(struct hl_catalog **c, struct hl_catalog *before)
{
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_buf out = HL_BUF(65536);
	enum hl_code code = hl_catalog_load(c, tmp_path("hotlistd.yaml"), before, NULL, f);
	ck_assert_int_eq(code, f->errors ? HL_E_CONFIG : HL_OK);
	ck_assert((*c != NULL) == (code == HL_OK));
	hl_faults_print(f, &out);
	free(f);
	return hl_buf_steal(&out);
}

static const char state_settings[] = "state: state\nrules: rules.yaml\ningest: [{zmq: {socket: pull, bind: [\"tcp://127.0.0.1:5557\"]}}]\nlists: {stolen: {agency: METRO}}\n"
			       "receivers: {desk: [{webhook: {url: \"https://example.com/x\", secret_file: secret}}]}\n";

/* Settings and rules, and an empty state folder. */
static inline void set_up(void)
{
	tmp_make();
	write_file("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	write_file("hotlistd.yaml", state_settings);
	write_file("rules.yaml", "route: {receivers: desk}\n");
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("state"), 0700, NULL), HL_OK);
}

#endif
