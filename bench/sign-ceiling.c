/* sign-ceiling [SECONDS]: signatures a second by the libraries alone, on one thread, of each kind
 * that sign-key makes: with its own wrapper's settings (a low r for Bitcoin, keys that are ready).
 */
#include "secp.h"
#include "tool.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char tool_name[] = "sign-ceiling";
const char tool_help[] = "usage: sign-ceiling\n\n";
const char tool_version[] = "0";

static unsigned char key[32] = {1}, digest[32], message[300], public_key[32], expanded[64];
static struct secp_pair pair;

static bool
one(int kind)
{
	unsigned char out[64];
	int recovery;

	digest[0]++;
	message[0]++;
	switch (kind) {
	case 0: return secp_sign(key, digest, true, out);
	case 1: return secp_schnorr_sign(&pair, digest, NULL, out);
	case 2: return secp_sign_recoverable(key, digest, out, &recovery);
	default: return crypto_sign_detached(out, NULL, message, sizeof message, expanded) == 0;
	}
}

static int64_t
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

int
main(int argc, char **argv)
{
	static const char *const names[] = {"ecdsa-low-r", "schnorr", "ecdsa-recoverable",
					    "ed25519"};
	int64_t span_us = 1000000 * (argc > 1 ? atoi(argv[1]) : 1);

	secp_init();
	if (sodium_init() < 0 || !secp_pair_make(key, &pair) ||
	    crypto_sign_seed_keypair(public_key, expanded, key) != 0)
		return 1;
	for (int kind = 0; kind < 4; kind++) {
		int64_t begin = cpu_us(), now;
		long n = 0;

		do {
			for (int i = 0; i < 50; i++, n++) {
				if (!one(kind))
					return 1;
			}
			now = cpu_us();
		} while (now - begin < span_us);
		printf("%s %lld\n", names[kind], (long long)(n * 1000000 / (now - begin)));
	}
	return 0;
}
