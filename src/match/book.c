#include "book.h"

#include "check.h"

#include <stdlib.h>

/* ---- the pool ---- */

#define POOL_FIRST 1024

bool
pool_init(struct pool *p)
{
	*p = (struct pool){.cap = POOL_FIRST, .used = 1};
	p->orders = calloc(POOL_FIRST, sizeof *p->orders);
	return p->orders != NULL;
}

void
pool_release(struct pool *p)
{
	free(p->orders);
	p->orders = NULL;
}

bool
pool_reserve(struct pool *p, uint32_t n)
{
	uint32_t want = p->live + n + 1;
	struct order *grown;

	if (want <= p->cap)
		return true;
	if (want > ORDERS_MAX)
		return false;
	while (p->cap < want)
		p->cap *= 2;
	grown = realloc(p->orders, p->cap * sizeof *grown);
	if (!grown)
		return false;
	p->orders = grown;
	return true;
}

uint32_t
pool_take(struct pool *p)
{
	uint32_t i = p->free;

	if (i)
		p->free = p->orders[i].next;
	else
		i = p->used++;
	CHECK(i < p->cap);
	p->live++;
	return i;
}

void
pool_give_back(struct pool *p, uint32_t i)
{
	CHECK(p->orders[i].place == PLACE_NOWHERE);
	p->orders[i].arrival = 0;
	p->orders[i].next = p->free;
	p->free = i;
	p->live--;
}

/* ---- a side ---- */

bool
side_grow(struct side *s, uint32_t n)
{
	uint32_t cap = s->cap ? s->cap : 64;
	struct level *grown;

	while (cap < s->n + n)
		cap *= 2;
	grown = realloc(s->levels, cap * sizeof *grown);
	if (!grown)
		return false;
	s->levels = grown;
	s->cap = cap;
	return true;
}

void
side_release(struct side *s)
{
	free(s->levels);
	s->levels = NULL;
}

/* The first level whose key is not below. Steps back from the best, each twice as long, and then
 * halves. */
static uint32_t
find(const struct side *s, int64_t key)
{
	uint32_t high = s->n, low, step = 1;

	while (high >= step && s->levels[high - step].key >= key) {
		high -= step;
		step *= 2;
	}
	low = high >= step ? high - step + 1 : 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (s->levels[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
side_add(struct side *s, struct pool *p, uint32_t i, int64_t px)
{
	int64_t key = side_key(s, px);
	uint32_t at = find(s, key);
	struct order *o = &p->orders[i];
	struct level *l = &s->levels[at];

	o->next = NO_ORDER;
	if (at < s->n && l->key == key) {
		o->prev = l->last;
		p->orders[l->last].next = i;
		l->last = i;
		return;
	}
	CHECK(s->n < s->cap);
	memmove(l + 1, l, (s->n - at) * sizeof *l);
	*l = (struct level){key, i, i};
	s->n++;
	o->prev = NO_ORDER;
}

void
side_remove(struct side *s, struct pool *p, uint32_t i, int64_t px)
{
	struct order *o = &p->orders[i];
	struct level *l;
	uint32_t at;

	if (o->prev && o->next) {
		p->orders[o->prev].next = o->next;
		p->orders[o->next].prev = o->prev;
		return;
	}
	at = find(s, side_key(s, px));
	l = &s->levels[at];
	CHECK(at < s->n && l->key == side_key(s, px) && (l->first == i || l->last == i));
	if (o->prev) {
		p->orders[o->prev].next = NO_ORDER;
		l->last = o->prev;
	} else if (o->next) {
		p->orders[o->next].prev = NO_ORDER;
		l->first = o->next;
	} else {
		memmove(l, l + 1, (s->n - at - 1) * sizeof *l);
		s->n--;
	}
}

void
side_requeue(struct side *s, struct pool *p, uint32_t i, int64_t px)
{
	struct order *o = &p->orders[i];
	struct level *l = &s->levels[find(s, side_key(s, px))];

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
