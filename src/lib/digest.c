#include "digest.h"

#include "check.h"

#include <openssl/evp.h>
#include <openssl/params.h>

void
digest_init(void)
{
	unsigned char out[SHA256_BYTES];

	sha256(SPAN_LIT(""), out);
	hmac_sha256(SPAN_LIT("k"), NULL, 0, out);
}

void
sha256(struct span message, unsigned char out[SHA256_BYTES])
{
	static EVP_MD *md;

	if (!md)
		md = EVP_MD_fetch(NULL, "SHA256", NULL);
	CHECK(EVP_Digest(message.ptr, message.len, out, NULL, md, NULL) == 1);
}

void
hmac_sha256(struct span key, const struct span parts[], size_t n, unsigned char out[SHA256_BYTES])
{
	static EVP_MAC *hmac;
	char name[] = "SHA256";
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", name, 0),
			       OSSL_PARAM_construct_end()};
	EVP_MAC_CTX *context;
	size_t len;

	if (!hmac)
		hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	CHECK(hmac);
	context = EVP_MAC_CTX_new(hmac);
	CHECK(context);
	CHECK(EVP_MAC_init(context, (const unsigned char *)key.ptr, key.len, params) == 1);
	for (size_t i = 0; i < n; i++)
		CHECK(EVP_MAC_update(context, (const unsigned char *)parts[i].ptr, parts[i].len) ==
		      1);
	CHECK(EVP_MAC_final(context, out, &len, SHA256_BYTES) == 1 && len == SHA256_BYTES);
	EVP_MAC_CTX_free(context);
}
