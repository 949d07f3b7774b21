/* ops.h: what people do, as one table of operations over an open state: alert, outbox, list, receiver, status … The daemon runs them for requests on the
 * control socket; hotlistctl runs the same ones directly where no daemon holds the state. An operation gets its words (like argv), who asks, and
 * writes its answer as text or JSON.
 */
#ifndef HL_ENGINE_OPS_H
#define HL_ENGINE_OPS_H

#include "engine/catalog.h"
#include "engine/import.h"
#include "engine/shadow.h"
#include "store/audit.h"
#include "store/store.h"

enum { HL_OPS_ARGS = 64, HL_OPS_ARG_MAX = 4096, HL_OPS_CONTENTS_MAX = 2048 /* bytes of a file in an option's place */, HL_OPS_OUT_MAX = 256 << 20 /* a million entries exported */ };

enum hl_op_access {
	HL_OPS_READ,   /* reads the store only */
	HL_OPS_WRITE,  /* writes the store: runs on the store thread */
	HL_OPS_HAND,   /* adds to a list by hand, or withdraws: short, and never behind an import */
	HL_OPS_FREE,   /* reads what needs neither store nor lists: on the thread of who asks, whatever else is under way */
	HL_OPS_FILES   /* works on list versions in the state folder; no store, unless the row wants it */
};

/* Which roles may run an operation where the settings have users (doc/life.md, What each role may do): sets of 1 << enum hl_role. What an agency may do is done
 * on lists, or entries, of its own: which ones that are, the operation itself looks at. */
enum {
	HL_MAY_SUPERVISOR = 1 << HL_ROLE_SUPERVISOR,
	HL_MAY_AUDITOR = 1 << HL_ROLE_AUDITOR | HL_MAY_SUPERVISOR,
	HL_MAY_AGENCY = 1 << HL_ROLE_AGENCY | HL_MAY_SUPERVISOR,
	HL_MAY_DISPATCHER = 1 << HL_ROLE_DISPATCHER | HL_MAY_SUPERVISOR,
	HL_MAY_OFFICER = 1 << HL_ROLE_OFFICER | HL_MAY_DISPATCHER,
	HL_MAY_ALL = HL_MAY_OFFICER | HL_MAY_AGENCY | HL_MAY_AUDITOR
};

/* One number that a daemon counted: group "reads", name "in". Names are string literals. */
struct hl_figure {
	const char *group, *name;
	int64_t value;
};

/* What a drop folder does, and did last. */
enum { HL_DROP_NAME = 256 /* of a file, with its NUL */ };
struct hl_drop_state {
	char dir[HL_PATH_MAX], list[HL_NAME];
	int64_t waiting, imported, refused; /* files: there and not complete, or kept back; since the start */
	char file[HL_DROP_NAME];            /* the last one; "": none since the start */
	const char *result;                 /* a literal: active, imported, waits, refused; trying: not done yet */
	char version[HL_VERSION_ID];        /* "": none came of it */
	int64_t time_ms;
	char why[HL_ERR_TEXT];              /* "": there is nothing to say */
	char fault[HL_ERR_TEXT];            /* of the folder itself; "": it is watched */
};

/* Senders whose CURVE key is not allowed: as many as `status` tells. */
enum { HL_REFUSED_MAX = 16 };
struct hl_refused_sender {
	char address[64], key[HL_CURVE_TEXT]; /* the peer's; its public key, "none" */
	int64_t count, last_ms;               /* with this key from there */
};

struct hl_ops_ctx {
	struct hl_store *store;           /* reading or writing handle, as the access says; NULL for HL_OPS_FILES, unless the row wants it */
	struct hl_audit *audit;           /* where it is recorded (engine/audited.h); NULL: only what is unaudited */
	struct hl_catalog *catalog;       /* may be NULL (directly, with a broken or no settings file) */
	const struct hl_settings *settings; /* may be NULL */
	const char *state;                /* the state folder */
	const char *who;                  /* the caller's name: for acks, imports, audit */
	bool trusted;                     /* the caller is root or runs as the daemon does: it may speak for others where the settings have users */
	int64_t now_ms;
	int fd;                           /* a file handed over (list import, lint), -1: none */
	size_t (*live)(void *arg, struct hl_figure *out, size_t max); /* the daemon's own figures for `status`, a group's next to each other; NULL: no daemon */
	size_t (*drops)(void *arg, struct hl_drop_state *out, size_t max); /* its drop folders, with live_arg; NULL: no daemon */
	size_t (*refused)(void *arg, struct hl_refused_sender *out, size_t max); /* with live_arg, the last first; NULL: no daemon */
	void *live_arg;
	struct hl_shadow *shadow;         /* the daemon's; NULL: no daemon */
	bool lists_changed;               /* out: active versions changed: reload the catalog */
	struct hl_opened *opened;         /* where the snapshot that an activation opens is left for the caller; NULL: it is closed again */
	char hand_changed[HL_NAME];       /* out: the list whose layer by hand changed: reload that; "" : none */
	bool mutes_changed;               /* out: mutes from the shell changed: reload those */
	bool outbox_changed;              /* out: deliveries may be due */
	bool outbox_reopened;             /* out: somebody has looked at what could not be reached: it is tried at once */
	char died[HL_DELIVERY_ID];        /* out: a delivery that became a dead letter by its gateway's report; "": none */
};

struct hl_op_row {
	const char *family, *verb;        /* "alert", "ack" */
	enum hl_op_access access;
	bool wants_file;                  /* the word after the list name is a file to hand over */
	const char *flags;                /* where wants_file: the options that have no value, each with a blank before and behind it */
	const char *contents;             /* options, as in flags, whose value is a small file's name: hotlistctl puts the file's bytes in its place, as base64 */
	bool wants_path;                  /* a word that names a file is handed on as an absolute path */
	bool wants_new_path;              /* the words name files that need not be there: handed on as absolute paths */
	bool wants_store;                 /* HL_OPS_FILES, but with the store at hand for reading */
	bool own_state;                   /* its option --state is not the folder: that one is given before the command */
	bool stateless;                   /* looks at no state folder: hotlistctl runs it itself, whether a daemon is there or not */
	bool asks_daemon;                 /* stateless, but a daemon that runs is asked all the same: its settings are the ones that hold */
	bool looks;                       /* HL_OPS_HAND and HL_OPS_FILES: changes nothing. Where it is not set, the audit has two records of it: begun, and what came of it */
	unsigned roles;                   /* HL_MAY_…: which may run it where the settings have users; 0: all where it changes nothing, else supervisors (hl_ops_roles) */
	bool unaudited;                   /* shows no alert, entry or rule, and changes nothing: the audit has no record of it */
	const char *usage, *help;
	const char *here;                 /* where asks_daemon: options, as in flags, that name a file only the caller can read: with one of them no daemon is asked */
	/* argv: the words after family and verb, without --json. The file handed over is ctx->fd; its name still stands among the words. A fault of usage
	 * (HL_E_USAGE) gets the usage line added by hl_ops_run. */
	enum hl_code (*run)(struct hl_ops_ctx *ctx, int argc, const char *const *argv, bool json, struct hl_buf *out, struct hl_err *err);
};

/* The row of this family and verb; for a family without verbs ("status", whose row has the verb "") whatever verb is. NULL: none. */
const struct hl_op_row *hl_ops_find(const char *family, const char *verb);
/* Which roles may run it: the row's own word, or what follows from its access. */
unsigned hl_ops_roles(const struct hl_op_row *row);
/* "dispatcher, supervisor", in the order of enum hl_role; appended to out. */
void hl_ops_roles_text(unsigned roles, struct hl_buf *out);
/* HL_E_DENIED, naming the roles that may: the settings have users, and the caller is none of those roles. Root and the daemon's own user may all. `what` is what is
 * refused: "list activate". */
enum hl_code hl_ops_may(const struct hl_ops_ctx *ctx, const char *what, unsigned roles, struct hl_err *err);
/* Whether an operation of this row needs the store in its context. */
bool hl_ops_stored(const struct hl_op_row *row);
extern const struct hl_op_row *const hl_ops_tables[]; /* NULL-ended list of tables, each ended by a row without family */
/* Runs argv (family, verb, words; "--json" anywhere). err may hold a fault also where out has text. */
enum hl_code hl_ops_run(struct hl_ops_ctx *ctx, int argc, const char *const *argv, struct hl_buf *out, struct hl_err *err);

#endif
