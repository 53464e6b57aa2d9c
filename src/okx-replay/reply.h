/*
 * reply: one HTTP answer before it goes on the wire: what it says, and how (badly) it is to be
 * sent.
 */
#ifndef TP_REPLY_H
#define TP_REPLY_H

#include "buf.h"
#include "span.h"

/* The longest body: oversize faults are the only ones near it. */
#define REPLY_BYTES_MAX (256u << 20)

struct reply {
	unsigned status;
	char code[16]; /* OKX's, for the record of the request */
	const char *content_type;
	struct buf body;

	/* how it is sent */
	bool reset;	   /* no answer at all: the connection is reset */
	size_t cut;	   /* bytes of the body that are not sent, though promised */
	size_t chunk;	   /* 0: all at once; else so many bytes every delay_ms */
	unsigned delay_ms; /* before the first byte; with chunk, before each */
	const char *fault; /* name of the last fault that changed it, or NULL */
};

/*
 * Refuse with one of OKX's codes: its HTTP status and message, {} in it replaced by param, and
 * "data":[] where OKX sends it. A code that is not in our table is sent with 200 and no message.
 */
void reply_code(struct reply *r, const char *code, struct span param);

/* The same with another status (0: the usual) or message (NULL: the usual). */
void reply_code_as(struct reply *r, const char *code, struct span param, unsigned status,
		   const char *msg);

/* Begin and end {"code":"0","data":[...],"msg":""}. */
void reply_open(struct reply *r);
void reply_close(struct reply *r);

/* Append one row between them. */
void reply_row(struct reply *r, struct span json);

#endif
