/*
 * keccak: Keccak-256 with the original padding byte 0x01 (Ethereum's hash, not SHA3-256), one
 * message at a time or many side by side.
 *
 * keccak256() is plain C. keccak256_many() hashes n messages with the widest path that the
 * processor has: 8 at a time with AVX-512, 4 with AVX2, else one by one; all three give the same
 * bytes. Messages of equal length side by side are fastest. TRADEPIPE_KECCAK=scalar|avx2|avx512 in
 * the environment chooses a narrower path (asking for more than the processor has is ignored).
 *
 * Source: Keccak team, "The Keccak reference" 3.0, rate 1088, capacity 512.
 */
#ifndef TP_KECCAK_H
#define TP_KECCAK_H

#include "span.h"

#include <stdint.h>

#define KECCAK_BYTES 32
#define KECCAK_RATE 136

void keccak256(struct span message, unsigned char out[KECCAK_BYTES]);

/* out: n times 32 bytes. */
void keccak256_many(const struct span messages[], size_t n, unsigned char *out);

/* n messages of `size` bytes each, 32 (a digest) or 64 (a pair of them), end to end: what the nodes
 * of a Merkle tree are made from. The fastest way to hash those. out may not overlap messages. */
void keccak256_equal(const unsigned char *messages, size_t size, size_t n, unsigned char *out);

/* Three or more parts of one message, hashed in turn. */
struct keccak {
	uint64_t lanes[25];
	size_t absorbed; /* bytes of the current block */
};

void keccak_init(struct keccak *k);
void keccak_update(struct keccak *k, struct span part);
void keccak_final(struct keccak *k, unsigned char out[KECCAK_BYTES]);

enum keccak_path { KECCAK_SCALAR, KECCAK_AVX2, KECCAK_AVX512 };

/* The path in use, and its name. */
enum keccak_path keccak_path(void);
const char *keccak_path_name(enum keccak_path path);

/* Use this path from now on; false (and no change) when the processor lacks it. For tests and
 * benchmarks. */
bool keccak_use(enum keccak_path path);

#endif
