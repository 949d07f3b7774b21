/* ops_rules_diff.c: `rules diff`: what one set of rules says and another does not, and the lines of their files that differ. The thread is the caller's. */
#include <stdlib.h>
#include <string.h>

#include "engine/ops_rules_priv.h"
#include "engine/rules_diff.h"
#include "store/rules_version.h"

struct side {
	char name[HL_PATH_MAX]; /* the file's path or the version's id */
	struct hl_rules *r;
	struct hl_rules_tree *tree;
};

static void side_fini(struct side *s)
{
	hl_rules_free(&s->r);
	hl_rules_tree_free(&s->tree);
}

static enum hl_code side_open(const struct hl_ops_ctx *ctx, const char *word, struct side *s, struct hl_buf *out, struct hl_err *err)
{
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_rules_files files = { 0 };
	struct hl_rules_version v;
	enum hl_code code = HL_OK;
	bool file = hl_ops_is_rules_file(word);
	hl_copy(s->name, sizeof s->name, word);
	if (!file) {
		code = hl_rules_version_find(ctx->state, word, &v, err);
		if (!code)
			code = hl_rules_version_open(ctx->state, v.id, &files, err);
		if (!code)
			hl_copy(s->name, sizeof s->name, v.id);
	}
	if (!code)
		code = file ? hl_rules_load_tree(&s->r, &s->tree, word, faults) : hl_rules_remake_tree(&s->r, &s->tree, &files, faults);
	if (code && faults->errors) {
		hl_faults_print(faults, out);
		hl_err_set(err, code, "%s has faults", s->name);
	}
	hl_rules_files_fini(&files);
	free(faults);
	return code;
}

struct telling {
	struct hl_json *j; /* NULL: text */
	struct hl_buf *out;
	size_t n;
};

static void tell(void *arg, const char *where, const char *from, const char *to)
{
	struct telling *t = arg;
	t->n++;
	if (t->j) {
		hl_json_open(t->j, '{');
		hl_json_str(t->j, "where", where);
		hl_json_str(t->j, "from", from);
		hl_json_str(t->j, "to", to);
		hl_json_close(t->j);
	} else if (from && to) {
		hl_buf_printf(t->out, "~ %s: %s -> %s\n", where, from, to);
	} else {
		hl_buf_printf(t->out, "%c %s: %s\n", from ? '-' : '+', where, from ? from : to);
	}
}

/* Tables are told by name: their figures are learned, not written. */
static void tell_tables(const struct side *a, const struct side *b, struct telling *t)
{
	for (int turn = 0; turn < 2; turn++) {
		const struct hl_rules_files *mine = turn ? &b->r->files : &a->r->files, *other = turn ? &a->r->files : &b->r->files;
		for (size_t i = 0; i < mine->n; i++) {
			const struct hl_rules_file *f = &mine->v[i], *g = hl_rules_files_find(other, true, f->name);
			bool differs = f->table && (!g || (!turn && (g->n != f->n || memcmp(g->text, f->text, f->n) != 0)));
			if (differs)
				tell(t, f->name, turn ? NULL : "table", !turn && !g ? NULL : turn ? "table" : "another table");
		}
	}
}

static enum hl_code diff(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err)
{
	const char *words[2];
	struct side a = { .r = NULL }, b = { .r = NULL };
	struct hl_json j;
	struct telling t = { .j = json ? &j : NULL, .out = out };
	enum hl_code code = hl_ops_args(argc, argv, &(struct hl_ops_opt){ 0 }, "A B", words, 2, 2, err);
	if (!code)
		code = side_open(ctx, words[0], &a, out, err);
	if (!code)
		code = side_open(ctx, words[1], &b, out, err);
	if (!code) {
		hl_json_init(&j, out);
		if (json)
			hl_json_open(&j, '[');
		else
			hl_buf_printf(out, "--- %s\n+++ %s\n", a.name, b.name);
		hl_rules_diff(hl_rules_tree_root(a.tree), hl_rules_tree_root(b.tree), tell, &t);
		tell_tables(&a, &b, &t);
		if (!t.n && !json)
			hl_buf_puts(out, "both say the same\n");
		if (json)
			hl_json_close(&j);
		hl_buf_putc(out, '\n');
		if (!json)
			hl_rules_diff_text(a.r->files.v[0].text, b.r->files.v[0].text, out);
	}
	side_fini(&a);
	side_fini(&b);
	return code;
}

const struct hl_op_row hl_ops_rules_diff[] = {
	{ .family = "rules", .verb = "diff", .access = HL_OPS_FILES, .looks = true, .wants_path = true, .usage = "rules diff A B",
	  .help = "which options, lists, zones, routes and tables differ between two versions or files, and which lines", .run = diff },
	{ 0 },
};
