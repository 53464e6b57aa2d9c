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
	/* looked up and made once: both cost more than the digest does */
	static EVP_MD_CTX *context;

	if (!context) {
		EVP_MD *md = EVP_MD_fetch(NULL, "RIPEMD160", NULL);

		context = EVP_MD_CTX_new();
		CHECK(md && context && EVP_DigestInit_ex2(context, md, NULL) == 1);
		EVP_MD_free(md);
	}
	CHECK(EVP_DigestInit_ex2(context, NULL, NULL) == 1 &&
	      EVP_DigestUpdate(context, bytes.ptr, bytes.len) == 1 &&
	      EVP_DigestFinal_ex(context, out, NULL) == 1);
}

void
hash160(struct span bytes, unsigned char out[HASH160_BYTES])
{
	unsigned char first[HASH_BYTES];

	hash_single(bytes, first);
	ripemd160((struct span){(const char *)first, sizeof first}, out);
}

/* The tags that payments need: what SHA-256 has come to after the block that the tag makes. */
static const struct {
	const char *tag;
	uint32_t state[8];
} tags[] = {
    {"TapSighash",
     {0xf504a425, 0xd7f8783b, 0x1363868a, 0xe3e55658, 0x6eee945d, 0xbc7888dd, 0x02a6e2c3,
      0x1873fe9f}},
    {"TapTweak",
     {0xd129a2f3, 0x701c655d, 0x6583b6c3, 0xb9419727, 0x95f4e232, 0x94fd54f4, 0xa2ae8d85,
      0x47ca590b}},
};

void
tagged_begin(struct sha2 *s, const char *tag)
{
	unsigned char hash[HASH_BYTES];

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		if (strcmp(tag, tags[i].tag) == 0) {
			sha2_resume(s, tags[i].state, 1);
			return;
		}
	}
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
