/* index_file.h: the index of a list version, in a file beside its snapshot: STATE/lists/NAME/versions/ID/KEY.index, KEY being the first half of the hash of all that it was
 * made from. The file is a convenience, not a truth: where it is missing, damaged or of another key the index is built from the snapshot. It is therefore
 * replaced by a rename but not waited for on the disk: what a crash tears is refused by its sum, which is looked at each time the file is opened. Mapped shared:
 * several processes have it in memory once. Any thread; one writer at a time.
 */
#ifndef HL_STORE_INDEX_FILE_H
#define HL_STORE_INDEX_FILE_H

#include "core/index.h"
#include "store/versions.h"

struct hl_index_file {
	struct hl_index *index;
	void *map;
	size_t bytes;
};

/* Writes ix beside the version; of the files of other keys there the newest stays (rules that only count beside those that decide have an index of their own). HL_E_IO: nothing is left behind. The crew adds up (borrowed; NULL: none). */
enum hl_code hl_index_file_write(const char *state, const struct hl_version *v, const struct hl_index *ix, const unsigned char key[HL_SHA256],
				 const struct hl_crew *crew, struct hl_err *err);
/* Gives *out, by hl_index_file_close. Borrows s as long: its patterns are the index's. HL_E_NOTFOUND: there is none of this key. HL_E_INPUT: damaged. */
enum hl_code hl_index_file_open(struct hl_index_file **out, const char *state, const struct hl_version *v, const unsigned char key[HL_SHA256],
				const struct hl_snapshot *s, const struct hl_index_params *params, struct hl_err *err);
void hl_index_file_close(struct hl_index_file **f);

#endif
