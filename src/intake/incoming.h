/*
 * incoming: a line that somebody sent to order-intake, read and judged by itself: no account, no
 * signature, no state is looked at here.
 *
 * Spans point into the line. A refusal goes with a fixed reason for people.
 */
#ifndef TP_INCOMING_H
#define TP_INCOMING_H

#include "buf.h"
#include "decimal.h"
#include "jcs.h"
#include "span.h"

#include <stdint.h>

/* Longest id, account or symbol (record(5)). */
#define INCOMING_NAME_BYTES 64

/* A signed message: an order has about 350 bytes; what a desk adds of its own must fit too. */
#define INCOMING_SIGNED_BYTES (64u << 10)

enum refusal {
	REFUSAL_NONE,
	REFUSAL_TOO_LONG,
	REFUSAL_BAD_JSON,
	REFUSAL_BAD_RECORD,
	REFUSAL_BAD_TYPE,
	REFUSAL_UNSIGNED,
	REFUSAL_UNKNOWN_ACCOUNT,
	REFUSAL_FROZEN,
	REFUSAL_CLOSED,
	REFUSAL_BLACKLISTED,
	REFUSAL_ROLE,
	REFUSAL_UNKNOWN_KEY,
	REFUSAL_BAD_SIGNATURE,
	REFUSAL_NONCE,
	REFUSAL_COOLDOWN,
	REFUSAL_LIMIT,
	REFUSAL_TOO_LARGE,
	REFUSAL_DUPLICATE_ID,
	REFUSAL_BUSY,
};
#define REFUSALS (REFUSAL_BUSY + 1)

/* As it stands in a reject's `reason`. */
const char *refusal_name(enum refusal r);

enum incoming_kind { INCOMING_ORDER, INCOMING_CANCEL, INCOMING_AMEND, INCOMING_OTHER };

struct incoming {
	enum incoming_kind kind;
	struct span type, id, account, symbol;
	struct span base, quote; /* the symbol's halves */
	struct span pubkey, sig; /* hexadecimal, not looked into; NULL: absent */
	bool buy, has_px, has_sz, has_ts, has_nonce;
	struct decimal px, sz;
	int64_t ts;
	uint64_t nonce;
};

/* *why is set when it is refused. What could be read stays in out all the same (its id, say). */
enum refusal incoming_read(struct span line, struct incoming *out, const char **why);

/* What is signed: the line's canonical form without its member `sig`, appended to out. The line has
 * passed incoming_read(); scratch is emptied first. */
enum jcs_error incoming_signed_text(struct span line, struct buf *scratch, struct buf *out);

/* The halves of BASE-QUOTE: each of upper-case letters, digits and dots. */
bool incoming_symbol(struct span symbol, struct span *base, struct span *quote);

#endif
