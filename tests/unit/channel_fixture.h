/* channel_fixture.h: a channel's conf from YAML text, and the alert that the adapters' tests speak of: Green's plate, with a contradiction. */
#ifndef HL_TESTS_CHANNEL_FIXTURE_H
#define HL_TESTS_CHANNEL_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/adapter.h"
#include "core/match.h"

struct fixture {
	const struct hl_adapter *adapter;
	void *conf;
	struct hl_conf *doc;
	struct hl_faults faults;
	char secret[256];
	char text[8192]; /* the faults, printed */
};

static inline void fixture_need(void *arg, const char *path, struct hl_strings *into)
{
	struct fixture *f = arg;
	ck_assert_str_ne(path, "");
	into->v = hl_calloc(1, sizeof *into->v);
	into->v[0] = hl_strdup(f->secret);
	into->n = 1;
}

/* Fills f->conf and f->text; secret is what the secret file is said to hold. */
static inline void fixture_open(struct fixture *f, const char *adapter, const char *yaml, const char *secret)
{
	*f = (struct fixture){ .adapter = hl_adapter_find(adapter) };
	ck_assert_ptr_nonnull(f->adapter);
	struct hl_conf_ctx ctx = { .file = "conf/hotlistd.yaml", .faults = &f->faults };
	struct hl_buf out = HL_BUF(sizeof f->text - 1);
	ck_assert_int_eq(hl_conf_parse(&f->doc, ctx.file, yaml, strlen(yaml), &f->faults), HL_OK);
	f->conf = hl_calloc(1, f->adapter->conf_size);
	hl_conf_fill(hl_conf_root(f->doc), f->adapter->options, f->conf, &ctx);
	f->adapter->check(hl_conf_root(f->doc), f->conf, &ctx);
	hl_copy(f->secret, sizeof f->secret, secret);
	f->adapter->secrets(f->conf, fixture_need, f);
	hl_faults_print(&f->faults, &out);
	hl_copy(f->text, sizeof f->text, hl_buf_text(&out));
	hl_buf_fini(&out);
}

static inline void fixture_close(struct fixture *f)
{
	hl_conf_wipe(f->adapter->options, f->conf);
	free(f->conf);
	hl_conf_free(&f->doc);
}

/* The faults of one conf. */
static inline void fixture_expect(const char *adapter, const char *yaml, const char *expected)
{
	struct fixture f;
	fixture_open(&f, adapter, yaml, "0123456789abcdef");
	ck_assert_msg(!strcmp(f.text, expected), "%s\n--- said:\n%s--- expected:\n%s", yaml, f.text, expected);
	fixture_close(&f);
}

static inline void fixture_align(struct hl_alert *a)
{
	struct hl_confusion none;
	struct hl_pattern listed;
	struct hl_plate read;
	hl_confusion_init(&none);
	ck_assert_int_eq(hl_pattern_parse(&listed, a->plate_listed, strlen(a->plate_listed), false, NULL), HL_OK);
	ck_assert_int_eq(hl_plate_parse(&read, a->plate_read, strlen(a->plate_read), NULL), HL_OK);
	hl_match_align(&none, &listed, &read, &a->alignment);
}

static inline void fixture_alert(struct hl_alert *a)
{
	*a = (struct hl_alert){ .time_ms = 1795428000123, .created_ms = 1795428000500, .priority = 1, .decision = HL_VERIFY, .kind = HL_KIND_CONFUSABLE,
				.plate_probability = 0.21, .probability = 0.02, .list_age_ms = 5400000, .entry_expires_ms = HL_NO_TIME,
				.acknowledged_ms = HL_NO_TIME, .closed_ms = HL_NO_TIME };
	hl_read_init(&a->read);
	a->read.time_ms = a->time_ms;
	hl_copy(a->id, sizeof a->id, "k3v7aaaaaaaaaaaaaaaaaaaaaa");
	hl_copy(a->category, sizeof a->category, "stolen");
	hl_copy(a->plate_listed, sizeof a->plate_listed, "5SOW750");
	hl_copy(a->plate_read, sizeof a->plate_read, "5SOW350");
	hl_copy(a->list, sizeof a->list, "stolen");
	hl_copy(a->list_version, sizeof a->list_version, "v000042-9f3c");
	hl_copy(a->read.camera, sizeof a->read.camera, "cam7");
	hl_copy(a->read.site, sizeof a->read.site, "I-25 N 214");
	hl_copy(a->entry[HL_F_STATE], HL_TEXT_LONG, "CA");
	hl_copy(a->entry[HL_F_AGENCY], HL_TEXT_LONG, "METRO");
	hl_copy(a->entry[HL_F_CASE], HL_TEXT_LONG, "26-1234");
	hl_copy(a->entry[HL_F_REASON], HL_TEXT_LONG, "taken from a driveway");
	a->n_contradictions = 1;
	hl_copy(a->contradiction[0].what, sizeof a->contradiction[0].what, "make");
	hl_copy(a->contradiction[0].read, sizeof a->contradiction[0].read, "LEXS");
	hl_copy(a->contradiction[0].listed, sizeof a->contradiction[0].listed, "GMC");
	ck_assert_int_eq(hl_plate_parse(&a->read.plate, a->plate_read, strlen(a->plate_read), NULL), HL_OK);
	fixture_align(a);
}

static inline struct hl_message fixture_message(const struct hl_alert *a, enum hl_event_type type)
{
	return (struct hl_message){ .alert = a, .type = type, .event_id = "event", .delivery_id = "d3livery", .time_ms = 1795428000123,
				    .alert_json = "{\"id\":\"k3v7\",\"note\":\"{{AGE}}\"}", .alert_json_n = 31, .link = "https://hl.example/", .receiver = "desk" };
}

/* The stored body; gives it (free). */
static inline char *fixture_render(const struct fixture *f, const struct hl_message *m, const char *address)
{
	struct hl_buf body = HL_BUF(256 << 10);
	struct hl_err err = { 0 };
	ck_assert_msg(f->adapter->render(f->conf, m, address, &body, &err) == HL_OK, "%s", err.text);
	return hl_buf_steal(&body);
}

static inline enum hl_fate fixture_fate(const struct fixture *f, const struct hl_answer *a, int64_t *wait_ms, char reason[HL_TEXT_LONG])
{
	struct hl_fate_of fate = { 0 };
	f->adapter->judge(f->conf, a, &fate);
	if (wait_ms)
		*wait_ms = fate.wait_ms;
	if (reason)
		hl_copy(reason, HL_TEXT_LONG, fate.reason);
	ck_assert_str_ne(fate.reason, "");
	return fate.fate;
}

#endif
