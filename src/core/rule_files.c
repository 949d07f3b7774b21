/* rule_files.c: see rule_files.h. */
#include "core/rule_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

const struct hl_rules_file *hl_rules_files_find(const struct hl_rules_files *files, bool table, const char *name)
{
	for (size_t i = 0; files && i < files->n; i++)
		if (files->v[i].table == table && !strcmp(files->v[i].name, name))
			return &files->v[i];
	return NULL;
}

/* The tables are read in the order in which somebody happens to need them, and stand by name all the same: the order must not make another version. */
void hl_rules_files_add(struct hl_rules_files *files, bool table, const char *name, const char *text, size_t n)
{
	if (!files || hl_rules_files_find(files, table, name))
		return;
	files->v = hl_realloc(files->v, files->n + 1, sizeof *files->v);
	size_t at = files->n++;
	for (; at && files->v[at - 1].table && (!table || strcmp(files->v[at - 1].name, name) > 0); at--)
		files->v[at] = files->v[at - 1];
	files->v[at] = (struct hl_rules_file){ .table = table, .name = hl_strdup(name), .text = hl_alloc(n + 1), .n = n };
	if (n)
		memcpy(files->v[at].text, text, n);
	files->v[at].text[n] = 0;
}

enum hl_code hl_rules_files_read(struct hl_rules_files *files, const char *path, struct hl_buf *text, struct hl_err *err)
{
	const struct hl_rules_file *had = hl_rules_files_find(files, false, path);
	if (had)
		return hl_buf_put(text, had->text, had->n) ? HL_OK : hl_err_set(err, HL_E_LIMIT, "%s is larger than %zu bytes", path, text->max);
	enum hl_code code = hl_file_read(path, text, err);
	if (!code)
		hl_rules_files_add(files, false, path, hl_buf_text(text), text->len);
	return code;
}

void hl_rules_files_hash(const struct hl_rules_files *files, unsigned char hash[HL_SHA256])
{
	struct hl_sha256 h;
	hl_sha256_init(&h);
	for (size_t i = 0; i < files->n; i++) {
		const struct hl_rules_file *f = &files->v[i];
		uint64_t n = f->n;
		hl_sha256_field(&h, f->table ? f->name : NULL);
		hl_sha256_put(&h, &n, sizeof n);
		hl_sha256_put(&h, f->text, f->n);
	}
	hl_sha256_end(&h, hash);
}

void hl_rules_files_fini(struct hl_rules_files *files)
{
	for (size_t i = 0; i < files->n; i++) {
		free(files->v[i].name);
		free(files->v[i].text);
	}
	free(files->v);
	*files = (struct hl_rules_files){ .n = 0 };
}
