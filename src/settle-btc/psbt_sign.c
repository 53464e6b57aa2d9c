/* psbt_sign: signatures: taken in after they have been verified, or made with a key. */
#include "psbt_role_parts.h"

#include "check.h"

/* ---- taken in ---- */

static enum role_error
put_tap(struct role *r, size_t input, const struct role_input *how,
	const unsigned char signature[SECP_SIGNATURE])
{
	unsigned char value[SECP_SIGNATURE + 1];

	memcpy(value, signature, SECP_SIGNATURE);
	value[SECP_SIGNATURE] = (unsigned char)how->type;
	return psbt_put(r->psbt, psbt_in(input), PSBT_IN_TAP_SIGNATURE, NONE,
			role_bytes(value, SECP_SIGNATURE + (how->type != BTC_SIGHASH_DEFAULT)))
		   ? ROLE_OK
		   : ROLE_E_LIMIT;
}

static enum role_error
put_schnorr(struct role *r, size_t input, const struct role_input *how, struct span signature)
{
	unsigned char digest[HASH_BYTES];
	enum role_error e = role_digest(r, input, how, digest);

	if (e != ROLE_OK)
		return e;
	if (signature.len != SECP_SIGNATURE ||
	    !secp_schnorr_verify((const unsigned char *)how->key.ptr,
				 role_bytes(digest, HASH_BYTES),
				 (const unsigned char *)signature.ptr))
		return ROLE_E_SIGNATURE;
	return put_tap(r, input, how, (const unsigned char *)signature.ptr);
}

static enum role_error
put_der(struct role *r, size_t input, const struct role_input *how, struct span key,
	struct span der)
{
	unsigned char value[SECP_DER_MAX + 1];

	memcpy(value, der.ptr, der.len);
	value[der.len] = (unsigned char)how->type;
	return psbt_put(r->psbt, psbt_in(input), PSBT_IN_SIGNATURE, key,
			role_bytes(value, der.len + 1))
		   ? ROLE_OK
		   : ROLE_E_LIMIT;
}

enum role_error
role_put_signature(struct role *r, size_t input, struct span key, struct span signature)
{
	unsigned char digest[HASH_BYTES], compact[SECP_SIGNATURE];
	struct role_input how;
	enum role_error e = role_look(r, input, &how);

	if (e != ROLE_OK)
		return e;
	if (!role_type_is_ours(&how))
		return ROLE_E_TYPE;
	if (how.way == ROLE_V1)
		return put_schnorr(r, input, &how, signature);
	if (!role_key_is_in(&how, key))
		return ROLE_E_KEY;
	e = role_digest(r, input, &how, digest);
	if (e != ROLE_OK)
		return e;
	if (signature.len > SECP_DER_MAX || !secp_der_parse(signature, compact) ||
	    !secp_verify(key, digest, compact))
		return ROLE_E_SIGNATURE;
	return put_der(r, input, &how, key, signature);
}

/* ---- made ---- */

static bool
tap_key_make(const unsigned char secret[SECP_KEY], const unsigned char *root,
	     struct secp_pair *pair, unsigned char output[SECP_KEY])
{
	unsigned char xonly[SECP_KEY], tweak[HASH_BYTES];

	if (!secp_pair_make(secret, pair))
		return false;
	secp_pair_xonly(pair, xonly);
	btc_tap_tweak(xonly, root, tweak);
	if (!secp_pair_add(pair, tweak))
		return false;
	secp_pair_xonly(pair, output);
	return true;
}

bool
role_key_make(const unsigned char secret[SECP_KEY], struct role_key *out)
{
	if (!secp_public_of(secret, out->point) ||
	    !tap_key_make(secret, NULL, &out->tap, out->output))
		return false;
	memcpy(out->secret, secret, SECP_KEY);
	return true;
}

static enum role_error
sign_v1(struct role *r, size_t input, const struct role_input *how, const struct role_key *key,
	size_t *made)
{
	unsigned char digest[HASH_BYTES], output[SECP_KEY], signature[SECP_SIGNATURE];
	struct secp_pair pair = key->tap;
	struct span root;
	enum role_error e = ROLE_OK;

	memcpy(output, key->output, SECP_KEY);
	if (psbt_get(r->psbt, psbt_in(input), PSBT_IN_TAP_ROOT, NONE, &root) &&
	    !tap_key_make(key->secret, (const unsigned char *)root.ptr, &pair, output))
		return ROLE_E_KEY;
	if (span_equal(role_bytes(output, sizeof output), how->key)) {
		e = role_digest(r, input, how, digest);
		if (e == ROLE_OK) {
			CHECK(secp_schnorr_sign(&pair, digest, NULL, signature));
			e = put_tap(r, input, how, signature);
			(*made)++;
		}
	}
	explicit_bzero(&pair, sizeof pair);
	return e;
}

/* The transaction's own signatures are not verified again: libsecp256k1 made them just now. */
static enum role_error
sign_ecdsa(struct role *r, size_t input, const struct role_input *how,
	   const unsigned char key[SECP_KEY], struct span public_key, bool low_r, size_t *made)
{
	unsigned char digest[HASH_BYTES], signature[SECP_SIGNATURE], der[SECP_DER_MAX];
	enum role_error e;

	if (!role_key_is_in(how, public_key))
		return ROLE_OK;
	e = role_digest(r, input, how, digest);
	if (e != ROLE_OK)
		return e;
	CHECK(secp_sign(key, digest, low_r, signature));
	(*made)++;
	return put_der(r, input, how, public_key, role_bytes(der, secp_der_print(signature, der)));
}

enum role_error
role_sign_with(struct role *r, const struct role_key *key, bool low_r, size_t *made)
{
	enum role_error e = ROLE_OK;

	*made = 0;
	for (size_t i = 0; e == ROLE_OK && i < r->tx->inputs_n; i++) {
		struct role_input how;

		e = role_look(r, i, &how);
		if (e == ROLE_OK && !role_type_is_ours(&how))
			e = ROLE_E_TYPE;
		if (e == ROLE_OK && how.way == ROLE_V1)
			e = sign_v1(r, i, &how, key, made);
		else if (e == ROLE_OK)
			e = sign_ecdsa(r, i, &how, key->secret, role_bytes(key->point, SECP_PUBLIC),
				       low_r, made);
	}
	return e;
}

enum role_error
role_sign(struct role *r, const unsigned char secret[SECP_KEY], bool low_r, size_t *made)
{
	struct role_key key;
	enum role_error e;

	*made = 0;
	if (!role_key_make(secret, &key))
		return ROLE_E_KEY;
	e = role_sign_with(r, &key, low_r, made);
	explicit_bzero(&key, sizeof key);
	return e;
}
