/* numbers.c: see numbers.h. Pure; any thread. */
#include "core/numbers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 15, TEXT = 48 };

/* "[digits][.digits]" of at most 15 digits: mantissa and power of ten are exact doubles, so that the quotient is the nearest one. */
static bool decimal(const char **at, double *out)
{
	const char *p = *at;
	int64_t mantissa = 0;
	int digits = 0, decimals = 0;
	bool point = false;
	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
		point |= *p == '.';
		if (*p == '.')
			continue;
		if (mantissa || *p != '0')
			digits++;
		decimals += point;
		if (digits > DIGITS_MAX || decimals > 22)
			return false;
		mantissa = mantissa * 10 + (*p - '0');
	}
	if (p == *at || p[-1] == '.')
		return false;
	double scale = 1;
	for (int i = 0; i < decimals; i++)
		scale *= 10;
	*out = (double)mantissa / scale;
	*at = p;
	return true;
}

bool hl_numbers_read(const struct hl_node *node, unsigned n, double min, double max, double *out, struct hl_conf_ctx *ctx)
{
	const char *p = node->kind == HL_NODE_SCALAR ? node->text : "";
	for (unsigned i = 0; i < n; i++) {
		if (!decimal(&p, &out[i]) || (*p && *p != ' ')) {
			hl_conf_fault(ctx, node, "expected %u plain decimals separated by spaces; number %u is none", n, i + 1);
			return false;
		}
		if (!(out[i] >= min && out[i] <= max)) {
			hl_conf_fault(ctx, node, "number %u is %.7g; expected %.7g to %.7g", i + 1, out[i], min, max);
			return false;
		}
		p += *p == ' ';
	}
	if (*p)
		hl_conf_fault(ctx, node, "expected %u plain decimals; there is more", n);
	return !*p;
}

static bool known(const char *key, const struct hl_numbers *table, const char *const *others)
{
	while (table->name && strcmp(table->name, key) != 0)
		table++;
	while (*others && strcmp(*others, key) != 0)
		others++;
	return table->name || *others;
}

bool hl_numbers_document(const struct hl_node *root, const struct hl_numbers *table, const char *const *others, struct hl_conf_ctx *ctx)
{
	if (root->kind != HL_NODE_MAP) {
		hl_conf_fault(ctx, root, "expected a mapping of names");
		return false;
	}
	for (size_t i = 0; i < root->n; i++)
		if (!known(root->child[i].key, table, others))
			hl_conf_fault_key(ctx, &root->child[i], "unknown key '%.40s'", root->child[i].key);
	return true;
}

void hl_numbers_fill(const struct hl_node *root, const struct hl_numbers *table, void *target, struct hl_conf_ctx *ctx)
{
	for (const struct hl_numbers *t = table; t->name; t++) {
		const struct hl_node *node = hl_node_get(root, t->name);
		if (node)
			hl_numbers_read(node, t->n, t->min, t->max, (double *)(void *)((char *)target + t->offset), ctx);
		else
			hl_conf_fault(ctx, root, "missing '%s'", t->name);
	}
}

void hl_number_put(struct hl_buf *out, double v)
{
	char text[TEXT];
	int whole = v > 0 ? (int)floor(log10(v)) : 0, decimals = 5 - whole;
	decimals = decimals < 0 ? 0 : decimals > 18 ? 18 : decimals;
	int n = snprintf(text, sizeof text, "%.*f", decimals, v);
	while (decimals && n > 1 && text[n - 1] == '0')
		n--;
	if (n > 1 && text[n - 1] == '.')
		n--;
	hl_buf_put(out, text, (size_t)n);
}

void hl_numbers_put(struct hl_buf *out, const double *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (i)
			hl_buf_putc(out, ' ');
		hl_number_put(out, v[i]);
	}
}

void hl_numbers_write(const struct hl_numbers *table, const void *source, struct hl_buf *out)
{
	for (const struct hl_numbers *t = table; t->name; t++) {
		hl_buf_printf(out, "%s: ", t->name);
		hl_numbers_put(out, (const double *)(const void *)((const char *)source + t->offset), t->n);
		hl_buf_putc(out, '\n');
	}
}
