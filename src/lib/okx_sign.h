/*
 * okx_sign: the signature of an OKX v5 REST request.
 *
 * prehash = timestamp + METHOD + path and query + body; sign = base64(HMAC-SHA256(secret as text,
 * prehash)). What is signed are the exact bytes put on the wire: percent-encoding changes the
 * signature. Source: OKX API guide v5, "REST Authentication".
 */
#ifndef TP_OKX_SIGN_H
#define TP_OKX_SIGN_H

#include "span.h"

/* 44 digits of base64 and a NUL. */
#define OKX_SIGN_MAX 45

/* timestamp: ISO 8601 with exactly three digits of milliseconds (utc_print_ms_fixed). */
void okx_sign(struct span secret, struct span timestamp, struct span method, struct span path,
	      struct span body, char out[OKX_SIGN_MAX]);

#endif
