#include "book.h"

#include "check.h"

#include <stdlib.h>

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
pool_grow(struct pool *p, uint32_t n)
{
	uint32_t want = p->live + n + 1;
	struct order *grown;

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
