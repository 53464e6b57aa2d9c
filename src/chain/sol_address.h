/*
 * sol_address: keys of Solana accounts, and where a wallet's tokens are kept.
 *
 * A wallet's tokens of one mint stand in its associated token account, whose address is computed:
 * SHA-256 over wallet, token program, mint, a bump byte, the program's address and a fixed text,
 * with the highest bump whose hash is no point of the curve, so that nobody can have its key.
 *
 * "On the curve" is what the validator's decompression accepts: any point, whatever its order, and
 * the encodings of y that are not reduced. (A test for the prime-order group would call seven of
 * eight points of the curve none, and give other addresses.)
 *
 * Sources: Solana documentation, "Program derived address"; SPL, Associated Token Account program.
 */
#ifndef TP_SOL_ADDRESS_H
#define TP_SOL_ADDRESS_H

#include "span.h"

#define SOL_KEY_BYTES 32
/* base58 of 32 bytes has at most 44 characters */
#define SOL_KEY_TEXT_MAX 45

struct sol_key {
	unsigned char bytes[SOL_KEY_BYTES];
};

extern const struct sol_key sol_system_program, sol_token_program, sol_associated_program,
    sol_budget_program, sol_memo_program;

/* Exactly 32 bytes in base58. There is no checksum: a mistyped key is as good as any. */
bool sol_key_parse(struct span text, struct sol_key *out);
void sol_key_print(const struct sol_key *key, char out[SOL_KEY_TEXT_MAX]);
bool sol_key_equal(const struct sol_key *a, const struct sol_key *b);

/* Could anybody hold the secret key of this? */
bool sol_on_curve(const struct sol_key *key);

/* The address that a program derives from up to 16 seeds of up to 32 bytes, and its bump; false
 * when no bump gives one. */
bool sol_derive(const struct span seeds[], size_t n, const struct sol_key *program,
		struct sol_key *out, unsigned *bump);

/* Where wallet keeps its tokens of the mint. bump may be NULL. */
bool sol_token_account(const struct sol_key *wallet, const struct sol_key *mint,
		       struct sol_key *out, unsigned *bump);

#endif
