/* test_settings.c: what a good settings file becomes, how files that can't be read are told, and the rules judged by the settings. The faults inside a
 * file stand in test_settings_corpus.c.
 */
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/settings_priv.h"
#include "tmpdir.h"

static struct hl_faults faults;
static char text[HL_PATH_MAX * 4];

static void put(const char *name, const char *content)
{
	struct hl_err err = { 0 };
	ck_assert_msg(hl_file_write_atomic(tmp_path(name), content, strlen(content), 0600, &err) == HL_OK, "%s", err.text);
}

/* Loads the file of that name, or ends the test with its faults. */
static struct hl_settings *load(const char *path)
{
	struct hl_settings *s;
	struct hl_buf out = HL_BUF(1 << 16);
	hl_faults_clear(&faults);
	enum hl_code code = hl_settings_load(&s, path, &faults);
	hl_faults_print(&faults, &out);
	ck_assert_msg(code == HL_OK, "%s", hl_buf_text(&out));
	hl_buf_fini(&out);
	return s;
}

static const char *said(void)
{
	struct hl_buf out = HL_BUF(sizeof text - 1);
	hl_faults_print(&faults, &out);
	hl_copy(text, sizeof text, hl_buf_text(&out));
	hl_buf_fini(&out);
	return text;
}

static const char full[] =
	"state: var\n"
	"rules: ./rules/patrol.yaml\n"
	"control: /run/hl.sock\n"
	"link: https://hl.example/a\n"
	"layouts: [layouts, /usr/share/x]\n"
	"ingest:\n"
	"  - zmq: {socket: sub, connect: [\"tcp://10.0.0.5:5556\"], topics: [\"reads.\", \"\"]}\n"
	"  - zmq: {socket: pull, bind: \"tcp://127.0.0.1:5557\", rcvhwm: 5, max_message: 64KiB}\n"
	"  - zmq: {socket: router, bind: [\"tcp://*:5558\"], insecure: true, window: 7}\n"
	"cameras:\n"
	"  cam7: {site: \"I-25 N 214\", lat: 39.7, lon: -105.0, mobile: true}\n"
	"  0123: {}\n"
	"lists:\n"
	"  stolen: {agency: METRO, layout: ncic-fixed, feed: true, max_age: 24h, categories: [stolen, felony], require: [plate, state],\n"
	"           fill: {reason: from-category, case: from-nic, expires: 36h}}\n"
	"  no: {}\n"
	"  bolo: {approvals: 2, max_entries: 10, max_entries_a_day: 30, shrink: 5, growth: 7, keep: 9, public_key_file: keys/a.pub,\n"
	"         longest: {amber: 72h, Stolen: 2y, \"*\": 30d}}\n"
	"receivers:\n"
	"  desk:\n"
	"    - webhook: {url: \"https://cad.example/hook\", secret_file: key}\n"
	"    - email: {smtp: \"smtp://mail.example:587\", from: \"h@example.org\", to: [\"n@example.org\"]}\n"
	"privacy: {retain_nonhits: 0s, retain_alerts: 30d, rejects: {max: 1MB, keep: 1h}}\n"
	"engine: {threads: 2, flush: 3ms, stop: 5s, outbox_deadline: 2h}\n";

static void check_lists(const struct hl_settings *s)
{
	const struct hl_list_settings *l = hl_settings_list(s, "stolen");
	ck_assert_ptr_nonnull(l);
	ck_assert_str_eq(l->agency, "METRO");
	ck_assert_str_eq(l->layout, "ncic-fixed");
	ck_assert(l->feed);
	ck_assert_int_eq(l->max_age_ms, 86400000);
	ck_assert_uint_eq(l->categories.n, 2);
	ck_assert_uint_eq(l->require.n, 2);
	const struct hl_layout_fill *f = l->fill.v;
	ck_assert_uint_eq(l->fill.n, 3);
	ck_assert_int_eq(f[0].field, HL_F_REASON);
	ck_assert_str_eq(f[0].value, "from-category");
	ck_assert_str_eq(f[1].value, "from-record");
	ck_assert_int_eq(f[2].field, HL_F_EXPIRES);
	ck_assert_str_eq(hl_settings_list(s, "no")->layout, "csv");
	ck_assert_str_eq(hl_settings_list(s, "no")->agency, "");
	ck_assert_ptr_null(hl_settings_list(s, "Stolen"));
}

/* What is given, what holds where nothing is given, and that a feed has no caps. */
static void check_policy(const struct hl_settings *s)
{
	const struct hl_list_settings *l = hl_settings_list(s, "bolo"), *no = hl_settings_list(s, "no"), *feed = hl_settings_list(s, "stolen");
	struct hl_list_settings none;
	ck_assert_int_eq(l->approvals, 2);
	ck_assert_int_eq(hl_list_max_entries(l), 10);
	ck_assert_int_eq(hl_list_max_entries_day(l), 30);
	ck_assert_int_eq(l->shrink, 5);
	ck_assert_int_eq(l->growth, 7);
	ck_assert_int_eq(l->keep, 9);
	ck_assert_str_eq(l->public_key_file, tmp_path("keys/a.pub"));
	ck_assert_int_eq(hl_list_longest(l, "AMBER"), 72 * 3600000);
	ck_assert_int_eq(hl_list_longest(l, "stolen"), INT64_C(730) * 86400000);
	ck_assert_int_eq(hl_list_longest(l, "other"), INT64_C(30) * 86400000);
	ck_assert_int_eq(no->approvals, 0);
	ck_assert_int_eq(hl_list_max_entries(no), 2500);
	ck_assert_int_eq(hl_list_max_entries_day(no), 10000);
	ck_assert_int_eq(no->shrink, 20);
	ck_assert_int_eq(no->growth, 50);
	ck_assert_int_eq(no->keep, 30);
	ck_assert_ptr_null(no->public_key_file);
	ck_assert_int_eq(hl_list_longest(no, "amber"), 0);
	ck_assert_int_eq(hl_list_max_entries(feed), INT64_MAX);
	ck_assert_int_eq(hl_list_max_entries_day(feed), INT64_MAX);
	hl_list_policy_default(&none);
	ck_assert_int_eq(none.shrink, 20);
	ck_assert_int_eq(hl_list_max_entries(&none), INT64_MAX);
	hl_list_policy_wipe(&none);
}

static void check_ingest(const struct hl_settings *s)
{
	const struct hl_ingest_zmq *z = s->ingest.v;
	ck_assert_uint_eq(s->ingest.n, 3);
	ck_assert_int_eq(z[0].socket, HL_SOCK_SUB);
	ck_assert_str_eq(z[0].connect.v[0], "tcp://10.0.0.5:5556");
	ck_assert_uint_eq(z[0].topics.n, 2);
	ck_assert_int_eq(z[0].rcvhwm, 10000);
	ck_assert_int_eq(z[0].max_message, 1 << 20);
	ck_assert_str_eq(z[0].format, "native");
	ck_assert_int_eq(z[1].socket, HL_SOCK_PULL);
	ck_assert_str_eq(z[1].bind.v[0], "tcp://127.0.0.1:5557");
	ck_assert_int_eq(z[1].rcvhwm, 5);
	ck_assert_int_eq(z[1].max_message, 65536);
	ck_assert_uint_eq(z[1].line, 8);
	ck_assert_int_eq(z[2].socket, HL_SOCK_ROUTER);
	ck_assert(z[2].insecure);
	ck_assert_int_eq(z[2].window, 7);
}

START_TEST(test_full)
{
	char want[HL_PATH_MAX];
	tmp_make();
	put("hotlistd.yaml", full);
	put("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
	struct hl_settings *s = load(tmp_path("hotlistd.yaml"));
	ck_assert_str_eq(s->file, tmp_path("hotlistd.yaml"));
	ck_assert_str_eq(s->state, tmp_path("var"));
	ck_assert_str_eq(s->rules, tmp_path("rules/patrol.yaml"));
	ck_assert_str_eq(s->control, "/run/hl.sock");
	ck_assert_str_eq(s->store, "sqlite");
	ck_assert_str_eq(s->link, "https://hl.example/a");
	snprintf(want, sizeof want, "%s", tmp_path("layouts"));
	ck_assert_str_eq(s->layout_dirs.v[0], want);
	ck_assert_str_eq(s->layout_dirs.v[1], "/usr/share/x");
	const struct hl_camera *c = hl_settings_camera(s, "cam7");
	ck_assert(c && c->has_position && c->mobile);
	ck_assert_double_eq(c->lon, -105.0);
	ck_assert(!hl_settings_camera(s, "0123")->has_position);
	ck_assert_ptr_null(hl_settings_camera(s, "123"));
	check_lists(s);
	check_policy(s);
	check_ingest(s);
	const struct hl_receiver *r = hl_settings_receiver(s, "desk");
	const struct hl_channel *channel = r->channels.v;
	ck_assert_uint_eq(r->channels.n, 2);
	ck_assert_str_eq(channel[0].adapter->name, "webhook");
	ck_assert_str_eq(channel[1].adapter->name, "email");
	const char *address[2];
	ck_assert_uint_eq(channel[0].adapter->addresses(channel[0].conf, address, 2), 1);
	ck_assert_str_eq(address[0], "https://cad.example/hook");
	ck_assert_int_eq(s->retain_alerts_ms, INT64_C(30) * 86400000);
	ck_assert_int_eq(s->rejects_max, 1000000);
	ck_assert_int_eq(s->rejects_keep_ms, 3600000);
	ck_assert_int_eq(s->engine.threads, 2);
	ck_assert_int_eq(s->engine.flush_ms, 3);
	ck_assert_int_eq(s->engine.stop_ms, 5000);
	ck_assert_int_eq(s->engine.outbox_deadline_ms, 7200000);
	hl_settings_free(&s);
	ck_assert_ptr_null(s);
	tmp_remove();
}
END_TEST

static void read_into(void *arg, const char *path, struct hl_strings *into)
{
	(void)path;
	*(struct hl_strings **)arg = into;
}

/* The content of the secret reaches the adapter, without its line end. */
START_TEST(test_secret)
{
	struct hl_strings *found = NULL;
	tmp_make();
	put("hotlistd.yaml", full);
	put("key", "0123456789abcdef0123456789abcdef\r\n\n");
	struct hl_settings *s = load(tmp_path("hotlistd.yaml"));
	const struct hl_channel *channel = ((struct hl_receiver *)s->receivers.v)[0].channels.v;
	channel->adapter->secrets(channel->conf, read_into, &found);
	ck_assert_ptr_nonnull(found);
	ck_assert_uint_eq(found->n, 1);
	ck_assert_str_eq(found->v[0], "0123456789abcdef0123456789abcdef");
	hl_settings_free(&s);
	tmp_remove();
}
END_TEST

START_TEST(test_defaults)
{
	tmp_make();
	put("hotlistd.yaml", "state: /var/lib/hl\nrules: /etc/r.yaml\n");
	struct hl_settings *s = load(tmp_path("hotlistd.yaml"));
	ck_assert_uint_eq(faults.warnings, 2);
	ck_assert_str_eq(s->state, "/var/lib/hl");
	ck_assert_str_eq(s->control, "/var/lib/hl/control.sock");
	ck_assert_str_eq(s->link, "");
	ck_assert_int_eq(s->retain_nonhits_ms, 0);
	ck_assert_int_eq(s->retain_alerts_ms, INT64_C(365) * 86400000);
	ck_assert_int_eq(s->rejects_max, 10000000);
	ck_assert_int_eq(s->rejects_keep_ms, 86400000);
	ck_assert_int_eq(s->engine.threads, 1);
	hl_settings_free(&s);
	tmp_remove();
}
END_TEST

/* Every default of every table is itself without a fault. */
START_TEST(test_tables)
{
	static const struct hl_opt *const tables[] = { hl_settings_options, hl_zmq_options, hl_camera_options, hl_list_options, hl_drop_options };
	static const size_t sizes[] = { sizeof(struct hl_settings), sizeof(struct hl_ingest_zmq), sizeof(struct hl_camera), sizeof(struct hl_list_settings),
					sizeof(struct hl_drop_settings) };
	hl_faults_clear(&faults);
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		void *target = hl_calloc(1, sizes[i]);
		ck_assert_msg(hl_conf_default_faults(tables[i], target, &faults) == 0, "%s", said());
		hl_conf_wipe(tables[i], target);
		free(target);
	}
	for (const struct hl_adapter *const *a = hl_adapters; *a; a++) {
		void *target = hl_calloc(1, (*a)->conf_size);
		ck_assert_msg(hl_conf_default_faults((*a)->options, target, &faults) == 0, "%s: %s", (*a)->name, said());
		hl_conf_wipe((*a)->options, target);
		free(target);
	}
}
END_TEST

static void expect_fault(const char *path, const char *want)
{
	struct hl_settings *s;
	hl_faults_clear(&faults);
	ck_assert_int_eq(hl_settings_load(&s, path, &faults), HL_E_CONFIG);
	ck_assert_ptr_null(s);
	ck_assert_uint_eq(faults.errors, 1);
	ck_assert_msg(strcmp(faults.v[0].text, want) == 0, "%s, expected %s", faults.v[0].text, want);
	ck_assert_str_eq(faults.v[0].file, path);
}

/* A file of 1 GB (sparse) is refused by its first bytes: in no time, and without the memory. */
START_TEST(test_unreadable)
{
	char want[HL_PATH_MAX + 64];
	tmp_make();
	int fd = open(tmp_path("huge.yaml"), O_CREAT | O_WRONLY, 0600);
	ck_assert(fd >= 0 && ftruncate(fd, 1 << 30) == 0);
	close(fd);
	int64_t start = hl_clock_mono_ms();
	expect_fault(tmp_path("huge.yaml"), "larger than 4 MiB: not read");
	ck_assert_int_lt(hl_clock_mono_ms() - start, 2000);
	expect_fault(tmp_path("none.yaml"), "no such file");
	put("plain", "");
	expect_fault(tmp_path("plain/below.yaml"), "no such file");
	snprintf(want, sizeof want, "can't read %s: Is a directory", tmp_dir);
	expect_fault(tmp_dir, want);
	char path[600];
	memset(path, '/', sizeof path - 1);
	path[sizeof path - 1] = 0;
	struct hl_settings *s;
	hl_faults_clear(&faults);
	ck_assert_int_eq(hl_settings_parse(&s, path, "", 0, &faults), HL_E_CONFIG);
	ck_assert_str_eq(faults.v[0].text, "the path of this file is too long: expected at most 511 bytes");
	tmp_remove();
}
END_TEST

/* Settings with `channels` mail channels of `to` addresses each, sixteen a receiver. */
static void put_many(const char *name, int channels, int to)
{
	struct hl_buf b = HL_BUF(1 << 20);
	hl_buf_puts(&b, "state: var\nrules: r.yaml\ningest: [{zmq: {socket: pull, bind: \"tcp://127.0.0.1:5557\"}}]\nlists: {x: {layout: csv}}\nreceivers:\n");
	for (int c = 0; c < channels; c++) {
		if (c % 16 == 0)
			hl_buf_printf(&b, "  r%d:\n", c / 16);
		hl_buf_puts(&b, "    - email: {smtp: \"smtp://mail.example:587\", starttls: require, from: a@b.example, to: [");
		for (int i = 0; i < to; i++)
			hl_buf_printf(&b, "%sc%dn%d@b.example", i ? "," : "", c, i);
		hl_buf_puts(&b, "]}\n");
	}
	ck_assert(!b.full);
	put(name, hl_buf_text(&b));
	hl_buf_fini(&b);
}

/* An alert to all addresses must be one change of the store, and a channel's addresses one array of the delivery thread. */
START_TEST(test_addresses)
{
	tmp_make();
	put_many("most.yaml", 64, 64);
	struct hl_settings *s = load(tmp_path("most.yaml"));
	hl_settings_free(&s);
	put_many("many.yaml", 65, 64);
	expect_fault(tmp_path("many.yaml"), "'receivers' have 4160 addresses in all: expected at most 4096");
	put_many("channel.yaml", 1, 65);
	expect_fault(tmp_path("channel.yaml"), "to: 65 addresses, expected 1 to 64");
	tmp_remove();
}
END_TEST

/* A path relative to the working folder ends up absolute. */
START_TEST(test_relative)
{
	char here[HL_PATH_MAX], real[HL_PATH_MAX], want[HL_PATH_MAX + 16];
	tmp_make();
	ck_assert_int_eq(hl_file_make_dirs(tmp_path("etc"), 0700, NULL), HL_OK);
	put("etc/h.yaml", "state: var\nrules: r.yaml\n");
	ck_assert_ptr_nonnull(getcwd(here, sizeof here));
	ck_assert_int_eq(chdir(tmp_dir), 0);
	ck_assert_ptr_nonnull(getcwd(real, sizeof real));
	struct hl_settings *s = load("etc/h.yaml");
	snprintf(want, sizeof want, "%s/etc/var", real);
	ck_assert_str_eq(s->state, want);
	hl_settings_free(&s);
	ck_assert_int_eq(chdir("etc"), 0);
	s = load("h.yaml");
	ck_assert_str_eq(s->state, want);
	hl_settings_free(&s);
	ck_assert_int_eq(chdir(here), 0);
	tmp_remove();
}
END_TEST

static enum hl_code check_rules(const struct hl_settings *s, const char *rules)
{
	struct hl_rules *r;
	put("rules.yaml", rules);
	hl_faults_clear(&faults);
	ck_assert_msg(hl_rules_load(&r, tmp_path("rules.yaml"), &faults) == HL_OK, "%s", said());
	hl_faults_clear(&faults);
	enum hl_code code = hl_settings_check_rules(s, r, &faults);
	hl_rules_free(&r);
	return code;
}

#define HEAD "version: 1\ntimezone: UTC\nconfusions: {base: none}\n"

START_TEST(test_rules)
{
	tmp_make();
	put("hotlistd.yaml", full);
	put("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
	struct hl_settings *s = load(tmp_path("hotlistd.yaml"));
	ck_assert_int_eq(check_rules(s, HEAD "route: {receivers: [desk]}\n"), HL_OK);
	ck_assert_uint_eq(faults.n, 0);
	ck_assert_int_eq(check_rules(s, HEAD "route:\n  receivers: [dsk]\n  routes:\n    - when: {kind: exact}\n      receivers: [desk, everyone]\n"), HL_E_CONFIG);
	ck_assert_uint_eq(faults.errors, 2);
	ck_assert_str_eq(faults.v[0].text, "unknown receiver 'dsk' (did you mean 'desk'?)");
	ck_assert_uint_eq(faults.v[0].line, 5);
	ck_assert_ptr_nonnull(strstr(faults.v[1].text, "unknown receiver 'everyone': "));
	ck_assert_uint_eq(faults.v[1].line, 8);
	ck_assert_str_eq(faults.v[1].file, tmp_path("rules.yaml"));
	ck_assert_int_eq(check_rules(s, HEAD), HL_E_CONFIG);
	ck_assert_str_eq(faults.v[0].text, "the rules have no 'route': an alert would go to nobody");
	ck_assert_int_eq(check_rules(s, HEAD "lists: {stolne: {priority: 1}}\nroute: {receivers: [desk], routes: [{when: {list: felony}}]}\n"), HL_OK);
	ck_assert_uint_eq(faults.warnings, 2);
	ck_assert_str_eq(faults.v[0].text, "the settings have no list 'stolne' (did you mean 'stolen'?)");
	ck_assert_str_eq(faults.v[1].text, "the settings have no list 'felony'");
	ck_assert_int_eq(check_rules(s, HEAD "receivers: {dsk: {}}\nroute:\n  receivers: desk\n  escalate: [{after: 1m, receivers: [desk, sergeant]}]\n"
					     "  fallback: {after: 1m, receivers: phone}\n"), HL_E_CONFIG);
	ck_assert_uint_eq(faults.errors, 3);
	ck_assert_ptr_nonnull(strstr(faults.v[0].text, "unknown receiver 'sergeant'"));
	ck_assert_uint_eq(faults.v[0].line, 7);
	ck_assert_ptr_nonnull(strstr(faults.v[1].text, "unknown receiver 'phone'"));
	ck_assert_uint_eq(faults.v[1].column, 36);
	ck_assert_str_eq(faults.v[2].text, "unknown receiver 'dsk' (did you mean 'desk'?)");
	ck_assert_uint_eq(faults.v[2].line, 4);
	ck_assert_int_eq(check_rules(s, HEAD "zones: {z: {cameras: [cam7, cam8]}}\ncameras: {cm7: {}}\n"
					     "route: {receivers: desk, routes: [{when: {camera: [cam7, \"0123\", xyz]}}]}\n"), HL_OK);
	ck_assert_uint_eq(faults.warnings, 3);
	ck_assert_str_eq(faults.v[0].text, "the settings have no camera 'cm7' (did you mean 'cam7'?)");
	ck_assert_uint_eq(faults.v[0].line, 5);
	ck_assert_str_eq(faults.v[1].text, "the settings have no camera 'cam8' (did you mean 'cam7'?)");
	ck_assert_uint_eq(faults.v[1].line, 4);
	ck_assert_str_eq(faults.v[2].text, "the settings have no camera 'xyz'");
	hl_settings_free(&s);
	tmp_remove();
}
END_TEST

/* In whatever order a thousand of them stand. */
START_TEST(test_cameras)
{
	char name[32];
	struct hl_buf file = HL_BUF(1 << 20);
	tmp_make();
	hl_buf_printf(&file, "state: var\nrules: r.yaml\ncameras:\n");
	for (unsigned i = 0; i < 1000; i++)
		hl_buf_printf(&file, "  cam%u: {site: site %u}\n", i * 379 % 1000, i * 379 % 1000);
	put("hotlistd.yaml", hl_buf_text(&file));
	struct hl_settings *s = load(tmp_path("hotlistd.yaml"));
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "cam%u", i);
		const struct hl_camera *c = hl_settings_camera(s, name);
		ck_assert_ptr_nonnull(c);
		ck_assert_str_eq(c->name, name);
		ck_assert_int_eq(strtol(c->site + 5, NULL, 10), i);
	}
	ck_assert_ptr_null(hl_settings_camera(s, "cam1000"));
	ck_assert_ptr_null(hl_settings_camera(s, ""));
	hl_settings_free(&s);
	hl_buf_fini(&file);
	tmp_remove();
}
END_TEST

/* A registry with a receiver that nobody tells and cameras at known places. */
START_TEST(test_rules_leave_out)
{
	tmp_make();
	put("hotlistd.yaml", "state: var\nrules: r.yaml\ncameras: {cam1: {lat: 39.15, lon: -104.85}, cam2: {}}\nreceivers:\n"
			     "  desk:\n    - webhook: {url: \"https://cad.example/hook\", secret_file: key}\n"
			     "  watch:\n    - webhook: {url: \"https://cad.example/hook\", secret_file: key}\n");
	put("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
	struct hl_settings *s = load(tmp_path("hotlistd.yaml"));
	ck_assert_int_eq(check_rules(s, HEAD "zones:\n  here: {polygon: [[39.1, -104.9], [39.2, -104.9], [39.2, -104.7]]}\n"
					     "  away: {polygon: [[10, 10], [10, 11], [11, 10]]}\n  named: {cameras: cam2}\n"
					     "route: {receivers: desk, routes: [{when: {zone: [here, away, named]}}]}\n"), HL_OK);
	ck_assert_uint_eq(faults.n, 2);
	ck_assert_str_eq(faults.v[0].text, "no camera of the settings lies in the zone 'away', and none is mobile");
	ck_assert_uint_eq(faults.v[0].line, 6);
	ck_assert_ptr_nonnull(strstr(faults.v[1].text, "tells the receiver 'watch'"));
	ck_assert_str_eq(faults.v[1].file, tmp_path("hotlistd.yaml"));
	ck_assert_uint_eq(faults.v[1].line, 8);
	ck_assert_int_eq(check_rules(s, HEAD "route: {receivers: desk, fallback: {after: 1m, receivers: watch}}\n"), HL_OK);
	ck_assert_uint_eq(faults.n, 0); /* told by and by is told, too */
	hl_settings_free(&s);
	tmp_remove();
}
END_TEST

UNIT_MAIN("settings", test_cameras, test_full, test_secret, test_defaults, test_tables, test_unreadable, test_addresses, test_relative, test_rules, test_rules_leave_out)
