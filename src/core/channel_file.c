/* channel_file.c: rules/channels/NAME.yaml to a table and back. Pure; any thread. */
#include "core/channel.h"
#include "core/numbers.h"

#include <string.h>

static const char *const gap_names[] = { [HL_GAP_NONE] = "none", [HL_GAP_POINTS] = "points", [HL_GAP_RATIO] = "ratio" };

const char *hl_gap_name(int gap)
{
	return gap_names[gap];
}

#define AT(member) offsetof(struct hl_channel_table, member)
static const struct hl_numbers rows[] = {
	{ "bands", AT(cut), HL_BANDS - 1, 0, 1 },
	{ "error", AT(error), HL_BANDS, 0, 0.95 },
	{ "lost", AT(lost), HL_BANDS, 0, 0.95 },
	{ "invented", AT(invented), HL_BANDS, 0, 0.95 },
	{ "rho", AT(rho), 1, 0.2, 5 },
	{ "hint_sub", AT(hint_sub), 2, 0, 1000 },
	{ "hint_lost", AT(hint_lost), 2, 0, 1000 },
	{ "hint_invented", AT(hint_invented), 2, 0, 1000 },
	{ "end_lost", AT(end_lost), 1, 0.01, 100 },
	{ "repeat_invented", AT(repeat_invented), 1, 0.01, 100 },
	{ "first_invented", AT(first_invented), 1, 0.01, 100 },
	{ "epsilon", AT(epsilon), 1, 0.000001, 0.5 },
	{ "bad_share", AT(bad_share), 1, 0, 0.5 },
	{ "bad_factor", AT(bad_factor), 1, 1, 1000 },
	{ "slot_weight", AT(slot_weight), 1, 0, 0.9999 },
	{ "slot_power", AT(slot_power), 1, 0.1, 10 },
	{ "slot_floor", AT(slot_floor), 1, 0.00000001, 0.1 },
	{ "calibration", AT(calibration), 1, 0.1, 10 },
	{ "seen_error", AT(seen_error), HL_BANDS, 0, 0.95 },
	{ "seen_lost", AT(seen_lost), HL_BANDS, 0, 0.95 },
	{ "seen_invented", AT(seen_invented), HL_BANDS, 0, 0.95 },
	{ "rel", AT(rel), HL_SYMBOLS, 0, 10000 },
	{ "drel", AT(drel), HL_SYMBOLS, 0, 10000 },
	{ "insd", AT(insd), HL_SYMBOLS, 0, 10000 },
	{ .name = NULL },
};

static void conf_row(struct hl_channel_table *t, bool seen[HL_SYMBOLS], const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	int sym = strlen(node->key) == 1 ? hl_sym_code(node->key[0]) : -1;
	if (sym < 0 || hl_sym_char(sym) != node->key[0]) {
		hl_conf_fault_key(ctx, node, "'%.20s' is no symbol; expected a digit or a capital letter", node->key);
		return;
	}
	if (!hl_numbers_read(node, HL_SYMBOLS, 0, 1, t->conf[sym], ctx))
		return;
	double sum = 0;
	for (int c = 0; c < HL_SYMBOLS; c++)
		sum += c == sym ? 0 : t->conf[sym][c];
	seen[sym] = true;
	if (t->conf[sym][sym] != 0 || !(sum > 0.98 && sum < 1.02))
		hl_conf_fault(ctx, node, "the shares of the errors of %c sum to %.7g, with %.7g for itself; expected 1 and 0", hl_sym_char(sym), sum, t->conf[sym][sym]);
}

static void conf_read(struct hl_channel_table *t, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *conf = hl_node_get(root, "conf");
	bool seen[HL_SYMBOLS] = { false };
	if (!conf || conf->kind != HL_NODE_MAP) {
		hl_conf_fault(ctx, conf ? conf : root, "expected 'conf' with a row of %d shares for each symbol", HL_SYMBOLS);
		return;
	}
	size_t errors = ctx->faults->errors;
	for (size_t i = 0; i < conf->n; i++)
		conf_row(t, seen, &conf->child[i], ctx);
	for (int a = 0; a < HL_SYMBOLS && ctx->faults->errors == errors; a++)
		if (!seen[a])
			hl_conf_fault(ctx, conf, "no row for %c", hl_sym_char(a));
}

static void gap_read(struct hl_channel_table *t, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const struct hl_node *gap = hl_node_get(root, "gap");
	for (int i = 0; gap && gap->kind == HL_NODE_SCALAR && i <= HL_GAP_RATIO; i++)
		if (!strcmp(gap->text, gap_names[i])) {
			t->gap = i;
			return;
		}
	hl_conf_fault(ctx, gap ? gap : root, "'gap': expected none, points or ratio");
}

static const char *const other_keys[] = { "version", "source", "gap", "conf", NULL };

enum hl_code hl_channel_parse(struct hl_channel_table *t, const char *name, const char *text, size_t n, struct hl_faults *faults)
{
	size_t errors = faults->errors;
	struct hl_conf *conf = NULL;
	struct hl_conf_ctx ctx = { .file = name, .faults = faults };
	if (hl_conf_parse(&conf, name, text, n, faults) != HL_OK)
		return HL_E_CONFIG;
	const struct hl_node *root = hl_conf_root(conf);
	if (hl_numbers_document(root, rows, other_keys, &ctx)) {
		gap_read(t, root, &ctx);
		hl_numbers_fill(root, rows, t, &ctx);
		conf_read(t, root, &ctx);
	}
	for (int i = 1; i < HL_BANDS - 1; i++)
		if (t->cut[i] < t->cut[i - 1])
			hl_conf_fault(&ctx, hl_node_get(root, "bands"), "the bands do not rise");
	hl_conf_free(&conf);
	return faults->errors == errors ? HL_OK : HL_E_CONFIG;
}

void hl_channel_write(const struct hl_channel_table *t, const char *comment, const char *source, struct hl_buf *out)
{
	hl_buf_puts(out, "# How one sort of reader turns plates into reads, by measurement. Made by `hotlistctl channel learn`; make it again rather than editing it.\n"
			 "# Statistics only: no plate is in here. doc/scoring.md has the formulas; rows of 36 go 0-9, A-Z.\n");
	hl_buf_puts(out, comment);
	hl_buf_puts(out, "version: 1\n");
	if (source && source[0])
		hl_buf_printf(out, "source: \"%s\"\n", source);
	hl_buf_printf(out, "gap: %s\n", gap_names[t->gap]);
	hl_numbers_write(rows, t, out);
	hl_buf_puts(out, "conf:\n");
	for (int a = 0; a < HL_SYMBOLS; a++) {
		double row[HL_SYMBOLS];
		for (int c = 0; c < HL_SYMBOLS; c++)
			row[c] = (double)(long)(t->conf[a][c] * 1e5 + 0.5) / 1e5;
		hl_buf_printf(out, "  \"%c\": ", hl_sym_char(a));
		hl_numbers_put(out, row, HL_SYMBOLS);
		hl_buf_putc(out, '\n');
	}
}
