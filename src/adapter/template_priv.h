/* template_priv.h: what the files template*.c share; nobody else includes it. */
#ifndef HL_ADAPTER_TEMPLATE_PRIV_H
#define HL_ADAPTER_TEMPLATE_PRIV_H

#include "adapter/template.h"

enum hl_item_kind { HL_IT_TEXT, HL_IT_NAME, HL_IT_OPEN, HL_IT_OPEN_NOT, HL_IT_CLOSE, HL_IT_END /* of a line */ };

struct hl_item {
	enum hl_item_kind kind;
	enum hl_name_id name;
	const char *text;      /* HL_IT_TEXT: n bytes in the template's own copy */
	size_t n;
	unsigned line, column; /* in the file, 1-based */
};

struct hl_part_items {
	bool there;
	unsigned line; /* of its `===` */
	size_t n;
	struct hl_item *item;
};

struct hl_template {
	char *text; /* the whole file */
	char language[36];
	struct hl_part_items part[HL_PARTS];
};

/* What a part must and must not hold, beyond its grammar: the notice, both plates, how much differs, what contradicts. Adds faults. */
void hl_template_check(const struct hl_template *t, enum hl_part p, const char *file, struct hl_faults *faults);
/* The tags and attributes of an HTML part: only what can neither fetch, run nor hide anything. Adds faults. */
void hl_template_check_html(const struct hl_part_items *part, const char *file, struct hl_faults *faults);

#endif
