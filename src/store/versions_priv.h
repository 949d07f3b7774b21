/* versions_priv.h: what the files of versions share. */
#ifndef HL_STORE_VERSIONS_PRIV_H
#define HL_STORE_VERSIONS_PRIV_H

#include "base/json_out.h"
#include "store/versions.h"

/* The shelf of a list. HL_E_USAGE where list can't be a name. */
enum hl_code hl_versions_shelf(struct hl_shelf *s, const char *state, const char *list, struct hl_err *err);
/* STATE/lists/LIST[/versions[/ID]][/FILE]: id NULL leaves `versions` out, "" the version. HL_E_USAGE where list can't be a name. */
enum hl_code hl_versions_path(char dst[HL_PATH_MAX], const char *state, const char *list, const char *id, const char *file, struct hl_err *err);
/* Writes dir/version.yaml. content: the hash of the entries in hex. */
enum hl_code hl_versions_describe(const char *dir, const struct hl_version *v, const char *content, struct hl_err *err);
/* versions_hold.c: a version's `holds` from its description; false, with a fault, where one is unknown. */
bool hl_versions_parse_holds(const struct hl_strings *names, unsigned *holds);

#endif
