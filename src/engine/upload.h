/* upload.h: an upload to a list from end to end: the import, whether its version may be activated, the activation, and what is told of it all. The same for `list import`
 * and for drop folders. Works on the state folder; no clock, no log. Any thread; one at a time in a state folder.
 */
#ifndef HL_ENGINE_UPLOAD_H
#define HL_ENGINE_UPLOAD_H

#include "base/json_out.h"
#include "engine/ops.h"

struct hl_upload {
	struct hl_import in; /* layout_dirs and crew NULL: the settings' folders, all processors */
	bool activate;       /* where nothing speaks against it */
	const char *why;     /* it is activated; NULL: "imported" */
	size_t reads_a_day;  /* for what the list will cost; 0: what a daemon counts, else assumed */
};

/* What became of it; valid, and to be finished by hl_uploaded_fini, after any result. */
struct hl_uploaded {
	struct hl_import_report report;
	bool done;           /* there is a version: report.version */
	bool active;         /* it is the active one */
	struct hl_buf ended; /* withdrawals by hand that it has overtaken, a line each */
};

/* Imports in ctx's state, by its settings; ctx->lists_changed where a version was activated. HL_OK; or what hl_import_run, hl_import_may_activate or hl_list_activate
 * says: where u->done is true the version is there all the same. */
enum hl_code hl_upload_run(struct hl_ops_ctx *ctx, const struct hl_upload *u, struct hl_uploaded *out, struct hl_err *err);
void hl_uploaded_fini(struct hl_uploaded *u);
/* The report for people; every fault of the layout where that is what is broken. */
void hl_uploaded_text(const struct hl_uploaded *u, struct hl_buf *out);
/* The same as members of the open object. */
void hl_uploaded_json(const struct hl_uploaded *u, struct hl_json *j);
/* How many warnings of which kind, a line; nothing where there were none. */
void hl_upload_warnings(const struct hl_import_report *r, struct hl_buf *out);

#endif
