#include "tree.h"

#include "check.h"
#include "halves.h"
#include "keccak.h"

#include <stdint.h>
#include <string.h>

/* Pairs hashed in one go; a multiple of the widest Keccak path. */
#define BATCH 64

/* Sorting: this many leading bits choose a bucket, when there are leaves enough for that to pay. */
#define BUCKET_BITS 14
#define BUCKETS_PAY 4096
/* So many nodes are a millisecond's tenth of work. */
#define TWO_THREADS_PAY 1024
/* So few are sorted by insertion. */
#define FEW 24

bool
tree_hash_equal(struct tree_hash a, struct tree_hash b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

static uint64_t
leading_word(const struct tree_hash *h)
{
	uint64_t word;

	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte counts most");
	memcpy(&word, h, sizeof word);
	return __builtin_bswap64(word);
}

/* Hashes hardly ever share their first 64 bits, unless somebody wants them to. */
static bool
less(const struct tree_hash *a, const struct tree_hash *b)
{
	uint64_t x = leading_word(a), y = leading_word(b);

	return x != y ? x < y : memcmp(a, b, sizeof *a) < 0;
}

/* ---- descending order: leaf i of the ascending one stands at 2M-2-i ---- */

static void
insert_each(struct tree_hash h[], size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct tree_hash one = h[i];
		size_t k = i;

		for (; k && less(&h[k - 1], &one); k--)
			h[k] = h[k - 1];
		h[k] = one;
	}
}

static bool
has_bit(const struct tree_hash *h, unsigned bit)
{
	return h->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

/* Those with the bit first, and so on with the next bit: at most 256 passes whatever the hashes
 * are, as a redacted record brings hashes of somebody's choice. All agree in the bits before. */
static void
sort_from_bit(struct tree_hash h[], size_t n, unsigned bit)
{
	for (; n > FEW && bit < 8 * sizeof h[0]; bit++) {
		size_t ones = 0, end = n;

		while (ones < end) {
			struct tree_hash swap = h[ones];

			if (has_bit(&swap, bit)) {
				ones++;
				continue;
			}
			h[ones] = h[--end];
			h[end] = swap;
		}
		sort_from_bit(h, ones, bit + 1);
		h += ones;
		n -= ones;
	}
	insert_each(h, n);
}

static size_t
bucket_of(const struct tree_hash *h)
{
	return (size_t)(leading_word(h) >> (64 - BUCKET_BITS));
}

static void
sort_by_buckets(const struct tree_hash leaves[], size_t m, struct tree_hash sorted[])
{
	uint32_t end[1 << BUCKET_BITS] = {0}; /* first how many, then where the bucket ends */
	size_t at = 0;

	CHECK(m <= UINT32_MAX);
	for (size_t i = 0; i < m; i++)
		end[bucket_of(&leaves[i])]++;
	for (size_t b = 1 << BUCKET_BITS; b-- > 0;) {
		size_t n = end[b];

		end[b] = (uint32_t)at;
		at += n;
	}
	for (size_t i = 0; i < m; i++)
		sorted[end[bucket_of(&leaves[i])]++] = leaves[i];
	at = 0;
	for (size_t b = 1 << BUCKET_BITS; b-- > 0; at = end[b])
		sort_from_bit(sorted + at, end[b] - at, BUCKET_BITS);
}

static void
sort_leaves(const struct tree_hash leaves[], size_t m, struct tree_hash sorted[])
{
	if (m >= BUCKETS_PAY) {
		sort_by_buckets(leaves, m, sorted);
		return;
	}
	memcpy(sorted, leaves, m * sizeof leaves[0]);
	sort_from_bit(sorted, m, 0);
}

/* ---- nodes ---- */

static void
order_pair(const struct tree_hash *a, const struct tree_hash *b, struct tree_hash pair[2])
{
	bool in_order = less(a, b);

	pair[0] = *(in_order ? a : b);
	pair[1] = *(in_order ? b : a);
}

/* A level of the tree: all children of its nodes are known. */
struct level {
	struct tree_hash *nodes;
	size_t first;
};

/* Its nodes from first + from up to first + to. */
static void
hash_part(void *context, size_t from, size_t to)
{
	const struct level *l = context;
	struct tree_hash pairs[BATCH][2];

	while (from < to) {
		size_t n = to - from < BATCH ? to - from : BATCH, at = l->first + from;

		for (size_t i = 0; i < n; i++)
			order_pair(&l->nodes[2 * (at + i) + 1], &l->nodes[2 * (at + i) + 2],
				   pairs[i]);
		keccak256_equal(pairs[0][0].bytes, sizeof pairs[0], n, l->nodes[at].bytes);
		from += n;
	}
}

void
tree_build(const struct tree_hash leaves[], size_t m, struct tree_hash nodes[])
{
	CHECK(m >= 1);
	sort_leaves(leaves, m, nodes + (m - 1));
	/* inner nodes are 0 .. m-2; node i needs 2i+1 and 2i+2, so the upper half of what is left
	 * can be done at once */
	for (size_t last = m - 1; last > 0;) {
		struct level l = {nodes, last / 2};

		halves_run(last - l.first, TWO_THREADS_PAY, hash_part, &l);
		last = l.first;
	}
}

bool
tree_proof(const struct tree_hash nodes[], size_t m, struct tree_hash leaf,
	   struct tree_hash proof[TREE_PROOF_MAX], size_t *n)
{
	for (size_t at = m - 1; at < TREE_NODES(m); at++) {
		if (!tree_hash_equal(nodes[at], leaf))
			continue;
		*n = 0;
		while (at > 0) {
			CHECK(*n < TREE_PROOF_MAX);
			proof[(*n)++] = nodes[at % 2 ? at + 1 : at - 1];
			at = (at - 1) / 2;
		}
		return true;
	}
	return false;
}

struct tree_hash
tree_climb(struct tree_hash leaf, const struct tree_hash proof[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tree_hash pair[2];

		order_pair(&leaf, &proof[i], pair);
		keccak256_equal(pair[0].bytes, sizeof pair, 1, leaf.bytes);
	}
	return leaf;
}
