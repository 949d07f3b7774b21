/* seqgap.h: `seq` gaps per camera: PUB/SUB loses silently, this makes it visible. One thread. */
#ifndef HL_DAEMON_SEQGAP_H
#define HL_DAEMON_SEQGAP_H

#include <stdint.h>

enum { HL_SEQGAP_CAMERAS = 1 << 16 /* cameras followed at most; beyond, gaps of new ones are not seen */ };

struct hl_seqgap;
/* Gives it (hl_seqgap_free; NULL inside is fine). */
struct hl_seqgap *hl_seqgap_new(void);
void hl_seqgap_free(struct hl_seqgap **g);
/* Reads missing between the camera's previous sequence number and this one: 0 for the first, for the next in order, for a repeat, and for a number lower than the
 * previous (the camera began anew). camera: hl_read_camera. */
int64_t hl_seqgap_put(struct hl_seqgap *g, uint64_t camera, int64_t seq);

#endif
