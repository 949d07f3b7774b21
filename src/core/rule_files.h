/* rule_files.h: the files that a set of rules is made of, as they were when they were read: the rules file, what it includes, and the tables that it names
 * (confusions, density, channels). With them the same rules can be made again whatever has become of the files; their hash is what the rules' version is called by.
 * Pure but for hl_rules_files_read. One thread at a time.
 */
#ifndef HL_CORE_RULE_FILES_H
#define HL_CORE_RULE_FILES_H

#include "base/crypto.h"
#include "base/mem.h"

struct hl_rules_file {
	bool table;
	char *name; /* a table's is "channels/openalpr", wherever it was found; else the path that was read */
	char *text;
	size_t n;
};

struct hl_rules_files {
	size_t n;
	struct hl_rules_file *v; /* the rules file, the included ones in the order read, then the tables by name */
};

/* The file of that name, or NULL. files may be NULL. */
const struct hl_rules_file *hl_rules_files_find(const struct hl_rules_files *files, bool table, const char *name);
/* Adds a copy, unless one of that name is there. files may be NULL. */
void hl_rules_files_add(struct hl_rules_files *files, bool table, const char *name, const char *text, size_t n);
/* The file at path, which is no table: the one that is there, else the disk's, which is then added. Faults as of hl_file_read. */
enum hl_code hl_rules_files_read(struct hl_rules_files *files, const char *path, struct hl_buf *text, struct hl_err *err);
/* Of all of them; where files that are no tables lie does not count. */
void hl_rules_files_hash(const struct hl_rules_files *files, unsigned char hash[HL_SHA256]);
void hl_rules_files_fini(struct hl_rules_files *files);

#endif
