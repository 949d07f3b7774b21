/* test_import.c: files through their layouts into versions: what is taken, what is refused and where that is told; nothing is lost in silence. */
#include "config.h"

#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

#include "import_run.h"

static const char mixed[] = "plate,state,category,reason,agency,case,expires\n"
			    "ABC123,CA,stolen,theft,METRO,26-1,2027-01-31\n"
			    "TOOLONGPLATE123,CA,stolen,theft,METRO,26-2,2027-01-31\n"
			    "ABC124,CA,stolen,theft,METRO,26-3,31.1.2027\n"
			    "\n"
			    "ABC123,CA,stolen,theft,METRO,26-1,2027-01-31\n"
			    "ABC123,CA,stolen,other,METRO,26-1,2027-01-31\n"
			    "XYZ9,NV,felony,robbery,METRO,26-4,2027-01-31\n";

static enum hl_code run(const struct hl_settings *s, struct hl_import *in, struct hl_import_report *r, struct hl_err *err)
{
	enum hl_code code = hl_import_run(s, tmp_path("state"), in, r, err);
	close(in->fd);
	return code;
}

static void read_file(const char *list, const char *id, const char *file, struct hl_buf *b)
{
	char path[2 * HL_PATH_MAX];
	snprintf(path, sizeof path, "%s/state/lists/%s/versions/%s/%s", tmp_dir, list, id, file);
	hl_buf_clear(b);
	ck_assert_int_eq(hl_file_read(path, b, NULL), HL_OK);
}

START_TEST(test_good_and_bad_lines)
{
	struct hl_import_report r;
	struct hl_err err = { 0 };
	struct hl_snapshot *s;
	struct hl_buf b = HL_BUF(1 << 16);
	tmp_make();
	struct hl_import in = import_of("stolen", "csv", mixed);
	ck_assert_msg(!run(NULL, &in, &r, &err), "%s", err.text);
	ck_assert_int_eq(r.entries, 2);
	ck_assert_int_eq(r.rejected, 4);
	ck_assert_int_eq(r.duplicates, 2);
	ck_assert_int_eq(r.skipped, 2);
	ck_assert_int_eq(r.lines, 8);
	ck_assert_str_eq(hl_buf_text(&r.text),
			 "list.csv:3:1: plate: found 'TOOLONGPLATE123', expected a plate of 1 to 12 letters, digits, ? and *, not only ? and *\n"
			 "list.csv:4:7: expires: found '31.1.2027', expected a date as rfc3339, yyyy-mm-dd, yyyymmdd, mm/dd/yyyy\n"
			 "list.csv:6: plate: found 'ABC123', expected an entry of its own: it is the same entry as on line 2\n"
			 "list.csv:7: plate: found 'ABC123', expected an entry of its own: it is the same entry with other content as on line 2\n");
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&r.faults), "{\"line\":3,\"column\":1,\"field\":\"plate\",\"found\":\"TOOLONGPLATE123\",\"expected\":\"a plate of"));
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&r.faults), "{\"line\":6,\"column\":null,\"field\":\"plate\""));
	ck_assert_int_eq(hl_version_open(tmp_path("state"), &r.version, &s, &err), HL_OK);
	ck_assert_uint_eq(hl_snapshot_count(s), 2);
	hl_snapshot_close(&s);
	read_file("stolen", r.version.id, "lint.jsonl", &b);
	ck_assert_str_eq(hl_buf_text(&b), hl_buf_text(&r.faults));
	read_file("stolen", r.version.id, "quarantine.txt", &b);
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&b), "# line 4, expires: found '31.1.2027', expected"));
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&b), "\nABC124,CA,stolen,theft,METRO,26-3,31.1.2027\n"));
	ck_assert_str_eq(r.version.source, "list.csv");
	ck_assert_str_eq(r.version.layout, "csv");
	ck_assert_str_eq(r.version.by, "smith");
	ck_assert_int_eq(r.version.rejected, 4);
	hl_buf_fini(&b);
	hl_import_report_fini(&r);
	tmp_remove();
}
END_TEST

static int folders_in(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;
	if (!d)
		return 0;
	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

START_TEST(test_all_or_nothing)
{
	struct hl_import_report r;
	struct hl_err err;
	tmp_make();
	struct hl_import in = import_of("stolen", "csv", mixed);
	in.strict = true;
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "list.csv: 4 of 8 lines rejected");
	ck_assert_int_eq(r.rejected, 4);
	ck_assert_uint_gt(r.text.len, 100);
	hl_import_report_fini(&r);
	in = import_of("stolen", "csv", "plate\nTOOLONGPLATE123\n");
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_E_INPUT);
	ck_assert_str_eq(err.text, "list.csv: no good entry for list 'stolen' by layout 'csv' (1 lines rejected)");
	hl_import_report_fini(&r);
	in = import_of("stolen", "csv", "");
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_E_INPUT);
	hl_import_report_fini(&r);
	ck_assert_int_eq(folders_in(tmp_path("state/lists")), 0);
	tmp_remove();
}
END_TEST

START_TEST(test_lint)
{
	struct hl_import_report r;
	struct hl_err err;
	tmp_make();
	struct hl_import in = import_of("stolen", "csv", mixed);
	ck_assert_int_eq(hl_import_lint(NULL, &in, &r, &err), HL_E_INPUT);
	ck_assert_int_eq(r.rejected, 4);
	close(in.fd);
	hl_import_report_fini(&r);
	in = import_of("stolen", "plates", "# ours\nABC123\nABC124\n");
	ck_assert_int_eq(hl_import_lint(NULL, &in, &r, &err), HL_OK);
	ck_assert_int_eq(r.entries, 2);
	ck_assert_int_eq(r.skipped, 1);
	ck_assert_uint_eq(r.text.len + r.faults.len, 0);
	close(in.fd);
	hl_import_report_fini(&r);
	ck_assert_int_eq(folders_in(tmp_path("state/lists")), 0);
	tmp_remove();
}
END_TEST

START_TEST(test_twins_are_told)
{
	struct hl_import_report r;
	struct hl_err err;
	tmp_make();
	struct hl_import in = import_of("stolen", "plates", "AB0123\nXYZ\nABO123\nK00\n");
	ck_assert_int_eq(hl_import_lint(NULL, &in, &r, &err), HL_OK);
	ck_assert_int_eq(r.twins, 1);
	ck_assert_str_eq(hl_buf_text(&r.text),
			 "list.csv:3: warning: plate: found 'ABO123', expected only one of it and AB0123 on line 1: they differ by O and 0 alone\n");
	ck_assert_ptr_nonnull(strstr(hl_buf_text(&r.faults), "\"severity\":\"warning\"}"));
	close(in.fd);
	hl_import_report_fini(&r);
	tmp_remove();
}
END_TEST

START_TEST(test_again_is_the_same_version)
{
	struct hl_import_report a, b;
	struct hl_err err;
	tmp_make();
	struct hl_import in = import_of("stolen", "plates", "ABC123\nABC124\n");
	ck_assert_int_eq(run(NULL, &in, &a, &err), HL_OK);
	ck_assert(!a.existing);
	in = import_of("stolen", "plates", "ABC124\nABC123\n");
	in.now_ms += 1000;
	ck_assert_int_eq(run(NULL, &in, &b, &err), HL_OK);
	ck_assert(b.existing);
	ck_assert_str_eq(a.version.id, b.version.id);
	ck_assert_int_eq(b.version.imported_ms, IMPORT_NOW);
	hl_import_report_fini(&a);
	hl_import_report_fini(&b);
	tmp_remove();
}
END_TEST

static struct hl_settings *settings(const char *lists)
{
	struct hl_settings *s;
	struct hl_faults faults = { 0 };
	struct hl_buf text = HL_BUF(8192);
	char yaml[4096];
	snprintf(yaml, sizeof yaml, "state: %s/state\nrules: rules.yaml\nlists:\n%s", tmp_dir, lists);
	ck_assert_int_eq(hl_file_write_atomic(tmp_path("hotlistd.yaml"), yaml, strlen(yaml), 0600, NULL), HL_OK);
	enum hl_code code = hl_settings_load(&s, tmp_path("hotlistd.yaml"), &faults);
	hl_faults_print(&faults, &text);
	ck_assert_msg(!code, "%s", hl_buf_text(&text));
	hl_buf_fini(&text);
	return s;
}

START_TEST(test_policy_of_the_settings)
{
	struct hl_import_report r;
	struct hl_err err;
	tmp_make();
	struct hl_settings *s = settings("  stolen: {agency: METRO, categories: [stolen, felony], fill: {reason: from-category, expires: 36h}}\n"
					 "  short: {require: [plate, state]}\n  permits: {layout: plates}\n");
	static const char text[] = "plate,state,category,case\nABC123,CA,stolen,1\nABC124,CA,amber,2\nABC125,,felony,3\nABC126,CA,felony,\n";
	struct hl_import in = import_of("stolen", NULL, text);
	ck_assert_msg(!run(s, &in, &r, &err), "%s", err.text);
	ck_assert_int_eq(r.entries, 1);
	ck_assert_str_eq(hl_buf_text(&r.text), "list.csv:3:3: category: found 'amber', expected one of stolen, felony\n"
					       "list.csv:4:2: state: found '', expected a value: state is required\n"
					       "list.csv:5:4: case: found '', expected a value: case is required\n");
	struct hl_snapshot *snap;
	struct hl_entry e;
	ck_assert_int_eq(hl_version_open(s->state, &r.version, &snap, &err), HL_OK);
	hl_snapshot_get(snap, 0, &e);
	ck_assert_str_eq(e.f[HL_F_REASON], "stolen");
	ck_assert_str_eq(e.f[HL_F_AGENCY], "METRO");
	ck_assert_int_eq(e.expires_ms, IMPORT_NOW + INT64_C(36) * 3600000);
	ck_assert_str_eq(e.f[HL_F_EXPIRES], "2026-11-24T22:00:00.000Z");
	hl_snapshot_close(&snap);
	hl_import_report_fini(&r);
	/* --set comes before the settings' fill, and fills only what is empty. */
	struct hl_layout_fill set[] = { { HL_F_REASON, "because" }, { HL_F_STATE, "NV" }, { HL_F_CASE, "none" } };
	in = import_of("stolen", NULL, text);
	in.set = set;
	in.n_set = 3;
	ck_assert_msg(!run(s, &in, &r, &err), "%s", err.text);
	ck_assert_int_eq(r.entries, 3);
	hl_import_report_fini(&r);
	in = import_of("short", NULL, "plate,state\nABC123,CA\nABC124,\n");
	ck_assert_int_eq(run(s, &in, &r, &err), HL_OK);
	ck_assert_int_eq(r.rejected, 1);
	hl_import_report_fini(&r);
	in = import_of("permits", NULL, "ABC123\n");
	ck_assert_msg(!run(s, &in, &r, &err), "%s", err.text);
	ck_assert_str_eq(r.version.layout, "plates");
	hl_import_report_fini(&r);
	hl_settings_free(&s);
	tmp_remove();
}
END_TEST

START_TEST(test_usage)
{
	struct hl_import_report r;
	struct hl_err err;
	tmp_make();
	struct hl_import in = import_of("../evil", "plates", "ABC123\n");
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_E_USAGE);
	hl_import_report_fini(&r);
	in = import_of("stolen", "nolayout", "ABC123\n");
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_E_CONFIG);
	ck_assert_uint_gt(r.layout_faults.errors, 0);
	ck_assert_ptr_nonnull(strstr(err.text, "layout 'nolayout' can't be used"));
	hl_import_report_fini(&r);
	in = import_of("stolen", "../../etc/passwd", "ABC123\n");
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_E_CONFIG);
	hl_import_report_fini(&r);
	struct hl_layout_fill set = { HL_F_EXPIRES, "soon" };
	in = import_of("stolen", "plates", "ABC123\n");
	in.set = &set;
	in.n_set = 1;
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_E_USAGE);
	hl_import_report_fini(&r);
	/* A file that can't be read. */
	in = import_of("stolen", "plates", "ABC123\n");
	close(in.fd);
	in.fd = open(tmp_dir, O_RDONLY);
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_E_IO);
	hl_import_report_fini(&r);
	ck_assert_int_eq(folders_in(tmp_path("state/lists")), 0);
	tmp_remove();
}
END_TEST

START_TEST(test_junk)
{
	struct hl_import_report r;
	struct hl_err err;
	unsigned seed = 3;
	tmp_make();
	static const char *const layouts[] = { "csv", "plates", "ncic-fixed", "csv-o0" };
	for (int i = 0; i < 60; i++) {
		char junk[3000];
		size_t n = (size_t)rand_r(&seed) % sizeof junk;
		for (size_t k = 0; k < n; k++)
			junk[k] = (char)(i % 3 ? rand_r(&seed) : "ABC123,\n\" "[rand_r(&seed) % 10]);
		struct hl_import in = import_of("junk", layouts[i % 4], "");
		close(in.fd);
		in.fd = text_fd(junk, n);
		enum hl_code code = hl_import_lint(NULL, &in, &r, &err);
		ck_assert(code == HL_OK || code == HL_E_INPUT);
		ck_assert_int_eq(r.lines, r.entries + r.rejected + r.skipped);
		hl_import_report_fini(&r);
		ck_assert_int_eq(lseek(in.fd, 0, SEEK_SET), 0);
		code = run(NULL, &in, &r, &err);
		ck_assert(code == HL_OK || code == HL_E_INPUT);
		hl_import_report_fini(&r);
	}
	tmp_remove();
}
END_TEST

START_TEST(test_report_is_bounded)
{
	struct hl_import_report r;
	struct hl_err err;
	struct hl_buf text = HL_BUF(64 << 20), b = HL_BUF(64 << 20);
	tmp_make();
	hl_buf_puts(&text, "GOOD1\n");
	for (int i = 0; i < 60000; i++)
		hl_buf_puts(&text, "MUCHTOOLONGFORAPLATE\n");
	struct hl_import in = import_of("stolen", "plates", hl_buf_text(&text));
	ck_assert_int_eq(run(NULL, &in, &r, &err), HL_OK);
	ck_assert_int_eq(r.rejected, 60000);
	ck_assert_uint_le(r.faults.len, 4 << 20);
	ck_assert_int_gt(r.untold, 0);
	/* What is left out is counted, by the report and again by an answer with less room. */
	for (size_t max = 1 << 20; max <= 16 << 20; max <<= 4) {
		struct hl_buf told = HL_BUF(max);
		size_t said = 0;
		hl_import_report_text(&r, &told);
		const char *rest = strstr(hl_buf_text(&told), "\n... and ");
		ck_assert_ptr_nonnull(rest);
		for (const char *p = hl_buf_text(&told); p <= rest; p++)
			said += *p == '\n';
		ck_assert_int_eq((int64_t)said + strtoll(rest + 9, NULL, 10), 60000);
		hl_buf_fini(&told);
	}
	/* The file beside the version has them all. */
	read_file("stolen", r.version.id, "lint.jsonl", &b);
	size_t lines = 0;
	for (size_t i = 0; i < b.len; i++)
		lines += b.data[i] == '\n';
	ck_assert_uint_eq(lines, 60000);
	hl_import_report_fini(&r);
	hl_buf_fini(&text);
	hl_buf_fini(&b);
	tmp_remove();
}
END_TEST

START_TEST(test_full_disk)
{
	struct hl_import_report r;
	struct hl_err err;
	struct rlimit old, small;
	struct hl_buf text = HL_BUF(1 << 20);
	tmp_make();
	for (int i = 0; i < 2000; i++)
		hl_buf_printf(&text, "AB%d\nMUCHTOOLONGFORAPLATE\n", i);
	struct hl_import in = import_of("stolen", "plates", hl_buf_text(&text));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	for (rlim_t limit = 0; limit < 250000; limit += 50000) {
		small = (struct rlimit){ limit, old.rlim_max };
		setrlimit(RLIMIT_FSIZE, &small);
		ck_assert_int_eq(lseek(in.fd, 0, SEEK_SET), 0);
		enum hl_code code = hl_import_run(NULL, tmp_path("state"), &in, &r, &err);
		setrlimit(RLIMIT_FSIZE, &old);
		ck_assert_msg(code == HL_E_IO, "%ld: %s", (long)limit, err.text);
		hl_import_report_fini(&r);
		ck_assert_int_eq(folders_in(tmp_path("state/lists")), 0);
	}
	close(in.fd);
	hl_buf_fini(&text);
	tmp_remove();
}
END_TEST

START_TEST(test_in_memory)
{
	struct hl_import_report r;
	struct hl_err err;
	struct hl_snapshot *s;
	tmp_make();
	struct hl_import in = import_of("offline", "plates", "ABC123\nTOOLONGPLATE123\nAB?1\n");
	ck_assert_msg(!hl_import_snapshot(&in, &s, &r, &err), "%s", err.text);
	ck_assert_uint_eq(hl_snapshot_count(s), 2);
	ck_assert_int_eq(r.rejected, 1);
	ck_assert_int_eq(strncmp(r.version.id, "file-", 5), 0);
	hl_snapshot_close(&s);
	hl_import_report_fini(&r);
	close(in.fd);
	in = import_of("offline", "plates", "\n");
	ck_assert_int_eq(hl_import_snapshot(&in, &s, &r, &err), HL_E_INPUT);
	ck_assert_ptr_null(s);
	hl_import_report_fini(&r);
	close(in.fd);
	tmp_remove();
}
END_TEST

UNIT_MAIN("import", test_good_and_bad_lines, test_all_or_nothing, test_lint, test_twins_are_told, test_again_is_the_same_version, test_policy_of_the_settings,
	  test_usage, test_junk, test_report_is_bounded, test_full_disk, test_in_memory)
