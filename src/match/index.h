/*
 * index: which live order has this id, of this account, in this symbol?
 *
 * Open addressing over indices into the pool of orders, each slot with a part of the order's hash,
 * so that a search touches one order: the right one. Taking out shifts what follows back, so that
 * there are no graves; no slot is remembered from one call to the next.
 */
#ifndef TP_INDEX_H
#define TP_INDEX_H

#include "book.h"

struct index_slot {
	uint32_t order; /* 0: empty */
	uint32_t hash;
};

/* Random, so that nobody can send ids or accounts that all have one hash. */
struct name_key {
	uint64_t start;
	uint64_t factor;
};

struct index {
	struct index_slot *slots;
	uint32_t mask; /* slots - 1 */
	uint32_t n;
	struct name_key key;
};

struct index_key {
	struct span id;
	uint32_t account;
	uint32_t symbol;
	uint32_t hash;
};

bool index_init(struct index *x);
void index_release(struct index *x);
bool index_grow(struct index *x, uint32_t n);
/* Room for n more: it is at most half full. */
static inline bool
index_reserve(struct index *x, uint32_t n)
{
	return x->n + n <= x->mask / 2 || index_grow(x, n);
}

/* ---- names, which are short ---- */

static inline uint64_t
name_load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Up to 8 bytes, all of which count; short ones by loads that overlap. */
static inline uint64_t
name_load(const char *p, size_t n)
{
	uint32_t low, high;

	if (n == 8)
		return name_load8(p);
	if (n >= 4) {
		memcpy(&low, p, 4);
		memcpy(&high, p + n - 4, 4);
		return (uint64_t)high << 32 | low;
	}
	if (n == 0)
		return 0;
	return (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 |
	       (unsigned char)p[n - 1];
}

static inline bool
name_same(const char *a, const char *b, size_t n)
{
	if (n > 16)
		return memcmp(a, b, n) == 0;
	if (n > 8)
		return name_load8(a) == name_load8(b) &&
		       name_load8(a + n - 8) == name_load8(b + n - 8);
	return name_load(a, n) == name_load(b, n);
}

uint32_t name_hash(const struct name_key *key, struct span name, uint64_t more);
struct index_key index_key(const struct index *x, struct span id, uint32_t account,
			   uint32_t symbol);

/* The order, or NO_ORDER. */
uint32_t index_find(const struct index *x, const struct pool *p, const struct index_key *k);
/* The order has its hash, and is not there yet. */
void index_add(struct index *x, const struct pool *p, uint32_t i);
void index_remove(struct index *x, const struct pool *p, uint32_t i);

#endif
