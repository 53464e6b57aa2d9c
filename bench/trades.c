/*
 * trades N [LATE DOUBLED GONE]: N trades of four symbols over one day, the same in every run; for
 * benches. Of a million so many come up to about a thousand lines later, twice, or never (their ids
 * are missing).
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD 32
#define LINE_MAX 200

static uint64_t state = UINT64_C(88172645463325252);
static char held[HELD][LINE_MAX];

static uint64_t
next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* One that is late takes the place of another, which comes now. */
static void
put(char line[LINE_MAX], uint64_t late, uint64_t doubled)
{
	uint64_t chance = late || doubled ? next() % 1000000 : 1000000;

	if (chance < late) {
		char *slot = held[next() % HELD], other[LINE_MAX];

		memcpy(other, slot, LINE_MAX);
		memcpy(slot, line, LINE_MAX);
		fputs(other, stdout);
		return;
	}
	fputs(line, stdout);
	if (chance < late + doubled)
		fputs(line, stdout);
}

int
main(int argc, char **argv)
{
	static const char *const symbols[] = {"BTC-USDC", "ETH-USDC", "SOL-USDC", "TRX-USDC"};
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000, ids[4] = {0};
	uint64_t late = argc > 4 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t doubled = argc > 4 ? strtoull(argv[3], NULL, 10) : 0;
	uint64_t gone = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	uint64_t ticks[4] = {650000, 32000, 1500, 1000};
	uint64_t ts = UINT64_C(1700000000000000);
	/* 30 % share the time of the trade before */
	uint64_t step = n ? UINT64_C(86400000000) * 20 / 7 / n : 1;
	char line[LINE_MAX];

	for (uint64_t i = 0; i < n; i++) {
		uint64_t r = next(), k = r & 3, sz = 1 + next() % 50000;

		if (r % 10 >= 3)
			ts += 1 + next() % step;
		ticks[k] += next() % 21;
		ticks[k] = ticks[k] > 110 ? ticks[k] - 10 : 100;
		snprintf(line, sizeof line,
			 "{\"type\":\"trade\",\"tradeId\":\"%" PRIu64
			 "\",\"symbol\":\"%s\",\"px\":\"%" PRIu64 ".%" PRIu64 "\",\"sz\":\"%" PRIu64
			 ".%03" PRIu64 "\",\"side\":\"%s\",\"ts\":%" PRIu64 "}\n",
			 ++ids[k], symbols[k], ticks[k] / 10, ticks[k] % 10, sz / 1000, sz % 1000,
			 r & 64 ? "buy" : "sell", ts);
		if (gone == 0 || next() % 1000000 >= gone)
			put(line, late, doubled);
	}
	for (size_t i = 0; i < HELD; i++)
		fputs(held[i], stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
