/*
 * record: the members of a market record that a tool knows, read fast.
 *
 * A tool names the members that it wants, with their kinds, once; record_read() checks that a line
 * is one JSON object (RFC 8259, no name twice among those wanted) and gives each member's text, or
 * NULL where it is absent.
 *
 * How it is fast: the lines of a stream mostly have the same members in the same order. From each
 * line that went the full way (json_check, json_pick) a shape is learnt: the bytes between the
 * values, and each value's kind. A line with the same bytes between, and values of the same kinds,
 * is JSON by construction, and where its members stand is known without looking for names. Values
 * that are not plain strings or integers count as bytes between. Any other line goes the full way;
 * the result is the same, the time is not.
 *
 * The text of a string is without its quotes, borrowed from the line, or, where it has escapes,
 * decoded into the reader's own memory, good until the next call. Whatever stands there, the eight
 * bytes before the end of a text can be read, if its member's name has two bytes or more and it is
 * not empty: its name, quotes and colon come before it.
 */
#ifndef TP_RECORD_H
#define TP_RECORD_H

#include "buf.h"
#include "json.h"

#define RECORD_FIELDS_MAX 32
#define RECORD_SHAPES 8
#define RECORD_GAPS_MAX 40
#define RECORD_LITERAL_MAX 1024

enum record_kind {
	RECORD_STRING,
	RECORD_INTEGER, /* -?(0|[1-9][0-9]*) */
	RECORD_BOOL,
	RECORD_ANY, /* the text as it stands, quotes and all */
};

struct record_field {
	const char *name;
	enum record_kind kind;
};

struct record_shape {
	size_t gaps;
	size_t tail; /* bytes after the last value */
	struct record_gap {
		char head[16];		     /* of the bytes before the value */
		unsigned short literal, len; /* all of them */
		unsigned short bits;	     /* as many ones, where they are 16 at most; else 0 */
		bool string;
		signed char field; /* which one it is, or -1 */
	} gap[RECORD_GAPS_MAX];
	/* fields whose value stands among the literal bytes (true, null, nested) */
	struct {
		unsigned short literal, len;
	} fixed[RECORD_FIELDS_MAX];
	bool fixed_any;
	unsigned char absent_n, absent[RECORD_FIELDS_MAX]; /* fields without a gap */
	char literal[RECORD_LITERAL_MAX];
};

struct record_reader {
	const struct record_field *fields;
	const char *names[RECORD_FIELDS_MAX];
	size_t n;
	struct record_shape shapes[RECORD_SHAPES], scratch;
	size_t shapes_n;
	size_t used;	/* tried first */
	size_t replace; /* next to be forgotten */
	struct buf decoded;
	uint64_t slow; /* lines that went the full way, for those who wonder */
};

enum record_error {
	RECORD_OK,
	RECORD_E_JSON, /* fault.json and fault.offset say what and where */
	RECORD_E_OBJECT,
	RECORD_E_TWICE, /* fault.field */
	RECORD_E_KIND,	/* fault.field is of another kind */
};

struct record_fault {
	enum json_error json;
	size_t offset;
	const char *field;
};

/* fields must outlive the reader. */
void record_init(struct record_reader *r, const struct record_field fields[], size_t n);
void record_release(struct record_reader *r);

/* out[i] belongs to fields[i]. */
enum record_error record_read(struct record_reader *r, struct span line, struct span out[],
			      struct record_fault *fault);

/* A fixed code such as "BAD_JSON", and a reason for people (fault's own where it has one). */
const char *record_error_code(enum record_error e);
const char *record_error_text(enum record_error e, const struct record_fault *fault);

#endif
