/*
 * agg: trades into candles, all intervals at once; pure: no clock, no output but what it tells its
 * listener.
 *
 * Of each symbol and interval one bar is open: that of the window that the symbol's time (its
 * newest trade, or a watermark) stands in. A trade goes into the open bars of those intervals that
 * have no finer one as their source, normally just the finest; a bar that closes is merged into the
 * bars above it. A trade whose window has closed is folded into the finished bars that it touches
 * and into nothing else; each comes out again, whole, with its version one higher.
 *
 * What is kept: finished bars for the lateness of their interval, the runs of missing ids, and the
 * newest trades for cancellations. So memory is bounded whatever comes.
 */
#ifndef TP_AGG_H
#define TP_AGG_H

#include "ids.h"
#include "interval.h"
#include "kept.h"
#include "series.h"

#define AGG_SYMBOL_MAX 64

struct agg_listener {
	void *context;
	void (*bar)(void *context, struct span symbol, const struct interval *interval,
		    const struct bar *bar);
	/* ids that have not come; filled: they have now */
	void (*gap)(void *context, struct span symbol, struct ids_run run, bool filled);
	/* a late trade that is in the coarser bars but came too late for this interval's */
	void (*missed)(void *context, struct span symbol, const struct interval *interval,
		       const struct trade *trade);
};

struct agg_options {
	struct intervals intervals;
	int64_t lateness_us[INTERVALS_MAX];
	size_t kept_trades;
	uint64_t fill_max; /* flat bars at most in a row where nothing was traded; 0: none */
	size_t symbols_max;
};

struct agg_symbol {
	char name[AGG_SYMBOL_MAX];
	size_t name_len;
	struct ids ids;
	int64_t clock_us;		/* newest trade or watermark */
	int64_t due_us;			/* before this nothing closes; 0: look */
	int64_t known_from_us;		/* bars that begin before this miss trades */
	int64_t last_px;		/* of the newest trade, for flat bars */
	struct bar open[INTERVALS_MAX]; /* start_us < 0: none */
	struct series done[INTERVALS_MAX];
};

struct agg {
	struct agg_options options;
	struct agg_listener listener;
	struct agg_symbol **symbols;
	size_t n, cap;
	uint32_t *table; /* hash to index + 1 */
	size_t table_size;
	uint32_t last; /* symbol of the trade before */
	struct kept kept;
	size_t roots[INTERVALS_MAX], roots_n; /* intervals without a finer one */
	/* for metrics */
	uint64_t late, duplicates, rebuilt;
};

enum agg_verdict {
	AGG_OK,
	AGG_DUPLICATE, /* seen before: dropped, nothing said */
	AGG_E_TOO_LATE,
	AGG_E_UNDECIDED, /* its id is below what is remembered */
	AGG_E_UNKNOWN,	 /* no such trade is kept */
	AGG_E_OVERFLOW,
	AGG_E_SYMBOLS, /* too many */
	AGG_E_MEMORY,
};

const char *agg_verdict_code(enum agg_verdict v);
const char *agg_verdict_text(enum agg_verdict v);

bool agg_init(struct agg *a, const struct agg_options *options,
	      const struct agg_listener *listener);
void agg_release(struct agg *a);

enum agg_verdict agg_trade(struct agg *a, struct span symbol, const struct trade *t);

/* The trade never was: its bars are made anew from what is left. */
enum agg_verdict agg_cancel(struct agg *a, struct span symbol, uint64_t id);
/* It had another price, size and turnover. */
enum agg_verdict agg_correct(struct agg *a, struct span symbol, uint64_t id, int64_t px, int64_t sz,
			     decimal_int turnover);

/* No trade of this symbol (or, NULL, of any) older than ts will come in order: close what ends
 * before. */
enum agg_verdict agg_watermark(struct agg *a, struct span symbol, int64_t ts_us);

/* Tell the open bars that have changed since they were last told. */
enum agg_verdict agg_provisional(struct agg *a);

/* For the checkpoint: the symbol by name, made when it is new; NULL when there is no room. */
struct agg_symbol *agg_symbol(struct agg *a, struct span name, enum agg_verdict *why);

#endif
