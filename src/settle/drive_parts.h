/*
 * drive_parts: what the files of drive share, and nobody else.
 *
 * flow_drive() (drive.c) goes over chains, swaps and legs; drive_swap.c asks drive_leg.c about
 * single legs.
 */
#ifndef TP_DRIVE_PARTS_H
#define TP_DRIVE_PARTS_H

#include "flow.h"

/* ---- drive_leg.c ---- */

void drive_leg(struct flow *f, struct leg *l);
/* Is the chain's node too far behind to begin anything? */
bool drive_lags(const struct flow_chain *c);
/* Has it been screened lately enough to be released? */
bool drive_screened_now(const struct flow *f, const struct leg *l);

/* ---- drive_swap.c ---- */

void drive_swap(struct flow *f, struct swap *s);

#endif
