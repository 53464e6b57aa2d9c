#include "secp.h"

#include "check.h"

#include <secp256k1_recovery.h>
#include <secp256k1_schnorrsig.h>
#include <sys/random.h>

/* Made once, read by all afterwards. */
static secp256k1_context *context;

void
secp_init(void)
{
	unsigned char seed[32];

	if (context)
		return;
	secp256k1_selftest();
	context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	CHECK(context);
	CHECK(getrandom(seed, sizeof seed, 0) == (ssize_t)sizeof seed);
	CHECK(secp256k1_context_randomize(context, seed));
	explicit_bzero(seed, sizeof seed);
}

bool
secp_key_ok(const unsigned char key[SECP_KEY])
{
	return secp256k1_ec_seckey_verify(context, key);
}

static void
print_compressed(const secp256k1_pubkey *point, unsigned char out[SECP_PUBLIC])
{
	size_t n = SECP_PUBLIC;

	CHECK(secp256k1_ec_pubkey_serialize(context, out, &n, point, SECP256K1_EC_COMPRESSED));
}

static void
print_long(const secp256k1_pubkey *point, unsigned char out[SECP_PUBLIC_LONG])
{
	size_t n = SECP_PUBLIC_LONG;

	CHECK(secp256k1_ec_pubkey_serialize(context, out, &n, point, SECP256K1_EC_UNCOMPRESSED));
}

/* libsecp256k1 also reads the hybrid form (6, 7), which nothing here may use. */
static bool
read_point(struct span public_key, secp256k1_pubkey *out)
{
	if (public_key.len != SECP_PUBLIC &&
	    (public_key.len != SECP_PUBLIC_LONG || public_key.ptr[0] != 4))
		return false;
	return secp256k1_ec_pubkey_parse(context, out, (const unsigned char *)public_key.ptr,
					 public_key.len);
}

bool
secp_public_of(const unsigned char key[SECP_KEY], unsigned char out[SECP_PUBLIC])
{
	secp256k1_pubkey point;

	if (!secp256k1_ec_pubkey_create(context, &point, key))
		return false;
	print_compressed(&point, out);
	return true;
}

bool
secp_public_ok(struct span public_key)
{
	secp256k1_pubkey point;

	return read_point(public_key, &point);
}

bool
secp_public_compress(struct span public_key, unsigned char out[SECP_PUBLIC])
{
	secp256k1_pubkey point;

	if (!read_point(public_key, &point))
		return false;
	print_compressed(&point, out);
	return true;
}

bool
secp_public_expand(struct span public_key, unsigned char out[SECP_PUBLIC_LONG])
{
	secp256k1_pubkey point;

	if (!read_point(public_key, &point))
		return false;
	print_long(&point, out);
	return true;
}

bool
secp_key_add(unsigned char key[SECP_KEY], const unsigned char tweak[SECP_KEY])
{
	return secp256k1_ec_seckey_tweak_add(context, key, tweak);
}

bool
secp_public_add(const unsigned char public_key[SECP_PUBLIC], const unsigned char tweak[SECP_KEY],
		unsigned char out[SECP_PUBLIC])
{
	secp256k1_pubkey point;

	if (!secp256k1_ec_pubkey_parse(context, &point, public_key, SECP_PUBLIC) ||
	    !secp256k1_ec_pubkey_tweak_add(context, &point, tweak))
		return false;
	print_compressed(&point, out);
	return true;
}

bool
secp_sign(const unsigned char key[SECP_KEY], const unsigned char digest[SECP_DIGEST], bool low_r,
	  unsigned char out[SECP_SIGNATURE])
{
	secp256k1_ecdsa_signature signature;
	unsigned char extra[32] = {0};

	for (uint32_t tries = 0;; tries++) {
		/* Core's counter: 32 bits, little endian, none at the first try */
		for (unsigned i = 0; i < 4; i++)
			extra[i] = (unsigned char)(tries >> 8 * i);
		if (!secp256k1_ecdsa_sign(context, &signature, digest, key, NULL,
					  tries ? extra : NULL))
			return false;
		secp256k1_ecdsa_signature_serialize_compact(context, out, &signature);
		if (!low_r || out[0] < 0x80)
			return true;
	}
}

bool
secp_sign_recoverable(const unsigned char key[SECP_KEY], const unsigned char digest[SECP_DIGEST],
		      unsigned char out[SECP_SIGNATURE], int *recovery)
{
	secp256k1_ecdsa_recoverable_signature signature;

	if (!secp256k1_ecdsa_sign_recoverable(context, &signature, digest, key, NULL, NULL))
		return false;
	secp256k1_ecdsa_recoverable_signature_serialize_compact(context, out, recovery, &signature);
	return true;
}

bool
secp_verify(struct span public_key, const unsigned char digest[SECP_DIGEST],
	    const unsigned char signature[SECP_SIGNATURE])
{
	secp256k1_ecdsa_signature parsed;
	secp256k1_pubkey point;

	/* verify refuses a high s itself */
	return read_point(public_key, &point) &&
	       secp256k1_ecdsa_signature_parse_compact(context, &parsed, signature) &&
	       secp256k1_ecdsa_verify(context, &parsed, digest, &point);
}

bool
secp_recover(const unsigned char signature[SECP_SIGNATURE], int recovery,
	     const unsigned char digest[SECP_DIGEST], unsigned char out[SECP_PUBLIC_LONG])
{
	secp256k1_ecdsa_recoverable_signature parsed;
	secp256k1_pubkey point;

	if (recovery < 0 || recovery > 3 ||
	    !secp256k1_ecdsa_recoverable_signature_parse_compact(context, &parsed, signature,
								 recovery) ||
	    !secp256k1_ecdsa_recover(context, &point, &parsed, digest))
		return false;
	print_long(&point, out);
	return true;
}

size_t
secp_der_print(const unsigned char signature[SECP_SIGNATURE], unsigned char out[SECP_DER_MAX])
{
	secp256k1_ecdsa_signature parsed;
	size_t n = SECP_DER_MAX;

	if (!secp256k1_ecdsa_signature_parse_compact(context, &parsed, signature) ||
	    !secp256k1_ecdsa_signature_serialize_der(context, out, &n, &parsed))
		return 0;
	return n;
}

bool
secp_der_parse(struct span der, unsigned char out[SECP_SIGNATURE])
{
	secp256k1_ecdsa_signature parsed;
	unsigned char again[SECP_DER_MAX];
	size_t n;

	if (!secp256k1_ecdsa_signature_parse_der(context, &parsed, (const unsigned char *)der.ptr,
						 der.len) ||
	    secp256k1_ecdsa_signature_normalize(context, NULL, &parsed))
		return false;
	secp256k1_ecdsa_signature_serialize_compact(context, out, &parsed);
	n = secp_der_print(out, again);
	return span_equal(der, (struct span){(const char *)again, n});
}

bool
secp_normalise(unsigned char signature[SECP_SIGNATURE])
{
	secp256k1_ecdsa_signature parsed;

	if (!secp256k1_ecdsa_signature_parse_compact(context, &parsed, signature))
		return false;
	secp256k1_ecdsa_signature_normalize(context, &parsed, &parsed);
	secp256k1_ecdsa_signature_serialize_compact(context, signature, &parsed);
	return true;
}

bool
secp_pair_make(const unsigned char key[SECP_KEY], struct secp_pair *out)
{
	return secp256k1_keypair_create(context, &out->keys, key);
}

void
secp_pair_public(const struct secp_pair *pair, unsigned char out[SECP_PUBLIC])
{
	secp256k1_pubkey point;

	CHECK(secp256k1_keypair_pub(context, &point, &pair->keys));
	print_compressed(&point, out);
}

void
secp_pair_xonly(const struct secp_pair *pair, unsigned char out[SECP_KEY])
{
	secp256k1_xonly_pubkey point;

	CHECK(secp256k1_keypair_xonly_pub(context, &point, NULL, &pair->keys));
	CHECK(secp256k1_xonly_pubkey_serialize(context, out, &point));
}

bool
secp_pair_add(struct secp_pair *pair, const unsigned char tweak[SECP_KEY])
{
	return secp256k1_keypair_xonly_tweak_add(context, &pair->keys, tweak);
}

bool
secp_xonly_add(const unsigned char xonly[SECP_KEY], const unsigned char tweak[SECP_KEY],
	       unsigned char out[SECP_KEY], int *parity)
{
	secp256k1_xonly_pubkey point;
	secp256k1_pubkey sum;

	if (!secp256k1_xonly_pubkey_parse(context, &point, xonly) ||
	    !secp256k1_xonly_pubkey_tweak_add(context, &sum, &point, tweak))
		return false;
	CHECK(secp256k1_xonly_pubkey_from_pubkey(context, &point, parity, &sum));
	CHECK(secp256k1_xonly_pubkey_serialize(context, out, &point));
	return true;
}

bool
secp_xonly_ok(const unsigned char xonly[SECP_KEY])
{
	secp256k1_xonly_pubkey point;

	return secp256k1_xonly_pubkey_parse(context, &point, xonly);
}

bool
secp_schnorr_sign(const struct secp_pair *pair, const unsigned char digest[SECP_DIGEST],
		  const unsigned char *auxiliary, unsigned char out[SECP_SIGNATURE])
{
	return secp256k1_schnorrsig_sign32(context, out, digest, &pair->keys, auxiliary);
}

bool
secp_schnorr_verify(const unsigned char xonly[SECP_KEY], struct span message,
		    const unsigned char signature[SECP_SIGNATURE])
{
	secp256k1_xonly_pubkey point;

	return secp256k1_xonly_pubkey_parse(context, &point, xonly) &&
	       secp256k1_schnorrsig_verify(context, signature, (const unsigned char *)message.ptr,
					   message.len, &point);
}
