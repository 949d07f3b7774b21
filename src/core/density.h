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
	double symbols[HL_PLATE_MAX + 1]; /* of all plates, the share with so many symbols: of listed shapes and any_shape together */
};

/* Counts of plates, each given once. */
struct hl_density_counts {
	double symbol[HL_SYMBOLS], length[HL_PLATE_MAX + 1], first[HL_CLASSES], next[HL_CLASSES][HL_CLASSES], plates;
	unsigned n;
	struct hl_shape shape[4096]; /* classes, and as share how many; in the order met */
};

/* The class of a symbol's code: 0 for a letter, 1 for a digit. */
static inline int hl_class_of(int sym)
{
	return sym < 10;
}

/* P(a passing vehicle has this plate), len > 0: q of doc/scoring.md, section 4. Borrows both. */
double hl_density_share(const struct hl_density *d, const struct hl_plate *p);
/* Counts one more plate; one without symbols is left out, and a new shape past the last of c->shape is counted by its length and symbols only. c begins all zero. Borrows p; one
 * thread at a time for one c. */
void hl_density_count(struct hl_density_counts *c, const struct hl_plate *p);
/* Mixes two counts (of passing vehicles, and of a list or of made-up plates): share_b of the second; b may be NULL. Shapes below 0.15 % go to any_shape, which
 * is at least 5 %; every symbol and length gets a little more than was counted, so that none is impossible. Borrows the counts, fills *d. HL_E_INPUT: nothing was
 * counted, or no shape is common enough. */
enum hl_code hl_density_make(struct hl_density *d, const struct hl_density_counts *a, const struct hl_density_counts *b, double share_b, struct hl_err *err);
/* Fills *d from a density file of n bytes (borrowed), sorts the shapes and makes the sums one. name: for the faults, of which every one is told.
 * HL_E_CONFIG: there are some; *d is of no use then. */
enum hl_code hl_density_parse(struct hl_density *d, const char *name, const char *text, size_t n, struct hl_faults *faults);
/* Adds the file's text to out: shares of six significant digits, no plate. source (NULL or "": none), put between double quotes as it is, says where the plates
 * come from. Borrows d and source. */
void hl_density_write(const struct hl_density *d, const char *source, struct hl_buf *out);

#endif
