/*
 * churn: a stream without an end in sight that leaves a market as large as it was: is memory flat?
 *
 *     churn N [LIVE] >orders.ndjson
 *
 * An order that rests, and the cancel of the one that came LIVE orders before, in turn. It holds
 * nothing itself: an order's price follows from its id.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MID 100000

static uint64_t
scramble(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
add(uint64_t id, uint64_t ts)
{
	uint64_t r = scramble(id), away = 1 + r / 2 % 1000, px = r & 1 ? MID + away : MID - away;

	printf("{\"type\":\"order\",\"id\":\"%" PRIu64 "\",\"account\":\"a%" PRIu64
	       "\",\"symbol\":\"BTC-USDC\",\"side\":\"%s\",\"ordType\":\"limit\",\"px\":\"%" PRIu64
	       ".%" PRIu64 "\",\"sz\":\"0.%05" PRIu64 "\",\"ts\":%" PRIu64 "}\n",
	       id, id % 1000, r & 1 ? "sell" : "buy", px / 10, px % 10, 1 + r / 4096 % 1000, ts);
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t live = argc > 2 ? strtoull(argv[2], NULL, 10) : 100000, id = 0;

	if (n == 0 || live == 0)
		return 100;
	printf("{\"type\":\"symbol\",\"symbol\":\"BTC-USDC\",\"tickSz\":\"0.1\",\"lotSz\":"
	       "\"0.00001\"}\n");
	for (uint64_t i = 1; i < n; i++) {
		uint64_t ts = UINT64_C(1700000000000000) + i;

		/* a cancel for each order, once LIVE are there */
		if (id > live && (i & 1))
			printf("{\"type\":\"cancel\",\"id\":\"%" PRIu64 "\",\"account\":\"a%" PRIu64
			       "\",\"symbol\":\"BTC-USDC\",\"ts\":%" PRIu64 "}\n",
			       id - live, (id - live) % 1000, ts);
		else
			add(++id, ts);
	}
	return fflush(stdout) == 0 ? 0 : 111;
}
