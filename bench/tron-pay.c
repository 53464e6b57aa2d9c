/*
 * tron-pay lines N: N requests to assemble, for settle-tron.
 *
 * tron-pay [SECONDS]: signed TRC-20 transfers of Tron a second on one thread, and what libsecp256k1
 * signs alone. A line each: what, per second of processor time (best of three).
 */
#include "digest.h"
#include "hex.h"
#include "secp.h"
#include "tool.h"
#include "tron_raw.h"

#include <secp256k1_recovery.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char tool_name[] = "tron-pay";
const char tool_help[] = "usage: tron-pay [SECONDS]\n\n";
const char tool_version[] = "0";

static unsigned char key[32];
static struct tron_address owner;
static secp256k1_context *context;
static unsigned long sink;

static struct tron_transfer
transfer(unsigned n)
{
	struct tron_transfer t = {.owner = owner,
				  .amount = 1 + n,
				  .expiration_ms = 1763715600000,
				  .timestamp_ms = 1763715300000,
				  .fee_limit = 30000000};

	memset(t.contract.bytes, 1, TRON_ADDRESS_BYTES);
	t.contract.bytes[0] = TRON_ADDRESS_PREFIX;
	t.to = t.contract;
	t.to.bytes[20] = 2;
	return t;
}

/* raw_data, its hash, the signature, bytes to send and id in hexadecimal. */
static void
make(unsigned n, bool verify)
{
	unsigned char raw[TRON_RAW_MAX], id[32], signature[65], transaction[TRON_TRANSACTION_MAX];
	char text[2 * TRON_TRANSACTION_MAX + 1], id_text[65];
	struct tron_transfer t = transfer(n);
	struct span bytes = {(const char *)raw, tron_raw_write(&t, raw)};
	unsigned char public_key[65];
	int recovery;
	size_t len;

	sha256(bytes, id);
	secp_sign_recoverable(key, id, signature, &recovery);
	signature[64] = (unsigned char)(27 + recovery);
	if (verify) {
		struct tron_address signer;

		secp_recover(signature, recovery, id, public_key);
		signer = tron_address_of_key(public_key + 1);
		sink += tron_address_equal(&signer, &owner);
	}
	len = tron_transaction_write(bytes, signature, transaction);
	hex_print(transaction, len, text);
	hex_print(id, 32, id_text);
	sink += (unsigned char)text[9] + (unsigned char)id_text[3];
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
libsecp256k1(unsigned n)
{
	secp256k1_ecdsa_recoverable_signature signature;
	unsigned char digest[32] = {1};

	memcpy(digest + 1, &n, sizeof n);
	secp256k1_ecdsa_sign_recoverable(context, &signature, digest, key, NULL, NULL);
	sink += signature.data[0];
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

static void
lines(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned char raw[TRON_RAW_MAX], id[32], signature[64];
		char text[2 * TRON_RAW_MAX + 1], sig[129];
		struct tron_transfer t = transfer(i);
		size_t len = tron_raw_write(&t, raw);
		int recovery;

		sha256((struct span){(const char *)raw, len}, id);
		secp_sign_recoverable(key, id, signature, &recovery);
		hex_print(raw, len, text);
		hex_print(signature, 64, sig);
		printf("{\"op\":\"assemble\",\"id\":%u,\"unsigned\":{\"form\":\"tron-raw\","
		       "\"payload\":\"%s\"},\"signatures\":[{\"sig\":\"%s\",\"recovery\":%d}]}\n",
		       i, text, sig, recovery);
	}
}

int
main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1.5;
	unsigned char compressed[33], public_key[65];

	digest_init();
	secp_init();
	context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	memset(key, 7, sizeof key);
	if (!secp_public_of(key, compressed) ||
	    !secp_public_expand((struct span){(const char *)compressed, 33}, public_key))
		return 101;
	owner = tron_address_of_key(public_key + 1);
	if (argc > 2) {
		lines((unsigned)strtoul(argv[2], NULL, 10));
		return 0;
	}
	measure("settle-tron", pay, seconds);
	measure("libsecp256k1, signature alone", libsecp256k1, seconds);
	measure("settle-tron, and signature verified", pay_and_verify, seconds);
	return sink == 1;
}
