/* cmd_rules.c: `hotlistctl rules check`: all faults of a rules file in one go. */
#include <string.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "core/rule.h"
#include "ctl/ctl.h"
#include "engine/settings.h"

static void print_json(const struct hl_faults *f)
{
	struct hl_buf out = HL_BUF(256 << 10);
	struct hl_json j;
	hl_json_init(&j, &out);
	hl_json_open(&j, '[');
	for (size_t i = 0; i < f->n; i++) {
		hl_json_open(&j, '{');
		hl_json_str(&j, "file", f->v[i].file);
		hl_json_int(&j, "line", f->v[i].line);
		hl_json_int(&j, "column", f->v[i].column);
		hl_json_str(&j, "severity", f->v[i].warning ? "warning" : "error");
		hl_json_str(&j, "text", f->v[i].text);
		hl_json_close(&j);
	}
	hl_json_close(&j);
	puts(hl_buf_text(&out));
	hl_buf_fini(&out);
}

static int check_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct hl_faults faults = { 0 };
	struct hl_rules *r = NULL;
	struct hl_rules_tree *tree = NULL;
	struct hl_settings *s = NULL;
	if (argc != 1 || strncmp(argv[0], "--", 2) == 0)
		return hl_ctl_usage(&hl_ctl_rules_check, "one rules file is wanted");
	enum hl_code rc = hl_rules_load_tree(&r, &tree, argv[0], &faults);
	if (!rc)
		hl_rules_warn_times(r, tree, hl_clock_real_ms(), &faults);
	if (!rc && g->config && hl_settings_load(&s, g->config, &faults) == HL_OK)
		hl_settings_check_rules(s, r, &faults);
	if (g->json)
		print_json(&faults);
	else
		hl_ctl_faults(&faults);
	if (!faults.errors && !g->json)
		printf("%s: good (%s)\n", argv[0], r->id);
	hl_settings_free(&s);
	hl_rules_tree_free(&tree);
	hl_rules_free(&r);
	return faults.errors ? EX_CONFIG : EX_OK;
}

const struct hl_ctl_command hl_ctl_rules_check = {
	.family = "rules",
	.verb = "check",
	.usage = "FILE",
	.help = "reports every fault of a rules file as FILE:LINE:COLUMN: TEXT; with -c also against the settings' receivers; 78 on any fault",
	.run = check_run,
};
