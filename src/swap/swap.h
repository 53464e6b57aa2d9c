/*
 * swap: a swap, its legs (payments), and the versions of each; and what can be asked of them.
 *
 * A leg is one payment on one chain to one address: two of a trade, and the refund of each. What it
 * spends, and the bytes that were signed, are in its versions. swap_book changes these structs and
 * owns them; everybody else looks on, but for `live`, which is the flow's own, is in no log, and
 * starts from nothing.
 *
 * Amounts are in the asset's base units, times in microseconds. Texts are NUL-terminated copies,
 * NULL where there is none.
 */
#ifndef TP_SWAP_H
#define TP_SWAP_H

#include "base_units.h"
#include "buf.h"
#include "span.h"

/* The versions of one payment, dead ones and all: rounds times bumps. adapter(5)'s maximum. */
#define SWAP_VERSIONS_MAX 64
/* Two payments and the refund of each. */
#define SWAP_LEGS_MAX 4
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
#define SWAP_KEPT_MAX (256u << 20)

struct swap {
	uint64_t number; /* 1 for the first of the log */
	struct buf kept; /* {"n":NUMBER,"l":LINE} each: book_text.h */
	char *id, *match_id, *symbol, *digest;
	char *trade; /* as it came, while there are no legs yet (nobody knows where to pay) */
	struct leg *legs[SWAP_LEGS_MAX];
	size_t legs_n;
	bool held;
	char *held_code;
	bool over; /* every leg is at its end */
	bool dropped;
	int64_t ts;
};

const char *leg_status_name(enum leg_status s);
bool leg_status_of(struct span name, enum leg_status *out);

/* Nothing more will happen to it. */
bool leg_over(const struct leg *l);
/* Released, and not yet at its end. */
bool leg_on_its_way(const struct leg *l);
/* On its way, or being made void: bytes of it may be out there. */
bool leg_released(const struct leg *l);
/* A payment of the trade itself, that is made on a chain. */
bool leg_pays(const struct leg *l);

/* The version that is being made, that is to be sent; NULL: none. */
struct version *leg_making(const struct leg *l);
struct version *leg_newest(const struct leg *l);
/* Was the cancelling version the one that got into the block? */
bool leg_cancelled(const struct leg *l);
/* Is any version with bytes not known to be dead? */
bool leg_alive(const struct leg *l);
/* Has a version with bytes this id? */
bool leg_has_version(const struct leg *l, struct span tx_id);

/* What makes up for a leg that failed; NULL: nothing yet. */
struct leg *swap_refund_of(const struct swap *s, const struct leg *failed);

/* Do two lists of spends have one in common? */
bool spends_meet(const char *a, const char *b);

/* The struct and all that it holds; a version's struct is its leg's, a swap's legs are the book's.
 */
void version_free(struct version *v);
void leg_free(struct leg *l);
void swap_free(struct swap *s);

#endif
