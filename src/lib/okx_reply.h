/*
 * okx_reply: one answer of OKX, read from its body alone or from a raw entry of a record.
 *
 * The envelope is {"code":"0","msg":"","data":[...]}; error bodies may lack data, and a 404 has a
 * numeric code. Nothing is copied; the spans point into the text that was read.
 */
#ifndef TP_OKX_REPLY_H
#define TP_OKX_REPLY_H

#include "buf.h"
#include "okx_endpoint.h"
#include "span.h"

struct okx_reply {
	enum okx_endpoint endpoint;
	struct span query; /* behind the "?" of the request, or empty */
	unsigned http_status;
	bool json;	  /* the body is a JSON object with one code and at most one data */
	struct span code; /* without quotes; a number as written */
	struct span msg;  /* a string value with quotes, or NULL */
	struct span data; /* the array, or NULL */
	size_t rows;
};

/* True when OKX answered the question: HTTP 200, code "0", and an array. */
bool okx_reply_ok(const struct okx_reply *r);

/* OKX answered that there is no such thing (order, instrument, position): an answer, too. */
bool okx_reply_none(const struct okx_reply *r);

/* Fill in json, code, msg, data, rows from a body of any bytes. */
void okx_reply_read_body(struct span body, struct okx_reply *out);

/*
 * From a member of raw: key as written between its quotes, value an object. A body that was kept as
 * a string is decoded into scratch, which must live as long as the reply. False when the member is
 * not of ours.
 */
bool okx_reply_read_entry(struct span key, struct span entry, struct buf *scratch,
			  struct okx_reply *out);

#endif
