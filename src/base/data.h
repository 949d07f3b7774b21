/* data.h: where the files that come with the program stand: confusion tables, layouts. Any thread. */
#ifndef HL_BASE_DATA_H
#define HL_BASE_DATA_H

#include <stdbool.h>
#include <stddef.h>

/* The path of the file or folder `rel` ("rules/confusions/latin.yaml") that came with the program, into dst: under the folder that the environment's
 * HOTLISTD_DATA names and nowhere else, where it names one; else under the installed data folder, else
 * relative to the running program: PROGRAM/../share/hotlistd (an installation that was moved), PROGRAM/.. (a build folder inside the source tree).
 * False where it is at none of them, or dst is too small. */
bool hl_data_find(char *dst, size_t size, const char *rel);

#endif
