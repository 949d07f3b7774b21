/* replay_store.c: see replay_store.h. */
#include "ctl/replay_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/review.h"
#include "format/alert_json.h"
#include "store/store.h"

enum { READS_MAX = 256 << 20 };

/* An alert: its read as JSON and what was found of it. */
struct kept {
	char id[HL_ID_TEXT], entry[HL_ID_TEXT];
	int64_t time_ms;
	enum hl_replay_truth truth;    /* whether the entry's plate was there */
	char plate[HL_PLATE_MAX + 1];  /* what was; "": not known */
	char *read;                    /* owned */
	uint64_t line;
};

struct hl_replay_stored {
	struct kept *kept; /* in the order of the lines */
	size_t n, disposed;
	struct hl_buf reads;
};

/* The normal form of what was there. A partial plate of the list is none: then only the entry itself is known to be right. */
static void set_plate(struct kept *k, const struct hl_alert *a)
{
	struct hl_plate p;
	const char *text = a->plate_seen[0] ? a->plate_seen : k->truth == HL_TRUTH_RIGHT ? a->plate_listed : "";
	if (k->truth != HL_TRUTH_UNKNOWN && text[0] && !hl_plate_parse(&p, text, strlen(text), NULL))
		hl_plate_text(&p, k->plate);
}

static enum hl_code keep(struct kept *k, const struct hl_alert_row *row, struct hl_alert *a, struct hl_err *err)
{
	struct hl_buf text = HL_BUF(HL_BODY_MAX);
	struct hl_json j;
	struct hl_err why;
	if (hl_alert_parse(a, row->body, row->body_n, &why))
		return hl_err_set(err, HL_E_INPUT, "alert %s of the store: %s", row->id, why.text);
	hl_copy(k->id, sizeof k->id, a->id);
	hl_copy(k->entry, sizeof k->entry, a->entry_id);
	k->time_ms = a->read.time_ms;
	k->truth = hl_alert_truth(a);
	set_plate(k, a);
	hl_json_init(&j, &text);
	hl_read_write(&a->read, &j, NULL);
	k->read = hl_buf_steal(&text);
	return HL_OK;
}

/* By time; the alerts of one read stand together. */
static int by_read(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int c = x->time_ms < y->time_ms ? -1 : x->time_ms > y->time_ms;
	c = c ? c : strcmp(x->read, y->read);
	return c ? c : strcmp(x->id, y->id);
}

/* The read of kept[from..to-1] with the plate that the first of them knows. */
static bool add_line(struct hl_replay_stored *s, size_t from, size_t to)
{
	const char *read = s->kept[from].read;
	size_t i = from;
	while (i < to && !s->kept[i].plate[0])
		i++;
	if (i == to)
		return hl_buf_printf(&s->reads, "%s\n", read);
	return hl_buf_printf(&s->reads, "%.*s,\"_truth\":\"%s\"}\n", (int)strlen(read) - 1, read, s->kept[i].plate);
}

static enum hl_code make_lines(struct hl_replay_stored *s, struct hl_err *err)
{
	uint64_t line = 0;
	if (s->n > 1)
		qsort(s->kept, s->n, sizeof s->kept[0], by_read);
	for (size_t i = 0, end; i < s->n; i = end) {
		line++;
		for (end = i; end < s->n && !strcmp(s->kept[end].read, s->kept[i].read); end++) {
			s->kept[end].line = line;
			s->disposed += s->kept[end].truth != HL_TRUTH_UNKNOWN;
		}
		if (!add_line(s, i, end))
			return hl_err_set(err, HL_E_LIMIT, "the alerts' reads have more than %d bytes: --since takes fewer", READS_MAX);
	}
	return HL_OK;
}

static enum hl_code keep_all(struct hl_replay_stored *s, const struct hl_alert_row *rows, size_t n, struct hl_err *err)
{
	struct hl_alert *a = hl_alloc(sizeof *a);
	enum hl_code rc = HL_OK;
	s->kept = hl_calloc(n, sizeof s->kept[0]);
	for (; !rc && s->n < n; s->n += !rc)
		rc = keep(&s->kept[s->n], &rows[s->n], a, err);
	free(a);
	return rc ? rc : make_lines(s, err);
}

enum hl_code hl_replay_stored_load(struct hl_replay_stored **out, const char *store, const char *state, int64_t since_ms, struct hl_err *err)
{
	const struct hl_alert_filter f = { .since_ms = since_ms, .until_ms = HL_NO_TIME, .limit = HL_LIST_MAX };
	struct hl_replay_stored *s = hl_calloc(1, sizeof *s);
	struct hl_alert_row *rows = NULL;
	struct hl_store *reader = NULL;
	size_t n = 0;
	hl_buf_init(&s->reads, READS_MAX);
	enum hl_code rc = hl_store_open(&reader, store, state, HL_STORE_READ, err);
	if (!rc)
		rc = reader->ops->alert_list(reader, &f, &rows, &n, err);
	if (!rc)
		rc = keep_all(s, rows, n, err);
	if (!rc && n == HL_LIST_MAX)
		fprintf(stderr, "hotlistctl: note: the newest %d alerts only\n", HL_LIST_MAX);
	hl_alert_rows_free(rows, n);
	if (reader)
		hl_store_close(&reader);
	if (rc)
		hl_replay_stored_free(&s);
	*out = s;
	return rc;
}

void hl_replay_stored_free(struct hl_replay_stored **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < (*s)->n; i++)
		free((*s)->kept[i].read);
	free((*s)->kept);
	hl_buf_fini(&(*s)->reads);
	free(*s);
	*s = NULL;
}

const struct hl_buf *hl_replay_stored_reads(const struct hl_replay_stored *s)
{
	return &s->reads;
}

size_t hl_replay_stored_alerts(const struct hl_replay_stored *s)
{
	return s->n;
}

size_t hl_replay_stored_disposed(const struct hl_replay_stored *s)
{
	return s->disposed;
}

/* The first alert of a line, or NULL. */
static const struct kept *first_of(const struct hl_replay_stored *s, uint64_t line)
{
	size_t low = 0, high = s->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (s->kept[mid].line < line)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n && s->kept[low].line == line ? &s->kept[low] : NULL;
}

static const struct kept *find(const struct hl_replay_stored *s, uint64_t line, const char *entry)
{
	const struct kept *k = first_of(s, line), *end = s->kept + s->n;
	for (; k && k < end && k->line == line; k++)
		if (!strcmp(k->entry, entry))
			return k;
	return NULL;
}

enum hl_replay_truth hl_replay_stored_said(const void *stored, uint64_t line, const char *entry)
{
	const struct kept *k = find(stored, line, entry);
	return k ? k->truth : HL_TRUTH_UNKNOWN;
}

const char *hl_replay_stored_alert(const struct hl_replay_stored *s, uint64_t line, const char *entry)
{
	const struct kept *k = find(s, line, entry);
	k = k ? k : first_of(s, line);
	return k ? k->id : "";
}
