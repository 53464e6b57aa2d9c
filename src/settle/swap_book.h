/*
 * swap_book: what is known of every swap, and nothing but what the log says.
 *
 * The book changes by swap_book_apply() alone, which takes one line of the log (settle(1), "The
 * log"). The live program logs a line and applies it; a start applies the same lines again, and has
 * the same book. What is not in the log (requests under way, times of the next try) is in the
 * `live` part of a leg, and starts from nothing.
 *
 * A swap keeps the lines that made it, so that a snapshot of the book is those lines again
 * (book_text.h), until swap_book_drop() forgets it: all that is left then is that its trade is
 * settled. Texts are NUL-terminated copies. No I/O, no clock.
 */
#ifndef TP_SWAP_BOOK_H
#define TP_SWAP_BOOK_H

#include "base_units.h"
#include "buf.h"
#include "keymap.h"
#include "settled.h"
#include "span.h"

/* The versions of one payment, dead ones and all: rounds times bumps. adapter(5)'s maximum. */
#define SWAP_BOOK_VERSIONS_MAX 64
/* Two payments and the refund of each. */
#define SWAP_BOOK_LEGS_MAX 4
/* Swaps and addresses in one log. */
#define SWAP_BOOK_NAMES_MAX (1u << 24)

enum leg_status {
	LEG_NEW,
	LEG_SCREENED,
	LEG_PREPARED,
	LEG_SIGNED,
	LEG_RELEASED,	/* may be sent, and perhaps has been */
	LEG_SUBMITTED,	/* a node has it */
	LEG_CONFIRMING, /* in a block */
	LEG_CONFIRMED,
	LEG_EXPIRED,  /* dead without effect: goes on with a fresh transaction */
	LEG_FAILED,   /* for good, and paid nothing */
	LEG_REFUNDED, /* failed, and its giver has been paid back */
	LEG_CARRIED,  /* below dust: added to the account's next payment */
	LEG_HOUSE,    /* between books of the house: nothing to pay */
	LEG_STATUSES
};

enum version_state {
	VERSION_PREPARED,
	VERSION_SIGNED, /* its bytes exist: it counts as sent */
	VERSION_DEAD,	/* can never be in a block, or was given up unsigned */
};

struct version {
	enum version_state state;
	char *kind; /* pay, child, cancel */
	char *tx_id, *raw, *fee, *fee_rate;
	char *spends, *expiry, *unsigned_; /* JSON; expiry and spends may be NULL */
	int64_t at_us;			   /* of its signature */
};

struct swap;

struct leg {
	struct swap *swap;
	char *id, *order_id, *account, *chain, *asset, *to, *payer, *direction, *amount;
	char *of; /* refund: the leg whose failing it makes up for */
	decimal_int units;
	decimal_int purse; /* of these, what had been carried from earlier trades */
	bool credited;	   /* carried: it is in the purse */
	enum leg_status status;
	struct version *versions;
	size_t versions_n;
	char *code, *msg;	  /* of the last trouble */
	char *tx_id, *block_hash; /* where it was seen last */
	char *fee;		  /* really paid */
	uint64_t block_height;
	uint64_t reorgs, rounds; /* fresh starts after a death */
	bool cancel;		 /* failing: its transactions are being made void */
	int64_t since_us;	 /* of the status */
	int64_t submitted_us;	 /* first time */

	struct {
		bool asked;    /* a request is under way */
		bool screened; /* again, before the release */
		int64_t screened_us;
		bool underpriced; /* what was sent last is not enough */
		bool doubt;	  /* the node says that it is spent or too late: look first */
		bool no_cancel;	  /* this chain's transactions are left to expire */
		bool looked;	  /* polled since the last try to make it void */
		bool watched;	  /* in the list of those that are looked at */
		unsigned tries;	  /* in a row without success */
		size_t sent_n;	  /* versions there were when a node took the newest */
		int64_t next_us;
		int64_t fresh_us; /* bytes were sent at this time */
		uint64_t confirmations;
	} live;
};

/* The lines of one swap: some kilobytes, and more only where its chain or its operator cannot make
 * up their minds. */
#define SWAP_BOOK_KEPT_MAX (256u << 20)

struct swap {
	uint64_t number; /* 1 for the first of the log */
	struct buf kept; /* {"n":NUMBER,"l":LINE} each: book_text.h */
	char *id, *match_id, *symbol, *digest;
	char *trade; /* as it came, while there are no legs yet (nobody knows where to pay) */
	struct leg *legs[SWAP_BOOK_LEGS_MAX];
	size_t legs_n;
	bool held;
	char *held_code;
	bool over; /* every leg is at its end */
	bool dropped;
	int64_t ts;
};

struct address {
	char *account, *asset, *chain, *address, *payer;
	bool house;
	char *line;	 /* as the log has it; NULL: of the configuration */
	uint64_t logged; /* when the log first named it, among addresses */
};

/* Of an account, in an asset, on a chain: what was too little to pay so far. */
struct carry {
	char *key; /* these three, newlines between them */
	decimal_int units;
};

struct swap_book {
	struct swap **swaps; /* in the order they came */
	size_t swaps_n, swaps_cap;
	struct keymap swap_names, leg_names;
	struct leg **legs;
	size_t legs_n, legs_cap;
	struct address *addresses;
	size_t addresses_n, addresses_cap;
	struct keymap address_names, carry_names; /* account, asset and chain between newlines */
	struct carry *carries;
	size_t carry_n, carry_cap;
	struct settled settled;
	uint64_t receipts;    /* lines that were printed: receipts, holds, retries */
	uint64_t numbers;     /* swaps that ever were */
	uint64_t addressed;   /* addresses that the log named */
	struct swap *touched; /* by the line that is being applied */
	bool from_outside;    /* addresses come from the configuration */
	bool restoring;	      /* lines come from a snapshot, and purses apart from them */
};

void swap_book_init(struct swap_book *b, const uint64_t secret[2]);
void swap_book_release(struct swap_book *b);
/* As it was made. */
void swap_book_clear(struct swap_book *b);

/* NULL, or why the line cannot be: such a log is not to be believed. */
const char *swap_book_apply(struct swap_book *b, struct span line);

/* Forget the swaps that chosen() says, for good: their trades are settled. */
void swap_book_drop(struct swap_book *b, bool (*chosen)(void *context, const struct swap *s),
		    void *context);

/* The lines that a swap keeps: NUMBER (0: was not printed) and LINE of each in turn. */
bool swap_book_next_kept(struct span *rest, uint64_t *number, struct span *line);

struct swap *swap_book_swap(const struct swap_book *b, struct span id);
struct leg *swap_book_leg(const struct swap_book *b, struct span id);

/* The address of an account for an asset, on that chain or (chain NULL) on the one that was named
 * first. NULL: none. */
const struct address *swap_book_address(const struct swap_book *b, struct span account,
					struct span asset, struct span chain);

/* Has the log this very address already? */
bool swap_book_has_address(const struct swap_book *b, const struct address *a);

/* What was too little to pay so far. */
decimal_int swap_book_carried(const struct swap_book *b, struct span account, struct span asset,
			      struct span chain);
void swap_book_carry(struct swap_book *b, struct span account, struct span asset, struct span chain,
		     decimal_int units);

const char *leg_status_name(enum leg_status s);
bool leg_status_of(struct span name, enum leg_status *out);

/* Nothing more will happen to it. */
bool leg_over(const struct leg *l);

/* The version that is being made, that is to be sent; NULL: none. */
struct version *leg_making(const struct leg *l);
struct version *leg_newest(const struct leg *l);
/* Was the cancelling version the one that got into the block? */
bool leg_cancelled(const struct leg *l);
/* Is any version with bytes not known to be dead? */
bool leg_alive(const struct leg *l);

/* Do two lists of spends have one in common? */
bool spends_meet(const char *a, const char *b);

#endif
