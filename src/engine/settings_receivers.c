/* settings_receivers.c: `receivers`: NAME -> a list of channels, each one adapter with its options. The adapters' own tables read them; secrets, which stand in
 * files, are read here, so that a missing one is a fault of the settings and not of the first alert. Any thread.
 */
#include "base/conf_schema.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/settings_priv.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS_MAX = 16, ADAPTERS_MAX = 16 };

struct need {
	const struct hl_node *node; /* the channel's */
	struct hl_conf_ctx *ctx;
	size_t asked, faults;
};

/* Where the file was named: the member of node with that text. */
static const struct hl_node *member_with(const struct hl_node *node, const char *text)
{
	for (size_t i = 0; i < node->n; i++)
		if (node->child[i].kind == HL_NODE_SCALAR && strcmp(node->child[i].text, text) == 0)
			return &node->child[i];
	return node;
}

static void read_secret(void *arg, const char *path, struct hl_strings *into)
{
	struct need *need = arg;
	const struct hl_settings_loader *loader = need->ctx->user;
	const struct hl_node *at = member_with(need->node, path);
	struct hl_buf text = HL_BUF(4096);
	struct hl_err err = { 0 };
	need->asked++;
	char *full = hl_settings_place(loader, path);
	if (hl_file_secret(full, &text, &err) == HL_OK && !hl_text_utf8(text.data, text.len))
		hl_err_set(&err, HL_E_CONFIG, "%s holds bytes that are no text", full);
	if (err.code != HL_OK) {
		hl_conf_fault(need->ctx, at, "'%s': %s", at->key ? at->key : "secret", err.text);
		need->faults++;
	} else {
		hl_strings_wipe(into);
		*into = (struct hl_strings){ .n = 1, .v = hl_calloc(1, sizeof *into->v) };
		into->v[0] = hl_strdup(text.data);
	}
	if (text.data)
		explicit_bzero(text.data, text.len);
	hl_buf_fini(&text);
	free(full);
}

static void read_secrets(const struct hl_node *node, const struct hl_channel *c, struct hl_conf_ctx *ctx)
{
	struct need need = { .node = node, .ctx = ctx };
	struct hl_err err = { 0 };
	if (!c->adapter->secrets)
		return;
	c->adapter->secrets(c->conf, read_secret, &need);
	if (!need.asked || need.faults || !c->adapter->check_secrets)
		return;
	if (c->adapter->check_secrets(c->conf, &err) != HL_OK)
		hl_conf_fault(ctx, node, "%s", err.text);
}

static const struct hl_adapter *find_adapter(const struct hl_node *node, struct hl_conf_ctx *ctx)
{
	const char *words[ADAPTERS_MAX + 1];
	char known[256] = "";
	size_t n = 0, len = 0;
	const struct hl_adapter *found = hl_adapter_find(node->key);
	if (found)
		return found;
	for (const struct hl_adapter *const *a = hl_adapters; *a && n < ADAPTERS_MAX; a++) {
		if (len < sizeof known)
			len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", !n ? "" : a[1] ? ", " : " or ", (*a)->name);
		words[n++] = (*a)->name;
	}
	words[n] = NULL;
	const char *near = hl_text_nearest(node->key, words);
	if (near)
		hl_conf_fault_key(ctx, node, "unknown channel '%.64s' (did you mean '%s'?)", node->key, near);
	else
		hl_conf_fault_key(ctx, node, "unknown channel '%.64s': expected %s", node->key, known);
	return NULL;
}

static void read_channel(const struct hl_node *item, struct hl_array *channels, struct hl_conf_ctx *ctx)
{
	const struct hl_node *node = hl_settings_one_key(item, "webhook: {...}, email: {...} or sms: {...}", ctx);
	const struct hl_adapter *adapter = node ? find_adapter(node, ctx) : NULL;
	if (!adapter)
		return;
	struct hl_channel *c = (struct hl_channel *)channels->v + channels->n++;
	*c = (struct hl_channel){ .adapter = adapter, .conf = hl_calloc(1, adapter->conf_size), .line = node->key_line, .column = node->key_column };
	hl_conf_fill(node, adapter->options, c->conf, ctx);
	if (node->kind != HL_NODE_MAP)
		return;
	if (adapter->check)
		adapter->check(node, c->conf, ctx);
	read_secrets(node, c, ctx);
}

static void read_receiver(const struct hl_node *node, struct hl_receiver *r, struct hl_conf_ctx *ctx)
{
	r->name = hl_strdup(node->key);
	if (!hl_text_is_name(node->key, strlen(node->key), 64))
		hl_conf_fault_key(ctx, node, "'%.80s' is not a name: expected 1 to 64 characters A-Z a-z 0-9 _ . - that begin with a letter or digit", node->key);
	if (node->kind != HL_NODE_SEQ || node->n == 0) {
		hl_conf_fault(ctx, node, "receiver '%.64s': expected a list of channels, each - webhook: {...}, - email: {...} or - sms: {...}", node->key);
		return;
	}
	if (node->n > CHANNELS_MAX) {
		hl_conf_fault(ctx, node, "receiver '%.64s' has %zu channels: expected at most %d", node->key, node->n, CHANNELS_MAX);
		return;
	}
	r->channels.v = hl_calloc(node->n, sizeof(struct hl_channel));
	for (size_t i = 0; i < node->n; i++)
		read_channel(&node->child[i], &r->channels, ctx);
}

/* An alert that goes to every receiver must still be one change of the store. */
static void check_addresses(const struct hl_node *node, const struct hl_array *a, struct hl_conf_ctx *ctx)
{
	size_t total = 0;
	for (size_t i = 0; i < a->n; i++) {
		const struct hl_receiver *r = (const struct hl_receiver *)a->v + i;
		for (size_t k = 0; k < r->channels.n; k++) {
			const struct hl_channel *ch = (const struct hl_channel *)r->channels.v + k;
			total += ch->adapter->addresses(ch->conf, NULL, 0);
		}
	}
	if (total > HL_DELIVERIES_MAX)
		hl_conf_fault(ctx, node, "'receivers' have %zu addresses in all: expected at most %d", total, HL_DELIVERIES_MAX);
}

void hl_settings_read_receivers(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_array *a = target;
	if (node->kind != HL_NODE_MAP) {
		hl_conf_fault(ctx, node, "'receivers': expected a mapping of names to lists of channels");
		return;
	}
	if (node->n > HL_RECEIVERS_MAX) {
		hl_conf_fault(ctx, node, "'receivers' has %zu of them: expected at most %d", node->n, HL_RECEIVERS_MAX);
		return;
	}
	a->v = hl_calloc(node->n, sizeof(struct hl_receiver));
	for (size_t i = 0; i < node->n; i++)
		read_receiver(&node->child[i], (struct hl_receiver *)a->v + a->n++, ctx);
	check_addresses(node, a, ctx);
}

static void wipe_channels(struct hl_array *a)
{
	struct hl_channel *v = a->v;
	for (size_t i = 0; i < a->n; i++) {
		hl_conf_wipe(v[i].adapter->options, v[i].conf);
		free(v[i].conf);
	}
	free(v);
	*a = (struct hl_array){ 0 };
}

void hl_settings_wipe_receivers(void *target)
{
	struct hl_array *a = target;
	struct hl_receiver *v = a->v;
	for (size_t i = 0; i < a->n; i++) {
		wipe_channels(&v[i].channels);
		free(v[i].name);
	}
	free(v);
	*a = (struct hl_array){ 0 };
}

const struct hl_channel *hl_settings_channel(const struct hl_settings *s, const char *receiver, const char *kind, const char *address)
{
	const struct hl_receiver *r = s ? hl_settings_receiver(s, receiver) : NULL;
	const struct hl_channel *ch = r ? r->channels.v : NULL;
	for (size_t i = 0; r && i < r->channels.n; i++) {
		const char *has[HL_ADDRESSES_MAX];
		if (strcmp(ch[i].adapter->name, kind) != 0)
			continue;
		if (!address)
			return &ch[i];
		size_t n = ch[i].adapter->addresses(ch[i].conf, has, HL_ADDRESSES_MAX);
		for (size_t k = 0; k < n && k < HL_ADDRESSES_MAX; k++)
			if (strcmp(has[k], address) == 0)
				return &ch[i];
	}
	return NULL;
}

/* A mapping of names to lists of mappings of one key, the channel. */
void hl_settings_schema_receivers(struct hl_schema *s)
{
	struct hl_json *j = s->j;
	hl_json_str(j, "type", "object");
	hl_schema_names(s);
	hl_json_open_key(j, "additionalProperties", '{');
	hl_json_str(j, "type", "array");
	hl_json_int(j, "minItems", 1);
	hl_json_int(j, "maxItems", CHANNELS_MAX);
	hl_json_open_key(j, "items", '{');
	hl_json_str(j, "type", "object");
	hl_json_bool(j, "additionalProperties", false);
	hl_json_int(j, "minProperties", 1);
	hl_json_int(j, "maxProperties", 1);
	hl_json_open_key(j, "properties", '{');
	for (const struct hl_adapter *const *a = hl_adapters; *a; a++) {
		hl_json_open_key(j, (*a)->name, '{');
		hl_schema_table(s, (*a)->options);
		hl_json_close(j);
	}
	for (int i = 0; i < 3; i++)
		hl_json_close(j);
}
