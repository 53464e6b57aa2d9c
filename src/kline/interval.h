/*
 * interval: the widths of candles, and the windows that they cut time into.
 *
 * A window is [start, start + width) in UTC microseconds; start = floor((ts - offset) / width) *
 * width + offset. offset moves where days begin (OKX's begin at UTC+8, 16:00 UTC).
 */
#ifndef TP_INTERVAL_H
#define TP_INTERVAL_H

#include "span.h"

#include <stdint.h>

#define INTERVALS_MAX 16
#define INTERVAL_NAME_MAX 8
#define INTERVAL_DAY_US INT64_C(86400000000)

struct interval {
	char name[INTERVAL_NAME_MAX]; /* as it was written: "15m" */
	int64_t width_us;
	/* the coarsest finer interval whose windows fit into this one's, or -1: trades are its
	 * source */
	int source;
};

struct intervals {
	struct interval list[INTERVALS_MAX]; /* finest first */
	size_t n;
	int64_t offset_us;
};

/* "1s,1m,4h,1d": units s m h d, up to 7d, no two alike. NULL, or why not. */
const char *intervals_parse(struct span text, int64_t offset_us, struct intervals *out);

int64_t interval_start(int64_t ts_us, int64_t width_us, int64_t offset_us);

#endif
