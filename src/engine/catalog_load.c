/* catalog_load.c: a catalog from the settings file and the state folder: at start, on SIGHUP, and after an activation. Any fault leaves nothing
 * behind, so that the catalog in use stays. Run by the main thread, or by whoever activated a list.
 */
#include "store/store.h"
#include "engine/catalog.h"
#include "engine/catalog_priv.h"
#include "engine/rules_life.h"

#include <stdlib.h>
#include <string.h>

void hl_settings_end(void *what)
{
	struct hl_settings *s = what;
	hl_settings_free(&s);
}

void hl_rules_end(void *what)
{
	struct hl_rules *r = what;
	hl_rules_free(&r);
}

void hl_snapshot_end(void *what)
{
	struct hl_snapshot *s = what;
	hl_snapshot_close(&s);
}

void hl_hand_end(void *what)
{
	struct hl_hand *h = what;
	hl_hand_close(&h);
}

static void mutes_end(void *what)
{
	struct hl_mutes *m = what;
	hl_mutes_free(&m);
}

/* The mutes of the state folder, into a catalog that nobody else has yet. */
static void take_mutes(struct hl_catalog *c)
{
	struct hl_mutes *m = hl_mutes_load(c->settings->state);
	c->mutes_share = hl_share_new(m, mutes_end);
	c->mutes = m;
}

static struct hl_catalog_part *parts_of(const struct hl_catalog *c, size_t *n);

/* The shadow of a catalog that nobody else has yet. Indexes are c's where it looks as far, else those of the shadow before. */
static enum hl_code take_shadow(struct hl_catalog *c, const struct hl_catalog *before, struct hl_share *rules, const struct hl_crew *crew, struct hl_err *err)
{
	size_t n;
	struct hl_catalog_part *part = parts_of(c, &n);
	const struct hl_catalog *had = before && before->shadow && !before->shadow_reaches ? before->shadow : c;
	enum hl_code code = hl_catalog_build(&c->shadow, c->settings_share, rules, part, n, c->settings->state, had, crew, err);
	if (code == HL_OK) {
		c->shadow_reaches = hl_catalog_same_reach(c, c->shadow);
		c->shadow->mutes_share = hl_share_ref(c->mutes_share);
		c->shadow->mutes = c->mutes;
	}
	hl_catalog_parts_free(part, n);
	return code;
}

/* The mutes and, where before has one, the shadow, by the same rules as before. After a fault *out is gone. */
static enum hl_code take_rest(struct hl_catalog **out, const struct hl_catalog *before, struct hl_err *err)
{
	take_mutes(*out);
	enum hl_code code = before->shadow ? take_shadow(*out, before, before->shadow->rules_share, NULL, err) : HL_OK;
	if (code != HL_OK)
		hl_catalog_unref(out);
	return code;
}

/* The settings' shadow rules, if they name any: loaded and checked as those that decide. Another table of confusions would make other lists of what comes near. */
static enum hl_code load_shadow(struct hl_catalog *c, const struct hl_catalog *before, const struct hl_crew *crew, struct hl_faults *faults)
{
	struct hl_rules *r;
	struct hl_err err;
	if (!c->settings->shadow)
		return HL_OK;
	if (hl_rules_checked(&r, c->settings, c->settings->shadow, faults) != HL_OK)
		return HL_E_CONFIG;
	struct hl_share *rules = hl_share_new(r, hl_rules_end);
	enum hl_code code = HL_OK;
	if (hl_confusion_hash(&r->confusion) != hl_confusion_hash(&c->rules->confusion)) {
		hl_faults_add(faults, c->settings->shadow, 0, 0, "the shadow rules have other confusions than the rules %s; expected the same", c->rules->id);
		code = HL_E_CONFIG;
	} else if ((code = take_shadow(c, before, rules, crew, &err)) != HL_OK) {
		hl_faults_add(faults, c->settings->shadow, 0, 0, "%s", err.text);
	}
	hl_share_unref(&rules);
	return code;
}

/* The snapshot of the very version in the catalog before, or NULL. A version's id holds the hash of its content. */
static struct hl_share *kept(const struct hl_catalog *before, const char *list, const char *id)
{
	for (size_t i = 0; before && i < before->n_lists; i++)
		if (!before->list[i].by_hand && !strcmp(before->list[i].name, list) && !strcmp(before->list[i].version.id, id))
			return hl_share_ref(before->list[i].share);
	return NULL;
}

/* The layer by hand; one that was never changed is none. */
static enum hl_code load_hand(struct hl_catalog_part *p, const char *state, struct hl_err *err)
{
	struct hl_hand *h;
	enum hl_code code = hl_hand_open(&h, state, p->name, err);
	if (code == HL_OK && h->last.seq)
		p->hand = hl_share_new(h, hl_hand_end);
	else if (code == HL_OK)
		hl_hand_close(&h);
	return code;
}

/* Opens the version's snapshot, unless that was done when it was activated. */
static enum hl_code open_version(struct hl_catalog_part *p, const char *state, struct hl_opened *opened, struct hl_err *err)
{
	struct hl_snapshot *s = NULL;
	enum hl_code code = HL_OK;
	if (opened && opened->snapshot && !strcmp(opened->list, p->name) && !strcmp(opened->id, p->version.id)) {
		s = opened->snapshot;
		opened->snapshot = NULL;
	} else {
		code = hl_version_open(state, &p->version, &s, err);
	}
	if (code == HL_OK)
		p->share = hl_share_new(s, hl_snapshot_end);
	return code;
}

/* The active version of one list, if it has one. */
static enum hl_code load_version(struct hl_catalog_part *p, const char *state, const struct hl_catalog *before, struct hl_opened *opened, struct hl_err *err)
{
	char id[HL_VERSION_ID];
	enum hl_code code = hl_version_active(state, p->name, id, err);
	if (code != HL_OK || !id[0])
		return code;
	code = hl_version_find(state, p->name, id, &p->version, err);
	if (code != HL_OK)
		return code;
	p->share = kept(before, p->name, id);
	return p->share ? HL_OK : open_version(p, state, opened, err);
}

/* A list without active version and without layer by hand is a part with nothing in it. */
static enum hl_code load_parts(struct hl_catalog_part **out, size_t *n, const char *state, const struct hl_catalog *before, struct hl_opened *opened,
			       struct hl_err *err)
{
	struct hl_strings names = { 0 };
	*out = NULL;
	*n = 0;
	enum hl_code code = hl_version_lists(state, &names, err);
	if (code != HL_OK)
		return code;
	struct hl_catalog_part *part = hl_calloc(names.n, sizeof *part);
	for (; *n < names.n && code == HL_OK; (*n)++) {
		hl_copy(part[*n].name, sizeof part[*n].name, names.v[*n]);
		code = load_version(&part[*n], state, before, opened, err);
		if (code == HL_OK)
			code = load_hand(&part[*n], state, err);
	}
	hl_strings_wipe(&names);
	if (code == HL_OK) {
		*out = part;
		return HL_OK;
	}
	hl_catalog_parts_free(part, *n);
	*n = 0;
	return code;
}

/* The parts of a catalog. */
static struct hl_catalog_part *parts_of(const struct hl_catalog *c, size_t *n)
{
	struct hl_catalog_part *part = hl_calloc(c->n_lists, sizeof *part);
	*n = 0;
	for (size_t i = 0; i < c->n_lists; i++) {
		const struct hl_catalog_list *l = &c->list[i];
		struct hl_catalog_part *p = *n && !strcmp(part[*n - 1].name, l->name) ? &part[*n - 1] : &part[(*n)++];
		hl_copy(p->name, sizeof p->name, l->name);
		if (!p->hand)
			p->hand = hl_share_ref(l->hand_share);
		if (l->by_hand)
			continue;
		p->version = l->version;
		p->share = hl_share_ref(l->share);
	}
	return part;
}

/* A part of this name with nothing in it, behind the others, where they have none. */
static void add_name(struct hl_catalog_part **part, size_t *n, const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp((*part)[i].name, name))
			return;
	*part = hl_realloc(*part, *n + 1, sizeof **part);
	struct hl_catalog_part *p = &(*part)[(*n)++];
	*p = (struct hl_catalog_part){ .share = NULL };
	hl_copy(p->name, sizeof p->name, name);
}

/* All lists of the state folder: one that had nothing when the catalog was made may have its first entry by hand by now. */
static enum hl_code add_names(struct hl_catalog_part **part, size_t *n, const char *state, struct hl_err *err)
{
	struct hl_strings names = { 0 };
	enum hl_code code = hl_version_lists(state, &names, err);
	for (size_t i = 0; i < names.n && code == HL_OK; i++)
		add_name(part, n, names.v[i]);
	hl_strings_wipe(&names);
	return code;
}

enum hl_code hl_catalog_hand(struct hl_catalog **out, struct hl_catalog *before, const char *list, struct hl_err *err)
{
	size_t n;
	enum hl_code code = HL_OK;
	*out = NULL;
	if (!before || !before->settings)
		return hl_err_set(err, HL_E_USAGE, "a catalog without settings can't be refreshed");
	struct hl_catalog_part *part = parts_of(before, &n);
	if (list)
		add_name(&part, &n, list);
	else
		code = add_names(&part, &n, before->settings->state, err);
	for (size_t i = 0; i < n && code == HL_OK; i++) {
		if (list && strcmp(part[i].name, list) != 0)
			continue;
		hl_share_unref(&part[i].hand);
		code = load_hand(&part[i], before->settings->state, err);
	}
	if (code == HL_OK)
		code = hl_catalog_build(out, before->settings_share, before->rules_share, part, n, before->settings->state, before, NULL, err);
	if (code == HL_OK)
		code = take_rest(out, before, err);
	hl_catalog_parts_free(part, n);
	return code;
}

enum hl_code hl_catalog_mutes(struct hl_catalog **out, struct hl_catalog *before, struct hl_err *err)
{
	*out = NULL;
	if (!before || !before->settings)
		return hl_err_set(err, HL_E_USAGE, "a catalog without settings can't be refreshed");
	enum hl_code code = hl_catalog_with(out, before, NULL, NULL, err);
	if (code == HL_OK)
		code = take_rest(out, before, err);
	return code;
}

enum hl_code hl_catalog_with(struct hl_catalog **out, struct hl_catalog *of, struct hl_rules *rules, const struct hl_crew *crew, struct hl_err *err)
{
	size_t n;
	struct hl_share *r = rules ? hl_share_new(rules, hl_rules_end) : hl_share_ref(of->rules_share);
	struct hl_catalog_part *part = parts_of(of, &n);
	enum hl_code code = hl_catalog_build(out, of->settings_share, r, part, n, NULL, of, crew, err);
	hl_catalog_parts_free(part, n);
	hl_share_unref(&r);
	return code;
}

/* The active rules, as the state folder has them now. Gives *out. */
static enum hl_code rules_now(struct hl_share **out, const struct hl_catalog *before, struct hl_err *err)
{
	char id[HL_VERSION_ID];
	struct hl_rules *r = NULL;
	enum hl_code code = hl_rules_version_active(before->settings->state, id, err);
	if (code != HL_OK || !id[0] || (!strcmp(id, before->rules->id) && before->rules->agreed == (hl_rules_inhibit(before->rules) && hl_rules_agreed(before->settings->state, id, NULL, NULL)))) {
		*out = code == HL_OK ? hl_share_ref(before->rules_share) : NULL;
		return code;
	}
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	code = hl_rules_version_load(&r, before->settings->state, id, faults);
	if (code == HL_OK)
		code = hl_settings_check_rules(before->settings, r, faults);
	if (code == HL_OK)
		*out = hl_share_new(r, hl_rules_end);
	else
		hl_rules_free(&r);
	if (code != HL_OK)
		hl_err_set(err, code, "rules %s: %s", id, faults->n ? faults->v[0].text : "faults");
	free(faults);
	return code;
}

enum hl_code hl_catalog_refresh(struct hl_catalog **out, struct hl_catalog *before, const struct hl_crew *crew, struct hl_err *err)
{
	return hl_catalog_activated(out, before, NULL, crew, err);
}

enum hl_code hl_catalog_activated(struct hl_catalog **out, struct hl_catalog *before, struct hl_opened *opened, const struct hl_crew *crew, struct hl_err *err)
{
	struct hl_catalog_part *part;
	struct hl_share *rules = NULL;
	size_t n;
	*out = NULL;
	if (!before || !before->settings)
		return hl_err_set(err, HL_E_USAGE, "a catalog without settings can't be refreshed");
	enum hl_code code = load_parts(&part, &n, before->settings->state, before, opened, err);
	if (code != HL_OK)
		return code;
	code = rules_now(&rules, before, err);
	if (code == HL_OK)
		code = hl_catalog_build(out, before->settings_share, rules, part, n, before->settings->state, before, crew, err);
	if (code == HL_OK)
		code = take_rest(out, before, err);
	hl_share_unref(&rules);
	hl_catalog_parts_free(part, n);
	return code;
}

/* Whose rules: those that decide already, or the settings' file, imported. */
struct taking {
	const char *by; /* NULL: the former */
	int64_t now_ms;
};

/* Settings and rules are checked against each other; every fault of both is told. */
static enum hl_code load_files(const char *path, const struct taking *t, struct hl_share **settings, struct hl_share **rules, struct hl_faults *faults)
{
	struct hl_settings *s;
	struct hl_rules *r;
	if (hl_settings_load(&s, path, faults) != HL_OK)
		return HL_E_CONFIG;
	*settings = hl_share_new(s, hl_settings_end);
	if ((t->by ? hl_rules_load(&r, s->rules, faults) : hl_rules_deciding(&r, s, faults)) != HL_OK)
		return HL_E_CONFIG;
	*rules = hl_share_new(r, hl_rules_end);
	enum hl_code code = hl_settings_check_rules(s, r, faults);
	if (code == HL_OK && !t->by && strncmp(r->id, "r-", 2) != 0)
		hl_rules_tell_difference(s, r, faults);
	return code;
}

static bool differ(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") != 0;
}

static bool lists_differ(const struct hl_strings *a, const struct hl_strings *b)
{
	bool differs = a->n != b->n;
	for (size_t i = 0; !differs && i < a->n; i++)
		differs = differ(a->v[i], b->v[i]);
	return differs;
}

static bool streams_differ(const struct hl_settings *a, const struct hl_settings *b)
{
	const struct hl_ingest_redis *x = a->streams.v, *y = b->streams.v;
	bool differs = a->streams.n != b->streams.n;
	for (size_t i = 0; !differs && i < a->streams.n; i++)
		differs = differ(x[i].stream, y[i].stream) || differ(x[i].group, y[i].group) || differ(x[i].at.unix_path, y[i].at.unix_path) ||
			  differ(x[i].at.host, y[i].at.host) || x[i].at.port != y[i].at.port || x[i].window != y[i].window || x[i].tries != y[i].tries ||
			  x[i].claim_after_ms != y[i].claim_after_ms || x[i].max_length != y[i].max_length;
	return differs;
}

static bool ingest_differs(const struct hl_settings *a, const struct hl_settings *b)
{
	const struct hl_ingest_zmq *x = a->ingest.v, *y = b->ingest.v;
	bool differs = a->ingest.n != b->ingest.n;
	for (size_t i = 0; !differs && i < a->ingest.n; i++)
		differs = x[i].socket != y[i].socket || x[i].into != y[i].into || lists_differ(&x[i].bind, &y[i].bind) || lists_differ(&x[i].connect, &y[i].connect) ||
			  lists_differ(&x[i].topics, &y[i].topics);
	return differs;
}

/* A running daemon keeps its state folder, store and sockets. Another state would leave it with the lists of one folder and the alerts of another, in
 * the worst case without any list: that is refused. What merely waits for the next start is told. */
static enum hl_code check_kept(const struct hl_settings *was, const struct hl_settings *is, const char *path, struct hl_faults *faults)
{
	if (differ(was->control, is->control))
		hl_faults_warn(faults, path, 0, 0, "'control' has changed: the next start takes it up");
	if (ingest_differs(was, is) || streams_differ(was, is))
		hl_faults_warn(faults, path, 0, 0, "'ingest' has changed: the next start takes it up");
	if (!differ(was->state, is->state) && !differ(was->store, is->store))
		return HL_OK;
	char from[HL_TEXT_LONG], to[HL_TEXT_LONG];
	hl_store_where_name(was->store, from, sizeof from);
	hl_store_where_name(is->store, to, sizeof to);
	hl_faults_add(faults, path, 0, 0, "'state' or 'store' has changed, from %s (%s) to %s (%s): that needs a restart", was->state, from, is->state, to);
	return HL_E_CONFIG;
}

/* A change that a crash has cut short was never answered: it does not count, but somebody may have asked for it. */
static void tell_torn(const struct hl_catalog *c, const char *state, struct hl_faults *faults)
{
	for (size_t i = 0; i < c->n_lists; i++)
		if (c->list[i].by_hand && c->list[i].hand->torn)
			hl_faults_warn(faults, state, 0, 0, "list '%s': the last change by hand never became whole and does not count (%zu bytes)", c->list[i].name,
				       c->list[i].hand->torn);
}

/* The catalog is there, but for its mutes and its shadow; what is odd about the state folder is told. After a fault *out is gone. */
static enum hl_code finish_load(struct hl_catalog **out, const struct hl_catalog *before, const char *state, const struct hl_crew *crew, struct hl_faults *faults)
{
	take_mutes(*out);
	if ((*out)->mutes->fault[0])
		hl_faults_warn(faults, state, 0, 0, "%s", (*out)->mutes->fault);
	tell_torn(*out, state, faults);
	enum hl_code code = load_shadow(*out, before, crew, faults);
	if (code != HL_OK)
		hl_catalog_unref(out);
	return code;
}

static enum hl_code load(struct hl_catalog **out, const char *settings_path, const struct taking *t, struct hl_catalog *before, const struct hl_crew *crew,
			 struct hl_faults *faults)
{
	struct hl_share *settings = NULL, *rules = NULL;
	struct hl_catalog_part *part = NULL;
	struct hl_err err;
	size_t n = 0;
	*out = NULL;
	enum hl_code code = load_files(settings_path, t, &settings, &rules, faults);
	if (code == HL_OK && before && before->settings)
		code = check_kept(before->settings, settings->what, settings_path, faults);
	if (code == HL_OK) {
		const struct hl_settings *s = settings->what;
		code = t->by ? hl_rules_import(rules->what, s->state, t->by, t->now_ms, &err) : HL_OK;
		if (code == HL_OK)
			code = load_parts(&part, &n, s->state, before, NULL, &err);
		if (code == HL_OK)
			code = hl_catalog_build(out, settings, rules, part, n, s->state, before, crew, &err);
		if (code != HL_OK)
			hl_faults_add(faults, s->state, 0, 0, "%s", err.text);
		else
			code = finish_load(out, before, s->state, crew, faults);
	}
	hl_catalog_parts_free(part, n);
	hl_share_unref(&settings);
	hl_share_unref(&rules);
	return code == HL_OK ? HL_OK : HL_E_CONFIG;
}

enum hl_code hl_catalog_load(struct hl_catalog **out, const char *settings_path, struct hl_catalog *before, const struct hl_crew *crew,
			     struct hl_faults *faults)
{
	return load(out, settings_path, &(struct taking){ .by = NULL }, before, crew, faults);
}

enum hl_code hl_catalog_take(struct hl_catalog **out, const char *settings_path, struct hl_catalog *before, const struct hl_crew *crew, const char *by,
			     int64_t now_ms, struct hl_faults *faults)
{
	return load(out, settings_path, &(struct taking){ .by = by, .now_ms = now_ms }, before, crew, faults);
}
