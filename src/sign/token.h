/*
 * token: the two calls of a token contract that move money (ERC-20, TRC-20), as call
 * data: four bytes of selector and arguments of 32 bytes each (the contract ABI).
 * What promises money (approve) is not signed: who is allowed to take needs no further word of
 * ours.
 */
#ifndef TP_TOKEN_H
#define TP_TOKEN_H

#include "tx.h"

#define TOKEN_ADDRESS_BYTES 20

/* Fill in amount, and as addresses of 20 bytes `to` and `payer`. NULL, or why it is refused.
 */
const char *token_call(struct span data, struct tx_payment *out);

#endif
