#include "hashes.h"

#include "check.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* An extended key's derivation hashes 37 bytes; more than this is nobody's. */
#define HMAC_MESSAGE_MAX 256

void
hashes_init(void)
{
	unsigned char out[HMAC512_BYTES];

	ripemd160(SPAN_LIT(""), out);
	hmac_sha512(SPAN_LIT("k"), SPAN_LIT(""), SPAN_LIT(""), out);
}

void
hash_single(struct span bytes, unsigned char out[HASH_BYTES])
{
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, bytes);
	sha2_end(&s, out);
}

void
hash256(struct span bytes, unsigned char out[HASH_BYTES])
{
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, bytes);
	hash256_end(&s, out);
}

void
hash256_end(struct sha2 *s, unsigned char out[HASH_BYTES])
{
	sha2_end(s, out);
	hash_single((struct span){(const char *)out, HASH_BYTES}, out);
}

void
ripemd160(struct span bytes, unsigned char out[HASH160_BYTES])
{
	CHECK(EVP_Digest(bytes.ptr, bytes.len, out, NULL, EVP_ripemd160(), NULL) == 1);
}

void
hash160(struct span bytes, unsigned char out[HASH160_BYTES])
{
	unsigned char first[HASH_BYTES];

	hash_single(bytes, first);
	ripemd160((struct span){(const char *)first, sizeof first}, out);
}

void
tagged_begin(struct sha2 *s, const char *tag)
{
	unsigned char hash[HASH_BYTES];

	hash_single(span_of(tag), hash);
	sha2_begin(s);
	sha2_add(s, (struct span){(const char *)hash, sizeof hash});
	sha2_add(s, (struct span){(const char *)hash, sizeof hash});
}

void
hmac_sha512(struct span key, struct span first, struct span second,
	    unsigned char out[HMAC512_BYTES])
{
	unsigned char message[HMAC_MESSAGE_MAX];

	CHECK(first.len + second.len <= sizeof message);
	if (first.len)
		memcpy(message, first.ptr, first.len);
	if (second.len)
		memcpy(message + first.len, second.ptr, second.len);
	CHECK(HMAC(EVP_sha512(), key.ptr, (int)key.len, message, first.len + second.len, out,
		   NULL) != NULL);
	explicit_bzero(message, sizeof message);
}
