/*
 * es6num: a JSON number as ECMAScript prints it (RFC 8785 section 3.2.2.3), and whether that lost
 * anything.
 *
 * The only place in tradepipe that holds a double: RFC 8785 defines canonical numbers by IEEE 754
 * binary64. Nothing is ever computed with it. A number whose canonical form is not the same decimal
 * value as the text received is reported as lossy, so two different numbers can never share one
 * canonical form.
 */
#ifndef TP_ES6NUM_H
#define TP_ES6NUM_H

#include "span.h"

#define ES6NUM_MAX 32

enum es6num_result { ES6NUM_EXACT, ES6NUM_LOSSY };

/* text: a number that json_check accepted. Writes the canonical form (no NUL counted in *len). */
enum es6num_result es6num(struct span text, char out[ES6NUM_MAX], size_t *len);

/* The canonical form of a finite double; returns its length. For tests against other printers. */
size_t es6num_print(double value, char out[ES6NUM_MAX]);

#endif
