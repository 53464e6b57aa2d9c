/*
 * bar: one candle in the making.
 *
 * Adding a trade and merging two bars are commutative and associative: open and close go by (ts,
 * trade id), not by arrival, and sums are exact. So a late trade is folded in like any other, and a
 * bar of bars equals the bar of their trades.
 *
 * Prices and sizes count 10^-8, turnover 10^-16. Overflow of a sum is an error, and the bar is as
 * before.
 */
#ifndef TP_BAR_H
#define TP_BAR_H

#include "buf.h"
#include "fixed.h"

#define BAR_SCALE 8
#define BAR_TURNOVER_SCALE 16

struct trade {
	uint64_t id;
	int64_t ts_us;
	int64_t px, sz;
	decimal_int turnover;
	bool taker_buys; /* false too where the taker's side is not stated (an auction) */
};

struct bar {
	int64_t start_us;
	int64_t open_ts, close_ts;
	uint64_t open_id, close_id;
	int64_t open, high, low, close;
	decimal_int volume, turnover, buy_volume, buy_turnover;
	uint64_t trades;  /* 0: a window without any */
	uint32_t version; /* printed so often */
	bool partial;
	bool closed;
	bool changed;	   /* since it was last printed */
	bool again;	   /* it was printed as closed before; set while it is told */
	int64_t untold_us; /* where changed: ts of the first trade since it was printed; 0: late */
};

bool bar_add(struct bar *b, const struct trade *t);
bool bar_merge(struct bar *b, const struct bar *from);

/* The kline record (record(5)), with its newline's place left to the writer. Without seq and in
 * where seq is 0: out of no stream. */
void bar_print(const struct bar *b, struct span symbol, const char *interval, uint64_t seq,
	       uint64_t in, struct buf *out);

#endif
