/* Catches a side of a book that loses a level or an order, that has them in another order than a
 * plain array would, or that needs more blocks than it has made room for. */
#include "side.h"
#include "test.h"

#define KEYS 4000
#define ORDERS 8192

static struct pool pool;
static struct side side;
static uint64_t state;
static unsigned char queue_len[KEYS + 1];
static uint32_t queue[KEYS + 1][8]; /* the model: the orders at each price */
static int64_t px_of[ORDERS];
static uint32_t live[ORDERS], live_n, levels_n;

static uint64_t
below(uint64_t n)
{
	return test_random(&state) % n;
}

static void
begin(bool low_first)
{
	side = (struct side){.low_first = low_first};
	memset(queue_len, 0, sizeof queue_len);
	live_n = levels_n = 0;
	EXPECT(pool_init(&pool));
}

static void
end(void)
{
	side_release(&side);
	pool_release(&pool);
}

static void
add(int64_t px)
{
	uint32_t i;

	if (queue_len[px] == 8 || live_n == ORDERS - 1)
		return;
	EXPECT(pool_reserve(&pool, 1) && side_reserve(&side, 1));
	i = pool_take(&pool);
	px_of[i] = px;
	side_add(&side, &pool, i, px);
	levels_n += queue_len[px] == 0;
	queue[px][queue_len[px]++] = i;
	live[live_n++] = i;
}

static unsigned
place_in_queue(uint32_t i)
{
	unsigned k = 0;

	while (queue[px_of[i]][k] != i)
		k++;
	return k;
}

static void
take_away(uint32_t n)
{
	uint32_t i = live[n];
	int64_t px = px_of[i];
	unsigned k = place_in_queue(i);

	side_remove(&side, &pool, i, px);
	pool_give_back(&pool, i);
	queue_len[px]--;
	memmove(&queue[px][k], &queue[px][k + 1], (queue_len[px] - k) * sizeof queue[px][0]);
	levels_n -= queue_len[px] == 0;
	live[n] = live[--live_n];
}

/* The order at the head of a queue goes to its end. */
static void
requeue(uint32_t n)
{
	int64_t px = px_of[live[n]];
	uint32_t i = queue[px][0];

	side_requeue(&side, &pool, i, px);
	memmove(&queue[px][0], &queue[px][1], (queue_len[px] - 1u) * sizeof i);
	queue[px][queue_len[px] - 1] = i;
}

static void
check_level(const struct level *l, int64_t px)
{
	unsigned k = 0;

	EXPECT(level_px(&side, l) == px);
	for (uint32_t i = l->first, before = NO_ORDER; i; before = i, i = pool.orders[i].next) {
		EXPECT(k < queue_len[px] && queue[px][k] == i && pool.orders[i].prev == before);
		k++;
	}
	EXPECT(k == queue_len[px] && l->last == queue[px][k - 1]);
}

static void
check_blocks(void)
{
	uint32_t sum = 0;

	for (uint32_t b = 0; b < side.used; b++) {
		EXPECT(side.blocks[b].n > 0 && side.blocks[b].n <= SIDE_BLOCK);
		EXPECT(side.blocks[b].low == side_levels(&side, b)->key);
		EXPECT(b == 0 || side.blocks[b - 1].n + side.blocks[b].n > SIDE_FEW);
		sum += side.blocks[b].n;
	}
	EXPECT(sum == side.n && side.n == levels_n && side.n <= side.room);
}

/* All of it, from both ends. */
static void
check(void)
{
	struct side_walk w = side_from_best(&side), v = side_from_worst(&side);

	EXPECT(side_best(&side) == w.level);
	for (int64_t k = 0; k <= KEYS; k++) {
		int64_t up = k, down = KEYS - k;

		if (queue_len[side.low_first ? up : down]) {
			EXPECT(w.level != NULL);
			if (!w.level)
				return;
			check_level(w.level, side.low_first ? up : down);
			side_worse(&w);
		}
		if (queue_len[side.low_first ? down : up]) {
			EXPECT(v.level && level_px(&side, v.level) == (side.low_first ? down : up));
			if (v.level)
				side_better(&v);
		}
	}
	EXPECT(!w.level && !v.level);
	check_blocks();
}

/* Phases in which more come than go, and the other way round, at all prices or at few. */
static void
test_at_random(void)
{
	for (int round = 0; round < 8; round++) {
		begin(round & 1);
		for (unsigned step = 0; step < 40000; step++) {
			uint64_t grows = step / 5000 & 1 ? 3 : 7;
			int64_t px = round & 2 ? (int64_t)below(KEYS + 1) : (int64_t)below(200);

			if (below(10) < grows || live_n == 0)
				add(px);
			else if (below(8) == 0)
				requeue((uint32_t)below(live_n));
			else
				take_away((uint32_t)below(live_n));
			if (step % 997 == 0)
				check();
		}
		while (live_n)
			take_away((uint32_t)below(live_n));
		check();
		end();
	}
}

static void
test_in_order(void)
{
	for (int round = 0; round < 4; round++) {
		begin(round & 1);
		for (int64_t px = 0; px <= KEYS; px++)
			add(round & 2 ? px : KEYS - px);
		check();
		/* blocks that are filled in order are full */
		EXPECT(side.used <= KEYS / SIDE_BLOCK + 1);
		for (uint32_t n = live_n; n-- > 0;)
			if (px_of[live[n]] % 40)
				take_away(n);
		check();
		end();
	}
}

int
main(void)
{
	state = 4711;
	RUN(test_at_random);
	RUN(test_in_order);
	return test_done();
}
