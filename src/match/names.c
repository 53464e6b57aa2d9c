/* names.c: accounts and symbols by number. */
#include "check.h"
#include "market_parts.h"

#include <stdlib.h>

#define NAMES_FIRST 64u

bool
names_init(struct names *n)
{
	*n = (struct names){.cap = NAMES_FIRST, .mask = 2 * NAMES_FIRST - 1};
	n->list = calloc(n->cap, sizeof *n->list);
	n->slots = calloc(n->mask + 1, sizeof *n->slots);
	return n->list && n->slots;
}

void
names_release(struct names *n)
{
	free(n->list);
	free(n->slots);
	*n = (struct names){0};
}

struct span
names_text(const struct names *n, uint32_t i)
{
	CHECK(i <= n->n);
	if (i == 0)
		return (struct span){"", 0};
	return (struct span){n->list[i - 1].text, n->list[i - 1].len};
}

static inline bool
is_name(const struct name *n, struct span name)
{
	return n->len == name.len && name_same(n->text, name.ptr, name.len);
}

/* The slot that holds the name, or the empty one where it would be. */
static struct name_slot *
slot_of(const struct names *n, struct span name, uint32_t hash)
{
	uint32_t at = hash & n->mask;

	while (n->slots[at].number &&
	       !(n->slots[at].hash == hash && is_name(&n->list[n->slots[at].number - 1], name)))
		at = (at + 1) & n->mask;
	return &n->slots[at];
}

bool
names_grow(struct names *n, uint32_t more)
{
	uint32_t cap = n->cap;
	struct name_slot *slots;
	void *grown = n->list;

	if (n->n + more > ACCOUNTS_MAX)
		return false;
	while (cap < n->n + more)
		cap *= 2;
	if (!market_grow(&grown, &n->cap, cap, sizeof *n->list))
		return false;
	n->list = grown;
	slots = calloc(2 * (size_t)n->cap, sizeof *slots);
	if (!slots)
		return false;
	free(n->slots);
	n->slots = slots;
	n->mask = 2 * n->cap - 1;
	for (uint32_t i = 1; i <= n->n; i++) {
		uint32_t hash = name_hash(&n->key, names_text(n, i), 0);

		*slot_of(n, names_text(n, i), hash) = (struct name_slot){i, hash};
	}
	return true;
}

uint32_t
names_find(const struct names *n, struct span name)
{
	return name.len ? slot_of(n, name, name_hash(&n->key, name, 0))->number : 0;
}

uint32_t
names_put(struct names *n, struct span name)
{
	struct name_slot *slot;
	uint32_t hash;

	if (name.len == 0)
		return 0;
	hash = name_hash(&n->key, name, 0);
	slot = slot_of(n, name, hash);
	if (slot->number == 0) {
		CHECK(n->n < n->cap && name.len <= NAME_MAX_BYTES);
		n->list[n->n].len = (unsigned char)name.len;
		memcpy(n->list[n->n].text, name.ptr, name.len);
		*slot = (struct name_slot){++n->n, hash};
	}
	return slot->number;
}
