/* err.h: how every function of the project reports what went wrong.
 *
 * A function that can fail returns enum hl_code and takes a struct hl_err * as its last parameter; the deepest function fills it, once.
 * A loader of a file collects all faults of the file in a struct hl_faults (at most HL_FAULTS_MAX are kept, all are counted).
 * Nothing here allocates, logs or locks; any thread may use it on its own structs.
 */
#ifndef HL_BASE_ERR_H
#define HL_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum hl_code {
	HL_OK = 0,
	HL_E_USAGE,    /* the caller's words are wrong (64) */
	HL_E_INPUT,    /* data from outside is malformed (65) */
	HL_E_NOTFOUND, /* what was named does not exist (66) */
	HL_E_UNAVAIL,  /* a peer or the daemon is not there (69) */
	HL_E_INTERNAL, /* our own fault (70) */
	HL_E_EXISTS,   /* already there (73) */
	HL_E_IO,       /* the operating system refused: disk, socket (74) */
	HL_E_AGAIN,    /* try again later (75) */
	HL_E_CONFLICT, /* the state changed under the caller, or forbids this (75) */
	HL_E_DENIED,   /* not allowed (77) */
	HL_E_LIMIT,    /* a written ceiling was passed (65) */
	HL_E_CONFIG    /* a settings or rules file has a fault (78) */
};

enum { HL_ERR_TEXT = 384, HL_FAULTS_MAX = 20, HL_PATH_MAX = 512 };

struct hl_err {
	enum hl_code code;
	unsigned line;   /* 1-based; 0 = no place */
	unsigned column; /* 1-based; 0 = no place */
	char text[HL_ERR_TEXT];
};

struct hl_fault {
	bool warning;
	unsigned line, column; /* 1-based; 0 = no place */
	char file[HL_PATH_MAX];
	char text[HL_ERR_TEXT];
};

struct hl_faults {
	size_t n;        /* kept in v, errors and warnings */
	size_t errors;   /* all errors, kept or not */
	size_t warnings; /* all warnings, kept or not */
	struct hl_fault v[HL_FAULTS_MAX];
};

/* Fills *err (if not NULL) with code and text, without a place, and gives back code. Text is cut to HL_ERR_TEXT and its control bytes
 * are replaced by '?', since parts of it came from outside. Borrows all. */
enum hl_code hl_err_set(struct hl_err *err, enum hl_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same with a 1-based line and column. */
enum hl_code hl_err_at(struct hl_err *err, enum hl_code code, unsigned line, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Empties *err. */
void hl_err_clear(struct hl_err *err);

/* The exit code of sysexits.h for code: 0 for HL_OK. */
int hl_code_exit(enum hl_code code);

/* A short fixed name of code ("malformed input"), never NULL. */
const char *hl_code_name(enum hl_code code);

/* Adds an error at file:line:column. Past HL_FAULTS_MAX it is only counted. Borrows all. */
void hl_faults_add(struct hl_faults *f, const char *file, unsigned line, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Adds a warning: something legal but odd. An error pushes the last warning out where there is no room. */
void hl_faults_warn(struct hl_faults *f, const char *file, unsigned line, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

struct hl_buf;
/* Writes all kept faults, one a line ("FILE:LINE:COLUMN: text", warnings as "FILE:LINE:COLUMN: warning: text"), sorted by file, line and column,
 * and a last line "… and N more" where some were not kept. Borrows all. */
void hl_faults_print(const struct hl_faults *f, struct hl_buf *out);

/* Frees nothing: empties the list for reuse. */
void hl_faults_clear(struct hl_faults *f);

#endif
