/* fuzz_snapshot.c: any bytes as a snapshot. The magic and the hash are put right first, since nothing behind them could be reached by chance. What
 * is accepted must be readable to the last byte.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/snapshot_file.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

static void forge(unsigned char *bytes, size_t n)
{
	struct hl_snap_header h;
	struct hl_sha256 sha;
	memcpy(&h, bytes, sizeof h);
	h.magic = HL_SNAP_MAGIC;
	h.format = HL_SNAP_FORMAT;
	if (h.spare[0] & 1) {
		/* Counts that fit the size, so that the records behind them are reached. */
		h.fields = HL_FIELDS;
		h.count %= 8;
		h.n_refs %= 64;
		size_t used = sizeof h + h.count * (sizeof(struct hl_pattern) + sizeof(struct hl_snap_record)) + h.n_refs * 4;
		h.pool = n > used ? n - used : 0;
	}
	memset(h.hash, 0, sizeof h.hash);
	memcpy(bytes, &h, sizeof h);
	hl_sha256_init(&sha);
	hl_sha256_put(&sha, bytes, n);
	hl_sha256_end(&sha, h.hash);
	memcpy(bytes, &h, sizeof h);
}

static void read_all(const struct hl_snapshot *s)
{
	for (size_t i = 0; i < hl_snapshot_count(s); i++) {
		struct hl_entry e;
		char plate[HL_PLATE_MAX + 1];
		size_t bytes = 0;
		hl_snapshot_get(s, i, &e);
		for (int f = 0; f < HL_FIELDS; f++)
			bytes += strlen(e.f[f]);
		hl_pattern_text(hl_snapshot_pattern(s, i), plate);
		if (hl_snapshot_compare(s, i, s, i) || !hl_snapshot_same(s, i, s, i) || (i && hl_snapshot_compare(s, i - 1, s, i) >= 0))
			abort();
		if (hl_snapshot_find(s, e.id) != (ptrdiff_t)i || e.action || bytes > (size_t)HL_FIELDS << 20)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
	struct hl_snapshot *s;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	unsigned char *bytes = malloc(n + 1);
	memcpy(bytes, data, n);
	if (n >= sizeof(struct hl_snap_header))
		forge(bytes, n);
	if (write(fd, bytes, n) == (ssize_t)n && !hl_snap_map(&s, fd, "fuzz", NULL)) {
		read_all(s);
		hl_snapshot_close(&s);
	}
	free(bytes);
	close(fd);
	return 0;
}
