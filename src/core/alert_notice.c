/* alert_notice.c: the one sentence that every message begins with: how far people may act on an alert, and why it was taken back. It changes only when the facts do
 * (doc/life.md, The notice). Half a verification is not in it: a second officer once believed that it had been verified (Green v. San Francisco). Pure; any thread.
 */
#include "core/alert.h"

#include <string.h>

struct standdown_words {
	const char *name, *text;
	bool ask; /* whoever keeps the list knows more */
};

static const struct standdown_words standdowns[HL_STANDDOWNS] = {
	[HL_SD_WITHDRAWN] = { .name = "withdrawn", .text = "entry withdrawn" },
	[HL_SD_EXPIRED] = { .name = "expired", .text = "entry no longer listed", .ask = true },
	[HL_SD_ABSENT] = { .name = "absent", .text = "entry no longer listed", .ask = true },
	[HL_SD_EVIDENCE] = { .name = "evidence", .text = "misread, as further reads of the vehicle show" },
	[HL_SD_CHANGED] = { .name = "changed", .text = "entry changed, another plate is listed now", .ask = true },
};

/* What a person found out, for whoever was told of it. */
static const struct standdown_words rejections[] = {
	{ .name = "misread", .text = "misread" },
	{ .name = "other_vehicle", .text = "another vehicle" },
};

const char *hl_standdown_name(enum hl_standdown why)
{
	return (unsigned)why < HL_STANDDOWNS ? standdowns[why].name : "unknown";
}

static const char *rejection(const struct hl_alert *a)
{
	for (size_t i = 0; i < sizeof rejections / sizeof rejections[0]; i++)
		if (!strcmp(rejections[i].name, a->closed_reason))
			return rejections[i].text;
	return "rejected";
}

static void say_withdrawn(const struct hl_alert *a, struct hl_buf *out)
{
	size_t i = 0;
	while (i < HL_STANDDOWNS && strcmp(standdowns[i].name, a->closed_reason) != 0)
		i++;
	hl_buf_puts(out, i < HL_STANDDOWNS ? standdowns[i].text : "this alert no longer holds");
	if (i < HL_STANDDOWNS && !standdowns[i].ask)
		return;
	char agency[33]; /* an agency's name must not push everything else out of a short message */
	hl_copy(agency, sizeof agency, a->entry[HL_F_AGENCY]);
	if (agency[0])
		hl_buf_printf(out, ", ask %s", agency);
	else
		hl_buf_printf(out, ", ask the keeper of list %.32s", a->list);
}

static void say_standdown(const struct hl_alert *a, struct hl_buf *out)
{
	if (a->state == HL_ST_REJECTED)
		hl_buf_printf(out, "%s, says %s", rejection(a), a->closed_by);
	else
		say_withdrawn(a, out);
}

void hl_alert_standdown(const struct hl_alert *a, char *dst, size_t size)
{
	struct hl_buf out = HL_BUF(HL_NOTICE_TEXT);
	say_standdown(a, &out);
	hl_copy(dst, size, hl_buf_text(&out));
	hl_buf_fini(&out);
}

/* ---- the notice ---- */

static void say_verified(const struct hl_alert *a, struct hl_buf *out)
{
	const struct hl_verification *first = &a->life.verification[0];
	int64_t at = first->at_ms;
	char when[HL_TIME_TEXT];
	for (unsigned i = 1; i < HL_VERIFIED_PARTS; i++)
		at = a->life.verification[i].at_ms > at ? a->life.verification[i].at_ms : at;
	hl_time_format(at, when);
	hl_buf_printf(out, "VERIFIED by %s at %.10s %.8sZ; ", first->by, when, when + 11);
}

static void say_confirmed(const struct hl_alert *a, bool brief, struct hl_buf *out)
{
	const struct hl_confirmation *c = &a->life.confirmed;
	if (a->state != HL_ST_CONFIRMED)
		hl_buf_puts(out, "NOT CONFIRMED by the listing agency");
	else if (brief)
		hl_buf_puts(out, "CONFIRMED by the listing agency");
	else
		hl_buf_printf(out, "CONFIRMED by %s, reference %s", c->source, c->reference);
}

static void say_unverified(const struct hl_alert *a, struct hl_buf *out)
{
	hl_buf_puts(out, "NOT VERIFIED: confirm plate, state and vehicle before acting");
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++)
		if (a->life.verification[i].result == HL_VR_DIFFERS)
			hl_buf_printf(out, "; %s DIFFERS, says %s", hl_verified_part_name((enum hl_verified_part)i), a->life.verification[i].by);
	if (a->life.verification_lapsed[0])
		hl_buf_printf(out, "; no longer verified: %s", a->life.verification_lapsed);
}

/* Whoever was told that it is over must see that it is not; once it has gone on from there, that is old news. */
static bool stands_again(const struct hl_alert_life *l)
{
	return l->undone.of[0] && l->undone.state >= HL_ST_CLOSED && (!l->n_steps || l->step[l->n_steps - 1].at_ms <= l->undone.at_ms);
}

static void say_notice(const struct hl_alert *a, bool brief, struct hl_buf *out)
{
	if (a->state == HL_ST_REJECTED || a->state == HL_ST_WITHDRAWN) {
		hl_buf_puts(out, "STAND DOWN: ");
		say_standdown(a, out);
		return;
	}
	if (a->state == HL_ST_CLOSED) {
		hl_buf_printf(out, "CLOSED by %s%s%s", a->closed_by, a->life.outcome[0] ? ": " : "", a->life.outcome);
		return;
	}
	if (stands_again(&a->life))
		hl_buf_printf(out, "STANDS AGAIN, says %s; ", a->life.undone.by);
	if (a->state != HL_ST_VERIFIED && a->state != HL_ST_CONFIRMED) {
		say_unverified(a, out);
		return;
	}
	say_verified(a, out);
	say_confirmed(a, brief, out);
}

static void notice(const struct hl_alert *a, bool brief, char *dst, size_t size)
{
	struct hl_buf out = HL_BUF(2 * HL_NOTICE_TEXT);
	say_notice(a, brief, &out);
	hl_copy(dst, size, hl_buf_text(&out));
	hl_buf_fini(&out);
}

void hl_alert_notice(const struct hl_alert *a, char *dst, size_t size)
{
	notice(a, false, dst, size);
}

void hl_alert_notice_brief(const struct hl_alert *a, char *dst, size_t size)
{
	notice(a, true, dst, size);
}
