/* fuzz_template.c: any bytes as a template: either faults with places and no template, or one whose every part says that the alert is not verified, whatever it leaves out
 * else, and whose HTML holds nothing that fetches, runs or hides, with values full of markup. templates/ is its corpus to begin with.
 */
#include "config.h" /* strcasestr */

#include "adapter/template.h"
#include "html_tokens.h"

#include <stdlib.h>

static const char evil[] = "<b onload='x' style=\"y\">&amp;</td><script>";

static void see_part(const struct hl_template *t, enum hl_part p, bool some)
{
	struct hl_values v = { 0 };
	struct hl_buf out = HL_BUF(1 << 20), seen = HL_BUF(1 << 20);
	for (size_t i = 0; some && i < HL_NAMES; i++)
		v.v[i] = hl_names[i].kind == HL_NK_TEXT ? evil : "1";
	v.v[HL_V_NOTICE] = v.v[HL_V_NOTICE_SHORT] = v.v[HL_V_HEADLINE] = "NOT VERIFIED";
	v.v[HL_V_LINK] = v.v[HL_V_IMAGE_LINK] = some ? "https://hl.example/a?b&c" : "";
	hl_template_write(t, p, &v, &out);
	if (p == HL_PART_HTML)
		see_html(hl_buf_text(&out), false, &seen);
	holds(out.full || strstr(p == HL_PART_HTML ? hl_buf_text(&seen) : hl_buf_text(&out), "NOT VERIFIED"));
	for (const char *c = hl_buf_text(&out); *c && (p == HL_PART_SUBJECT || p == HL_PART_SMS); c++)
		holds(*c != '\n');
	hl_buf_fini(&out);
	hl_buf_fini(&seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct hl_faults *faults = hl_calloc(1, sizeof *faults);
	struct hl_buf said = HL_BUF(1 << 16);
	struct hl_template *t;
	enum hl_code code = hl_template_parse(&t, "t", (const char *)data, n, faults);
	holds(code == HL_OK ? t && !faults->errors : !t && faults->errors);
	for (int p = 0; t && p < HL_PARTS; p++)
		if (hl_template_has(t, (enum hl_part)p)) {
			see_part(t, (enum hl_part)p, true);
			see_part(t, (enum hl_part)p, false);
		}
	hl_faults_print(faults, &said);
	for (size_t i = 0; i < said.len; i++)
		holds((unsigned char)said.data[i] >= 0x20 || said.data[i] == '\n');
	hl_buf_fini(&said);
	hl_template_free(&t);
	free(faults);
	return 0;
}
