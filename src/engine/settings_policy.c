/* settings_policy.c: what a list's settings say about uploads to it: how large, how long entries may live, who signs; and what holds where they say nothing. Pure;
 * any thread.
 */
#include "base/text.h"
#include "engine/settings_priv.h"

#include <stdlib.h>
#include <string.h>

enum { CATEGORIES_MAX = 64, CATEGORY_BYTES = 64, UPLOAD_ENTRIES = 2500, UPLOADS_A_DAY = 4 };

#define LONGEST_MAX INT64_C(3153600000000) /* a hundred years */

void hl_settings_wipe_longest(void *target)
{
	struct hl_array *a = target;
	struct hl_longest *v = a->v;
	for (size_t i = 0; i < a->n; i++)
		free(v[i].category);
	free(v);
	*a = (struct hl_array){ 0 };
}

/* One duration for all, or a mapping of categories to durations in which "*" stands for those that are not named. */
void hl_settings_read_longest(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_array *a = target;
	bool one = node->kind != HL_NODE_MAP;
	size_t n = one ? 1 : node->n;
	if (n > CATEGORIES_MAX) {
		hl_conf_fault(ctx, node, "'longest' has %zu categories: expected at most %d", n, CATEGORIES_MAX);
		return;
	}
	struct hl_longest *v = a->v = hl_calloc(n + 1, sizeof *v);
	for (size_t i = 0; i < n; i++) {
		const struct hl_node *item = one ? node : &node->child[i];
		bool all = one || strcmp(item->key, "*") == 0;
		if (!one && (!item->key[0] || strlen(item->key) > CATEGORY_BYTES))
			hl_conf_fault_key(ctx, item, "a category has %zu bytes: expected 1 to %d", strlen(item->key), CATEGORY_BYTES);
		else if (hl_conf_duration(item, 1000, LONGEST_MAX, &v[a->n].ms, ctx))
			v[a->n++].category = all ? NULL : hl_strdup(item->key);
	}
}

void hl_settings_wipe_key_file(void *target)
{
	char **file = target;
	free(*file);
	*file = NULL;
}

void hl_settings_read_key_file(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	const struct hl_settings_loader *l = ctx->user;
	if (node->kind != HL_NODE_SCALAR || !node->text[0]) {
		hl_conf_fault(ctx, node, "'public_key_file': expected the path of a file");
		return;
	}
	char *full = l ? hl_settings_place(l, node->text) : hl_strdup(node->text);
	if (strlen(full) < HL_PATH_MAX) {
		*(char **)target = full;
		return;
	}
	hl_conf_fault(ctx, node, "the path has %zu bytes with the folder of this file before it: expected at most %d", strlen(full), HL_PATH_MAX - 1);
	free(full);
}

int64_t hl_list_max_entries(const struct hl_list_settings *l)
{
	return l->max_entries ? l->max_entries : l->feed ? INT64_MAX : UPLOAD_ENTRIES;
}

int64_t hl_list_max_entries_day(const struct hl_list_settings *l)
{
	int64_t one = hl_list_max_entries(l);
	return l->max_entries_day ? l->max_entries_day : l->feed ? INT64_MAX : UPLOADS_A_DAY * one;
}

int64_t hl_list_longest(const struct hl_list_settings *l, const char *category)
{
	const struct hl_longest *v = l->longest.v;
	int64_t others = 0;
	for (size_t i = 0; i < l->longest.n; i++) {
		if (v[i].category && hl_text_same(v[i].category, category))
			return v[i].ms;
		others = v[i].category ? others : v[i].ms;
	}
	return others;
}

void hl_list_policy_default(struct hl_list_settings *l)
{
	*l = (struct hl_list_settings){ .name = NULL };
	hl_conf_defaults(hl_list_options, l);
	l->feed = true; /* an administrator who says nothing about a list has set no bound to it either */
}

void hl_list_policy_wipe(struct hl_list_settings *l)
{
	hl_conf_wipe(hl_list_options, l);
}
