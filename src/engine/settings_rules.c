/* settings_rules.c: rules against settings: what the rules name must exist. A receiver that does not is a fault, since an alert would end nowhere; a list that
 * does not, or a camera, is a warning, since what is said of it would silently not apply; so is a receiver that nobody tells. Pure; any thread.
 */
#include "base/text.h"
#include "engine/settings.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 256 };

struct check {
	const struct hl_settings *s;
	const struct hl_rules *r;
	struct hl_faults *faults;
};

/* names[] of an array whose structs begin with char *name; NULL-ended. */
static void names_of(const struct hl_array *a, size_t size, const char *words[WORDS_MAX + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < a->n && n < WORDS_MAX; i++)
		words[n++] = *(char *const *)(const void *)((const char *)a->v + i * size);
	words[n] = NULL;
}

static void check_receiver(void *arg, const char *name, unsigned line, unsigned column)
{
	const struct check *c = arg;
	const char *words[WORDS_MAX + 1];
	const struct hl_receiver *found = hl_settings_receiver(c->s, name);
	if (found && found->channels.n)
		return;
	names_of(&c->s->receivers, sizeof(struct hl_receiver), words);
	const char *near = hl_text_nearest(name, words);
	if (found)
		hl_faults_add(c->faults, c->r->file, line, column, "the receiver '%.64s' has no channel in %.200s", name, c->s->file);
	else if (near)
		hl_faults_add(c->faults, c->r->file, line, column, "unknown receiver '%.64s' (did you mean '%s'?)", name, near);
	else
		hl_faults_add(c->faults, c->r->file, line, column, "unknown receiver '%.64s': %.200s has no such name under 'receivers'", name, c->s->file);
}

/* A name that the registry does not have. is: "list" or "camera". */
static void warn_unknown(const struct check *c, const struct hl_array *known, size_t size, const char *is, const char *name, unsigned line, unsigned column)
{
	const char *words[WORDS_MAX + 1];
	names_of(known, size, words);
	const char *near = hl_text_nearest(name, words);
	if (near)
		hl_faults_warn(c->faults, c->r->file, line, column, "the settings have no %s '%.64s' (did you mean '%s'?)", is, name, near);
	else
		hl_faults_warn(c->faults, c->r->file, line, column, "the settings have no %s '%.64s'", is, name);
}

static void check_list(const struct check *c, const char *name, unsigned line, unsigned column)
{
	if (name && !hl_settings_list(c->s, name))
		warn_unknown(c, &c->s->lists, sizeof(struct hl_list_settings), "list", name, line, column);
}

static void check_camera(const struct check *c, const char *name, unsigned line, unsigned column)
{
	if (c->s->cameras.n && !hl_settings_camera(c->s, name)) /* settings need not name cameras */
		warn_unknown(c, &c->s->cameras, sizeof(struct hl_camera), "camera", name, line, column);
}

/* A zone into which no camera is known to look; a mobile one may look into any. */
static void check_zone(const struct check *c, const struct hl_zone *z)
{
	const struct hl_camera *camera = c->s->cameras.v;
	for (size_t i = 0; i < c->s->cameras.n; i++) {
		struct hl_point p = hl_point_of(camera[i].lat, camera[i].lon);
		if (camera[i].mobile || hl_zone_has(z, camera[i].name, camera[i].has_position ? &p : NULL))
			return;
	}
	if (c->s->cameras.n)
		hl_faults_warn(c->faults, c->r->file, z->line, z->column, "no camera of the settings lies in the zone '%.64s', and none is mobile", z->name);
}

struct wanted {
	const char *name;
	bool found;
};

static void is_wanted(void *arg, const char *name, unsigned line, unsigned column)
{
	struct wanted *w = arg;
	(void)line;
	(void)column;
	w->found |= !strcmp(name, w->name);
}

/* Receivers that nobody tells: hardly meant, and found only on the day when they should have been told. */
static void check_unused(const struct check *c)
{
	const struct hl_receiver *v = c->s->receivers.v;
	for (size_t i = 0; c->r->has_route && i < c->s->receivers.n; i++) {
		struct wanted w = { v[i].name, false };
		const struct hl_channel *first = v[i].channels.v;
		hl_rules_each_receiver(c->r, is_wanted, &w);
		if (!w.found && v[i].channels.n)
			hl_faults_warn(c->faults, c->s->file, first->line, first->column, "no route of %.200s tells the receiver '%.64s'", c->r->file, v[i].name);
	}
}

/* Those with options of their own, and those of zones. */
static void check_cameras(const struct check *c)
{
	const struct hl_rules_camera *own = c->r->cameras.v;
	const struct hl_zone *zone = c->r->zones.v;
	for (size_t i = 0; i < c->r->cameras.n; i++)
		check_camera(c, own[i].name, own[i].line, own[i].column);
	for (size_t i = 0; i < c->r->zones.n; i++)
		for (size_t k = 0; k < zone[i].cameras.n; k++)
			check_camera(c, zone[i].cameras.v[k], zone[i].line, zone[i].column);
	for (size_t i = 0; i < c->r->zones.n; i++)
		check_zone(c, &zone[i]);
}

static void check_when(const struct check *c, const struct hl_when *w)
{
	for (size_t i = 0; i < w->list.n; i++)
		check_list(c, w->list.v[i], w->line, w->column);
	for (size_t i = 0; i < w->camera.n; i++)
		check_camera(c, w->camera.v[i], w->line, w->column);
}

void hl_settings_check_mute(const struct hl_settings *s, const struct hl_mute *m, struct hl_faults *faults)
{
	struct hl_rules *r = hl_calloc(1, sizeof *r);
	hl_copy(r->file, sizeof r->file, "--when");
	check_when(&(struct check){ .s = s, .r = r, .faults = faults }, &m->when);
	free(r);
}

static void check_route(const struct check *c, const struct hl_route *route)
{
	const struct hl_route *child = route->routes.v;
	check_when(c, &route->when);
	for (size_t i = 0; i < route->routes.n; i++)
		check_route(c, &child[i]);
}

enum hl_code hl_settings_check_rules(const struct hl_settings *s, struct hl_rules *r, struct hl_faults *faults)
{
	struct check c = { .s = s, .r = r, .faults = faults };
	size_t errors = faults->errors;
	const struct hl_rules_list *list = r->lists.v;
	if (!r->has_route)
		hl_faults_add(faults, r->file, 0, 0, "the rules have no 'route': an alert would go to nobody");
	hl_rules_each_receiver(r, check_receiver, &c);
	const struct hl_camera *camera = s->cameras.v;
	for (size_t i = 0; i < s->cameras.n; i++)
		if (camera[i].channel)
			hl_channels_need(&r->channels, camera[i].channel, r->file, s->file, faults);
	if (!strncmp(r->id, "r-", 2))
		hl_rules_name(r); /* the cameras' channels are part of them; a version's name stands */
	for (size_t i = 0; i < r->lists.n; i++)
		check_list(&c, list[i].name, 0, 0);
	check_cameras(&c);
	check_unused(&c);
	check_route(&c, &r->route);
	return faults->errors > errors ? HL_E_CONFIG : HL_OK;
}
