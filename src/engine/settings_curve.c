/* settings_curve.c: `curve` of a ZeroMQ source: our secret key, whom we let in where we bind, and whom we expect where we connect. Keys stand in files; they are read
 * here, so that a bad one is a fault of the settings. Any thread.
 */
#include "base/crypto.h"
#include "engine/settings_priv.h"

#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct hl_curve_settings, member)
const struct hl_opt hl_curve_options[] = {
	{ .name = "secret_key_file", .type = HL_OPT_STRING, .offset = AT(secret_key_file), .required = true, .max = HL_PATH_MAX - 1,
	  .help = "the file of our secret key, as hotlistctl keygen curve makes it" },
	{ .name = "allowed_keys_dir", .type = HL_OPT_STRING, .offset = AT(allowed_keys_dir), .max = HL_PATH_MAX - 1,
	  .help = "where we bind: the folder of the public keys (*.key) that may send; read again by a reload" },
	{ .name = "server_key_file", .type = HL_OPT_STRING, .offset = AT(server_key_file), .max = HL_PATH_MAX - 1,
	  .help = "where we connect: the file of the other side's public key" },
	{ 0 },
};

/* Makes the file's name absolute; false where there is none. */
static bool place(char **path, const struct hl_conf_ctx *ctx)
{
	if (!*path)
		return false;
	char *full = hl_settings_place(ctx->user, *path);
	free(*path);
	*path = full;
	return true;
}

static void read_keys(const struct hl_node *node, struct hl_curve_settings *c, struct hl_conf_ctx *ctx)
{
	struct hl_err err = { 0 };
	if (place(&c->secret_key_file, ctx) && hl_curve_secret_read(c->secret_key_file, c->secret, &err))
		hl_conf_fault(ctx, hl_node_get(node, "secret_key_file"), "'secret_key_file': %s", err.text);
	else if (c->secret_key_file && !hl_curve25519_public(c->secret, c->public))
		hl_conf_fault(ctx, hl_node_get(node, "secret_key_file"), "'secret_key_file': %s holds no usable key", c->secret_key_file);
	hl_err_clear(&err);
	if (place(&c->server_key_file, ctx) && hl_curve_key_read(c->server_key_file, c->server, &err))
		hl_conf_fault(ctx, hl_node_get(node, "server_key_file"), "'server_key_file': %s", err.text);
	hl_err_clear(&err);
	if (place(&c->allowed_keys_dir, ctx) && hl_curve_keys_read(c->allowed_keys_dir, &c->allowed, &err))
		hl_conf_fault(ctx, hl_node_get(node, "allowed_keys_dir"), "'allowed_keys_dir': %s", err.text);
	else if (c->allowed_keys_dir && !c->allowed.n)
		hl_conf_warn(ctx, hl_node_get(node, "allowed_keys_dir"), "%s holds no file *.key: nobody can send", c->allowed_keys_dir);
}

/* One socket is either the server of its encrypted connections or their client. */
static void check_sides(const struct hl_node *zmq, const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	static const char *const side[2][3] = { { "bind", "allowed_keys_dir", "the keys that may send" }, { "connect", "server_key_file", "the other side's public key" } };
	if (hl_node_has(zmq, "bind") && hl_node_has(zmq, "connect")) {
		hl_conf_fault_key(ctx, node, "with 'curve' a source has either 'bind' or 'connect': use two sources");
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		if (hl_node_has(zmq, side[i][0]) && !hl_node_has(node, side[i][1]))
			hl_conf_fault(ctx, node, "'%s' with 'curve' needs '%s', %s", side[i][0], side[i][1], side[i][2]);
		if (!hl_node_has(zmq, side[i][0]) && hl_node_has(node, side[i][1]))
			hl_conf_fault_key(ctx, hl_node_get(node, side[i][1]), "'%s' is for '%s' only", side[i][1], side[i][0]);
	}
}

void hl_settings_check_curve(const struct hl_node *zmq, struct hl_curve_settings *c, struct hl_conf_ctx *ctx)
{
	const struct hl_node *node = hl_node_get(zmq, "curve");
	if (!node || node->kind != HL_NODE_MAP)
		return;
	c->on = true;
	check_sides(zmq, node, ctx);
	read_keys(node, c, ctx);
}

void hl_settings_wipe_curve(struct hl_curve_settings *c)
{
	hl_curve_keys_wipe(&c->allowed);
	explicit_bzero(c->secret, sizeof c->secret);
	c->on = false;
}
