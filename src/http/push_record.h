/*
 * push_record: what the push needs to know of a record: which topic it belongs to, and what it
 * takes the place of. No I/O.
 */
#ifndef TP_PUSH_RECORD_H
#define TP_PUSH_RECORD_H

#include "record.h"

#define PUSH_SYMBOL_MAX 64
#define PUSH_INTERVAL_MAX 8

enum push_kind { PUSH_KLINE, PUSH_TRADE, PUSH_BOOK, PUSH_OTHER };

struct push_record {
	enum push_kind kind;
	struct span symbol;   /* none: it concerns all */
	struct span interval; /* of a kline */
	uint64_t start;	      /* of a kline: windowStart */
	uint64_t version;     /* of a kline */
};

void push_record_init(struct record_reader *r);

/* NULL, or why the line is no record. Spans as record_read() gives them. */
const char *push_record_read(struct record_reader *r, struct span line, struct push_record *out);

#endif
