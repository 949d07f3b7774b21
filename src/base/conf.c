/* conf.c: bytes -> a tree of nodes with places, over libyaml's events. What libyaml lets through and a person did not mean is refused here:
 * duplicate keys, aliases that contain themselves, tags, merge keys, a second document, depth and number without end. No recursion: the open
 * collections stand in an array, their finished children on one stack. Any thread; nothing is shared. Events: https://pyyaml.org/wiki/LibYAML
 */
#include "base/conf_impl.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { ANCHORS_MAX = 64, ANCHOR_NAME = 64 };

struct hl_conf {
	struct hl_node root;
	void **owned; /* texts and arrays of children */
	size_t n, cap;
};

struct frame { /* an open collection */
	struct hl_node node;
	size_t first; /* of its children on the stack */
	bool have_key;
	const char *key;
	unsigned key_line, key_column;
	size_t weight, height; /* of the children so far: nodes with aliases counted out, and levels */
	int anchor;            /* its row in anchors, or -1 */
};

struct anchor {
	char name[ANCHOR_NAME];
	unsigned line;
	bool complete;
	struct hl_node node;
	size_t weight, height;
};

struct build {
	struct hl_conf *conf;
	const char *name;
	struct hl_faults *faults;
	struct hl_node *stack;
	size_t n, cap;
	struct frame frame[HL_CONF_DEPTH];
	unsigned depth;
	size_t nodes;
	struct anchor anchor[ANCHORS_MAX];
	int n_anchors;
};

#define FAULT(b, line, column, ...) hl_faults_add((b)->faults, (b)->name, (line), (column), __VA_ARGS__)

void *hl_conf_own(struct hl_conf *c, void *p)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 64;
		c->owned = hl_realloc(c->owned, c->cap, sizeof *c->owned);
	}
	return c->owned[c->n++] = p;
}

/* The length of the UTF-8 sequence at s, 0 where it is none; *cp its code point. */
static size_t decode(const unsigned char *s, size_t n, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : (s[0] & 0xf8) == 0xf0 ? 4 : 0;
	if (!len || len > n)
		return 0;
	*cp = len == 1 ? s[0] : s[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	bool bad = *cp < least[len] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff);
	return bad ? 0 : len;
}

/* What YAML forbids, and the three line breaks of Unicode, at which libyaml and editors count lines differently. */
static bool forbidden(uint32_t cp)
{
	if (cp < 0x20)
		return cp != '\t' && cp != '\n' && cp != '\r';
	return (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 || cp == 0xfeff || cp == 0xfffe || cp == 0xffff;
}

/* libyaml gives no place for bytes that it can't decode, so they are looked for first and lines are counted here. */
static bool check_bytes(struct build *b, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned line = 1, column = 1;
	if (n >= 2 && ((s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff)))
		return FAULT(b, 1, 1, "the file is UTF-16: expected UTF-8"), false;
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = 0;
		len = decode(s + i, n - i, &cp);
		if (!len)
			return FAULT(b, line, column, "byte 0x%02x is not UTF-8", s[i]), false;
		if (cp == 0)
			return FAULT(b, line, column, "a NUL byte: expected text in UTF-8"), false;
		if (forbidden(cp))
			return FAULT(b, line, column, "the character U+%04X is not allowed in a YAML file", (unsigned)cp), false;
		column++;
		if (cp == '\n' || (cp == '\r' && !(i + 1 < n && s[i + 1] == '\n'))) {
			line++;
			column = 1;
		}
	}
	return true;
}

struct phrase {
	const char *problem, *text;
};

/* libyaml's words about its own innards, in words about the file. */
static const struct phrase phrases[] = {
	{ "could not find expected ':'", "expected 'key: value' (is a ':' or the space after it missing?)" },
	{ "block sequence entries are not allowed in this context", "a list item ('- ') can't stand here" },
	{ "mapping keys are not allowed in this context", "a key can't stand here" },
	{ "mapping values are not allowed in this context",
	  "a ': ' can't stand here: text that contains ': ' needs quotes; else look at the indentation and for a ':' missing in the line before" },
	{ "found character that cannot start any token", "text can't begin with this character: put it in quotes" },
	{ "found unexpected end of stream", "the closing quote is missing" },
	{ "found unexpected document indicator", "the closing quote is missing" },
	{ "found unknown escape character", "unknown escape in double quotes: use \\\\ for a backslash, or single quotes" },
	{ "found a tab character where an indentation space is expected", "a tab: indent with spaces" },
	{ "found a tab character that violates indentation", "a tab: indent with spaces" },
	{ "did not find expected alphabetic or numeric character", "text that begins with '*' or '&' must stand in quotes" },
	{ "did not find expected <document start>", "unexpected text after the end of the document" },
	{ "did not find expected node content", "expected a value" },
	{ "did not find expected '-' indicator", "expected a list item ('- ') at this indentation" },
	{ "did not find expected key", "expected a key at this indentation" },
	{ "did not find expected ',' or ']'", "expected ',' or ']'" },
	{ "did not find expected ',' or '}'", "expected ',' or '}'" },
	{ "found an indentation indicator equal to 0", "text that begins with '>' or '|' must stand in quotes" },
	{ "did not find expected comment or line break", "text that begins with '>' or '|' must stand in quotes" },
	{ "found unexpected ':'", "expected a space after ':' (text that contains ':' needs quotes)" },
	{ "found incompatible YAML document", "expected %YAML 1.1 or 1.2" },
	{ "found undefined tag handle", "a tag ('!') is not supported: put text that begins with '!' in quotes" },
};

/* The byte at a mark, 0 past the end: marks count characters, not bytes. */
static char byte_at(const char *text, size_t n, yaml_mark_t m)
{
	size_t i = 0, line = 0, column = 0;
	for (; i < n && line < m.line; i++)
		line += text[i] == '\n' || (text[i] == '\r' && !(i + 1 < n && text[i + 1] == '\n'));
	for (; i < n && column < m.column; column++)
		for (i++; i < n && ((unsigned char)text[i] & 0xc0) == 0x80;)
			i++;
	return i < n ? text[i] : 0;
}

static void syntax_fault(struct build *b, const yaml_parser_t *p, const char *text, size_t n)
{
	unsigned line = (unsigned)p->problem_mark.line + 1, column = (unsigned)p->problem_mark.column + 1;
	unsigned from = (unsigned)p->context_mark.line + 1, from_column = (unsigned)p->context_mark.column + 1;
	const char *problem = p->problem ? p->problem : "unreadable", *context = p->context ? p->context : "";
	if (p->error == YAML_SCANNER_ERROR && byte_at(text, n, p->problem_mark) == '\t')
		problem = "found a tab character that violates indentation";
	size_t i = 0, all = sizeof phrases / sizeof phrases[0];
	while (i < all && strcmp(problem, phrases[i].problem) != 0)
		i++;
	const char *words = i < all ? phrases[i].text : problem;
	if (strcmp(words, "the closing quote is missing") == 0)
		FAULT(b, from, from_column, "a quoted text begins here and never ends: %s", words);
	else if (strstr(context, "flow") && from != line)
		FAULT(b, line, column, "%s (of what opened in line %u, column %u)", words, from, from_column);
	else
		FAULT(b, line, column, "%s", words);
}

/* Puts a finished node where it belongs: the root, an item, a key, or a key's value. False: the file can't be read further. */
static bool place(struct build *b, struct hl_node *node, size_t weight, size_t height)
{
	b->nodes += weight;
	if (b->nodes > HL_CONF_NODES)
		return FAULT(b, node->line, node->column, "more than %d values (aliases counted out)", HL_CONF_NODES), false;
	if (!b->depth) {
		b->conf->root = *node;
		return true;
	}
	struct frame *f = &b->frame[b->depth - 1];
	if (f->node.kind == HL_NODE_MAP && !f->have_key) {
		if (node->kind != HL_NODE_SCALAR)
			return FAULT(b, node->line, node->column, "a list or mapping can't be a key"), false;
		f->have_key = true;
		f->key = node->text;
		f->key_line = node->line;
		f->key_column = node->column;
		if (!node->quoted && strcmp(node->text, "<<") == 0)
			FAULT(b, node->line, node->column, "merge keys ('<<') are not supported: write the keys out");
		return true;
	}
	if (f->have_key) {
		node->key = f->key;
		node->key_line = f->key_line;
		node->key_column = f->key_column;
		f->have_key = false;
	}
	if (b->n == b->cap) {
		b->cap = b->cap ? 2 * b->cap : 64;
		b->stack = hl_realloc(b->stack, b->cap, sizeof *b->stack);
	}
	b->stack[b->n++] = *node;
	f->weight += weight;
	f->height = height > f->height ? height : f->height;
	return true;
}

static struct anchor *find_anchor(struct build *b, const char *name)
{
	for (int i = 0; i < b->n_anchors; i++)
		if (strcmp(b->anchor[i].name, name) == 0)
			return &b->anchor[i];
	return NULL;
}

/* The row of a new anchor, -1 for none or a fault. */
static int new_anchor(struct build *b, const yaml_char_t *name, unsigned line, unsigned column)
{
	const char *s = (const char *)name;
	if (!s)
		return -1;
	const struct anchor *old = find_anchor(b, s);
	if (old)
		FAULT(b, line, column, "duplicate anchor '&%s' (first in line %u)", s, old->line);
	else if (strlen(s) >= ANCHOR_NAME)
		FAULT(b, line, column, "the name of an anchor has more than %d bytes", ANCHOR_NAME - 1);
	else if (b->n_anchors == ANCHORS_MAX)
		FAULT(b, line, column, "more than %d anchors", ANCHORS_MAX);
	else {
		struct anchor *a = &b->anchor[b->n_anchors];
		*a = (struct anchor){ .line = line };
		hl_copy(a->name, sizeof a->name, s);
		return b->n_anchors++;
	}
	return -1;
}

static void complete_anchor(struct build *b, int row, const struct hl_node *node, size_t weight, size_t height)
{
	if (row < 0)
		return;
	struct anchor *a = &b->anchor[row];
	a->node = *node;
	a->weight = weight;
	a->height = height;
	a->complete = true;
}

static void refuse_tag(struct build *b, const yaml_char_t *tag, unsigned line, unsigned column)
{
	static const char core[] = "tag:yaml.org,2002:";
	const char *s = (const char *)tag;
	bool short_form = s && strncmp(s, core, sizeof core - 1) == 0;
	if (s)
		FAULT(b, line, column, "a tag ('%s%.60s') is not supported: %s", short_form ? "!!" : "", short_form ? s + sizeof core - 1 : s,
		      short_form ? "a value is read as its key asks for it" : "put text that begins with '!' in quotes");
}

static struct hl_node node_at(enum hl_node_kind kind, yaml_mark_t m)
{
	return (struct hl_node){ .kind = kind, .line = (unsigned)m.line + 1, .column = (unsigned)m.column + 1, .text = "" };
}

static bool on_scalar(struct build *b, const yaml_event_t *e)
{
	struct hl_node node = node_at(HL_NODE_SCALAR, e->start_mark);
	size_t n = e->data.scalar.length;
	const char *s = (const char *)e->data.scalar.value;
	refuse_tag(b, e->data.scalar.tag, node.line, node.column);
	node.quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (memchr(s, 0, n))
		FAULT(b, node.line, node.column, "a text contains a NUL (\\0)");
	else if (n > HL_CONF_SCALAR)
		FAULT(b, node.line, node.column, "a text of %zu bytes: at most %d are allowed", n, HL_CONF_SCALAR);
	else
		node.text = n ? hl_conf_own(b->conf, hl_strndup(s, n)) : "";
	complete_anchor(b, new_anchor(b, e->data.scalar.anchor, node.line, node.column), &node, 1, 0);
	return place(b, &node, 1, 0);
}

static bool on_alias(struct build *b, const yaml_event_t *e)
{
	struct hl_node node = node_at(HL_NODE_SCALAR, e->start_mark);
	const char *name = (const char *)e->data.alias.anchor;
	const struct anchor *a = find_anchor(b, name);
	size_t weight = 1, height = 0;
	if (!a)
		FAULT(b, node.line, node.column, "unknown alias '*%.60s': no '&%.60s' stands before it", name, name);
	else if (!a->complete)
		FAULT(b, node.line, node.column, "the alias '*%s' contains itself (its anchor is in line %u)", name, a->line);
	else {
		unsigned line = node.line, column = node.column;
		node = a->node;
		node.key = NULL;
		node.line = line;
		node.column = column;
		weight = a->weight;
		height = a->height;
	}
	if (b->depth + height > HL_CONF_DEPTH)
		return FAULT(b, node.line, node.column, "nested more than %d levels deep", HL_CONF_DEPTH), false;
	return place(b, &node, weight, height);
}

static bool on_open(struct build *b, const yaml_event_t *e, enum hl_node_kind kind)
{
	struct hl_node node = node_at(kind, e->start_mark);
	bool map = kind == HL_NODE_MAP;
	if (b->depth == HL_CONF_DEPTH)
		return FAULT(b, node.line, node.column, "nested more than %d levels deep", HL_CONF_DEPTH), false;
	const struct frame *up = b->depth ? &b->frame[b->depth - 1] : NULL;
	if (up && up->node.kind == HL_NODE_MAP && !up->have_key)
		return FAULT(b, node.line, node.column, "a list or mapping can't be a key"), false;
	refuse_tag(b, map ? e->data.mapping_start.tag : e->data.sequence_start.tag, node.line, node.column);
	struct frame *f = &b->frame[b->depth++];
	*f = (struct frame){ .node = node, .first = b->n };
	f->anchor = new_anchor(b, map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor, node.line, node.column);
	return true;
}

static int by_key(const void *a, const void *b)
{
	const struct hl_node *x = *(const struct hl_node *const *)a, *y = *(const struct hl_node *const *)b;
	int c = strcmp(x->key, y->key);
	return c ? c : x < y ? -1 : x > y;
}

/* libyaml takes the last of equal keys and says nothing. */
static void check_duplicates(struct build *b, const struct hl_node *map)
{
	const struct hl_node **v = hl_alloc(map->n * sizeof *v);
	for (size_t i = 0; i < map->n; i++)
		v[i] = &map->child[i];
	qsort(v, map->n, sizeof *v, by_key);
	for (size_t i = 1, first = 0; i < map->n; i++) {
		if (strcmp(v[i]->key, v[first]->key) == 0)
			FAULT(b, v[i]->key_line, v[i]->key_column, "duplicate key '%.100s' (first in line %u)", v[i]->key, v[first]->key_line);
		else
			first = i;
	}
	free(v);
}

static bool on_close(struct build *b)
{
	struct frame *f = &b->frame[--b->depth];
	struct hl_node node = f->node;
	node.n = b->n - f->first;
	if (node.n) {
		node.child = hl_conf_own(b->conf, hl_alloc(node.n * sizeof *node.child));
		memcpy(node.child, b->stack + f->first, node.n * sizeof *node.child);
		b->n = f->first;
	}
	if (node.kind == HL_NODE_MAP)
		check_duplicates(b, &node);
	complete_anchor(b, f->anchor, &node, f->weight + 1, f->height + 1);
	b->nodes -= f->weight; /* place counts them again with the collection */
	return place(b, &node, f->weight + 1, f->height + 1);
}

/* False: stop. */
static bool on_event(struct build *b, const yaml_event_t *e, int *documents)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++*documents > 1)
			return FAULT(b, (unsigned)e->start_mark.line + 1, (unsigned)e->start_mark.column + 1,
				     "a second document begins here: a file holds one"), false;
		return true;
	case YAML_SCALAR_EVENT: return on_scalar(b, e);
	case YAML_ALIAS_EVENT: return on_alias(b, e);
	case YAML_SEQUENCE_START_EVENT: return on_open(b, e, HL_NODE_SEQ);
	case YAML_MAPPING_START_EVENT: return on_open(b, e, HL_NODE_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: return on_close(b);
	case YAML_STREAM_END_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
	case YAML_NO_EVENT:
	default: return true;
	}
}

static void run(struct build *b, const char *text, size_t n)
{
	yaml_parser_t p;
	if (!yaml_parser_initialize(&p)) {
		FAULT(b, 0, 0, "the YAML parser can't start");
		return;
	}
	yaml_parser_set_input_string(&p, (const unsigned char *)text, n);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	int documents = 0;
	for (bool more = true; more;) {
		yaml_event_t e;
		if (!yaml_parser_parse(&p, &e)) {
			syntax_fault(b, &p, text, n);
			break;
		}
		more = on_event(b, &e, &documents) && e.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
}

static void set_file(struct hl_node *node, const char *file)
{
	node->file = file;
	for (size_t i = 0; i < node->n; i++)
		set_file(&node->child[i], file);
}

enum hl_code hl_conf_parse(struct hl_conf **conf, const char *name, const char *text, size_t n, struct hl_faults *faults)
{
	struct build *b = hl_calloc(1, sizeof *b);
	struct hl_conf *c = hl_calloc(1, sizeof *c);
	*b = (struct build){ .conf = c, .name = name, .faults = faults };
	c->root = (struct hl_node){ .kind = HL_NODE_SCALAR, .line = 1, .column = 1, .text = "" };
	size_t errors = faults->errors;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		n -= 3;
	}
	if (n > HL_CONF_FILE_MAX)
		FAULT(b, 0, 0, "larger than %d MiB", HL_CONF_FILE_MAX >> 20);
	else if (check_bytes(b, text, n))
		run(b, text, n);
	free(b->stack);
	free(b);
	if (c->root.kind == HL_NODE_SCALAR && !c->root.quoted && !c->root.text[0])
		c->root.kind = HL_NODE_MAP;
	set_file(&c->root, hl_conf_own(c, hl_strdup(name)));
	bool failed = faults->errors > errors;
	if (failed)
		hl_conf_free(&c);
	*conf = c;
	return failed ? HL_E_CONFIG : HL_OK;
}

void hl_conf_free(struct hl_conf **conf)
{
	struct hl_conf *c = *conf;
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		free(c->owned[i]);
	free(c->owned);
	free(c);
	*conf = NULL;
}

const struct hl_node *hl_conf_root(const struct hl_conf *conf)
{
	return &conf->root;
}

struct hl_node *hl_conf_top(struct hl_conf *conf)
{
	return &conf->root;
}
