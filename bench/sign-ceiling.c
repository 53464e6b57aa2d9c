/* sign-ceiling MILLISECONDS KIND BYTES DIGEST...: signatures a second by the library alone, on one
 * thread, of a kind that sign-key makes: with its own wrapper's settings (a low r for Bitcoin, keys
 * that are ready), over the digests that sign-key signs (how often a low r is tried for depends on
 * them), or for ed25519 over a message of so many bytes. */
#include "hex.h"
#include "secp.h"
#include "tool.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char tool_name[] = "sign-ceiling";
const char tool_help[] = "usage: sign-ceiling\n\n";
const char tool_version[] = "0";

#define DIGESTS_MAX 8

static unsigned char key[32], digests[DIGESTS_MAX][32], message[1024], public_key[32], expanded[64];
static size_t digests_n, message_n;
static struct secp_pair pair;

static bool
one(int kind, size_t turn)
{
	const unsigned char *digest = digests[turn % digests_n];
	unsigned char out[64];
	int recovery;

	switch (kind) {
	case 0: return secp_sign(key, digest, true, out);
	case 1: return secp_schnorr_sign(&pair, digest, NULL, out);
	case 2: return secp_sign_recoverable(key, digest, out, &recovery);
	default: return crypto_sign_detached(out, NULL, message, message_n, expanded) == 0;
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
	int64_t span_us, begin, now;
	size_t n = 0;
	int kind = 0;

	if (argc < 5 || argc - 4 > DIGESTS_MAX)
		return 100;
	while (kind < 3 && strcmp(names[kind], argv[2]) != 0)
		kind++;
	span_us = 1000 * atoi(argv[1]);
	message_n = (size_t)atoi(argv[3]) % sizeof message;
	memset(key, 0x46, sizeof key);
	for (; digests_n < (size_t)argc - 4; digests_n++) {
		if (!hex_parse(span_of(argv[4 + digests_n]), false, digests[digests_n], 32))
			return 100;
	}
	secp_init();
	if (sodium_init() < 0 || !secp_pair_make(key, &pair) ||
	    crypto_sign_seed_keypair(public_key, expanded, key) != 0)
		return 1;
	begin = cpu_us();
	do {
		for (int i = 0; i < 48; i++, n++) {
			if (!one(kind, n))
				return 1;
		}
		now = cpu_us();
	} while (now - begin < span_us);
	printf("%lld\n", (long long)n * 1000000 / (long long)(now - begin));
	return 0;
}
