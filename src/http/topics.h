/*
 * topics: what a subscriber wants of a stream. No I/O.
 *
 * A topic is a channel and a symbol: kline1m, trades, book or events (gaps, corrections and all
 * else that is neither) of BTC-USDC, or of every symbol with *. Symbols may be given as BASE/QUOTE
 * and BASE_QUOTE too.
 */
#ifndef TP_TOPICS_H
#define TP_TOPICS_H

#include "push_record.h"

/* A page shows one symbol in one interval with its trades and book; a recorder of ten symbols in
 * all seven intervals has 70. */
#define TOPICS_MAX 128

struct topic {
	enum push_kind kind;
	char symbol[PUSH_SYMBOL_MAX + 1]; /* "*": any */
	char interval[PUSH_INTERVAL_MAX + 1];
};

struct topics {
	size_t n;
	struct topic list[TOPICS_MAX];
};

/* False when the channel or symbol is none. */
bool topic_parse(struct span channel, struct span symbol, struct topic *out);

/* "kline1m", "trades", "book" or "events", appended to out. */
void topic_channel(const struct push_record *r, struct buf *out);

/* One that is there already counts as added; false: too many. */
bool topics_add(struct topics *t, const struct topic *add);
void topics_remove(struct topics *t, const struct topic *gone);
bool topics_match(const struct topics *t, const struct push_record *r);

/*
 * A query string: symbol=A[,B...]&interval=1m[,5m...]&with=trades,book,events&since=N. No symbol is
 * all symbols; no interval is no K-lines. NULL, or what is wrong. *has_since tells whether there
 * was one; without any parameter *t is empty.
 */
const char *topics_query(struct span query, struct topics *t, bool *has_since, uint64_t *since);

#endif
