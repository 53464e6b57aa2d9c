/* expiry.c: orders and requests for quotes that end at a time of the stream. */
#include "market_parts.h"

static bool
is_before(const struct expiry *a, const struct expiry *b)
{
	return a->ts != b->ts ? a->ts < b->ts : a->arrival < b->arrival;
}

static bool
is_live(const struct market *m, const struct expiry *e)
{
	return order_at(m, e->order)->arrival == e->arrival;
}

/* Move entry e down from place i to where it belongs. */
static void
sift_down(struct symbol *s, uint32_t i, struct expiry e)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= s->expiries_n)
			break;
		if (child + 1 < s->expiries_n &&
		    is_before(&s->expiries[child + 1], &s->expiries[child]))
			child++;
		if (!is_before(&s->expiries[child], &e))
			break;
		s->expiries[i] = s->expiries[child];
		i = child;
	}
	s->expiries[i] = e;
}

/* Forget the entries whose orders are gone, before there is need to grow. */
static void
clean(struct market *m, struct symbol *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->expiries_n; i++)
		if (is_live(m, &s->expiries[i]))
			s->expiries[n++] = s->expiries[i];
	s->expiries_n = n;
	for (uint32_t i = n / 2; i-- > 0;)
		sift_down(s, i, s->expiries[i]);
}

bool
expiry_reserve(struct market *m, struct symbol *s, uint32_t n)
{
	void *list = s->expiries;
	bool ok;

	if (s->expiries_n + n <= s->expiries_cap)
		return true;
	clean(m, s);
	/* at least half empty then, or every few lines would clean anew */
	ok = market_grow(&list, &s->expiries_cap, 2 * (s->expiries_n + n), sizeof *s->expiries);
	s->expiries = list;
	return ok;
}

void
expiry_add(struct market *m, struct symbol *s, uint32_t order)
{
	const struct order *o = order_at(m, order);
	struct expiry e = {o->expire, o->arrival, order};
	uint32_t i = s->expiries_n++;

	for (; i > 0 && is_before(&e, &s->expiries[(i - 1) / 2]); i = (i - 1) / 2)
		s->expiries[i] = s->expiries[(i - 1) / 2];
	s->expiries[i] = e;
}

void
expiry_end(struct market *m, struct symbol *s)
{
	while (s->expiries_n && s->expiries[0].ts <= s->ts) {
		struct expiry first = s->expiries[0];

		s->expiries_n--;
		sift_down(s, 0, s->expiries[s->expiries_n]);
		if (is_live(m, &first))
			market_cancel(m, first.order, DONE_EXPIRED);
	}
	if (s->rfqs_n)
		rfq_advance(m, s);
}
