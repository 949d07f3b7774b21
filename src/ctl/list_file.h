/* list_file.h: `--list NAME=FILE[:LAYOUT]` of the commands that work offline. Main thread.
 */
#ifndef HL_CTL_LIST_FILE_H
#define HL_CTL_LIST_FILE_H

#include "engine/catalog.h"

enum { HL_CTL_LISTS_MAX = 64 };

/* Reads the list that text names, layout csv where it names none; bad lines are told on standard error and left out. layouts: NULL-ended folders, looked at first. Fills *src,
 * whose name is `name`; gives its snapshot. HL_E_USAGE: text is not of that form. */
enum hl_code hl_ctl_load_list(const char *text, const char *const *layouts, struct hl_catalog_source *src, char name[HL_NAME], struct hl_err *err);

#endif
