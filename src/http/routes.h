/*
 * routes: which requests a service answers, and how (routes(5)); no I/O.
 *
 * routes_parse() reads a route file in place: it takes quotes out of the text, and everything that
 * it finds points into it, so the text must stay. What is wrong is a line, a column and a reason.
 * A match borrows from the routes and from the request.
 */
#ifndef TP_ROUTES_H
#define TP_ROUTES_H

#include "buf.h"
#include "http_request.h"
#include "span.h"

#include <stdint.h>

/* Our largest service has 14; counters are kept for each. */
#define ROUTES_MAX 64
#define ROUTES_LINE_BYTES 1024
#define ROUTES_FILE_BYTES (ROUTES_MAX * ROUTES_LINE_BYTES)
#define ROUTE_WORDS 24
#define ROUTE_VARIABLES 8
#define ROUTE_SEGMENT_BYTES 128
/* A decoded query variable: an order id has 20 bytes, a reason in words about 100. */
#define ROUTE_QUERY_BYTES 256
#define ROUTE_BODY_BYTES (1u << 20)

enum route_action { ROUTE_HEALTHZ, ROUTE_METRICS, ROUTE_FILE, ROUTE_RUN };

/* Who may ask without a signature. */
enum route_access {
	ROUTE_LOCAL,  /* this machine */
	ROUTE_OPEN,   /* everybody */
	ROUTE_SIGN,   /* nobody, where there is a secret */
	ROUTE_SIGN_2, /* nobody, and the signature must be of version 2 */
};

struct route {
	enum http_method method; /* HTTP_GET stands for HTTP_HEAD too */
	struct span path;
	enum route_action action;
	enum route_access access;
	struct span file, type, csp;
	uint32_t body_max;
	uint32_t timeout_s;
	bool json, array;
	struct span words[ROUTE_WORDS]; /* the command and its arguments */
	size_t words_n;
};

struct routes {
	struct route list[ROUTES_MAX];
	size_t n;
};

struct routes_fault {
	size_t line; /* 1-based */
	size_t column;
	const char *why;
};

bool routes_parse(char *text, size_t len, struct routes *out, struct routes_fault *fault);

/* ---- matching ---- */

enum route_found { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

struct route_match {
	const struct route *route;
	size_t index;			     /* of the route */
	struct span values[ROUTE_VARIABLES]; /* of the path's variables, in its order */
	bool get, post;			     /* for ROUTE_NO_METHOD: what the path takes */
};

enum route_found routes_match(const struct routes *routes, enum http_method method,
			      struct span path, struct route_match *out);

/*
 * The command and its arguments, each with a NUL, appended to out; *n counts them. NULL, or what is
 * wrong with the query.
 */
const char *route_arguments(const struct route_match *match, struct span query, struct buf *out,
			    size_t *n);

#endif
