/* template_check.c: what a template must say and what it must not hold. No template can leave out that an alert is not verified; where it shows a plate it shows
 * both, how much differs and what contradicts. HTML holds only what can neither fetch, run nor hide anything. Any thread.
 */
#include "adapter/template_priv.h"
#include "adapter/gsm7.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMS_WORDS_MAX = 60 };

/* Which names the part has, and which of them stand where nothing but their own section can leave them out. */
struct used {
	bool any[HL_NAMES], sure[HL_NAMES];
};

static void gather(const struct hl_part_items *p, struct used *u)
{
	struct hl_item open[HL_TEMPLATE_DEPTH];
	unsigned depth = 0;
	for (size_t i = 0; i < p->n; i++) {
		const struct hl_item *it = &p->item[i];
		bool sure = true;
		if (it->kind == HL_IT_CLOSE && depth)
			depth--;
		if ((it->kind == HL_IT_OPEN || it->kind == HL_IT_OPEN_NOT) && depth < HL_TEMPLATE_DEPTH)
			open[depth++] = *it;
		if (it->kind != HL_IT_NAME)
			continue;
		for (unsigned k = 0; k < depth; k++)
			sure = sure && open[k].kind == HL_IT_OPEN && open[k].name == it->name;
		u->any[it->name] = true;
		u->sure[it->name] = u->sure[it->name] || sure;
	}
}

static void lacks(const struct hl_template *t, enum hl_part p, const char *file, struct hl_faults *faults, const char *name, const char *why)
{
	hl_faults_add(faults, file, t->part[p].line, 1, "part '%s' lacks {{%s}}: %s", hl_part_name(p), name, why);
}

static const char outside[] = "it must stand outside of every section but its own";

static void check_plate(const struct hl_template *t, enum hl_part p, const struct used *u, const char *file, struct hl_faults *faults)
{
	bool one = u->any[HL_V_LISTED] || u->any[HL_V_READ], both = u->any[HL_V_LISTED] && u->any[HL_V_READ];
	if (one && !both && !u->any[HL_V_PLATES])
		lacks(t, p, file, faults, u->any[HL_V_READ] ? "listed" : "read", "both plates are shown, or none");
	if (p == HL_PART_SUBJECT || (!one && !u->any[HL_V_PLATES]))
		return;
	if (!u->sure[HL_V_DIFFERENCE])
		lacks(t, p, file, faults, "difference", "it shows a plate, and how much differs belongs beside it, outside of every section but its own");
	if (p != HL_PART_SMS && !u->sure[HL_V_CONTRADICTIONS])
		lacks(t, p, file, faults, "contradictions", "it shows a plate, and what contradicts belongs beside it, outside of every section but its own");
}

static void check_names(const struct hl_template *t, enum hl_part p, const char *file, struct hl_faults *faults)
{
	const struct hl_part_items *items = &t->part[p];
	for (size_t i = 0; i < items->n; i++) {
		const struct hl_item *it = &items->item[i];
		if (it->kind == HL_IT_TEXT || it->kind == HL_IT_END)
			continue;
		if (p == HL_PART_SMS && !hl_names[it->name].sms)
			hl_faults_add(faults, file, it->line, it->column, "'%s' does not belong in a short message", hl_names[it->name].name);
		if (p == HL_PART_SUBJECT && hl_names[it->name].kind == HL_NK_BLOCK)
			hl_faults_add(faults, file, it->line, it->column, "'%s' has several lines: it does not belong in a subject", hl_names[it->name].name);
		if (p == HL_PART_SUBJECT && (it->name == HL_V_AGE || it->name == HL_V_SPAN))
			hl_faults_add(faults, file, it->line, it->column, "'%s' does not belong in a subject: threads are found by it", hl_names[it->name].name);
	}
}

static unsigned lines_of(const struct hl_part_items *p)
{
	unsigned n = 0;
	for (size_t i = 0; i < p->n; i++)
		n += p->item[i].kind == HL_IT_END;
	return n;
}

/* Its own words of a short message: each symbol one septet, and room left for what must be said. */
static void check_sms(const struct hl_part_items *items, const char *file, struct hl_faults *faults)
{
	int septets = 0;
	for (size_t i = 0; i < items->n; i++) {
		const struct hl_item *it = &items->item[i];
		char *text = it->kind == HL_IT_TEXT ? hl_strndup(it->text, it->n) : NULL;
		int n = text ? hl_gsm7_septets(text) : 0;
		if (n < 0)
			hl_faults_add(faults, file, it->line, it->column, "a symbol of these words is outside of the GSM alphabet: it would leave 70 symbols instead of 160");
		septets += n;
		free(text);
	}
	if (septets > SMS_WORDS_MAX)
		hl_faults_add(faults, file, items->line, 1, "part 'sms' has %d symbols of its own: expected at most %d, so that what must be said has room", septets, SMS_WORDS_MAX);
}

void hl_template_check(const struct hl_template *t, enum hl_part p, const char *file, struct hl_faults *faults)
{
	struct used u = { 0 };
	gather(&t->part[p], &u);
	check_names(t, p, file, faults);
	bool brief = p == HL_PART_SUBJECT || p == HL_PART_SMS;
	if (brief && lines_of(&t->part[p]) > 1)
		hl_faults_add(faults, file, t->part[p].line, 1, "part '%s' has %u lines: expected one", hl_part_name(p), lines_of(&t->part[p]));
	if (p == HL_PART_SUBJECT && !u.sure[HL_V_HEADLINE] && !u.sure[HL_V_NOTICE_SHORT] && !u.sure[HL_V_NOTICE])
		lacks(t, p, file, faults, "headline", outside);
	if (p == HL_PART_SMS && !u.sure[HL_V_NOTICE_SHORT])
		lacks(t, p, file, faults, "notice_short", outside);
	if (p == HL_PART_SMS && !u.sure[HL_V_DIFFERENCE])
		lacks(t, p, file, faults, "difference", outside);
	if (!brief && !u.sure[HL_V_NOTICE])
		lacks(t, p, file, faults, "notice", outside);
	check_plate(t, p, &u, file, faults);
	if (p == HL_PART_SMS)
		check_sms(&t->part[p], file, faults);
	if (p == HL_PART_HTML)
		hl_template_check_html(&t->part[p], file, faults);
}
