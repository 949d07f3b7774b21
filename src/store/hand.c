/* hand.c: a list's hand layer from its journal, see hand.h. Reads only; any thread, any process. Writing is in hand_write.c. */
#include "store/hand.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/hand_priv.h"
#include "store/versions_priv.h"

enum hl_code hl_hand_path(char dst[HL_PATH_MAX], const char *state, const char *list, const char *file, struct hl_err *err)
{
	return hl_versions_path(dst, state, list, NULL, file, err);
}

enum hl_code hl_hand_read(const char *path, struct hl_buf *b, struct hl_err *err)
{
	struct hl_err why;
	enum hl_code code = hl_file_read(path, b, &why);
	if (!code || code == HL_E_NOTFOUND)
		return HL_OK;
	return hl_err_set(err, code, "%s", why.text);
}

static int by_id(const void *a, const void *b)
{
	const struct hl_hand_record *x = a, *y = b;
	int c = strcmp(x->id, y->id);
	return c ? c : x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* The entry that a record tells of. The plate was parsed when it was written. */
static enum hl_code put_entry(const struct hl_hand_record *r, struct hl_entry *e, struct hl_err *err)
{
	const char *const *f = r->f;
	*e = (struct hl_entry){ .starts_ms = HL_NO_TIME, .expires_ms = HL_NO_TIME, .about_plate = !strcmp(f[HL_F_ABOUT], "plate") };
	bool good = hl_pattern_parse(&e->pattern, f[HL_F_PLATE], strlen(f[HL_F_PLATE]), r->o0, NULL) == HL_OK;
	good = good && (!*f[HL_F_STARTS] || hl_time_parse(f[HL_F_STARTS], strlen(f[HL_F_STARTS]), &e->starts_ms));
	good = good && (!*f[HL_F_EXPIRES] || hl_time_parse(f[HL_F_EXPIRES], strlen(f[HL_F_EXPIRES]), &e->expires_ms));
	unsigned char raw[16];
	if (!good || !hl_id_parse(r->id, raw) || !hl_id_parse(r->revision, raw))
		return hl_err_set(err, HL_E_INPUT, "change %" PRId64 " tells of an entry that is none", r->seq);
	if (f[HL_F_PRIORITY][0] >= '1' && f[HL_F_PRIORITY][0] <= '9')
		e->priority = f[HL_F_PRIORITY][0] - '0';
	hl_copy(e->id, sizeof e->id, r->id);
	hl_copy(e->revision, sizeof e->revision, r->revision);
	for (int i = 0; i < HL_FIELDS; i++)
		e->f[i] = f[i];
	return HL_OK;
}

static struct hl_hand_act act_of(const struct hl_hand_record *r)
{
	return (struct hl_hand_act){ .seq = r->seq, .time_ms = r->time_ms, .by = r->by, .why = r->why };
}

/* The changes of one id, in their order, applied. */
static enum hl_code take_group(struct hl_hand *h, const struct hl_hand_record *r, size_t n, struct hl_err *err)
{
	struct hl_hand_entry entry = { .added.seq = 0 };
	struct hl_hand_mask mask = { .made.seq = 0 };
	enum hl_code code = HL_OK;
	for (size_t i = 0; i < n && !code; i++) {
		struct hl_hand_act act = act_of(&r[i]);
		bool open = entry.added.seq && !entry.ended.seq, masked = mask.made.seq && !mask.ended.seq;
		if (r[i].op == HL_HAND_ADD) {
			entry = (struct hl_hand_entry){ .added = act, .waits = r[i].waits };
			code = put_entry(&r[i], &entry.e, err);
		} else if (r[i].op == HL_HAND_WITHDRAW) {
			if (open)
				entry.ended = act;
			if (r[i].mask) {
				mask = (struct hl_hand_mask){ .version = r[i].version, .made = act };
				code = put_entry(&r[i], &mask.e, err);
			}
		} else if (r[i].op == HL_HAND_APPROVE) {
			entry.waits = false;
			entry.approved = act;
		} else if (masked && (r[i].op == HL_HAND_UNDO || !strcmp(r[i].revision, mask.e.revision))) {
			mask.ended = act; /* undone; or overtaken, and not by a later withdrawal that whoever said so had not seen */
		}
		if (r[i].op == HL_HAND_UNDO)
			entry.ended = (struct hl_hand_act){ .seq = 0 };
	}
	if (entry.added.seq)
		h->entry[h->n_entries++] = entry;
	if (mask.made.seq)
		h->mask[h->n_masks++] = mask;
	h->listed += entry.added.seq && !entry.ended.seq && !entry.waits;
	h->waiting += entry.added.seq && !entry.ended.seq && entry.waits;
	h->masked += mask.made.seq && !mask.ended.seq;
	return code;
}

static enum hl_code make_snapshot(struct hl_hand *h, struct hl_err *err)
{
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	enum hl_code code = HL_OK;
	for (size_t i = 0; i < h->n_entries && !code; i++)
		if (!h->entry[i].ended.seq && !h->entry[i].waits)
			code = hl_snapshot_writer_add(w, &h->entry[i].e, (unsigned)i + 1, NULL, err);
	if (!code)
		code = hl_snapshot_writer_open(w, &h->snapshot, err);
	hl_snapshot_writer_free(&w);
	return code;
}

/* All lines of text into r, which has room for them; returns how many are about an entry. */
static enum hl_code parse_lines(struct hl_hand *h, size_t n, struct hl_hand_record *r, size_t *n_records, struct hl_err *err)
{
	enum hl_code code = HL_OK;
	for (char *at = h->text, *end; at < h->text + n && !code; at = end + 1) {
		end = strchr(at, '\n'); /* each line of them ends so */
		*end = 0;
		struct hl_hand_record *one = &r[*n_records];
		code = hl_hand_parse(at, one, err);
		if (!code && one->seq <= h->last.seq && one->op != HL_HAND_BASE)
			code = hl_err_set(err, HL_E_INPUT, "change %" PRId64 " comes after change %" PRId64, one->seq, h->last.seq);
		if (code)
			break;
		if (one->op != HL_HAND_BASE || one->seq > h->last.seq)
			h->last = (struct hl_hand_act){ .seq = one->seq, .time_ms = one->time_ms, .by = one->by, .why = "" };
		*n_records += one->op != HL_HAND_BASE;
	}
	return code;
}

enum hl_code hl_hand_build(struct hl_hand **out, const char *list, char *text, size_t n, struct hl_err *err)
{
	struct hl_hand *h = hl_calloc(1, sizeof *h);
	size_t lines = 1, records = 0;
	*out = NULL;
	h->text = text;
	h->bytes = n;
	h->last.by = h->last.why = "";
	h->last.time_ms = HL_NO_TIME;
	hl_copy(h->list, sizeof h->list, list);
	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	struct hl_hand_record *r = hl_calloc(lines, sizeof *r);
	h->entry = hl_calloc(lines, sizeof *h->entry);
	h->mask = hl_calloc(lines, sizeof *h->mask);
	enum hl_code code = parse_lines(h, n, r, &records, err);
	if (!code && records)
		qsort(r, records, sizeof *r, by_id);
	for (size_t i = 0, end; i < records && !code; i = end) {
		for (end = i + 1; end < records && !strcmp(r[end].id, r[i].id);)
			end++;
		code = take_group(h, r + i, end - i, err);
	}
	free(r);
	if (!code)
		code = make_snapshot(h, err);
	if (h->last.seq)
		snprintf(h->version, sizeof h->version, "hand-%06" PRId64, h->last.seq);
	if (code)
		hl_hand_close(&h);
	*out = h;
	return code;
}

enum hl_code hl_hand_open(struct hl_hand **h, const char *state, const char *list, struct hl_err *err)
{
	char path[HL_PATH_MAX];
	struct hl_buf b = HL_BUF(HL_HAND_BYTES_MAX);
	struct hl_err why;
	size_t good = 0, all;
	*h = NULL;
	enum hl_code code = hl_hand_path(path, state, list, "hand.journal", err);
	if (!code)
		code = hl_hand_read(path, &b, err);
	if (!code)
		code = hl_hand_good(hl_buf_text(&b), b.len, path, &good, err);
	all = b.len;
	if (code) {
		hl_buf_fini(&b);
		return code;
	}
	code = hl_hand_build(h, list, hl_buf_steal(&b), good, &why);
	if (code)
		return hl_err_set(err, code, "%s: %s", path, why.text);
	(*h)->torn = all - good;
	return HL_OK;
}

void hl_hand_close(struct hl_hand **hp)
{
	struct hl_hand *h = *hp;
	if (!h)
		return;
	hl_snapshot_close(&h->snapshot);
	free(h->entry);
	free(h->mask);
	free(h->text);
	free(h);
	*hp = NULL;
}

static int entry_at(const void *id, const void *x)
{
	return strcmp(id, ((const struct hl_hand_entry *)x)->e.id);
}

static int mask_at(const void *id, const void *x)
{
	return strcmp(id, ((const struct hl_hand_mask *)x)->e.id);
}

const struct hl_hand_entry *hl_hand_find(const struct hl_hand *h, const char *id)
{
	return h->n_entries ? bsearch(id, h->entry, h->n_entries, sizeof h->entry[0], entry_at) : NULL;
}

const struct hl_hand_mask *hl_hand_find_mask(const struct hl_hand *h, const char *id)
{
	return h->n_masks ? bsearch(id, h->mask, h->n_masks, sizeof h->mask[0], mask_at) : NULL;
}

bool hl_hand_hides(const struct hl_hand *h, const struct hl_entry *e, int64_t at_ms)
{
	const struct hl_hand_mask *m = hl_hand_find_mask(h, e->id);
	if (m && !m->ended.seq && !strcmp(m->e.revision, e->revision))
		return true;
	const struct hl_hand_entry *by_hand = hl_hand_find(h, e->id);
	return by_hand && !by_hand->ended.seq && !by_hand->waits && hl_entry_when(&by_hand->e, at_ms) == HL_WHEN_NOW;
}

void hl_hand_version(const struct hl_hand *h, struct hl_version *v)
{
	*v = (struct hl_version){ .imported_ms = h->last.time_ms, .entries = (int64_t)h->listed, .lines = (int64_t)h->listed, .file_time_ms = HL_NO_TIME,
				  .active = true };
	hl_copy(v->id, sizeof v->id, h->version);
	hl_copy(v->list, sizeof v->list, h->list);
	hl_copy(v->source, sizeof v->source, "words");
	hl_copy(v->layout, sizeof v->layout, "by hand");
	hl_copy(v->by, sizeof v->by, h->last.by);
}
