/*
 * message: one input line taken apart, as text: which record it is, and its members.
 *
 * message_parse() accepts exactly what RFC 8259 and record(5) allow. Lines in the plain form that
 * programs write (no white space, no escapes, ASCII, no nesting) are read in one pass, and faster
 * still where they are shaped as the ones before (shape.h); any other goes through json_check(),
 * which accepts the same and more slowly. Members that are not known are passed over.
 *
 * Spans point into the line, or, where a string had escapes, into the request itself: both must
 * stay where they are as long as the request is used. MESSAGE_PAD bytes behind the line's end must
 * be readable.
 */
#ifndef TP_MESSAGE_H
#define TP_MESSAGE_H

#include "book.h"
#include "json.h"
#include "shape.h"

#define MESSAGE_PAD 64

/* Decoded strings of one line. */
#define MESSAGE_SCRATCH 2048

#define TS_MAX INT64_C(9007199254740991)

enum message_type {
	MESSAGE_NONE,
	MESSAGE_ORDER,
	MESSAGE_CANCEL,
	MESSAGE_AMEND,
	MESSAGE_SYMBOL,
	MESSAGE_MASS_CANCEL,
	MESSAGE_QUOTE,
	MESSAGE_RFQ,
	MESSAGE_RFQ_QUOTE,
	MESSAGE_RFQ_ACCEPT,
	MESSAGE_LIQUIDITY,
	MESSAGE_PRICE,
	MESSAGE_AUCTION,
	MESSAGE_WATERMARK,
	MESSAGE_END,
	MESSAGE_REJECT,
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

struct message {
	enum message_type type;
	/* a string's bytes without quotes; a number's characters; an array's text; NULL: not there
	 */
	struct span m[MEMBERS + 1]; /* the last one is for members that are not known */
	uint64_t present;	    /* bit m: that member is there */
	uint64_t strings;	    /* bit m: that member is a string */
	int64_t ts;		    /* -1: none */
	enum side_of side;
	enum order_type ord_type;
	enum stp_mode stp;
	enum trigger_by trigger_by;
	char scratch[MESSAGE_SCRATCH + 16]; /* 16 bytes behind any string can be read */
	size_t scratch_len;
	struct shapes shapes;
	struct shape draft; /* of the line at hand */
};

enum message_error {
	MESSAGE_OK,
	MESSAGE_E_JSON,	   /* fault: its own code and text */
	MESSAGE_E_OBJECT,  /* JSON, but no object */
	MESSAGE_E_TWICE,   /* a member stands twice */
	MESSAGE_E_TYPE,	   /* no type, or one that is not for us */
	MESSAGE_E_MISSING, /* a member that the type needs */
	MESSAGE_E_MEMBER,  /* a member of a kind or value that it cannot have */
	MESSAGE_E_NAME,	   /* an id, account, symbol or source that is no name */
};

struct message_fault {
	enum message_error error;
	enum json_error json;
	enum member member; /* MEMBERS: none */
};

/* As if a line without members had been read. A request is all zero before the first one. */
void message_clear(struct message *r);

/* False: fault says why, and r has what could be read before (an id to name in the answer). */
bool message_parse(struct span line, struct message *r, struct message_fault *fault);

/* Is it what may stand for an id, an account, a symbol, a source? */
bool message_is_name(struct span text);

#endif
