/*
 * trades: an instrument's public trades in order of trade id, each once.
 *
 * Pure. OKX gives pages newest first that overlap and may be asked for in any order; trade ids of
 * one instrument rise by one. The caller feeds whole replies; what is new comes out in ascending
 * order. A hole that OKX cannot fill is told once.
 */
#ifndef TP_TRADES_H
#define TP_TRADES_H

#include "buf.h"
#include "okx_reply.h"

struct trades_row {
	uint64_t id;
	struct span px, sz, side;
	int64_t ts_ms;
};

#define TRADES_PAGE 500

struct trades_page {
	struct trades_row rows[TRADES_PAGE]; /* ascending by id, no id twice */
	size_t n;
	size_t unreadable;
};

/* Read, check and sort a reply's rows; spans live as long as the reply. */
void trades_read(const struct okx_reply *r, struct trades_page *page);

/* Index of the first row with an id above last, or n. */
size_t trades_first_new(const struct trades_page *page, uint64_t last);

/* Append the `trade` record (record(5)). */
void trades_print(const struct trades_row *row, struct span inst_id, uint64_t seq, uint64_t in,
		  struct buf *out);

/* Append a `gap` record: ids first to last are not to be had. */
void trades_print_gap(struct span inst_id, uint64_t seq, uint64_t first, uint64_t last,
		      struct buf *out);

#endif
