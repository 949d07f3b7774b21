/* replay_print.c: see replay_print.h. */
#include "ctl/replay_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_MAX = 64 << 20 };

void hl_replay_put(struct hl_buf *out)
{
	fwrite(hl_buf_text(out), 1, out->len, stdout);
	hl_buf_clear(out);
}

void hl_replay_share_text(int64_t k, int64_t n, struct hl_buf *out)
{
	double low, high;
	hl_replay_wilson(k, n, &low, &high);
	if (n)
		hl_buf_printf(out, "%.3f (95 %%: %.3f to %.3f; %lld of %lld)", (double)k / (double)n, low, high, (long long)k, (long long)n);
	else
		hl_buf_puts(out, "-");
}

void hl_replay_share_json(struct hl_json *j, const char *key, int64_t k, int64_t n)
{
	double low, high;
	hl_replay_wilson(k, n, &low, &high);
	hl_json_open_key(j, key, '{');
	if (n)
		hl_json_prob(j, "value", (double)k / (double)n);
	else
		hl_json_null(j, "value");
	hl_json_prob(j, "low", low);
	hl_json_prob(j, "high", high);
	hl_json_int(j, "right", k);
	hl_json_int(j, "of", n);
	hl_json_close(j);
}

static const struct hl_catalog *catalog_of(const struct hl_replay_print *p)
{
	return hl_replay_set(p->replay, 1)->catalog;
}

/* The stored alert that the read is of, "" where reads are no alerts'; the entry's id into entry. */
static const char *alert_of(const struct hl_replay_print *p, const struct hl_replay_told *t, char entry[HL_ID_TEXT])
{
	hl_snapshot_id(catalog_of(p)->list[t->list].snapshot, t->entry, entry);
	return p->stored ? hl_replay_stored_alert(p->stored, t->read, entry) : "";
}

static const struct hl_replay_told *either(const struct hl_replay_pair *q)
{
	return q->after ? q->after : q->before;
}

/* ---- JSON ---- */

static void write_names(struct hl_json *j, const char *names)
{
	char *copy = hl_strdup(names ? names : ""), *rest = copy, *word;
	hl_json_open_key(j, "receivers", '[');
	while ((word = strsep(&rest, " ")))
		if (*word)
			hl_json_str(j, NULL, word);
	hl_json_close(j);
	free(copy);
}

static void write_told(struct hl_json *j, const char *key, const struct hl_replay_told *t)
{
	if (!t) {
		hl_json_null(j, key);
		return;
	}
	hl_json_open_key(j, key, '{');
	hl_json_opt(j, "alert", t->id);
	hl_json_int(j, "read", (int64_t)t->read);
	hl_json_str(j, "decision", hl_decision_name(t->decision));
	hl_json_str(j, "kind", hl_kind_name(t->kind));
	hl_json_prob(j, "plate_probability", t->plate_probability);
	hl_json_prob(j, "probability", t->probability);
	hl_json_int(j, "reads", t->reads);
	if (t->muted)
		hl_json_bool(j, "muted", true);
	write_names(j, t->receivers);
	hl_json_close(j);
}

static void write_pair(const struct hl_replay_print *p, const struct hl_replay_pair *q, struct hl_buf *out)
{
	const struct hl_replay_told *t = either(q);
	const struct hl_catalog_list *list = &catalog_of(p)->list[t->list];
	char entry[HL_ID_TEXT];
	const char *alert = alert_of(p, t, entry);
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "change", hl_replay_change_name(q->change));
	hl_json_int(&j, "read", (int64_t)t->read);
	hl_json_str(&j, "id", t->read_id);
	hl_json_opt(&j, "alert", alert);
	hl_json_time(&j, "time", t->time_ms);
	hl_json_str(&j, "camera", t->camera);
	hl_json_str(&j, "list", list->name);
	hl_json_str(&j, "entry", entry);
	hl_json_str(&j, "plate_read", t->plate_read);
	hl_json_str(&j, "plate_listed", t->plate_listed);
	if (t->truth != HL_TRUTH_UNKNOWN)
		hl_json_bool(&j, "right", t->truth == HL_TRUTH_RIGHT);
	write_told(&j, "old", q->before);
	write_told(&j, "new", q->after);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static void write_counts(struct hl_json *j, const char *key, const struct hl_replay_print *p, const struct hl_replay_set *s)
{
	const struct hl_replay_counts *c = &s->counts;
	const struct hl_replay_totals *t = hl_replay_totals(p->replay);
	hl_json_open_key(j, key, '{');
	hl_json_str(j, "rules", s->catalog->rules->file);
	hl_json_str(j, "rules_version", s->catalog->rules->id);
	hl_json_int(j, "told", c->told);
	hl_json_int(j, "alert", c->alerts);
	hl_json_int(j, "verify", c->verifies);
	hl_json_int(j, "muted", c->muted);
	hl_json_int(j, "suppressed", c->suppressed);
	hl_json_int(j, "failed", c->failed);
	if (t->labelled || p->stored)
		hl_replay_share_json(j, "precision", c->right, c->right + c->wrong);
	if (t->labelled && !p->stored)
		hl_replay_share_json(j, "recall", c->found, t->listed);
	hl_json_close(j);
}

static void write_view(struct hl_json *j, const struct hl_replay_print *p, enum hl_replay_view v)
{
	struct hl_replay_tally *t;
	size_t n = hl_replay_tallies(v, catalog_of(p), p->diff, &t);
	hl_json_open_key(j, hl_replay_view_name(v), '[');
	for (size_t i = 0; i < n; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "name", t[i].name);
		for (int c = 0; c < HL_REPLAY_CHANGES; c++)
			hl_json_int(j, hl_replay_change_name((enum hl_replay_change)c), t[i].n[c]);
		hl_json_close(j);
	}
	hl_json_close(j);
	hl_replay_tallies_free(t, n);
}

static void print_json(const struct hl_replay_print *p, struct hl_buf *out)
{
	const struct hl_replay_totals *t = hl_replay_totals(p->replay);
	struct hl_json j;
	for (size_t i = 0; i < p->diff->n && !p->summary; i++) {
		if (p->all || p->diff->pair[i].change != HL_REPLAY_SAME)
			write_pair(p, &p->diff->pair[i], out);
		hl_replay_put(out);
	}
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_open_key(&j, "summary", '{');
	hl_json_bool(&j, "per_read", p->per_read);
	hl_json_int(&j, "reads", t->reads);
	hl_json_int(&j, "bad", t->bad);
	if (p->stored) {
		hl_json_int(&j, "alerts", (int64_t)hl_replay_stored_alerts(p->stored));
		hl_json_int(&j, "disposed", (int64_t)hl_replay_stored_disposed(p->stored));
	} else {
		hl_json_int(&j, "labelled", t->labelled);
		hl_json_int(&j, "listed", t->listed);
	}
	write_counts(&j, "old", p, hl_replay_set(p->replay, 0));
	write_counts(&j, "new", p, hl_replay_set(p->replay, 1));
	for (int c = 0; c < HL_REPLAY_CHANGES; c++)
		hl_json_int(&j, hl_replay_change_name((enum hl_replay_change)c), p->diff->total[c]);
	hl_json_open_key(&j, "by", '{');
	for (int v = 0; v < HL_REPLAY_VIEWS; v++)
		write_view(&j, p, (enum hl_replay_view)v);
	hl_json_close(&j);
	hl_json_close(&j);
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

/* ---- text ---- */

static void put_told(const struct hl_replay_told *t, struct hl_buf *out)
{
	if (!t)
		hl_buf_puts(out, "nothing");
	else
		hl_buf_printf(out, "%s %.3f %s", hl_decision_name(t->decision), t->plate_probability,
			      t->muted ? "(muted)" : t->receivers && t->receivers[0] ? t->receivers : "(nobody)");
}

static void put_pair(const struct hl_replay_print *p, const struct hl_replay_pair *q, struct hl_buf *out)
{
	const struct hl_replay_told *t = either(q);
	char when[40], entry[HL_ID_TEXT], place[HL_ID_TEXT + 32];
	if (p->stored)
		snprintf(place, sizeof place, "alert %s", alert_of(p, t, entry));
	else
		snprintf(place, sizeof place, "line %llu", (unsigned long long)t->read);
	hl_tz_format(catalog_of(p)->rules->tz, t->time_ms, when, sizeof when);
	hl_buf_printf(out, "%-7s  %s, %s, %s: read %s, %s lists %s%s: ", hl_replay_change_name(q->change), place, when, t->camera,
		      t->plate_read, catalog_of(p)->list[t->list].name, t->plate_listed,
		      t->truth == HL_TRUTH_RIGHT ? " (right)" : t->truth == HL_TRUTH_WRONG ? " (wrong)" : "");
	put_told(q->before, out);
	hl_buf_puts(out, " -> ");
	put_told(q->after, out);
	hl_buf_putc(out, '\n');
}

static void put_view(const struct hl_replay_print *p, enum hl_replay_view v, struct hl_buf *out)
{
	struct hl_replay_tally *t;
	size_t n = hl_replay_tallies(v, catalog_of(p), p->diff, &t);
	hl_buf_printf(out, "\n%10s %10s %10s %10s  by %s\n", "gained", "lost", "changed", "the same", hl_replay_view_name(v));
	for (size_t i = 0; i < n; i++)
		hl_buf_printf(out, "%10lld %10lld %10lld %10lld  %s\n", (long long)t[i].n[HL_REPLAY_GAINED], (long long)t[i].n[HL_REPLAY_LOST],
			      (long long)t[i].n[HL_REPLAY_CHANGED], (long long)t[i].n[HL_REPLAY_SAME], t[i].name);
	hl_replay_tallies_free(t, n);
}

static void put_counts(const char *side, const struct hl_replay_print *p, size_t set, struct hl_buf *out)
{
	const struct hl_replay_set *s = hl_replay_set(p->replay, set);
	const struct hl_replay_totals *t = hl_replay_totals(p->replay);
	const struct hl_replay_counts *c = &s->counts;
	hl_buf_printf(out, "%s  %s (%s): %lld %s, %lld alert and %lld verify", side, s->catalog->rules->file, s->catalog->rules->id, (long long)c->told,
		      p->per_read ? "matches told" : "alerts", (long long)c->alerts, (long long)c->verifies);
	if (c->muted)
		hl_buf_printf(out, ", %lld of them muted", (long long)c->muted);
	if (!p->per_read)
		hl_buf_printf(out, "; %lld reads of known passages or in the cooldown", (long long)c->suppressed);
	hl_buf_putc(out, '\n');
	if (!t->labelled && !p->stored)
		return;
	hl_buf_puts(out, "     precision ");
	hl_replay_share_text(c->right, c->right + c->wrong, out);
	hl_buf_puts(out, "\n     recall    ");
	if (p->stored)
		hl_buf_puts(out, "not to be known from alerts: what nobody was told is not among them");
	else
		hl_replay_share_text(c->found, t->listed, out);
	hl_buf_putc(out, '\n');
}

static void print_text(const struct hl_replay_print *p, struct hl_buf *out)
{
	const struct hl_replay_totals *t = hl_replay_totals(p->replay);
	const int64_t *n = p->diff->total;
	for (size_t i = 0; i < p->diff->n && !p->summary; i++) {
		if (p->all || p->diff->pair[i].change != HL_REPLAY_SAME)
			put_pair(p, &p->diff->pair[i], out);
		hl_replay_put(out);
	}
	hl_buf_printf(out, "%s%lld reads", p->summary || p->diff->n == (size_t)n[HL_REPLAY_SAME] ? "" : "\n", (long long)t->reads);
	if (p->stored)
		hl_buf_printf(out, " of %zu stored alerts, %zu found right or wrong", hl_replay_stored_alerts(p->stored), hl_replay_stored_disposed(p->stored));
	else if (t->labelled)
		hl_buf_printf(out, ", %lld with the plate that was there, %lld of these listed", (long long)t->labelled, (long long)t->listed);
	hl_buf_puts(out, p->per_read ? "; each read by itself\n" : "; with passages and cooldown\n");
	put_counts("old", p, 0, out);
	put_counts("new", p, 1, out);
	hl_buf_printf(out, "gained %lld, lost %lld, changed %lld, the same %lld\n", (long long)n[HL_REPLAY_GAINED], (long long)n[HL_REPLAY_LOST],
		      (long long)n[HL_REPLAY_CHANGED], (long long)n[HL_REPLAY_SAME]);
	for (int v = 0; v < HL_REPLAY_VIEWS && p->diff->n; v++)
		put_view(p, (enum hl_replay_view)v, out);
}

void hl_replay_print(const struct hl_replay_print *p)
{
	struct hl_buf out = HL_BUF(OUT_MAX);
	if (p->json)
		print_json(p, &out);
	else
		print_text(p, &out);
	hl_replay_put(&out);
	hl_buf_fini(&out);
}
