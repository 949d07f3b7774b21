/* density.h: how common a plate is among passing vehicles: a share by its shape (L a letter, D a digit), symbols independent within it by the frequencies of
 * their class; any_shape for the rest: a length, then letters and digits in runs. A versioned artefact: rules/density/NAME.yaml, counted by
 * `hotlistctl channel learn` from plates; only counts are kept, no plate. Pure; any thread.
 */
#ifndef HL_CORE_DENSITY_H
#define HL_CORE_DENSITY_H

#include "base/conf.h"
#include "core/plate.h"

enum { HL_CLASSES = 2 /* letters, digits */, HL_SHAPES_MAX = 160, HL_TAIL = 4 /* symbols at most */, HL_TAILS = 2 << HL_TAIL };

struct hl_shape {
	char classes[HL_PLATE_MAX + 1];
	uint8_t same; /* symbols that it has in common with the beginning of the shape before: sums over them are shared */
	uint8_t head; /* symbols before its tail; none only where the shape is one symbol */
	uint8_t tail; /* its last symbols, which many shapes share, as a number: 1 for none, then from the last one on twice that and 1 more for a digit */
	double share; /* of the listed shapes; they sum to 1 */
};

struct hl_density {
	double symbol[HL_SYMBOLS]; /* P(symbol | its class) */
	unsigned n;
	struct hl_shape shape[HL_SHAPES_MAX]; /* sorted */
	uint32_t tails;                       /* a bit for each tail that occurs, the tails of tails too */
	double any_shape, length[HL_PLATE_MAX + 1], first[HL_CLASSES], next[HL_CLASSES][HL_CLASSES];
};

static inline int hl_class_of(int sym)
{
	return sym < 10;
}

/* Counts of plates, each given once. */
struct hl_density_counts {
	double symbol[HL_SYMBOLS], length[HL_PLATE_MAX + 1], first[HL_CLASSES], next[HL_CLASSES][HL_CLASSES], plates;
	unsigned n;
	struct hl_shape shape[4096]; /* share: how many */
};

/* How common one plate is (len > 0): q of doc/scoring.md. */
double hl_density_share(const struct hl_density *d, const struct hl_plate *p);
void hl_density_count(struct hl_density_counts *c, const struct hl_plate *p);
/* Mixes two counts (of passing vehicles, and of a list or of made-up plates): share_b of the second; b may be NULL. Shapes below 0.15 % go to any_shape, which
 * is at least 5 %. HL_E_INPUT: nothing was counted. */
enum hl_code hl_density_make(struct hl_density *d, const struct hl_density_counts *a, const struct hl_density_counts *b, double share_b, struct hl_err *err);
/* A density file; every fault is told. Sorts the shapes and makes the sums one. */
enum hl_code hl_density_parse(struct hl_density *d, const char *name, const char *text, size_t n, struct hl_faults *faults);
/* The file; source, put between double quotes as it is, says where the plates come from. */
void hl_density_write(const struct hl_density *d, const char *source, struct hl_buf *out);

#endif
