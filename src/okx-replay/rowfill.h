/*
 * rowfill: a row of a scenario as OKX would serve it.
 *
 * Every documented member (fields.h) stands in the result, in OKX's order, from the scenario or
 * with what may be left out; tokens (relative.h) are replaced at any depth. Nothing is derived from
 * other rows. A member that OKX does not document is refused, as it is most likely a misspelling,
 * unless its name begins with + (served at the end of the row, without the +) or with _ (a remark,
 * never served). Types are OKX's: strings stay strings, numbers keep their digits.
 *
 * The caller owns the struct; rowfill_init() and rowfill_release() bracket its use.
 */
#ifndef TP_ROWFILL_H
#define TP_ROWFILL_H

#include "buf.h"
#include "complaint.h"
#include "fields.h"
#include "span.h"

#include <stdint.h>

struct rowfill {
	int64_t now_ms;
	bool keep_marks;     /* print members with + and _ as the scenario has them */
	struct span inst_id; /* that the rows stand under, for trades */
	struct complaint *complaint;
	struct buf text; /* a decoded string */
	struct buf resolved;
};

void rowfill_init(struct rowfill *f, int64_t now_ms, struct complaint *complaint);
void rowfill_release(struct rowfill *f);

/* Append the row; false with a complaint. object is a value that json_check() accepted. */
bool rowfill_row(struct rowfill *f, enum row_kind kind, struct span object, struct buf *out);

/* Append any JSON value, its tokens replaced, white space left out. */
bool rowfill_value(struct rowfill *f, struct span value, struct buf *out);

/* A JSON string's text, its token replaced; good until the next call. */
bool rowfill_text(struct rowfill *f, struct span string, struct span *text);

#endif
