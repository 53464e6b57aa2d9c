/*
 * newest: the newest state of things, as a stream's snapshot has it. No I/O.
 *
 * Of each symbol and interval the newest bars, each in its highest version; of each symbol the last
 * trades and the last book. Memory is bounded by NEWEST_BYTES of records: what would go beyond has
 * no place in the snapshot, and is counted.
 */
#ifndef TP_NEWEST_H
#define TP_NEWEST_H

#include "push_record.h"

/* 64 symbols in seven intervals with 300 bars of 400 bytes take 54 MB. */
#define NEWEST_BYTES (64u << 20)

/* Symbols times (intervals and two), at most. */
#define NEWEST_SERIES 4096

/* Of a symbol's trades so many: what a page shows. */
#define NEWEST_TRADES 50

/* Most bars a series that may be asked for: a day of minutes. */
#define NEWEST_BARS_MAX 1440

struct newest_entry {
	uint64_t key; /* windowStart; of trades the number; of the book 0 */
	uint64_t version;
	uint64_t seq;
	char *text;
	size_t len;
};

struct newest_series {
	enum push_kind kind;
	char symbol[PUSH_SYMBOL_MAX + 1];
	char interval[PUSH_INTERVAL_MAX + 1];
	size_t n, cap, max;
	struct newest_entry *list; /* by key */
};

struct newest {
	size_t bars; /* of each series */
	size_t bytes, series_n;
	uint64_t left_out; /* records that found no room */
	uint64_t entries;
	struct newest_series *series[NEWEST_SERIES]; /* open addressing */
};

void newest_init(struct newest *s, size_t bars);
void newest_release(struct newest *s);

/* Take in a record; the text is copied. Records of other kinds are passed over. False: no memory.
 */
bool newest_put(struct newest *s, const struct push_record *r, uint64_t seq, struct span text);

/* All entries, series by series, each by key; stops when visit says false, and returns it. */
bool newest_each(const struct newest *s,
		 bool (*visit)(void *context, uint64_t seq, struct span text), void *context);

#endif
