/* test_record_mail.c: the mails of one alert to one address are a thread, from the ids that deliveries get. */
#include "../fixture/engine_fixture.h"
#include "engine/standdown.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* The id of the only delivery to the address of an event of this type, and its body; free *body. */
static void mail_to(const char *address, enum hl_event_type type, char id[HL_ID_TEXT], char **body)
{
	struct hl_delivery *d;
	size_t n, found = 0;
	ck_assert_int_eq(fx.store->ops->outbox_list(fx.store, &(struct hl_outbox_filter){ .receiver = "north" }, &d, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++)
		if (d[i].type == type && !strcmp(d[i].address, address) && !found++) {
			hl_copy(id, HL_ID_TEXT, d[i].id);
			*body = hl_strdup(d[i].body);
		}
	ck_assert_uint_eq(found, 1);
	hl_deliveries_free(d, n);
}

/* Each address has a thread of its own: what comes later names the first mail to that address. */
START_TEST(later_mails_refer_to_the_first_one)
{
	static const char *const addresses[] = { "n1@b.example", "n2@b.example" };
	fx_setup();
	struct hl_recorded r = fx_see("r1", "XYZ999", 0);
	struct hl_delivery taken[8];
	size_t n;
	ck_assert_int_eq(fx.store->ops->take(fx.store, fx.now_ms, fx.now_ms + 60000, taken, 8, &n, NULL), HL_OK);
	for (size_t i = 0; i < n; i++)
		hl_delivery_wipe(&taken[i]);
	ck_assert_int_eq(hl_standdown(fx.store, fx.catalog, r.alert, HL_SD_WITHDRAWN, "metro", "", fx.now_ms + 1000, NULL, &fx.err), HL_OK);
	for (size_t i = 0; i < 2; i++) {
		char first[HL_ID_TEXT], later[HL_ID_TEXT], line[512], *body;
		mail_to(addresses[i], HL_EVENT_CREATED, first, &body);
		snprintf(line, sizeof line, "\r\nMessage-ID: <%s@a.example>\r\n", first);
		fx_has(body, line);
		ck_assert_ptr_null(strstr(body, "References:"));
		free(body);
		mail_to(addresses[i], HL_EVENT_STANDDOWN, later, &body);
		snprintf(line, sizeof line, "\r\nMessage-ID: <%s@a.example>\r\nIn-Reply-To: <%s@a.example>\r\nReferences: <%s@a.example>\r\n", later, first, first);
		fx_has(body, line);
		free(body);
	}
	fx_teardown();
}
END_TEST

UNIT_MAIN("record_mail", later_mails_refer_to_the_first_one)
