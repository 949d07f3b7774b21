/* settings_priv.h: what the settings*.c files share; nobody else includes it. One table of options a part, so that the manual's test can walk them all. */
#ifndef HL_ENGINE_SETTINGS_PRIV_H
#define HL_ENGINE_SETTINGS_PRIV_H

#include "engine/settings.h"
#include "store/store.h"

/* What custom readers find as ctx->user. */
struct hl_settings_loader {
	char folder[HL_PATH_MAX]; /* of the settings file, absolute */
};

/* Custom readers and their wipes. The target of each is the struct hl_array it fills. */
void hl_settings_read_ingest(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_settings_wipe_ingest(void *target);
void hl_settings_read_receivers(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_settings_wipe_receivers(void *target);

/* settings_redis.c: `store`, and what every Redis server has. */
void hl_settings_read_store(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_settings_schema_store(struct hl_schema *s);
/* Of a mapping that was filled: what its options can't check alone; places the paths. */
void hl_settings_check_redis(const struct hl_node *node, struct hl_redis_settings *r, struct hl_conf_ctx *ctx);
bool hl_settings_same_redis(const struct hl_redis_settings *a, const struct hl_redis_settings *b);
/* One item of `ingest`: its stream and all; r is filled. */
void hl_settings_read_stream(const struct hl_node *node, struct hl_ingest_redis *r, struct hl_conf_ctx *ctx);

/* settings_curve.c: after the table was read; reads the keys. And what the table does not free. */
void hl_settings_check_curve(const struct hl_node *zmq, struct hl_curve_settings *c, struct hl_conf_ctx *ctx);
void hl_settings_wipe_curve(struct hl_curve_settings *c);

/* settings_policy.c: `longest`, `public_key_file`. */
void hl_settings_read_longest(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_settings_wipe_longest(void *target);
void hl_settings_read_key_file(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_settings_wipe_key_file(void *target);

void hl_settings_read_templates(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_settings_wipe_templates(void *target);
/* Each channel that names a template gets it; faults where there is none of the name. */
void hl_settings_use_templates(const struct hl_settings *s, struct hl_conf_ctx *ctx);

/* What a table alone can't check; root is the document. */
void hl_settings_check_cameras(const struct hl_settings *s, const struct hl_node *root, struct hl_conf_ctx *ctx);
void hl_settings_check_lists(const struct hl_settings *s, const struct hl_node *root, struct hl_conf_ctx *ctx);
void hl_settings_check_users(const struct hl_settings *s, const struct hl_node *root, struct hl_conf_ctx *ctx);
/* Places the folders, too. */
void hl_settings_check_drops(const struct hl_settings *s, const struct hl_node *root, const struct hl_settings_loader *l, struct hl_conf_ctx *ctx);
/* Warns at node where there is no layout of that name; NULL is fine. */
void hl_settings_check_layout(const struct hl_settings *s, const char *layout, const struct hl_node *node, struct hl_conf_ctx *ctx);

/* The only member of a one-key mapping; NULL with a fault where node is none. expected: "zmq: {...}" and the like. */
const struct hl_node *hl_settings_one_key(const struct hl_node *node, const char *expected, struct hl_conf_ctx *ctx);
/* text as an absolute path: as it stands, or under the folder. Gives. */
char *hl_settings_place(const struct hl_settings_loader *l, const char *text);

/* receivers as a JSON Schema: the adapters with their options. */
void hl_settings_schema_receivers(struct hl_schema *s);

extern const struct hl_opt hl_settings_options[], hl_source_options[], hl_zmq_options[], hl_curve_options[], hl_camera_options[], hl_list_options[], hl_drop_options[], hl_redis_store_options[], hl_redis_ingest_options[], hl_user_options[];

#endif
