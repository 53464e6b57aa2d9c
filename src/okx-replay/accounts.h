/*
 * accounts: one account of a scenario: its key, its config row and its ledgers.
 */
#ifndef TP_ACCOUNTS_H
#define TP_ACCOUNTS_H

#include "replay.h"
#include "rowfill.h"

/* Add it to r; false with a complaint. */
bool accounts_read(struct replay *r, struct rowfill *f, struct span object);

#endif
