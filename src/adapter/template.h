/* template.h: the words of a message as a small text with {{names}} in it. A name stands for one thing of the alert (template_names.c); {{#name}}…{{/name}} is
 * left out where there is none, {{^name}}…{{/name}} where there is one; a line with names of which none has anything is left out whole. There is no other logic.
 * doc/messages.md is the manual. Pure: the text is handed in. A loaded template never changes; any thread.
 */
#ifndef HL_ADAPTER_TEMPLATE_H
#define HL_ADAPTER_TEMPLATE_H

#include "base/err.h"
#include "base/mem.h"

enum { HL_TEMPLATE_FILE_MAX = 64 << 10, HL_TEMPLATE_ITEMS_MAX = 2000, HL_TEMPLATE_DEPTH = 8 };

enum hl_part { HL_PART_SUBJECT, HL_PART_TEXT, HL_PART_HTML, HL_PART_SMS, HL_PARTS };
const char *hl_part_name(enum hl_part p); /* "subject", "text", "html", "sms" */

/* Everything that a name can stand for, in the order of hl_names. */
enum hl_name_id {
	HL_V_EVENT, HL_V_WHY, HL_V_HEADLINE, HL_V_NOTICE, HL_V_NOTICE_SHORT, HL_V_PRIORITY, HL_V_CATEGORY, HL_V_DECISION, HL_V_PLACE, HL_V_CAMERA, HL_V_TIME, HL_V_UTC,
	HL_V_TIME_NOTE, HL_V_AGE, HL_V_SPAN, HL_V_LISTED, HL_V_READ, HL_V_PLATES, HL_V_DIFFERENCE, HL_V_CONTRADICTIONS, HL_V_KIND, HL_V_PROBABILITY,
	HL_V_PLATE_PROBABILITY, HL_V_STATE, HL_V_REASON, HL_V_AGENCY, HL_V_CASE, HL_V_STARTS, HL_V_EXPIRES, HL_V_MAKE, HL_V_MODEL, HL_V_COLOR, HL_V_TYPE, HL_V_YEAR,
	HL_V_VIN, HL_V_NOTE, HL_V_INSTRUCTIONS, HL_V_RECORD, HL_V_LISTED_AS, HL_V_SEEN_AS, HL_V_REGION, HL_V_LIST, HL_V_LIST_VERSION, HL_V_LIST_AGE, HL_V_CLEARED,
	HL_V_IMAGE, HL_V_IMAGE_LINK, HL_V_HOLDER, HL_V_ALSO, HL_V_SIGHTINGS, HL_V_BECAUSE, HL_V_ALERT, HL_V_LINK, HL_V_RECEIVER, HL_V_CREATED, HL_V_UPDATED, HL_V_ESCALATED,
	HL_V_STANDDOWN, HL_V_LATE, HL_V_INEXACT, HL_V_PARTIAL, HL_V_NOT_VERIFIED, HL_NAMES
};

enum hl_name_kind { HL_NK_TEXT, HL_NK_BLOCK /* several lines, made for the part */, HL_NK_FLAG /* only for sections */ };

struct hl_name_info {
	const char *name;
	enum hl_name_kind kind;
	bool sms;         /* may stand in a short message */
	const char *help; /* one line of the manual */
};
extern const struct hl_name_info hl_names[HL_NAMES];

struct hl_template;
/* A template from a file's text of n bytes; file is what faults call it. All faults are collected; HL_E_CONFIG where there was one, and *out is NULL then. Borrows
 * text, gives *out. */
enum hl_code hl_template_parse(struct hl_template **out, const char *file, const char *text, size_t n, struct hl_faults *faults);
void hl_template_free(struct hl_template **t);
/* Does it have this part? What it lacks is said in the built-in words. */
bool hl_template_has(const struct hl_template *t, enum hl_part p);
/* "en", "de-AT"; "" where it does not say. Borrowed. */
const char *hl_template_language(const struct hl_template *t);

/* What the names stand for; a NULL or empty one has nothing. Texts are cleaned already, and escaped here as the part wants it; blocks are taken as they are. */
struct hl_values {
	const char *v[HL_NAMES];
};
/* The part in words, appended to out: a subject or short message as one line without its end, else whole lines. Borrows all. */
void hl_template_write(const struct hl_template *t, enum hl_part p, const struct hl_values *values, struct hl_buf *out);

/* Text for HTML: & < > " ' as entities. Appended to out. */
void hl_html_escape(struct hl_buf *out, const char *text);

#endif
