/* engine_fixture.c: see engine_fixture.h. */
#include "engine_fixture.h"
#include "base/crypto.h"
#include "entries.h"
#include "rules_fixture.h"
#include "tmpdir.h"

struct fx fx;

const char fx_rules[] =
	"version: 1\n"
	"confusions: {base: none, pairs: [{chars: \"37\", cost: 0.4}]}\n"
	"match: {max_cost: 1.0, min_probability: 0.0, alert_probability: 0.001}\n"
	"lists:\n"
	"  felony: {priority: 1}\n"
	"route:\n"
	"  receivers: [desk]\n"
	"  routes:\n"
	"    - when: {list: felony}\n"
	"      receivers: [desk, north]\n";

static const char settings_text[] =
	"state: state\n"
	"rules: patrol.yaml\n"
	"link: https://hl.example\n"
	"cameras:\n"
	"  cam7: {site: \"I-25 N 214\"}\n"
	"receivers:\n"
	"  desk:\n"
	"    - webhook: {url: \"https://cad.example/hook\", secret_file: secret}\n"
	"  north:\n"
	"    - email: {smtp: \"smtp://127.0.0.1:2525\", starttls: off, allow: [\"127.0.0.0/8\"], from: hl@a.example, to: [n1@b.example, n2@b.example]}\n"
	"    - sms: {gateway: kannel, url: \"http://127.0.0.1:13013/cgi-bin/sendsms\", allow: [\"127.0.0.0/8\"], user: u, password_file: password,"
	" to: [\"+13035550100\"]}\n";

static void put(const char *name, const char *text)
{
	ck_assert_int_eq(hl_file_write_atomic(tmp_path(name), text, strlen(text), 0600, NULL), HL_OK);
}

static struct hl_settings *load_settings(void)
{
	struct hl_settings *s;
	struct hl_faults *f = hl_calloc(1, sizeof *f);
	struct hl_buf said = HL_BUF(65536);
	put("hotlistd.yaml", settings_text);
	put("patrol.yaml", fx_rules);
	put("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
	put("password", "secret\n");
	enum hl_code rc = hl_settings_load(&s, tmp_path("hotlistd.yaml"), f);
	hl_faults_print(f, &said);
	ck_assert_msg(rc == HL_OK, "%s", hl_buf_text(&said));
	hl_buf_fini(&said);
	free(f);
	return s;
}

static struct hl_entry entry(const char *list, const char *plate, const char *category, const char *state, const char *make)
{
	struct hl_entry e = entry_of(list, plate, category, "");
	e.f[HL_F_STATE] = state;
	e.f[HL_F_MAKE] = make;
	e.f[HL_F_TYPE] = make[0] ? "truck" : "";
	e.f[HL_F_REASON] = "taken from a driveway";
	e.f[HL_F_AGENCY] = "METRO";
	e.f[HL_F_CASE] = "26-1";
	hl_entry_identify(&e, list);
	return e;
}

static struct hl_catalog_source source(const char *list, const struct hl_entry *e, size_t n)
{
	struct hl_catalog_source src = { .name = list };
	struct hl_snapshot_writer *w = hl_snapshot_writer_new();
	unsigned char hash[HL_SHA256];
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(hl_snapshot_writer_add(w, &e[i], (unsigned)i + 1, NULL, NULL), HL_OK);
	ck_assert_int_eq(hl_snapshot_writer_finish(w, tmp_path(list), hash, NULL), HL_OK);
	hl_snapshot_writer_free(&w);
	ck_assert_int_eq(hl_snapshot_open(&src.snapshot, tmp_path(list), NULL), HL_OK);
	hl_copy(src.version.list, sizeof src.version.list, list);
	snprintf(src.version.id, sizeof src.version.id, "v000042-%.12s", "9f3c00112233");
	src.version.imported_ms = FX_T0 - 5400000;
	src.version.entries = (int64_t)n;
	src.version.active = true;
	return src;
}

void fx_setup_rules(const char *rules)
{
	ck_assert_int_eq(hl_crypto_init(NULL), HL_OK);
	tmp_make();
	fx = (struct fx){ .now_ms = FX_T0, .out = HL_BUF(HL_OPS_OUT_MAX) };
	const struct hl_entry stolen[] = { entry("stolen", "5SOW750", "stolen", "CA", "GMC"), entry("stolen", "ABC123", "stolen", "CO", "") };
	const struct hl_entry felony[] = { entry("felony", "XYZ999", "felony", "CO", "FORD") };
	struct hl_catalog_source src[] = { source("stolen", stolen, 2), source("felony", felony, 1) };
	enum hl_code rc = hl_catalog_new(&fx.catalog, load_settings(), rules_of(rules), src, 2, NULL, &fx.err);
	ck_assert_msg(rc == HL_OK, "%s", fx.err.text);
	fx.decider = hl_decider_new();
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("state"), 0700, NULL), HL_OK);
	rc = hl_store_open(&fx.store, "sqlite", tmp_path("state"), HL_STORE_WRITE, &fx.err);
	ck_assert_msg(rc == HL_OK, "%s", fx.err.text);
	fx.ctx = (struct hl_ops_ctx){ .store = fx.store, .catalog = fx.catalog, .settings = fx.catalog->settings, .state = "/the/state", .who = "jones", .fd = -1 };
}

void fx_setup(void)
{
	fx_setup_rules(fx_rules);
}

void fx_teardown(void)
{
	hl_store_close(&fx.store);
	hl_decider_free(&fx.decider);
	hl_catalog_unref(&fx.catalog);
	hl_buf_fini(&fx.out);
	tmp_remove();
}

struct hl_read fx_read(const char *id, const char *plate, int64_t at_ms)
{
	struct hl_read r;
	hl_read_init(&r);
	hl_copy(r.id, sizeof r.id, id);
	hl_copy(r.camera, sizeof r.camera, "cam7");
	hl_copy(r.plate_text, sizeof r.plate_text, plate);
	r.time_ms = r.received_ms = FX_T0 + at_ms;
	r.confidence = 0.95;
	hl_read_finish(&r, HL_NO_TIME);
	return r;
}

struct hl_recorded fx_record(const struct hl_read *r)
{
	struct hl_recorded out = { 0 };
	const struct hl_hit *h;
	fx.now_ms = r->time_ms > fx.now_ms ? r->time_ms : fx.now_ms;
	struct hl_decide_opts o = { .now_ms = fx.now_ms };
	size_t n = hl_decide(fx.catalog, fx.decider, r, 1, &o, &h), told = 0;
	for (size_t i = 0; i < n; i++) {
		if (h[i].decision == HL_DROP)
			continue;
		enum hl_code rc = hl_record_hit(fx.store, fx.catalog, r, &h[i], fx.now_ms, &out, &fx.err);
		ck_assert_msg(rc == HL_OK, "%s", fx.err.text);
		told++;
	}
	ck_assert_uint_ge(told, 1);
	return out;
}

struct hl_recorded fx_see(const char *id, const char *plate, int64_t at_ms)
{
	struct hl_read r = fx_read(id, plate, at_ms);
	return fx_record(&r);
}

struct hl_alert *fx_alert(const char *id)
{
	struct hl_alert *a = hl_calloc(1, sizeof *a);
	struct hl_alert_row row;
	enum hl_code rc = fx.store->ops->alert_get(fx.store, id, &row, &fx.err);
	ck_assert_msg(rc == HL_OK, "%s", fx.err.text);
	rc = hl_alert_parse(a, row.body, row.body_n, &fx.err);
	ck_assert_msg(rc == HL_OK, "%s", fx.err.text);
	free(row.body);
	return a;
}

struct hl_store_counts fx_counts(void)
{
	struct hl_store_counts c;
	ck_assert_int_eq(fx.store->ops->counts(fx.store, &c, NULL), HL_OK);
	return c;
}

enum hl_code fx_run(const char *words)
{
	char *text = hl_strdup(words), *rest = text, *word;
	const char *argv[HL_OPS_ARGS + 8];
	int argc = 0;
	while ((word = strsep(&rest, " ")))
		if (*word && argc < HL_OPS_ARGS + 8)
			argv[argc++] = word;
	hl_buf_clear(&fx.out);
	hl_err_clear(&fx.err);
	fx.ctx.now_ms = fx.now_ms;
	enum hl_code rc = hl_ops_run(&fx.ctx, argc, argv, &fx.out, &fx.err);
	free(text);
	return rc;
}

const char *fx_ok(const char *words)
{
	enum hl_code rc = fx_run(words);
	ck_assert_msg(rc == HL_OK, "%s: %s: %s", words, hl_code_name(rc), fx.err.text);
	return hl_buf_text(&fx.out);
}

void fx_fails(enum hl_code code, const char *piece, const char *words)
{
	enum hl_code rc = fx_run(words);
	ck_assert_msg(rc == code, "%s: got %s, not %s: %s", words, hl_code_name(rc), hl_code_name(code), fx.err.text);
	fx_has(fx.err.text, piece);
}

void fx_has(const char *text, const char *piece)
{
	ck_assert_msg(strstr(text, piece) != NULL, "no '%s' in:\n%s", piece, text);
}
