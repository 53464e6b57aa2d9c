/*
 * side: one side of a book: its price levels in order, each a queue of orders.
 *
 * The levels stand in blocks of up to SIDE_BLOCK, sorted, the best one last in the last block,
 * where most of what happens happens; a list of the blocks, sorted too, says where each begins. A
 * level that comes or goes far from the best moves the rest of its block, and, when a block is
 * split or two are joined, the list: 16 bytes for every 32 levels or so behind it.
 *
 * Two blocks that are neighbours always have more than SIDE_FEW levels together, so that the blocks
 * that n levels can need are known before: whoever calls makes room first (side_reserve), and
 * nothing else here allocates. A pointer to a level is good until a level comes or goes.
 *
 * The same structure holds waiting stops: their key is the trigger price.
 */
#ifndef TP_SIDE_H
#define TP_SIDE_H

#include "book.h"

#define SIDE_BLOCK 64
#define SIDE_FEW (SIDE_BLOCK / 2)

struct level {
	int64_t key; /* rises towards the best: the price, or minus the price */
	uint32_t first;
	uint32_t last;
};

struct side_block {
	int64_t low; /* the key of its first level */
	uint32_t at; /* its levels are levels[at * SIDE_BLOCK] and so on */
	uint32_t n;  /* 1 to SIDE_BLOCK of them */
};

struct side {
	struct level *levels;
	struct side_block *blocks; /* those behind `used` are free: only their `at` counts */
	uint32_t used;
	uint32_t cap;
	uint32_t n;	/* levels */
	uint32_t room;	/* so many levels surely fit */
	bool low_first; /* the lowest price is the best: asks, and stops that buy */
};

bool side_grow(struct side *s, uint32_t n);

/* Room for n more levels; false when there is no memory. */
static inline bool
side_reserve(struct side *s, uint32_t n)
{
	return s->n + n <= s->room || side_grow(s, n);
}

void side_release(struct side *s);

static inline int64_t
side_key(const struct side *s, int64_t px)
{
	return s->low_first ? -px : px;
}

static inline int64_t
level_px(const struct side *s, const struct level *l)
{
	return s->low_first ? -l->key : l->key;
}

/* The levels of block b. */
static inline struct level *
side_levels(const struct side *s, uint32_t b)
{
	return s->levels + (size_t)s->blocks[b].at * SIDE_BLOCK;
}

/* The best level, or NULL. */
static inline const struct level *
side_best(const struct side *s)
{
	uint32_t last = s->used - 1;

	return s->used ? side_levels(s, last) + s->blocks[last].n - 1 : NULL;
}

/* A walk over the levels. */
struct side_walk {
	const struct side *side;
	uint32_t block;
	uint32_t at;
	const struct level *level; /* NULL: it is over */
};

struct side_walk side_from_best(const struct side *s);
struct side_walk side_from_worst(const struct side *s);
void side_worse(struct side_walk *w);
void side_better(struct side_walk *w);

/* Put order i, whose key price is px, at the end of its level's queue; take it out. */
void side_add(struct side *s, struct pool *p, uint32_t i, int64_t px);
void side_remove(struct side *s, struct pool *p, uint32_t i, int64_t px);

/* To the end of its level's queue: an iceberg that shows its next part. */
void side_requeue(struct side *s, struct pool *p, uint32_t i, int64_t px);

#endif
