/* ops_explain_entry.c: the last part of `alert explain`: the entry as the version that the alert pins has it, for as long as that version is kept, and what has become of
 * it since. Reads the state folder and the catalog; the thread is the caller's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "engine/ops_args.h"
#include "engine/ops_priv.h"

struct then {
	bool by_hand, kept;
	struct hl_version version;
	struct hl_snapshot *snapshot; /* NULL: not kept, or damaged */
	ptrdiff_t at;                 /* negative: it does not have the entry */
	struct hl_entry entry;        /* where at is 0 or more */
};

static void then_open(struct then *t, const struct hl_ops_ctx *ctx, const struct hl_alert *a)
{
	*t = (struct then){ .by_hand = !strncmp(a->list_version, "hand-", 5), .at = -1 };
	if (t->by_hand || !ctx->state || hl_version_find(ctx->state, a->list, a->list_version, &t->version, NULL) != HL_OK ||
	    hl_version_open(ctx->state, &t->version, &t->snapshot, NULL) != HL_OK)
		return;
	t->kept = true;
	t->at = hl_snapshot_find(t->snapshot, a->entry_id);
	if (t->at >= 0)
		hl_snapshot_get(t->snapshot, (size_t)t->at, &t->entry);
}

static void say_then(const struct hl_ops_ctx *ctx, const struct hl_alert *a, const struct then *t, struct hl_buf *out)
{
	char when[48];
	if (t->by_hand) {
		hl_buf_printf(out, "   It was added by hand (layer %s).\n", a->list_version);
		return;
	}
	if (!t->kept) {
		hl_buf_printf(out, "   Version %s is no longer kept: what the alert itself has of the entry is all there is.\n", a->list_version);
		return;
	}
	hl_ops_full_time(ctx, t->version.imported_ms, when);
	hl_buf_printf(out, "   Version %s, imported %s by %s from %s, ", a->list_version, when, t->version.by, t->version.source);
	if (t->at < 0) {
		hl_buf_puts(out, "does not have it.\n");
		return;
	}
	hl_buf_printf(out, "has it%s:\n", strcmp(t->entry.revision, a->entry_revision) ? " with other content than the alert" : " so");
	for (int f = 0; f < HL_FIELDS_KEPT; f++)
		if (t->entry.f[f][0])
			hl_buf_printf(out, "     %-12s %s\n", hl_fields[f].name, t->entry.f[f]);
}

static const char *now_words(enum hl_listed is, bool same)
{
	switch (is) {
	case HL_LISTED:
		return same ? "listed, unchanged" : "listed, with other content";
	case HL_LISTED_NOT_YET:
		return "listed, and not in force yet";
	case HL_LISTED_EXPIRED:
		return "expired";
	case HL_LISTED_WITHDRAWN:
		return "withdrawn";
	case HL_LISTED_ABSENT:
		break;
	}
	return "no longer listed";
}

static void say_now(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out)
{
	struct hl_listing l;
	if (!ctx->catalog)
		return;
	enum hl_listed is = hl_catalog_entry(ctx->catalog, a->list, a->entry_id, ctx->now_ms, &l);
	hl_buf_printf(out, "   Now it is %s", now_words(is, !strcmp(l.revision, a->entry_revision)));
	if (is == HL_LISTED_WITHDRAWN)
		hl_buf_printf(out, " by %s: %s", l.by, l.why);
	if (l.version[0])
		hl_buf_printf(out, " (%s)", l.version);
	hl_buf_puts(out, ".\n");
}

void hl_ops_explain_entry(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_buf *out)
{
	struct then t;
	then_open(&t, ctx, a);
	hl_buf_puts(out, "5. The entry, then and now\n");
	say_then(ctx, a, &t, out);
	say_now(ctx, a, out);
	hl_snapshot_close(&t.snapshot);
}

void hl_ops_explain_entry_json(const struct hl_ops_ctx *ctx, const struct hl_alert *a, struct hl_json *j)
{
	struct then t;
	struct hl_listing l;
	then_open(&t, ctx, a);
	hl_json_open_key(j, "entry", '{');
	hl_json_str(j, "id", a->entry_id);
	hl_json_str(j, "list_version", a->list_version);
	hl_json_bool(j, "version_kept", t.kept);
	if (t.at >= 0) {
		hl_json_open_key(j, "then", '{');
		hl_entry_write(&t.entry, j);
		hl_json_close(j);
	}
	if (ctx->catalog) {
		enum hl_listed is = hl_catalog_entry(ctx->catalog, a->list, a->entry_id, ctx->now_ms, &l);
		hl_json_str(j, "now", now_words(is, !strcmp(l.revision, a->entry_revision)));
	}
	hl_json_close(j);
	hl_snapshot_close(&t.snapshot);
}
