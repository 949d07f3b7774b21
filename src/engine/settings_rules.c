/* settings_rules.c: rules against settings: what the rules name must exist. A receiver that does not is a fault, since an alert would end nowhere; a list that
 * does not is a warning, since its thresholds would silently not apply. Pure; any thread.
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

static void check_list(const struct check *c, const char *name, unsigned line, unsigned column)
{
	const char *words[WORDS_MAX + 1];
	if (!name || hl_settings_list(c->s, name))
		return;
	names_of(&c->s->lists, sizeof(struct hl_list_settings), words);
	const char *near = hl_text_nearest(name, words);
	if (near)
		hl_faults_warn(c->faults, c->r->file, line, column, "the settings have no list '%.64s' (did you mean '%s'?)", name, near);
	else
		hl_faults_warn(c->faults, c->r->file, line, column, "the settings have no list '%.64s'", name);
}

static void check_camera(const struct check *c, const char *name, unsigned line, unsigned column)
{
	const char *words[WORDS_MAX + 1];
	if (!c->s->cameras.n || hl_settings_camera(c->s, name)) /* settings need not name cameras */
		return;
	names_of(&c->s->cameras, sizeof(struct hl_camera), words);
	const char *near = hl_text_nearest(name, words);
	if (near)
		hl_faults_warn(c->faults, c->r->file, line, column, "the settings have no camera '%.64s' (did you mean '%s'?)", name, near);
	else
		hl_faults_warn(c->faults, c->r->file, line, column, "the settings have no camera '%.64s'", name);
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
}

static void check_route(const struct check *c, const struct hl_route *route)
{
	const struct hl_route *child = route->routes.v;
	for (size_t i = 0; i < route->when.list.n; i++)
		check_list(c, route->when.list.v[i], route->when.line, route->when.column);
	for (size_t i = 0; i < route->when.camera.n; i++)
		check_camera(c, route->when.camera.v[i], route->when.line, route->when.column);
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
	check_route(&c, &r->route);
	return faults->errors > errors ? HL_E_CONFIG : HL_OK;
}
