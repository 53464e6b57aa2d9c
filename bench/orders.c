/*
 * orders: a stream of orders for benchmarks, the same for the same seed.
 *
 *     orders N [SEED] >orders.ndjson
 *
 * 60 % orders that rest within 50 ticks of a mid price that wanders, 35 % cancels of a random live
 * order, 5 % IOC orders that take. It keeps a book of its own, so that every cancel finds its
 * order.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define TICKS (1 << 18)
#define MID_START (TICKS / 2)

struct resting {
	uint32_t next, prev; /* in the queue of its price */
	uint32_t px;
	uint32_t size;
	uint32_t at; /* in `live` */
};

static struct resting *orders;
static uint32_t first[2][TICKS], last[2][TICKS];
static uint32_t *live, live_n;
static unsigned char *side_of;
static uint64_t state;
static uint32_t best[2] = {0, TICKS - 1}; /* a bid at 0 and an ask at the end are never reached */

static uint64_t
next_random(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
take_out(uint32_t i)
{
	unsigned s = side_of[i];
	struct resting *o = &orders[i];

	if (o->prev)
		orders[o->prev].next = o->next;
	else
		first[s][o->px] = o->next;
	if (o->next)
		orders[o->next].prev = o->prev;
	else
		last[s][o->px] = o->prev;
	live[o->at] = live[--live_n];
	orders[live[o->at]].at = o->at;
	while (s == 0 && best[0] > 0 && !first[0][best[0]])
		best[0]--;
	while (s == 1 && best[1] < TICKS - 1 && !first[1][best[1]])
		best[1]++;
}

static void
print(uint64_t id, unsigned s, const char *type, uint32_t px, uint32_t size, uint64_t ts)
{
	printf("{\"type\":\"order\",\"id\":\"%" PRIu64 "\",\"account\":\"a%" PRIu64
	       "\",\"symbol\":\"BTC-USDC\",\"side\":\"%s\",\"ordType\":\"%s\",\"px\":\"%u.%u\","
	       "\"sz\":\"0.%05u\",\"ts\":%" PRIu64 "}\n",
	       id, id % 1000, s ? "sell" : "buy", type, px / 10, px % 10, size, ts);
}

static void
rest(uint32_t i, uint32_t mid, uint64_t ts)
{
	unsigned s = (unsigned)(next_random() & 1);
	uint32_t away = 1 + (uint32_t)(next_random() % 50), px = s ? mid + away : mid - away;
	struct resting *o = &orders[i];

	/* it must not take */
	if (s == 0 && px >= best[1])
		px = best[1] - 1;
	if (s == 1 && px <= best[0])
		px = best[0] + 1;
	*o = (struct resting){.prev = last[s][px], .px = px, .at = live_n};
	o->size = 1 + (uint32_t)(next_random() % 1000);
	side_of[i] = (unsigned char)s;
	if (o->prev)
		orders[o->prev].next = i;
	else
		first[s][px] = i;
	last[s][px] = i;
	live[live_n++] = i;
	if (s == 0 && px > best[0])
		best[0] = px;
	if (s == 1 && px < best[1])
		best[1] = px;
	print(i, s, "limit", px, o->size, ts);
}

static void
cancel(uint64_t ts)
{
	uint32_t i = live[next_random() % live_n];

	take_out(i);
	printf("{\"type\":\"cancel\",\"id\":\"%u\",\"account\":\"a%u\",\"symbol\":\"BTC-USDC\","
	       "\"ts\":%" PRIu64 "}\n",
	       i, i % 1000, ts);
}

/* An account that has no order of its own in the book, so that nothing is kept from trading. */
static void
sweep(uint32_t i, uint64_t ts)
{
	unsigned s = (unsigned)(next_random() & 1);
	uint32_t size = 500 + (uint32_t)(next_random() % 6000);
	uint32_t px = best[!s], left = size;

	printf(
	    "{\"type\":\"order\",\"id\":\"%u\",\"account\":\"taker\",\"symbol\":\"BTC-USDC\","
	    "\"side\":\"%s\",\"ordType\":\"ioc\",\"px\":\"%u.%u\",\"sz\":\"0.%05u\",\"ts\":%" PRIu64
	    "}\n",
	    i, s ? "sell" : "buy", (s ? px - 50 : px + 50) / 10, (s ? px - 50 : px + 50) % 10, size,
	    ts);
	while (left && first[!s][best[!s]] && (s ? best[0] >= px - 50 : best[1] <= px + 50)) {
		struct resting *o = &orders[first[!s][best[!s]]];
		uint32_t n = o->size < left ? o->size : left;

		left -= n;
		o->size -= n;
		if (o->size == 0)
			take_out(first[!s][best[!s]]);
	}
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	uint32_t mid = MID_START;

	state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	orders = calloc(n + 2, sizeof *orders);
	live = calloc(n + 2, sizeof *live);
	side_of = calloc(n + 2, 1);
	if (n == 0 || n > 1000000000 || !orders || !live || !side_of)
		return 100;
	printf("{\"type\":\"symbol\",\"symbol\":\"BTC-USDC\",\"tickSz\":\"0.1\",\"lotSz\":"
	       "\"0.00001\"}\n");
	for (uint32_t i = 1; i < n; i++) {
		uint64_t dice = next_random() % 100, ts = UINT64_C(1700000000000000) + i;

		if (i % 64 == 0 && mid > 2000 && mid < TICKS - 2000)
			mid += (uint32_t)(next_random() % 3) - 1;
		if (dice < 35 && live_n > 4000)
			cancel(ts);
		else if (dice < 40 && live_n > 4000)
			sweep(i, ts);
		else
			rest(i, mid, ts);
	}
	return fflush(stdout) == 0 ? 0 : 111;
}
