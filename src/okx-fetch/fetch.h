/*
 * fetch: ask OKX everything that the plan wants to know about one order, within limits and a
 * deadline.
 *
 * Joins the pure parts (plan, okx_error, okx_sign, bundle) with the world (http, limiter). One
 * struct serves request after request and keeps connections open in between.
 */
#ifndef TP_FETCH_H
#define TP_FETCH_H

#include "http.h"
#include "limiter.h"
#include "plan.h"
#include "request.h"

struct fetch_settings {
	const char *base_url;	     /* "https://openapi.okx.com": no path, no slash at its end */
	unsigned deadline_ms;	     /* for a whole request */
	unsigned request_timeout_ms; /* for one HTTP exchange */
	unsigned backoff_ms;	     /* before the first retry; doubled for each further one */
};

struct fetch_answer;

struct fetch {
	struct fetch_settings settings;
	struct http http;
	struct limiter limiter;
	struct plan plan;
	const struct request *request;
	struct fetch_answer *answers;
	size_t answers_n;
	int64_t deadline_us;
	struct buf scratch;

	/* results */
	struct buf raw;	     /* the raw object */
	struct buf attempts; /* JSON array of all HTTP exchanges */
	enum okx_class error;
	struct buf error_msg;
	const char *error_hint;
	char hint_room[256];
	bool has_skew[2];   /* before, after */
	int64_t skew_ms[2]; /* our clock minus OKX's */
	unsigned requests, upstream_4xx, upstream_5xx;
};

/* state: an open directory for the shared limits, or -1. */
void fetch_init(struct fetch *f, const struct fetch_settings *settings, int state);
void fetch_release(struct fetch *f);

/* The request must have passed request_parse(). Always gives a raw object, however far it came. */
void fetch_run(struct fetch *f, const struct request *r);

#endif
