/*
 * policy: what sign-key may sign at all: chains, assets, receivers, and how much of each
 * (sign-policy(5)).
 *
 * Lines of JSON, each a rule; a file with one line that is not understood is no policy. What no
 * rule speaks of is refused. policy_read() takes the whole text; the text must outlive the policy,
 * which points into it.
 *
 * Pure: no I/O, no clock.
 */
#ifndef TP_POLICY_H
#define TP_POLICY_H

#include "address.h"
#include "bip32.h"
#include "keymap.h"

/* Bounds of a file that a person writes and reviews. */
#define POLICY_CHAINS_MAX 16
#define POLICY_ASSETS_MAX 64
#define POLICY_ALLOWS_MAX 100000
/* Accounts that derived keys may lie in: a wallet, and the old ones during a rotation. */
#define POLICY_PATHS_MAX 64
#define POLICY_FILE_BYTES (32u << 20)

struct policy_chain {
	struct span name;
	enum address_family family;
	enum address_network network;
	uint64_t chain_id;
	units_int fee_max, fee_day_max;
	uint64_t version_after_s; /* see ledger.h */
};

struct policy_asset {
	size_t chain;
	struct span name;
	struct tx_name contract; /* of length 0: the chain's coin */
	units_int tx_max, day_max;
};

struct policy_allow {
	size_t chain;
	struct tx_name to;
	struct span asset; /* NULL: any that has a rule */
	bool own;	   /* ours, though the key is elsewhere: change may go there */
	bool capped;
	units_int tx_max;
};

/* An account of a seed: below it lie chain 0 (receives) and chain 1 (change), and addresses. */
struct policy_path {
	size_t chain;
	struct span key; /* the seed's name */
	struct bip32_path account;
	bool taproot; /* P2TR as BIP86 has it; else P2WPKH */
	uint32_t index_max;
};

struct policy {
	struct policy_chain chains[POLICY_CHAINS_MAX];
	size_t chains_n;
	struct policy_asset assets[POLICY_ASSETS_MAX];
	size_t assets_n;
	struct policy_allow *allows;
	size_t allows_n;
	struct policy_path paths[POLICY_PATHS_MAX];
	size_t paths_n;
	struct keymap by_address;
	bool anywhere[POLICY_CHAINS_MAX]; /* "address":"*" */
	/* of the rule that was not understood */
	uint64_t fault_line;
	const char *fault;
};

/* secret: for the hash table. False: fault_line and fault are set. */
bool policy_read(struct policy *p, struct span text, const uint64_t secret[2]);
void policy_release(struct policy *p);

/* POLICY_CHAINS_MAX, POLICY_ASSETS_MAX: none. */
size_t policy_chain(const struct policy *p, struct span name);
size_t policy_asset(const struct policy *p, size_t chain, const struct tx_name *contract);

/* What the asker says of a payment, beside the payload. NULL spans where it says nothing. */
struct policy_request {
	struct span chain, kind, asset, to, amount, payer, from, fee;
};

/* What is about to be signed, once it has been found lawful. */
struct policy_verdict {
	size_t chain, asset; /* POLICY_ASSETS_MAX: pays nobody */
	units_int amount;
	struct tx_name to, payer;
	/* a word in capitals and a reason, when it is not */
	const char *code, *why;
};

/* own: which of the payments go to keys of ours. */
bool policy_judge(const struct policy *p, const struct policy_request *q, const struct tx *t,
		  const bool own[TX_PAYMENTS_MAX], struct policy_verdict *out);

#endif
