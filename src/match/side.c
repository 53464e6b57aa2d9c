#include "side.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

/* ---- room ---- */

/* As neighbours have more than SIDE_FEW together, n levels are in at most 2 * (n / (SIDE_FEW + 1))
 * + 1 blocks. */
static uint32_t
room_of(uint32_t blocks)
{
	return blocks ? (blocks - 1) / 2 * (SIDE_FEW + 1) + SIDE_FEW : 0;
}

bool
side_grow(struct side *s, uint32_t n)
{
	uint32_t cap = s->cap;
	struct level *levels;
	struct side_block *blocks;

	while (room_of(cap) < s->n + n)
		cap = 2 * cap + 1;
	levels = realloc(s->levels, (size_t)cap * SIDE_BLOCK * sizeof *levels);
	if (!levels)
		return false;
	s->levels = levels;
	blocks = realloc(s->blocks, cap * sizeof *blocks);
	if (!blocks)
		return false;
	s->blocks = blocks;
	for (; s->cap < cap; s->cap++)
		blocks[s->cap] = (struct side_block){.at = s->cap};
	s->room = room_of(cap);
	return true;
}

void
side_release(struct side *s)
{
	free(s->levels);
	free(s->blocks);
	s->levels = NULL;
	s->blocks = NULL;
}

/* ---- walks ---- */

static struct side_walk
walk_at(const struct side *s, uint32_t block, uint32_t at)
{
	return (struct side_walk){s, block, at, side_levels(s, block) + at};
}

struct side_walk
side_from_best(const struct side *s)
{
	if (s->used == 0)
		return (struct side_walk){.side = s};
	return walk_at(s, s->used - 1, s->blocks[s->used - 1].n - 1);
}

struct side_walk
side_from_worst(const struct side *s)
{
	if (s->used == 0)
		return (struct side_walk){.side = s};
	return walk_at(s, 0, 0);
}

void
side_worse(struct side_walk *w)
{
	if (w->at > 0)
		*w = walk_at(w->side, w->block, w->at - 1);
	else if (w->block > 0)
		*w = walk_at(w->side, w->block - 1, w->side->blocks[w->block - 1].n - 1);
	else
		w->level = NULL;
}

void
side_better(struct side_walk *w)
{
	if (w->at + 1 < w->side->blocks[w->block].n)
		*w = walk_at(w->side, w->block, w->at + 1);
	else if (w->block + 1 < w->side->used)
		*w = walk_at(w->side, w->block + 1, 0);
	else
		w->level = NULL;
}

/* ---- where a key is ---- */

struct place {
	uint32_t block;
	uint32_t at;
};

/* The last block that does not begin above key, or the first. The side is not empty. Steps back
 * from the best, each twice as long, and then halves. */
static uint32_t
find_block(const struct side *s, int64_t key)
{
	uint32_t high = s->used, low, step = 1;

	while (high >= step && s->blocks[high - step].low > key) {
		high -= step;
		step *= 2;
	}
	/* those from high on begin above it; the one a step before does not */
	low = high >= step ? high - step + 1 : 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->blocks[middle].low <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : 0;
}

/* The first level whose key is not below, in the block where it is or would be. */
static struct place
find(const struct side *s, int64_t key)
{
	uint32_t block = find_block(s, key);
	const struct level *levels = side_levels(s, block);
	uint32_t high = s->blocks[block].n, low, step = 1;

	while (high >= step && levels[high - step].key >= key) {
		high -= step;
		step *= 2;
	}
	low = high >= step ? high - step + 1 : 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (levels[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return (struct place){block, low};
}

/* The level of that key, which is there. */
static struct level *
level_of(const struct side *s, int64_t key, struct place *where)
{
	struct level *l;

	CHECK(s->used);
	*where = find(s, key);
	l = side_levels(s, where->block) + where->at;
	CHECK(where->at < s->blocks[where->block].n && l->key == key);
	return l;
}

/* ---- levels come and go ---- */

/* An empty block at place b of the list. */
static void
open_block(struct side *s, uint32_t b)
{
	struct side_block fresh;

	CHECK(s->used < s->cap);
	fresh = s->blocks[s->used];
	memmove(&s->blocks[b + 1], &s->blocks[b], (s->used - b) * sizeof fresh);
	fresh.n = 0;
	s->blocks[b] = fresh;
	s->used++;
}

static void
close_block(struct side *s, uint32_t b)
{
	struct side_block gone = s->blocks[b];

	s->used--;
	memmove(&s->blocks[b], &s->blocks[b + 1], (s->used - b) * sizeof gone);
	s->blocks[s->used] = gone;
}

/* Half of a full block moves to one behind it. */
static void
split(struct side *s, uint32_t b)
{
	open_block(s, b + 1);
	memcpy(side_levels(s, b + 1), side_levels(s, b) + SIDE_FEW,
	       (SIDE_BLOCK - SIDE_FEW) * sizeof(struct level));
	s->blocks[b].n = SIDE_FEW;
	s->blocks[b + 1].n = SIDE_BLOCK - SIDE_FEW;
	s->blocks[b + 1].low = side_levels(s, b + 1)->key;
}

/* Room for one more in the block: where the level belongs then. At the ends of a side a new block
 * begins, so that levels that come in order fill them. */
static struct place
make_place(struct side *s, struct place where)
{
	uint32_t b = where.block;

	if (s->used == 0) {
		open_block(s, 0);
		return (struct place){0, 0};
	}
	if (s->blocks[b].n < SIDE_BLOCK)
		return where;
	if (b == 0 && where.at == 0) {
		open_block(s, 0);
		return (struct place){0, 0};
	}
	if (b + 1 == s->used && where.at == SIDE_BLOCK) {
		open_block(s, b + 1);
		return (struct place){b + 1, 0};
	}
	split(s, b);
	return where.at <= SIDE_FEW ? where : (struct place){b + 1, where.at - SIDE_FEW};
}

static void
add_level(struct side *s, struct place where, struct level level)
{
	struct level *l;
	struct side_block *b;

	CHECK(s->n < s->room);
	where = make_place(s, where);
	b = &s->blocks[where.block];
	l = side_levels(s, where.block) + where.at;
	memmove(l + 1, l, (b->n - where.at) * sizeof *l);
	*l = level;
	b->n++;
	s->n++;
	if (where.at == 0)
		b->low = level.key;
}

/* Join blocks b and b + 1 if they have become few. */
static bool
join(struct side *s, uint32_t b)
{
	struct side_block *to = &s->blocks[b];
	uint32_t more = s->blocks[b + 1].n;

	if (to->n + more > SIDE_FEW)
		return false;
	memcpy(side_levels(s, b) + to->n, side_levels(s, b + 1), more * sizeof(struct level));
	to->n += more;
	close_block(s, b + 1);
	return true;
}

static void
remove_level(struct side *s, struct place where)
{
	uint32_t b = where.block;
	struct level *l = side_levels(s, b) + where.at;
	struct side_block *block = &s->blocks[b];

	block->n--;
	s->n--;
	memmove(l, l + 1, (block->n - where.at) * sizeof *l);
	if (block->n == 0) {
		close_block(s, b);
		return;
	}
	block->low = side_levels(s, b)->key;
	if (block->n <= SIDE_FEW && !(b > 0 && join(s, b - 1)) && b + 1 < s->used)
		join(s, b);
}

/* ---- orders ---- */

void
side_add(struct side *s, struct pool *p, uint32_t i, int64_t px)
{
	int64_t key = side_key(s, px);
	struct place where = {0, 0};
	struct order *o = &p->orders[i];
	struct level *l;

	o->next = NO_ORDER;
	if (s->used) {
		where = find(s, key);
		l = side_levels(s, where.block) + where.at;
		if (where.at < s->blocks[where.block].n && l->key == key) {
			o->prev = l->last;
			p->orders[l->last].next = i;
			l->last = i;
			return;
		}
	}
	add_level(s, where, (struct level){key, i, i});
	o->prev = NO_ORDER;
}

void
side_remove(struct side *s, struct pool *p, uint32_t i, int64_t px)
{
	struct order *o = &p->orders[i];
	struct place where;
	struct level *l;

	if (o->prev && o->next) {
		p->orders[o->prev].next = o->next;
		p->orders[o->next].prev = o->prev;
		return;
	}
	l = level_of(s, side_key(s, px), &where);
	CHECK(l->first == i || l->last == i);
	if (o->prev) {
		p->orders[o->prev].next = NO_ORDER;
		l->last = o->prev;
	} else if (o->next) {
		p->orders[o->next].prev = NO_ORDER;
		l->first = o->next;
	} else {
		remove_level(s, where);
	}
}

void
side_requeue(struct side *s, struct pool *p, uint32_t i, int64_t px)
{
	struct order *o = &p->orders[i];
	struct place where;
	struct level *l = level_of(s, side_key(s, px), &where);

	if (l->last == i)
		return;
	CHECK(l->first == i);
	l->first = o->next;
	p->orders[o->next].prev = NO_ORDER;
	o->prev = l->last;
	o->next = NO_ORDER;
	p->orders[l->last].next = i;
	l->last = i;
}
