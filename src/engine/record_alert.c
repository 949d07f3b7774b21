/* record_alert.c: a hit as an alert. Pure.
 */
#include "engine/record_priv.h"
#include "base/json_out.h"

#include <stdlib.h>
#include <string.h>

const char *hl_record_site(const struct hl_catalog *c, const struct hl_read *r)
{
	const struct hl_camera *camera = r->site[0] || !c->settings ? NULL : hl_settings_camera(c->settings, r->camera);
	if (camera && camera->site && camera->site[0])
		return camera->site;
	return r->site[0] ? r->site : r->camera;
}

const char *hl_record_agency(const struct hl_catalog *c, size_t list, const struct hl_entry *e)
{
	if (e->f[HL_F_AGENCY][0] || !c->settings)
		return e->f[HL_F_AGENCY];
	const struct hl_list_settings *l = hl_settings_list(c->settings, c->list[list].name);
	return l && l->agency ? l->agency : "";
}

void hl_record_incident(const char *plate_listed, const char *listed_state, char dst[HL_ID_TEXT])
{
	char state[16];
	unsigned char hash[HL_SHA256];
	struct hl_sha256 h;
	hl_state_canon(listed_state, state);
	hl_sha256_init(&h);
	hl_sha256_field(&h, "incident");
	hl_sha256_field(&h, plate_listed);
	hl_sha256_field(&h, state);
	hl_sha256_end(&h, hash);
	hl_id_text(hash, dst);
}

static void put_contradictions(const struct hl_read *r, const struct hl_hit *h, struct hl_alert *a)
{
	const char *const read[HL_CONTRADICTIONS] = { [HL_C_STATE] = r->region, [HL_C_TYPE] = r->vehicle.type, [HL_C_MAKE] = r->vehicle.make,
						      [HL_C_COLOR] = r->vehicle.color };
	static const enum hl_field listed[HL_CONTRADICTIONS] = { [HL_C_STATE] = HL_F_STATE, [HL_C_TYPE] = HL_F_TYPE, [HL_C_MAKE] = HL_F_MAKE,
								 [HL_C_COLOR] = HL_F_COLOR };
	a->n_contradictions = 0;
	for (unsigned i = 0; i < HL_CONTRADICTIONS; i++) {
		if (!(h->contradictions & 1u << i))
			continue;
		struct hl_contradiction_text *t = &a->contradiction[a->n_contradictions++];
		hl_copy(t->what, sizeof t->what, hl_contradiction_name((enum hl_contradiction)i));
		hl_copy(t->read, sizeof t->read, read[i]);
		hl_copy(t->listed, sizeof t->listed, a->entry[listed[i]]);
	}
}

void hl_record_entry(const struct hl_catalog *c, const struct hl_hit *h, int64_t now_ms, struct hl_alert *a)
{
	const struct hl_catalog_list *list = &c->list[h->list];
	struct hl_entry e;
	hl_snapshot_get(list->snapshot, h->entry, &e);
	hl_copy(a->list, sizeof a->list, list->name);
	hl_copy(a->list_version, sizeof a->list_version, list->version.id);
	/* What was added by hand is as old as it is itself, whatever came after it. */
	int64_t since = list->by_hand ? hl_hand_find(list->hand, e.id)->added.time_ms : list->version.imported_ms;
	a->list_age_ms = now_ms > since ? now_ms - since : 0;
	hl_copy(a->entry_id, sizeof a->entry_id, e.id);
	hl_copy(a->entry_revision, sizeof a->entry_revision, e.revision);
	for (int i = 0; i < HL_FIELDS_KEPT; i++)
		hl_copy(a->entry[i], sizeof a->entry[i], e.f[i]);
	hl_copy(a->entry[HL_F_AGENCY], sizeof a->entry[HL_F_AGENCY], hl_record_agency(c, h->list, &e));
	a->entry_expires_ms = e.expires_ms;
	hl_copy(a->category, sizeof a->category, e.f[HL_F_CATEGORY]);
	hl_pattern_text(&e.pattern, a->plate_listed);
	hl_record_incident(a->plate_listed, a->entry[HL_F_STATE], a->incident);
	a->life.covert = hl_catalog_covert(c, h->list);
}

static void put_factors(const struct hl_score_detail *d, struct hl_alert_factors *f)
{
	*f = (struct hl_alert_factors){
		.band = d->band + 1, .log_channel = d->log_channel, .log_background = d->log_background, .epsilon = d->epsilon, .calibration = d->calibration,
		.likelihood_ratio = d->likelihood_ratio, .prior = d->prior, .listed = d->sum_plate, .listed_with_evidence = d->sum_all, .not_listed = d->rest,
		.state = d->evidence[HL_C_STATE], .type = d->evidence[HL_C_TYPE], .make = d->evidence[HL_C_MAKE], .color = d->evidence[HL_C_COLOR],
	};
}

void hl_record_better(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, struct hl_alert *a)
{
	a->read = *r;
	a->read.late = h->late; /* as it was decided: what the alert says of the read must not differ from why it is a verify */
	hl_copy(a->read.site, sizeof a->read.site, r->site[0] ? r->site : hl_record_site(c, r));
	if (!strcmp(a->read.site, r->camera))
		a->read.site[0] = 0;
	a->priority = h->priority;
	hl_plate_text(&r->plate, a->plate_read);
	a->kind = h->kind;
	a->alternative[0] = 0;
	if (h->kind == HL_KIND_CANDIDATE)
		hl_plate_text(&h->as_read, a->alternative);
	a->alignment = h->alignment;
	a->plate_probability = h->plate_probability;
	a->probability = h->probability;
	a->match_reads = h->passage_reads;
	put_factors(&h->detail, &a->factors);
	a->decision = h->decision;
	put_contradictions(r, h, a);
	hl_copy(a->rules_version, sizeof a->rules_version, c->rules->id);
	hl_copy(a->channel_version, sizeof a->channel_version, h->detail.channel ? h->detail.channel : "");
}

void hl_record_alert(const struct hl_catalog *c, const struct hl_read *r, const struct hl_hit *h, int64_t now_ms, struct hl_alert *a)
{
	*a = (struct hl_alert){ .rev = 1, .time_ms = r->time_ms, .created_ms = now_ms, .state = HL_ST_NEW, .acknowledged_ms = HL_NO_TIME,
				.closed_ms = HL_NO_TIME, .passage_reads = 1, .passage_first_ms = r->time_ms, .passage_last_ms = r->time_ms };
	hl_record_entry(c, h, now_ms, a);
	hl_record_better(c, r, h, a);
	hl_alert_id(a->entry_id, r->camera, r->id, a->id);
}

enum hl_code hl_record_body(const struct hl_alert *a, struct hl_buf *body, struct hl_err *err)
{
	struct hl_json j;
	hl_buf_clear(body);
	hl_json_init(&j, body);
	hl_alert_write(a, &j, NULL);
	return body->full ? hl_err_set(err, HL_E_LIMIT, "alert %s has more than %zu bytes", a->id, body->max) : HL_OK;
}
