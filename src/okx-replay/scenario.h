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

/* Room for accounts with a few thousand rows each. */
#define SCENARIO_BYTES_MAX (64u << 20)

/* Add what the text says to r; on false r holds a part of it. json is checked here. */
bool scenario_read(struct replay *r, struct span json, struct rowfill *fill);

/* Rows of a JSON array into an empty table, which is sorted afterwards. */
bool scenario_rows(struct rowfill *fill, struct span array, struct table *out);

/* "orders", "fills", "bills", "positions", "positionsHistory", and their kinds. */
bool scenario_table_kind(struct span name, enum row_kind *kind);
const char *scenario_table_name(enum row_kind kind);

/* All of r as one scenario, on one line (for --resolve). */
void scenario_print(const struct replay *r, struct buf *out);

#endif
