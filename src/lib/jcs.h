/*
 * jcs: canonical JSON (RFC 8785): no white space, members sorted by UTF-16 code units, strings and
 * numbers in one spelling.
 *
 * Input is text that json_check() accepted. Refused, because two different texts must never share
 * one canonical form: a name that stands twice in one object, and a number whose canonical form is
 * another decimal value (es6num.h). Half surrogate pairs and bad UTF-8 have been refused by
 * json_check().
 *
 * jcs_append() appends the canonical form to out; on an error out's contents are undefined, and
 * *offset is the offset in the value of the text at fault.
 */
#ifndef TP_JCS_H
#define TP_JCS_H

#include "buf.h"
#include "span.h"

enum jcs_error {
	JCS_OK,
	JCS_E_LOSSY,	 /* a number that a double cannot hold: send it as a string */
	JCS_E_DUPLICATE, /* a name stands twice in one object */
	JCS_E_SPACE,	 /* out, or memory, is full */
};

/* "E_LOSSY", "E_DUPLICATE", "E_SPACE", and a reason for people. */
const char *jcs_error_code(enum jcs_error e);
const char *jcs_error_text(enum jcs_error e);

enum jcs_error jcs_append(struct span value, struct buf *out, size_t *offset);

#endif
