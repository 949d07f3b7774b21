/* blocks.h: the parts of a mail that have several lines: the two plates, the other entries of a vehicle, where it was seen again. Private to the room. Pure; any
 * thread.
 */
#ifndef HL_ADAPTER_BLOCKS_H
#define HL_ADAPTER_BLOCKS_H

#include "adapter/adapter.h"

/* Both plates one above the other, ^ below what differs. Appended to out, as all of these; nothing where there is nothing to show. */
void hl_block_plates(const struct hl_alert *a, struct hl_buf *out);
/* The same as a table: large, what differs in bold, underlined and in a box of another colour, so that it is seen without colours too. */
void hl_block_plates_html(const struct hl_alert *a, struct hl_buf *out);
/* The other entries that the notice names, the most urgent first. */
void hl_block_also(const struct hl_alert *a, bool html, struct hl_buf *out);
/* Where the vehicle was seen again, the newest first; full: with the plate as read there, where that is another than the alert's. */
void hl_block_sightings(const struct hl_message *m, bool full, bool html, struct hl_buf *out);

#endif
