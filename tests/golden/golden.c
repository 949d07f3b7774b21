/* golden.c: see golden.h. */
#include "golden/golden.h"

#include "adapter/template.h"
#include "base/file.h"
#include "base/json_out.h"
#include "channel_fixture.h"
#include "golden/mail_part.h"

#include <stdio.h>

static const char mail_full[] = "{smtp: 'smtp://mail.example:587', starttls: require, from: hotlist@hl.example, to: north@pd.example, detail: full}";
static const char mail_minimal[] = "{smtp: 'smtp://mail.example', starttls: try, from: hotlist@hl.example, to: north@pd.example}";
static const char sms[] = "{gateway: kannel, url: 'https://sms.example/cgi-bin/sendsms', user: u, password_file: p, to: '+13035550100'}";
static const char hook[] = "{url: 'https://cad.example/hook', secret_file: s}";

static void path_of(const char *name, const char *ending, char *dst, size_t size)
{
	const char *top = getenv("srcdir");
	snprintf(dst, size, "%s/tests/data/golden/messages/%s.%s", top ? top : ".", name, ending);
}

char *golden_read(const char *name, const char *ending)
{
	char path[1024];
	struct hl_buf want = HL_BUF(1 << 20);
	struct hl_err err = { 0 };
	path_of(name, ending, path, sizeof path);
	ck_assert_msg(hl_file_read(path, &want, &err) == HL_OK, "%s", err.text);
	return hl_buf_steal(&want);
}

static void compare(const char *name, const char *ending, const char *said)
{
	char path[1024];
	struct hl_err err = { 0 };
	path_of(name, ending, path, sizeof path);
	if (getenv("UPDATE_GOLDEN")) {
		ck_assert_msg(hl_file_write_atomic(path, said, strlen(said), 0644, &err) == HL_OK, "%s", err.text);
		return;
	}
	char *want = golden_read(name, ending);
	if (strcmp(said, want) != 0)
		fprintf(stderr, "%s.%s: said\n%s\n", name, ending, said); /* longer than what Check can carry */
	ck_assert_msg(!strcmp(said, want), "%s.%s has changed: golden.h tells what to do", name, ending);
	free(want);
}

/* Subject, a blank line, and the text; the subject is plain ASCII in all of these, or encoded as it is. */
static void compare_mail(const char *name, const char *mail)
{
	struct hl_buf out = HL_BUF(1 << 20);
	char *text = mail_part(mail, "text/plain"), *html = mail_part(mail, "text/html"), *subject = mail_header(mail, "Subject");
	hl_buf_printf(&out, "Subject: %s\n\n%s", subject, text);
	compare(name, "txt", hl_buf_text(&out));
	compare(name, "html", html);
	hl_buf_fini(&out);
	free(subject);
	free(text);
	free(html);
}

static struct hl_tz *denver(void)
{
	struct hl_tz *tz;
	ck_assert_int_eq(hl_tz_new(&tz, "America/Denver", NULL), HL_OK);
	return tz;
}

static char *render(const char *adapter, const char *yaml, const char *address, const struct hl_message *m, const struct hl_template *words)
{
	struct fixture f;
	fixture_open(&f, adapter, yaml, "0123456789abcdef");
	ck_assert_str_eq(f.text, "");
	if (words)
		f.adapter->words(f.conf)->named = words;
	char *body = fixture_render(&f, m, address);
	fixture_close(&f);
	return body;
}

static void check_mail(const char *name, const struct hl_message *m, const char *yaml, const struct hl_template *words, const char *const *absent)
{
	char *mail = render("email", yaml, "north@pd.example", m, words);
	compare_mail(name, mail);
	char *text = mail_part(mail, "text/plain"), *html = mail_part(mail, "text/html");
	for (; absent && *absent; absent++)
		ck_assert_msg(!strstr(text, *absent) && !strstr(html, *absent) && !strstr(mail, *absent), "%s: '%s' is in a minimal mail", name, *absent);
	free(text);
	free(html);
	free(mail);
}

static void write_json(const struct hl_alert *a, struct hl_buf *json)
{
	struct hl_json j;
	hl_json_init(&j, json);
	hl_json_open(&j, '{');
	hl_alert_write(a, &j, "");
	hl_json_close(&j);
}

void golden_check(const char *name, const struct hl_alert *a, enum hl_event_type type)
{
	struct hl_tz *tz = denver();
	struct hl_buf json = HL_BUF(256 << 10);
	struct hl_message m = fixture_message(a, type);
	write_json(a, &json);
	m.alert_json = hl_buf_text(&json);
	m.alert_json_n = json.len;
	m.tz = tz;
	check_mail(name, &m, mail_full, NULL, NULL);
	char *text = render("sms", sms, "+13035550100", &m, NULL), *body = render("webhook", hook, "https://cad.example/hook", &m, NULL);
	compare(name, "sms", text);
	compare(name, "json", body);
	free(text);
	free(body);
	hl_buf_fini(&json);
	hl_tz_free(&tz);
}

void golden_check_minimal(const char *name, const struct hl_alert *a, enum hl_event_type type, const char *const *words)
{
	struct hl_tz *tz = denver();
	struct hl_message m = fixture_message(a, type);
	m.tz = tz;
	check_mail(name, &m, mail_minimal, NULL, words);
	hl_tz_free(&tz);
}

void golden_check_template(const char *name, const struct hl_alert *a, enum hl_event_type type, const char *file)
{
	char path[1024];
	static struct hl_faults faults;
	struct hl_template *t;
	struct hl_buf text = HL_BUF(1 << 20);
	struct hl_err err = { 0 };
	struct hl_tz *tz = denver();
	struct hl_message m = fixture_message(a, type);
	const char *top = getenv("srcdir");
	snprintf(path, sizeof path, "%s/%s", top ? top : ".", file);
	ck_assert_msg(hl_file_read(path, &text, &err) == HL_OK, "%s", err.text);
	ck_assert_int_eq(hl_template_parse(&t, file, hl_buf_text(&text), text.len, &faults), HL_OK);
	m.tz = tz;
	check_mail(name, &m, mail_full, t, NULL);
	char *brief = render("sms", sms, "+13035550100", &m, t);
	compare(name, "sms", brief);
	free(brief);
	hl_template_free(&t);
	hl_buf_fini(&text);
	hl_tz_free(&tz);
}
