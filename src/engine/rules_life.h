/* rules_life.h: which rules decide: the active version of the state folder, whatever has become of the file that it was made from. A rules file counts once it has been
 * checked, imported and activated: by SIGHUP, by `rules activate`, or by the first start. Floor 3; reads and writes the state folder. Any thread.
 */
#ifndef HL_ENGINE_RULES_LIFE_H
#define HL_ENGINE_RULES_LIFE_H

#include "engine/settings.h"
#include "store/rules_version.h"

/* The version's rules, named by it. Gives *out. HL_E_CONFIG and faults where it is damaged or its files have faults. */
enum hl_code hl_rules_version_load(struct hl_rules **out, const char *state, const char *id, struct hl_faults *faults);
/* Whether the version's `inhibits` is in force: it was approved by somebody other than whoever imported it; by two people where the program itself did (SIGHUP, first start).
 * *given, *needed (may be NULL): how many have, and must. */
bool hl_rules_agreed(const char *state, const char *id, size_t *given, size_t *needed);
/* The active version's; *out NULL and HL_OK where none is active. */
enum hl_code hl_rules_active_load(struct hl_rules **out, const char *state, struct hl_faults *faults);
/* What decides by these settings: the active version, else the file that the settings name. */
enum hl_code hl_rules_deciding(struct hl_rules **out, const struct hl_settings *s, struct hl_faults *faults);
/* A rules file, loaded and checked against the settings. */
enum hl_code hl_rules_checked(struct hl_rules **out, const struct hl_settings *s, const char *path, struct hl_faults *faults);
/* Keeps r's files as a version, and names r by it. */
enum hl_code hl_rules_import(struct hl_rules *r, const char *state, const char *by, int64_t now_ms, struct hl_err *err);
/* Warns where the file that the settings name is not what the active version r was made from. */
void hl_rules_tell_difference(const struct hl_settings *s, const struct hl_rules *r, struct hl_faults *faults);
/* The content in a name of rules, "r-…" or a version's: equal contents are equal rules. */
const char *hl_rules_content(const char *id);

#endif
