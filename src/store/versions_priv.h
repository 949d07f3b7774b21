/* versions_priv.h: what the files of versions share. */
#ifndef HL_STORE_VERSIONS_PRIV_H
#define HL_STORE_VERSIONS_PRIV_H

#include "base/json_out.h"
#include "store/versions.h"

enum { HL_VERSIONS_HEX = 12, HL_VERSIONS_NUMBER_MAX = 999999999 };
#define HL_VERSIONS_DRAFT ".draft-"

/* A version's folder by its name. */
struct hl_version_id {
	char id[HL_VERSION_ID];
	unsigned number;
	const char *hex; /* the beginning of the content's hash, inside id; valid after the scan's sorting */
};

/* STATE/lists/LIST[/versions[/ID]][/FILE]: id NULL leaves `versions` out, "" the version. HL_E_USAGE where list can't be a name. */
enum hl_code hl_versions_path(char dst[HL_PATH_MAX], const char *state, const char *list, const char *id, const char *file, struct hl_err *err);
/* Writes dir/version.yaml. content: the hash of the entries in hex. */
enum hl_code hl_versions_describe(const char *dir, const struct hl_version *v, const char *content, struct hl_err *err);
/* versions_hold.c: a version's `holds` from its description; false, with a fault, where one is unknown. */
bool hl_versions_parse_holds(const struct hl_strings *names, unsigned *holds);
/* The versions of a list by their folders' names, highest number first; none is HL_OK. Gives *ids (free()). */
enum hl_code hl_versions_scan(const char *state, const char *list, struct hl_version_id **ids, size_t *n, struct hl_err *err);
/* Text from outside as one clean line. */
void hl_versions_put_text(struct hl_json *j, const char *key, const char *text);

#endif
