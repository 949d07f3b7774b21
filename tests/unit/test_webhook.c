/* test_webhook.c: the options and their faults, the body, the signature against a known answer, and every verdict. */
#include "unit.h"

#include <stdio.h>

#include "channel_fixture.h"
#include "base/crypto.h"

#define PLACE "conf/hotlistd.yaml:"
static const char plain[] = "{url: 'https://cad.example/hook', secret_file: s}";

START_TEST(test_faults)
{
	fixture_expect("webhook", plain, "");
	fixture_expect("webhook", "{url: 'http://127.0.0.1:8080/x', secret_file: s, allow: [127.0.0.0/8]}", "");
	fixture_expect("webhook", "{url: 'http://receiver.local/x', secret_file: s, allow: 10.0.0.0/8}", "");
	fixture_expect("webhook", "{url: 'http://cad.example/hook', secret_file: s}",
		       PLACE "1:7: url: http is unencrypted: use https, or name the receiver's network in `allow`\n");
	fixture_expect("webhook", "{url: 'http://8.8.8.8/', secret_file: s, allow: [127.0.0.0/8]}",
		       PLACE "1:7: url: http is unencrypted: use https, or name the receiver's network in `allow`\n");
	fixture_expect("webhook", "{url: 'https://169.254.169.254/latest', secret_file: s}",
		       PLACE "1:7: url: 169.254.169.254 is a private or reserved address: name its network in `allow`\n");
	fixture_expect("webhook", "{url: 'https://[::ffff:10.0.0.1]/', secret_file: s}",
		       PLACE "1:7: url: ::ffff:10.0.0.1 is a private or reserved address: name its network in `allow`\n");
	fixture_expect("webhook", "{url: 'ftp://cad.example/', secret_file: s}",
		       PLACE "1:7: url: 'ftp://cad.example/' does not begin with https://, http://, smtp:// or smtps://\n");
	fixture_expect("webhook", "{url: 'smtp://cad.example/', secret_file: s}", PLACE "1:7: url: scheme 'smtp', expected https (or http inside `allow`)\n");
	fixture_expect("webhook", "{url: 'https://user:pw@cad.example/', secret_file: s}", PLACE "1:7: url: credentials do not belong in a URL\n");
	fixture_expect("webhook", "{url: 'https://cad.example:99999/', secret_file: s}", PLACE "1:7: url: ':99999' is no port of 1 to 65535\n");
	fixture_expect("webhook", "{url: \"https://cad.example/a\\r\\nX: y\", secret_file: s}",
		       PLACE "1:7: 'url' is 'https://cad.example/a??X: y': expected a text of one line without control characters\n");
	fixture_expect("webhook", "{url: 'https://cad.example/a b', secret_file: s}", PLACE "1:7: url: byte 0x20 at position 22 does not belong in a URL\n");
	fixture_expect("webhook", "{url: 'https://cad.example/#x', secret_file: s}", PLACE "1:7: url: byte 0x23 at position 21 does not belong in a URL\n");
	fixture_expect("webhook", "{url: 'https://[::1', secret_file: s}", PLACE "1:7: url: '[' without ']' in the host\n");
	fixture_expect("webhook", "{url: 'https:///x', secret_file: s}", PLACE "1:7: url: '' is no host name or address\n");
	fixture_expect("webhook", "{url: 'https://cad.example/', secret_file: s, allow: [10.0.0.1/8]}",
		       PLACE "1:55: '10.0.0.1/8' is no network: an address, or one with a prefix length and no bits beyond it (10.0.0.0/8, ::1)\n");
}
END_TEST

START_TEST(test_ca_file_lies_beside_the_settings)
{
	struct fixture f;
	struct hl_request r;
	fixture_open(&f, "webhook", "{url: 'https://cad.example/', secret_file: s, ca_file: ca.pem}", "0123456789abcdef");
	ck_assert_int_eq(f.adapter->prepare(f.conf, "id", "a", "{}", 2, 0, 0, &r, NULL), HL_OK);
	ck_assert_str_eq(r.ca_file, "conf/ca.pem");
	hl_request_wipe(&r);
	fixture_close(&f);
}
END_TEST

struct secret_row {
	const char *text, *fault;
};

static const struct secret_row secret_rows[] = {
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "" },
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n\nplain-secret-of-ours\n", "" },
	{ "", "s: empty" },
	{ "\r\n\n", "s: empty" },
	{ "short", "s: secret 1 is shorter than 16 characters" },
	{ "whsec_", "s: secret 1 is shorter than 16 characters" },
	{ "whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!", "s: secret 1 is no base64 of at most 64 bytes after whsec_" },
	{ "whsec_c2hvcnQ=", "s: secret 1 holds fewer than 24 bytes" },
	{ "0123456789abcdef\nx", "s: secret 2 is shorter than 16 characters" },
	{ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", "s: secret 1 is longer than 64 characters" },
};

START_TEST(test_secrets)
{
	for (size_t i = 0; i < sizeof secret_rows / sizeof secret_rows[0]; i++) {
		struct fixture f;
		struct hl_err err = { 0 };
		fixture_open(&f, "webhook", plain, secret_rows[i].text);
		enum hl_code code = f.adapter->check_secrets(f.conf, &err);
		ck_assert_int_eq(code, secret_rows[i].fault[0] ? HL_E_CONFIG : HL_OK);
		ck_assert_str_eq(err.text, secret_rows[i].fault);
		fixture_close(&f);
	}
}
END_TEST

static const char *header_of(const struct hl_request *r, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < r->headers.n; i++)
		if (!strncmp(r->headers.v[i], name, n) && r->headers.v[i][n] == ':')
			return r->headers.v[i] + n + 2;
	ck_abort_msg("no header %s", name);
	return "";
}

/* The known answer of the Standard Webhooks specification's reference libraries. */
START_TEST(test_known_signature)
{
	static const char body[] = "{\"test\": 2432232314}";
	struct fixture f;
	struct hl_request r;
	fixture_open(&f, "webhook", plain, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	ck_assert_int_eq(f.adapter->prepare(f.conf, "msg_p5jXN8AQM9LWM0D4loKWxJek", "", body, strlen(body), 0, 1614265330999, &r, NULL), HL_OK);
	ck_assert_str_eq(header_of(&r, "webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
	ck_assert_str_eq(header_of(&r, "webhook-timestamp"), "1614265330");
	ck_assert_str_eq(header_of(&r, "webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	ck_assert_str_eq(r.method, "POST");
	ck_assert_str_eq(r.url, "https://cad.example/hook");
	ck_assert_int_eq(r.kind, HL_REQ_HTTP);
	ck_assert(!r.allow_only);
	ck_assert_uint_eq(r.body_n, strlen(body));
	ck_assert_mem_eq(r.body, body, r.body_n);
	hl_request_wipe(&r);
	fixture_close(&f);
}
END_TEST

START_TEST(test_two_secrets_sign_twice)
{
	struct fixture f;
	struct hl_request r;
	unsigned char mac[HL_SHA256];
	char text[64], expected[128];
	fixture_open(&f, "webhook", plain, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\r\nplain-secret-of-ours\n");
	ck_assert_int_eq(f.adapter->prepare(f.conf, "msg_p5jXN8AQM9LWM0D4loKWxJek", "", "{\"test\": 2432232314}", 20, 0, 1614265330000, &r, NULL), HL_OK);
	static const char signed_text[] = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
	hl_hmac_sha256("plain-secret-of-ours", 20, signed_text, strlen(signed_text), mac);
	hl_base64(mac, sizeof mac, text, sizeof text);
	snprintf(expected, sizeof expected, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,%s", text);
	ck_assert_str_eq(header_of(&r, "webhook-signature"), expected);
	hl_request_wipe(&r);
	fixture_close(&f);
}
END_TEST

START_TEST(test_bodies)
{
	struct fixture f;
	struct hl_alert a;
	struct hl_request r;
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	fixture_open(&f, "webhook", plain, "0123456789abcdef");
	char *body = fixture_render(&f, &m, "https://cad.example/hook");
	ck_assert_str_eq(body, "{\"type\":\"alert.created\",\"timestamp\":\"2026-11-23T10:00:00.123Z\",\"data\":{\"id\":\"k3v7\",\"note\":\"{{AGE}}\"},"
			       "\"link\":\"https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa\"}");
	/* Byte-identical over retries: what looks like our own mark, in a note from outside, stays. */
	ck_assert_int_eq(f.adapter->prepare(f.conf, "id", "", body, strlen(body), m.time_ms, m.time_ms + 60000, &r, NULL), HL_OK);
	ck_assert_uint_eq(r.body_n, strlen(body));
	ck_assert_str_eq(r.body, body);
	hl_request_wipe(&r);
	free(body);
	m.alert = NULL;
	m.type = HL_EVENT_TEST;
	body = fixture_render(&f, &m, "https://cad.example/hook");
	ck_assert_str_eq(body, "{\"type\":\"receiver.test\",\"timestamp\":\"2026-11-23T10:00:00.123Z\",\"data\":{\"test\":true,\"receiver\":\"desk\","
			       "\"notice\":\"TEST: no vehicle was seen, nothing to do\"}}");
	free(body);
	fixture_close(&f);
	m = fixture_message(&a, HL_EVENT_UPDATED);
	m.link = "";
	fixture_open(&f, "webhook", "{url: 'https://cad.example/hook', secret_file: s, payload: thin}", "0123456789abcdef");
	body = fixture_render(&f, &m, "https://cad.example/hook");
	ck_assert_str_eq(body, "{\"type\":\"alert.updated\",\"timestamp\":\"2026-11-23T10:00:00.123Z\",\"data\":{\"id\":\"k3v7aaaaaaaaaaaaaaaaaaaaaa\","
			       "\"state\":\"new\",\"priority\":1,\"category\":\"stolen\",\"decision\":\"verify\","
			       "\"notice\":\"NOT VERIFIED: confirm plate, state and vehicle before acting\"}}");
	free(body);
	fixture_close(&f);
}
END_TEST

START_TEST(test_body_ceiling)
{
	struct fixture f;
	struct hl_alert a;
	struct hl_err err = { 0 };
	struct hl_buf small = HL_BUF(40);
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	fixture_open(&f, "webhook", plain, "0123456789abcdef");
	ck_assert_int_eq(f.adapter->render(f.conf, &m, "", &small, &err), HL_E_LIMIT);
	ck_assert_str_eq(err.text, "webhook body of more than 40 bytes");
	hl_buf_fini(&small);
	fixture_close(&f);
}
END_TEST

struct verdict_row {
	int status;
	int64_t retry_ms;
	enum hl_fate fate;
	int64_t wait_ms;
};

static const struct verdict_row verdicts[] = {
	{ 200, -1, HL_FATE_DONE, -1 },      { 202, -1, HL_FATE_DONE, -1 },    { 204, 9000, HL_FATE_DONE, -1 },  { 299, -1, HL_FATE_DONE, -1 },
	{ 300, -1, HL_FATE_DEAD, -1 },      { 301, -1, HL_FATE_DEAD, -1 },    { 302, 9000, HL_FATE_DEAD, -1 },  { 307, -1, HL_FATE_DEAD, -1 },
	{ 308, -1, HL_FATE_DEAD, -1 },      { 400, -1, HL_FATE_DEAD, -1 },    { 401, -1, HL_FATE_DEAD, -1 },    { 403, -1, HL_FATE_DEAD, -1 },
	{ 404, -1, HL_FATE_DEAD, -1 },      { 408, -1, HL_FATE_LATER, -1 },   { 409, -1, HL_FATE_DEAD, -1 },    { 410, -1, HL_FATE_GONE, -1 },
	{ 413, -1, HL_FATE_DEAD, -1 },      { 422, -1, HL_FATE_DEAD, -1 },    { 425, -1, HL_FATE_LATER, -1 },   { 429, 7000, HL_FATE_LATER, 7000 },
	{ 429, -1, HL_FATE_LATER, -1 },     { 499, -1, HL_FATE_DEAD, -1 },    { 500, -1, HL_FATE_LATER, -1 },   { 502, -1, HL_FATE_LATER, -1 },
	{ 503, 9000, HL_FATE_LATER, 9000 }, { 504, -1, HL_FATE_LATER, -1 },   { 599, -1, HL_FATE_LATER, -1 },   { 101, -1, HL_FATE_DEAD, -1 },
};

START_TEST(test_verdicts)
{
	struct fixture f;
	char reason[HL_TEXT_LONG];
	int64_t wait;
	fixture_open(&f, "webhook", plain, "0123456789abcdef");
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		const struct verdict_row *v = &verdicts[i];
		struct hl_answer a = { .sent = true, .status = v->status, .retry_after_ms = v->retry_ms };
		ck_assert_msg(fixture_fate(&f, &a, &wait, reason) == v->fate, "HTTP %d", v->status);
		ck_assert_msg(wait == v->wait_ms, "HTTP %d", v->status);
	}
	struct hl_answer a = { .retry_after_ms = -1, .text = "Connection refused" };
	ck_assert_int_eq(fixture_fate(&f, &a, &wait, reason), HL_FATE_LATER);
	ck_assert_str_eq(reason, "no answer: Connection refused");
	a = (struct hl_answer){ .tls_failed = true, .text = "self-signed certificate" };
	ck_assert_int_eq(fixture_fate(&f, &a, &wait, reason), HL_FATE_LATER);
	a = (struct hl_answer){ .refused_address = true, .text = "10.0.0.1 is private" };
	ck_assert_int_eq(fixture_fate(&f, &a, &wait, reason), HL_FATE_DEAD);
	ck_assert_str_eq(reason, "address refused: 10.0.0.1 is private");
	fixture_close(&f);
}
END_TEST

START_TEST(test_an_echoed_secret_is_not_told)
{
	struct fixture f;
	char reason[HL_TEXT_LONG];
	fixture_open(&f, "webhook", plain, "0123456789abcdef\nfedcba9876543210");
	struct hl_answer a = { .sent = true, .status = 400, .text = "bad fedcba9876543210 and 0123456789abcdef\x1b[2J" };
	ck_assert_int_eq(fixture_fate(&f, &a, NULL, reason), HL_FATE_DEAD);
	ck_assert_str_eq(reason, "HTTP 400 bad *** and *** [2J");
	fixture_close(&f);
}
END_TEST

START_TEST(test_table)
{
	ck_assert_ptr_null(hl_adapter_find("pigeon"));
	for (const struct hl_adapter *const *a = hl_adapters; *a; a++) {
		ck_assert_ptr_eq(hl_adapter_find((*a)->name), *a);
		ck_assert((*a)->options && (*a)->check && (*a)->secrets && (*a)->addresses && (*a)->render && (*a)->prepare && (*a)->judge);
		ck_assert((*a)->destination && (*a)->deadline_ms && (*a)->concurrency && (*a)->conf_size);
	}
	struct fixture f;
	const char *address[2];
	char destination[64];
	fixture_open(&f, "webhook", "{url: 'https://cad.example/hook?key=x', secret_file: s, deadline: 2h, concurrency: 7}", "0123456789abcdef");
	ck_assert_uint_eq(f.adapter->addresses(f.conf, address, 2), 1);
	ck_assert_str_eq(address[0], "https://cad.example/hook?key=x");
	f.adapter->destination(f.conf, address[0], destination, sizeof destination);
	ck_assert_str_eq(destination, "https://cad.example:443/hook");
	ck_assert_int_eq(f.adapter->deadline_ms(f.conf), 7200000);
	ck_assert_int_eq(f.adapter->concurrency(f.conf), 7);
	fixture_close(&f);
}
END_TEST

UNIT_MAIN("webhook", test_faults, test_ca_file_lies_beside_the_settings, test_secrets, test_known_signature, test_two_secrets_sign_twice, test_bodies,
	  test_body_ceiling, test_verdicts, test_an_echoed_secret_is_not_told, test_table)
