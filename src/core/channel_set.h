/* channel_set.h: the channels that a set of rules and its cameras use, loaded with their density. Those that come with the program are built into it too, so
 * that a rules file without any beside it means the same everywhere. Floor 1; loading reads files, choosing is pure.
 */
#ifndef HL_CORE_CHANNEL_SET_H
#define HL_CORE_CHANNEL_SET_H

#include "core/channel.h"
#include "core/rule_files.h"

enum { HL_CHANNELS_MAX = 32 };

struct hl_channel_set {
	size_t n;
	struct hl_channel_table *table[HL_CHANNELS_MAX];
	const struct hl_channel_table *by_form[HL_GAP_RATIO + 1]; /* for a read of a camera without a channel of its own, by what its figures look like */
	struct hl_density density;
	unsigned char density_hash[32];
	struct hl_rules_files *files; /* borrowed: where the tables are taken from if they are there, else added; may be NULL */
};

/* The names of a rules file's `channels`. */
struct hl_channels_section {
	char *density, *scores, *shares, *plain;
};
extern const struct hl_opt hl_channels_options[];

/* Loads the density and the three channels of the section: of set->files, else NAME.yaml in the folders density/ and channels/ beside rules_path, else built in, else installed.
 * Faults are told at rules_path. *set but for files is zeroed by the caller and freed by hl_channels_fini, also after a fault. */
enum hl_code hl_channels_load(struct hl_channel_set *set, const struct hl_channels_section *s, const char *rules_path, struct hl_faults *faults);
/* Loads one more by name (of a camera), unless it is there. A fault is told at file. */
enum hl_code hl_channels_need(struct hl_channel_set *set, const char *name, const char *rules_path, const char *file, struct hl_faults *faults);
/* The same, and makes it the one for every read of a camera without a channel of its own, whatever the read looks like. */
enum hl_code hl_channels_use(struct hl_channel_set *set, const char *name, const char *rules_path, const char *file, struct hl_faults *faults);
/* Frees the tables; *set may be loaded again. */
void hl_channels_fini(struct hl_channel_set *set);
/* One channel with its density from files: for the commands that learn and simulate. *t is filled, finished, and bears name. */
enum hl_code hl_channel_from_text(struct hl_channel_table *t, const char *name, const char *path, const char *text, size_t n, const struct hl_density *d,
				  const unsigned char density_hash[32], struct hl_faults *faults);
/* The channel named (of the camera; NULL or unknown: none), else the one for what r's figures look like. */
const struct hl_channel_table *hl_channels_choose(const struct hl_channel_set *set, const char *name, const struct hl_read *r);

/* What is built in: "channels/openalpr", "density/us" …; ends with a row without name. */
struct hl_shipped {
	const char *name;
	const unsigned char *text;
	size_t n;
};
extern const struct hl_shipped hl_shipped[];

#endif
