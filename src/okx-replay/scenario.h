/*
 * scenario: what the stand-in is to know, from a JSON file (okx-replay(1), SCENARIOS).
 *
 * Reading is strict: an unknown member, a wrong type, a missing or repeated id ends it with a
 * complaint that names the place. Rows come out complete (rowfill.h). The same functions read the
 * rows of commands.
 */
#ifndef TP_SCENARIO_H
#define TP_SCENARIO_H

#include "complaint.h"
#include "replay.h"
#include "rowfill.h"
#include "scenario_rows.h"

/* Add what the text says to r; on false r holds a part of it. json is checked here. */
bool scenario_read(struct replay *r, struct span json, struct rowfill *fill);

/* All of r as one scenario, on one line (for --resolve). */
void scenario_print(const struct replay *r, struct buf *out);

#endif
