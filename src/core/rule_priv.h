/* rule_priv.h: what the files of the rules share with each other and with nobody else. */
#ifndef HL_CORE_RULE_PRIV_H
#define HL_CORE_RULE_PRIV_H

#include "core/rule.h"

/* The options of a `when`, of a route, and of the file. */
extern const struct hl_opt hl_when_options[];
extern const struct hl_opt hl_route_options[];
extern const struct hl_opt hl_rules_table[];

/* Custom readers of option rows (see struct hl_opt). */
void hl_when_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_when_wipe(void *target);
void hl_route_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_route_wipe(void *target);

/* True where all conditions hold for c. Zones, holidays and the time zone are r's. */
bool hl_when_fits(const struct hl_rules *r, const struct hl_when *w, const struct hl_case *c);
/* The key of the first condition that does not hold for c, as a `when` names it; NULL where all hold. */
const char *hl_when_misses(const struct hl_rules *r, const struct hl_when *w, const struct hl_case *c);
/* True where value lies in one of the ranges, or there are none. */
bool hl_ranges_have(const struct hl_array *ranges, double value);
/* True where there is no condition at all. */
bool hl_when_empty(const struct hl_when *w);
/* Zones that the tree names must be r's. To be called when all of r is filled. */
void hl_route_check_zones(const struct hl_rules *r, const struct hl_route *root, struct hl_conf_ctx *ctx);
/* file: where w stands; NULL: in the context's. */
void hl_when_check_zones(const struct hl_rules *r, const struct hl_when *w, const char *file, struct hl_conf_ctx *ctx);
/* The files that a rules file includes, joined with it. Gives the root to be filled from: root itself where it includes nothing. *out must outlive all use of the nodes
 * (hl_included_free); NULL where nothing is included. path: where the including file stands. Each file is added to files. */
struct hl_included;
const struct hl_node *hl_rules_include(struct hl_included **out, const struct hl_node *root, const char *path, struct hl_rules_files *files,
				     struct hl_conf_ctx *ctx);
void hl_included_free(struct hl_included **in);
/* Their paths, in the order read; in may be NULL. Freed by hl_strings_wipe. */
void hl_included_files(const struct hl_included *in, struct hl_strings *out);
/* The options of a `match`; m takes from `from` what node (a mapping, or NULL) gives; what is in bounds and together senseless or odd is told at node. */
extern const struct hl_opt hl_match_options[];
void hl_match_take(struct hl_match_opts *m, const struct hl_match_opts *from, const struct hl_node *node);
void hl_match_check(const struct hl_match_opts *m, const struct hl_node *node, struct hl_conf_ctx *ctx);
/* The options of a row of `cameras`; sorts them and makes at_camera, when match and lists are whole. */
extern const struct hl_opt hl_rules_camera_options[];
void hl_cameras_finish(struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx);
/* A fault: r has no such list. */
void hl_rules_unknown_list(const struct hl_rules *r, const char *name, const struct hl_node *at, struct hl_conf_ctx *ctx);
/* Keys of the alert's life (rule_life.c): a step of `escalate`, the `fallback`, a row of `receivers`; and what needs their nodes. */
extern const struct hl_opt hl_step_options[];
extern const struct hl_opt hl_rules_receiver_options[];
void hl_route_finish_life(struct hl_route *r, const struct hl_node *node, struct hl_conf_ctx *ctx);
void hl_rules_finish_life(struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx);
/* A name of a receiver, or a fault. */
void hl_route_check_name(const char *name, const struct hl_node *node, struct hl_conf_ctx *ctx);
/* The options of a row of `mute`, and what needs all of r: its zones, its time zone. node: the section, or NULL. */
extern const struct hl_opt hl_mute_options[];
void hl_mutes_finish(struct hl_rules *r, const struct hl_node *node, struct hl_conf_ctx *ctx);
/* Checks of the whole tree: each alert ends at a receiver, at most HL_RECEIVERS_MAX names. */
void hl_route_check(const struct hl_route *root, struct hl_conf_ctx *ctx);

/* The `confusions` section: filled first, applied afterwards, since the base comes before the pairs wherever they stand. */
struct hl_confusions_section {
	const struct hl_node *base_node, *pairs; /* borrowed from the document; NULL: not given */
};
extern const struct hl_opt hl_confusions_options[];
/* The bytes of a file into text, whose max is HL_CONF_FILE_MAX; what can't be read is a fault without a line. */
enum hl_code hl_rules_read_file(struct hl_buf *text, const char *path, struct hl_faults *faults);
/* Builds *t from the section. rules_path: the file that names the base, which is taken from files, or added to them; they may be NULL. */
void hl_confusions_apply(struct hl_confusion *t, const struct hl_confusions_section *s, const char *rules_path,
			 struct hl_rules_files *files, struct hl_conf_ctx *ctx);

/* Warnings about what is legal but odd: routes and zones of rules without an error; options of one `match`. */
void hl_rules_warn_odd(const struct hl_rules *r, const struct hl_node *root, struct hl_conf_ctx *ctx);
void hl_match_warn_odd(const struct hl_match_opts *m, const struct hl_node *node, struct hl_conf_ctx *ctx);

/* Frees all that filling gave, but not r itself. */
void hl_rules_wipe(struct hl_rules *r);

#endif
