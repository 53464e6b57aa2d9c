/*
 * day: one day's bars of one symbol and interval as a Parquet file of the cold store.
 *
 * The file is a function of the bars: the same bars give the same bytes.
 */
#ifndef TP_DAY_H
#define TP_DAY_H

#include "bar.h"
#include "parquet.h"

/* A day of seconds. */
#define DAY_BARS_MAX 86400
/* Such a file: 86400 bars take about 3 MB. */
#define DAY_FILE_MAX (32u << 20)

/* Bars in order of time; the caller owns what bars points to, or frees it with day_release(). */
struct day {
	struct bar *bars;
	size_t n, cap;
};

void day_release(struct day *d);
/* False: no memory, or more than a day has. */
bool day_add(struct day *d, const struct bar *b);

/* False: no memory. */
bool day_encode(const struct day *d, struct span symbol, struct span interval, struct buf *out);

/* Append the bars of a file that must be of this symbol, interval and day (since 1970). NULL, or
 * why it is not. */
const char *day_decode(struct span file, struct span symbol, struct span interval, int64_t day,
		       struct day *out);

/* a and b into out: of one window the higher version, and a's where they are the same. */
bool day_merge(const struct day *a, const struct day *b, struct day *out);

#endif
