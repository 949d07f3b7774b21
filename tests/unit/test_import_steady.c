/* test_import_steady.c: an import of a file that somebody writes to, or that is to end before it is done, stores nothing. */
#include "config.h"

#include "unit.h"

#include <pthread.h>
#include <sys/stat.h>

#include "import_run.h"

enum { LINES = 60000 };

static void many_plates(struct hl_buf *text)
{
	for (int i = 0; i < LINES; i++)
		hl_buf_printf(text, "A%c%05d\n", 'A' + i % 26, i);
}

struct writer {
	int fd;
	atomic_bool begun, done;
};

/* The same byte again and again: only the times tell. */
static void *write_on(void *arg)
{
	struct writer *w = arg;
	do {
		ck_assert_int_eq(pwrite(w->fd, "A", 1, 0), 1);
		w->begun = true;
	} while (!w->done);
	return NULL;
}

static enum hl_code run(struct hl_import *in, struct hl_import_report *r, struct hl_err *err)
{
	ck_assert_int_eq(lseek(in->fd, 0, SEEK_SET), 0);
	return hl_import_run(NULL, tmp_path("state"), in, r, err);
}

static void check_empty(void)
{
	struct hl_version *v;
	size_t n;
	ck_assert_int_eq(hl_version_list(tmp_path("state"), "stolen", &v, &n, NULL), HL_E_NOTFOUND);
}

START_TEST(test_written_to)
{
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_import_report r;
	struct hl_err err = { 0 };
	struct timespec back[2];
	struct stat st;
	pthread_t thread;
	tmp_make();
	many_plates(&text);
	struct hl_import in = import_of("stolen", "plates", hl_buf_text(&text));
	struct writer w = { .fd = in.fd };
	ck_assert_int_eq(fstat(in.fd, &st), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_on, &w), 0);
	while (!w.begun)
		sched_yield();
	ck_assert_int_eq(run(&in, &r, &err), HL_E_AGAIN);
	ck_assert_ptr_nonnull(strstr(err.text, "list.csv changed while it was read"));
	w.done = true;
	pthread_join(thread, NULL);
	hl_import_report_fini(&r);
	check_empty();
	/* Left alone, and with its old time, it is a good file. */
	back[0] = st.st_atim;
	back[1] = st.st_mtim;
	ck_assert_int_eq(futimens(in.fd, back), 0);
	ck_assert_msg(run(&in, &r, &err) == HL_OK, "%s", err.text);
	ck_assert_int_eq(r.entries, LINES);
	hl_import_report_fini(&r);
	close(in.fd);
	hl_buf_fini(&text);
	tmp_remove();
}
END_TEST

/* Raises the flag once some of the file has been read. */
static void *raise_stop(void *arg)
{
	struct writer *w = arg;
	while (lseek(w->fd, 0, SEEK_CUR) == 0)
		sched_yield();
	w->done = true;
	return NULL;
}

START_TEST(test_stopped)
{
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_import_report r;
	struct hl_err err = { 0 };
	pthread_t thread;
	tmp_make();
	many_plates(&text);
	struct hl_import in = import_of("stolen", "plates", hl_buf_text(&text));
	struct writer w = { .fd = in.fd };
	in.stop = &w.done;
	ck_assert_int_eq(lseek(in.fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, raise_stop, &w), 0);
	ck_assert_int_eq(run(&in, &r, &err), HL_E_AGAIN);
	pthread_join(thread, NULL);
	hl_import_report_fini(&r);
	check_empty();
	w.done = false;
	ck_assert_msg(run(&in, &r, &err) == HL_OK, "%s", err.text);
	hl_import_report_fini(&r);
	close(in.fd);
	hl_buf_fini(&text);
	tmp_remove();
}
END_TEST

UNIT_MAIN("import_steady", test_written_to, test_stopped)
