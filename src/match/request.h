/*
 * request: one input line taken apart, as text: which record it is, and its members.
 *
 * request_parse() accepts exactly what RFC 8259 and record(5) allow. Lines in the plain form that
 * programs write (no white space, no escapes, ASCII, no nesting) are read in one pass; any other
 * goes through json_check(), which accepts the same and more slowly. Members that are not known are
 * passed over.
 *
 * Spans point into the line, or, where a string had escapes, into the request itself: both must
 * stay where they are as long as the request is used. REQUEST_PAD bytes behind the line's end must
 * be readable.
 */
#ifndef TP_REQUEST_H
#define TP_REQUEST_H

#include "book.h"
#include "json.h"

#define REQUEST_PAD 64

/* Decoded strings of one line. */
#define REQUEST_SCRATCH 2048

#define TS_MAX INT64_C(9007199254740991)

enum request_type {
	REQUEST_NONE,
	REQUEST_ORDER,
	REQUEST_CANCEL,
	REQUEST_AMEND,
	REQUEST_SYMBOL,
	REQUEST_MASS_CANCEL,
	REQUEST_QUOTE,
	REQUEST_RFQ,
	REQUEST_RFQ_QUOTE,
	REQUEST_RFQ_ACCEPT,
	REQUEST_LIQUIDITY,
	REQUEST_PRICE,
	REQUEST_AUCTION,
	REQUEST_WATERMARK,
	REQUEST_END,
};

/* The members that have a meaning, in the order in which orders usually have them. */
enum member {
	M_TYPE,
	M_ID,
	M_ACCOUNT,
	M_SYMBOL,
	M_SIDE,
	M_ORD_TYPE,
	M_PX,
	M_SZ,
	M_TS,
	M_STP_MODE,
	M_DISPLAY_SZ,
	M_TRIGGER_PX,
	M_TRIGGER_PX_TYPE,
	M_EXPIRE_TS,
	M_TICK_SZ,
	M_LOT_SZ,
	M_MAX_DEVIATION,
	M_BIDS,
	M_ASKS,
	M_ACCOUNTS,
	M_RFQ,
	M_REQUESTER,
	M_MAKER,
	M_QUOTE,
	M_ACTION,
	M_BASE,
	M_SHARES,
	M_FEE_RATE,
	M_SOURCE,
	M_PHASE,
	M_COUNT,
	MEMBERS
};

extern const char *const member_names[MEMBERS];

struct request {
	enum request_type type;
	/* a string's bytes without quotes; a number's characters; an array's text; NULL: not there */
	struct span m[MEMBERS];
	uint64_t strings; /* bit m: that member is a string */
	int64_t ts;	  /* -1: none */
	enum side_of side;
	enum order_type ord_type;
	enum stp_mode stp;
	enum trigger_by trigger_by;
	char scratch[REQUEST_SCRATCH];
	size_t scratch_len;
};

enum request_error {
	REQUEST_OK,
	REQUEST_E_JSON,	   /* fault: its own code and text */
	REQUEST_E_OBJECT,  /* JSON, but no object */
	REQUEST_E_TWICE,   /* a member stands twice */
	REQUEST_E_TYPE,	   /* no type, or one that is not for us */
	REQUEST_E_MISSING, /* a member that the type needs */
	REQUEST_E_MEMBER,  /* a member of a kind or value that it cannot have */
	REQUEST_E_NAME,	   /* an id, account, symbol or source that is no name */
};

struct request_fault {
	enum request_error error;
	enum json_error json;
	enum member member; /* MEMBERS: none */
};

/* False: fault says why, and r has what could be read before (an id to name in the answer). */
bool request_parse(struct span line, struct request *r, struct request_fault *fault);

/* Is it what may stand for an id, an account, a symbol, a source? */
bool request_is_name(struct span text);

#endif
