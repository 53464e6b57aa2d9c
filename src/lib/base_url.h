/*
 * base_url: the site that a setting names, such as $OKX_BASE_URL.
 *
 * https://HOST[:PORT], or plain http:// to this machine only (a stand-in, a service on the same
 * host), as keys would cross the network in clear. No path. Dies with 102 when it is anything else.
 */
#ifndef TP_BASE_URL_H
#define TP_BASE_URL_H

#include "span.h"

#define BASE_URL_MAX 200

struct base_url {
	char text[BASE_URL_MAX + 1]; /* without a slash at its end */
	struct span site;	     /* host and port, within text */
	bool plain;		     /* http://, so to this machine */
	bool loopback;
};

/* The value of the environment variable, else (unset or empty) `otherwise`. */
void base_url_read(const char *variable, const char *otherwise, struct base_url *out);

#endif
