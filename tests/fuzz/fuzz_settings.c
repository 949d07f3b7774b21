/* fuzz_settings.c: any bytes as hotlistd.yaml: either faults with places and no settings, or settings that keep their promises.
 * tests/data/bad-settings is its corpus to begin with. */
#include "engine/settings.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static void check_settings(const struct hl_settings *s)
{
	const struct hl_ingest_zmq *z = s->ingest.v;
	const struct hl_receiver *r = s->receivers.v;
	const struct hl_camera *c = s->cameras.v;
	check(s->state[0] == '/' && s->rules[0] == '/' && s->control[0] == '/' && !strcmp(s->store, "sqlite"));
	check(strlen(s->control) <= 107 && strlen(s->state) < HL_PATH_MAX && s->retain_nonhits_ms == 0);
	for (size_t i = 0; i < s->ingest.n; i++)
		check(z[i].rcvhwm > 0 && z[i].max_message >= 1024 && z[i].window > 0 && z[i].format);
	check(s->receivers.n <= HL_RECEIVERS_MAX);
	for (size_t i = 0; i < s->receivers.n; i++)
		check(r[i].channels.n > 0 && hl_settings_receiver(s, r[i].name) == &r[i]);
	for (size_t i = 0; i < s->cameras.n; i++)
		check(!c[i].has_position || (c[i].lat >= -90 && c[i].lat <= 90 && c[i].lon >= -180 && c[i].lon <= 180));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_buf out = HL_BUF(1 << 16);
	struct hl_settings *s;
	enum hl_code code = hl_settings_parse(&s, "/nonexistent/hotlistd.yaml", (const char *)data, n, faults);
	check(code == HL_OK ? s && !faults->errors : !s && faults->errors);
	if (s)
		check_settings(s);
	hl_faults_print(faults, &out);
	for (size_t i = 0; i < out.len; i++)
		check((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\n');
	hl_buf_fini(&out);
	hl_settings_free(&s);
	free(faults);
	return 0;
}
