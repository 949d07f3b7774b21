/* ops_list_layouts.c: `list layouts`, and `list lint --layout auto`: which of the layouts a file is likely to be. Looks at the beginning of the file and stores
 * nothing; the thread is the caller's.
 */
#include "engine/ops_list_priv.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/data.h"
#include "base/text.h"
#include "format/layout_fit.h"

enum { LAYOUTS_MAX = 256, SAMPLE_LINES = 2000, SAMPLE_BYTES = 4 << 20, TOLD = 5 };

void hl_ops_layout_dirs(const struct hl_ops_ctx *ctx, struct hl_ops_dirs *d)
{
	const struct hl_settings *s = hl_ops_settings(ctx);
	size_t n = 0;
	for (; s && n < s->layout_dirs.n && n < HL_OPS_DIRS; n++)
		d->v[n] = s->layout_dirs.v[n];
	d->v[n] = NULL;
}

/* The same and the installed one, whose name is put into own. */
static void all_dirs(const struct hl_ops_ctx *ctx, struct hl_ops_dirs *d, char own[HL_PATH_MAX])
{
	size_t n = 0;
	hl_ops_layout_dirs(ctx, d);
	while (d->v[n])
		n++;
	if (n < HL_OPS_DIRS && hl_data_find(own, HL_PATH_MAX, "hotlists/layouts"))
		d->v[n++] = own;
	d->v[n] = NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the layouts in a folder, sorted. */
static size_t layouts_in(const char *dir, char **names)
{
	DIR *d = opendir(dir);
	size_t n = 0;
	if (!d)
		return 0;
	for (struct dirent *e; n < LAYOUTS_MAX && (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		if (len > 5 && !strcmp(e->d_name + len - 5, ".yaml") && hl_text_is_name(e->d_name, len - 5, HL_NAME - 1))
			names[n++] = hl_strndup(e->d_name, len - 5);
	}
	closedir(d);
	if (n)
		qsort(names, n, sizeof *names, by_name);
	return n;
}

static void tell_layout_of(const char *dir, const char *name, struct hl_json *j, struct hl_buf *out)
{
	const char *dirs[] = { dir, NULL };
	struct hl_faults faults = { 0 };
	struct hl_layout *l = NULL;
	bool good = hl_layout_load(&l, name, dirs, &faults) == HL_OK;
	const char *fault = good ? NULL : faults.n ? faults.v[0].text : "can't be read";
	if (j) {
		hl_json_open(j, '{');
		hl_json_str(j, "layout", name);
		hl_json_str(j, "shape", good ? hl_layout_shape(l) : NULL);
		hl_json_str(j, "help", good ? hl_layout_help(l) : NULL);
		hl_json_str(j, "folder", dir);
		hl_json_str(j, "fault", fault);
		hl_json_close(j);
	} else if (good) {
		hl_buf_printf(out, "%-16s %-10s %s\n", name, hl_layout_shape(l), hl_layout_help(l));
	} else {
		hl_buf_printf(out, "%-16s %-10s FAULT: %s\n", name, "", fault);
	}
	hl_layout_free(&l);
}

enum hl_code hl_ops_list_layouts(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_ops_dirs dirs;
	struct hl_json j;
	char own[HL_PATH_MAX], *names[LAYOUTS_MAX];
	enum hl_code code = hl_ops_args(argc, argv, &(const struct hl_ops_opt){ 0 }, "", NULL, 0, 0, err);
	if (code)
		return code;
	all_dirs(ctx, &dirs, own);
	hl_json_init(&j, out);
	if (json)
		hl_json_open(&j, '[');
	for (size_t i = 0; dirs.v[i]; i++) {
		size_t k = layouts_in(dirs.v[i], names);
		if (!json && k)
			hl_buf_printf(out, "%s:\n", dirs.v[i]);
		for (size_t m = 0; m < k; m++) {
			tell_layout_of(dirs.v[i], names[m], json ? &j : NULL, out);
			free(names[m]);
		}
	}
	if (json) {
		hl_json_close(&j);
		hl_buf_putc(out, '\n');
	}
	return HL_OK;
}

/* The first lines of the file, whole ones; a line that is longer than all there is room for is cut. */
static enum hl_code read_sample(int fd, struct hl_buf *sample, struct hl_err *err)
{
	char bytes[1 << 16];
	size_t lines = 0, whole = 0;
	while (lines < SAMPLE_LINES && sample->len < SAMPLE_BYTES) {
		ssize_t got = read(fd, bytes, sizeof bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return hl_err_set(err, HL_E_IO, "reading the list failed: %s", strerror(errno));
		if (!got)
			return HL_OK;
		for (ssize_t i = 0; i < got && lines < SAMPLE_LINES; i++)
			if (bytes[i] == '\n') {
				lines++;
				whole = sample->len + (size_t)i + 1;
			}
		hl_buf_put(sample, bytes, (size_t)got);
	}
	sample->len = whole ? whole : sample->len;
	return HL_OK;
}

struct guess {
	char name[HL_NAME];
	struct hl_layout_fit fit;
};

static int better(const void *a, const void *b)
{
	const struct guess *x = a, *y = b;
	int by = hl_layout_fit_compare(&x->fit, &y->fit);
	return by ? by : strcmp(x->name, y->name);
}

static bool tried(const struct guess *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].name, name))
			return true;
	return false;
}

/* Every layout of every folder on the sample, the best first. A broken one is none. */
static size_t try_all(const struct hl_ops_dirs *dirs, const struct hl_buf *sample, int64_t now_ms, struct guess *v)
{
	char *names[LAYOUTS_MAX];
	size_t n = 0;
	for (size_t i = 0; dirs->v[i]; i++) {
		size_t k = layouts_in(dirs->v[i], names);
		for (size_t m = 0; m < k; m++) {
			struct hl_faults faults = { 0 };
			struct hl_layout *l = NULL;
			if (n < LAYOUTS_MAX && !tried(v, n, names[m]) && hl_layout_load(&l, names[m], dirs->v, &faults) == HL_OK) {
				hl_copy(v[n].name, sizeof v[n].name, names[m]);
				hl_layout_fit(l, hl_buf_text(sample), sample->len, now_ms, &v[n++].fit);
			}
			hl_layout_free(&l);
			free(names[m]);
		}
	}
	if (n)
		qsort(v, n, sizeof *v, better);
	return n;
}

static unsigned percent(unsigned part, unsigned whole)
{
	return whole ? (unsigned)(part * UINT64_C(100) / whole) : 0;
}

static void guess_json(const struct guess *v, size_t n, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "layout", n && v[0].fit.good ? v[0].name : NULL);
	hl_json_open_key(&j, "fits", '[');
	for (size_t i = 0; i < n; i++) {
		const struct hl_layout_fit *f = &v[i].fit;
		hl_json_open(&j, '{');
		hl_json_str(&j, "layout", v[i].name);
		hl_json_int(&j, "score", hl_layout_fit_score(f));
		hl_json_int(&j, "lines", f->lines);
		hl_json_int(&j, "good", f->good);
		hl_json_int(&j, "coded", f->coded);
		hl_json_int(&j, "known", f->known);
		hl_json_int(&j, "named", f->named);
		hl_json_int(&j, "unnamed", f->unnamed);
		hl_json_bool(&j, "dated", f->dated);
		hl_json_bool(&j, "counted", f->counted);
		hl_json_bool(&j, "refused", f->refused);
		hl_json_str(&j, "expected", f->fault.expected[0] ? f->fault.expected : NULL);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void guess_text(const struct guess *v, size_t n, const char *list, const char *file, struct hl_buf *out)
{
	const struct hl_layout_fit *f = &v[0].fit;
	hl_buf_printf(out, "%s: %u %% of %u lines", v[0].name, percent(f->good, f->lines), f->lines);
	for (size_t i = 1; i < n && i < TOLD && v[i].fit.good; i++)
		hl_buf_printf(out, "%s%s %u %% (%u %% known)", i == 1 ? "; next: " : ", ", v[i].name, percent(v[i].fit.good, v[i].fit.lines),
			      percent(v[i].fit.known, v[i].fit.coded));
	hl_buf_printf(out, "\n%u %% of its states, makes, types, colours, years and plates are known", percent(f->known, f->coded));
	if (f->named)
		hl_buf_printf(out, "; %u of %u columns of the header line are known by name", f->named, f->named + f->unnamed);
	if (f->dated || f->counted)
		hl_buf_printf(out, "; the file says its %s", f->dated && f->counted ? "date and count" : f->dated ? "date" : "count");
	hl_buf_putc(out, '\n');
	if (f->fault.expected[0])
		hl_buf_printf(out, "first fault: line %u: expected %s\n", f->fault.line, f->fault.expected);
	hl_buf_printf(out, "see more: list lint %s %s --layout %s\n", list, file, v[0].name);
}

enum hl_code hl_ops_list_guess(struct hl_ops_ctx *ctx, const char *const *words, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_ops_dirs dirs;
	struct hl_buf sample = HL_BUF(SAMPLE_BYTES + (1 << 16));
	char own[HL_PATH_MAX];
	struct guess *v = hl_calloc(LAYOUTS_MAX, sizeof *v);
	size_t n = 0;
	enum hl_code code = read_sample(ctx->fd, &sample, err);
	if (!code) {
		all_dirs(ctx, &dirs, own);
		n = try_all(&dirs, &sample, ctx->now_ms, v);
		if (json)
			guess_json(v, n, out);
		if (!n || !v[0].fit.good)
			code = hl_err_set(err, HL_E_INPUT, "%s: no layout takes a line of it (%zu tried)", words[1], n);
		else if (!json)
			guess_text(v, n, words[0], words[1], out);
	}
	hl_buf_fini(&sample);
	free(v);
	return code;
}
