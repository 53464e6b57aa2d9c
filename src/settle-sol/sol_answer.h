/*
 * sol_answer: what a Solana node answers, taken apart: accounts, blockhash, statuses, a transaction
 * with its token balances, and reasons why it said no.
 *
 * Pure: spans of JSON in (as rpc_call() gives them), structs out. A reader returns false for
 * anything that is not of the form which Solana's JSON-RPC documents; that is a node to be asked
 * again, never a fact.
 */
#ifndef TP_SOL_ANSWER_H
#define TP_SOL_ANSWER_H

#include "frame.h"
#include "sol_message.h"

#define SOL_MINT_BYTES 82
#define SOL_TOKEN_BYTES 165
/* asked for: one byte more than what we know, so that longer accounts show */
#define SOL_SLICE_BYTES (SOL_TOKEN_BYTES + 1)

struct sol_account {
	bool exists;
	bool executable;
	uint64_t lamports;
	struct sol_key owner; /* the program that it belongs to */
	unsigned char data[SOL_SLICE_BYTES];
	size_t len;
};

/* getMultipleAccounts of n accounts, encoding base64, dataSlice of SOL_SLICE_BYTES. */
bool sol_read_accounts(struct span result, struct sol_account out[], size_t n);

/* Is it a mint of the token program, in use? */
bool sol_read_mint(const struct sol_account *a, unsigned *decimals);

struct sol_token {
	struct sol_key mint, owner;
	uint64_t amount;
	bool frozen;
};

/* Is it a token account of the token program, in use? */
bool sol_read_token(const struct sol_account *a, struct sol_token *out);

struct sol_blockhash {
	struct sol_key hash;
	uint64_t last_valid; /* block height */
	uint64_t slot;
};

bool sol_read_blockhash(struct span result, struct sol_blockhash *out);

struct sol_epoch {
	uint64_t slot, height;
};

bool sol_read_epoch(struct span result, struct sol_epoch *out);

/* getRecentPrioritizationFees: the price that three of four recent blocks took, in micro-lamports.
 */
bool sol_read_price(struct span result, uint64_t *price);

enum sol_commitment { SOL_PROCESSED, SOL_CONFIRMED, SOL_FINALIZED };

struct sol_status {
	bool found;
	bool failed;
	uint64_t slot;
	enum sol_commitment commitment;
	struct span err; /* JSON, where it failed */
};

/* getSignatureStatuses of n signatures. slot: up to where the node had looked. */
bool sol_read_statuses(struct span result, struct sol_status out[], size_t n, uint64_t *slot);

struct sol_block {
	struct sol_key hash;
	uint64_t height;
	uint64_t time;
};

/* getBlock without transactions. */
bool sol_read_block(struct span result, struct sol_block *out);

struct sol_landed {
	uint64_t slot;
	uint64_t paid; /* lamports that the payer has less: fee and rent */
	bool failed;
	struct sol_transfer transfer;
	unsigned char signature[SOL_SIGNATURE_BYTES];
	bool rose;	/* the receiver's balance is not lower than before */
	uint64_t moved; /* by how much it rose */
};

/* getTransaction, encoding base64. */
bool sol_read_landed(struct span result, struct sol_landed *out);

/* Why a transaction failed, or was not taken: err as the chain has it ("BlockhashNotFound",
 * {"InstructionError":[3,{"Custom":1}]}). Sets e, returns false. */
bool sol_fail(struct span err, struct frame_error *e);

#endif
