/*
 * trade_line: what a line of kline-agg's input says (record(5)), checked.
 */
#ifndef TP_TRADE_LINE_H
#define TP_TRADE_LINE_H

#include "bar.h"
#include "record.h"

/* A trade worth more than 10^15 of the quote currency is a mistake; below it, ten million such fit
 * a sum. */
#define TRADE_TURNOVER_MAX_E 15

/* 2001-09-09 to 2096-10-02: times in seconds, milliseconds or nanoseconds fall outside. */
#define TRADE_TS_MIN_US INT64_C(1000000000000000)
#define TRADE_TS_MAX_US INT64_C(3999999999999999)

enum trade_line_type {
	LINE_TRADE,
	LINE_CANCEL,
	LINE_CORRECT,
	LINE_WATERMARK,
	LINE_STREAM_END,
	LINE_OTHER, /* another type of record: match's acks and the like */
};

struct trade_line {
	struct trade trade; /* of a cancel the id alone */
	struct span symbol; /* NULL in a watermark for all */
	uint64_t count;	    /* of an end */
	enum trade_line_type type;
};

struct trade_line_fault {
	const char *code;
	const char *why;
	size_t offset; /* within the line, where one is known */
};

void trade_line_init(struct record_reader *r);

/* False: fault says why. The spans are good until the next call. */
bool trade_line_read(struct record_reader *r, struct span line, struct trade_line *out,
		     struct trade_line_fault *fault);

#endif
