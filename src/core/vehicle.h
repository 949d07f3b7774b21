/* vehicle.h: state, vehicle type, make and colour through code tables, and whether what was read contradicts what is listed. Unknown is never a
 * contradiction. Tables: NCIC VMA, VCO, VST, LIT codes and the words readers use (formats.md); US states, Canadian provinces, Mexican states.
 * Pure; any thread.
 */
#ifndef HL_CORE_VEHICLE_H
#define HL_CORE_VEHICLE_H

#include "core/entry.h"
#include "core/read.h"

enum hl_evidence { HL_EV_UNKNOWN, HL_EV_AGREES, HL_EV_DIFFERS };
enum hl_contradiction { HL_C_STATE, HL_C_TYPE, HL_C_MAKE, HL_C_COLOR, HL_CONTRADICTIONS };

/* A read's region counts from this confidence on: below it readers name a state mostly by habit. */
#define HL_REGION_TRUST 0.3

/* The canonical form of a state: "CA", "us-ca", "California", "US-CA" -> "us-ca"; "" where it is not known. Region without a state ("us", "eu")
 * is not known. dst has at least 16 bytes. */
void hl_state_canon(const char *text, char *dst);
/* The same for a read's region, where two small letters alone ("ca", "de") are a country and not a state. */
void hl_region_canon(const char *region, char *dst);
/* Classes behind codes and words, "" where not known: type car|truck|van|suv|motorcycle|bus|trailer|rv (body styles and LIT codes too), make as the NCIC code (LEXS for Lexus; GMC and "GMC truck" alike), colour
 * as the NCIC code; colours that readers confuse (GRY/SIL, MAR/RED …) agree. Two-tone A/B has both. */
void hl_type_canon(const char *text, char *dst);
void hl_make_canon(const char *text, char *dst);
/* True where every colour of text ("BLK", "YEL/BLK") is known. */
bool hl_color_known(const char *text);
/* For files that wrote the letter O as zero: copies text into dst, zeros turned to O where that makes a known code of the field (state, make, type,
 * color: "0H" -> "OH", "D0DG" -> "DODG"); true where it changed something. */
bool hl_vehicle_restore(enum hl_field field, const char *text, char *dst, size_t size);

/* The code for what text says (state, make, color; a word or the code itself): "Colorado", "us-co" -> "CO", "Lexus" -> "LEXS", "Yellow/black" -> "YEL/BLK".
 * False, dst as text, where the field's table does not know it. */
bool hl_vehicle_code(enum hl_field field, const char *text, char *dst, size_t size);

/* What the read says about each of an entry's facts. A plate-only entry (about_plate) is unknown for type, make and colour. The read's region counts
 * only with region_confidence absent or >= 0.3. */
void hl_vehicle_compare(const struct hl_entry *e, const struct hl_read *r, enum hl_evidence out[HL_CONTRADICTIONS]);
const char *hl_contradiction_name(enum hl_contradiction c); /* "state", "type", "make", "color" */

#endif
