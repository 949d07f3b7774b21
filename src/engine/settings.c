/* settings.c: hotlistd.yaml -> struct hl_settings: the table of its keys, and the checks that need more than one of them. Its parts stand in settings_ingest.c,
 * settings_lists.c, settings_drop.c and settings_receivers.c. Any thread; a loaded struct never changes.
 */
#include "base/text.h"
#include "engine/settings_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOCKET_PATH_MAX = 107 /* sun_path */ };

#define AT(member) offsetof(struct hl_settings, member)
#define DAYS(n) (INT64_C(86400000) * (n))

static void read_nonhits(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);

static void wipe_text(void *target)
{
	char **text = target;
	free(*text);
	*text = NULL;
}

static const struct hl_opt rejects_options[] = {
	{ .name = "max", .type = HL_OPT_SIZE, .offset = AT(rejects_max), .def = "10MB", .max = 1 << 30, .help = "size of the file of payloads that can't be read" },
	{ .name = "keep", .type = HL_OPT_DURATION, .offset = AT(rejects_keep_ms), .def = "24h", .min = 60000, .max = DAYS(1), .help = "how long it is kept" },
	{ 0 },
};

static const struct hl_opt privacy_options[] = {
	{ .name = "retain_nonhits", .type = HL_OPT_CUSTOM, .offset = AT(retain_nonhits_ms), .custom = read_nonhits,
	  .help = "reads that match nothing; always 0s" },
	{ .name = "retain_alerts", .type = HL_OPT_DURATION, .offset = AT(retain_alerts_ms), .def = "365d", .min = 3600000, .max = DAYS(36500),
	  .help = "how long alerts are kept" },
	{ .name = "retain_audit", .type = HL_OPT_DURATION, .offset = AT(retain_audit_ms), .def = "5y", .min = DAYS(1), .max = DAYS(36500),
	  .help = "how long records of the audit are kept" },
	{ .name = "retain_audit_details", .type = HL_OPT_DURATION, .offset = AT(retain_audit_details_ms), .def = "365d", .min = DAYS(1), .max = DAYS(36500),
	  .help = "how long the audit's records keep their details: the words of a command, plates among them" },
	{ .name = "purpose", .type = HL_OPT_STRING, .offset = AT(purpose), .def = "hotlist alerting", .min = 1, .max = 200,
	  .help = "what a look or a change is for, in the audit, where the command has no --purpose; `required`: without one it is refused" },
	{ .name = "organization", .type = HL_OPT_STRING, .offset = AT(organization), .def = "not named", .min = 1, .max = 200,
	  .help = "whose people work with this hotlistd: a column of the audit" },
	{ .name = "rejects", .type = HL_OPT_SECTION, .sub = rejects_options, .help = "the file of payloads that can't be read" },
	{ 0 },
};

static const struct hl_opt engine_options[] = {
	{ .name = "threads", .type = HL_OPT_INT, .offset = AT(engine.threads), .def = "1", .min = 1, .max = 64, .help = "threads that read and match" },
	{ .name = "flush", .type = HL_OPT_DURATION, .offset = AT(engine.flush_ms), .def = "5ms", .max = 1000,
	  .help = "how long a busy store gathers writes for one commit" },
	{ .name = "stop", .type = HL_OPT_DURATION, .offset = AT(engine.stop_ms), .def = "30s", .min = 100, .max = 600000,
	  .help = "how long an orderly stop may take" },
	{ .name = "outbox_deadline", .type = HL_OPT_DURATION, .offset = AT(engine.outbox_deadline_ms), .def = "24h", .min = 1000, .max = DAYS(30),
	  .help = "how long a delivery that `outbox retry` took up again is tried" },
	{ 0 },
};

const struct hl_opt hl_settings_options[] = {
	{ .name = "state", .type = HL_OPT_STRING, .offset = AT(state), .required = true, .min = 1, .max = HL_PATH_MAX - 1,
	  .help = "the folder of versions and the database" },
	{ .name = "store", .type = HL_OPT_CUSTOM, .offset = AT(store), .def = "sqlite", .custom = hl_settings_read_store, .schema = hl_settings_schema_store, .wipe = wipe_text,
	  .help = "the kind of store: sqlite, or redis: {...}" },
	{ .name = "rules", .type = HL_OPT_STRING, .offset = AT(rules), .required = true, .min = 1, .max = HL_PATH_MAX - 1, .help = "the rules file" },
	{ .name = "shadow", .type = HL_OPT_STRING, .offset = AT(shadow), .min = 1, .max = HL_PATH_MAX - 1,
	  .help = "a second rules file with the same confusions, which decides beside it: what it would have decided otherwise is counted, and nobody is told" },
	{ .name = "control", .type = HL_OPT_STRING, .offset = AT(control), .min = 1, .max = HL_PATH_MAX - 1,
	  .help = "the control socket; default control.sock in the state folder" },
	{ .name = "link", .type = HL_OPT_STRING, .offset = AT(link), .def = "", .max = 255, .help = "the address that links in messages begin with" },
	{ .name = "layouts", .type = HL_OPT_STRINGS, .offset = AT(layout_dirs), .max = 16, .help = "folders of list layouts, before the installed ones" },
	{ .name = "ingest", .type = HL_OPT_CUSTOM, .offset = AT(ingest), .sub = hl_source_options, .custom = hl_settings_read_ingest, .shape = HL_SHAPE_LIST,
	  .wipe = hl_settings_wipe_ingest,
	  .help = "where reads come from" },
	{ .name = "cameras", .type = HL_OPT_MAP, .offset = AT(cameras), .sub = hl_camera_options, .sub_size = sizeof(struct hl_camera),
	  .help = "the cameras, by the name that reads bear" },
	{ .name = "lists", .type = HL_OPT_MAP, .offset = AT(lists), .sub = hl_list_options, .sub_size = sizeof(struct hl_list_settings),
	  .help = "the hotlists, by name" },
	{ .name = "drop", .type = HL_OPT_LIST, .offset = AT(drops), .sub = hl_drop_options, .sub_size = sizeof(struct hl_drop_settings),
	  .help = "folders whose files are imported" },
	{ .name = "templates", .type = HL_OPT_CUSTOM, .offset = AT(templates), .custom = hl_settings_read_templates, .wipe = hl_settings_wipe_templates,
	  .shape = "[{\"type\":\"object\",\"maxProperties\":32,\"additionalProperties\":{\"type\":\"string\",\"minLength\":1}}]",
	  .help = "files of words for mails and short messages, by the name that channels use in `template`" },
	{ .name = "receivers", .type = HL_OPT_CUSTOM, .offset = AT(receivers), .custom = hl_settings_read_receivers, .wipe = hl_settings_wipe_receivers,
	  .schema = hl_settings_schema_receivers,
	  .help = "who is told, by name: lists of channels" },
	{ .name = "users", .type = HL_OPT_MAP, .offset = AT(users), .sub = hl_user_options, .sub_size = sizeof(struct hl_user),
	  .help = "who does things to alerts, and as what; none given: everybody is taken at his word" },
	{ .name = "privacy", .type = HL_OPT_SECTION, .sub = privacy_options, .help = "what is kept, and how long" },
	{ .name = "engine", .type = HL_OPT_SECTION, .sub = engine_options, .help = "threads and waits" },
	{ .name = "api", .type = HL_OPT_LATER },
	{ 0 },
};

const struct hl_opt *hl_settings_table(void)
{
	return hl_settings_options;
}

static void read_nonhits(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	int64_t ms = 0;
	if (hl_conf_duration(node, 0, 0, &ms, ctx) && ms != 0)
		hl_conf_fault(ctx, node, "'retain_nonhits' is '%s': expected 0s, a read that matches nothing is never kept", node->text);
	*(int64_t *)target = 0;
}

char *hl_settings_place(const struct hl_settings_loader *l, const char *text)
{
	struct hl_buf path = HL_BUF(4 * HL_PATH_MAX);
	if (text[0] != '/')
		hl_buf_printf(&path, "%s/", strcmp(l->folder, "/") == 0 ? "" : l->folder);
	hl_buf_puts(&path, strncmp(text, "./", 2) == 0 ? text + 2 : text);
	return hl_buf_steal(&path);
}

/* The folder of path, absolute. False where it does not fit. */
static bool find_folder(struct hl_settings_loader *l, const char *path)
{
	char here[HL_PATH_MAX] = "";
	struct hl_buf folder = HL_BUF(HL_PATH_MAX - 1);
	const char *slash = strrchr(path, '/');
	if (path[0] != '/' && (!getcwd(here, sizeof here) || !hl_buf_puts(&folder, here)))
		return false;
	if (slash && path[0] != '/')
		hl_buf_putc(&folder, '/');
	if (slash)
		hl_buf_put(&folder, path, (size_t)(slash - path));
	if (!folder.len)
		hl_buf_putc(&folder, '/');
	bool ok = !folder.full && hl_copy(l->folder, sizeof l->folder, hl_buf_text(&folder));
	hl_buf_fini(&folder);
	return ok;
}

static void place(char **field, const struct hl_node *at, const struct hl_settings_loader *l, struct hl_conf_ctx *ctx)
{
	if (!*field)
		return;
	char *full = hl_settings_place(l, *field);
	if (strlen(full) >= HL_PATH_MAX)
		hl_conf_fault(ctx, at, "the path has %zu bytes with the folder of this file before it: expected at most %d", strlen(full), HL_PATH_MAX - 1);
	free(*field);
	*field = full;
}

static void finish_paths(struct hl_settings *s, const struct hl_node *root, const struct hl_settings_loader *l, struct hl_conf_ctx *ctx)
{
	place(&s->state, hl_node_get(root, "state"), l, ctx);
	place(&s->rules, hl_node_get(root, "rules"), l, ctx);
	place(&s->shadow, hl_node_get(root, "shadow"), l, ctx);
	for (size_t i = 0; i < s->layout_dirs.n; i++)
		place(&s->layout_dirs.v[i], hl_node_get(root, "layouts"), l, ctx);
	const struct hl_node *at = hl_node_get(root, s->control ? "control" : "state");
	if (!s->control && s->state) {
		struct hl_buf path = HL_BUF(4 * HL_PATH_MAX);
		hl_buf_printf(&path, "%s/control.sock", s->state);
		s->control = hl_buf_steal(&path);
	} else
		place(&s->control, at, l, ctx);
	if (s->control && strlen(s->control) > SOCKET_PATH_MAX)
		hl_conf_fault(ctx, at, "the path of the control socket has %zu bytes: the system allows %d; give a shorter one in 'control'", strlen(s->control),
			      SOCKET_PATH_MAX);
}

static void check_link(const struct hl_settings *s, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	const char *link = s->link ? s->link : "";
	bool web = strncmp(link, "https://", 8) == 0 || strncmp(link, "http://", 7) == 0;
	if (link[0] && (!web || strpbrk(link, " \"<>\\^`{|}")))
		hl_conf_fault(ctx, hl_node_get(root, "link"), "'link' is '%.100s': expected an address that begins with https:// or http://", link);
}

static void check_odd(const struct hl_settings *s, const struct hl_node *root, struct hl_conf_ctx *ctx)
{
	if (!hl_node_has(root, "ingest"))
		hl_faults_warn(ctx->faults, ctx->file, 1, 1, "no 'ingest': no read will ever come in");
	if (s->lists.n == 0 && !hl_node_has(root, "lists"))
		hl_faults_warn(ctx->faults, ctx->file, 1, 1, "no 'lists': nothing will ever match");
}

/* The tree as settings; all that follows the parsing. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct hl_camera *)a)->name, ((const struct hl_camera *)b)->name);
}

static enum hl_code read_tree(struct hl_settings **out, const struct hl_node *root, const char *path, struct hl_faults *faults)
{
	struct hl_settings_loader loader;
	struct hl_conf_ctx ctx = { .file = path, .faults = faults, .user = &loader };
	size_t errors = faults->errors;
	if (!find_folder(&loader, path)) {
		hl_faults_add(faults, path, 0, 0, "the path of this file is too long: expected at most %d bytes", HL_PATH_MAX - 1);
		return HL_E_CONFIG;
	}
	struct hl_settings *s = hl_calloc(1, sizeof *s);
	hl_copy(s->file, sizeof s->file, path);
	hl_conf_fill(root, hl_settings_options, s, &ctx);
	if (root->kind == HL_NODE_MAP) {
		finish_paths(s, root, &loader, &ctx);
		check_link(s, root, &ctx);
		hl_settings_check_cameras(s, root, &ctx);
		hl_settings_check_lists(s, root, &ctx);
		hl_settings_check_users(s, root, &ctx);
		hl_settings_check_drops(s, root, &loader, &ctx);
		hl_settings_use_templates(s, &ctx);
		check_odd(s, root, &ctx);
	}
	if (faults->errors > errors)
		hl_settings_free(&s);
	else if (s->cameras.n)
		qsort(s->cameras.v, s->cameras.n, sizeof(struct hl_camera), by_name);
	*out = s;
	return s ? HL_OK : HL_E_CONFIG;
}

static const char *scalar(const struct hl_node *root, const char *key)
{
	const struct hl_node *n = root->kind == HL_NODE_MAP ? hl_node_get(root, key) : NULL;
	return n && n->kind == HL_NODE_SCALAR && n->text[0] ? n->text : NULL;
}

/* state and control of a parsed tree, made absolute as read_tree does. */
static enum hl_code read_where(const struct hl_node *root, const char *path, char *state, char *control, struct hl_faults *faults)
{
	struct hl_settings_loader loader;
	struct hl_conf_ctx ctx = { .file = path, .faults = faults, .user = &loader };
	size_t errors = faults->errors;
	struct hl_settings s = { .state = hl_strdup(scalar(root, "state")), .control = hl_strdup(scalar(root, "control")) };
	if (!s.state)
		hl_conf_fault(&ctx, root, "'state' is missing");
	else if (!find_folder(&loader, path))
		hl_faults_add(faults, path, 0, 0, "the path of this file is too long: expected at most %d bytes", HL_PATH_MAX - 1);
	else
		finish_paths(&s, root, &loader, &ctx);
	bool ok = faults->errors == errors;
	if (ok) {
		hl_copy(state, HL_PATH_MAX, s.state);
		hl_copy(control, HL_PATH_MAX, s.control);
	}
	free(s.state);
	free(s.control);
	return ok ? HL_OK : HL_E_CONFIG;
}

enum hl_code hl_settings_where(const char *path, char *state, char *control, struct hl_faults *faults)
{
	struct hl_conf *conf;
	enum hl_code code = hl_conf_load(&conf, path, faults);
	if (code == HL_OK)
		code = read_where(hl_conf_root(conf), path, state, control, faults);
	hl_conf_free(&conf);
	return code;
}

enum hl_code hl_settings_parse(struct hl_settings **out, const char *path, const char *text, size_t n, struct hl_faults *faults)
{
	struct hl_conf *conf;
	*out = NULL;
	enum hl_code code = hl_conf_parse(&conf, path, text, n, faults);
	if (code == HL_OK)
		code = read_tree(out, hl_conf_root(conf), path, faults);
	hl_conf_free(&conf);
	return code;
}

enum hl_code hl_settings_load(struct hl_settings **out, const char *path, struct hl_faults *faults)
{
	struct hl_conf *conf;
	*out = NULL;
	enum hl_code code = hl_conf_load(&conf, path, faults);
	if (code == HL_OK)
		code = read_tree(out, hl_conf_root(conf), path, faults);
	hl_conf_free(&conf);
	return code;
}

void hl_settings_free(struct hl_settings **s)
{
	if (!*s)
		return;
	hl_conf_wipe(hl_settings_options, *s);
	free(*s);
	*s = NULL;
}

static int camera_is(const void *name, const void *camera)
{
	return strcmp(name, ((const struct hl_camera *)camera)->name);
}

const struct hl_camera *hl_settings_camera(const struct hl_settings *s, const char *name)
{
	return s->cameras.n ? bsearch(name, s->cameras.v, s->cameras.n, sizeof(struct hl_camera), camera_is) : NULL;
}

const struct hl_list_settings *hl_settings_list(const struct hl_settings *s, const char *name)
{
	const struct hl_list_settings *v = s->lists.v;
	for (size_t i = 0; i < s->lists.n; i++)
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	return NULL;
}

const struct hl_receiver *hl_settings_receiver(const struct hl_settings *s, const char *name)
{
	const struct hl_receiver *v = s->receivers.v;
	for (size_t i = 0; i < s->receivers.n; i++)
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	return NULL;
}
