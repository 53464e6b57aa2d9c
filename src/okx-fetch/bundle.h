/*
 * bundle: how OKX's bytes stand in a record: the raw entries of evidence(5).
 */
#ifndef TP_BUNDLE_H
#define TP_BUNDLE_H

#include "buf.h"

#include <stdint.h>

struct bundle_reply {
	const char *key;     /* "trade/order", "trade/order#2" */
	const char *request; /* "GET /api/v5/..." */
	struct span body;    /* as received, any bytes */
	unsigned status;     /* 0: no HTTP answer */
	int64_t fetched_ms;
};

/*
 * Append `"key":{...}` to the object that out is building. The body's own members stand as they
 * were received (line breaks between them left out); a body that is no JSON object, that canonical
 * JSON refuses, or that has members of our names is kept as a string. scratch is used and cleared.
 */
void bundle_append(const struct bundle_reply *r, struct buf *out, struct buf *scratch);

#endif
