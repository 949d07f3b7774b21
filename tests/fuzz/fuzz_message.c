/* fuzz_message.c: alerts full of whatever bytes, through mail, short message and webhook: no header that we did not write, no markup that came from outside, UTF-8 and nothing
 * invisible, one segment, and never longer than a body may be. Input: three bytes of switches, then texts ended by NUL, dealt out to the fields in turn.
 */
#include "config.h" /* strcasestr */

#include "adapter/adapter.h"
#include "adapter/gsm7.h"
#include "base/json_out.h"
#include "base/text.h"
#include "core/match.h"
#include "html_tokens.h"

#include <stdio.h>
#include <stdlib.h>

enum { BODY_MAX = 256 << 10 };

struct texts {
	const char *p, *end;
};

/* The next text, at most size bytes with its end; what is no UTF-8 stays as it is. */
static void deal(struct texts *t, char *dst, size_t size)
{
	size_t n = 0;
	while (t->p < t->end && *t->p && n + 1 < size)
		dst[n++] = *t->p++;
	while (t->p < t->end && *t->p)
		t->p++;
	t->p += t->p < t->end;
	dst[n] = 0;
}

/* Plates are normal forms whatever comes in. */
static void deal_plate(struct texts *t, char *dst, size_t size)
{
	char text[64];
	deal(t, text, sizeof text);
	hl_text_plate(text, strlen(text), "?*", dst, size < HL_PLATE_MAX + 1 ? size : HL_PLATE_MAX + 1);
}

static void align(struct hl_alert *a)
{
	struct hl_confusion none;
	struct hl_pattern listed;
	struct hl_plate read;
	hl_confusion_init(&none);
	if (hl_pattern_parse(&listed, a->plate_listed, strlen(a->plate_listed), false, NULL) != HL_OK ||
	    hl_plate_parse(&read, a->plate_read, strlen(a->plate_read), NULL) != HL_OK)
		return;
	a->read.plate = read;
	hl_match_align(&none, &listed, &read, &a->alignment);
}

static void deal_life(struct texts *t, struct hl_alert_life *l, unsigned n)
{
	for (l->n_also = 0; l->n_also < n % (HL_ALSO_MAX + 1); l->n_also++) {
		struct hl_also *o = &l->also[l->n_also];
		deal(t, o->list, sizeof o->list);
		deal(t, o->category, sizeof o->category);
		deal_plate(t, o->plate_listed, sizeof o->plate_listed);
		o->priority = (int)l->n_also + 1;
	}
	for (l->n_sightings = 0; l->n_sightings < n % 5; l->n_sightings++) {
		struct hl_sighting *s = &l->sighting[l->n_sightings];
		s->time_ms = 1795428000000 + l->n_sightings * 60000;
		deal(t, s->camera, sizeof s->camera);
		deal(t, s->site, sizeof s->site);
		deal_plate(t, s->plate_read, sizeof s->plate_read);
	}
	l->sightings = n;
	deal(t, l->why, sizeof l->why);
	deal(t, l->verification_lapsed, sizeof l->verification_lapsed);
	deal(t, l->outcome, sizeof l->outcome);
	deal(t, l->confirmed.source, sizeof l->confirmed.source);
	deal(t, l->confirmed.reference, sizeof l->confirmed.reference);
	for (int i = 0; i < HL_VERIFIED_PARTS; i++) {
		l->verification[i].result = (enum hl_verified)((n + (unsigned)i) % HL_VERIFIED_RESULTS);
		deal(t, l->verification[i].by, sizeof l->verification[i].by);
	}
}

static void deal_alert(struct texts *t, const uint8_t *s, struct hl_alert *a)
{
	hl_read_init(&a->read);
	a->time_ms = a->read.time_ms = 1795428000000;
	a->acknowledged_ms = a->closed_ms = a->entry_expires_ms = HL_NO_TIME;
	a->priority = 1 + s[0] % 9;
	a->state = (enum hl_alert_state)(s[1] % HL_ALERT_STATES);
	a->kind = (enum hl_kind)(s[2] % 5);
	a->read.late = s[0] & 0x40;
	a->read.clock_suspect = s[0] & 0x20;
	hl_copy(a->id, sizeof a->id, "k3v7aaaaaaaaaaaaaaaaaaaaaa");
	deal_plate(t, a->plate_listed, sizeof a->plate_listed);
	deal_plate(t, a->plate_read, sizeof a->plate_read);
	deal(t, a->category, sizeof a->category);
	deal(t, a->read.site, sizeof a->read.site);
	deal(t, a->read.camera, sizeof a->read.camera);
	deal(t, a->read.image, sizeof a->read.image);
	deal(t, a->list, sizeof a->list);
	deal(t, a->list_version, sizeof a->list_version);
	deal(t, a->read.region, sizeof a->read.region);
	deal(t, a->read.vehicle.make, sizeof a->read.vehicle.make);
	deal(t, a->read.vehicle.model, sizeof a->read.vehicle.model);
	deal(t, a->closed_by, sizeof a->closed_by);
	deal(t, a->closed_reason, sizeof a->closed_reason);
	deal(t, a->standdown, sizeof a->standdown);
	deal(t, a->cleared_note, sizeof a->cleared_note);
	deal(t, a->acknowledged_by, sizeof a->acknowledged_by);
	deal(t, a->alternative, sizeof a->alternative);
	for (a->n_contradictions = 0; a->n_contradictions < s[1] % (HL_CONTRADICTIONS + 1u); a->n_contradictions++) {
		struct hl_contradiction_text *c = &a->contradiction[a->n_contradictions];
		hl_copy(c->what, sizeof c->what, "make");
		deal(t, c->read, sizeof c->read);
		deal(t, c->listed, sizeof c->listed);
	}
	for (size_t i = 0; i < HL_FIELDS_KEPT; i++)
		deal(t, a->entry[i], HL_TEXT_LONG);
	deal_life(t, &a->life, s[2]);
	align(a);
}

/* UTF-8 without control bytes (but line ends, where they may be) and without marks that turn the direction of writing. */
static void see_text(const char *text, const char *fine)
{
	holds(hl_text_utf8(text, strlen(text)));
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		holds(*p >= 0x20 || strchr(fine, *p));
		holds(*p != 0x7f && !(p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0));
		holds(!(p[0] == 0xe2 && p[1] == 0x80 && (p[2] >= 0xaa && p[2] <= 0xae)) && !(p[0] == 0xe2 && p[1] == 0x81 && (p[2] >= 0xa6 && p[2] <= 0xa9)));
	}
}

static void see_headers(const char *p, const char *end)
{
	static const char known[] = "Date From To Subject Message-ID In-Reply-To References Auto-Submitted Importance Content-Language MIME-Version Content-Type "
				    "Content-Transfer-Encoding";
	size_t to = 0, subject = 0;
	while (p < end) {
		size_t n = strcspn(p, "\r"), name = strcspn(p, ":");
		holds(n <= 998 && n > 0 && p[n + 1] == '\n');
		holds(*p == ' ' || word_in(p, name, known));
		to += !strncmp(p, "To: ", 4);
		subject += !strncmp(p, "Subject: ", 9);
		p += n + 2;
	}
	holds(to == 1 && subject == 1);
}

/* The quoted-printable part that begins behind `type`, decoded. */
static char *take_part(const char *mail, const char *type)
{
	const char *p = strstr(mail, type);
	holds(p != NULL);
	p = strstr(p + 4, "\r\n\r\n");
	holds(p != NULL);
	const char *end = strstr(p += 4, "\r\n--=_");
	holds(end != NULL);
	struct hl_buf out = HL_BUF(4 * BODY_MAX);
	for (unsigned byte; p < end; p++) {
		if (!strncmp(p, "=\r\n", 3))
			p += 2;
		else if (*p == '=' && sscanf(p + 1, "%2X", &byte) == 1) {
			hl_buf_putc(&out, (char)byte);
			p += 2;
		} else if (*p != '\r')
			hl_buf_putc(&out, *p);
	}
	return hl_buf_steal(&out);
}

static void see_mail(const char *mail, const struct hl_message *m)
{
	struct hl_buf seen = HL_BUF(BODY_MAX);
	const char *end = strstr(mail, "\r\n\r\n");
	holds(end != NULL);
	see_headers(mail, end + 2);
	for (const char *p = mail; *p; p++)
		holds((*p >= 0x20 && *p < 0x7f) || (*p == '\r' && p[1] == '\n') || (*p == '\n' && p > mail && p[-1] == '\r'));
	char *text = take_part(mail, "\r\n--=_d3livery\r\nContent-Type: text/plain"), *html = take_part(mail, "\r\n--=_d3livery\r\nContent-Type: text/html");
	see_text(text, "\n");
	see_text(html, "\n");
	see_html(html, true, &seen);
	const char *notice = m->type == HL_EVENT_STANDDOWN ? "STAND DOWN" : m->alert->state <= HL_ST_ACKNOWLEDGED ? "NOT VERIFIED" : "";
	holds(strstr(text, notice) && strstr(hl_buf_text(&seen), notice));
	hl_buf_fini(&seen);
	free(text);
	free(html);
}

static void see_sms(const char *text)
{
	char whole[4096];
	const char *mark = strstr(text, "{{AGE}}");
	see_text(text, "");
	if (mark)
		snprintf(whole, sizeof whole, "%.*s9999 d ago%s", (int)(mark - text), text, mark + 7);
	holds(hl_sms_fits(mark ? whole : text));
}

static void run(const char *adapter, const char *yaml, const char *address, const struct hl_message *m)
{
	const struct hl_adapter *a = hl_adapter_find(adapter);
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_conf_ctx ctx = { .file = "f", .faults = faults };
	struct hl_conf *doc;
	struct hl_buf body = HL_BUF(BODY_MAX);
	void *conf = hl_calloc(1, a->conf_size);
	holds(hl_conf_parse(&doc, "f", yaml, strlen(yaml), faults) == HL_OK);
	hl_conf_fill(hl_conf_root(doc), a->options, conf, &ctx);
	a->check(hl_conf_root(doc), conf, &ctx);
	holds(!faults->errors);
	holds(a->render(conf, m, address, &body, NULL) == HL_OK);
	if (!strcmp(adapter, "email"))
		see_mail(hl_buf_text(&body), m);
	else if (!strcmp(adapter, "sms"))
		see_sms(hl_buf_text(&body));
	else
		holds(hl_text_utf8(hl_buf_text(&body), body.len));
	hl_buf_fini(&body);
	hl_conf_wipe(a->options, conf);
	hl_conf_free(&doc);
	free(conf);
	free(faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct hl_alert a;
	struct hl_buf json = HL_BUF(BODY_MAX);
	struct hl_json j;
	char receiver[65];
	if (n < 3)
		return 0;
	struct texts t = { (const char *)data + 3, (const char *)data + n };
	a = (struct hl_alert){ 0 };
	deal_alert(&t, data, &a);
	deal(&t, receiver, sizeof receiver);
	hl_json_init(&j, &json);
	hl_json_open(&j, '{');
	hl_alert_write(&a, &j, "");
	hl_json_close(&j);
	struct hl_message m = { .alert = &a, .type = (enum hl_event_type)((data[0] >> 3) % HL_EVENT_TEST), .event_id = "e", .delivery_id = "d3livery", .first_id = "f1rst",
				.time_ms = 1795428000000, .alert_json = hl_buf_text(&json), .alert_json_n = json.len, .link = "https://hl.example", .receiver = receiver };
	run("email", "{smtp: 'smtp://mail.example', from: h@hl.example, to: n@pd.example, detail: full}", "n@pd.example", &m);
	run("email", "{smtp: 'smtp://mail.example', starttls: try, from: h@hl.example, to: n@pd.example}", "n@pd.example", &m);
	run("sms", "{gateway: kannel, url: 'https://s.example/s', user: u, password_file: p, to: '+1303555'}", "+1303555", &m);
	run("sms", "{gateway: kannel, url: 'https://s.example/s', user: u, password_file: p, to: '+1303555', detail: full}", "+1303555", &m);
	run("webhook", "{url: 'https://c.example/h', secret_file: s}", "https://c.example/h", &m);
	hl_buf_fini(&json);
	return 0;
}
