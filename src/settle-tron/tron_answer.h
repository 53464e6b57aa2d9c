/*
 * tron_answer: what a Tron node answers, taken apart: blocks, constant calls, prices, accounts, the
 * word on a broadcast, and what a transaction did.
 *
 * Pure: spans of JSON in (as rpc_post() gives them), structs out. Nodes leave out members that are
 * zero or false, so an absent number is 0 where that can be meant. A reader returns false for
 * anything else than the documented form; that is a node to be asked again, never a fact.
 *
 * Source: developers.tron.network, "Full Node HTTP API".
 */
#ifndef TP_TRON_ANSWER_H
#define TP_TRON_ANSWER_H

#include "frame.h"
#include "tron_raw.h"

#define TRON_ID_BYTES 32
#define TRON_ID_TEXT_MAX 65

struct tron_block {
	uint64_t number;
	unsigned char id[TRON_ID_BYTES];
	int64_t timestamp_ms;
};

/* getnowblock, getblockbynum. */
bool tron_read_block(struct span answer, struct tron_block *out);

/* triggerconstantcontract: a result of 32 bytes or of none, and the energy that it took. */
struct tron_call {
	bool reverted;
	bool has_word;
	unsigned char word[32];
	uint64_t energy;
	char why[80]; /* where it reverted */
};

bool tron_read_call(struct span answer, struct tron_call *out);

struct tron_prices {
	uint64_t energy;    /* sun a unit */
	uint64_t bandwidth; /* sun a byte */
};

/* getchainparameters. */
bool tron_read_prices(struct span answer, struct tron_prices *out);

/* getaccount: sun; an account that is not there has none. */
bool tron_read_balance(struct span answer, uint64_t *out);

struct tron_resources {
	uint64_t energy;    /* left of what is staked for */
	uint64_t bandwidth; /* left of it, or of the free share: the larger one */
};

/* getaccountresource. */
bool tron_read_resources(struct span answer, struct tron_resources *out);

/* broadcasthex: true when the node took it, or had it (known). id: that which the node gives, hex.
 */
bool tron_read_broadcast(struct span answer, bool *known, struct span *id, struct frame_error *e);

struct tron_payment {
	struct tron_address contract, from, to;
};

struct tron_info {
	bool found;
	bool failed;
	uint64_t block;
	uint64_t fee;	   /* sun */
	decimal_int moved; /* by Transfer events of the payment's contract, from and to */
	char code[FRAME_CODE_MAX + 1];
	char why[80];
};

/* gettransactioninfobyid; {} is not found. */
bool tron_read_info(struct span answer, const struct tron_payment *p, struct tron_info *out);

/* Text that a node gives in hexadecimal, for people: at most max - 1 printable characters. */
void tron_read_message(struct span hex, char *out, size_t max);

#endif
