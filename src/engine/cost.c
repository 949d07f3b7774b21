/* cost.c: see cost.h. */
#include "engine/cost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/score.h"

#define TOLD 0.05 /* a day: an entry that costs less is not worth a line */

/* How many cameras have the channel named. */
static size_t cameras_with(const struct hl_settings *s, const char *channel)
{
	const struct hl_camera *camera = s->cameras.v;
	size_t n = 0;
	for (size_t i = 0; i < s->cameras.n; i++)
		n += camera[i].channel && !strcmp(camera[i].channel, channel);
	return n;
}

/* What most of the cameras have, or NULL. The channels are few, the cameras may be many. */
static const char *usual_channel(const struct hl_settings *s, const struct hl_channel_set *set)
{
	const char *best = NULL;
	size_t most = 0;
	for (size_t i = 0; i < set->n; i++) {
		size_t n = cameras_with(s, set->table[i]->name);
		best = n > most ? set->table[i]->name : best;
		most = n > most ? n : most;
	}
	return best;
}

const struct hl_channel_table *hl_cost_channel(const struct hl_cost_ask *ask)
{
	const struct hl_channel_set *set = &ask->rules->channels;
	const char *name = ask->channel ? ask->channel : ask->settings ? usual_channel(ask->settings, set) : NULL;
	for (size_t i = 0; name && i < set->n; i++)
		if (!strcmp(set->table[i]->name, name))
			return set->table[i];
	return ask->channel ? NULL : set->by_form[HL_GAP_POINTS];
}

/* What would make the entry cheaper, by what its false alerts are. */
static const char *hint_for(const struct hl_pattern *e, const struct hl_predicted *by)
{
	if (e->flags & HL_PAT_WILD)
		return "give the symbols that are known";
	if (by->exact > by->notices / 2)
		return "vehicles with the same plate, or one read as it: give the state, by which people can tell";
	return "plates misread as it: raise min_probability, or max_cost 0 and candidates 0 for this list";
}

static void fill_worst(const struct hl_predicted_list *l, const struct hl_pattern *patterns, struct hl_snapshot_writer *w, struct hl_cost *out)
{
	for (size_t i = 0; i < l->n_worst; i++) {
		const struct hl_predict_worst *from = &l->worst[i];
		struct hl_cost_worst *to = &out->worst[out->n_worst++];
		hl_pattern_text(&patterns[from->entry], to->plate);
		to->line = hl_snapshot_writer_line(w, from->entry);
		to->a_day = from->by.notices * out->reads_a_day;
		to->hint = hint_for(&patterns[from->entry], &from->by);
	}
}

static double base_rate(const struct hl_rules *rules, const char *list, size_t n)
{
	const struct hl_rules_list *l = hl_rules_list(rules, list);
	return l && l->base_rate >= 0 ? l->base_rate : hl_score_base_rate(n);
}

void hl_cost_make(const struct hl_cost_ask *ask, const char *list, struct hl_snapshot_writer *w, const struct hl_crew *crew, struct hl_cost *out)
{
	struct hl_predicted_list l;
	size_t n = hl_snapshot_writer_count(w);
	const struct hl_channel_table *channel = ask && ask->rules ? hl_cost_channel(ask) : NULL;
	*out = (struct hl_cost){ .made = false };
	if (!channel || !n)
		return;
	const struct hl_pattern *patterns = hl_snapshot_writer_patterns(w);
	const struct hl_predict p = { .rules = ask->rules, .match = hl_rules_match(ask->rules, list), .channel = channel,
				      .prior = base_rate(ask->rules, list, n) / (double)n };
	hl_predict_list(&p, patterns, n, crew, &l);
	*out = (struct hl_cost){ .made = true, .a_day = l.sum.notices * ask->reads_a_day, .verify = l.sum.verify * ask->reads_a_day,
				 .same = l.sum.same * ask->reads_a_day, .error = sqrt(l.sum.variance) * ask->reads_a_day,
				 .reads_a_day = ask->reads_a_day, .reads_from = ask->reads_from, .entries = n, .looked_at = l.looked_at };
	hl_copy(out->channel, sizeof out->channel, channel->name);
	fill_worst(&l, patterns, w, out);
}

void hl_cost_json(const struct hl_cost *c, struct hl_json *j)
{
	if (!c->made)
		return;
	hl_json_prob(j, "expected_false_alerts_a_day", c->a_day);
	hl_json_prob(j, "standard_error", c->error);
	hl_json_prob(j, "of_which_verify", c->verify);
	hl_json_prob(j, "of_which_same_plate", c->same);
	hl_json_num(j, "reads_a_day", c->reads_a_day);
	hl_json_str(j, "reads_a_day_from", c->reads_from);
	hl_json_str(j, "channel", c->channel);
	hl_json_int(j, "entries_looked_at", (int64_t)c->looked_at);
	hl_json_open_key(j, "worst", '[');
	for (size_t i = 0; i < c->n_worst; i++) {
		hl_json_open(j, '{');
		hl_json_str(j, "plate", c->worst[i].plate);
		if (c->worst[i].line)
			hl_json_int(j, "line", c->worst[i].line);
		else
			hl_json_null(j, "line");
		hl_json_prob(j, "expected", c->worst[i].a_day);
		hl_json_str(j, "hint", c->worst[i].hint);
		hl_json_close(j);
	}
	hl_json_close(j);
}

void hl_cost_number(double v, char *dst)
{
	if (v > 0 && v < 0.01)
		snprintf(dst, 32, "under 0.01");
	else
		snprintf(dst, 32, "%.*f", v >= 100 ? 0 : v >= 10 ? 1 : 2, v);
}

void hl_cost_text(const struct hl_cost *c, struct hl_buf *out)
{
	char all[32], verify[32], same[32], error[32];
	if (!c->made)
		return;
	hl_cost_number(c->a_day, all);
	hl_cost_number(c->verify, verify);
	hl_cost_number(c->same, same);
	hl_cost_number(c->error, error);
	hl_buf_printf(out, "expected: %s false alerts a day, %s of them to be verified, %s about vehicles with the same plate; standard error %s%s\n", all, verify, same, error,
		      c->looked_at < c->entries ? ", from a sample" : "");
	hl_buf_printf(out, "    at %.0f reads a day (%s), channel %s\n", c->reads_a_day, c->reads_from, c->channel);
	for (size_t i = 0; i < c->n_worst && c->worst[i].a_day >= TOLD; i++) {
		const struct hl_cost_worst *w = &c->worst[i];
		hl_cost_number(w->a_day, all);
		hl_buf_printf(out, "    %s a day: %s", all, w->plate);
		if (w->line)
			hl_buf_printf(out, " on line %u", w->line);
		hl_buf_printf(out, ": %s\n", w->hint);
	}
}
