/*
 * sign-orders: signed orders and the accounts that sign them, for tests and benches of
 * order-intake.
 *
 *     sign-orders accounts SCHEME A             an accounts file of A accounts
 *     sign-orders orders SCHEME A N [FIRST [START STEP]]
 *                                               N orders, numbered from FIRST (1), by A accounts in
 *                                               turn; order K's ts is START + K * STEP, in us
 *
 * SCHEME is ed25519, secp256k1 or both (by turns). Everything follows from the arguments: account K
 * has the key whose secret is Keccak-256("account K"). The records are printed in canonical form,
 * so that what is signed is the very line without its sig.
 */
#include "hex.h"
#include "keccak.h"

#include <secp256k1.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

struct signer {
	bool is_ed25519;
	unsigned char secret[64];
	char pubkey[67];
};

static secp256k1_context *curve;
static unsigned long start_us = 1700000000000000, step_us = 100;

static struct signer
signer_of(const char *scheme, unsigned long number)
{
	struct signer s = {.is_ed25519 = strcmp(scheme, "ed25519") == 0 ||
					 (strcmp(scheme, "both") == 0 && number % 2 == 0)};
	unsigned char seed[32], bytes[33];
	char name[40];
	size_t n = (size_t)snprintf(name, sizeof name, "account %lu", number), len = 33;

	keccak256((struct span){name, n}, seed);
	if (s.is_ed25519) {
		crypto_sign_seed_keypair(bytes, s.secret, seed);
		hex_print(bytes, 32, s.pubkey);
	} else {
		secp256k1_pubkey point;

		memcpy(s.secret, seed, 32);
		if (!secp256k1_ec_pubkey_create(curve, &point, seed))
			abort();
		secp256k1_ec_pubkey_serialize(curve, bytes, &len, &point, SECP256K1_EC_COMPRESSED);
		hex_print(bytes, 33, s.pubkey);
	}
	return s;
}

static void
sign(const struct signer *s, struct span message, char hex[129])
{
	unsigned char sig[64], hash[32];
	secp256k1_ecdsa_signature ecdsa;

	if (s->is_ed25519) {
		crypto_sign_detached(sig, NULL, (const unsigned char *)message.ptr, message.len,
				     s->secret);
	} else {
		keccak256(message, hash);
		if (!secp256k1_ecdsa_sign(curve, &ecdsa, hash, s->secret, NULL, NULL))
			abort();
		secp256k1_ecdsa_signature_serialize_compact(curve, sig, &ecdsa);
	}
	hex_print(sig, 64, hex);
}

static void
print_accounts(const char *scheme, unsigned long accounts)
{
	for (unsigned long k = 0; k < accounts; k++) {
		struct signer s = signer_of(scheme, k);

		printf("{\"account\":\"a%lu\",\"status\":\"active\",\"keys\":[{\"scheme\":\"%s\","
		       "\"pubkey\":\"%s\"}]}\n",
		       k, s.is_ed25519 ? "ed25519" : "secp256k1", s.pubkey);
	}
}

/* Around one price, so that about half of them trade. */
static void
print_order(const struct signer *s, unsigned long account, unsigned long number)
{
	unsigned long mix = number * 2654435761UL % 4294967296UL;
	char head[400], tail[400], all[800], hex[129];
	int a =
	    snprintf(head, sizeof head,
		     "{\"account\":\"a%lu\",\"id\":\"o%lu\",\"nonce\":%lu,\"ordType\":\"limit\","
		     "\"pubkey\":\"%s\",\"px\":\"%lu.%lu\",\"side\":\"%s\"",
		     account, number, number, s->pubkey, 64900 + mix / 97 % 200, mix / 7 % 9 + 1,
		     mix / 65536 % 2 ? "buy" : "sell");
	int b = snprintf(tail, sizeof tail,
			 ",\"symbol\":\"BTC-USDC\",\"sz\":\"0.%lu\",\"ts\":%lu,\"type\":\"order\"}",
			 mix / 13 % 9 + 1, start_us + number * step_us);
	int n = snprintf(all, sizeof all, "%s%s", head, tail);

	if (a <= 0 || b <= 0)
		abort();
	sign(s, (struct span){all, (size_t)n}, hex);
	printf("%s,\"sig\":\"%s\"%s\n", head, hex, tail);
}

int
main(int argc, char **argv)
{
	unsigned long accounts, n, first;
	struct signer *signers;

	if (argc < 4 || sodium_init() < 0)
		return 100;
	curve = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
	accounts = strtoul(argv[3], NULL, 10);
	if (strcmp(argv[1], "accounts") == 0) {
		print_accounts(argv[2], accounts);
		return 0;
	}
	if (argc < 5)
		return 100;
	n = strtoul(argv[4], NULL, 10);
	first = argc > 5 ? strtoul(argv[5], NULL, 10) : 1;
	if (argc > 7) {
		start_us = strtoul(argv[6], NULL, 10);
		step_us = strtoul(argv[7], NULL, 10);
	}
	signers = calloc(accounts, sizeof signers[0]);
	if (!signers)
		return 111;
	for (unsigned long k = 0; k < accounts; k++)
		signers[k] = signer_of(argv[2], k);
	for (unsigned long i = first; i < first + n; i++)
		print_order(&signers[i % accounts], i % accounts, i);
	free(signers);
	return fflush(stdout) == 0 ? 0 : 111;
}
