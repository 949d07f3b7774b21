/* settings_drop.c: drop folders: `drop`. Whether a folder is there is looked at, since a slip in its name would mean files that nobody takes; but it is only a warning:
 * the daemon must not stay down because a network folder is not mounted yet. Any thread.
 */
#include "base/text.h"
#include "engine/settings_priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DROP(member) offsetof(struct hl_drop_settings, member)

const struct hl_opt hl_drop_options[] = {
	{ .name = "dir", .type = HL_OPT_STRING, .offset = DROP(dir), .required = true, .min = 1, .max = HL_PATH_MAX - 1, .help = "the folder" },
	{ .name = "list", .type = HL_OPT_NAME, .offset = DROP(list), .required = true, .help = "the list that its files belong to" },
	{ .name = "layout", .type = HL_OPT_NAME, .offset = DROP(layout), .help = "the shape of its files; default the list's" },
	{ .name = "pattern", .type = HL_OPT_STRING, .offset = DROP(pattern), .min = 1, .max = 255,
	  .help = "which files, with * ? and [...]; others are left alone; default all" },
	{ .name = "activate", .type = HL_OPT_BOOL, .offset = DROP(activate), .def = "false", .help = "a version is activated where nothing speaks against it" },
	{ .name = "incremental", .type = HL_OPT_BOOL, .offset = DROP(incremental), .def = "false", .help = "its files say what has changed" },
	{ .name = "settle", .type = HL_OPT_DURATION, .offset = DROP(settle_ms), .def = "5s", .min = 100, .max = 3600000,
	  .help = "how long a file that was not renamed in must stay as it is" },
	{ .name = "rescan", .type = HL_OPT_DURATION, .offset = DROP(rescan_ms), .def = "30s", .min = 500, .max = 3600000,
	  .help = "how often it is looked at although nothing was reported" },
	{ .name = "max_size", .type = HL_OPT_SIZE, .offset = DROP(max_bytes), .def = "1GiB", .min = 1, .max = HL_LIST_FILE_MAX, .help = "a larger file is refused" },
	{ 0 },
};

/* Whether path is folder, or lies in it; both absolute. */
static bool lies_in(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	while (n > 1 && folder[n - 1] == '/')
		n--;
	return !strncmp(path, folder, n) && (path[n] == '/' || !path[n] || folder[n - 1] == '/');
}

/* The path without links, where it leads somewhere; else as it is. Gives. */
static char *plain(const char *path)
{
	char *full = realpath(path, NULL);
	return full ? full : hl_strdup(path);
}

static void check_place(const struct hl_settings *s, struct hl_drop_settings *d, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	struct stat st;
	if (strlen(d->dir) >= HL_PATH_MAX) {
		hl_conf_fault(ctx, node, "the path has %zu bytes with the folder of this file before it: expected at most %d", strlen(d->dir), HL_PATH_MAX - 1);
		return;
	}
	char *dir = plain(d->dir), *state = s->state ? plain(s->state) : NULL;
	if (state && lies_in(dir, state))
		hl_conf_fault(ctx, node, "'dir' lies in the state folder, which belongs to hotlistd alone");
	free(dir);
	free(state);
	if (stat(d->dir, &st))
		hl_conf_warn(ctx, node, "there is no folder '%.200s' that hotlistd could look into: files are taken once there is", d->dir);
	else if (!S_ISDIR(st.st_mode))
		hl_conf_fault(ctx, node, "'%.200s' is not a folder", d->dir);
	else if (st.st_mode & S_IWOTH)
		hl_conf_warn(ctx, node, "everyone on this machine can write to '%.200s', and so upload to list '%s': chmod o-w it", d->dir, d->list ? d->list : "");
}

static void check_list(const struct hl_settings *s, const char *list, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	const struct hl_list_settings *v = s->lists.v;
	if (!list || hl_settings_list(s, list))
		return;
	const char **names = hl_calloc(s->lists.n + 1, sizeof *names);
	size_t n = 0;
	for (size_t i = 0; i < s->lists.n; i++)
		if (v[i].name)
			names[n++] = v[i].name;
	const char *near = hl_text_nearest(list, names);
	hl_conf_fault(ctx, node, "there is no list '%s' in 'lists'%s%s%s", list, near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	free(names);
}

static void check_one(const struct hl_settings *s, struct hl_drop_settings *d, const struct hl_node *node, const struct hl_settings_loader *l,
		      struct hl_conf_ctx *ctx)
{
	check_list(s, d->list, hl_node_get(node, "list"), ctx);
	if (d->layout)
		hl_settings_check_layout(s, d->layout, hl_node_get(node, "layout"), ctx);
	if (d->pattern && strchr(d->pattern, '/'))
		hl_conf_fault(ctx, hl_node_get(node, "pattern"), "'pattern' is '%.60s': expected the name of files, without '/'", d->pattern);
	if (!d->dir)
		return;
	char *full = hl_settings_place(l, d->dir);
	free(d->dir);
	d->dir = full;
	check_place(s, d, hl_node_get(node, "dir"), ctx);
}

static bool same_folder(const char *a, const char *b)
{
	char *x = plain(a), *y = plain(b);
	bool same = lies_in(x, y) && lies_in(y, x);
	free(x);
	free(y);
	return same;
}

void hl_settings_check_drops(const struct hl_settings *s, const struct hl_node *root, const struct hl_settings_loader *l, struct hl_conf_ctx *ctx)
{
	const struct hl_node *seq = hl_node_get(root, "drop");
	struct hl_drop_settings *v = s->drops.v;
	if (s->drops.n > HL_DROPS_MAX) {
		hl_conf_fault(ctx, seq, "'drop' has %zu folders: expected at most %d", s->drops.n, HL_DROPS_MAX);
		return;
	}
	for (size_t i = 0; seq && i < s->drops.n; i++) {
		check_one(s, &v[i], &seq->child[i], l, ctx);
		for (size_t k = 0; v[i].dir && k < i; k++)
			if (v[k].dir && same_folder(v[i].dir, v[k].dir))
				hl_conf_fault(ctx, hl_node_get(&seq->child[i], "dir"), "two drops have the folder '%.200s': whose its files are can't be told", v[i].dir);
	}
}
