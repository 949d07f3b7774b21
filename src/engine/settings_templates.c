/* settings_templates.c: `templates`: NAME -> a file of words for messages. Each file is read and checked once, with the settings, so that a slip in it is a fault of the
 * settings and not of the first alert; channels name them. Any thread.
 */
#include "adapter/template.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/settings_priv.h"

#include <stdlib.h>
#include <string.h>

enum { TEMPLATES_MAX = 32 };

struct template_file {
	char *name;
	struct hl_template *words;
};

static void read_file(const struct hl_node *node, struct template_file *t, struct hl_conf_ctx *ctx)
{
	const struct hl_settings_loader *loader = ctx->user;
	struct hl_buf text = HL_BUF(HL_TEMPLATE_FILE_MAX);
	struct hl_err err = { 0 };
	char *full = hl_settings_place(loader, node->text);
	if (strlen(full) >= HL_PATH_MAX)
		hl_conf_fault(ctx, node, "the path has %zu bytes with the folder of this file before it: expected at most %d", strlen(full), HL_PATH_MAX - 1);
	else if (hl_file_read(full, &text, &err) != HL_OK)
		hl_conf_fault(ctx, node, "template '%.64s': %s", node->key, err.text);
	else
		hl_template_parse(&t->words, full, hl_buf_text(&text), text.len, ctx->faults);
	hl_buf_fini(&text);
	free(full);
}

void hl_settings_read_templates(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_array *a = target;
	if (node->kind != HL_NODE_MAP) {
		hl_conf_fault(ctx, node, "'templates': expected a mapping of names to files");
		return;
	}
	if (node->n > TEMPLATES_MAX) {
		hl_conf_fault(ctx, node, "'templates' has %zu of them: expected at most %d", node->n, TEMPLATES_MAX);
		return;
	}
	a->v = hl_calloc(node->n, sizeof(struct template_file));
	for (size_t i = 0; i < node->n; i++) {
		const struct hl_node *at = &node->child[i];
		struct template_file *t = (struct template_file *)a->v + a->n++;
		t->name = hl_strdup(at->key);
		if (!hl_text_is_name(at->key, strlen(at->key), HL_NAME - 1))
			hl_conf_fault_key(ctx, at, "'%.80s' is not a name: expected 1 to 64 characters A-Z a-z 0-9 _ . - that begin with a letter or digit", at->key);
		else if (at->kind != HL_NODE_SCALAR || !at->text[0])
			hl_conf_fault(ctx, at, "template '%.64s': expected the name of a file", at->key);
		else
			read_file(at, t, ctx);
	}
}

void hl_settings_wipe_templates(void *target)
{
	struct hl_array *a = target;
	struct template_file *v = a->v;
	for (size_t i = 0; i < a->n; i++) {
		free(v[i].name);
		hl_template_free(&v[i].words);
	}
	free(v);
	*a = (struct hl_array){ 0 };
}

static const struct template_file *find(const struct hl_settings *s, const char *name)
{
	const struct template_file *v = s->templates.v;
	for (size_t i = 0; i < s->templates.n; i++)
		if (strcmp(v[i].name, name) == 0)
			return &v[i];
	return NULL;
}

static void use_in(const struct hl_settings *s, const struct hl_channel *ch, struct hl_conf_ctx *ctx)
{
	struct hl_channel_words *w = ch->adapter->words ? ch->adapter->words(ch->conf) : NULL;
	const struct template_file *t = w && w->name ? find(s, w->name) : NULL;
	if (t)
		w->named = t->words;
	else if (w && w->name)
		hl_faults_add(ctx->faults, ctx->file, w->line, w->column, "'templates' has no '%s'", w->name);
}

void hl_settings_use_templates(const struct hl_settings *s, struct hl_conf_ctx *ctx)
{
	const struct hl_receiver *r = s->receivers.v;
	for (size_t i = 0; i < s->receivers.n; i++)
		for (size_t k = 0; k < r[i].channels.n; k++)
			use_in(s, (const struct hl_channel *)r[i].channels.v + k, ctx);
}
