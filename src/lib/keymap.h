/*
 * keymap: a hash table from byte strings to numbers, for names that strangers choose.
 *
 * The hash is SipHash-2-4 under a key that the caller gives (random at start-up), so that nobody
 * can choose names that collide. Keys are copied. Nothing that is printed may depend on the order
 * of the slots. The caller owns the struct; keymap_release() frees what it holds.
 *
 * Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF" (2012).
 */
#ifndef TP_KEYMAP_H
#define TP_KEYMAP_H

#include "span.h"

#include <stdint.h>

struct keymap_slot {
	char *key; /* NULL: free */
	size_t len;
	uint64_t hash;
	uint64_t value;
};

struct keymap {
	struct keymap_slot *slots;
	size_t cap; /* a power of two, or 0 */
	size_t n;
	size_t max;
	uint64_t secret[2];
};

void keymap_init(struct keymap *m, size_t max, const uint64_t secret[2]);
void keymap_release(struct keymap *m);

/* False when the key is not there. */
bool keymap_find(const struct keymap *m, struct span key, uint64_t *value);

/* Set a key's value. False when the map is full or memory is. */
bool keymap_put(struct keymap *m, struct span key, uint64_t value);

/* False when it was not there. */
bool keymap_remove(struct keymap *m, struct span key);

/* All keys, in no order: begin with *at 0; false when there are no more. The key is good until the
 * map changes. */
bool keymap_each(const struct keymap *m, size_t *at, struct span *key, uint64_t *value);

uint64_t siphash24(const uint64_t secret[2], struct span message);

#endif
