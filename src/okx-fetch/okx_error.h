/*
 * okx_error: what an answer of OKX, or the lack of one, means.
 *
 * The body comes before the HTTP status, and the code in it before the body's text: OKX sends 51603
 * with 200, 50013 ("busy") with 429, a numeric code with 404, and HTML when a gateway speaks in its
 * place. Pure.
 */
#ifndef TP_OKX_ERROR_H
#define TP_OKX_ERROR_H

#include "okx_reply.h"

/* The values of error.code (record(5)). */
enum okx_class {
	OKX_FINE,
	OKX_AUTH_ERROR,
	OKX_NOT_FOUND,
	OKX_RATE_LIMIT,
	OKX_REMOTE_4XX,
	OKX_REMOTE_5XX,
	OKX_TIMEOUT,
	OKX_NETWORK, /* no HTTP answer at all */
	OKX_BAD_REQUEST,
	OKX_INTERNAL,
};

const char *okx_class_name(enum okx_class c);

enum okx_retry { OKX_RETRY_NO, OKX_RETRY_YES, OKX_RETRY_ONCE };

struct okx_code {
	unsigned code;
	enum okx_class class;
	enum okx_retry retry;
	const char *hint;
};

/* NULL for a code that private GETs are not documented to give. */
const struct okx_code *okx_code_find(struct span code);
/* The whole table, for tests and the manual; *n rows. */
const struct okx_code *okx_code_table(size_t *n);

/* How the exchange of bytes went. */
enum okx_transport {
	OKX_ANSWERED,
	OKX_TIMED_OUT, /* connect, first byte, or total */
	OKX_NO_ANSWER, /* name, connection, TLS, reset */
	OKX_CUT_SHORT, /* fewer bytes than announced */
	OKX_TOO_LARGE,
};

struct okx_judgement {
	enum okx_class class;
	enum okx_retry retry;
	struct span code; /* OKX's code, or empty */
	const char *hint;
	const char *reason; /* when OKX gave no message of its own */
};

/*
 * reply has been read from the body (okx_reply_read_body) and knows endpoint and http_status.
 * detail: the transport's own words. An empty data is NOT_FOUND for trade/order and fine for lists.
 */
void okx_judge(enum okx_transport transport, const char *detail, const struct okx_reply *reply,
	       struct span body, struct okx_judgement *out);

#endif
