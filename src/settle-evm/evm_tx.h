/*
 * evm_tx: transactions of Ethereum's family: legacy ones bound to a chain (EIP-155) and those with
 * a fee market (EIP-1559), from fields to bytes and back.
 *
 *   unsigned  what is hashed and signed: rlp([nonce, gasPrice, gas, to, value, data, chainId, 0,
 * 0]) or 0x02 || rlp([chainId, nonce, tip, cap, gas, to, value, data, accessList]) signed
 * rlp([nonce, ..., data, v, r, s]) with v = chainId * 2 + 35 + parity, or 0x02 || rlp([chainId,
 * ..., accessList, parity, r, s]) txid      keccak-256 of the signed bytes: known before anything
 * is sent
 *
 * Read is exactly what is written: a legacy transaction must carry its chain, s stands in the lower
 * half (EIP-2). An access list (EIP-2930) is checked and kept as it stands. Spans point into what
 * was read.
 *
 * Sources: EIP-155, EIP-1559, EIP-2, EIP-2718, EIP-2930.
 */
#ifndef TP_EVM_TX_H
#define TP_EVM_TX_H

#include "evm_address.h"
#include "rlp.h"

enum evm_tx_type { EVM_TX_LEGACY = 0, EVM_TX_DYNAMIC = 2 };

struct evm_tx {
	enum evm_tx_type type;
	uint64_t chain_id; /* from 1 up to EVM_CHAIN_ID_MAX */
	uint64_t nonce;
	struct u256 tip; /* wei a gas to the block's maker; unused in legacy */
	struct u256 cap; /* wei a gas at most, tip included; legacy: the price */
	uint64_t gas;
	bool creates; /* no destination: data is a new contract's code */
	struct evm_address to;
	struct u256 value;
	struct span data;
	struct span access; /* RLP of the access list's entries, end to end; ours are empty */
};

/* chainId * 2 + 36 must fit into 64 bits; no chain comes near. */
#define EVM_CHAIN_ID_MAX ((UINT64_C(1) << 62) - 1)

/* What we send has 68 or 100 bytes of data and under 300 in all; other people's, that we only read
 * in tests, have more. */
#define EVM_TX_BYTES 1024

struct evm_signature {
	unsigned char r[32], s[32];
	unsigned parity; /* 0 or 1: which of two keys it recovers to */
};

enum evm_tx_error {
	EVM_TX_OK,
	EVM_TX_E_RLP,
	EVM_TX_E_TYPE,	/* neither legacy nor 0x02 */
	EVM_TX_E_FIELD, /* a field's size, a tip above the cap, no access list where one belongs */
	EVM_TX_E_CHAIN, /* legacy without a chain (before EIP-155) */
	EVM_TX_E_SIGNATURE, /* r or s zero or too large, s in the upper half, parity not 0 or 1 */
};

const char *evm_tx_error_text(enum evm_tx_error e);

/* The bytes stand in memory; a NULL span when they do not fit. */
struct span evm_tx_unsigned(const struct evm_tx *tx, unsigned char *memory, size_t size);
struct span evm_tx_signed(const struct evm_tx *tx, const struct evm_signature *sig,
			  unsigned char *memory, size_t size);

enum evm_tx_error evm_tx_read_unsigned(struct span bytes, struct evm_tx *out);
enum evm_tx_error evm_tx_read_signed(struct span bytes, struct evm_tx *out,
				     struct evm_signature *sig);

/* 0 < r < n and 0 < s <= n / 2. */
bool evm_signature_in_range(const struct evm_signature *sig);

#endif
