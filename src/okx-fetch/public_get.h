/*
 * public_get: one public question to OKX at a time, within its limits, with retries.
 */
#ifndef TP_PUBLIC_GET_H
#define TP_PUBLIC_GET_H

#include "http.h"
#include "limiter.h"

struct public_get {
	const char *base_url;
	unsigned backoff_ms, deadline_ms;
	struct http http;
	struct limiter limiter;
	struct http_call call;
	/* the question under way */
	enum okx_endpoint endpoint;
	int64_t deadline_us;
	unsigned retries;

	/* the answer; spans into call.body */
	struct okx_reply reply;
	struct okx_judgement judgement;
};

void public_get_init(struct public_get *g, const char *base_url, int state);
void public_get_release(struct public_get *g);

/* True when the reply is good. Otherwise judgement says why. */
bool public_get(struct public_get *g, enum okx_endpoint endpoint, const char *query);

#endif
