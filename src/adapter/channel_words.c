/* channel_words.c: see channel_words.h. Any thread. */
#include "adapter/channel_words.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void hl_channel_words_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx)
{
	struct hl_channel_words *w = target;
	if (node->kind != HL_NODE_SCALAR || !hl_text_is_name(node->text, strlen(node->text), HL_NAME - 1)) {
		hl_conf_fault(ctx, node, "expected the name of a template");
		return;
	}
	free(w->name);
	w->name = hl_strdup(node->text);
	w->line = node->line;
	w->column = node->column;
}

void hl_channel_words_wipe(void *target)
{
	struct hl_channel_words *w = target;
	free(w->name);
	hl_template_free(&w->builtin);
	*w = (struct hl_channel_words){ 0 };
}

/* A test reads the built-in words and says what is wrong with them. */
void hl_channel_words_finish(struct hl_channel_words *w)
{
	struct hl_faults faults = { 0 };
	if (!w->builtin)
		hl_template_parse(&w->builtin, "templates/en.txt", hl_template_builtin, strlen(hl_template_builtin), &faults);
}

const struct hl_template *hl_channel_words_for(const struct hl_channel_words *w, enum hl_part p)
{
	return hl_template_has(w->named, p) ? w->named : w->builtin;
}
