/*
 * tapes: the public trades of a scenario: {"INSTID":[rows]} or {"INSTID":{"generate":{...}}}.
 *
 * Generated trades are the same in every run, but for their times: ids without a gap, one trade
 * every everyMs up to endMs.
 */
#ifndef TP_TAPES_H
#define TP_TAPES_H

#include "replay.h"
#include "rowfill.h"

/* Trades that one "generate" may ask for. */
#define TAPES_TRADES_MAX 200000

/* Add them to r; false with a complaint. */
bool tapes_read(struct replay *r, struct rowfill *f, struct span object);

#endif
