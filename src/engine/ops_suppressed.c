/* ops_suppressed.c: the reads that were kept silent, and the alerts that were taken back: lists for whoever must answer for both. Reads the store only.
 */
#include "engine/ops_cleared.h"
#include "engine/ops_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const reasons[] = { "passage", "cooldown", "cleared", NULL };

static enum hl_suppression reason_named(const char *name)
{
	for (int i = HL_SUP_PASSAGE; name && i <= HL_SUP_CLEARED; i++)
		if (!strcmp(hl_suppression_name((enum hl_suppression)i), name))
			return (enum hl_suppression)i;
	return HL_SUP_NONE;
}

static void json_reads(const struct hl_suppressed *u, size_t n, struct hl_buf *out)
{
	struct hl_json j;
	hl_json_init(&j, out);
	hl_json_open(&j, '[');
	for (size_t i = 0; i < n; i++) {
		hl_json_open(&j, '{');
		hl_json_time(&j, "time", u[i].time_ms);
		hl_json_str(&j, "why", hl_suppression_name(u[i].why));
		hl_json_str(&j, "plate_read", u[i].plate_read);
		hl_json_str(&j, "plate_listed", u[i].plate_listed);
		hl_json_str(&j, "list", u[i].list);
		hl_json_str(&j, "entry", u[i].entry);
		hl_json_str(&j, "camera", u[i].camera);
		hl_json_str(&j, "read", u[i].read_id);
		hl_json_str(&j, "alert", u[i].alert);
		hl_json_str(&j, "pair", u[i].pair[0] ? u[i].pair : NULL);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	hl_buf_putc(out, '\n');
}

static int plate_width(const struct hl_suppressed *u, size_t n)
{
	size_t w = 6;
	for (size_t i = 0; i < n; i++) {
		size_t a = strlen(u[i].plate_read), b = strlen(u[i].plate_listed);
		w = a > w ? a : w;
		w = b > w ? b : w;
	}
	return (int)w;
}

/* What is left of the line is the camera's, as far as that goes. */
static void text_reads(const struct hl_ops_ctx *ctx, const struct hl_suppressed *u, size_t n, struct hl_buf *out)
{
	char zone[16], when[32];
	int plate = plate_width(u, n), camera = 80 - (14 + 1 + 8 + 1 + 2 * (plate + 1) + 12 + 1 + 8 + 1);
	camera = camera < 6 ? 6 : camera;
	if (!n) {
		hl_buf_puts(out, "no suppressed reads\n");
		return;
	}
	hl_ops_zone(ctx, zone, sizeof zone);
	snprintf(when, sizeof when, "TIME (%.7s)", zone);
	hl_buf_printf(out, "%-14s %-8s %-*s %-*s %-12s %-8s CAMERA\n", when, "WHY", plate, "READ", plate, "LISTED", "LIST", "BY");
	for (size_t i = 0; i < n; i++) {
		hl_ops_time(ctx, u[i].time_ms, when);
		hl_buf_printf(out, "%-14s %-8s %-*s %-*s %-12.12s %-8.8s %.*s\n", when, hl_suppression_name(u[i].why), plate, u[i].plate_read, plate, u[i].plate_listed,
			      u[i].list, u[i].pair[0] ? u[i].pair : u[i].alert, camera, u[i].camera);
	}
	hl_buf_printf(out, "%zu suppressed read%s\n", n, n == 1 ? "" : "s");
}

/* The options of both commands. why NULL: the command knows. */
static enum hl_code read_filter(struct hl_ops_ctx *ctx, int argc, const char *const *argv, const char **why, const char **id, struct hl_suppressed_filter *f,
				struct hl_looker *l, struct hl_err *err)
{
	const char *since = NULL, *limit = NULL, *role = NULL;
	const struct hl_ops_opt opts[] = { { .name = "--list", .value = &f->list }, { .name = "--camera", .value = &f->camera }, { .name = "--since", .value = &since },
					   { .name = "--limit", .value = &limit }, { .name = "--role", .value = &role },
					   { .name = why ? "--why" : NULL, .value = why }, { 0 } };
	f->since_ms = f->until_ms = HL_NO_TIME;
	*id = NULL;
	enum hl_code rc = hl_ops_args(argc, argv, opts, "ID", id, 0, 1, err);
	if (!rc && why)
		rc = hl_ops_word("--why", *why, reasons, err);
	if (!rc)
		rc = hl_ops_since("--since", since, ctx->now_ms, &f->since_ms, err);
	if (!rc)
		rc = hl_ops_looker(ctx, role, l, err);
	return rc ? rc : hl_ops_count("--limit", limit, HL_LIST_MAX, &f->limit, err);
}

static enum hl_code print_reads(struct hl_ops_ctx *ctx, const struct hl_suppressed_filter *f, const struct hl_looker *l, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_suppressed *u;
	size_t n, kept = 0;
	enum hl_code rc = ctx->store->ops->suppressed_list(ctx->store, f, &u, &n, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (!hl_ops_hidden(l, u[i].list))
			u[kept++] = u[i];
	n = kept;
	if (json)
		json_reads(u, n, out);
	else
		text_reads(ctx, u, n, out);
	free(u);
	return HL_OK;
}

enum hl_code hl_ops_suppressed_by_pair(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_suppressed_filter f = { .why = HL_SUP_CLEARED };
	struct hl_cleared_row r;
	struct hl_looker l;
	const char *id;
	enum hl_code rc = read_filter(ctx, argc, argv, NULL, &id, &f, &l, err);
	if (!rc && id)
		rc = hl_ops_pair(&l, id, &r, err);
	if (!rc && id)
		f.pair = r.cleared.id;
	return rc ? rc : print_reads(ctx, &f, &l, json, out, err);
}

enum hl_code hl_ops_suppressed(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	struct hl_suppressed_filter f = { .why = HL_SUP_NONE };
	char room[HL_ID_TEXT];
	struct hl_looker l;
	const char *id, *why = NULL;
	enum hl_code rc = read_filter(ctx, argc, argv, &why, &id, &f, &l, err);
	f.why = reason_named(why);
	if (!rc && id)
		rc = hl_ops_whole_alert(&l, &id, room, err);
	f.alert = id;
	return rc ? rc : print_reads(ctx, &f, &l, json, out, err);
}
