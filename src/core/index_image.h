/* index_image.h: an index as bytes, so that one that was built once can be kept in a file, mapped by several processes and used where it lies.
 *
 *     head (4096) | entries that are scanned | for each part: filter, bounds of the buckets, items
 *
 * What follows from the confusion table and the budget (classes, marks, needs) is made anew. Numbers are the machine's own: a file of another byte order is refused
 * by its magic. The sum in the head covers all bytes; it guards against damage, not against people: whoever may write in the state folder may change the
 * lists themselves. Nothing in an image can lead a query out of it, whoever made it.
 */
#ifndef HL_CORE_INDEX_IMAGE_H
#define HL_CORE_INDEX_IMAGE_H

#include "base/crypto.h"
#include "core/index.h"

/* To be raised when an index of the same table, budget and patterns has other bytes, or means something else by them: marks, filter, buckets, order. */
enum { HL_INDEX_FORMAT = 2, HL_INDEX_HEAD = 4096, HL_INDEX_PIECES = 5, HL_INDEX_ALIGN = 64 };
#define HL_INDEX_MAGIC UINT64_C(0x31584449484c5448)

struct hl_index_image {
	_Alignas(8) unsigned char head[HL_INDEX_HEAD];
	struct {
		const void *data; /* borrowed from the index, or the head above */
		size_t n;
	} piece[HL_INDEX_PIECES];
	size_t bytes; /* of all pieces, which stand one after the other */
};

/* Fills *out, which must stay where it is while it is used. key: of all that the index was made from. The crew adds up (borrowed; NULL: this thread). */
void hl_index_to_image(const struct hl_index *ix, const unsigned char key[HL_SHA256], const struct hl_crew *crew, struct hl_index_image *out);
/* An index over the same patterns that answers as the one that the image was made from. Borrows image (at a multiple of HL_INDEX_ALIGN) and patterns for as long as the index lives; the filter is copied
 * to huge pages. HL_E_INPUT: damaged, of another key or format, or not of these patterns. */
enum hl_code hl_index_from_image(struct hl_index **out, const void *image, size_t bytes, const unsigned char key[HL_SHA256],
				 const struct hl_pattern *patterns, size_t n, const struct hl_index_params *params, struct hl_err *err);
/* For tests and fuzzing: puts the sum right. */
void hl_index_image_seal(void *image, size_t bytes);

#endif
