#include "signer.h"

#include <sodium.h>

static const char *
sign_ed25519(const struct key *k, struct pkcs11 *token, struct span payload, struct signature *out)
{
	const unsigned char *message = (const unsigned char *)payload.ptr;
	const char *why = NULL;

	out->len = 64;
	if (k->in_token)
		why = pkcs11_sign(token, k->label, true, payload, out->bytes);
	else
		crypto_sign_detached(out->bytes, NULL, message, payload.len, k->secret->expanded);
	if (why)
		return why;
	if (k->in_token &&
	    crypto_sign_verify_detached(out->bytes, message, payload.len, k->public_key) != 0)
		return "the token's signature is not this key's";
	memcpy(out->public_key, k->public_key, 32);
	out->public_len = 32;
	return NULL;
}

static const char *
sign_schnorr(const struct key *k, const struct tx_wanted *w, struct signature *out)
{
	if (k->in_token)
		return "tokens know no BIP340: taproot needs a key of the file";
	if (w->rooted)
		return "an output key with a script tree, which is none of ours";
	out->len = 64;
	memcpy(out->public_key, k->xonly, 32);
	out->public_len = 32;
	return secp_schnorr_sign(&k->secret->taproot, w->digest, NULL, out->bytes)
		   ? NULL
		   : "libsecp256k1 refused to sign";
}

/* r and s from the token, and which of the two keys that they recover to it is. */
static const char *
ask_token(const struct key *k, struct pkcs11 *token, const struct tx_wanted *w,
	  unsigned char rs[64], int *recovery)
{
	unsigned char full[SECP_PUBLIC_LONG], recovered[SECP_PUBLIC_LONG];
	const char *why = pkcs11_sign(token, k->label, false,
				      (struct span){(const char *)w->digest, sizeof w->digest}, rs);

	if (why)
		return why;
	if (!secp_normalise(rs) ||
	    !secp_public_expand((struct span){(const char *)k->public_key, SECP_PUBLIC}, full))
		return "the token's signature is none";
	for (*recovery = 0; *recovery < 4; (*recovery)++) {
		if (secp_recover(rs, *recovery, w->digest, recovered) &&
		    memcmp(recovered, full, sizeof full) == 0)
			return NULL;
	}
	return "the token's signature is not this key's";
}

static const char *
sign_ecdsa(const struct key *k, struct pkcs11 *token, const struct tx_wanted *w,
	   struct signature *out)
{
	unsigned char rs[SECP_SIGNATURE];
	const char *why = NULL;
	bool ok = true;

	if (k->in_token)
		why = ask_token(k, token, w, rs, &out->recovery);
	else if (w->scheme == TX_RECOVERABLE)
		ok = secp_sign_recoverable(k->secret->bytes, w->digest, rs, &out->recovery);
	else
		ok = secp_sign(k->secret->bytes, w->digest, true, rs);
	if (why || !ok)
		return why ? why : "libsecp256k1 refused to sign";
	if (w->scheme == TX_RECOVERABLE) {
		memcpy(out->bytes, rs, sizeof rs);
		out->len = sizeof rs;
	} else {
		out->len = secp_der_print(rs, out->bytes);
	}
	memcpy(out->public_key, k->public_key, SECP_PUBLIC);
	out->public_len = SECP_PUBLIC;
	return NULL;
}

const char *
signer_sign(const struct key *k, struct pkcs11 *token, const struct tx_wanted *w,
	    struct span payload, struct signature *out)
{
	*out = (struct signature){.scheme = w->scheme};
	if (k->kind == KEY_HD || (k->kind == KEY_ED25519) != (w->scheme == TX_ED25519))
		return "a key of another kind than the chain's";
	if (k->in_token && !token)
		return "a key in a token, and no --module is given";
	if (!k->in_token && !k->secret)
		return "a key that is locked";
	switch (w->scheme) {
	case TX_ED25519: return sign_ed25519(k, token, payload, out);
	case TX_SCHNORR: return sign_schnorr(k, w, out);
	case TX_ECDSA:
	case TX_RECOVERABLE: break;
	}
	return sign_ecdsa(k, token, w, out);
}
