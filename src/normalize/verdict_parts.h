/*
 * verdict_parts: what the files of verdict share, and nobody else.
 *
 * verdict.c has the decision table as a whole. Each row of it is a function below, which either
 * says its answer (true: it is decided) or nothing (false: the next row's turn). They are pure, and
 * borrow everything from the ledger.
 */
#ifndef TP_VERDICT_PARTS_H
#define TP_VERDICT_PARTS_H

#include "verdict.h"
#include "window.h"

/* What is being decided, gathered once. */
struct matter {
	const struct okx_ledger *ledger;
	struct span ord_id;
	int64_t now_ms;
	const struct okx_order *order;
	struct okx_match match;
	struct events events;
	struct window window; /* the life with slack */
	bool sums_hold;	      /* closing fills add up to closeTotalPos */
	bool flipped;	      /* the last closing fill went on to open the opposite */
	struct verdict *v;
};

/* ---- verdict_matter.c ---- */

/* The order, and the life that it belongs to. */
void matter_open(struct matter *m);
/* Of that life. */
void matter_set_window(struct matter *m);
/* What closed the position in the window. */
void matter_read_events(struct matter *m);

/* ---- verdict_says.c ---- */

/* True, for a row to return. */
bool verdict_answer(struct verdict *v, unsigned row, enum verdict_answer liquidated,
		    const char *reason, const char *sub);
bool verdict_unknown(struct verdict *v, unsigned row, const char *sub);

/* One ledger's testimony; agrees: with the answer. */
__attribute__((format(printf, 4, 5))) void verdict_testify(struct verdict *v, const char *source,
							   bool agrees, const char *format, ...);

/* For testimonies: a text that an exchange sent, cut to 31 bytes. */
const char *verdict_text(struct span s, char room[32]);

/* ---- verdict_order.c ---- */

bool decide_spot(struct matter *m);
bool decide_liquidation_order(struct matter *m);
bool decide_adl_order(struct matter *m);
bool decide_never_filled(struct matter *m);
/* Also without an order. */
bool decide_retention(struct matter *m);

/* ---- verdict_guard.c ---- */

bool guard_order(struct matter *m);
bool guard_not_filled(struct matter *m);
bool guard_lives(struct matter *m);
/* With the window set. */
bool guard_ledgers(struct matter *m);
/* With events read, and so all below. */
bool guard_sums(struct matter *m);
bool guard_agreement(struct matter *m);

/* ---- verdict_life.c ---- */

/* Was there an ADL in this life? */
void life_note_adl(struct matter *m);
bool decide_full(struct matter *m);
bool decide_partial(struct matter *m);
bool decide_unknown_code(struct matter *m);
bool decide_adl(struct matter *m);
bool decide_system_close(struct matter *m);
bool decide_manual(struct matter *m);
bool decide_open(struct matter *m);

#endif
