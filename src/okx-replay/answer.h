/*
 * answer: what OKX would reply to a request, out of what the stand-in knows.
 *
 * Pure: state, request and clocks in, reply out; no I/O. The only state that a request changes are
 * the counts of its rate limit and of the faults that meet it. The reply's body is the caller's
 * buffer; it is overwritten.
 */
#ifndef TP_ANSWER_H
#define TP_ANSWER_H

#include "admit.h"
#include "replay.h"
#include "reply.h"

struct answerer {
	const struct row **picked; /* room for the rows of the largest table */
	size_t picked_cap;
};

/* account: whose key the request carries, or NULL. */
void answer(struct answerer *a, struct replay *r, const struct request *q, struct reply *reply,
	    const struct account **account);
void answerer_release(struct answerer *a);

#endif
