/*
 * scenario_rows: the rows of a scenario's tables, which its parts and commands read alike.
 */
#ifndef TP_SCENARIO_ROWS_H
#define TP_SCENARIO_ROWS_H

#include "replay.h"
#include "rowfill.h"
#include "table.h"

/* Room for accounts with a few thousand rows each. */
#define SCENARIO_BYTES_MAX (64u << 20)

/* Rows of a JSON array into an empty table, which is sorted afterwards. */
bool scenario_rows(struct rowfill *fill, struct span array, struct table *out);

/* "orders", "fills", "bills", "positions", "positionsHistory", and their kinds. */
bool scenario_table_kind(struct span name, enum row_kind *kind);
const char *scenario_table_name(enum row_kind kind);

#endif
