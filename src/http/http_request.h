/*
 * http_request: the head of an HTTP/1.1 request (RFC 9112), read strictly; no I/O.
 *
 * The caller collects bytes from the beginning of a request in a buffer that does not move, and
 * calls http_request_read() after each read with all it has so far: HTTP_MORE, HTTP_COMPLETE, or
 * what is wrong. After HTTP_COMPLETE the spans point into the buffer and head_len says where the
 * body begins. Where two servers could read a request differently it is refused: nothing is joined,
 * unfolded, trimmed by half, or taken for the likelier of two meanings. After any verdict but
 * HTTP_COMPLETE nobody knows where the next request begins: answer and close.
 */
#ifndef TP_HTTP_REQUEST_H
#define TP_HTTP_REQUEST_H

#include "span.h"

#include <stdint.h>

/* A path of ours has under 200 bytes, a query under 300. */
#define HTTP_LINE_BYTES 1024

/* Ours has 12 headers of under 200 bytes; a browser with cookies about 20. */
#define HTTP_HEADERS_BYTES 8192
#define HTTP_HEADER_BYTES 4096
#define HTTP_HEADERS 32

/* The longest head that can be complete: an empty line before it, its line, headers, empty line. */
#define HTTP_HEAD_BYTES (2 + HTTP_LINE_BYTES + 2 + HTTP_HEADERS_BYTES + 4)

/* A Content-Length has at most so many digits. */
#define HTTP_LENGTH_DIGITS 7

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST };

enum http_verdict {
	HTTP_MORE,
	HTTP_COMPLETE,
	HTTP_E_LINE,	     /* not METHOD SP target SP version */
	HTTP_E_LINE_LONG,    /* request line */
	HTTP_E_TARGET,	     /* no path of visible ASCII, or another host's */
	HTTP_E_VERSION,	     /* neither 1.0 nor 1.1 */
	HTTP_E_METHOD,	     /* none of ours */
	HTTP_E_LF,	     /* line feed without carriage return */
	HTTP_E_FOLD,	     /* a header line that begins with a blank */
	HTTP_E_NAME,	     /* a header's name is no token, or a blank stands before the colon */
	HTTP_E_VALUE,	     /* control character in a value */
	HTTP_E_TWICE,	     /* a header that may stand once stands twice */
	HTTP_E_HEADER_LONG,  /* one line of the headers */
	HTTP_E_HEADERS_LONG, /* all of them */
	HTTP_E_HEADERS_MANY,
	HTTP_E_HOST,	     /* none, or not a host */
	HTTP_E_LENGTH,	     /* not digits */
	HTTP_E_LENGTH_LONG,  /* too many digits */
	HTTP_E_CODING_BOTH,  /* Transfer-Encoding beside Content-Length */
	HTTP_E_CODING_OLD,   /* Transfer-Encoding in HTTP/1.0 */
	HTTP_E_CODING_CHUNK, /* chunked */
	HTTP_E_CODING,	     /* any other */
	HTTP_E_BODY,	     /* GET or HEAD with a body */
	HTTP_E_EXPECT,	     /* anything but 100-continue */
};

/* Headers that mean something to us; each may stand once. */
enum http_field {
	HTTP_HOST,
	HTTP_CONTENT_LENGTH,
	HTTP_TRANSFER_ENCODING,
	HTTP_EXPECT,
	HTTP_CONTENT_TYPE,
	HTTP_ORIGIN,
	HTTP_X_REQUEST_ID,
	HTTP_X_SIGNATURE,
	HTTP_X_SIGNATURE_V2,
	HTTP_X_TIMESTAMP,
	HTTP_X_NONCE,
	HTTP_FIELDS
};

struct http_request {
	enum http_method method;
	int minor;			 /* of HTTP/1.minor */
	struct span target;		 /* as it stood in the request line */
	struct span path;		 /* its path; begins with a slash */
	struct span query;		 /* what stands behind its ?, or empty */
	struct span fields[HTTP_FIELDS]; /* values; a NULL ptr where there is none */
	uint32_t length;		 /* of the body; 0 without Content-Length */
	bool keep_alive;
	bool expects_continue;
	size_t head_len;

	/* how far reading has come */
	size_t at;	   /* where the next line begins */
	size_t seen;	   /* bytes from there on known to hold no line feed */
	size_t headers_at; /* where the first header line begins, 0: not yet */
	unsigned headers;
	bool close, has_method;
};

void http_request_init(struct http_request *r);

/* bytes: everything since the beginning of the request, at most HTTP_HEAD_BYTES of it are looked
 * at. Call again with more after HTTP_MORE, never after another verdict. */
enum http_verdict http_request_read(struct http_request *r, struct span bytes);

/* The status to answer with (0 for HTTP_MORE and HTTP_COMPLETE), and a reason for people. */
unsigned http_verdict_status(enum http_verdict v);
const char *http_verdict_reason(enum http_verdict v);

const char *http_method_name(enum http_method m);

/* Case of letters aside. */
bool http_text_is(struct span text, const char *word);

#endif
