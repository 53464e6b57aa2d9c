/*
 * base_url: which of OKX's sites to ask: $OKX_BASE_URL, by default https://openapi.okx.com.
 *
 * https://HOST[:PORT], or plain http:// to this machine only (a stand-in for OKX), as keys would
 * cross the network in clear. No path. Dies with 102 when it is anything else.
 */
#ifndef TP_BASE_URL_H
#define TP_BASE_URL_H

#include "span.h"

/* Returns the URL without a slash at its end; *site is host and port within it. Both live as long
 * as the process. */
const char *base_url_read(struct span *site);

#endif
