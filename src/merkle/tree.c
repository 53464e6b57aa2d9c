#include "tree.h"

#include "check.h"
#include "keccak.h"

#include <stdlib.h>
#include <string.h>

/* Pairs hashed in one go; a multiple of the widest Keccak path. */
#define BATCH 64

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct tree_hash));
}

bool
tree_hash_equal(struct tree_hash a, struct tree_hash b)
{
	return compare(&a, &b) == 0;
}

static void
order_pair(const struct tree_hash *a, const struct tree_hash *b, struct tree_hash pair[2])
{
	bool swap = compare(a, b) > 0;

	pair[0] = swap ? *b : *a;
	pair[1] = swap ? *a : *b;
}

/* Nodes [first, last]: all their children are known. */
static void
hash_nodes(struct tree_hash nodes[], size_t first, size_t last)
{
	struct tree_hash pairs[BATCH][2];
	struct span messages[BATCH];

	while (first <= last) {
		size_t n = last - first + 1 < BATCH ? last - first + 1 : BATCH;

		for (size_t i = 0; i < n; i++) {
			order_pair(&nodes[2 * (first + i) + 1], &nodes[2 * (first + i) + 2],
				   pairs[i]);
			messages[i] = (struct span){(const char *)pairs[i], sizeof pairs[i]};
		}
		keccak256_many(messages, n, nodes[first].bytes);
		first += n;
	}
}

void
tree_build(const struct tree_hash leaves[], size_t m, struct tree_hash nodes[])
{
	struct tree_hash *sorted = nodes + (m - 1);
	size_t last;

	CHECK(m >= 1);
	memcpy(sorted, leaves, m * sizeof leaves[0]);
	qsort(sorted, m, sizeof sorted[0], compare);
	/* leaf i stands at 2M-2-i: the sorted run, back to front */
	for (size_t i = 0; i < m / 2; i++) {
		struct tree_hash swap = sorted[i];

		sorted[i] = sorted[m - 1 - i];
		sorted[m - 1 - i] = swap;
	}
	/* inner nodes are 0 .. m-2; node i needs 2i+1 and 2i+2, so the upper half of what is left
	 * can be done at once */
	for (last = m - 1; last > 0;) {
		size_t first = last / 2;

		hash_nodes(nodes, first, last - 1);
		last = first;
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
		keccak256((struct span){(const char *)pair, sizeof pair}, leaf.bytes);
	}
	return leaf;
}
