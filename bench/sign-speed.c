/*
 * sign-speed [SECONDS]: signatures checked a second by each library alone, one thread: the ceiling
 * under order-intake. The message is as long as an order.
 */
#include <openssl/evp.h>
#include <secp256k1.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned char message[300];
static long seconds_us = 1000000;

static long
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
measure(const char *name, int (*check)(void *), void *context)
{
	long from = now_us(), n = 0, spent;

	do {
		for (int i = 0; i < 100; i++, n++)
			if (!check(context))
				abort();
		spent = now_us() - from;
	} while (spent < seconds_us);
	printf("%-34s %8ld /s\n", name, n * 1000000 / spent);
	fflush(stdout);
}

struct ed25519 {
	unsigned char pk[32], sk[64], sig[64];
};

static int
check_sodium(void *context)
{
	struct ed25519 *e = context;

	return crypto_sign_verify_detached(e->sig, message, sizeof message, e->pk) == 0;
}

struct ecdsa {
	secp256k1_pubkey key;
	secp256k1_ecdsa_signature sig;
	unsigned char hash[32];
};

static int
check_secp256k1(void *context)
{
	struct ecdsa *e = context;

	return secp256k1_ecdsa_verify(secp256k1_context_static, &e->sig, e->hash, &e->key);
}

struct evp {
	EVP_PKEY *key;
	const EVP_MD *digest;
	unsigned char sig[128];
	size_t len;
};

static int
check_openssl(void *context)
{
	struct evp *e = context;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int ok = EVP_DigestVerifyInit(c, NULL, e->digest, NULL, e->key) == 1 &&
		 EVP_DigestVerify(c, e->sig, e->len, message, sizeof message) == 1;

	EVP_MD_CTX_free(c);
	return ok;
}

static void
measure_openssl(const char *name, EVP_PKEY *key, const EVP_MD *digest)
{
	struct evp e = {.key = key, .digest = digest, .len = sizeof e.sig};
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	if (!key || EVP_DigestSignInit(c, NULL, digest, NULL, key) != 1 ||
	    EVP_DigestSign(c, e.sig, &e.len, message, sizeof message) != 1)
		abort();
	EVP_MD_CTX_free(c);
	measure(name, check_openssl, &e);
	EVP_PKEY_free(key);
}

int
main(int argc, char **argv)
{
	secp256k1_context *c = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
	unsigned char secret[32] = {5};
	struct ed25519 ed;
	struct ecdsa ec = {.hash = {7}};

	if (argc > 1)
		seconds_us = strtol(argv[1], NULL, 10) * 1000000;
	if (sodium_init() < 0 || !secp256k1_ec_pubkey_create(c, &ec.key, secret) ||
	    !secp256k1_ecdsa_sign(c, &ec.sig, ec.hash, secret, NULL, NULL))
		abort();
	memset(message, 'x', sizeof message);
	crypto_sign_keypair(ed.pk, ed.sk);
	crypto_sign_detached(ed.sig, NULL, message, sizeof message, ed.sk);
	measure("ed25519: libsodium", check_sodium, &ed);
	measure_openssl("ed25519: OpenSSL", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL);
	measure("secp256k1: libsecp256k1", check_secp256k1, &ec);
	measure_openssl("secp256k1: OpenSSL", EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"),
			EVP_sha256());
	return 0;
}
