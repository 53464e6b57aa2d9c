/*
 * json: a strict scanner for RFC 8259 over a borrowed span; no tree, no memory.
 *
 * json_check() accepts exactly one JSON text (white space around it allowed) or names the first
 * fault and its byte offset. It is iterative, so no input can exhaust the stack; containers may
 * nest LIMIT_JSON_DEPTH deep. Where RFC 8259 leaves room we are strict: the text is UTF-8 without
 * BOM, and \u escapes must not leave half a surrogate pair. Numbers have no range here (they are
 * text); duplicate names are legal here and refused by those who give names a meaning (json_pick,
 * jcs).
 *
 * Everything below json_check() walks text that json_check() has accepted and CHECKs that it has. A
 * value is the span of its text without white space around it; a string's value has its quotes.
 */
#ifndef TP_JSON_H
#define TP_JSON_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

enum json_error {
	JSON_OK,
	JSON_E_EMPTY,	  /* nothing but white space */
	JSON_E_TRUNCATED, /* the text ends inside a value */
	JSON_E_SYNTAX,	  /* a byte that no rule allows here */
	JSON_E_NUMBER,
	JSON_E_ESCAPE,
	JSON_E_SURROGATE, /* \ud800-\udfff without its other half */
	JSON_E_UTF8,
	JSON_E_CONTROL, /* a byte below 0x20 inside a string */
	JSON_E_DEPTH,
	JSON_E_TRAILING, /* bytes after the value */
};

/* A fixed code such as "JSON_UTF8" for machines, and a reason for people. */
const char *json_error_code(enum json_error e);
const char *json_error_text(enum json_error e);

enum json_error json_check(struct span text, size_t *offset);

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

enum json_type json_type(struct span value);

/* The text without the white space before and after it. */
struct span json_trim(struct span text);

/* Walk the members of an object or the elements of an array. */
struct json_walk {
	const char *p;
	const char *end;
};

struct json_walk json_walk(struct span container);
/* key: the name as written, between its quotes, escapes and all. */
bool json_next_member(struct json_walk *w, struct span *key, struct span *value);
bool json_next_element(struct json_walk *w, struct span *value);

/* Is the name as written (escapes and all) this name? */
bool json_key_is(struct span key, const char *name);

/* First member of that name; false, and *value as it was, when there is none or this is no object.
 */
bool json_find(struct span object, const char *name, struct span *value);

/*
 * Find several members in one walk: out[i] is the value of names[i], or a NULL span. A name that
 * stands twice is an error: false, with *twice (may be NULL) its index.
 */
bool json_pick(struct span object, const char *const names[], size_t n, struct span out[],
	       size_t *twice);

/* The bytes of a string that has no escapes, borrowed; false for other values and for strings with
 * escapes. */
bool json_plain(struct span value, struct span *text);

/* Append a string value's decoded bytes to out (without quotes). The key of a member works too,
 * with its quotes added. */
void json_decode(struct span value, struct buf *out);

/* Append json with the white space outside strings left out. */
void json_compact(struct span json, struct buf *out);

bool json_is_true(struct span value);
bool json_is_null(struct span value);

#endif
