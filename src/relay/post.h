/*
 * post: POST requests over libcurl to one URL, one at a time, over one connection that is kept.
 *
 * Certificates are always checked (against `authority` where it is given: PEM text, else the
 * system's), redirects are not followed, compression is not asked for, and no more than
 * LIMIT_BUNDLE_BYTES are read.
 */
#ifndef TP_POST_H
#define TP_POST_H

#include "buf.h"
#include "sign.h"

#include <curl/curl.h>

struct post_settings {
	const char *url;
	bool plain; /* http:// to this machine: no proxy may see it */
	unsigned connect_timeout_ms;
	struct span authority; /* NULL: the system's authorities */
};

struct post {
	struct post_settings settings;
	CURL *easy;
	struct buf body;
	bool too_long;
};

enum post_result {
	POST_ANSWERED,	/* status and body are those of the answer */
	POST_FAILED,	/* no complete answer; detail says why */
	POST_TIMED_OUT, /* the same, for time */
	POST_TOO_LONG,
};

struct post_answer {
	enum post_result result;
	unsigned status;
	struct span body;   /* good until the next call */
	const char *detail; /* static */
};

/* Dies with 111 when libcurl cannot start. */
void post_init(struct post *p, const struct post_settings *settings);
void post_release(struct post *p);

struct post_answer post_send(struct post *p, struct span body, const struct sign_headers *headers,
			     unsigned timeout_ms);

#endif
