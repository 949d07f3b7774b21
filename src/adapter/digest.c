/* digest.c: see digest.h. */
#include "adapter/digest.h"
#include "adapter/words.h"

#include <stdio.h>
#include <string.h>

void hl_digest_head(const struct hl_message *m, struct hl_buf *out)
{
	const struct hl_digest *d = m->digest;
	hl_buf_printf(out, "DIGEST: %zu alert%s", d->all, d->all == 1 ? "" : "s");
	if (d->n)
		hl_buf_printf(out, ", the most urgent P%d", d->alert[0]->priority);
	hl_buf_puts(out, ", NOT VERIFIED where not said otherwise");
}

/* What a person found to differ, and in full who has the alert. */
static void put_people(const struct hl_alert *a, bool full, struct hl_buf *out)
{
	char who[2 * HL_TEXT_SHORT];
	for (unsigned i = 0; i < HL_VERIFIED_PARTS; i++) {
		const struct hl_verification *v = &a->life.verification[i];
		hl_words_clean(v->by, who, sizeof who);
		if (v->result == HL_VR_DIFFERS)
			hl_buf_printf(out, "    %s DIFFERS, says %s\n", hl_verified_part_name((enum hl_verified_part)i), who);
	}
	hl_words_clean(a->acknowledged_by, who, sizeof who);
	if (full && who[0])
		hl_buf_printf(out, "    acknowledged by %s\n", who);
}

/* An alert in short lines, the first of which says the most: mails are read on telephones. */
static void put_alert(const struct hl_message *m, const struct hl_alert *a, bool full, struct hl_buf *out)
{
	char category[HL_TEXT_SHORT], place[HL_READ_SITE], difference[HL_TEXT_LONG], time[HL_TEXT_SHORT];
	hl_words_clean(a->category, category, sizeof category);
	hl_words_clean(hl_alert_place(a), place, sizeof place);
	hl_words_difference(a, difference, sizeof difference);
	/* the time that belongs to the place */
	hl_tz_format(m->tz, a->life.n_sightings || a->read.time_ms == HL_NO_TIME ? hl_alert_seen_ms(a) : a->read.time_ms, time, sizeof time);
	hl_buf_printf(out, "P%d  %s  %s\n    %s: %s\n", a->priority, time, category[0] ? category : "no category", hl_words_notice(a), difference);
	put_people(a, full, out);
	if (full)
		hl_buf_printf(out, "    listed %s read %s\n", a->plate_listed, hl_alert_read_there(a));
	hl_buf_printf(out, "    at %s\n    alert %s\n", place, a->id);
}

void hl_digest_text(const struct hl_message *m, bool full, struct hl_buf *out)
{
	const struct hl_digest *d = m->digest;
	char link[HL_LINK_TEXT];
	hl_digest_head(m, out);
	hl_buf_puts(out, "\n\nMore notices came than are sent one by one; these were gathered:\n\n");
	for (size_t i = 0; i < d->n; i++)
		put_alert(m, d->alert[i], full, out);
	if (d->all > d->n)
		hl_buf_printf(out, "and %zu more\n", d->all - d->n);
	hl_words_clean(m->link ? m->link : "", link, sizeof link);
	if (link[0])
		hl_buf_printf(out, "\nLink:      %s\n", link);
}

void hl_digest_brief(const struct hl_message *m, struct hl_buf *out)
{
	const struct hl_digest *d = m->digest;
	char link[HL_LINK_TEXT];
	size_t count[10] = { 0 };
	for (size_t i = 0; i < d->n; i++)
		if (d->alert[i]->priority >= 0 && d->alert[i]->priority < 10)
			count[d->alert[i]->priority]++;
	hl_buf_printf(out, "DIGEST %zu alert%s NOT VERIFIED:", d->all, d->all == 1 ? "" : "s");
	for (int p = 0; p < 10; p++)
		if (count[p])
			hl_buf_printf(out, " P%d x%zu", p, count[p]);
	if (d->all > d->n)
		hl_buf_puts(out, " and more");
	hl_words_clean(m->link ? m->link : "", link, sizeof link);
	if (link[0] && out->len + strlen(link) < 159)
		hl_buf_printf(out, " %s", link);
}

void hl_digest_json(const struct hl_alert *a, bool full, struct hl_json *j)
{
	char notice[HL_TEXT_LONG];
	hl_alert_notice(a, notice, sizeof notice);
	hl_json_open(j, '{');
	hl_json_str(j, "id", a->id);
	hl_json_str(j, "state", hl_alert_state_name(a->state));
	hl_json_int(j, "priority", a->priority);
	hl_json_str(j, "category", a->category);
	hl_json_str(j, "decision", hl_decision_name(a->decision));
	hl_json_time(j, "time", a->time_ms);
	hl_json_str(j, "place", hl_alert_place(a));
	if (full) {
		hl_json_str(j, "plate_read", a->plate_read);
		hl_json_str(j, "plate_listed", a->plate_listed);
	}
	hl_json_str(j, "notice", notice);
	hl_json_close(j);
}
