#include "utxo.h"

#include "check.h"

#include <stdlib.h>

#define HEADS (1u << 14)
#define FIRST_CAP 1024

void
utxo_init(struct utxo *u, const struct wallet *wallet)
{
	*u = (struct utxo){.wallet = wallet, .cap = FIRST_CAP};
	u->coins = calloc(u->cap, sizeof *u->coins);
	u->heads = calloc(HEADS, sizeof *u->heads);
	CHECK(u->coins && u->heads);
}

void
utxo_release(struct utxo *u)
{
	free(u->coins);
	free(u->heads);
	*u = (struct utxo){0};
}

void
utxo_clear(struct utxo *u)
{
	u->n = 0;
	u->height = u->since = 0;
	u->full = false;
	memset(u->heads, 0, HEADS * sizeof *u->heads);
}

/* Transaction ids are hashes already. */
static uint32_t
head_of(const unsigned char txid[HASH_BYTES], uint32_t vout)
{
	uint32_t h;

	memcpy(&h, txid, sizeof h);
	return (h ^ vout) % HEADS;
}

struct utxo_coin *
utxo_find(const struct utxo *u, const unsigned char txid[HASH_BYTES], uint32_t vout)
{
	for (uint32_t i = u->heads[head_of(txid, vout)]; i; i = u->coins[i - 1].next) {
		struct utxo_coin *c = &u->coins[i - 1];

		if (c->vout == vout && memcmp(c->txid, txid, HASH_BYTES) == 0)
			return c;
	}
	return NULL;
}

static bool
grow(struct utxo *u)
{
	size_t cap = 2 * u->cap;
	struct utxo_coin *more;

	if (u->n < u->cap)
		return true;
	if (u->cap >= UTXO_MAX)
		return false;
	more = realloc(u->coins, cap * sizeof *more);
	if (!more)
		return false;
	u->coins = more;
	u->cap = cap;
	return true;
}

bool
utxo_add(struct utxo *u, const struct utxo_coin *coin)
{
	uint32_t *head = &u->heads[head_of(coin->txid, coin->vout)];

	if (!grow(u)) {
		u->full = true;
		return false;
	}
	u->coins[u->n] = *coin;
	u->coins[u->n].next = *head;
	*head = (uint32_t)++u->n;
	return true;
}

struct taking {
	struct utxo *u;
	uint64_t height;
};

static void
take_tx(void *context, const struct btc_view *tx, uint64_t at)
{
	struct taking *t = context;
	struct cursor c = btc_view_inputs(tx);
	struct btc_input in;
	struct btc_output out;
	struct utxo_coin coin = {.height = t->height, .coinbase = at == 0};
	bool hashed = false;

	while (cursor_left(&c) && btc_next_input(&c, &in)) {
		struct utxo_coin *spent = utxo_find(t->u, in.txid, in.vout);

		if (!spent || spent->spent_height)
			continue;
		spent->spent_height = t->height;
		btc_view_txid(tx, spent->spender);
	}
	c = btc_view_outputs(tx);
	for (uint32_t i = 0; cursor_left(&c) && btc_next_output(&c, &out); i++) {
		if (!wallet_find(t->u->wallet, out.script, &coin.place))
			continue;
		if (!hashed)
			btc_view_txid(tx, coin.txid);
		hashed = true;
		coin.vout = i;
		coin.amount = out.amount;
		if (!utxo_find(t->u, coin.txid, i))
			utxo_add(t->u, &coin);
	}
}

bool
utxo_block(struct utxo *u, struct span block, const unsigned char hash[HASH_BYTES], uint64_t height)
{
	struct taking t = {u, height};

	if (!btc_block_walk(block, hash, take_tx, &t) || u->full)
		return false;
	u->height = height;
	return true;
}

void
utxo_rewind(struct utxo *u, uint64_t height)
{
	size_t n = u->n, to = 0;

	u->full = false;
	memset(u->heads, 0, HEADS * sizeof *u->heads);
	u->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct utxo_coin c = u->coins[i];

		if (c.height > height)
			continue;
		if (c.spent_height > height)
			c.spent_height = 0;
		CHECK(utxo_add(u, &c));
		to++;
	}
	CHECK(u->n == to);
	if (u->height > height)
		u->height = height;
}
