/*
 * kline_agg: the program kline-agg, which is in several files: options and main (kline-agg.c), what
 * happens to a line (kline_agg_line.c), what is printed (kline_agg_print.c). The candles themselves
 * are agg's.
 *
 * One struct, which main owns, goes through all of them. Times are microseconds.
 */
#ifndef TP_KLINE_AGG_H
#define TP_KLINE_AGG_H

#include "agg.h"
#include "checkpoint.h"
#include "delay.h"
#include "filter.h"
#include "trade_line.h"

struct kline_agg {
	/* options */
	struct agg_options options;
	const char *intervals;
	int64_t day_offset_us;
	int64_t lateness_fine_us, lateness_us;
	int64_t provisional_us, idle_close_us, max_skew_us, checkpoint_us;
	int state; /* directory, or -1 */
	uint64_t threads;
	bool fill, input_done, require_end;

	struct filter *filter;
	struct agg agg;
	struct record_reader reader;
	struct record_reader reader_ahead; /* the other thread's */
	struct buf out;
	struct checkpoint done;				/* lines read, records printed */
	uint64_t first_in;				/* lines read before this run */
	bool ended;					/* an end record has come */
	int64_t newest_us;				/* ts of the newest trade */
	int64_t line_at, provisional_at, checkpoint_at; /* monotonic */
	int64_t now_us;					/* the clock as it was read last */
	struct delay delay;				/* of bars, with --metrics-file */
	size_t m_bars, m_rebuilt, m_late, m_duplicates, m_gaps, m_rejects, m_delay, m_lag;
};

/* ---- kline_agg_print.c ---- */

/* Bars, gaps and late trades are printed as agg tells them. */
void kline_agg_listen(struct kline_agg *t, struct agg_listener *out);
/* A record with the members that each of ours begins with; and its end, which puts it out. */
void kline_agg_begin(struct kline_agg *t, const char *type);
void kline_agg_end_record(struct kline_agg *t);
/* FILTER_NO. */
enum filter_verdict kline_agg_reject(struct kline_agg *t, const struct line *in, const char *reason,
				     const char *why, size_t offset);

/* ---- kline_agg_line.c ---- */

/* The checkpoint in the state directory; dies where it is no good. */
void kline_agg_load(struct kline_agg *t, const char *directory);
/* The filter's step and end, and what it calls while nothing comes (context: the struct). */
enum filter_verdict kline_agg_line(struct filter *f, const struct line *in, bool too_long);
enum filter_verdict kline_agg_end(struct filter *f, bool at_end);
void kline_agg_tick(void *context);
/* For the other thread: a line into a struct trade_line. What is no good is read again by ours. */
bool kline_agg_note(void *context, struct span line, void *out);

#endif
