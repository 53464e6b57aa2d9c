/*
 * ask: a verify request as far as the relay must know it: what an answer has to match, and what
 * must not stand in it.
 *
 * Pure. Spans point into the request's line and into the caller's buffer. Whether the request is
 * one that can be served is for the target to say: here it must only be a JSON object in which
 * nothing with a meaning stands twice.
 */
#ifndef TP_ASK_H
#define TP_ASK_H

#include "buf.h"
#include "span.h"

struct ask {
	struct span text; /* without white space around it; NULL when it could not be read */
	struct span exchange, inst_id, ord_id, request_id; /* JSON values; NULL where absent */
	struct span live, fresh, simulated;
	struct span error;	 /* somebody before us could not serve it; NULL where absent */
	struct span client_meta; /* compact, without members of secret names; NULL where absent */
	struct span secrets[3];	 /* decoded */
};

struct ask_fault {
	const char *what;
	const char *why;
	size_t offset;
};

/* secrets and meta are cleared and used. */
bool ask_read(struct span line, struct buf *secrets, struct buf *meta, struct ask *out,
	      struct ask_fault *fault);

#endif
