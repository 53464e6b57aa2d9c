#include "hd.h"

#include "btc_script.h"
#include "hex.h"
#include "secret.h"

#include <stdio.h>

static struct span
bytes_span(const unsigned char *bytes, size_t n)
{
	return (struct span){(const char *)bytes, n};
}

/* ---- accounts
 * ----------------------------------------------------------------------------------- */

static void
open_seed(const struct key *seed, struct bip32_key *out)
{
	*out = (struct bip32_key){.secret = true};
	memcpy(out->key + 1, seed->secret->bytes, SECP_KEY);
	memcpy(out->chain, seed->secret->bytes + SECP_KEY, BIP32_CHAIN);
}

/* Both chains below an account; work is in locked memory, and is wiped. */
static bool
open_chains(const struct key *seed, struct hd_account *a, struct bip32_key *work)
{
	bool good = true;

	open_seed(seed, work);
	bip32_fingerprint(work, a->fingerprint);
	good = bip32_derive(work, &a->rule->account, work);
	for (unsigned i = 0; good && i < 2; i++) {
		good = bip32_child(work, i, &a->secrets[i]);
		if (good)
			bip32_public(&a->secrets[i], &a->chains[i]);
	}
	secret_wipe(work, sizeof *work);
	return good;
}

const char *
hd_open(struct hd *h, const struct policy *p, const struct key_set *keys, struct span *name)
{
	*h = (struct hd){0};
	if (p->paths_n == 0)
		return NULL;
	h->memory = (struct hd_memory *)(void *)secret_memory(sizeof *h->memory);
	for (; h->n < p->paths_n; h->n++) {
		struct hd_account *a = &h->accounts[h->n];
		const struct key *seed;

		*name = p->paths[h->n].key;
		seed = keys_find_name(keys, *name);
		if (!seed || seed->kind != KEY_HD || !seed->secret)
			return "a path of the policy names it, and it is no key of kind hd here";
		*a = (struct hd_account){.rule = &p->paths[h->n],
					 .secrets = h->memory->chains + 2 * h->n};
		if (!open_chains(seed, a, &h->memory->work))
			return "has no key at a path of the policy";
	}
	return NULL;
}

void
hd_release(struct hd *h)
{
	if (h->memory)
		secret_free((char *)h->memory, sizeof *h->memory);
	*h = (struct hd){0};
}

/* ---- keys below an account
 * -------------------------------------------------------------------------- */

/* The secret is the chain's plus a sum; its point costs less than one out of the chain's point. */
static bool
derive(const struct hd_account *a, uint32_t chain, uint32_t index, struct hd_kept *out)
{
	struct key_secret *secret = &out->secret;
	unsigned char sum[SECP_KEY];
	bool good = bip32_sum(&a->chains[chain], index, sum);

	secret_wipe(out, sizeof *out);
	memcpy(secret->bytes, a->secrets[chain].key + 1, SECP_KEY);
	good = good && secp_key_add(secret->bytes, sum) &&
	       secp_pair_make(secret->bytes, &secret->taproot);
	secret_wipe(sum, sizeof sum);
	if (!good)
		return false;
	secp_pair_public(&secret->taproot, out->leaf.public_key);
	out->leaf.chain = chain;
	out->leaf.index = index;
	out->leaf.account = a;
	return true;
}

/* Derived now, or before; NULL: there is no key. */
static struct hd_kept *
keep(const struct hd *h, const struct hd_account *a, uint32_t chain, uint32_t index)
{
	size_t number = (size_t)(a - h->accounts);
	struct hd_kept *k = &h->memory->kept[(index + 61 * chain + 31 * number) % HD_KEPT];

	if (k->leaf.account == a && k->leaf.chain == chain && k->leaf.index == index)
		return k;
	return derive(a, chain, index, k) ? k : NULL;
}

static struct hd_kept *
keep_tweaked(const struct hd *h, const struct hd_leaf *leaf)
{
	struct hd_kept *k = keep(h, leaf->account, leaf->chain, leaf->index);
	unsigned char tweak[HASH_BYTES];

	if (!k || k->tweaked)
		return k;
	btc_tap_tweak(leaf->public_key + 1, NULL, tweak);
	k->tweaked = secp_pair_add(&k->secret.taproot, tweak);
	if (!k->tweaked) {
		k->leaf.account = NULL;
		return NULL;
	}
	secp_pair_xonly(&k->secret.taproot, k->output);
	return k;
}

/* ---- what a payload says
 * ------------------------------------------------------------------------ */

static bool
is_below(const struct hd_account *a, const struct tx_path *path)
{
	const struct bip32_path *account = &a->rule->account;

	return path->steps_n == account->n + 2 &&
	       memcmp(path->steps, account->steps, account->n * sizeof path->steps[0]) == 0;
}

static enum hd_result
derive_leaf(const struct hd *h, const struct hd_account *a, const struct tx_path *path,
	    struct hd_leaf *out, const char **why)
{
	uint32_t chain = path->steps[path->steps_n - 2], index = path->steps[path->steps_n - 1];
	const unsigned char *key =
	    path->key_bytes == SECP_PUBLIC ? out->public_key : out->public_key + 1;
	const struct hd_kept *k;

	*why = "a derivation path on neither chain 0 nor 1 of its account";
	if (chain > 1)
		return HD_REFUSED;
	*why = "a derivation path with a higher index than the policy allows";
	if (index > a->rule->index_max)
		return HD_REFUSED;
	*why = "a derivation path that leads to another key than the payload says";
	k = keep(h, a, chain, index);
	if (!k)
		return HD_REFUSED;
	*out = k->leaf;
	if (memcmp(key, path->key, path->key_bytes) != 0)
		return HD_REFUSED;
	*why = NULL;
	return HD_FOUND;
}

enum hd_result
hd_find(const struct hd *h, size_t chain, const struct tx_path *path, struct hd_leaf *out,
	const char **why)
{
	bool ours = false;

	*why = NULL;
	for (size_t i = 0; i < h->n; i++) {
		const struct hd_account *a = &h->accounts[i];

		if (memcmp(a->fingerprint, path->fingerprint, 4) != 0)
			continue;
		ours = true;
		if (a->rule->chain == chain && is_below(a, path))
			return derive_leaf(h, a, path, out, why);
	}
	if (ours)
		*why = "a derivation path below no account that the policy allows";
	return ours ? HD_REFUSED : HD_FOREIGN;
}

static bool
owns(const struct hd *h, const struct hd_leaf *leaf, const struct tx_name *script, bool taproot)
{
	const struct hd_kept *k;
	struct btc_script mine;

	if (taproot) {
		k = keep_tweaked(h, leaf);
		return k && script->len == 34 && memcmp(script->bytes, "\x51\x20", 2) == 0 &&
		       memcmp(script->bytes + 2, k->output, SECP_KEY) == 0;
	}
	btc_p2wpkh(bytes_span(leaf->public_key, SECP_PUBLIC), &mine);
	return span_equal(btc_script_span(&mine), tx_name_span(script));
}

bool
hd_owns(const struct hd *h, const struct hd_leaf *leaf, const struct tx_name *script)
{
	return owns(h, leaf, script, script->len == 34);
}

bool
hd_is_change(const struct hd *h, const struct hd_leaf *leaf, const struct tx_name *script)
{
	return leaf->chain == 1 && owns(h, leaf, script, leaf->account->rule->taproot);
}

/* ---- secrets
 * ------------------------------------------------------------------------------------ */

bool
hd_secret(const struct hd *h, const struct hd_leaf *leaf, enum tx_scheme scheme, struct key *out)
{
	struct hd_kept *k = scheme == TX_SCHNORR ? keep_tweaked(h, leaf)
						 : keep(h, leaf->account, leaf->chain, leaf->index);

	if (!k)
		return false;
	*out = (struct key){.kind = KEY_SECP256K1, .secret = &k->secret};
	memcpy(out->public_key, k->leaf.public_key, SECP_PUBLIC);
	memcpy(out->xonly, k->output, SECP_KEY);
	snprintf(out->name, sizeof out->name, "%.*s", (int)leaf->account->rule->key.len,
		 leaf->account->rule->key.ptr);
	return true;
}

bool
hd_origin(const struct key *seed, const struct bip32_path *path, bool test,
	  char out[HD_ORIGIN_TEXT_MAX])
{
	struct bip32_key *work, account;
	unsigned char fingerprint[4];
	char hex[9], steps[BIP32_PATH_TEXT_MAX], text[BIP32_TEXT_MAX];
	bool good;

	if (!seed->secret)
		return false;
	work = (struct bip32_key *)(void *)secret_memory(sizeof *work);
	open_seed(seed, work);
	bip32_fingerprint(work, fingerprint);
	good = bip32_derive(work, path, work);
	if (good)
		bip32_public(work, &account);
	secret_free((char *)work, sizeof *work);
	if (!good)
		return false;
	account.test = test;
	hex_print(fingerprint, 4, hex);
	bip32_path_print(path, steps);
	bip32_print(&account, text);
	snprintf(out, HD_ORIGIN_TEXT_MAX, "[%s%s%s]%s", hex, path->n ? "/" : "", steps, text);
	return true;
}

bool
hd_derive(const struct key *seed, const struct bip32_path *path, unsigned char out[KEYS_SECRET])
{
	struct bip32_key *work;
	bool good;

	if (!seed->secret)
		return false;
	work = (struct bip32_key *)(void *)secret_memory(sizeof *work);
	open_seed(seed, work);
	good = bip32_derive(work, path, work);
	memcpy(out, work->key + 1, KEYS_SECRET);
	secret_free((char *)work, sizeof *work);
	return good;
}
