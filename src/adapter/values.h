/* values.h: what the names of a template stand for, of one message. Private to the room. Pure; any thread. */
#ifndef HL_ADAPTER_VALUES_H
#define HL_ADAPTER_VALUES_H

#include "adapter/adapter.h"
#include "adapter/template.h"

/* The values and the texts they point into. */
struct hl_said {
	struct hl_values values;
	size_t at[HL_NAMES]; /* where each begins in text, 0: nothing */
	struct hl_buf text;
};

/* All of m's alert, which it must have. full: with plates, entry and vehicle; else those names have nothing. html: blocks are made for HTML. Texts are cleaned of control
 * bytes, marks that turn the direction of writing, and "{{". Gives; hl_said_fini. */
void hl_said_init(struct hl_said *s, const struct hl_message *m, bool full, bool html);
void hl_said_fini(struct hl_said *s);
/* A web address that may become a link: http or https, as hl_url_parse accepts them. */
bool hl_said_is_link(const char *url);

#endif
