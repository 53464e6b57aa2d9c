/*
 * sol_message: the one message that we send on Solana: tokens of one mint from our account to a
 * wallet's, as bytes, and the same bytes read back.
 *
 * Instructions, in this order: limit of compute units, price of a unit, creation of the receiver's
 * associated token account unless it is there (left out where the receiver names a token account),
 * TransferChecked, a memo. The memo is what makes two payments of one amount to one receiver under
 * one blockhash two: without it they would be one message, one signature, and one payment.
 *
 * sol_message_read() accepts what sol_message_write() writes and nothing else: the fields that it
 * finds are written again and must give the same bytes. So whoever signs by its result signs
 * nothing hidden.
 *
 * Legacy and version 0 differ by a prefix byte and an empty table list. A signed transaction is the
 * number of signatures, the signatures (payer's first), and the message; it may have 1232 bytes.
 *
 * Sources: Solana documentation, "Transactions"; SPL token program, instruction 12; Associated
 * Token Account program, instruction 1 (CreateIdempotent); ComputeBudget, instructions 2 and 3.
 */
#ifndef TP_SOL_MESSAGE_H
#define TP_SOL_MESSAGE_H

#include "sol_address.h"

#include <stdint.h>

#define SOL_SIGNATURE_BYTES 64
#define SOL_TRANSACTION_MAX 1232
#define SOL_MESSAGE_MAX (SOL_TRANSACTION_MAX - 1 - SOL_SIGNATURE_BYTES)
#define SOL_MEMO_MAX 64
#define SOL_SIGNERS_MAX 2

struct sol_transfer {
	bool version_0;
	bool create;		  /* the receiver's associated account, unless it is there */
	struct sol_key payer;	  /* of fees and rent */
	struct sol_key authority; /* whose tokens they are; may be the payer */
	struct sol_key source;	  /* a token account of the authority's */
	struct sol_key wallet;	  /* the receiver; meaningless without create */
	struct sol_key account;	  /* the receiver's token account */
	struct sol_key mint;
	struct sol_key blockhash;
	uint64_t amount; /* units of the token */
	unsigned char decimals;
	uint32_t unit_limit;
	uint64_t unit_price; /* micro-lamports a unit */
	unsigned char memo[SOL_MEMO_MAX];
	size_t memo_len; /* 1 to SOL_MEMO_MAX */
};

/* Signatures that the message needs: 1, or 2 when payer and authority differ. */
size_t sol_message_signers(const struct sol_transfer *t);

/* Returns the length. The accounts must be different ones, except payer and authority. */
size_t sol_message_write(const struct sol_transfer *t, unsigned char out[SOL_MESSAGE_MAX]);

enum sol_message_error {
	SOL_MESSAGE_OK,
	SOL_MESSAGE_E_TRUNCATED,
	SOL_MESSAGE_E_VERSION,	    /* neither legacy nor version 0 */
	SOL_MESSAGE_E_ACCOUNTS,	    /* other accounts than a transfer has */
	SOL_MESSAGE_E_INSTRUCTIONS, /* other instructions */
	SOL_MESSAGE_E_CANONICAL,    /* the same fields are written otherwise */
};

const char *sol_message_error_text(enum sol_message_error e);
enum sol_message_error sol_message_read(struct span message, struct sol_transfer *out);

/* signatures of sol_message_signers(), payer's first. Returns the length. */
size_t sol_transaction_write(struct span message, const unsigned char signatures[], size_t n,
			     unsigned char out[SOL_TRANSACTION_MAX]);

/* The message within a signed transaction, and its first signature, borrowed. */
enum sol_message_error sol_transaction_read(struct span transaction, struct sol_transfer *out,
					    struct span *message, struct span *signatures);

/* What the chain takes, in lamports: signatures, and the unit price rounded up. False when that
 * does not fit. */
bool sol_fee(const struct sol_transfer *t, uint64_t *lamports);

#endif
