/*
 * market: the whole of what match holds, and what it does with one line.
 *
 * market_apply() is the only way in: it takes a line, changes the books, and hands each event to
 * emit() in the order of record(5). The same lines give the same events, always: there is no clock,
 * no randomness and no I/O below this header. Everything is exact: prices in ticks and sizes in
 * lots as 64-bit integers of at most 18 digits, money in 128 bits.
 *
 * The rooms, from the top: market.c takes a line apart and sends it to one of order.c (orders,
 * amends and cancels), quote.c, rfq.c, liquidity.c, auction.c, oracle.c and symbol.c, and runs what
 * waited (stop_run.c, expiry.c); take.c matches, with amm.c as a counterparty; stop.c, cancel.c,
 * emit.c and room.c are the ground. No room calls one above it. What they share is in
 * market_parts.h.
 *
 * An event and what it points to are good until emit() returns. The caller owns struct market.
 */
#ifndef TP_MARKET_H
#define TP_MARKET_H

#include "brief.h"
#include "grid.h"
#include "index.h"
#include "side.h"

/* Symbols of one process; a market of 10,000 pairs is a large one. */
#define SYMBOLS_MAX 65536

/* Accounts that are named in orders; they are never forgotten. At 72 bytes each. */
#define ACCOUNTS_MAX (1u << 26)

/* Prices on each side of one quote. */
#define QUOTE_LEVELS_MAX 20

/* The accounts that one rfq may name, and the answers that it may have (one an account). */
#define RFQ_ACCOUNTS_MAX 16

/* The rest of an iceberg is shown in at most so many parts: one order cannot cause more trades. */
#define ICEBERG_PARTS_MAX 1000

/* A reject that passes may be this long: those of order-intake are, whatever they are about (4096
 * bytes of input, each as \u00XX, and names). */
#define PASSED_BYTES_MAX (28 * 1024)

/* An order's whole size is at most this, so that what trades add up to stays below 2^63. */
#define SIZE_MAX_LOTS GRID_VALUE_MAX

enum event_type {
	EVENT_SYMBOL,
	EVENT_ACK,
	EVENT_TRIGGERED,
	EVENT_TRADE,
	EVENT_DONE,
	EVENT_MASS_CANCEL,
	EVENT_QUOTE,
	EVENT_RFQ,
	EVENT_RFQ_QUOTE,
	EVENT_LIQUIDITY,
	EVENT_POOL,
	EVENT_PRICE,
	EVENT_AUCTION,
	EVENT_WATERMARK,
	EVENT_REJECT,
	EVENT_PASSED,
	EVENT_END,
};

/* Why an order is gone. */
enum done_reason {
	DONE_FILLED,
	DONE_USER,
	DONE_MASS_CANCEL,
	DONE_REPLACED,
	DONE_EXPIRED,
	DONE_STP,
	DONE_POST_ONLY,
	DONE_FOK,
	DONE_UNFILLED,
	DONE_BAND,
};

/* Why a line was not accepted. */
enum reject {
	REJECT_NONE,
	REJECT_TOO_LONG,
	REJECT_JSON,
	REJECT_NOT_OBJECT,
	REJECT_TWICE,
	REJECT_TYPE,
	REJECT_MISSING,
	REJECT_MEMBER,
	REJECT_NAME,
	REJECT_SYMBOL_NAME,
	REJECT_SYMBOL_UNKNOWN,
	REJECT_SYMBOL_CHANGED,
	REJECT_SYMBOLS_FULL,
	REJECT_PX,
	REJECT_PX_OFF_TICK,
	REJECT_PX_LARGE,
	REJECT_SZ,
	REJECT_SZ_OFF_LOT,
	REJECT_SZ_LARGE,
	REJECT_DISPLAY,
	REJECT_TRIGGER,
	REJECT_DUPLICATE_ID,
	REJECT_NOT_FOUND,
	REJECT_BAND,
	REJECT_AUCTION,
	REJECT_PHASE,
	REJECT_EXPIRED,
	REJECT_QUOTE,
	REJECT_RFQ,
	REJECT_LIQUIDITY,
	REJECT_END_COUNT,
};

const char *reject_code(enum reject r);
const char *reject_text(enum reject r);

enum rfq_state { RFQ_OPEN, RFQ_FILLED, RFQ_CANCELED, RFQ_EXPIRED };

/* A constant-product pool: base in lots, quote in ticks x lots; base x quote never falls. */
struct amm {
	int64_t base;
	int64_t quote;
	int64_t shares;	  /* of all accounts */
	int64_t fee_ppm;  /* of the input, in millionths */
	struct share *of; /* what each account holds, in order of the first addition */
	uint32_t of_n;
	uint32_t of_cap;
};

struct share {
	uint32_t account;
	int64_t shares;
};

/* An order that has an expiry: the order is the one meant only if its arrival is the same. */
struct expiry {
	int64_t ts;
	uint64_t arrival;
	uint32_t order;
};

struct rfq_answer {
	uint32_t account;
	int64_t px;
	unsigned char id_len;
	char id[NAME_MAX_BYTES];
};

struct rfq {
	uint32_t account;
	unsigned char side;
	unsigned char id_len;
	unsigned char accounts_n;
	unsigned char answers_n;
	char id[NAME_MAX_BYTES];
	int64_t px; /* the requester's limit; 0: none */
	int64_t sz;
	int64_t expire;
	uint32_t accounts[RFQ_ACCOUNTS_MAX];
	struct rfq_answer answers[RFQ_ACCOUNTS_MAX];
};

/* What an account's quotes last were called. */
struct quote {
	uint32_t account;
	unsigned char bids;
	unsigned char asks;
	unsigned char id_len;
	char id[NAME_MAX_BYTES];
};

struct symbol {
	char name[NAME_MAX_BYTES];
	unsigned char name_len;
	unsigned char base_len; /* of the name, before the hyphen */
	bool auction;		/* the phase is open: orders gather */
	struct grid tick;
	struct grid lot;
	uint64_t trades;
	int64_t ts; /* stream time */
	int64_t last_px;
	bool has_last;

	/* what the oracle said: between these two ticks (one, where it is on the grid) */
	bool has_oracle;
	int64_t oracle_low;
	int64_t oracle_high;
	struct decimal oracle;
	/* the price band about it; deviation 0: none */
	struct decimal deviation;
	bool banded;
	int64_t band_low;
	int64_t band_high;

	struct side sides[2];	 /* by enum side_of */
	struct side stops[2][2]; /* by enum trigger_by and side_of */
	uint32_t stops_n;
	struct amm amm;

	struct expiry *expiries; /* a heap, the earliest first */
	uint32_t expiries_n;
	uint32_t expiries_cap;

	struct rfq *rfqs; /* in order of arrival */
	uint32_t rfqs_n;
	uint32_t rfqs_cap;

	struct quote *quotes;
	uint32_t quotes_n;
	uint32_t quotes_cap;
	uint32_t *quotes_of; /* open addressing by account: index into quotes plus 1 */
	uint32_t quotes_of_cap;
};

struct name {
	unsigned char len;
	char text[NAME_MAX_BYTES];
};

/* With a part of the name's hash, so that only the right name is looked at. */
struct name_slot {
	uint32_t number; /* 0: empty */
	uint32_t hash;
};

/* Names by number, from 1; 0 is none. */
struct names {
	struct name *list;
	uint32_t n;
	uint32_t cap;
	struct name_slot *slots;
	uint32_t mask;
	struct name_key key;
};

/* Which side of a trade has which role is said by taker_side; in an auction it is not printed. */
struct event {
	enum event_type type;
	uint64_t seq;
	uint64_t in;
	int64_t ts;
	const struct symbol *symbol;
	const struct order *order; /* ack, triggered, done; the taker of a trade */
	const struct order *maker; /* NULL: the pool */
	int64_t px;
	int64_t sz;
	int64_t quote; /* with the pool, liquidity: ticks x lots */
	int64_t fee;   /* with the pool: in lots where the taker sells, else in ticks x lots */
	int64_t shares;
	uint64_t trade_id;
	uint64_t count;
	enum done_reason reason;
	bool has_side;
	bool amended;
	bool opened; /* an auction began */
	bool add;    /* liquidity */
	enum side_of side;
	enum rfq_state rfq_state;
	const struct rfq *rfq;
	const struct rfq_answer *answer;
	uint32_t account; /* where there is no order */
	/* reject, and what is only told again */
	enum reject reject;
	const struct message *message;
	const struct message_fault *fault;
	struct span line; /* reject, passed */
};

struct market {
	struct symbol *symbols; /* number i is symbols[i - 1] */
	uint32_t symbols_cap;
	struct names symbol_names;
	uint32_t symbol_latest; /* the number of the one that was last looked for; 0: none */
	struct names accounts;
	struct pool pool;
	struct index index;
	uint64_t in;	  /* lines taken */
	uint64_t seq;	  /* events given */
	uint64_t arrival; /* orders that came */
	uint64_t rejects;

	void (*emit)(void *context, const struct event *e);
	void *context;

	/* the line at hand */
	struct message message;
	struct message_fault fault;
	uint32_t *triggered; /* stops set off, in order */
	uint32_t triggered_n;
	uint32_t triggered_cap;
	uint32_t triggered_done;
	uint32_t *scratch;
	uint32_t scratch_cap;
};

/* False when there is no memory. */
bool market_init(struct market *m, void (*emit)(void *context, const struct event *e),
		 void *context);
void market_release(struct market *m);

/* Before the first line: what the hashes of names depend on. Nothing that is given out does. */
void market_set_key(struct market *m, struct name_key key);

/*
 * Take the next line. too_long: it was over the limit, and text is its beginning. False when there
 * is no memory: then nothing has been changed but what the market keeps room for, and no event has
 * been given for this line.
 */
bool market_apply(struct market *m, struct span line, bool too_long);

/* The same with a line that was parsed elsewhere: the brief has a type. */
bool market_apply_brief(struct market *m, struct span line, const struct brief *b);

#endif
