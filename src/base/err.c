/* err.c: see err.h. Any thread. */
#include "base/err.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Parts of a message come from outside: no control byte may reach a terminal or a log. */
static void clean(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s == 0x7f)
			*s = '?';
}

__attribute__((format(printf, 3, 0))) static void fill(char *text, size_t size, const char *fmt, va_list ap)
{
	char long_text[4 * HL_ERR_TEXT];
	vsnprintf(long_text, sizeof long_text, fmt, ap);
	hl_copy(text, size, long_text);
	clean(text);
}

enum hl_code hl_err_set(struct hl_err *err, enum hl_code code, const char *fmt, ...)
{
	if (!err)
		return code;
	*err = (struct hl_err){ .code = code };
	va_list ap;
	va_start(ap, fmt);
	fill(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return code;
}

enum hl_code hl_err_at(struct hl_err *err, enum hl_code code, unsigned line, unsigned column, const char *fmt, ...)
{
	if (!err)
		return code;
	*err = (struct hl_err){ .code = code, .line = line, .column = column };
	va_list ap;
	va_start(ap, fmt);
	fill(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	return code;
}

void hl_err_clear(struct hl_err *err)
{
	*err = (struct hl_err){ 0 };
}

struct code_row {
	const char *name;
	int exit_code;
};

static const struct code_row code_rows[] = {
	[HL_OK] = { "ok", EX_OK },
	[HL_E_USAGE] = { "usage", EX_USAGE },
	[HL_E_INPUT] = { "malformed input", EX_DATAERR },
	[HL_E_NOTFOUND] = { "not found", EX_NOINPUT },
	[HL_E_UNAVAIL] = { "unavailable", EX_UNAVAILABLE },
	[HL_E_INTERNAL] = { "internal fault", EX_SOFTWARE },
	[HL_E_EXISTS] = { "already exists", EX_CANTCREAT },
	[HL_E_IO] = { "input/output error", EX_IOERR },
	[HL_E_AGAIN] = { "try again", EX_TEMPFAIL },
	[HL_E_CONFLICT] = { "conflict", EX_TEMPFAIL },
	[HL_E_DENIED] = { "not allowed", EX_NOPERM },
	[HL_E_LIMIT] = { "over a limit", EX_DATAERR },
	[HL_E_CONFIG] = { "configuration fault", EX_CONFIG },
};

int hl_code_exit(enum hl_code code)
{
	if ((size_t)code >= sizeof code_rows / sizeof code_rows[0])
		return EX_SOFTWARE;
	return code_rows[code].exit_code;
}

const char *hl_code_name(enum hl_code code)
{
	if ((size_t)code >= sizeof code_rows / sizeof code_rows[0])
		return "unknown";
	return code_rows[code].name;
}

/* Where a new fault may stand: a free row, else for an error the row of the last warning, else NULL. */
static struct hl_fault *fault_row(struct hl_faults *f, bool warning)
{
	if (f->n < HL_FAULTS_MAX)
		return &f->v[f->n++];
	for (size_t i = f->n; !warning && i-- > 0;)
		if (f->v[i].warning)
			return &f->v[i];
	return NULL;
}

__attribute__((format(printf, 6, 0))) static void add(struct hl_faults *f, bool warning, const char *file, unsigned line, unsigned column, const char *fmt, va_list ap)
{
	*(warning ? &f->warnings : &f->errors) += 1;
	struct hl_fault *row = fault_row(f, warning);
	if (!row)
		return;
	*row = (struct hl_fault){ .warning = warning, .line = line, .column = column };
	hl_copy(row->file, sizeof row->file, file ? file : "");
	clean(row->file);
	fill(row->text, sizeof row->text, fmt, ap);
}

void hl_faults_add(struct hl_faults *f, const char *file, unsigned line, unsigned column, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(f, false, file, line, column, fmt, ap);
	va_end(ap);
}

void hl_faults_warn(struct hl_faults *f, const char *file, unsigned line, unsigned column, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(f, true, file, line, column, fmt, ap);
	va_end(ap);
}

static int by_place(const void *a, const void *b)
{
	const struct hl_fault *x = *(const struct hl_fault *const *)a, *y = *(const struct hl_fault *const *)b;
	int c = strcmp(x->file, y->file);
	if (c)
		return c;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->text, y->text);
}

void hl_faults_print(const struct hl_faults *f, struct hl_buf *out)
{
	const struct hl_fault *row[HL_FAULTS_MAX];
	for (size_t i = 0; i < f->n; i++)
		row[i] = &f->v[i];
	qsort(row, f->n, sizeof row[0], by_place);
	for (size_t i = 0; i < f->n; i++) {
		hl_buf_printf(out, "%s:", row[i]->file);
		if (row[i]->line)
			hl_buf_printf(out, "%u:%u:", row[i]->line, row[i]->column);
		hl_buf_printf(out, " %s%s\n", row[i]->warning ? "warning: " : "", row[i]->text);
	}
	size_t all = f->errors + f->warnings;
	if (all > f->n)
		hl_buf_printf(out, "... and %zu more\n", all - f->n);
}

void hl_faults_clear(struct hl_faults *f)
{
	f->n = f->errors = f->warnings = 0;
}
