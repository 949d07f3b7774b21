/* ops.c: the table of tables of what people do, and the way from words to an operation. The daemon runs it for the control socket, hotlistctl where no
 * daemon holds the state; the thread is the caller's, as the row's access says.
 */
#include "engine/ops_priv.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

const struct hl_op_row *const hl_ops_tables[] = { hl_ops_alert, hl_ops_audit, hl_ops_backup, hl_ops_life, hl_ops_cleared, hl_ops_list, hl_ops_hand, hl_ops_mute, hl_ops_outbox, hl_ops_outbox_report, hl_ops_pulse, hl_ops_receiver, hl_ops_report, hl_ops_rules, hl_ops_rules_diff, hl_ops_status, NULL };

bool hl_ops_stored(const struct hl_op_row *row)
{
	return row->access == HL_OPS_READ || row->access == HL_OPS_WRITE || row->wants_store;
}

const struct hl_op_row *hl_ops_find(const char *family, const char *verb)
{
	for (size_t t = 0; hl_ops_tables[t]; t++)
		for (const struct hl_op_row *r = hl_ops_tables[t]; r->family; r++)
			if (!strcmp(r->family, family) && (!r->verb[0] || !strcmp(r->verb, verb)))
				return r;
	return NULL;
}

static bool changes(const struct hl_op_row *row)
{
	return row->access == HL_OPS_WRITE || ((row->access == HL_OPS_HAND || row->access == HL_OPS_FILES) && !row->looks && !row->unaudited);
}

unsigned hl_ops_roles(const struct hl_op_row *row)
{
	return row->roles ? row->roles : changes(row) ? HL_MAY_SUPERVISOR : HL_MAY_ALL;
}

static void add_word(struct hl_buf *list, const char **words, size_t *n, const char *word)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(words[i], word))
			return;
	words[(*n)++] = word;
	words[*n] = NULL;
	hl_buf_printf(list, "%s%s", list->len ? ", " : "", word);
}

/* Families, or the verbs of one, as a list and as a sentence. */
static void words_of(const char *family, const char **words, struct hl_buf *list)
{
	size_t n = 0;
	words[0] = NULL;
	for (size_t t = 0; hl_ops_tables[t]; t++)
		for (const struct hl_op_row *r = hl_ops_tables[t]; r->family && n < HL_OPS_ARGS; r++)
			if (!family || !strcmp(r->family, family))
				add_word(list, words, &n, family ? r->verb : r->family);
}

static enum hl_code not_found(const char *family, const char *verb, struct hl_err *err)
{
	const char *words[HL_OPS_ARGS + 1];
	struct hl_buf list = HL_BUF(1024);
	words_of(family, words, &list);
	bool known = words[0] != NULL;
	if (!known)
		words_of(NULL, words, &list);
	const char *what = known ? verb : family;
	const char *near = hl_text_nearest(what, words);
	if (known && !*verb)
		hl_err_set(err, HL_E_USAGE, "%s what? There is %s", family, hl_buf_text(&list));
	else
		hl_err_set(err, HL_E_USAGE, "unknown command '%s%s%s'%s%s%s; there is %s", known ? family : "", known ? " " : "", what,
			   near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", hl_buf_text(&list));
	hl_buf_fini(&list);
	return HL_E_USAGE;
}

/* The name stands anywhere among the words. */
static const char *hidden_list(const struct hl_op_row *row, const struct hl_ops_ctx *ctx, int argc, const char *const *argv)
{
	if (!strcmp(row->family, "list"))
		for (int i = 0; i < argc; i++)
			if (hl_ops_hidden_list(ctx, argv[i]))
				return argv[i];
	return NULL;
}

static enum hl_code run_row(const struct hl_op_row *row, struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out,
			    struct hl_err *err)
{
	struct hl_err fault = { 0 };
	char what[64];
	snprintf(what, sizeof what, "%.30s%s%.30s", row->family, row->verb[0] ? " " : "", row->verb);
	enum hl_code rc = hl_ops_may(ctx, what, hl_ops_roles(row), err);
	if (rc)
		return rc;
	if (hl_ops_stored(row) && !ctx->store)
		return hl_err_set(err, HL_E_INTERNAL, "%s %s needs the store", row->family, row->verb);
	const char *hidden = hidden_list(row, ctx, argc, argv);
	if (hidden)
		return hl_err_set(err, HL_E_NOTFOUND, "there is no version of a list '%s'", hidden);
	rc = row->run(ctx, argc, argv, json, out, &fault);
	if (rc == HL_E_USAGE)
		return hl_err_set(err, rc, "%s; usage: hotlistctl %s", fault.text, row->usage);
	if (rc && err)
		*err = fault;
	if (!rc && out->full)
		return hl_err_set(err, HL_E_LIMIT, "the answer is longer than %zu bytes: ask for less", out->max);
	return rc;
}

enum hl_code hl_ops_run(struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct hl_buf *out, struct hl_err *err)
{
	const char *word[HL_OPS_ARGS];
	int n = 0;
	bool json = false;
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--json")) {
			json = true;
			continue;
		}
		if (!strncmp(argv[i], "--purpose=", 10)) /* for the audit (audited.c) */
			continue;
		if (n == HL_OPS_ARGS || strlen(argv[i]) > HL_OPS_ARG_MAX)
			return hl_err_set(err, HL_E_USAGE, "at most %d words of %d bytes", HL_OPS_ARGS, HL_OPS_ARG_MAX);
		word[n++] = argv[i];
	}
	if (!n)
		return not_found("", "", err);
	const char *verb = n > 1 ? word[1] : "";
	const struct hl_op_row *row = hl_ops_find(word[0], verb);
	if (!row)
		return not_found(word[0], verb, err);
	int skip = row->verb[0] ? 2 : 1;
	return run_row(row, ctx, n - skip, word + skip, json, out, err);
}
