/*
 * signature: X-Signature and X-Signature-V2 (http-wrap(1)); no I/O, no clock.
 *
 * signature_shape() looks at the headers alone, before a body is read; signature_check() at the
 * whole request. Every secret is tried every time and compared in constant time, so how long an
 * answer takes says nothing. A nonce is the caller's to remember, after SIGNATURE_GOOD.
 */
#ifndef TP_SIGNATURE_H
#define TP_SIGNATURE_H

#include "http_request.h"
#include "mac.h"
#include "span.h"

#include <stdint.h>

#define SIGNATURE_KEYS 2
#define SIGNATURE_SECRET_MIN_BYTES 32
#define SIGNATURE_FRESH_S 300
/* A timestamp may lie 300 s ahead and is good for 300 s behind. */
#define SIGNATURE_NONCE_S (2 * SIGNATURE_FRESH_S)

struct signature_keys {
	size_t n;
	struct span secret[SIGNATURE_KEYS];		 /* the caller's, locked */
	unsigned char v2_key[SIGNATURE_KEYS][MAC_BYTES]; /* made of them */
};

enum signature_verdict {
	SIGNATURE_GOOD,
	SIGNATURE_ABSENT,
	SIGNATURE_E_SHAPE, /* not hex, not the right length, a header missing */
	SIGNATURE_E_OLD,   /* version 1 where 2 is needed */
	SIGNATURE_E_EMPTY, /* version 1 over no body */
	SIGNATURE_E_MAC,
	SIGNATURE_E_TIME,
};

void signature_derive(struct signature_keys *keys);

enum signature_verdict signature_shape(const struct http_request *r, bool version_2_only);

/* *key: which secret it was made with. Wants what signature_shape() has found good. */
enum signature_verdict signature_check(const struct signature_keys *keys,
				       const struct http_request *r, struct span body,
				       int64_t now_s, size_t *key);

const char *signature_reason(enum signature_verdict v);

#endif
