/*
 * tree: the Merkle tree of keccak256-merkle-v1 over leaf hashes.
 *
 * The shape is that of npm @openzeppelin/merkle-tree (StandardMerkleTree, default options): leaf
 * hashes sorted ascending, a heap array t[0 .. 2M-2] with t[2M-2-i] = leaf i and t[i] =
 * KEC(min(t[2i+1], t[2i+2]) || max(...)), root t[0]. Nothing is duplicated or padded, and one leaf
 * is its own root. OpenZeppelin's MerkleProof.verify accepts the proofs unchanged.
 *
 * Pure: the caller owns all memory.
 */
#ifndef TP_TREE_H
#define TP_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct tree_hash {
	unsigned char bytes[32];
};

/* Nodes of a tree over m leaves. */
#define TREE_NODES(m) (2 * (m)-1)

/* A proof never has more hashes than this: the leaves of one evidence tree are at most 2^20. */
#define TREE_PROOF_MAX 24

/* Build the tree of m >= 1 leaf hashes (in any order) into nodes[TREE_NODES(m)]; the root is
 * nodes[0]. */
void tree_build(const struct tree_hash leaves[], size_t m, struct tree_hash nodes[]);

/* The proof of a leaf hash: sibling hashes from the leaf up. False when no leaf has that hash. */
bool tree_proof(const struct tree_hash nodes[], size_t m, struct tree_hash leaf,
		struct tree_hash proof[TREE_PROOF_MAX], size_t *n);

/* The root that the proof leads to from this leaf. */
struct tree_hash tree_climb(struct tree_hash leaf, const struct tree_hash proof[], size_t n);

bool tree_hash_equal(struct tree_hash a, struct tree_hash b);

#endif
