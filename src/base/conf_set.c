/* conf_set.c: one value of a parsed document replaced, or added, by its path: for commands that try what a file would mean with another value. What is changed is
 * copied first, since an alias may stand for the same nodes elsewhere. Pure; a document belongs to one thread until it is filled.
 */
#include "base/conf_impl.h"

#include <string.h>

/* The member that path begins with: a key may have dots, so those that are there come first. Moves *path behind it and its dot. */
static const char *step(const struct hl_node *map, const char **path, size_t *len)
{
	const char *at = *path;
	*len = strcspn(at, ".");
	for (size_t i = 0; i < map->n; i++) {
		size_t n = strlen(map->child[i].key);
		if (n > *len && !strncmp(map->child[i].key, at, n) && (at[n] == '.' || !at[n]))
			*len = n;
	}
	*path = at + *len + (at[*len] == '.');
	return at;
}

/* The member of that key in a copy of map's members; a new one, an empty mapping, where there is none. */
static struct hl_node *member(struct hl_conf *conf, struct hl_node *map, const char *key, size_t len, const char *file)
{
	struct hl_node *child = hl_conf_own(conf, hl_calloc(map->n + 1, sizeof *child));
	size_t at = 0;
	if (map->n)
		memcpy(child, map->child, map->n * sizeof *child);
	map->child = child;
	while (at < map->n && (strlen(child[at].key) != len || strncmp(child[at].key, key, len) != 0))
		at++;
	if (at == map->n)
		child[map->n++] = (struct hl_node){ .kind = HL_NODE_MAP, .file = file, .key = hl_conf_own(conf, hl_strndup(key, len)) };
	return &child[at];
}

enum hl_code hl_conf_set(struct hl_conf *conf, const char *path, const char *value, struct hl_err *err)
{
	struct hl_node *node = hl_conf_top(conf);
	const char *file = hl_conf_own(conf, hl_strdup(path)), *rest = path;
	for (unsigned depth = 0; *rest; depth++) {
		size_t len;
		if (node->kind != HL_NODE_MAP)
			return hl_err_set(err, HL_E_USAGE, "'%s' leads through something that holds no other options", path);
		const char *key = step(node, &rest, &len);
		if (!len || depth == HL_CONF_DEPTH)
			return hl_err_set(err, HL_E_USAGE, "'%s' is no option: expected keys with dots between, such as match.min_probability", path);
		node = member(conf, node, key, len, file);
	}
	if (!*path || path[strlen(path) - 1] == '.')
		return hl_err_set(err, HL_E_USAGE, "'%s' is no option: expected keys with dots between, such as match.min_probability", path);
	*node = (struct hl_node){ .kind = HL_NODE_SCALAR, .file = file, .key = node->key, .text = hl_conf_own(conf, hl_strdup(value)) };
	return HL_OK;
}
