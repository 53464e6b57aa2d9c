/*
 * sol-pay lines N: N requests to assemble, for settle-sol.
 *
 * sol-pay [SECONDS]: signed token transfers of Solana a second on one thread, and what libsodium
 * and OpenSSL sign of the same bytes alone. A line each: what, per second of processor time (best
 * of three).
 */
#include "base58.h"
#include "base64.h"
#include "digest.h"
#include "hex.h"
#include "sol_message.h"
#include "tool.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char tool_name[] = "sol-pay";
const char tool_help[] = "usage: sol-pay [SECONDS]\n\n";
const char tool_version[] = "0";

static unsigned char public_key[32], secret_key[64], seed[32];
static EVP_PKEY *openssl_key;
static unsigned long sink;

static struct sol_transfer
transfer(unsigned n)
{
	struct sol_transfer t = {.version_0 = true,
				 .amount = 1 + n,
				 .decimals = 6,
				 .unit_limit = 25000,
				 .unit_price = 1000,
				 .memo = "tp:00112233445566778899aabbccddeeff",
				 .memo_len = 35};

	memcpy(t.payer.bytes, public_key, 32);
	t.authority = t.payer;
	memset(t.source.bytes, 1, 32);
	memset(t.account.bytes, 2, 32);
	memset(t.mint.bytes, 3, 32);
	memset(t.blockhash.bytes, 4, 32);
	return t;
}

/* Message, signature, bytes to send in hexadecimal, id in base58. */
static void
make(unsigned n, bool verify)
{
	unsigned char message[SOL_MESSAGE_MAX], transaction[SOL_TRANSACTION_MAX], signature[64];
	char raw[2 * SOL_TRANSACTION_MAX + 1], id[BASE58_TEXT_MAX];
	struct sol_transfer t = transfer(n);
	size_t len = sol_message_write(&t, message);

	crypto_sign_detached(signature, NULL, message, len, secret_key);
	if (verify)
		sink +=
		    (unsigned long)crypto_sign_verify_detached(signature, message, len, public_key);
	len = sol_transaction_write((struct span){(const char *)message, len}, signature, 1,
				    transaction);
	hex_print(transaction, len, raw);
	sink += (unsigned char)raw[9] + base58_print(signature, 64, id);
}

static void
pay(unsigned n)
{
	make(n, false);
}

/* As assemble does. */
static void
pay_and_verify(unsigned n)
{
	make(n, true);
}

static void
pay_new_receiver(unsigned n)
{
	struct sol_transfer t = transfer(n);
	struct sol_key wallet = t.source, account;

	memcpy(wallet.bytes, &n, sizeof n);
	sink += sol_token_account(&wallet, &t.mint, &account, NULL);
	pay(n);
}

static void
libsodium(unsigned n)
{
	unsigned char message[300] = {0}, signature[64];

	memcpy(message, &n, sizeof n);
	crypto_sign_detached(signature, NULL, message, sizeof message, secret_key);
	sink += signature[0];
}

static void
openssl(unsigned n)
{
	unsigned char message[300] = {0}, signature[64];
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = sizeof signature;

	memcpy(message, &n, sizeof n);
	EVP_DigestSignInit(c, NULL, NULL, NULL, openssl_key);
	EVP_DigestSign(c, signature, &len, message, sizeof message);
	EVP_MD_CTX_free(c);
	sink += signature[0];
}

static double
processor_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
measure(const char *name, void (*step)(unsigned), double seconds)
{
	double best = 0;

	for (unsigned round = 0; round < 3; round++) {
		double start = processor_s(), took;
		unsigned n = 0;

		do {
			for (unsigned i = 0; i < 200; i++)
				step(n++);
			took = processor_s() - start;
		} while (took < seconds / 3);
		if (n / took > best)
			best = n / took;
	}
	printf("%s\t%.0f\n", name, best);
}

/* Requests to assemble. */
static void
lines(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned char message[SOL_MESSAGE_MAX], signature[64];
		struct sol_transfer t = transfer(i);
		struct span bytes = {(const char *)message, sol_message_write(&t, message)};
		char sig[129];
		struct buf b;

		crypto_sign_detached(signature, NULL, message, bytes.len, secret_key);
		hex_print(signature, 64, sig);
		buf_init(&b, 4096);
		base64_append(bytes, &b);
		printf("{\"op\":\"assemble\",\"id\":%u,\"unsigned\":{\"form\":\"solana-message\","
		       "\"payload\":\"%.*s\"},\"signatures\":[{\"sig\":\"%s\"}]}\n",
		       i, (int)b.len, b.ptr, sig);
		buf_release(&b);
	}
}

int
main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1.5;

	if (sodium_init() < 0)
		return 111;
	digest_init();
	memset(seed, 7, sizeof seed);
	crypto_sign_seed_keypair(public_key, secret_key, seed);
	openssl_key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
	if (argc > 2) {
		lines((unsigned)strtoul(argv[2], NULL, 10));
		return 0;
	}
	measure("settle-sol, accounts known", pay, seconds);
	measure("settle-sol, account derived", pay_new_receiver, seconds);
	measure("libsodium, signature alone", libsodium, seconds);
	measure("OpenSSL, signature alone", openssl, seconds);
	measure("settle-sol, and signature verified", pay_and_verify, seconds);
	return sink == 1;
}
