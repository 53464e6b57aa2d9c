/*
 * signing: from a request of adapter(5) to signatures: the payload is read, compared with what the
 * request says, held against policy and ledger, written to the log, and only then signed.
 *
 * The caller makes durable what was appended to the log before it lets an answer out.
 */
#ifndef TP_SIGNING_H
#define TP_SIGNING_H

#include "frame.h"
#include "ledger.h"
#include "slots.h"

/* A PSBT with 128 inputs and their whole previous transactions would be more than a line holds. */
#define SIGNING_PAYLOAD_MAX (768u << 10)

struct signing {
	struct slots_of of; /* policy and keys */
	struct ledger ledger;
	/* a line for the log, newline and all; it does not return when that fails */
	void (*append)(void *context, struct span line);
	void *context;
	int64_t now_ms; /* set before each request */
	struct buf payload, line;
	struct tx tx;
	/* token signatures differ each time: those of payloads signed before are kept */
	struct keymap kept;
	char **answers;
	size_t answers_n;
	/* for metrics */
	uint64_t signed_total, again_total, refused_total, failed_total;
};

void signing_init(struct signing *s, const uint64_t secret[2]);
void signing_release(struct signing *s);

/* The operation "sign". */
bool signing_sign(void *context, const struct frame_request *q, struct buf *answer,
		  struct frame_error *e);

/* A line of the log, at the start. False: it is none of ours. */
bool signing_replay(struct signing *s, struct span line);

#endif
