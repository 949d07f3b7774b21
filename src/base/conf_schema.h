/* conf_schema.h: JSON Schema of a file whose options stand in a table. Pure; any thread. */
#ifndef HL_BASE_CONF_SCHEMA_H
#define HL_BASE_CONF_SCHEMA_H

#include "base/conf.h"
#include "base/json_out.h"

enum { HL_SCHEMA_DEPTH = 12, HL_SCHEMA_PATH = 1024 };

/* A schema that is being written. */
struct hl_schema {
	struct hl_json *j;
	char path[HL_SCHEMA_PATH]; /* the place as a JSON pointer */
	struct {
		const struct hl_opt *table;
		size_t length; /* of path there */
	} open[HL_SCHEMA_DEPTH]; /* the tables around, so that one that contains itself (routes in routes) becomes a reference */
	size_t depth;
};

/* The schema of a file with these options, indented, with a line break at its end. */
void hl_conf_schema(const struct hl_opt *table, const char *title, struct hl_buf *out);
/* For a row's own `schema`: the members of the schema of a mapping by table, into the object that is open; that keys are names. */
void hl_schema_table(struct hl_schema *s, const struct hl_opt *table);
void hl_schema_names(struct hl_schema *s);

#endif
