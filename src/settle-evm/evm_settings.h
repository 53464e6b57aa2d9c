/*
 * evm_settings: what a chain is, out of the environment (settle-evm(1) has the list).
 *
 * Names begin with the chain's in capitals: ETH_RPC_URL, ETH_USDC_ADDRESS, ETH_USDC_HOT_WALLET. For
 * eth and bsc all but the wallet have a default; for another chain network, contract and decimals
 * must be set. Pure: what looks a name up is handed in.
 */
#ifndef TP_EVM_SETTINGS_H
#define TP_EVM_SETTINGS_H

#include "evm_address.h"
#include "u256.h"

#define EVM_CHAIN_NAME_MAX 16
#define EVM_ASSET_NAME_MAX 16
#define EVM_SETTING_NAME_MAX 64

struct evm_settings {
	char chain[EVM_CHAIN_NAME_MAX + 1];	/* "eth" */
	char prefix[EVM_CHAIN_NAME_MAX + 2];	/* "ETH_" */
	char asset[EVM_ASSET_NAME_MAX + 1];	/* "USDC" */
	char fee_asset[EVM_ASSET_NAME_MAX + 1]; /* "ETH" */
	char symbol[EVM_ASSET_NAME_MAX + 1];	/* what the contract calls itself */
	uint64_t chain_id;
	unsigned decimals;
	unsigned confirmations;
	unsigned block_ms;
	bool legacy; /* never EIP-1559, whatever blocks have */
	struct evm_address contract, wallet;
	struct u256 price_max; /* wei a gas */
	struct u256 tip_min;
};

struct evm_settings_fault {
	char name[EVM_SETTING_NAME_MAX];
	const char *why;
};

typedef const char *evm_lookup(const char *name);

/* chain and asset are names of letters and digits. False: fault names the setting. */
bool evm_settings_read(const char *chain, const char *asset, evm_lookup *lookup,
		       struct evm_settings *out, struct evm_settings_fault *fault);

/* The full name of a setting: "RPC_URL" gives ETH_RPC_URL. */
void evm_setting_name(const struct evm_settings *s, const char *rest,
		      char out[EVM_SETTING_NAME_MAX]);

#endif
