/* vehicle_tables.h: the code tables behind core/vehicle: what is written in lists and by readers -> one canonical word. Data only; any thread.
 * Sources: the public NCIC code lists (VMA, VCO, VST, LIT and state codes) as far as public layouts and parsers show them, ISO 3166-2, and the words of
 * the readers' documentation (Rekor, Plate Recognizer, Hikvision). Where a code means two things it stands nowhere: unknown never contradicts.
 */
#ifndef HL_CORE_VEHICLE_TABLES_H
#define HL_CORE_VEHICLE_TABLES_H

#include <stddef.h>

struct hl_code_row {
	const char *canon; /* what the rest of the program sees */
	const char *words; /* upper case, letters and digits only, separated by one space */
	const char *also;  /* states: words that hold only behind a country's prefix ("us-nb" is NCIC's Nebraska, "NB" alone is two places); else NULL */
};

struct hl_code_table {
	size_t n;
	const struct hl_code_row *row;
};

extern const struct hl_code_table hl_states, hl_types, hl_makes, hl_colors;

#endif
