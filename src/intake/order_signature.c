#include "order_signature.h"

#include "hex.h"
#include "keccak.h"

#include <sodium.h>

static size_t
key_bytes(enum signature_scheme scheme)
{
	return scheme == SCHEME_ED25519 ? crypto_sign_PUBLICKEYBYTES : PUBLIC_KEY_BYTES;
}

const char *
scheme_name(enum signature_scheme scheme)
{
	return scheme == SCHEME_ED25519 ? "ed25519" : "secp256k1";
}

bool
scheme_of(struct span name, enum signature_scheme *out)
{
	*out = span_is(name, "ed25519") ? SCHEME_ED25519 : SCHEME_SECP256K1;
	return span_is(name, scheme_name(*out));
}

bool
order_signature_init(void)
{
	secp256k1_selftest();
	return sodium_init() >= 0;
}

const char *
public_key_parse(enum signature_scheme scheme, struct span hex, struct public_key *out)
{
	size_t n = key_bytes(scheme);

	*out = (struct public_key){.scheme = scheme};
	if (!hex_parse(hex, false, out->bytes, n))
		return scheme == SCHEME_ED25519 ? "an ed25519 key is 64 lower-case hex digits"
						: "a secp256k1 key is 66 lower-case hex digits";
	if (scheme == SCHEME_ED25519)
		return crypto_core_ed25519_is_valid_point(out->bytes)
			   ? NULL
			   : "no point of ed25519's prime-order group";
	return secp256k1_ec_pubkey_parse(secp256k1_context_static, &out->point, out->bytes, n)
		   ? NULL
		   : "no compressed point of secp256k1";
}

bool
public_key_is(const struct public_key *key, struct span hex)
{
	char text[2 * PUBLIC_KEY_BYTES + 1];

	hex_print(key->bytes, key_bytes(key->scheme), text);
	return span_is(hex, text);
}

static const char *
check_ecdsa(const struct public_key *key, const unsigned char sig[64], struct span message)
{
	unsigned char hash[KECCAK_BYTES];
	secp256k1_ecdsa_signature parsed;

	if (!secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed, sig))
		return "r or s is not below the group's order";
	if (secp256k1_ecdsa_signature_normalize(secp256k1_context_static, NULL, &parsed))
		return "the higher of the two possible s";
	keccak256(message, hash);
	return secp256k1_ecdsa_verify(secp256k1_context_static, &parsed, hash, &key->point)
		   ? NULL
		   : "not this key's signature over this record";
}

const char *
order_signature_check(const struct public_key *key, struct span hex, struct span message)
{
	unsigned char sig[SIGNATURE_BYTES];

	if (!hex_parse(hex, false, sig, sizeof sig))
		return "a signature is 128 lower-case hex digits";
	if (key->scheme == SCHEME_SECP256K1)
		return check_ecdsa(key, sig, message);
	return crypto_sign_verify_detached(sig, (const unsigned char *)message.ptr, message.len,
					   key->bytes) == 0
		   ? NULL
		   : "not this key's signature over this record";
}
