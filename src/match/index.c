#include "index.h"

#include "check.h"

#include <stdlib.h>

#define INDEX_FIRST 4096u

bool
index_init(struct index *x)
{
	*x = (struct index){.mask = INDEX_FIRST - 1};
	x->slots = calloc(INDEX_FIRST, sizeof *x->slots);
	return x->slots != NULL;
}

void
index_release(struct index *x)
{
	free(x->slots);
	x->slots = NULL;
}

static inline uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint32_t
name_hash(const struct name_key *key, struct span name, uint64_t more)
{
	uint64_t factor = key->factor ^ UINT64_C(0xa0761d6478bd642f);
	uint64_t h = mix(key->start ^ more, UINT64_C(0x9e3779b97f4a7c15)) + name.len;
	const char *p = name.ptr;
	size_t n = name.len;

	for (; n > 8; p += 8, n -= 8)
		h = mix(h ^ name_load8(p), factor);
	h = mix(h ^ name_load(p, n), factor);
	h = mix(h, UINT64_C(0xe7037ed1a0b428db));
	return (uint32_t)(h ^ h >> 32);
}

struct index_key
index_key(const struct index *x, struct span id, uint32_t account, uint32_t symbol)
{
	return (struct index_key){id, account, symbol,
				  name_hash(&x->key, id, (uint64_t)account << 32 | symbol)};
}

static void
put(struct index *x, struct index_slot slot)
{
	uint32_t at = slot.hash & x->mask;

	while (x->slots[at].order)
		at = (at + 1) & x->mask;
	x->slots[at] = slot;
}

bool
index_grow(struct index *x, uint32_t n)
{
	struct index old = *x;
	uint64_t size = (uint64_t)x->mask + 1;

	if (2 * ((uint64_t)x->n + n) <= size)
		return true;
	while (size < 2 * ((uint64_t)x->n + n))
		size *= 2;
	x->slots = calloc(size, sizeof *x->slots);
	if (!x->slots) {
		*x = old;
		return false;
	}
	x->mask = (uint32_t)(size - 1);
	for (uint64_t i = 0; i <= old.mask; i++)
		if (old.slots[i].order)
			put(x, old.slots[i]);
	free(old.slots);
	return true;
}

uint32_t
index_find(const struct index *x, const struct pool *p, const struct index_key *k)
{
	for (uint32_t at = k->hash & x->mask; x->slots[at].order; at = (at + 1) & x->mask) {
		const struct order *o;

		if (x->slots[at].hash != k->hash)
			continue;
		o = &p->orders[x->slots[at].order];
		if (o->account == k->account && o->symbol == k->symbol && o->id_len == k->id.len &&
		    name_same(o->id, k->id.ptr, k->id.len))
			return x->slots[at].order;
	}
	return NO_ORDER;
}

void
index_add(struct index *x, const struct pool *p, uint32_t i)
{
	CHECK(x->n <= x->mask / 2);
	x->n++;
	put(x, (struct index_slot){i, p->orders[i].hash});
}

void
index_remove(struct index *x, const struct pool *p, uint32_t i)
{
	uint32_t hole = p->orders[i].hash & x->mask, at;

	while (x->slots[hole].order != i) {
		CHECK(x->slots[hole].order);
		hole = (hole + 1) & x->mask;
	}
	/* what lies behind the hole, and may stand in it, moves there */
	for (at = (hole + 1) & x->mask; x->slots[at].order; at = (at + 1) & x->mask) {
		uint32_t home = x->slots[at].hash & x->mask;

		if (((at - home) & x->mask) < ((at - hole) & x->mask))
			continue;
		x->slots[hole] = x->slots[at];
		hole = at;
	}
	x->slots[hole].order = NO_ORDER;
	x->n--;
}
