/*
 * gate: what order-intake remembers about accounts, and what it decides by that: nonces, cancel
 * storms, exposure.
 *
 * Pure: the same messages and events in the same order give the same decisions. All state follows
 * from the lines that were printed and the events that were read, so a log of those brings it back:
 * gate_decide() for a new message, gate_accepted() for one that the log says was accepted,
 * gate_spent() for one that was rejected after its nonce had been used. A refusal changes nothing
 * but that nonce.
 *
 * Exposure of an account in an asset is the furthest from zero that its net fills could get if any
 * part of its open orders were filled at their own prices:
 *
 *     max(|net + coming|, |net - going|)
 *
 * where coming is what open orders would bring (the base of buys, the quote of sells) and going
 * what they would take. All sums are exact; what cannot be held is refused.
 */
#ifndef TP_GATE_H
#define TP_GATE_H

#include "event.h"
#include "incoming.h"
#include "keymap.h"
#include "roster.h"

/* Accounts that have ever sent something, orders that are open at once, assets that one account
 * deals in: bounds on memory, of about 200 bytes each. */
#define GATE_ACCOUNTS_MAX (1u << 20)
#define GATE_ORDERS_MAX (1u << 23)
#define GATE_ASSETS_MAX 256
#define GATE_LIMITS_MAX 16
#define GATE_STORM_MAX 1024
/* Longest name in an event: record(5) has 64 bytes, and match puts a few before or behind some. */
#define GATE_NAME_BYTES (INCOMING_NAME_BYTES + 32)
/* An account's index, a symbol and an order's id. */
#define GATE_KEY_BYTES (2 * GATE_NAME_BYTES + 32)

struct gate_options {
	struct asset_limit limits[GATE_LIMITS_MAX]; /* for accounts without their own */
	size_t limit_n;
	bool track;		/* exposure is wanted at all */
	bool releases;		/* events will come: remember each order */
	unsigned storm_cancels; /* 0: no cool-down */
	int64_t storm_us, cooldown_us;
};

struct holding {
	char *asset;
	size_t asset_len;
	struct decimal net, coming, going;
	bool broken; /* a sum could not be held: nothing more is let in */
};

struct gate_account {
	bool has_nonce;
	uint64_t nonce;
	struct holding *holdings;
	size_t holding_n;
	int64_t *cancels; /* a ring of the last storm_cancels times */
	uint64_t cancel_n;
	int64_t cooldown_until;
};

struct gate_order {
	size_t account;
	size_t base, quote; /* of the account's holdings */
	bool buy, has_px;
	struct decimal px, left;	      /* as match last acknowledged it */
	struct decimal held_base, held_quote; /* what the holdings count for it */
	unsigned unanswered;		      /* this order and amends of it without an ack */
	size_t next_free;
};

struct gate {
	struct gate_options options;
	struct keymap by_name;
	struct gate_account *accounts;
	size_t account_n, account_cap;
	struct keymap by_id;
	struct gate_order *orders;
	size_t order_cap, order_free; /* index + 1 of the first unused, 0: none */
	size_t order_open;
	int64_t stream_ts;
	uint64_t events_seq;	/* of the last event */
	uint64_t events_logged; /* of the last that gate_event() wanted logged */
	uint64_t events_missed; /* seqs that never came */
	uint64_t unknown_sides; /* fills of an auction whose order we do not know */
	struct buf key;
};

void gate_init(struct gate *g, const struct gate_options *options, const uint64_t secret[2]);
void gate_release(struct gate *g);

/* Is the nonce used already? Only reads: threads may ask while nobody decides. */
bool gate_nonce_used(const struct gate *g, const struct incoming *m);

/* account may be NULL (none known). Accepting changes the state; so does a refusal after the nonce
 * was looked at: *spent says so. */
enum refusal gate_decide(struct gate *g, const struct account *account, const struct incoming *m,
			 bool *spent, const char **why);

/* From the log. False when memory or a bound is at its end. */
bool gate_accepted(struct gate *g, const struct incoming *m);
bool gate_spent(struct gate *g, struct span account, uint64_t nonce);

/* Take in one of match's events. True: it may matter, and is to be logged. */
bool gate_event(struct gate *g, const struct event *e);

/* What an account has at stake in an asset; false when nothing is known of it. */
bool gate_exposure(const struct gate *g, struct span account, struct span asset,
		   struct decimal *out);

#endif
