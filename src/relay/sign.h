/*
 * sign: the headers that show a service who is asking (http-wrap(1), SIGNATURES). Pure: time and
 * nonce come in.
 *
 *     version 1   X-Signature: hex(HMAC-SHA256(secret, body))
 *     version 2   X-Timestamp, X-Nonce, X-Signature-V2: v2=hex(HMAC-SHA256(
 *                     HMAC-SHA256(secret, "toolchain hmac v2"),
 *                     "v2\n" timestamp "\n" nonce "\n" method "\n" path "\n" body))
 *
 * One or the other, never both: whoever stands between could take the stronger one away.
 */
#ifndef TP_SIGN_H
#define TP_SIGN_H

#include "span.h"

#include <stdint.h>

#define SIGN_HEADERS 3
#define SIGN_HEADER_MAX 96
#define SIGN_NONCE_BYTES 16
/* as http-wrap demands */
#define SIGN_SECRET_MIN 32

struct sign_headers {
	char line[SIGN_HEADERS][SIGN_HEADER_MAX]; /* "Name: value" */
	size_t n;
};

void sign_v1(struct span secret, struct span body, struct sign_headers *out);

void sign_v2(struct span secret, int64_t now_s, const unsigned char nonce[SIGN_NONCE_BYTES],
	     const char *method, const char *path, struct span body, struct sign_headers *out);

#endif
