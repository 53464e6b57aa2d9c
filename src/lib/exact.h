/*
 * exact: text that a program of ours writes, and reads back byte for byte.
 *
 * For snapshots: the writer is the only one, so there is one spelling, and no JSON parser is
 * needed. Each call takes a fixed key and the value behind it; once something was not as it must
 * be, `bad` is set and every later call returns zero and takes nothing, so that many are written in
 * a row and bad is asked once. Texts point into what is read.
 */
#ifndef TP_EXACT_H
#define TP_EXACT_H

#include "buf.h"
#include "decimal.h"
#include "span.h"

struct exact {
	struct span rest;
	bool bad;
};

/* Does what is left begin with text? Takes nothing. */
bool exact_starts(const struct exact *x, const char *text);

void exact_skip(struct exact *x, const char *text);

/* The key and an unsigned number without leading zeros, at most max. */
uint64_t exact_u64(struct exact *x, const char *key, uint64_t max);
int64_t exact_i64(struct exact *x, const char *key, int64_t max);

/* The key and a string of up to max bytes, none of which is a quote, a backslash or a control. */
struct span exact_text(struct exact *x, const char *key, size_t max);

/* The key and a string that holds a decimal as decimal_print() spells it. */
struct decimal exact_decimal(struct exact *x, const char *key);

/* The same, written: the key as it stands, and what the reader of that name takes behind it. */
void exact_put_u64(struct buf *b, const char *key, uint64_t v);
void exact_put_i64(struct buf *b, const char *key, int64_t v);
void exact_put_text(struct buf *b, const char *key, struct span text);
void exact_put_decimal(struct buf *b, const char *key, struct decimal d);

#endif
