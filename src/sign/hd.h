/*
 * hd: keys derived from a seed (BIP32), where a payload says so and the policy lets it.
 *
 * A payload's word about a path is never believed: hd_find() derives the key itself, and gives a
 * leaf only if its public key is the one that the payload names. An account is opened once, at the
 * start: its chains 0 and 1 stay in locked memory, as secret as the seed. Deriving what lies below
 * takes longer than signing with it, and the same keys are asked for again: as change and then as
 * an input, for one address that is paid often, for each version of a job. So the last ones stay
 * there, too; who could read them could read the chains that they come from.
 *
 * Change is what goes to chain 1 of an account, to the kind of script that the account has: on
 * chain 0 lie the deposit addresses, and what is paid there is booked as somebody's deposit.
 *
 * Pure: no I/O, no clock.
 */
#ifndef TP_HD_H
#define TP_HD_H

#include "keys.h"
#include "policy.h"

/* Derived keys that are kept: as many as a transaction has inputs. */
#define HD_KEPT 128

struct hd_account {
	const struct policy_path *rule;
	unsigned char fingerprint[4]; /* of the seed's master key */
	struct bip32_key chains[2];   /* public */
	struct bip32_key *secrets;    /* of both; NULL: the key file is locked */
};

/* A derived key, without its secret. */
struct hd_leaf {
	const struct hd_account *account;
	uint32_t chain, index;
	unsigned char public_key[SECP_PUBLIC];
};

/* The same with it. */
struct hd_kept {
	struct hd_leaf leaf; /* without an account: there is none */
	struct key_secret secret;
	bool tweaked; /* secret.taproot is (BIP86), and output is its key */
	unsigned char output[SECP_KEY];
};

/* What is secret, in locked memory. */
struct hd_memory {
	struct bip32_key chains[2 * POLICY_PATHS_MAX], work;
	struct hd_kept kept[HD_KEPT];
};

struct hd {
	struct hd_account accounts[POLICY_PATHS_MAX];
	size_t n;
	struct hd_memory *memory;
};

enum hd_result {
	HD_FOUND,
	HD_FOREIGN, /* the fingerprint is none of ours */
	HD_REFUSED, /* it is, and the path is none that the policy allows, or leads elsewhere */
};

/* NULL, or what is wrong with a path of the policy: *name is the key that it names. */
const char *hd_open(struct hd *h, const struct policy *p, const struct key_set *keys,
		    struct span *name);
void hd_release(struct hd *h);

enum hd_result hd_find(const struct hd *h, size_t chain, const struct tx_path *path,
		       struct hd_leaf *out, const char **why);

/* Does this script belong to this key alone, as P2WPKH or P2TR (BIP86)? */
bool hd_owns(const struct hd *h, const struct hd_leaf *leaf, const struct tx_name *script);
/* The same, and it is change. */
bool hd_is_change(const struct hd *h, const struct hd_leaf *leaf, const struct tx_name *script);

/* Fill in a key to sign with. Its secret stays where it is, and is good until another leaf is asked
 * for. scheme says whether it is to be a tweaked one. */
bool hd_secret(const struct hd *h, const struct hd_leaf *leaf, enum tx_scheme scheme,
	       struct key *out);

/* An account's public key with its origin, as settle-btc's descriptors want it:
 * "[73c5da0a/84h/0h/0h]xpub...". False: the seed is locked. */
#define HD_ORIGIN_TEXT_MAX (BIP32_PATH_TEXT_MAX + BIP32_TEXT_MAX + 12)
bool hd_origin(const struct key *seed, const struct bip32_path *path, bool test,
	       char out[HD_ORIGIN_TEXT_MAX]);

/* The secret key at a path of a seed. */
bool hd_derive(const struct key *seed, const struct bip32_path *path,
	       unsigned char out[KEYS_SECRET]);

#endif
