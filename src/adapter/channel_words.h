/* channel_words.h: the option `template` of a channel whose messages are words: mail and SMS. Private to the room, but for what adapter.h says of it. Any thread. */
#ifndef HL_ADAPTER_CHANNEL_WORDS_H
#define HL_ADAPTER_CHANNEL_WORDS_H

#include "adapter/adapter.h"
#include "adapter/template.h"

/* The built-in words: templates/en.txt, NUL-ended. */
extern const char hl_template_builtin[];

/* Custom reader and wipe of the option; the target is a struct hl_channel_words. */
void hl_channel_words_read(const struct hl_node *node, void *target, struct hl_conf_ctx *ctx);
void hl_channel_words_wipe(void *target);
/* Loads the built-in words where they are not yet; for a channel's check. */
void hl_channel_words_finish(struct hl_channel_words *w);
/* What to write part p with: the channel's template where it has the part, else the built-in words. */
const struct hl_template *hl_channel_words_for(const struct hl_channel_words *w, enum hl_part p);

#define HL_CHANNEL_WORDS_OPTION(conf_type)												\
	{ .name = "template", .type = HL_OPT_CUSTOM, .offset = offsetof(conf_type, words), .custom = hl_channel_words_read,		\
	  .wipe = hl_channel_words_wipe, .help = "the words of its messages, a name under `templates`; default: the built-in ones, in English" }

#endif
