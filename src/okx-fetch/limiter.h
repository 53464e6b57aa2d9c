/*
 * limiter: OKX's rate limits, kept by all processes that use one key.
 *
 * Requests of one endpoint are spaced evenly (limit per period, burst 1: bursts within the limit
 * were seen to be refused). The next free slot of each endpoint stands in a small text file, locked
 * while it is read and advanced, so that several okx-fetch share one budget. Limits that OKX counts
 * by address share one file; those by user have one a key, named by a digest. Without a directory
 * the limits are this process' own.
 *
 * The file: one line an endpoint, "NEXT_US WINDOW_US COUNT name", times since 1970 in 20 digits.
 * Readable with cat; may be deleted at any time.
 */
#ifndef TP_LIMITER_H
#define TP_LIMITER_H

#include "okx_endpoint.h"

struct limiter_slot {
	int64_t next_us;   /* earliest time of the next request */
	int64_t window_us; /* begin of the current period */
	int64_t count;	   /* requests given out in it */
};

struct limiter {
	int directory;		 /* -1: none */
	int by_user, by_address; /* files, or -1 */
	struct limiter_slot own[OKX_ENDPOINTS];
	/* the tightest endpoint of the requests so far, for perf.rateLimit */
	unsigned remaining;
	int64_t reset_us;
};

/* directory may be -1. */
void limiter_init(struct limiter *l, int directory);

/* Begin a request's work: whose key it is (32 bytes of digest). */
void limiter_use_key(struct limiter *l, const unsigned char digest[32]);

/* Take the next slot of the endpoint; returns the time (CLOCK_REALTIME, microseconds) at which to
 * send. */
int64_t limiter_take(struct limiter *l, enum okx_endpoint e, int64_t now_us);

/* OKX refused for too many requests: nobody asks this endpoint before that time. */
void limiter_punish(struct limiter *l, enum okx_endpoint e, int64_t until_us);

#endif
