/* test_email.c: what a mail says and what it does not, that no text from outside can begin a header, the options' faults and the verdicts. */
#include "unit.h"

#include <stdio.h>

#include "channel_fixture.h"

#define PLACE "conf/hotlistd.yaml:"
static const char full[] = "{smtp: 'smtp://mail.example:587', starttls: require, from: hotlist@hl.example, to: [north@pd.example, south@pd.example], detail: full}";
static const char minimal[] = "{smtp: 'smtp://mail.example', starttls: try, from: hotlist@hl.example, to: north@pd.example}";

START_TEST(test_faults)
{
	fixture_expect("email", full, "");
	fixture_expect("email", minimal, "");
	fixture_expect("email", "{smtp: 'smtps://mail.example', from: a@b.example, to: c@d.example, detail: full, user: u, password_file: p}", "");
	fixture_expect("email", "{smtp: 'smtp://127.0.0.1:25', allow: 127.0.0.0/8, starttls: off, from: a@b.example, to: c@d.example, detail: full}",
		       PLACE "1:110: detail: full needs starttls: require, or plates and names could cross the network in the clear\n");
	fixture_expect("email", "{smtp: 'smtps://mail.example', starttls: try, from: a@b.example, to: c@d.example}",
		       PLACE "1:42: starttls: smtps:// is encrypted from its first byte, expected require or nothing\n");
	fixture_expect("email", "{smtp: 'smtp://mail.example', starttls: try, user: u, password_file: p, from: a@b.example, to: c@d.example}",
		       PLACE "1:52: a password is sent over TLS only: starttls: require, or smtps://\n");
	fixture_expect("email", "{smtp: 'smtp://127.0.0.1', allow: 127.0.0.1, starttls: off, user: u, password_file: p, from: a@b.example, to: c@d.example}", "");
	fixture_expect("email", "{smtp: 'smtp://10.1.1.1', from: a@b.example, to: c@d.example}",
		       PLACE "1:8: smtp: 10.1.1.1 is a private or reserved address: name its network in `allow`\n");
	fixture_expect("email", "{smtp: 'https://mail.example', from: a@b.example, to: c@d.example}", PLACE "1:8: smtp: scheme 'https', expected smtp or smtps\n");
	fixture_expect("email", "{smtp: 'smtp://mail.example/x', from: a@b.example, to: c@d.example}",
		       PLACE "1:8: smtp: '/x' after the host, expected nothing\n");
	fixture_expect("email", "{smtp: 'smtp://mail.example', user: u, from: a@b.example, to: c@d.example}",
		       PLACE "1:1: user and password_file go together, 'password_file' is missing\n");
	fixture_expect("email", "{smtp: 'smtp://mail.example', from: a b@c.example, to: [c@d.example, 'x@y, z@w', c@d.example]}",
		       PLACE "1:37: from: 'a b@c.example' is no mail address, expected name@domain in ASCII\n"
			     PLACE "1:70: to: 'x@y, z@w' is no mail address, expected name@domain in ASCII\n" PLACE "1:82: to: 'c@d.example' stands here twice\n");
	fixture_expect("email", "{smtp: 'smtp://mail.example', from: a@b.example, to: []}", PLACE "1:54: to: 0 addresses, expected 1 to 64\n");
}
END_TEST

/* The part of this type without the soft breaks and escapes, as a reader sees it; free it. */
static char *part_of(const char *mail, const char *type)
{
	char head[160];
	snprintf(head, sizeof head, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
	const char *text = strstr(mail, head);
	ck_assert_msg(text != NULL, "no part %s in:\n%s", type, mail);
	text += strlen(head);
	const char *end = strstr(text, "\r\n--=_");
	ck_assert_ptr_nonnull(end);
	struct hl_buf out = HL_BUF(100000);
	for (const char *p = text; p < end; p++) {
		unsigned byte;
		if (!strncmp(p, "=\r\n", 3)) {
			p += 2;
		} else if (*p == '=' && sscanf(p + 1, "%2X", &byte) == 1) {
			hl_buf_putc(&out, (char)byte);
			p += 2;
		} else if (*p != '\r') {
			hl_buf_putc(&out, *p);
		}
	}
	return hl_buf_steal(&out);
}

static char *unquote(const char *mail)
{
	return part_of(mail, "text/plain");
}

static void has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part), "'%s' is missing in:\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
	ck_assert_msg(!strstr(text, part), "'%s' must not be in:\n%s", part, text);
}

START_TEST(test_full)
{
	struct fixture f;
	struct hl_alert a;
	fixture_alert(&a);
	a.plate_probability = 0.99994;
	a.probability = 0.9979;
	hl_copy(a.read.vehicle.color, sizeof a.read.vehicle.color, "BLU");
	hl_copy(a.read.vehicle.type, sizeof a.read.vehicle.type, "car");
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	fixture_open(&f, "email", full, "");
	char *mail = fixture_render(&f, &m, "north@pd.example"), *text = unquote(mail);
	static const char head[] = "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
				   "From: hotlist@hl.example\r\n"
				   "To: north@pd.example\r\n"
				   "Subject: [P1] NOT VERIFIED: stolen listed 5SOW750 read 5SOW350 at I-25 N 214\r\n"
				   "Message-ID: <d3livery@hl.example>\r\n"
				   "Auto-Submitted: auto-generated\r\n"
				   "Importance: high\r\n"
				   "Content-Language: en\r\n"
				   "MIME-Version: 1.0\r\n"
				   "Content-Type: multipart/alternative; boundary=\"=_d3livery\"\r\n\r\n"
				   "--=_d3livery\r\n"
				   "Content-Type: text/plain; charset=utf-8\r\n"
				   "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
	ck_assert_uint_gt(strlen(mail), strlen(head));
	ck_assert_mem_eq(mail, head, strlen(head));
	/* The contradiction comes first, then the notice; the two plates stand one above the other. */
	ck_assert_ptr_eq(strstr(text, "CONTRADICTION: make: read LEXS, listed GMC\n\nNOT VERIFIED: confirm plate, state and vehicle before acting\n"), text);
	has(text, "    listed  5SOW750\n    read    5SOW350\n                ^\n1 of 7 symbols differs: listed 7, read 3 (position 5)\n");
	has(text, "Seen as:   BLU car\n");
	has(text, "Probability 0.998 (symbols alone above 0.999)\n");
	has(text, "Place:     I-25 N 214\n");
	has(text, "Time:      2026-11-23 10:00:00 UTC\nSeen:      {{AGE}}\n");
	has(text, "Agency:    METRO\n");
	has(text, "List:      stolen, version v000042-9f3c, 90 min old\n");
	has(text, "Link:      https://hl.example/alerts/k3v7aaaaaaaaaaaaaaaaaaaaaa\n");
	free(text);
	free(mail);
	fixture_close(&f);
}
END_TEST

START_TEST(test_late_is_said)
{
	struct fixture f;
	struct hl_alert a;
	fixture_alert(&a);
	a.read.late = true;
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	fixture_open(&f, "email", full, "");
	char *mail = fixture_render(&f, &m, "north@pd.example"), *text = unquote(mail);
	has(mail, "Subject: [P1] LATE, NOT VERIFIED: stolen listed 5SOW750");
	has(text, "Time:      2026-11-23 10:00:00 UTC\n           LATE: the read came in long after it was made\nSeen:      {{AGE}}\n");
	free(text);
	free(mail);
	a.read.late = false;
	a.read.clock_suspect = true;
	mail = fixture_render(&f, &m, "north@pd.example");
	text = unquote(mail);
	lacks(mail, "LATE");
	has(text, "UTC\n           the camera's clock is wrong: this is when the read came in\nSeen:");
	free(text);
	free(mail);
	fixture_close(&f);
}
END_TEST

START_TEST(test_minimal_names_no_plate)
{
	struct fixture f;
	struct hl_alert a;
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_UPDATED);
	m.first_id = "f1rst";
	fixture_open(&f, "email", minimal, "");
	char *mail = fixture_render(&f, &m, "north@pd.example"), *text = unquote(mail);
	has(mail, "Subject: UPDATE [P1] NOT VERIFIED: stolen, make differs, 1 of 7 symbols\r\n differs, at I-25 N 214\r\n");
	has(mail, "In-Reply-To: <f1rst@hl.example>\r\nReferences: <f1rst@hl.example>\r\n");
	has(text, "NOT VERIFIED: confirm plate");
	has(text, "make differs, 1 of 7 symbols differs\n");
	has(text, "Link:      https://hl.example/alerts/");
	lacks(mail, "5SOW");
	lacks(mail, "METRO");
	lacks(mail, "26-1234");
	lacks(mail, "LEXS");
	free(text);
	free(mail);
	fixture_close(&f);
}
END_TEST

static const char evil[] = "x\r\nBcc: evil@example.org\r\n\r\n.\r\nMAIL FROM:<e>\x01\x7f\x1b[2J {{AGE}} \xff\xe2\x80\xae";

/* Every field that comes from outside at once. */
static void poison(struct hl_alert *a)
{
	hl_copy(a->category, sizeof a->category, evil);
	hl_copy(a->plate_listed, sizeof a->plate_listed, "5SOW750");
	hl_copy(a->list, sizeof a->list, evil);
	hl_copy(a->list_version, sizeof a->list_version, evil);
	hl_copy(a->read.site, sizeof a->read.site, evil);
	hl_copy(a->read.camera, sizeof a->read.camera, evil);
	hl_copy(a->read.region, sizeof a->read.region, evil);
	hl_copy(a->read.image, sizeof a->read.image, evil);
	hl_copy(a->read.vehicle.make, sizeof a->read.vehicle.make, evil);
	hl_copy(a->cleared_note, sizeof a->cleared_note, evil);
	hl_copy(a->contradiction[0].read, sizeof a->contradiction[0].read, evil);
	for (size_t i = 0; i < HL_FIELDS; i++)
		hl_copy(a->entry[i], HL_TEXT_LONG, evil);
}

START_TEST(test_stand_down)
{
	static const char *const confs[] = { full, minimal };
	for (size_t c = 0; c < 2; c++) {
		struct fixture f;
		struct hl_alert a;
		fixture_alert(&a);
		a.state = HL_ST_WITHDRAWN;
		hl_copy(a.closed_reason, sizeof a.closed_reason, "expired");
		hl_copy(a.standdown, sizeof a.standdown, "expired, as 5SOW750 was found");
		struct hl_message m = fixture_message(&a, HL_EVENT_STANDDOWN);
		m.first_id = "f1rst";
		fixture_open(&f, "email", confs[c], "");
		char *mail = fixture_render(&f, &m, "north@pd.example");
		has(mail, "Subject: STAND DOWN: entry no longer listed, ask METRO: [P1] stolen");
		has(mail, "In-Reply-To: <f1rst@hl.example>");
		has(mail, "\r\n\r\nSTAND DOWN: entry no longer listed, ask METRO\r\n\r\nThis alert no longer holds: do not act on it any more.\r\n");
		has(mail, "Place:     I-25 N 214\r\n");
		ck_assert_ptr_null(strstr(mail, "VERIFIED"));
		ck_assert((strstr(mail, "5SOW750") != NULL) == (c == 0));
		free(mail);
		fixture_close(&f);
	}
}
END_TEST

START_TEST(test_no_injection)
{
	static const char *const known[] = { "Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Importance", "Content-Language",
					     "MIME-Version", "Content-Type", "Content-Transfer-Encoding" };
	static const char *const confs[] = { full, minimal };
	for (size_t c = 0; c < 4; c++) {
		bool over = c / 2;
		struct fixture f;
		struct hl_alert a;
		fixture_alert(&a);
		poison(&a);
		a.state = over ? HL_ST_WITHDRAWN : HL_ST_NEW;
		hl_copy(a.closed_reason, sizeof a.closed_reason, "absent");
		hl_copy(a.standdown, sizeof a.standdown, evil);
		struct hl_message m = fixture_message(&a, over ? HL_EVENT_STANDDOWN : HL_EVENT_UPDATED);
		m.link = evil;
		m.receiver = evil;
		fixture_open(&f, "email", confs[c % 2], "");
		char *mail = fixture_render(&f, &m, "north@pd.example");
		const char *body = strstr(mail, "\r\n\r\n");
		size_t ages = 0;
		for (const char *p = mail; p < body; p = strstr(p, "\r\n") + 2) {
			bool fine = *p == ' ';
			for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
				fine = fine || (!strncmp(p, known[i], strlen(known[i])) && p[strlen(known[i])] == ':');
			ck_assert_msg(fine, "an unknown header begins at: %.40s", p);
		}
		for (const char *p = mail; *p; p++)
			ck_assert_msg((*p >= 0x20 && *p < 0x7f) || (*p == '\r' && p[1] == '\n') || (*p == '\n' && p > mail && p[-1] == '\r'), "byte %02x",
				      (unsigned char)*p);
		for (const char *p = mail; (p = strstr(p, "{{AGE}}")); p++)
			ages++;
		ck_assert_uint_eq(ages, 2); /* one a part */
		has(mail, over ? "\r\n\r\nSTAND DOWN: entry no longer listed, ask " : "\r\n\r\nUPDATE\r\n");
		has(mail, over ? "\r\nThis alert no longer holds: do not act on it any more.\r\n" : "\r\nNOT VERIFIED: confirm plate, state and vehicle before acting\r\n");
		lacks(mail, "\r\n.\r\n");
		free(mail);
		fixture_close(&f);
	}
}
END_TEST

START_TEST(test_no_mail_to_a_made_up_recipient)
{
	static const char *const bad[] = { "a@b\r\nRCPT TO:<evil@example.org>", "a@b> ORCPT=x", "", "a@b,c@d", "<a@b>" };
	struct fixture f;
	struct hl_alert a;
	struct hl_request r;
	fixture_alert(&a);
	struct hl_message m = fixture_message(&a, HL_EVENT_CREATED);
	fixture_open(&f, "email", full, "");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct hl_buf body = HL_BUF(100000);
		ck_assert_int_eq(f.adapter->render(f.conf, &m, bad[i], &body, NULL), HL_E_INPUT);
		ck_assert_int_eq(f.adapter->prepare(f.conf, "id", bad[i], "x", 1, 0, 0, &r, NULL), HL_E_INPUT);
		hl_buf_fini(&body);
	}
	fixture_close(&f);
}
END_TEST

START_TEST(test_prepare)
{
	struct fixture f;
	struct hl_request r;
	static const char body[] = "A: b\r\n\r\nSeen {{AGE}}\r\n";
	fixture_open(&f, "email", "{smtp: 'smtp://mail.example:587', from: hotlist@hl.example, to: [north@pd.example], user: u, password_file: p}", "pass word\n");
	ck_assert_int_eq(f.adapter->prepare(f.conf, "id", "north@pd.example", body, strlen(body), 1000000, 1000000 + 180000, &r, NULL), HL_OK);
	ck_assert_int_eq(r.kind, HL_REQ_SMTP);
	ck_assert_int_eq(r.tls, HL_TLS_REQUIRE);
	ck_assert_str_eq(r.url, "smtp://mail.example:587");
	ck_assert_str_eq(r.mail_from, "hotlist@hl.example");
	ck_assert_str_eq(r.mail_to, "north@pd.example");
	ck_assert_str_eq(r.user, "u");
	ck_assert_str_eq(r.password, "pass word");
	ck_assert_str_eq(r.body, "A: b\r\n\r\nSeen 3 min ago\r\n");
	hl_request_wipe(&r);
	fixture_close(&f);
}
END_TEST

START_TEST(test_two_passwords_are_a_fault)
{
	struct fixture f;
	struct hl_err err = { 0 };
	fixture_open(&f, "email", "{smtp: 'smtp://mail.example:587', from: a@b.example, to: c@d.example, user: u, password_file: p}", "one\ntwo");
	ck_assert_int_eq(f.adapter->check_secrets(f.conf, &err), HL_E_CONFIG);
	ck_assert_str_eq(err.text, "p: more than one line, expected one password");
	fixture_close(&f);
}
END_TEST

struct verdict_row {
	struct hl_answer answer;
	enum hl_fate fate;
	const char *reason;
};

static const struct verdict_row verdicts[] = {
	{ { .sent = true, .status = 250, .text = "ok" }, HL_FATE_DONE, "SMTP 250" },
	{ { .sent = true, .status = 421, .text = "bye" }, HL_FATE_LATER, "SMTP 421 bye" },
	{ { .sent = true, .status = 451, .text = "greylisted" }, HL_FATE_LATER, "SMTP 451 greylisted" },
	{ { .sent = true, .status = 454, .auth_failed = true, .text = "busy" }, HL_FATE_LATER, "SMTP 454, login failed busy" },
	{ { .sent = true, .status = 535, .auth_failed = true, .text = "no pw1" }, HL_FATE_DEAD, "SMTP 535, login refused no ***" },
	{ { .sent = true, .status = 550, .text = "no such user" }, HL_FATE_DEAD, "SMTP 550 no such user" },
	{ { .sent = true, .status = 554, .text = "spam" }, HL_FATE_DEAD, "SMTP 554 spam" },
	{ { .sent = false, .status = 354, .text = "timed out" }, HL_FATE_LATER, "no answer: timed out" },
	{ { .sent = false, .tls_failed = true, .text = "self-signed" }, HL_FATE_LATER, "TLS: self-signed" },
	{ { .sent = false, .refused_address = true, .text = "10.0.0.1" }, HL_FATE_DEAD, "address refused: 10.0.0.1" },
};

START_TEST(test_verdicts)
{
	struct fixture f;
	char reason[HL_TEXT_LONG];
	fixture_open(&f, "email", "{smtp: 'smtp://mail.example:587', from: a@b.example, to: c@d.example, user: u, password_file: p}", "pw1");
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		ck_assert_int_eq(fixture_fate(&f, &verdicts[i].answer, NULL, reason), verdicts[i].fate);
		ck_assert_str_eq(reason, verdicts[i].reason);
	}
	fixture_close(&f);
}
END_TEST

UNIT_MAIN("email", test_faults, test_full, test_late_is_said, test_minimal_names_no_plate, test_stand_down, test_no_injection, test_no_mail_to_a_made_up_recipient, test_prepare,
	  test_two_passwords_are_a_fault, test_verdicts)
