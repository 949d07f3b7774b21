/* main.c: hotlistctl: finds the command and runs it. Commands of this room stand in `own`; every other family and verb is an operation on a state
 * (engine/ops), sent to the daemon or run directly.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/text.h"
#include "ctl/ctl.h"
#include "engine/ops.h"

static const struct hl_ctl_command *const own[] = {
	&hl_ctl_alert_watch, &hl_ctl_channel_learn, &hl_ctl_keygen_curve, &hl_ctl_match, &hl_ctl_send, &hl_ctl_simulate, &hl_ctl_rules_check, &hl_ctl_rules_show, &hl_ctl_rules_schema,
	&hl_ctl_rules_test, &hl_ctl_rules_replay, NULL,
};

int hl_ctl_fail(const struct hl_err *err)
{
	if (err->line)
		fprintf(stderr, "hotlistctl: %u:%u: %s\n", err->line, err->column, err->text);
	else
		fprintf(stderr, "hotlistctl: %s\n", err->text);
	return hl_code_exit(err->code);
}

int hl_ctl_usage(const struct hl_ctl_command *c, const char *fmt, ...)
{
	va_list ap;
	fputs("hotlistctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: hotlistctl %s%s%s %s\n", c->family, c->verb ? " " : "", c->verb ? c->verb : "", c->usage);
	return EX_USAGE;
}

int hl_ctl_faults(const struct hl_faults *f)
{
	struct hl_buf text = HL_BUF(64 << 10);
	hl_faults_print(f, &text);
	fputs(hl_buf_text(&text), stderr);
	hl_buf_fini(&text);
	return f->errors ? EX_CONFIG : EX_OK;
}

bool hl_ctl_option(int argc, char **argv, int *i, const char *name, const char **value)
{
	size_t n = strlen(name);
	const char *arg = argv[*i];
	if (strncmp(arg, name, n) != 0 || (arg[n] && arg[n] != '='))
		return false;
	if (arg[n] == '=')
		*value = arg + n + 1;
	else
		*value = *i + 1 < argc ? argv[++*i] : NULL;
	return true;
}


static bool fits(const char *family, const char *of)
{
	return !of || !strcmp(family, of);
}

/* Who may, where not everybody may and the settings say who is who. */
static void print_roles(unsigned roles)
{
	struct hl_buf text = HL_BUF(256);
	if (roles == HL_MAY_ALL)
		return;
	hl_ops_roles_text(roles, &text);
	printf("        where the settings have users, for %s\n", hl_buf_text(&text));
	hl_buf_fini(&text);
}

/* The commands of one family, or all (of: NULL); how many. */
static size_t print_commands(const char *of)
{
	size_t n = 0;
	for (size_t i = 0; own[i]; i++)
		if (fits(own[i]->family, of) && ++n)
			printf("  %s%s%s %s\n        %s\n", own[i]->family, own[i]->verb ? " " : "", own[i]->verb ? own[i]->verb : "", own[i]->usage, own[i]->help);
	for (size_t t = 0; hl_ops_tables[t]; t++)
		for (const struct hl_op_row *r = hl_ops_tables[t]; r->family; r++)
			if (fits(r->family, of) && ++n) {
				printf("  %s\n        %s\n", r->usage, r->help);
				print_roles(hl_ops_roles(r));
			}
	if (fits("reload", of) && ++n) {
		puts("  reload\n        what SIGHUP does: checks, loads aside, swaps; the faults are the answer");
		print_roles(HL_MAY_SUPERVISOR);
	}
	return n;
}

/* ---- what there is not ---- */

enum { WORDS_MAX = 127 };

static void add_word(const char **words, size_t *n, const char *word)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(words[i], word))
			return;
	if (*n < WORDS_MAX)
		words[(*n)++] = word;
}

/* The families there are, or the verbs of one, ended by NULL; how many. */
static size_t words_of(const char *family, const char **words)
{
	size_t n = 0;
	for (size_t i = 0; own[i]; i++)
		if (fits(own[i]->family, family))
			add_word(words, &n, family ? own[i]->verb ? own[i]->verb : "" : own[i]->family);
	for (size_t t = 0; hl_ops_tables[t]; t++)
		for (const struct hl_op_row *r = hl_ops_tables[t]; r->family; r++)
			if (fits(r->family, family))
				add_word(words, &n, family ? r->verb : r->family);
	if (!family)
		add_word(words, &n, "reload");
	words[n] = NULL;
	return n;
}

int hl_ctl_unknown(int argc, char **argv)
{
	const char *words[WORDS_MAX + 1], *verb = argc > 1 ? argv[1] : "";
	bool family = words_of(argv[0], words);
	if (!family)
		words_of(NULL, words);
	const char *near = hl_text_nearest(family ? verb : argv[0], words);
	fprintf(stderr, "hotlistctl: unknown command '%s%s%s'%s%s%s; `hotlistctl help%s%s` lists them\n", argv[0], *verb ? " " : "", verb, near ? " (did you mean '" : "",
		near ? near : "", near ? "'?)" : "", family ? " " : "", family ? argv[0] : "");
	return EX_USAGE;
}

static void print_help(void)
{
	puts("usage: hotlistctl [-c FILE | --state DIR] [--json] [--purpose TEXT] COMMAND …\n\n"
	     "  -c FILE      the settings, hotlistd.yaml (else HOTLISTD_CONFIG, else /etc/hotlistd/hotlistd.yaml)\n"
	     "  --state DIR  the state folder\n"
	     "  --json       machine-readable output, on every command that prints\n"
	     "  --purpose T  what it is for, as the audit has it (else the settings' privacy.purpose)\n\n"
	     "commands (`hotlistctl help alert` has those of alert):");
	print_commands(NULL);
	puts("\nExit codes are those of sysexits.h. See hotlistctl(1).");
}

static bool asks_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

/* `help`, `help alert`, `alert --help`, `alert ls --help`. True where it was asked for and given. */
static bool help_given(int argc, char **argv)
{
	bool first = argc && (asks_help(argv[0]) || !strcmp(argv[0], "help")), last = argc > 1 && asks_help(argv[argc - 1]);
	if (!first && !last)
		return false;
	const char *of = !first ? argv[0] : argc > 1 ? argv[1] : NULL;
	if (!of || !print_commands(of))
		print_help();
	return true;
}

/* `alert ls --state new` and `list add … --state CA` mean a state of alerts and of plates, not a folder: behind such a command the option is its own. */
static bool has_own_state(int n, char **words)
{
	const struct hl_op_row *r = n >= 2 ? hl_ops_find(words[0], words[1]) : NULL;
	return r && r->own_state;
}

/* Takes the globals out of argv wherever they stand; what is behind `--` is left alone. False on a usage fault. */
static bool take_globals(int *argc, char **argv, struct hl_ctl_globals *g)
{
	int n = 0;
	bool plain = false;
	for (int i = 1; i < *argc; i++) {
		const char **to = NULL;
		if (!plain && strcmp(argv[i], "-c") == 0)
			to = &g->config;
		else if (!plain && strcmp(argv[i], "--state") == 0 && !has_own_state(n, argv))
			to = &g->state;
		else if (!plain && strcmp(argv[i], "--purpose") == 0)
			to = &g->purpose;
		else if (!plain && strncmp(argv[i], "--purpose=", 10) == 0) {
			g->purpose = argv[i] + 10;
			continue;
		}
		if (to && i + 1 == *argc) {
			fprintf(stderr, "hotlistctl: %s needs a value\n", argv[i]);
			return false;
		}
		plain |= strcmp(argv[i], "--") == 0;
		if (to)
			*to = argv[++i];
		else if (!plain && strcmp(argv[i], "--json") == 0)
			g->json = true;
		else
			argv[n++] = argv[i];
	}
	argv[n] = NULL;
	*argc = n;
	return true;
}

static void default_config(struct hl_ctl_globals *g)
{
	static const char installed[] = "/etc/hotlistd/hotlistd.yaml";
	if (!g->config)
		g->config = getenv("HOTLISTD_CONFIG");
	if (g->config && !g->config[0])
		g->config = NULL; /* an empty variable says as much as none */
	if (!g->config && access(installed, R_OK) == 0)
		g->config = installed;
}

static const struct hl_ctl_command *find_own(int argc, char **argv, int *used)
{
	for (size_t i = 0; own[i]; i++) {
		if (strcmp(argv[0], own[i]->family) != 0)
			continue;
		*used = own[i]->verb ? 2 : 1;
		if (!own[i]->verb || (argc > 1 && strcmp(argv[1], own[i]->verb) == 0))
			return own[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct hl_ctl_globals g = { 0 };
	struct hl_err err;
	int used;
	if (!take_globals(&argc, argv, &g))
		return EX_USAGE;
	if (hl_crypto_init(&err))
		return hl_ctl_fail(&err);
	if (help_given(argc, argv))
		return EX_OK;
	if (argc && strcmp(argv[0], "--version") == 0) {
		puts("hotlistctl " PACKAGE_VERSION);
		return EX_OK;
	}
	if (!argc) {
		fputs("hotlistctl: which command? `hotlistctl help` lists them\n", stderr);
		return EX_USAGE;
	}
	default_config(&g);
	const struct hl_ctl_command *c = find_own(argc, argv, &used);
	return c ? c->run(&g, argc - used, argv + used) : hl_ctl_op(&g, argc, argv);
}
