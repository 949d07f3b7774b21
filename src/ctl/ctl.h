/* ctl.h: hotlistctl: what its families share. One file a family of commands that run here; everything about a state goes to engine/ops, through the
 * daemon where one holds the state, else directly. Main thread.
 */
#ifndef HL_CTL_CTL_H
#define HL_CTL_CTL_H

#include "base/err.h"
#include "base/mem.h"

/* Given before the family or anywhere behind it. */
struct hl_ctl_globals {
	const char *config; /* -c FILE, else HOTLISTD_CONFIG, else /etc/hotlistd/hotlistd.yaml where it exists; NULL: none */
	const char *state;  /* --state DIR; NULL: the settings' */
	const char *purpose; /* --purpose TEXT, for the audit; NULL: the settings' */
	bool json;
};

struct hl_ctl_command {
	const char *family, *verb; /* verb NULL: the family is the command ("match", "send") */
	const char *usage, *help;  /* usage: the words behind the family and verb */
	/* argv[0] is the first word behind the verb; returns an exit code of sysexits.h. */
	int (*run)(const struct hl_ctl_globals *g, int argc, char **argv);
};

extern const struct hl_ctl_command hl_ctl_alert_watch, hl_ctl_channel_learn, hl_ctl_keygen_curve, hl_ctl_match, hl_ctl_send, hl_ctl_simulate, hl_ctl_rules_check, hl_ctl_rules_test;
extern const struct hl_ctl_command hl_ctl_rules_replay, hl_ctl_rules_schema, hl_ctl_rules_show;

/* "hotlistctl: TEXT" (with the place where there is one) on standard error; gives the exit code. */
int hl_ctl_fail(const struct hl_err *err);
/* There is no such command: says so, with the one that is nearest. Returns EX_USAGE. */
int hl_ctl_unknown(int argc, char **argv);
/* A usage fault: the text, then the command's usage; gives 64. */
int hl_ctl_usage(const struct hl_ctl_command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints all faults on standard error; gives 78 where there are errors, else 0. */
int hl_ctl_faults(const struct hl_faults *f);
/* Runs an operation of engine/ops (argv as typed, without the globals); gives the exit code. */
int hl_ctl_op(const struct hl_ctl_globals *g, int argc, char **argv);
/* Where the daemon of these settings or this state folder listens, into path (HL_PATH_MAX bytes). HL_E_USAGE where neither is given. */
enum hl_code hl_ctl_control_path(const struct hl_ctl_globals *g, char *path, struct hl_err *err);
/* For a command of this room that reads alerts, or the active lists, in a state folder: records the look. Nothing may be read where it fails. Where there is no such folder
 * there is nothing to look at either: HL_OK. */
enum hl_code hl_ctl_look(const struct hl_ctl_globals *g, const char *op, int argc, char **argv, struct hl_err *err);
/* --NAME VALUE or --NAME=VALUE at argv[*i]: true, with *value set and *i moved; false where it is not that option. A missing value is *value NULL. */
bool hl_ctl_option(int argc, char **argv, int *i, const char *name, const char **value);

#endif
