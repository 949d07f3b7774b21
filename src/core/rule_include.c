/* rule_include.c: `include` of a rules file: other files whose lists, zones, holidays and mutes stand as if they were written in it. Thresholds and routes are one file's
 * alone, so that nobody has to guess which of two wins. The documents' nodes are joined to one tree, each node knows its file. Reads files at start and
 * reload only.
 */
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "core/rule_priv.h"

enum { FILES_MAX = 64, DEPTH_MAX = 8, SECTIONS = 4 };

static const char *const sections[SECTIONS + 1] = { "lists", "zones", "holidays", "mute", NULL };

struct hl_included {
	struct hl_conf *conf[FILES_MAX];
	char *path[FILES_MAX + 1]; /* with the file that includes */
	size_t n, n_paths;
	struct hl_node root;
	struct hl_node *part[SECTIONS]; /* children of the joined sections */
};

struct walk {
	struct hl_included *in;
	struct hl_rules_files *files;
	struct hl_conf_ctx *ctx;
	unsigned depth;
};

void hl_included_free(struct hl_included **in)
{
	if (!*in)
		return;
	for (size_t i = 0; i < (*in)->n; i++)
		hl_conf_free(&(*in)->conf[i]);
	for (size_t i = 0; i < (*in)->n_paths; i++)
		free((*in)->path[i]);
	for (size_t i = 0; i < SECTIONS; i++)
		free((*in)->part[i]);
	free((*in)->root.child);
	free(*in);
	*in = NULL;
}

static int section_of(const char *key)
{
	for (int i = 0; i < SECTIONS; i++)
		if (!strcmp(sections[i], key))
			return i;
	return -1;
}

/* What an included file may hold. */
static void check_keys(const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	for (size_t i = 0; i < root->n; i++) {
		const struct hl_node *c = &root->child[i];
		if (section_of(c->key) < 0 && strcmp(c->key, "version") && strcmp(c->key, "include"))
			hl_conf_fault_key(ctx, c, "'%s' can't stand in an included file; expected version, include, lists, zones, holidays or mute", c->key);
	}
}

/* The path of a file that is named relative to the one that includes it. */
static char *path_of(const char *includer, const char *name)
{
	struct hl_buf path = HL_BUF(HL_PATH_MAX);
	char *copy = hl_strdup(includer);
	const char *folder = dirname(copy);
	hl_buf_printf(&path, "%s%s%s", name[0] == '/' || !strcmp(folder, ".") ? "" : folder, name[0] == '/' || !strcmp(folder, ".") ? "" : "/", name);
	free(copy);
	return hl_buf_steal(&path);
}

static bool seen(const struct hl_included *in, const char *path)
{
	char *real = realpath(path, NULL);
	bool found = false;
	for (size_t i = 0; i < in->n_paths && !found; i++) {
		char *other = realpath(in->path[i], NULL);
		found = !strcmp(real ? real : path, other ? other : in->path[i]);
		free(other);
	}
	free(real);
	return found;
}

static void walk_root(struct walk *w, const struct hl_node *root, const char *path);

static void include_one(struct walk *w, const struct hl_node *name, const char *includer)
{
	struct hl_included *in = w->in;
	struct hl_buf text = HL_BUF(HL_CONF_FILE_MAX);
	char *path = path_of(includer, name->text);
	struct hl_err err;
	bool again = seen(in, path);
	if (in->n == FILES_MAX || w->depth == DEPTH_MAX || again) {
		hl_conf_fault(w->ctx, name, again ? "'%s' is included already, or includes this file" : "'%s' is one include too many: at most 64 files, 8 deep", name->text);
		free(path);
		return;
	}
	in->path[in->n_paths++] = path;
	if (hl_rules_files_read(w->files, path, &text, &err) != HL_OK) {
		hl_conf_fault(w->ctx, name, "%s", err.text);
	} else if (hl_conf_parse(&in->conf[in->n], path, hl_buf_text(&text), text.len, w->ctx->faults) == HL_OK) {
		const struct hl_node *root = hl_conf_root(in->conf[in->n++]);
		check_keys(root, w->ctx);
		walk_root(w, root, path);
	}
	hl_buf_fini(&text);
}

/* Adds a section's children to those that came before. A name that is there already would have two meanings. */
static void join(struct walk *w, int section, const struct hl_node *node)
{
	struct hl_node **part = &w->in->part[section], *all = NULL;
	struct hl_node *joined = &w->in->root.child[section];
	bool map = section < 2;
	if (node->kind != (map ? HL_NODE_MAP : HL_NODE_SEQ)) {
		hl_conf_fault(w->ctx, node, "expected a %s where other files are included", map ? "mapping of names" : "list");
		return;
	}
	for (size_t i = 0; map && i < node->n; i++)
		for (size_t k = 0; k < joined->n; k++)
			if (!strcmp(joined->child[k].key, node->child[i].key))
				hl_conf_fault_key(w->ctx, &node->child[i], "'%s' stands in %s:%u already", node->child[i].key, joined->child[k].file,
						  joined->child[k].key_line);
	all = hl_realloc(*part, joined->n + node->n + 1, sizeof *all);
	if (node->n)
		memcpy(all + joined->n, node->child, node->n * sizeof *all);
	if (!joined->n)
		*joined = *node; /* place and key of the first */
	else
		joined->n += node->n;
	joined->child = *part = all;
}

static void walk_root(struct walk *w, const struct hl_node *root, const char *path)
{
	const struct hl_node *names = hl_node_get(root, "include");
	struct hl_strings texts = { 0 };
	w->depth++;
	if (names && hl_conf_strings(names, &texts, w->ctx))
		for (size_t i = 0; i < texts.n; i++)
			include_one(w, names->kind == HL_NODE_SEQ ? &names->child[i] : names, path);
	hl_strings_wipe(&texts);
	for (size_t i = 0; i < root->n; i++)
		if (section_of(root->child[i].key) >= 0)
			join(w, section_of(root->child[i].key), &root->child[i]);
	w->depth--;
}

/* The joined sections that hold something, then all else of the including file. */
static void finish_root(struct hl_included *in, const struct hl_node *root)
{
	size_t n = 0;
	struct hl_node *child = in->root.child;
	for (size_t i = 0; i < SECTIONS; i++)
		if (child[i].key)
			child[n++] = child[i];
	for (size_t i = 0; i < root->n; i++)
		if (section_of(root->child[i].key) < 0)
			child[n++] = root->child[i];
	in->root.n = n;
}

const struct hl_node *hl_rules_include(struct hl_included **out, const struct hl_node *root, const char *path, struct hl_rules_files *files,
				     struct hl_conf_ctx *ctx)
{
	*out = NULL;
	if (root->kind != HL_NODE_MAP || !hl_node_get(root, "include"))
		return root;
	struct hl_included *in = *out = hl_calloc(1, sizeof *in);
	struct walk w = { .in = in, .files = files, .ctx = ctx };
	in->root = *root;
	in->root.child = hl_calloc(SECTIONS + root->n, sizeof *in->root.child);
	in->path[in->n_paths++] = hl_strdup(path);
	walk_root(&w, root, path);
	finish_root(in, root);
	return &in->root;
}

void hl_included_files(const struct hl_included *in, struct hl_strings *out)
{
	size_t n = in ? in->n_paths - 1 : 0;
	out->v = hl_calloc(n + 1, sizeof out->v[0]);
	for (out->n = 0; out->n < n; out->n++)
		out->v[out->n] = hl_strdup(in->path[out->n + 1]);
}
