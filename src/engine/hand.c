/* hand.c: see hand.h. The words of an entry become one line of csv, so that there is one check of entries and not two. */
#include "config.h" /* memfd_create */

#include "engine/hand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool is_time(int field)
{
	return field == HL_F_STARTS || field == HL_F_EXPIRES;
}

/* In quotes, whatever it is. */
static void put_quoted(struct hl_buf *b, const char *s)
{
	hl_buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"')
			hl_buf_putc(b, '"');
		hl_buf_putc(b, *s);
	}
	hl_buf_putc(b, '"');
}

/* A header line and a line of all that is given but the times, which may be durations: those are filled in. */
static void put_csv(const struct hl_hand_words *w, struct hl_buf *b)
{
	hl_buf_puts(b, hl_fields[HL_F_PLATE].name);
	for (int f = 0; f < HL_FIELDS; f++)
		if (f != HL_F_PLATE && w->f[f] && !is_time(f))
			hl_buf_printf(b, ",%s", hl_fields[f].name);
	hl_buf_putc(b, '\n');
	put_quoted(b, w->f[HL_F_PLATE] ? w->f[HL_F_PLATE] : "");
	for (int f = 0; f < HL_FIELDS; f++)
		if (f != HL_F_PLATE && w->f[f] && !is_time(f)) {
			hl_buf_putc(b, ',');
			put_quoted(b, w->f[f]);
		}
	hl_buf_putc(b, '\n');
}

static enum hl_code as_file(const struct hl_hand_words *w, int *fd, struct hl_err *err)
{
	struct hl_buf b = HL_BUF(64 << 10);
	put_csv(w, &b);
	bool full = b.full;
	*fd = full ? -1 : memfd_create("entry", MFD_CLOEXEC);
	bool good = *fd >= 0 && write(*fd, hl_buf_text(&b), b.len) == (ssize_t)b.len && lseek(*fd, 0, SEEK_SET) == 0;
	hl_buf_fini(&b);
	if (full)
		return hl_err_set(err, HL_E_LIMIT, "the entry has more than 64 KiB of text");
	return good ? HL_OK : hl_err_set(err, HL_E_IO, "the entry can't be read: %s", strerror(errno));
}

/* A line of the report without the name and place of a file that nobody has seen: "state: found …". Moves *at behind the line. */
static const char *next_note(const char **at, size_t *n)
{
	size_t line = strcspn(*at, "\n");
	const char *text = strstr(*at, ": ");
	text = text && text < *at + line ? text + 2 : *at;
	*n = line - (size_t)(text - *at);
	*at += line + ((*at)[line] == '\n');
	return text;
}

static enum hl_code first_fault(const struct hl_import_report *r, struct hl_err *err)
{
	const char *at = hl_buf_text(&r->text);
	size_t n = 0;
	const char *text = next_note(&at, &n);
	while (*at && !strncmp(text, "warning", 7))
		text = next_note(&at, &n);
	return hl_err_set(err, HL_E_INPUT, "%.*s", (int)n, text);
}

static void tell_odd(const struct hl_import_report *r, struct hl_buf *told)
{
	for (const char *at = hl_buf_text(&r->text); *at;) {
		size_t n;
		const char *text = next_note(&at, &n);
		hl_buf_printf(told, "%.*s\n", (int)n, text);
	}
}

static enum hl_code read_entry(const struct hl_settings *settings, const struct hl_hand_words *w, int fd, struct hl_snapshot **s, struct hl_buf *told,
			       struct hl_err *err)
{
	struct hl_layout_fill times[2];
	struct hl_import in = { .list = w->list, .layout = "csv", .source = "", .by = w->by, .fd = fd, .strict = true, .set = times, .now_ms = w->now_ms,
				.layout_dirs = w->layout_dirs };
	struct hl_import_report report;
	for (int f = HL_F_STARTS; f <= HL_F_EXPIRES; f++)
		if (w->f[f])
			times[in.n_set++] = (struct hl_layout_fill){ .field = (enum hl_field)f, .value = w->f[f] };
	enum hl_code code = hl_import_entries(settings, &in, s, &report, err);
	if (code == HL_E_INPUT && report.rejected)
		code = first_fault(&report, err);
	else if (!code)
		tell_odd(&report, told);
	hl_import_report_fini(&report);
	return code;
}

static enum hl_code check(const struct hl_hand_words *w, const struct hl_snapshot *s, struct hl_err *err)
{
	struct hl_entry e;
	if (hl_snapshot_count(s) != 1)
		return hl_err_set(err, HL_E_INPUT, "these words make %zu entries: expected one", hl_snapshot_count(s));
	hl_snapshot_get(s, 0, &e);
	if (e.expires_ms == HL_NO_TIME)
		return hl_err_set(err, HL_E_INPUT, "expires: found nothing, expected a time: an entry added by hand must end (--expires 6h)");
	if (e.expires_ms <= w->now_ms)
		return hl_err_set(err, HL_E_INPUT, "expires: found %s, expected a time to come", e.f[HL_F_EXPIRES]);
	return HL_OK;
}

enum hl_code hl_hand_check(const struct hl_settings *settings, const struct hl_hand_words *w, struct hl_snapshot **s, struct hl_buf *told, struct hl_err *err)
{
	int fd;
	*s = NULL;
	enum hl_code code = as_file(w, &fd, err);
	if (!code)
		code = read_entry(settings, w, fd, s, told, err);
	if (!code)
		code = check(w, *s, err);
	if (code && *s)
		hl_snapshot_close(s);
	if (fd >= 0)
		close(fd);
	return code;
}

enum hl_code hl_hand_settle(const char *fleet, const char *state, const char *list, const struct hl_snapshot *s, const char *version, const char *by, int64_t now_ms, struct hl_buf *told,
			    struct hl_err *err)
{
	struct hl_hand *h;
	size_t n = 0;
	enum hl_code code = hl_hand_open(&h, state, list, err);
	if (code)
		return code;
	struct hl_hand_change *c = hl_calloc(h->masked + 1, sizeof *c);
	char (*why)[HL_TEXT_LONG] = hl_calloc(h->masked + 1, sizeof *why);
	for (size_t i = 0; i < h->n_masks && n < h->masked; i++) {
		const struct hl_hand_mask *m = &h->mask[i];
		ptrdiff_t at = m->ended.seq ? 0 : hl_snapshot_find(s, m->e.id);
		struct hl_entry e = { .revision = "" };
		if (at >= 0 && !m->ended.seq)
			hl_snapshot_get(s, (size_t)at, &e);
		if (m->ended.seq || !strcmp(e.revision, m->e.revision))
			continue;
		snprintf(why[n], sizeof why[n], at < 0 ? "it is no more in version %s" : "version %s has it with other content", version);
		hl_buf_printf(told, "%s: %s (%s) is no longer withdrawn: %s\n", list, m->e.f[HL_F_PLATE], m->e.id, why[n]);
		c[n] = (struct hl_hand_change){ .op = HL_HAND_OVERTAKEN, .entry = &m->e, .by = by, .why = why[n], .time_ms = now_ms };
		n++;
	}
	if (n)
		code = hl_hand_write_for(fleet, state, list, c, n, NULL, err);
	free(c);
	free(why);
	hl_hand_close(&h);
	return code;
}
