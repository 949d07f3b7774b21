/* fuzz_audit.c: any bytes as the audit's files: lines and signed places are taken apart without a look past their end, and what is taken as a fitting line is one that the
 * writer could have made: written again from its parts (its details apart, whose salt is drawn anew) it has the same hash. */
#include "store/audit_priv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void again(const struct hl_audit_line *l, const char *chained, size_t n)
{
	struct hl_audit_record r = l->r;
	struct hl_buf b = HL_BUF(2 * HL_AUDIT_LINE_MAX);
	char hash[HL_SHA256_HEX];
	if (l->bound || !l->fits || n > 4 * HL_AUDIT_TEXT) /* longer texts are cut when they are written */
		return;
	if (!hl_audit_put(&r, l->prev, &b, hash))
		__builtin_trap();
	if (b.len == n + HL_SHA256_HEX + 1 && memcmp(b.data + HL_SHA256_HEX, chained, n) == 0 && strcmp(hash, l->hash) != 0)
		__builtin_trap();
	hl_buf_fini(&b);
}

static void one(const char *line, size_t n)
{
	struct hl_audit_line l;
	struct hl_audit_mark m;
	struct hl_err err;
	bool fits;
	static const unsigned char key[HL_ED25519_KEY] = { 1 };
	/* Exact copies, so that a look past their end is seen. */
	char *text = hl_strndup(line, n), *kept = hl_alloc(n ? n : 1);
	memcpy(kept, line, n);
	if (strlen(text) == n) {
		if (hl_audit_chained(text, n) > n)
			__builtin_trap();
		if (hl_audit_take(text, n, &l, &err) == HL_OK)
			again(&l, kept + HL_SHA256_HEX, n - HL_SHA256_HEX);
	}
	if (hl_audit_mark_take(kept, n, key, &m, &fits) && fits)
		__builtin_trap(); /* nobody has that key */
	free(text);
	free(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data, *end = p + n;
	if (hl_crypto_init(NULL))
		return 0;
	for (const char *line; p < end; p = line + 1) {
		line = memchr(p, '\n', (size_t)(end - p));
		line = line ? line : end;
		one(p, (size_t)(line - p));
	}
	return 0;
}
