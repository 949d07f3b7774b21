/* layout_impl.h: what the files of the layout engine share; nobody else includes it.
 *
 *     layout_load.c   YAML -> struct hl_layout            layout_lines.c  file -> windows of bytes, physical lines
 *     layout.c        the run: lines -> records -> sink   layout_split.c  a record -> pieces (delimited, fixed, whole line)
 *     layout_value.c  a piece -> a field's text           layout_entry.c  fields -> an entry (fill, required, plate, times)
 *     layout_batch.c  records shared by a crew
 *     layout_date.c   dates by pattern                    layout_marks.c  head and tail: the file's date and count
 *     layout_check.c  what a layout must be               layout_tags.c   TAG/value; layout_json.c objects of JSON
 */
#ifndef HL_FORMAT_LAYOUT_IMPL_H
#define HL_FORMAT_LAYOUT_IMPL_H

#include "base/text.h"
#include "base/zone.h"
#include "format/layout.h"

enum { HL_LINE_MAX = 64 << 10, HL_COLUMNS_MAX = 256, HL_LINES_MAX = 20000000, HL_EXPECTED = 128 /* bytes of a fault's `expected` */ };

#define HL_EXPECT_PRIORITY "1 (most urgent) to 9"
#define HL_EXPECT_ABOUT "vehicle or plate"
#define HL_EXPECT_ACTION "add, change or remove"

enum hl_shape { HL_SHAPE_DELIMITED, HL_SHAPE_FIXED, HL_SHAPE_LINES, HL_SHAPE_JSON };
enum hl_encoding { HL_UTF8, HL_LATIN1, HL_EITHER /* what is not UTF-8 is Latin-1 */ };
enum hl_header { HL_HEADER_NONE, HL_HEADER_SKIP, HL_HEADER_NAMES };
enum hl_unmapped { HL_UNMAPPED_FAULT, HL_UNMAPPED_KEEP, HL_UNMAPPED_EMPTY };

struct hl_skip_rule {
	char *prefix, *contains, *why;
};

struct hl_span {
	int from, to; /* 0-based, half-open, bytes; both 0: not given */
};

struct hl_code_pair {
	char *from, *to;
	size_t start; /* bytes of `from` before the * at its end: any text that begins so; 0: the whole text */
};

struct hl_code_map {
	size_t n;
	struct hl_code_pair *v;
};

/* One row of `fields`: where one field of the entry comes from. Several rows may name the same field: the first that is not empty is taken. */
struct hl_layout_field {
	int field;                 /* enum hl_field */
	int64_t column;            /* 1-based; 0: not given */
	struct hl_strings header;  /* names of the column in the header line */
	struct hl_span at;
	struct hl_strings tag;     /* names of the tag that stands before it */
	struct hl_strings key;     /* names of the member of a JSON object, "a.b" of one within another */
	char *constant;
	struct hl_code_map map;
	bool code;                 /* what the map lacks is looked up in the table of state, make and color */
	int unmapped;              /* enum hl_unmapped */
	struct hl_strings empty;   /* texts that mean "not given" */
	struct hl_strings date;    /* patterns, tried in turn */
};

/* `tags`: where a run of TAG/value begins. */
struct hl_tags {
	int64_t from, column; /* fixed: the byte, from 0; otherwise the column, from 1, 0: not given */
	char mark;            /* between tag and value */
};

/* `head` or `tail`: the line that says when the file was made and how much is in it. */
struct hl_mark {
	char *line;             /* the pattern; NULL: the layout has no such line */
	struct hl_strings date; /* patterns of <date>, tried in turn */
	int counts;             /* enum hl_mark_counts: of what <count> is the number */
	bool required;
};

enum hl_mark_counts { HL_COUNTS_RECORDS, HL_COUNTS_LINES };

struct hl_layout {
	char name[65];
	int64_t version;
	char *help;
	int latin1, shape, header, unknown_ignored; /* the words' numbers */
	char delimiter, quote;     /* quote 0: none */
	struct hl_span columns;    /* how many a line must have; to 0: any number from `from` on */
	struct hl_span length;     /* bytes of a fixed line, the same */
	bool last_takes_rest, o0_collapsed;
	struct hl_array skip;      /* struct hl_skip_rule */
	struct hl_array fields;    /* struct hl_layout_field */
	struct hl_mark head, tail;
	struct hl_tags tags;
	bool tagged;               /* it has `tags` */
	char *zone;                /* of dates without an offset; NULL: UTC */
	struct hl_tz *tz;
};

struct hl_piece {
	const char *s;
	size_t n;
	bool escaped; /* holds doubled quotes */
	bool quoted;  /* line breaks in it are text */
};

/* layout_date.c. A pattern is rfc3339, or text with yyyy or yy, mm, dd, HH, MM, SS in it. */
bool hl_date_pattern_ok(const char *pattern);
/* A day alone means its beginning, or with `end` its last millisecond (UTC). */
bool hl_date_parse(const char *pattern, const char *s, size_t n, bool end, int64_t *ms);

/* The first of the patterns that fits, in the layout's zone. False, with the patterns in expected (HL_EXPECTED bytes) behind the words `before`. */
bool hl_layout_date(const struct hl_layout *l, const struct hl_strings *patterns, const char *s, size_t n, bool end, int64_t *ms);
void hl_layout_expect_date(const struct hl_strings *patterns, const char *before, char *expected);
/* "09", "2009" -> four digits into dst (5 bytes); two digits are the last such year that is not more than two years after now. */
bool hl_year_parse(const struct hl_strings *patterns, const char *s, int64_t now_ms, char *dst);

/* layout_lines.c. */
struct hl_lines {
	int fd;
	char *buf;
	const char *text; /* read instead of fd, text_n bytes left of it; NULL: fd */
	size_t text_n;
	size_t at, end; /* unread bytes */
	bool eof;
	unsigned line;  /* of buf[at] */
	char last;      /* the last byte read; '\n' before any */
	int64_t bytes;  /* read from fd in all */
};
void hl_lines_init(struct hl_lines *l, int fd); /* borrows fd */
void hl_lines_text(struct hl_lines *l, const char *s, size_t n); /* reads these bytes (borrowed) instead */
void hl_lines_fini(struct hl_lines *l);
/* Gives a window on the unread bytes: more than HL_LINE_MAX of them, or all that are left (*n 0: the end). Valid until the next call. */
enum hl_code hl_lines_window(struct hl_lines *l, const char **s, size_t *n, struct hl_err *err);
/* Goes on by n bytes of the window. */
void hl_lines_take(struct hl_lines *l, size_t n);
/* Goes on past the end of the present line, however long. */
enum hl_code hl_lines_drop(struct hl_lines *l, struct hl_err *err);

/* layout_split.c. Cuts the delimited record at the beginning of a window into pieces; used: its bytes with the line break, text: without. False, with found
 * and expected, for a quote that is never closed or is followed by text, and for too many columns; n is then the column. `most`: the column that takes
 * the rest of the line, 0 for none. */
struct hl_split {
	struct hl_piece piece[HL_COLUMNS_MAX];
	size_t n, used, text;
	const char *found, *expected; /* of a fault */
};
bool hl_split_delimited(const struct hl_layout *l, const char *s, size_t n, size_t most, struct hl_split *out);

enum { HL_NUMBER_TEXT = 24 };

/* What a row by `tag` or `key` has in one record. */
struct hl_named {
	struct hl_piece p; /* s NULL: nothing */
	unsigned column;
	char number[HL_NUMBER_TEXT]; /* json: a number's digits */
};

/* Where faults and texts of one record go. */
struct hl_record_ctx {
	const struct hl_layout *layout;
	const struct hl_layout_run *run;
	const struct hl_split *split; /* delimited */
	const char *s;                /* fixed, lines: the line of n bytes */
	size_t n;
	struct hl_named *named;       /* tags, json: by row of `fields` */
	void *json;                   /* what the pieces of a JSON record belong to */
	const int *column_of;         /* by row of `fields`: number of its column from 0, -1: none */
	char *texts;                  /* of all fields */
	char *text[HL_FIELDS];        /* room for hl_fields[i].max + 1 bytes each */
	struct hl_entry entry;
	unsigned column[HL_FIELDS];   /* where each field came from, for faults */
	struct hl_line_fault fault;   /* line is set */
};

/* What of a context does not change from record to record; column_of is borrowed and may be filled later. */
void hl_record_init(struct hl_record_ctx *c, const struct hl_layout *l, const struct hl_layout_run *run, const struct hl_split *split, const int *column_of);
void hl_record_fini(struct hl_record_ctx *c);

/* layout_batch.c: what the reader of a file tells, gathered in batches whose records a crew turns into entries. */
struct hl_batches;
/* most and column_of: as the header line, or the layout, says; read while records are worked on. Borrows all. */
struct hl_batches *hl_batches_new(const struct hl_layout *l, const struct hl_layout_run *run, const struct hl_layout_sink *sink, const size_t *most,
				  const int *column_of);
void hl_batches_free(struct hl_batches **b);
/* The sink that the reader tells; records go to hl_batches_record. */
const struct hl_layout_sink *hl_batches_sink(const struct hl_batches *b);
void hl_batches_record(struct hl_batches *b, unsigned line, const char *raw, size_t n);
/* No room for more at present. */
bool hl_batches_full(const struct hl_batches *b);
/* Calls read until it says by *more that it has no more, or fails: it is to tell things until the batches are full. Returns what it returned. */
typedef enum hl_code (*hl_batches_read)(void *arg, bool *more, struct hl_err *err);
enum hl_code hl_batches_run(struct hl_batches *b, hl_batches_read read, void *arg, struct hl_err *err);

/* Fills fault (but its line): false, so that it can be returned. found is escaped and cut. */
bool hl_layout_fault(struct hl_record_ctx *c, unsigned column, const char *field, const char *found, size_t found_n, const char *expected);
/* before, then the words (NULL-ended) with commas, "..." where not all fit. */
void hl_layout_join(char *dst, size_t size, const char *before, const char *const *words);
/* layout_marks.c: the file's own word on its date and count, checked while it is read. */
enum hl_mark_seen { HL_MARK_NONE /* a record, or a header */, HL_MARK_FINE, HL_MARK_FAULT };
struct hl_marks {
	const struct hl_layout *layout;
	struct hl_layout_result *result;
	bool begun, head, tail, ended; /* a line came that is not skipped; the head, the tail came; the count was checked at the end */
	int promised_counts;
};
/* <date> once, <count> once, * for any text: NULL, or what is wrong with the pattern. */
const char *hl_mark_pattern_fault(const char *pattern);
void hl_marks_init(struct hl_marks *m, const struct hl_layout *l, struct hl_layout_result *result);
/* A line that is not skipped. Fills c's fault where it is a bad head or tail, or stands behind the tail. */
enum hl_mark_seen hl_marks_line(struct hl_marks *m, struct hl_record_ctx *c, unsigned line, const char *s, size_t n);
/* After the last line, `lines` of them in all; called until it is false, each time with a fault of the whole file in c. */
bool hl_marks_end(struct hl_marks *m, struct hl_record_ctx *c, unsigned lines);

/* layout_tags.c: the run of TAG/value of one record into c->named. */
bool hl_layout_tags(struct hl_record_ctx *c);
/* layout_json.c: the members of one object into c->named; what they belong to is freed by the next call or hl_layout_json_free. */
bool hl_layout_json(struct hl_record_ctx *c);
void hl_layout_json_free(struct hl_record_ctx *c);
/* A list of objects, `[` first: one step at the beginning of a window, n > 0. skip: bytes to go on by; object: bytes of an object that stands there. Returns what
 * should have stood there, after which there is no going on, or NULL. */
enum hl_array_state { HL_ARRAY_NONE /* one object a line */, HL_ARRAY_BEGIN, HL_ARRAY_FIRST, HL_ARRAY_BEHIND /* an object */, HL_ARRAY_NEXT, HL_ARRAY_CLOSED };
bool hl_array_begins(const char *s, size_t n);
const char *hl_array_step(enum hl_array_state *state, const char *s, size_t n, size_t *skip, size_t *object);
/* Names of columns and members are the same whatever their case and whether words are joined by space, _ or -. */
bool hl_layout_named(const struct hl_strings *names, const char *s, size_t n);

/* layout_check.c: what the option tables can't know, after filling; adds its faults to ctx. */
struct hl_node;
void hl_layout_check(const struct hl_layout *l, const struct hl_node *root, struct hl_conf_ctx *ctx);
extern const char *const hl_layout_fields[], *const hl_layout_shapes[]; /* the words, in the order of their enums; layout_load.c */

/* layout_value.c: all rows of `fields` into c->entry.f, starts_ms and expires_ms. */
bool hl_layout_values(struct hl_record_ctx *c);
/* layout_entry.c: fill, required, plate, priority, about. */
bool hl_layout_entry(struct hl_record_ctx *c);
/* Refuses fills that can't work. */
enum hl_code hl_layout_check_run(const struct hl_layout_run *run, struct hl_err *err);

#endif
