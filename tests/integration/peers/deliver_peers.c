/* deliver_peers.c: drives the delivery thread against real servers for the scripts beside it. It reads a plan from standard input, a line a step, words
 * parted by tabs, and prints what became of every delivery:
 *
 *     receiver NAME ADAPTER SECRET YAML        a channel; SECRET is what its secret file is said to hold ("\n" parts lines)
 *     shift MS                                 what is put off comes back after at most MS
 *     place TEXT                               the site of the alerts that follow ("\r", "\n" may stand in it)
 *     first ID                                 the delivery by which the addresses of those that follow first heard of the alert
 *     send ID RECEIVER ADDRESS TYPE DEADLINE   TYPE: created, updated, standdown or test; rendered by the adapter now, sent at the end of the plan
 *
 * Output, once all are settled or the first argument's seconds are over: ID, state, number of times put off, longest wait asked for, result.
 */
#include "deliver/memory_store.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json_out.h"
#include "channel_fixture.h"

#include <stdio.h>

enum { WORDS = 8, LINE = 8192, SENDS = 128 };

struct plan {
	struct memory m;
	struct hl_alert alert;
	char first[HL_ID_TEXT];
	char name[MEMORY_RECEIVERS][HL_NAME];
	struct {
		char *id, *receiver, *address, *body;
		const char *channel;
		int64_t deadline_ms;
	} send[SENDS];
	size_t n;
};

static void give_up(const char *why, const char *what)
{
	fprintf(stderr, "deliver_peers: %s: %s\n", why, what);
	exit(1);
}

/* "\n" and "\r" written as two characters become the bytes. */
static void unescape(char *s)
{
	char *to = s;
	for (; *s; s++) {
		bool escape = *s == '\\' && (s[1] == 'n' || s[1] == 'r');
		*to++ = !escape ? *s : s[1] == 'n' ? '\n' : '\r';
		s += escape;
	}
	*to = 0;
}

static void do_receiver(struct plan *p, char **w)
{
	char fault[512] = "";
	size_t i = p->m.n_receivers;
	if (i == MEMORY_RECEIVERS)
		give_up("too many receivers", w[1]);
	hl_copy(p->name[i], sizeof p->name[i], w[1]);
	unescape(w[3]);
	if (!memory_receiver(&p->m, p->name[i], w[2], w[4], w[3], fault, sizeof fault))
		give_up(w[1], fault);
}

static enum hl_event_type type_of(const char *name)
{
	for (int t = 0; t < HL_EVENT_TYPES; t++) {
		const char *dot = strchr(hl_event_name((enum hl_event_type)t), '.');
		if (dot && !strcmp(dot + 1, name))
			return (enum hl_event_type)t;
	}
	give_up("no event type", name);
	return HL_EVENT_TYPES;
}

static void do_send(struct plan *p, char **w)
{
	const struct memory_receiver *r = NULL;
	for (size_t i = 0; i < p->m.n_receivers; i++)
		if (!strcmp(p->m.receiver[i].name, w[2]))
			r = &p->m.receiver[i];
	if (!r || p->n == SENDS)
		give_up("no receiver, or too many sends", w[2]);
	struct hl_buf json = HL_BUF(64 << 10), body = HL_BUF(HL_BODY_MAX);
	struct hl_json j;
	struct hl_err err = { 0 };
	struct hl_message m = fixture_message(&p->alert, type_of(w[4]));
	hl_json_init(&j, &json);
	hl_json_open(&j, '{');
	hl_alert_write(&p->alert, &j, "");
	hl_json_close(&j);
	m.alert_json = hl_buf_text(&json);
	m.alert_json_n = json.len;
	m.delivery_id = w[1];
	m.receiver = w[2];
	m.first_id = p->first[0] ? p->first : m.type == HL_EVENT_CREATED ? NULL : "first";
	m.time_ms = hl_clock_real_ms();
	if (m.type == HL_EVENT_TEST)
		m.alert = NULL;
	if (r->adapter->render(r->conf, &m, w[3], &body, &err) != HL_OK)
		give_up(w[1], err.text);
	p->send[p->n].id = hl_strdup(w[1]);
	p->send[p->n].receiver = hl_strdup(w[2]);
	p->send[p->n].address = hl_strdup(w[3]);
	p->send[p->n].channel = r->adapter->name;
	p->send[p->n].deadline_ms = strtoll(w[5], NULL, 10);
	p->send[p->n++].body = hl_buf_steal(&body);
	hl_buf_fini(&json);
}

static void do_line(struct plan *p, char *line)
{
	char *w[WORDS] = { 0 };
	size_t n = 0;
	line[strcspn(line, "\n")] = 0;
	for (char *s = line; s && n < WORDS; n++) {
		w[n] = s;
		s = strchr(s, '\t');
		if (s)
			*s++ = 0;
	}
	if (n == 5 && !strcmp(w[0], "receiver")) {
		do_receiver(p, w);
	} else if (n == 6 && !strcmp(w[0], "send")) {
		do_send(p, w);
	} else if (n == 2 && !strcmp(w[0], "shift")) {
		p->m.later_cap_ms = strtoll(w[1], NULL, 10);
	} else if (n == 2 && !strcmp(w[0], "first")) {
		hl_copy(p->first, sizeof p->first, w[1]);
	} else if (n == 2 && !strcmp(w[0], "place")) {
		unescape(w[1]);
		hl_copy(p->alert.read.site, sizeof p->alert.read.site, w[1]);
	} else {
		give_up("not a step of a plan", w[0]);
	}
}

static bool none_pending(void *arg)
{
	return memory_count(arg, "", HL_DL_PENDING) == 0;
}

static struct plan plan; /* large, and one a process */
static int64_t limit_ms = 30000;
static int result = 1;

static void print_fates(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct memory_row r = memory_get(&p->m, p->send[i].id);
		const char *state = r.d.state == HL_DL_DELIVERED ? "delivered" : r.d.state == HL_DL_DEAD ? "dead" : "pending";
		printf("%s\t%s\t%u\t%lld\t%s\n", p->send[i].id, state, r.laters, (long long)r.asked_wait_ms, r.d.result);
		free(p->send[i].id);
		free(p->send[i].receiver);
		free(p->send[i].address);
		free(p->send[i].body);
	}
}

/* A Check test only because what the tests share asserts by Check. */
START_TEST(drive)
{
	static char line[LINE];
	struct plan *p = &plan;
	if (hl_crypto_init(NULL) != HL_OK)
		give_up("libsodium", "can't start");
	memory_open(&p->m);
	fixture_alert(&p->alert);
	while (fgets(line, sizeof line, stdin))
		do_line(p, line);
	memory_start(&p->m);
	for (size_t i = 0; i < p->n; i++)
		memory_put(&p->m, p->send[i].id, p->send[i].receiver, p->send[i].channel, p->send[i].address, p->send[i].body, p->send[i].deadline_ms);
	result = wait_for(none_pending, &p->m, limit_ms) ? 0 : 3;
	print_fates(p);
	memory_close(&p->m, 1000);
}
END_TEST

int main(int argc, char **argv)
{
	if (argc > 1)
		limit_ms = strtoll(argv[1], NULL, 10) * 1000;
	Suite *suite = suite_create("peers");
	TCase *only = tcase_create("peers");
	tcase_add_test(only, drive);
	suite_add_tcase(suite, only);
	SRunner *runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_SILENT);
	if (srunner_ntests_failed(runner)) {
		srunner_print(runner, CK_VERBOSE);
		result = 1;
	}
	srunner_free(runner);
	return result;
}
