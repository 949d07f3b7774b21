/* cmd_rules_schema.c: `hotlistctl rules schema`: the JSON Schema of rules or settings, made of the option tables. Main thread. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/conf_schema.h"
#include "core/rule.h"
#include "ctl/ctl.h"
#include "engine/settings.h"

static int schema_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	bool settings = argc == 1 && !strcmp(argv[0], "--settings");
	struct hl_buf out = HL_BUF(4 << 20);
	(void)g;
	if (argc && !settings)
		return hl_ctl_usage(&hl_ctl_rules_schema, "'%s' is not expected", argv[0]);
	if (settings)
		hl_conf_schema(hl_settings_table(), "hotlistd settings, hotlistd.yaml(5)", &out);
	else
		hl_conf_schema(hl_rules_options(), "hotlistd rules, hotlist-rules(5)", &out);
	fputs(hl_buf_text(&out), stdout);
	hl_buf_fini(&out);
	return EX_OK;
}

const struct hl_ctl_command hl_ctl_rules_schema = {
	.family = "rules",
	.verb = "schema",
	.usage = "[--settings]",
	.help = "the JSON Schema of a rules file, or of hotlistd.yaml, for editors; what `rules check` says of several keys together is not in it",
	.run = schema_run,
};
