/*
 * evm_abi: how contracts are called and what they answer (Solidity's contract ABI), as far as a
 * token needs it.
 *
 * A call is a selector (the first 4 bytes of the signature's Keccak-256) and its arguments, each in
 * a word of 32 bytes; what has no fixed size stands behind them, with its offset in its place.
 * Answers are held to the same rules: an address or a bool has no bits beyond its own, a string's
 * length lies within the answer.
 *
 * Source: docs.soliditylang.org, "Contract ABI Specification"; ERC-20.
 */
#ifndef TP_EVM_ABI_H
#define TP_EVM_ABI_H

#include "buf.h"
#include "evm_address.h"
#include "u256.h"

#define ABI_WORD 32

/* Selectors; a test computes them again from these signatures. */
#define ABI_BALANCE_OF 0x70a08231u    /* balanceOf(address) */
#define ABI_ALLOWANCE 0xdd62ed3eu     /* allowance(address,address) */
#define ABI_TRANSFER 0xa9059cbbu      /* transfer(address,uint256) */
#define ABI_TRANSFER_FROM 0x23b872ddu /* transferFrom(address,address,uint256) */
#define ABI_APPROVE 0x095ea7b3u	      /* approve(address,uint256) */
#define ABI_DECIMALS 0x313ce567u      /* decimals() */
#define ABI_SYMBOL 0x95d89b41u	      /* symbol() */
#define ABI_ERROR 0x08c379a0u	      /* Error(string): require() and revert() with a reason */
#define ABI_PANIC 0x4e487b71u	      /* Panic(uint256): a check that the compiler put in */

/* Keccak-256 of Transfer(address,address,uint256), the event of each movement of a token. */
extern const unsigned char abi_transfer_topic[32];

/* Our longest call is transferFrom(): a selector and 3 words. */
#define ABI_CALL_MAX (4 + 3 * ABI_WORD)

struct abi_value {
	enum { ABI_UINT, ABI_ADDRESS, ABI_FIXED, ABI_BYTES, ABI_UINTS } kind;
	struct u256 uint;
	struct evm_address address;
	struct span bytes; /* of ABI_FIXED (at most 32, filled up on the right) and ABI_BYTES */
	const struct u256 *uints; /* of ABI_UINTS */
	size_t n;
};

static inline struct abi_value
abi_uint(struct u256 v)
{
	return (struct abi_value){.kind = ABI_UINT, .uint = v};
}

static inline struct abi_value
abi_address(const struct evm_address *a)
{
	return (struct abi_value){.kind = ABI_ADDRESS, .address = *a};
}

/* Append the arguments, with heads and tails. */
void abi_encode(const struct abi_value values[], size_t n, struct buf *out);

/* A call whose arguments are all of one word, to the caller's memory. */
struct span abi_call(uint32_t selector, const struct abi_value args[], size_t n,
		     unsigned char out[ABI_CALL_MAX]);

/* The one word of an answer. */
bool abi_read_uint(struct span answer, struct u256 *out);
bool abi_read_bool(struct span answer, bool *out);
bool abi_read_address(struct span word, struct evm_address *out);

/* The one string of an answer, or, as old tokens have it, its bytes in one word up to the first
 * zero. */
bool abi_read_string(struct span answer, struct span *out);

/* Why a call was reverted, from its data, for people: a contract's own words, a panic's number, or
 * the selector of an error of its own. Written to out, control bytes replaced, NUL-terminated. */
void abi_revert_reason(struct span data, char *out, size_t size);

/* What a transfer() or transferFrom() of ours asks for, read back from its data. */
struct abi_transfer {
	bool takes; /* transferFrom */
	struct evm_address payer, to;
	struct u256 amount;
};

bool abi_read_transfer(struct span data, struct abi_transfer *out);

#endif
