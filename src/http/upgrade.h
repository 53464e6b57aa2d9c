/*
 * upgrade: what a request asks of ws-push, and how it is answered. No I/O.
 *
 * The head has been read by http_request_read(); the members of the WebSocket handshake (RFC 6455,
 * section 4.2.1) are looked for in its bytes.
 */
#ifndef TP_UPGRADE_H
#define TP_UPGRADE_H

#include "http_request.h"

#define UPGRADE_ORIGINS 8

/* Base64 of a SHA-1, without NUL */
#define UPGRADE_ACCEPT 28

enum upgrade_kind {
	UPGRADE_WS,	/* /ws */
	UPGRADE_SSE,	/* /stream */
	UPGRADE_TOPICS, /* /topics */
	UPGRADE_PAGE,	/* / or /NAME: a file of the page */
	UPGRADE_REFUSED,
};

struct upgrade {
	enum upgrade_kind kind;
	unsigned status;   /* of UPGRADE_REFUSED */
	const char *why;   /* of UPGRADE_REFUSED */
	struct span file;  /* of UPGRADE_PAGE: its name */
	struct span after; /* Last-Event-ID, or empty */
	char accept[UPGRADE_ACCEPT + 1];
	bool foreign; /* the origin is another than the host, and allowed */
	struct span origin;
};

/* origins: those that are allowed beside the host's own; "*" allows all. */
void upgrade_read(const struct http_request *r, struct span head, const char *const origins[],
		  size_t origins_n, struct upgrade *out);

#endif
