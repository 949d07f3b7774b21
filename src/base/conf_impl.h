/* conf_impl.h: what the files of conf share; nobody else includes it. Pure; any thread. */
#ifndef HL_BASE_CONF_IMPL_H
#define HL_BASE_CONF_IMPL_H

#include "base/conf.h"

enum { HL_CONF_EXCERPT = 48, HL_CONF_STRING = 1024 /* bytes of a text without a bound of its own */ };

/* No value was given: `~`, `null` or nothing, unquoted. */
bool hl_conf_is_null(const struct hl_node *node);
/* Adds "'key' is 'found': expected …" at the value; always false, so that a reader can return it. */
bool hl_conf_wrong(struct hl_conf_ctx *ctx, const struct hl_node *node, const char *expected);
bool hl_conf_size(const struct hl_node *node, int64_t min, int64_t max, int64_t *out, struct hl_conf_ctx *ctx);
/* True for a text of one line of min..max bytes; else a fault was added. */
bool hl_conf_text(const struct hl_node *node, size_t min, size_t max, struct hl_conf_ctx *ctx);
void hl_conf_size_text(char *dst, size_t size, int64_t bytes);

/* Takes p, of malloc, to be freed with the document; gives it back. */
void *hl_conf_own(struct hl_conf *c, void *p);
/* The root, to be changed before anybody has looked at the document. */
struct hl_node *hl_conf_top(struct hl_conf *conf);

#endif
