#include "follow.h"

#include "utc.h"

/* scantxoutset reads the whole set: minutes on the main network. */
#define SCAN_TIMEOUT_MS 600000
/* A node this many blocks short of the headers that it knows is behind. */
#define BEHIND_MAX 2

void
follow_init(struct follow *f, struct node *node, const struct wallet *wallet)
{
	*f = (struct follow){.node = node, .wallet = wallet, .lookback = 144};
	utxo_init(&f->utxo, wallet);
}

static void
remember(struct follow *f, uint64_t height, const struct btc_header *h)
{
	memcpy(f->ring[height % FOLLOW_RING], h->hash, HASH_BYTES);
	f->height = height;
	f->tip = *h;
	if (f->ring_n < FOLLOW_RING)
		f->ring_n++;
}

/* ---- the beginning ---- */

static bool
take_unspent(void *context, const unsigned char txid[HASH_BYTES], uint32_t vout, struct span script,
	     uint64_t amount, uint64_t height, bool coinbase)
{
	struct follow *f = context;
	struct utxo_coin coin = {
	    .vout = vout, .amount = amount, .height = height, .coinbase = coinbase};

	memcpy(coin.txid, txid, HASH_BYTES);
	/* not one of ours: the node was asked for no others */
	if (!wallet_find(f->wallet, script, &coin.place) || utxo_find(&f->utxo, txid, vout))
		return false;
	return utxo_add(&f->utxo, &coin);
}

static bool
scan(struct follow *f, uint64_t *height, unsigned char best[HASH_BYTES], struct frame_error *e)
{
	const struct btc_script *scripts[2 * WALLET_POOL_MAX];
	unsigned before = f->node->rpc.timeout_ms;
	bool good;

	for (size_t i = 0; i < f->wallet->entries_n; i++)
		scripts[i] = &f->wallet->entries[i].script;
	f->node->rpc.timeout_ms = SCAN_TIMEOUT_MS;
	good = node_scan(f->node, scripts, f->wallet->entries_n, height, best, take_unspent, f, e);
	f->node->rpc.timeout_ms = before;
	return good;
}

static bool
start(struct follow *f, struct frame_error *e)
{
	uint64_t height = f->has_birth && f->birth ? f->birth - 1 : 0;
	unsigned char hash[HASH_BYTES];
	struct btc_header h;

	utxo_clear(&f->utxo);
	f->started = false;
	f->ring_n = 0;
	if (f->has_birth ? !node_block_hash(f->node, height, hash, e) : !scan(f, &height, hash, e))
		return false;
	if (!node_header(f->node, hash, &h, e))
		return false;
	f->utxo.height = f->utxo.since = height;
	remember(f, height, &h);
	f->started = true;
	return true;
}

/* ---- the way on ---- */

/* The highest block that is still in the best chain. False in *found: all that is remembered is
 * gone. */
static bool
find_fork(struct follow *f, uint64_t blocks, uint64_t *fork, bool *found, struct frame_error *e)
{
	unsigned char hash[HASH_BYTES];

	*found = false;
	for (uint64_t i = 0; i < f->ring_n; i++) {
		*fork = f->height - i;
		if (*fork > blocks)
			continue;
		if (!node_block_hash(f->node, *fork, hash, e))
			return false;
		*found = memcmp(hash, f->ring[*fork % FOLLOW_RING], HASH_BYTES) == 0;
		if (*found)
			return true;
	}
	return true;
}

static bool
step_back(struct follow *f, uint64_t fork, struct frame_error *e)
{
	struct btc_header h;
	uint64_t depth = f->height - fork;

	if (depth == 0)
		return true;
	if (!node_header(f->node, f->ring[fork % FOLLOW_RING], &h, e))
		return false;
	utxo_rewind(&f->utxo, fork);
	if (f->utxo.since > fork)
		f->started = false; /* the list of unspent outputs was of a block that is gone */
	f->ring_n -= depth;
	f->height = fork;
	f->tip = h;
	f->reorgs++;
	f->reorg_depth = depth;
	return true;
}

static bool
step_on(struct follow *f, struct frame_error *e)
{
	uint64_t height = f->height + 1;
	unsigned char hash[HASH_BYTES];
	struct btc_header h;
	struct span block;

	if (!node_block_hash(f->node, height, hash, e) || !node_header(f->node, hash, &h, e))
		return false;
	if (memcmp(h.previous, f->tip.hash, HASH_BYTES) != 0)
		return frame_fail(e, FRAME_RETRY, "REORG", "the chain changed while it was read");
	if (!btc_header_follows(&f->tip, &h, height, f->node->network))
		return frame_fail(e, FRAME_CONFIG, "BAD_HEADER",
				  "the node's chain changes its difficulty against the rules");
	if (!node_block(f->node, hash, &block, e))
		return false;
	if (!utxo_block(&f->utxo, block, hash, height)) {
		bool full = f->utxo.full;

		utxo_rewind(&f->utxo, height - 1);
		return full ? frame_fail(e, FRAME_CONFIG, "TOO_MANY_COINS",
					 "more coins than are held: sweep the wallet")
			    : frame_fail(e, FRAME_RETRY, "BAD_BLOCK",
					 "a block that is not the one of its hash");
	}
	remember(f, height, &h);
	return true;
}

static bool
catch_up(struct follow *f, const struct node_info *info, struct frame_error *e)
{
	uint64_t fork = 0;
	bool found = false;

	if (f->started && !find_fork(f, info->blocks, &fork, &found, e))
		return false;
	if (f->started && found && !step_back(f, fork, e))
		return false;
	if ((!f->started || !found) && !start(f, e))
		return false;
	for (unsigned i = 0; f->height < info->blocks; i++) {
		if (i == FOLLOW_BLOCKS_MAX)
			return frame_fail(e, FRAME_RETRY, "CATCHING_UP",
					  "reading blocks since the wallet's birth");
		if (!step_on(f, e))
			return false;
	}
	return true;
}

bool
follow_sync(struct follow *f, struct frame_error *e)
{
	struct node_info info;
	int64_t now_s;

	if (!node_info(f->node, &info, e))
		return false;
	if (info.network != f->node->network)
		return frame_fail(e, FRAME_CONFIG, "NETWORK", "the node is on %s, not on %s",
				  btc_network_name(info.network),
				  btc_network_name(f->node->network));
	f->node_height = info.blocks;
	if ((!f->started || memcmp(info.best, f->tip.hash, HASH_BYTES) != 0) &&
	    !catch_up(f, &info, e))
		return false;
	now_s = utc_now_us() / 1000000;
	f->lag_s = now_s > (int64_t)f->tip.time ? (uint64_t)now_s - f->tip.time : 0;
	f->syncing = info.headers > info.blocks + BEHIND_MAX ||
		     (info.initial_download && f->node->network != BTC_REGTEST) ||
		     (f->lag_s_max && f->lag_s > f->lag_s_max);
	return true;
}

bool
follow_ready(struct follow *f, struct frame_error *e)
{
	if (!follow_sync(f, e))
		return false;
	if (f->syncing)
		return frame_fail(e, FRAME_RETRY, "SYNCING",
				  "the node is behind: its newest block is %llu s old",
				  (unsigned long long)f->lag_s);
	return true;
}

/* ---- spenders ---- */

struct hunt {
	const unsigned char *txid;
	uint32_t vout;
	unsigned char *spender;
	bool found;
};

static void
look(void *context, const struct btc_view *tx, uint64_t at)
{
	struct hunt *h = context;
	struct cursor c = btc_view_inputs(tx);
	struct btc_input in;

	(void)at;
	while (!h->found && cursor_left(&c) && btc_next_input(&c, &in)) {
		if (in.vout != h->vout || memcmp(in.txid, h->txid, HASH_BYTES) != 0)
			continue;
		h->found = true;
		btc_view_txid(tx, h->spender);
	}
}

bool
follow_spender(struct follow *f, const unsigned char txid[HASH_BYTES], uint32_t vout,
	       unsigned char spender[HASH_BYTES], uint64_t *height, struct frame_error *e)
{
	const struct utxo_coin *coin = utxo_find(&f->utxo, txid, vout);
	struct hunt hunt = {txid, vout, spender, false};
	uint64_t low = f->height > f->lookback ? f->height - f->lookback : 0;

	*height = 0;
	if (coin) {
		*height = coin->spent_height;
		memcpy(spender, coin->spender, HASH_BYTES);
		return true;
	}
	for (uint64_t h = f->height; h > low; h--) {
		unsigned char hash[HASH_BYTES];
		struct span block;

		if (!node_block_hash(f->node, h, hash, e) || !node_block(f->node, hash, &block, e))
			return false;
		if (btc_block_walk(block, hash, look, &hunt) && hunt.found) {
			*height = h;
			return true;
		}
	}
	return true;
}
