/*
 * http: GET requests side by side over libcurl, each sent at its time and answered with bytes,
 * within one deadline.
 *
 * The caller owns the calls. For each, `prepare` is asked just before it goes out (a signature must
 * be fresh), and `done` when it is over: done may set send_at_us and ask for another go. Redirects
 * are not followed, compression is not asked for (bodies are kept as received), certificates are
 * always checked, and no more than LIMIT_OKX_BODY_BYTES are read.
 */
#ifndef TP_HTTP_H
#define TP_HTTP_H

#include "buf.h"
#include "okx_error.h"

#include <curl/curl.h>

#define HTTP_URL_MAX 512
#define HTTP_HEADERS 6
#define HTTP_HEADER_MAX 320

struct http_call {
	/* the caller's */
	char url[HTTP_URL_MAX];
	char headers[HTTP_HEADERS]
		    [HTTP_HEADER_MAX]; /* "Name: value"; wiped when the call is over */
	size_t headers_n;
	int64_t send_at_us; /* CLOCK_REALTIME */
	void *context;

	/* the answer */
	enum okx_transport transport;
	unsigned status;
	struct buf body;
	const char *detail; /* the transport's words; static */
	int64_t sent_ms;    /* CLOCK_REALTIME */
	int64_t received_ms;
	int64_t took_us;

	/* http's own */
	enum { HTTP_WAITING, HTTP_RUNNING, HTTP_OVER } state;
	CURL *easy;
	struct curl_slist *list;
	int64_t started_us;
};

struct http {
	CURLM *multi;
	CURL *idle[64]; /* handles to use again: connections and DNS answers stay */
	size_t idle_n;
	unsigned request_timeout_ms;
	bool loopback; /* plain http to this machine: no proxy may see it */
	/* since http_reset_clock(): time with at least one request under way, and time spent
	 * waiting for slots alone */
	int64_t busy_us, waiting_us;
};

void http_init(struct http *h, unsigned request_timeout_ms);
void http_release(struct http *h);
void http_reset_clock(struct http *h);

enum http_verdict { HTTP_FINISHED, HTTP_AGAIN };

/*
 * Run n calls until all are over or deadline_us (CLOCK_MONOTONIC) has passed; what is not over then
 * ends as OKX_TIMED_OUT. Bodies are cleared at each go. Returns false when a stop signal ended the
 * run early.
 */
void http_run(struct http *h, struct http_call *const calls[], size_t n, int64_t deadline_us,
	      void (*prepare)(struct http_call *), enum http_verdict (*done)(struct http_call *));

#endif
