#include "rendezvous.h"

#include "keccak.h"

#include <stdio.h>

uint64_t
rendezvous_weight(struct span symbol, unsigned shard)
{
	struct keccak k;
	unsigned char hash[KECCAK_BYTES];
	char digits[16];
	int n = snprintf(digits, sizeof digits, "%u", shard);
	uint64_t weight = 0;

	keccak_init(&k);
	keccak_update(&k, symbol);
	keccak_update(&k, (struct span){"", 1});
	keccak_update(&k, (struct span){digits, (size_t)n});
	keccak_final(&k, hash);
	for (int i = 0; i < 8; i++)
		weight = weight << 8 | hash[i];
	return weight;
}

unsigned
rendezvous_shard(struct span symbol, unsigned n)
{
	uint64_t best = 0;
	unsigned winner = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t weight = rendezvous_weight(symbol, i);

		if (i == 0 || weight > best) {
			best = weight;
			winner = i;
		}
	}
	return winner;
}
