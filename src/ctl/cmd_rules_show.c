/* cmd_rules_show.c: `hotlistctl rules show`: rules as they are in force, with the defaults filled in. Main thread. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "core/rule_show.h"
#include "ctl/ctl.h"

enum { SHOW_MAX = 64 << 20 };

static int show_run(const struct hl_ctl_globals *g, int argc, char **argv)
{
	struct hl_faults faults = { 0 };
	struct hl_rules *r = NULL;
	struct hl_rules_tree *tree = NULL;
	const char *file = NULL;
	bool yaml = false;
	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--yaml"))
			yaml = true;
		else if (file || !strncmp(argv[i], "--", 2))
			return hl_ctl_usage(&hl_ctl_rules_show, "'%s' is not expected", argv[i]);
		else
			file = argv[i];
	}
	if (!file || (yaml && g->json))
		return hl_ctl_usage(&hl_ctl_rules_show, file ? "--yaml or --json, not both" : "which rules?");
	struct hl_buf out = HL_BUF(SHOW_MAX);
	enum hl_code code = hl_rules_load_tree(&r, &tree, file, &faults);
	hl_ctl_faults(&faults);
	if (code == HL_OK)
		(yaml ? hl_rules_show_yaml : g->json ? hl_rules_show_json : hl_rules_show_text)(r, tree, &out);
	if (code == HL_OK && g->json)
		hl_buf_putc(&out, '\n');
	fputs(hl_buf_text(&out), stdout);
	hl_buf_fini(&out);
	hl_rules_tree_free(&tree);
	hl_rules_free(&r);
	return code == HL_OK ? EX_OK : EX_CONFIG;
}

const struct hl_ctl_command hl_ctl_rules_show = {
	.family = "rules",
	.verb = "show",
	.usage = "FILE [--yaml]",
	.help = "the thresholds of each list, the sections and the route tree with all defaults filled in; --yaml: as a rules file that means the same",
	.run = show_run,
};
