/*
 * shape: what the lines of a stream have in common: the bytes between their values.
 *
 * The programs that write orders write the same members in the same order, line after line. From a
 * line that was read member by member (message.h) its shape is learnt; a line with the same bytes
 * between, and plain strings and numbers (plain.h) where there were such, is JSON of the same form
 * by construction, and where its members stand is known without reading a name. The value of the
 * first member, which is the type, counts as bytes between: one shape is of one type of record.
 *
 * Two shapes are kept for each byte that a type can begin with, so that orders with and without a
 * price do not push each other out. Caller-allocated; all zero is the beginning.
 */
#ifndef TP_SHAPE_H
#define TP_SHAPE_H

#include "span.h"

#include <stdint.h>

/* Lines with more members, or longer names between them, have no shape: they take longer. */
#define SHAPE_STEPS_MAX 16
#define SHAPE_BETWEEN_MAX 48

/* Where the type stands: behind {"type":" */
#define SHAPE_TYPE_AT 9

#define SHAPE_KINDS 32
#define SHAPE_WAYS 2

struct shape_step {
	char between[SHAPE_BETWEEN_MAX]; /* from the end of the value before to this one */
	unsigned char len;
	unsigned char member; /* by enum member */
	bool string;
};

struct shape {
	unsigned char n; /* 0: no shape */
	unsigned char type;
	unsigned char type_len;
	uint64_t present; /* of its members, bits as in struct message */
	uint64_t strings;
	struct shape_step steps[SHAPE_STEPS_MAX];
};

struct shapes {
	struct shape kept[SHAPE_KINDS][SHAPE_WAYS];
	unsigned char recent[SHAPE_KINDS];
};

/* The shape that a line probably has, or the other one; NULL: none is known. */
const struct shape *shapes_guess(const struct shapes *x, struct span line, unsigned try);

/* m[i] becomes the text of member i, without quotes. False: the line has another shape, and m may
 * have been written to. Behind the line 64 bytes can be read. */
bool shape_match(const struct shape *s, struct span line, struct span m[]);

/* One more value, at `value`, while a line is taken apart; the value before ended at `from`. What
 * has no shape makes n more than SHAPE_STEPS_MAX, and stays so. */
void shape_add(struct shape *s, const char *from, const char *value, unsigned member, bool string);

/* Keep it for lines like this one, if it is one. */
void shapes_keep(struct shapes *x, struct span line, const struct shape *s);

/* The line was of the shape that shapes_guess(x, line, try) gave. */
void shapes_used(struct shapes *x, struct span line, unsigned try);

#endif
