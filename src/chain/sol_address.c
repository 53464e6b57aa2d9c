#include "sol_address.h"

#include "base58.h"
#include "check.h"
#include "ed25519_point.h"
#include "hashes.h"

/* 11111111111111111111111111111111 */
const struct sol_key sol_system_program = {{
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
}};
/* TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA */
const struct sol_key sol_token_program = {{
    0x06, 0xdd, 0xf6, 0xe1, 0xd7, 0x65, 0xa1, 0x93, 0xd9, 0xcb, 0xe1, 0x46, 0xce, 0xeb, 0x79, 0xac,
    0x1c, 0xb4, 0x85, 0xed, 0x5f, 0x5b, 0x37, 0x91, 0x3a, 0x8c, 0xf5, 0x85, 0x7e, 0xff, 0x00, 0xa9,
}};
/* ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL */
const struct sol_key sol_associated_program = {{
    0x8c, 0x97, 0x25, 0x8f, 0x4e, 0x24, 0x89, 0xf1, 0xbb, 0x3d, 0x10, 0x29, 0x14, 0x8e, 0x0d, 0x83,
    0x0b, 0x5a, 0x13, 0x99, 0xda, 0xff, 0x10, 0x84, 0x04, 0x8e, 0x7b, 0xd8, 0xdb, 0xe9, 0xf8, 0x59,
}};
/* ComputeBudget111111111111111111111111111111 */
const struct sol_key sol_budget_program = {{
    0x03, 0x06, 0x46, 0x6f, 0xe5, 0x21, 0x17, 0x32, 0xff, 0xec, 0xad, 0xba, 0x72, 0xc3, 0x9b, 0xe7,
    0xbc, 0x8c, 0xe5, 0xbb, 0xc5, 0xf7, 0x12, 0x6b, 0x2c, 0x43, 0x9b, 0x3a, 0x40, 0x00, 0x00, 0x00,
}};
/* MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr */
const struct sol_key sol_memo_program = {{
    0x05, 0x4a, 0x53, 0x5a, 0x99, 0x29, 0x21, 0x06, 0x4d, 0x24, 0xe8, 0x71, 0x60, 0xda, 0x38, 0x7c,
    0x7c, 0x35, 0xb5, 0xdd, 0xbc, 0x92, 0xbb, 0x81, 0xe4, 0x1f, 0xa8, 0x40, 0x41, 0x05, 0x44, 0x8d,
}};

#define SEEDS_MAX 16

bool
sol_key_equal(const struct sol_key *a, const struct sol_key *b)
{
	return memcmp(a->bytes, b->bytes, SOL_KEY_BYTES) == 0;
}

bool
sol_key_parse(struct span text, struct sol_key *out)
{
	size_t n;

	return base58_parse(text, out->bytes, SOL_KEY_BYTES, &n) && n == SOL_KEY_BYTES;
}

void
sol_key_print(const struct sol_key *key, char out[SOL_KEY_TEXT_MAX])
{
	char text[BASE58_TEXT_MAX];
	size_t len = base58_print(key->bytes, SOL_KEY_BYTES, text);

	CHECK(len < SOL_KEY_TEXT_MAX);
	memcpy(out, text, len + 1);
}

bool
sol_on_curve(const struct sol_key *key)
{
	return ed25519_is_point(key->bytes);
}

bool
sol_derive(const struct span seeds[], size_t n, const struct sol_key *program, struct sol_key *out,
	   unsigned *bump)
{
	static const char mark[] = "ProgramDerivedAddress";
	char text[SEEDS_MAX * SOL_KEY_BYTES + 1 + SOL_KEY_BYTES + sizeof mark - 1];
	size_t len = 0, at;

	CHECK(n < SEEDS_MAX);
	for (size_t i = 0; i < n; i++) {
		CHECK(seeds[i].len <= SOL_KEY_BYTES);
		memcpy(text + len, seeds[i].ptr, seeds[i].len);
		len += seeds[i].len;
	}
	at = len++;
	memcpy(text + len, program->bytes, SOL_KEY_BYTES);
	memcpy(text + len + SOL_KEY_BYTES, mark, sizeof mark - 1);
	len += SOL_KEY_BYTES + sizeof mark - 1;
	for (*bump = 255; *bump > 0; --*bump) {
		text[at] = (char)*bump;
		hash_single((struct span){text, len}, out->bytes);
		if (!sol_on_curve(out))
			return true;
	}
	return false;
}

static struct span
key_span(const struct sol_key *key)
{
	return (struct span){(const char *)key->bytes, SOL_KEY_BYTES};
}

bool
sol_token_account(const struct sol_key *wallet, const struct sol_key *mint, struct sol_key *out,
		  unsigned *bump)
{
	const struct span seeds[] = {key_span(wallet), key_span(&sol_token_program),
				     key_span(mint)};
	unsigned unused;

	return sol_derive(seeds, 3, &sol_associated_program, out, bump ? bump : &unused);
}
