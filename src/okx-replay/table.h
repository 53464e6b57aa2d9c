/*
 * table: the rows of one ledger, newest first, each as the JSON text that is served.
 *
 * What requests ask about most is kept beside the text: the number that pages are cut by, the time
 * that begin and end compare, and the time from which OKX counts how long it keeps the row. The
 * table owns its texts. Rows with equal page numbers stand in the order in which they were added.
 */
#ifndef TP_TABLE_H
#define TP_TABLE_H

#include "complaint.h"
#include "fields.h"
#include "span.h"

#include <stdint.h>

struct row {
	char *text;
	size_t len;
	char *name;	 /* "_name" of the scenario, or NULL */
	uint64_t key;	 /* ordId, billId, tradeId; uTime (positions-history); cTime (positions) */
	int64_t at_ms;	 /* cTime of an order, ts of the others */
	int64_t kept_ms; /* uTime; ts where there is none */
	uint32_t added;
	bool finished;	   /* an order that is filled or canceled */
	bool never_filled; /* accFillSz is 0 */
	bool flat;	   /* a position of size 0 */
};

struct table {
	enum row_kind kind;
	struct row *rows;
	size_t n;
	size_t cap;
};

void table_init(struct table *t, enum row_kind kind);
void table_release(struct table *t);

/* text: what rowfill_row() made; copied. name may be empty. The rows are in order only after
 * table_sort(). */
bool table_add(struct table *t, struct span text, struct span name, struct complaint *c);

/* Newest first. False with a complaint when an id stands twice. */
bool table_sort(struct table *t, struct complaint *c);

/* False with a complaint when an id of more stands in t already. */
bool table_disjoint(const struct table *t, const struct table *more, struct complaint *c);

/* Move all rows of from to the end of t; from is empty then. Sort afterwards. */
void table_move(struct table *t, struct table *from);

struct span row_text(const struct row *r);

/* The text of a string member, or a NULL span. */
struct span row_member(const struct row *r, const char *name);

/* A member as number; 0 when it is "" or none. */
uint64_t row_number(const struct row *r, const char *name);

#endif
