#include "coin_select.h"

#include "check.h"

#include <stdlib.h>

uint64_t
select_fee(uint64_t rate, size_t weight)
{
	uint64_t vsize = (weight + 3) / 4;

	return (rate * vsize + 999) / 1000;
}

/* Larger first; of equals the one that the caller has first. */
static int
compare(const void *a, const void *b)
{
	const struct select_coin *x = a, *y = b;

	if (x->amount != y->amount)
		return x->amount < y->amount ? 1 : -1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The fee that these many inputs need, without change or with it. */
static uint64_t
fee_of(const struct select_ask *ask, size_t inputs, bool change)
{
	return select_fee(ask->rate, ask->base_weight + inputs * ask->input_weight +
					 (change ? ask->change_weight : 0));
}

/* ---- branch and bound ---- */

struct search {
	const struct select_ask *ask;
	const struct select_coin *coins;
	size_t n;
	uint64_t input_fee, low, high; /* the window for the sum of effective values */
	uint64_t best_excess;
	size_t best_n, best[BTC_INPUTS_MAX];
	bool found;
};

static uint64_t
effective(const struct search *s, size_t i)
{
	return s->coins[i].amount - s->input_fee;
}

static void
keep_best(struct search *s, const size_t path[], size_t depth, uint64_t sum)
{
	if (s->found && sum - s->low >= s->best_excess)
		return;
	s->found = true;
	s->best_excess = sum - s->low;
	s->best_n = depth;
	memcpy(s->best, path, depth * sizeof *path);
}

/* Take the next coin while the sum is below the window and the rest can reach it; otherwise go back
 * to the last coin taken and leave it out. A coin equal to one just left out is left out too. */
static void
search(struct search *s, uint64_t left)
{
	size_t path[BTC_INPUTS_MAX], depth = 0, i = 0;
	uint64_t sum = 0;

	for (unsigned tries = 0; tries < SELECT_TRIES; tries++) {
		bool back = sum + left < s->low || sum > s->high || i == s->n;

		if (sum >= s->low && sum <= s->high) {
			keep_best(s, path, depth, sum);
			if (s->best_excess == 0)
				return;
			back = true;
		}
		if (depth == s->ask->inputs_max)
			back = true;
		if (!back) {
			left -= effective(s, i);
			sum += effective(s, i);
			path[depth++] = i++;
			continue;
		}
		if (depth == 0)
			return;
		/* give back what lies behind the last coin taken, then that coin */
		for (size_t last = path[depth - 1]; i > last + 1; i--)
			left += effective(s, i - 1);
		depth--;
		sum -= effective(s, path[depth]);
		while (i < s->n && s->coins[i].amount == s->coins[i - 1].amount)
			left -= effective(s, i++);
	}
}

static bool
branch_and_bound(const struct select_ask *ask, const struct select_coin coins[], size_t n,
		 struct select_answer *out)
{
	struct search s = {.ask = ask, .coins = coins, .n = n};
	uint64_t left = 0, sum = 0;

	s.input_fee = select_fee(ask->rate, ask->input_weight);
	s.low = ask->target + select_fee(ask->rate, ask->base_weight);
	/* change would cost its output now and its input later */
	s.high = s.low + select_fee(ask->rate, ask->change_weight) + s.input_fee;
	for (size_t i = 0; i < n; i++)
		left += effective(&s, i);
	search(&s, left);
	if (!s.found)
		return false;
	out->n = s.best_n;
	for (size_t i = 0; i < s.best_n; i++) {
		out->chosen[i] = coins[s.best[i]].at;
		sum += coins[s.best[i]].amount;
	}
	out->change = 0;
	out->fee = sum - ask->target;
	out->exact = true;
	/* effective values are rounded coin by coin, the fee is not: never less than it must be */
	CHECK(out->fee >= fee_of(ask, out->n, false));
	return true;
}

/* ---- drawing ---- */

/* A number below n out of the seed and a counter. */
static size_t
draw(const unsigned char seed[HASH_BYTES], uint32_t counter, size_t n)
{
	unsigned char hash[HASH_BYTES];
	uint64_t v = 0;
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, (struct span){(const char *)seed, HASH_BYTES});
	sha2_add(&s, (struct span){(const char *)&counter, sizeof counter});
	sha2_end(&s, hash);
	for (unsigned i = 0; i < 8; i++)
		v = v << 8 | hash[i];
	return (size_t)(v % n);
}

static void
shuffle(struct select_coin coins[], size_t n, const unsigned char seed[HASH_BYTES])
{
	for (size_t i = n; i > 1; i--) {
		size_t k = draw(seed, (uint32_t)i, i);
		struct select_coin c = coins[i - 1];

		coins[i - 1] = coins[k];
		coins[k] = c;
	}
}

/* Coins from the first on until they pay everything. */
static bool
take_until(const struct select_ask *ask, const struct select_coin coins[], size_t n, bool change,
	   struct select_answer *out)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n && i < ask->inputs_max; i++) {
		uint64_t fee = fee_of(ask, i + 1, change);

		out->chosen[i] = coins[i].at;
		sum += coins[i].amount;
		if (sum < ask->target + fee + (change ? ask->change_min : 0))
			continue;
		out->n = i + 1;
		out->change = change ? sum - ask->target - fee : 0;
		out->fee = sum - ask->target - out->change;
		out->exact = false;
		return true;
	}
	return false;
}

enum select_verdict
select_coins(const struct select_ask *ask, struct select_coin coins[], size_t n,
	     struct select_answer *out)
{
	uint64_t input_fee = select_fee(ask->rate, ask->input_weight), sum = 0;
	size_t worth = 0;

	CHECK(ask->inputs_max <= BTC_INPUTS_MAX);
	qsort(coins, n, sizeof *coins, compare);
	while (worth < n && worth < SELECT_COINS_MAX && coins[worth].amount > input_fee)
		sum += coins[worth++].amount;
	if (branch_and_bound(ask, coins, worth, out))
		return SELECT_OK;
	shuffle(coins, worth, ask->seed);
	if (take_until(ask, coins, worth, true, out))
		return SELECT_OK;
	qsort(coins, worth, sizeof *coins, compare);
	if (take_until(ask, coins, worth, true, out) || take_until(ask, coins, worth, false, out))
		return SELECT_OK;
	return sum < ask->target + fee_of(ask, worth, false) ? SELECT_SHORT : SELECT_MANY;
}
