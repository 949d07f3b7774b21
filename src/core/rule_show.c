/* rule_show.c: see rule_show.h. What was written and the defaults of the option tables make one tree, which is then written in one of three ways: so an option that
 * is added to a table is shown without a line here. Items of a mapping of names (a list's options) stay as written: what they leave out they inherit, and a value
 * written there would no longer follow the file's. Pure; any thread.
 */
#include "core/rule_show.h"
#include "core/rule_priv.h"

#include <stdlib.h>
#include <string.h>

static struct hl_node *add_child(struct hl_node *map, size_t room)
{
	if (!map->child)
		map->child = hl_calloc(room, sizeof *map->child);
	return &map->child[map->n++];
}

/* A deep copy, sharing texts. */
static void copy_node(const struct hl_node *from, struct hl_node *to)
{
	*to = *from;
	to->child = hl_calloc(from->n + 1, sizeof *to->child);
	for (size_t i = 0; i < from->n; i++)
		copy_node(&from->child[i], &to->child[i]);
}

static void free_children(struct hl_node *n)
{
	for (size_t i = 0; i < n->n; i++)
		free_children(&n->child[i]);
	free(n->child);
}

static size_t table_size(const struct hl_opt *table)
{
	size_t n = 0;
	while (table[n].name)
		n++;
	return n;
}

static void fill_map(const struct hl_node *from, const struct hl_opt *table, struct hl_node *to);

/* A given member: a mapping or each mapping of a list is filled, too. */
static void fill_given(const struct hl_node *from, const struct hl_opt *o, struct hl_node *to)
{
	bool inside = o->sub && !o->not_yet && o->type != HL_OPT_MAP;
	if (inside && from->kind == HL_NODE_MAP) {
		fill_map(from, o->sub, to);
	} else if (inside && from->kind == HL_NODE_SEQ) {
		*to = *from;
		to->child = hl_calloc(from->n + 1, sizeof *to->child);
		for (size_t i = 0; i < from->n; i++)
			fill_map(&from->child[i], o->sub, &to->child[i]);
	} else
		copy_node(from, to);
}

/* Members in the order of the table; `include` is left out, since its files are here. */
static void fill_map(const struct hl_node *from, const struct hl_opt *table, struct hl_node *to)
{
	size_t room = table_size(table);
	*to = (struct hl_node){ .kind = HL_NODE_MAP, .key = from->key };
	for (const struct hl_opt *o = table; o->name; o++) {
		const struct hl_node *given = hl_node_get(from, o->name);
		struct hl_node empty = { .kind = HL_NODE_MAP, .key = o->name }, *child;
		if (table == hl_rules_table && !strcmp(o->name, "include"))
			continue;
		if (given) {
			fill_given(given, o, add_child(to, room));
		} else if (o->def && !o->not_yet) {
			child = add_child(to, room);
			*child = (struct hl_node){ .kind = HL_NODE_SCALAR, .text = o->def, .key = o->name };
		} else if (o->type == HL_OPT_SECTION && !o->not_yet) {
			child = add_child(to, room);
			fill_map(&empty, o->sub, child);
			to->n -= !child->n;
		}
	}
}

/* A copy of from behind the `when` of route, where the table has it. Gives its place. */
static const struct hl_node *insert_receivers(struct hl_node *route, const struct hl_node *from)
{
	size_t at = hl_node_has(route, "when");
	route->child = hl_realloc(route->child, route->n + 1, sizeof *route->child);
	memmove(&route->child[at + 1], &route->child[at], (route->n - at) * sizeof *route->child);
	route->n++;
	copy_node(from, &route->child[at]);
	return &route->child[at];
}

/* A route without receivers has its parent's: written out. */
static void fill_receivers(struct hl_node *route, const struct hl_node *inherited)
{
	const struct hl_node *own = hl_node_get(route, "receivers");
	if (!own && inherited)
		own = insert_receivers(route, inherited);
	const struct hl_node *routes = hl_node_get(route, "routes");
	for (size_t i = 0; routes && i < routes->n; i++)
		fill_receivers(&routes->child[i], own);
}

static void fill_tree(const struct hl_rules_tree *tree, struct hl_node *to)
{
	fill_map(hl_rules_tree_root(tree), hl_rules_table, to);
	struct hl_node *route = (struct hl_node *)(uintptr_t)hl_node_get(to, "route");
	if (route)
		fill_receivers(route, NULL);
}

/* ---- YAML ---- */

static void put_member(const struct hl_node *n, struct hl_buf *out)
{
	hl_node_write_text(n->key, false, out);
	hl_buf_puts(out, ": ");
	hl_node_write(n, out);
	hl_buf_putc(out, '\n');
}

/* The members of a route, each on a line of its own, the first one behind the "- ". */
static void yaml_route(const struct hl_node *route, int indent, bool item, struct hl_buf *out)
{
	for (size_t i = 0; i < route->n; i++) {
		const struct hl_node *m = &route->child[i];
		hl_buf_printf(out, "%*s%s", item && !i ? indent - 2 : indent, "", item && !i ? "- " : "");
		if (strcmp(m->key, "routes") != 0 || !m->n) {
			put_member(m, out);
			continue;
		}
		hl_buf_puts(out, "routes:\n");
		for (size_t k = 0; k < m->n; k++)
			yaml_route(&m->child[k], indent + 4, true, out);
	}
}

static bool all_maps(const struct hl_node *n)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->child[i].kind != HL_NODE_MAP)
			return false;
	return n->n > 0;
}

/* A section: one item a line where it has items. */
static void yaml_section(const struct hl_node *n, struct hl_buf *out)
{
	if (n->kind == HL_NODE_SCALAR || !all_maps(n)) {
		put_member(n, out);
		return;
	}
	hl_buf_printf(out, "%s:\n", n->key);
	for (size_t i = 0; i < n->n; i++) {
		hl_buf_puts(out, n->kind == HL_NODE_MAP ? "  " : "  - ");
		if (n->kind == HL_NODE_MAP) {
			put_member(&n->child[i], out);
			continue;
		}
		hl_node_write(&n->child[i], out);
		hl_buf_putc(out, '\n');
	}
}

void hl_rules_show_yaml(const struct hl_rules *r, const struct hl_rules_tree *tree, struct hl_buf *out)
{
	struct hl_node all;
	fill_tree(tree, &all);
	hl_buf_printf(out, "# %s (%s), the defaults filled in.\n", r->file, r->id);
	for (size_t i = 0; i < all.n; i++) {
		if (strcmp(all.child[i].key, "route") != 0) {
			yaml_section(&all.child[i], out);
			continue;
		}
		hl_buf_puts(out, "route:\n");
		yaml_route(&all.child[i], 2, false, out);
	}
	free_children(&all);
}

/* ---- text ---- */

/* The options of `match`, which each list has whole. */
static const struct hl_opt *match_options(void)
{
	const struct hl_opt *o = hl_rules_table;
	while (strcmp(o->name, "match") != 0)
		o++;
	return o->sub;
}

static double match_value(const struct hl_match_opts *m, const struct hl_opt *o)
{
	const void *field = (const char *)m + o->offset;
	return o->type == HL_OPT_COST ? *(const int *)field / 100.0 : o->type == HL_OPT_INT ? (double)*(const int64_t *)field : *(const double *)field;
}

static void text_thresholds(const char *name, const struct hl_match_opts *m, int64_t priority, int width, struct hl_buf *out)
{
	hl_buf_printf(out, "  %-*s", width, name);
	for (const struct hl_opt *o = match_options(); o->name; o++)
		hl_buf_printf(out, "  %*.*f", (int)strlen(o->name), o->type == HL_OPT_INT ? 0 : 2, match_value(m, o));
	hl_buf_printf(out, "  %8lld\n", (long long)(priority ? priority : HL_PRIORITY_DEFAULT));
}

static void text_lists(const struct hl_rules *r, struct hl_buf *out)
{
	const struct hl_rules_list *l = r->lists.v;
	int width = (int)strlen("other lists");
	for (size_t i = 0; i < r->lists.n; i++)
		width = (int)strlen(l[i].name) > width ? (int)strlen(l[i].name) : width;
	hl_buf_printf(out, "thresholds:\n  %-*s", width, "");
	for (const struct hl_opt *o = match_options(); o->name; o++)
		hl_buf_printf(out, "  %s", o->name);
	hl_buf_puts(out, "  priority\n");
	for (size_t i = 0; i < r->lists.n; i++)
		text_thresholds(l[i].name, &l[i].match, l[i].priority, width, out);
	text_thresholds(r->lists.n ? "other lists" : "all lists", &r->match, 0, width, out);
}

static bool says(const struct hl_node *route, const char *key, const char *text)
{
	const struct hl_node *n = hl_node_get(route, key);
	return n && n->kind == HL_NODE_SCALAR && !strcmp(n->text, text);
}

/* "list: stolen, zone: downtown -> north", and what else was written. */
static void text_route(const struct hl_node *route, int depth, struct hl_buf *out)
{
	const struct hl_node *when = hl_node_get(route, "when"), *to = hl_node_get(route, "receivers"), *routes = hl_node_get(route, "routes");
	hl_buf_printf(out, "%*s", 2 * depth, "");
	for (size_t i = 0; when && i < when->n; i++) {
		hl_buf_printf(out, "%s%s: ", i ? ", " : "", when->child[i].key);
		hl_node_write(&when->child[i], out);
	}
	hl_buf_puts(out, !depth ? "route" : when && when->n ? "" : "all");
	for (size_t i = 0; to && i < (to->kind == HL_NODE_SEQ ? to->n : 1); i++)
		hl_buf_printf(out, "%s%s", i ? ", " : " -> ", to->kind == HL_NODE_SEQ ? to->child[i].text : to->text);
	hl_buf_puts(out, says(route, "continue", "true") ? "; and on" : "");
	for (size_t i = 0; i < route->n; i++) {
		const struct hl_node *m = &route->child[i];
		if (m == when || m == to || m == routes || !strcmp(m->key, "continue"))
			continue;
		hl_buf_printf(out, "; %s: ", m->key);
		hl_node_write(m, out);
	}
	hl_buf_putc(out, '\n');
	for (size_t i = 0; routes && i < routes->n; i++)
		text_route(&routes->child[i], depth + 1, out);
}

void hl_rules_show_text(const struct hl_rules *r, const struct hl_rules_tree *tree, struct hl_buf *out)
{
	struct hl_node all;
	fill_tree(tree, &all);
	hl_buf_printf(out, "%s (%s)\n", r->file, r->id);
	for (size_t i = 0; i < all.n; i++) {
		const struct hl_node *n = &all.child[i];
		if (!strcmp(n->key, "match"))
			text_lists(r, out);
		else if (!strcmp(n->key, "route"))
			text_route(n, 0, out);
		else if (strcmp(n->key, "version") != 0 && strcmp(n->key, "lists") != 0)
			yaml_section(n, out);
	}
	free_children(&all);
}

/* ---- JSON ---- */

/* A number as JSON has it: not 0123, not .5, not 1. */
static bool json_number(const char *s)
{
	static const char digits[] = "0123456789";
	s += *s == '-';
	size_t n = strspn(s, digits);
	if (!n || (n > 1 && *s == '0'))
		return false;
	s += n;
	if (!*s)
		return true;
	return *s == '.' && s[1] && !s[1 + strspn(s + 1, digits)];
}

static const struct hl_opt *row_of(const struct hl_opt *table, const char *key)
{
	for (; table && table->name; table++)
		if (!strcmp(table->name, key))
			return table;
	return NULL;
}

static void json_scalar(const struct hl_node *n, const struct hl_opt *o, const char *key, struct hl_json *j)
{
	bool number = o && (o->type == HL_OPT_INT || o->type == HL_OPT_COST || o->type == HL_OPT_NUMBER);
	if (o && o->type == HL_OPT_BOOL)
		hl_json_bool(j, key, !strcmp(n->text, "true"));
	else if ((number || (o && o->type == HL_OPT_CUSTOM && !n->quoted)) && json_number(n->text))
		hl_json_raw(j, key, n->text);
	else if (number)
		hl_json_num(j, key, strtod(n->text, NULL)); /* 08 */
	else
		hl_json_str(j, key, n->text);
}

/* o: the row of the option table that n is the value of, or an item of its value. */
static void json_node(const struct hl_node *n, const struct hl_opt *o, const char *key, struct hl_json *j)
{
	if (n->kind == HL_NODE_SCALAR) {
		json_scalar(n, o, key, j);
		return;
	}
	bool map = n->kind == HL_NODE_MAP;
	if (key)
		hl_json_open_key(j, key, map ? '{' : '[');
	else
		hl_json_open(j, map ? '{' : '[');
	bool names = map && o && o->type == HL_OPT_MAP;
	struct hl_opt item = o ? *o : (struct hl_opt){ 0 };
	item.type = HL_OPT_SECTION;
	for (size_t i = 0; i < n->n; i++) {
		const struct hl_node *c = &n->child[i];
		json_node(c, !map ? o : names ? &item : row_of(o ? o->sub : NULL, c->key), map ? c->key : NULL, j);
	}
	hl_json_close(j);
}

static void json_thresholds(const char *list, const struct hl_match_opts *m, int64_t priority, struct hl_json *j)
{
	hl_json_open(j, '{');
	hl_json_str(j, "list", list);
	for (const struct hl_opt *o = match_options(); o->name; o++)
		hl_json_num(j, o->name, match_value(m, o));
	hl_json_int(j, "priority", priority ? priority : HL_PRIORITY_DEFAULT);
	hl_json_close(j);
}

void hl_rules_show_json(const struct hl_rules *r, const struct hl_rules_tree *tree, struct hl_buf *out)
{
	const struct hl_rules_list *l = r->lists.v;
	const struct hl_opt top = { .type = HL_OPT_SECTION, .sub = hl_rules_table };
	struct hl_node all;
	struct hl_json j;
	fill_tree(tree, &all);
	hl_json_init(&j, out);
	hl_json_open(&j, '{');
	hl_json_str(&j, "file", r->file);
	hl_json_str(&j, "id", r->id);
	json_node(&all, &top, "rules", &j);
	hl_json_open_key(&j, "thresholds", '[');
	json_thresholds(NULL, &r->match, 0, &j);
	for (size_t i = 0; i < r->lists.n; i++)
		json_thresholds(l[i].name, &l[i].match, l[i].priority, &j);
	hl_json_close(&j);
	hl_json_close(&j);
	free_children(&all);
}
