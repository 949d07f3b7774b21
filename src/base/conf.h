/* conf.h: a YAML document into a struct, by a table of options. Each option is declared once; the same row parses, checks, prints the default,
 * and feeds the manual page.
 *
 * Two steps: hl_conf_parse makes a tree of nodes with places (1-based), refusing what libyaml lets through: duplicate keys, aliases that contain
 * themselves, bad UTF-8, more than one document, a tree too deep or too large. hl_conf_fill fills a struct from a mapping node by a table; ALL
 * faults of a file are collected. Scalars are text until an option's type reads them: camera 0123, list no, chars 08 mean what they say (a value is
 * never re-typed; `~`, `null` and an empty plain scalar count as "no value given" and are a fault for every type).
 *
 * Floor 0, pure but for hl_conf_load, which reads a file. Any thread.
 */
#ifndef HL_BASE_CONF_H
#define HL_BASE_CONF_H

#include "base/err.h"
#include "base/mem.h"
#include <stdint.h>

enum { HL_CONF_FILE_MAX = 4 << 20, HL_CONF_DEPTH = 24, HL_CONF_NODES = 200000, HL_CONF_SCALAR = 16384 };

enum hl_node_kind { HL_NODE_SCALAR, HL_NODE_SEQ, HL_NODE_MAP };

struct hl_node {
	enum hl_node_kind kind;
	unsigned line, column; /* 1-based */
	const char *file;      /* the name given to hl_conf_parse; owned by the document; NULL: the context's */
	bool quoted;           /* a scalar that stood in quotes or a block: never "no value" */
	const char *text;      /* a scalar's text, NUL-ended, without NUL inside */
	const char *key;       /* the member's name where the parent is a mapping, else NULL */
	unsigned key_line, key_column;
	size_t n;
	struct hl_node *child; /* n of them */
};

struct hl_conf; /* a parsed document; owns its nodes and texts */

enum hl_opt_type {
	HL_OPT_STRING,   /* char *, gives (freed by hl_conf_wipe); one line, min..max bytes (default 0..1024), no control characters */
	HL_OPT_NAME,     /* char *, [A-Za-z0-9_.-]{1,64} */
	HL_OPT_INT,      /* int64_t, min..max */
	HL_OPT_BOOL,     /* bool: true or false, no other word */
	HL_OPT_COST,     /* int, hundredths, from a decimal with at most two places; min..max in hundredths */
	HL_OPT_NUMBER,   /* double, min..max, always a plain decimal (no inf, nan, hex) */
	HL_OPT_DURATION, /* int64_t, ms; a whole number and one unit of ms s m h d y (y = 365 d), e.g. 90s; "0s"; min..max in ms */
	HL_OPT_SIZE,     /* int64_t, bytes; a whole number, optionally kB MB GB KiB MiB GiB */
	HL_OPT_ENUM,     /* int, the index in words */
	HL_OPT_STRINGS,  /* struct hl_strings: a list of scalars, or one scalar; min..max of them */
	HL_OPT_SECTION,  /* a mapping into a struct embedded at offset, by sub */
	HL_OPT_LIST,     /* a sequence of mappings into struct hl_array at offset, each by sub, sub_size bytes */
	HL_OPT_MAP,      /* a mapping NAME -> mapping into struct hl_array at offset; sub's struct must begin with `char *name`, filled with the key: a NAME,
			  * or where max is given any one line of at most max bytes */
	HL_OPT_CUSTOM,   /* custom(node, target + offset, ctx) */
	HL_OPT_LATER     /* known, of a later version: refused with "'key' is not supported yet" */
};

struct hl_schema; /* base/conf_schema.h */
#define HL_SHAPE_LIST "[]"
/* One text, or a list of texts; 3 and 2026 are texts. */
#define HL_SHAPE_TEXTS "[{\"type\":[\"string\",\"number\"]},{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"number\"]}}]"

struct hl_strings {
	size_t n;
	char **v;
};

struct hl_array {
	size_t n;
	void *v; /* n structs of sub_size bytes */
};

struct hl_conf_ctx {
	const char *file; /* for fault texts; borrowed */
	struct hl_faults *faults;
	void *user; /* the caller's, for custom readers */
};

struct hl_opt {
	const char *name;
	enum hl_opt_type type;
	size_t offset;
	const char *def; /* YAML text of the default; NULL: none (left zero) */
	bool required;
	int64_t min, max; /* of the type's unit; both 0: no bound (but a cost, duration or size is never negative); max below min: no upper bound.
			   * For HL_OPT_NUMBER in millionths */
	const char *const *words;
	const struct hl_opt *sub;
	size_t sub_size;
	/* Adds its faults itself by hl_conf_fault. seen: the target is zeroed (by wipe, where there is one) or default. Never called for "no value". */
	void (*custom)(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
	void (*wipe)(void *target); /* frees what custom gave */
	/* What a custom option looks like, for the JSON Schema: a list of schemas of which one holds; HL_SHAPE_LIST: a list of mappings by sub; NULL: a mapping by sub,
	 * without sub one text. Or schema writes it. */
	const char *shape;
	void (*schema)(struct hl_schema *s);
	const char *help;
	const char *not_yet; /* the key is read and checked but does nothing so far: a warning says so, once for all its places, with this: what is so instead */
};
/* A table ends with a row whose name is NULL. */

/* Parses text; gives *conf, whose nodes live until hl_conf_free. Faults of syntax go to faults (with `name` as the file) and the result is
 * HL_E_CONFIG. */
enum hl_code hl_conf_parse(struct hl_conf **conf, const char *name, const char *text, size_t n, struct hl_faults *faults);
/* The same from a file of at most HL_CONF_FILE_MAX bytes; a file that can't be read is a fault without a line. */
enum hl_code hl_conf_load(struct hl_conf **conf, const char *path, struct hl_faults *faults);
void hl_conf_free(struct hl_conf **conf);
/* The document's root, never NULL: an empty document is an empty mapping at 1:1. Borrowed from conf. */
const struct hl_node *hl_conf_root(const struct hl_conf *conf);

/* Puts the scalar `value` at path ("match.max_cost", "lists.stolen.match.min_probability"), as if the file said so; mappings that are not there are made. Faults at the new value
 * name the path for a file. To be called before the nodes are used. HL_E_USAGE: the path is empty, too long or leads through something that is no mapping. */
enum hl_code hl_conf_set(struct hl_conf *conf, const char *path, const char *value, struct hl_err *err);

/* Fills target (zeroed by the caller) with defaults and then with node's members by table. Faults: unknown key (with a suggestion), wrong type,
 * out of bounds, missing required key (at the mapping's place). HL_E_CONFIG where any was added. What was filled is freed by hl_conf_wipe, also
 * after a fault. */
enum hl_code hl_conf_fill(const struct hl_node *node, const struct hl_opt *table, void *target, struct hl_conf_ctx *ctx);
/* Only the defaults. */
void hl_conf_defaults(const struct hl_opt *table, void *target);
/* The same, telling what is wrong with the table's own defaults: for the test of each table. Returns the number of faults. */
size_t hl_conf_default_faults(const struct hl_opt *table, void *target, struct hl_faults *faults);
/* Frees what fill gave; target is zeroed member by member. */
void hl_conf_wipe(const struct hl_opt *table, void *target);

/* The member named key of a mapping, or NULL. */
const struct hl_node *hl_node_get(const struct hl_node *map, const char *key);
/* Adds a fault at the node's value. */
void hl_conf_fault(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same as a warning. */
void hl_conf_warn(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void hl_conf_fault_key(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Scalars by the rules of the types above, for custom readers; on a fault it is added (naming what was found and what would be accepted) and the
 * result is false. */
bool hl_conf_cost(const struct hl_node *node, int64_t min, int64_t max, int *out, struct hl_conf_ctx *ctx);
bool hl_conf_number(const struct hl_node *node, double min, double max, double *out, struct hl_conf_ctx *ctx);
bool hl_conf_int(const struct hl_node *node, int64_t min, int64_t max, int64_t *out, struct hl_conf_ctx *ctx);
bool hl_conf_duration(const struct hl_node *node, int64_t min, int64_t max, int64_t *out, struct hl_conf_ctx *ctx);
bool hl_conf_strings(const struct hl_node *node, struct hl_strings *out, struct hl_conf_ctx *ctx);
void hl_strings_wipe(struct hl_strings *s);
/* True where the given member was written in the file (not defaulted): tells overrides from defaults. */
bool hl_node_has(const struct hl_node *map, const char *key);
/* Durations outside YAML (command line): "90s" and the like; false where it is none. */
bool hl_duration_parse(const char *s, int64_t *ms);
/* The same back, into dst: in the largest unit that leaves no remainder. */
void hl_conf_duration_text(char *dst, size_t size, int64_t ms);
/* A node as YAML on one line, as it was written but for comments, anchors and blanks: what hl_conf_parse reads as the same again. */
void hl_node_write(const struct hl_node *node, struct hl_buf *out);
/* One scalar so. quoted: in quotes even where it need not be. */
void hl_node_write_text(const char *text, bool quoted, struct hl_buf *out);
/* The table as manual-page text (one .TP an option, with type, default and bounds), for doc generation. */
void hl_opt_help(const struct hl_opt *table, const char *prefix, struct hl_buf *out);

#endif
