/*
 * take_parts: what the files that take answers share, and nobody else.
 *
 * flow_take_answer() (take_answer.c) finds out what an answer is about, and hands it to one of
 * these. Each looks, logs what has changed (journal_leg()), and says when the leg is to be driven
 * again. Nothing is sent from here: that is drive's, in the same round.
 */
#ifndef TP_TAKE_PARTS_H
#define TP_TAKE_PARTS_H

#include "flow.h"
#include "said.h"

/* ---- take_error.c ---- */

void take_error(struct flow *f, struct leg *l, enum flow_op op, const struct said *a);
/* An answer that no adapter may give: somebody has to look. */
void take_bad_answer(struct flow *f, struct leg *l, enum flow_op op, const char *code,
		     const char *why);
void take_count_failure(struct flow *f, enum flow_op op);

/* ---- take_version.c ---- */

void take_screened(struct flow *f, struct leg *l);
/* Of prepare, bump or cancel. */
void take_prepared(struct flow *f, struct leg *l, const struct said *a, enum flow_op op);
void take_signatures(struct flow *f, struct leg *l, const struct said *a);
void take_assembled(struct flow *f, struct leg *l, const struct said *a);
void take_submitted(struct flow *f, struct leg *l, const struct said *a);

/* ---- take_sight.c ---- */

void take_sight(struct flow *f, struct leg *l, const struct said *a);

/* ---- take_chain.c ---- */

/* Of info, height or balance; errors, too. */
void take_chain(struct flow_chain *c, enum flow_op op, const struct said *a);

#endif
