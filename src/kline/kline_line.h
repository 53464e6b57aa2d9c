/*
 * kline_line: what the readers of K-lines take from a line of kline-agg's output (record(5)).
 */
#ifndef TP_KLINE_LINE_H
#define TP_KLINE_LINE_H

#include "bar.h"
#include "record.h"

struct kline_line {
	bool is_bar; /* else a record of another type, and the rest is not set */
	struct span symbol, interval;
	struct bar bar; /* without the times of open and close */
	bool whole;	/* the taker's part, ids, closed and partial were there */
};

void kline_line_init(struct record_reader *r);

/* NULL, or why the line is no record of ours. Spans as record_read() gives them. */
const char *kline_line_read(struct record_reader *r, struct span line, struct kline_line *out);

/* A trade id of 63 bits, as databases have them; false too for a NULL span. */
bool kline_line_id(struct span text, int64_t *out);

#endif
