#include "watch.h"

#include "build.h"
#include "hex.h"

/* Blocks that one transfers or deposits request reads. */
#define TRANSFER_BLOCKS_MAX 1000
/* Room for one more entry in an answer's line. */
#define ENTRY_ROOM 400

static bool
no_more_room(const struct buf *answer)
{
	return answer->len + ENTRY_ROOM > answer->max;
}

bool
watch_info(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct adapter *a = context;
	struct btc_script first;

	(void)q;
	if (!follow_sync(&a->follow, e))
		return false;
	wallet_script(&a->wallet, (struct wallet_place){0, 0}, &first, NULL);
	buf_json_member_string(answer, "chain", SPAN_LIT("btc"));
	buf_json_member_string(answer, "network", span_of(btc_network_name(a->wallet.network)));
	buf_json_key(answer, "assets");
	buf_str(answer, "[{\"asset\":\"BTC\",\"decimals\":8");
	/* of the kind of address whose dust is highest */
	build_amount(answer, "dust", 546);
	buf_str(answer, "}]");
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("BTC"));
	buf_json_member_u64(answer, "feeDecimals", 8);
	buf_json_member_string(answer, "wallet", span_of(a->wallet.address));
	buf_json_member_u64(answer, "confirmations", a->confirmations);
	buf_json_member_bool(answer, "expires", false);
	buf_json_member_bool(answer, "replaces", true);
	buf_json_member_u64(answer, "blockMs", 600000);
	buf_json_member_u64(answer, "multi", ADAPTER_PAYMENTS_MAX);
	return true;
}

bool
watch_address(void *context, const struct frame_request *q, struct buf *answer,
	      struct frame_error *e)
{
	struct adapter *a = context;
	struct btc_script script;
	char text[BTC_ADDRESS_MAX];

	if (!q->address.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "address is wanted");
	if (q->asset.ptr && !span_is(q->asset, "BTC"))
		return frame_fail(e, FRAME_REFUSED, "ASSET", "this chain has BTC and nothing else");
	if (!btc_address_parse(q->address, a->wallet.network, &script) ||
	    !btc_address_print(btc_script_span(&script), a->wallet.network, text))
		return frame_fail(e, FRAME_REFUSED, "BAD_ADDRESS",
				  "no address of this network, or a wrong checksum");
	buf_json_member_string(answer, "address", span_of(text));
	return true;
}

bool
watch_submit(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	struct adapter *a = context;
	unsigned char txid[HASH_BYTES], have[HASH_BYTES];
	struct frame_error why;
	struct node_tx seen;
	struct btc_view v;
	struct cursor c;
	bool known;
	char *room;

	buf_clear(&a->in);
	room = q->raw.ptr && q->raw.len % 2 == 0 ? buf_room(&a->in, q->raw.len / 2) : NULL;
	if (!room || !hex_parse(q->raw, false, (unsigned char *)room, q->raw.len / 2) ||
	    !q->tx_id.ptr || !btc_txid_parse(q->tx_id, txid))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "raw and txId are wanted");
	buf_grown(&a->in, q->raw.len / 2);
	c = cursor_of(buf_span(&a->in));
	if (!btc_view_read(&c, true, &v) || !cursor_done(&c))
		return frame_fail(e, FRAME_REQUEST, "UNDECODABLE", "raw is no transaction");
	btc_view_txid(&v, have);
	if (memcmp(have, txid, HASH_BYTES) != 0)
		return frame_fail(e, FRAME_REQUEST, "OTHER_TXID", "txId is not raw's");
	if (!node_send(&a->node, q->raw, txid, &known, e)) {
		/* "inputs missing or spent" is also said of one that is mined and spent on */
		if (e->class != FRAME_CONFLICT || !node_tx(&a->node, txid, NULL, &seen, &why) ||
		    !seen.there)
			return false;
		known = true;
	}
	buf_json_member_string(answer, "result", known ? SPAN_LIT("known") : SPAN_LIT("accepted"));
	return true;
}

bool
watch_balance(void *context, const struct frame_request *q, struct buf *answer,
	      struct frame_error *e)
{
	struct adapter *a = context;
	const struct utxo *u = &a->follow.utxo;
	uint64_t sum = 0, n = 0;

	if (q->asset.ptr && !span_is(q->asset, "BTC"))
		return frame_fail(e, FRAME_REFUSED, "ASSET", "this chain has BTC and nothing else");
	if (q->address.ptr && !span_is(q->address, a->wallet.address))
		return frame_fail(e, FRAME_REFUSED, "UNSUPPORTED",
				  "only the wallet's own balance is known");
	if (!follow_sync(&a->follow, e))
		return false;
	for (size_t i = 0; i < u->n; i++) {
		if (u->coins[i].spent_height)
			continue;
		sum += u->coins[i].amount;
		n++;
	}
	buf_json_member_string(answer, "asset", SPAN_LIT("BTC"));
	build_amount(answer, "amount", sum);
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("BTC"));
	build_amount(answer, "feeAmount", sum);
	buf_json_member_u64(answer, "utxos", n);
	return true;
}

bool
watch_height(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	struct adapter *a = context;
	const struct follow *f = &a->follow;

	(void)q;
	if (!follow_sync(&a->follow, e))
		return false;
	buf_json_member_u64(answer, "height", f->height);
	build_txid(answer, "hash", f->tip.hash);
	buf_json_member_u64(answer, "time", f->tip.time);
	buf_json_member_bool(answer, "syncing", f->syncing);
	buf_json_member_u64(answer, "lagS", f->lag_s);
	buf_json_member_u64(answer, "reorgs", f->reorgs);
	buf_json_member_u64(answer, "reorgDepth", f->reorg_depth);
	buf_json_member_u64(answer, "rpcErrors", a->node.rpc_errors);
	return true;
}

/* ---- what the wallet has paid and got ---- */

struct paid {
	struct adapter *a;
	struct buf *answer;
	uint64_t height;
	size_t n;
	bool full;
};

static bool
spends_ours(const struct utxo *u, const struct btc_view *tx)
{
	struct cursor c = btc_view_inputs(tx);
	struct btc_input in;

	while (cursor_left(&c) && btc_next_input(&c, &in))
		if (utxo_find(u, in.txid, in.vout))
			return true;
	return false;
}

static void
print_paid(void *context, const struct btc_view *tx, uint64_t at)
{
	struct paid *p = context;
	unsigned char txid[HASH_BYTES];
	struct wallet_place place;
	char to[BTC_ADDRESS_MAX];
	struct btc_output out;
	struct cursor c;

	(void)at;
	if (p->full || !spends_ours(&p->a->follow.utxo, tx))
		return;
	btc_view_txid(tx, txid);
	c = btc_view_outputs(tx);
	while (cursor_left(&c) && btc_next_output(&c, &out)) {
		if (wallet_find(&p->a->wallet, out.script, &place))
			continue;
		if (no_more_room(p->answer)) {
			p->full = true;
			return;
		}
		buf_str(p->answer, p->n++ ? ",{" : "{");
		build_txid(p->answer, "txId", txid);
		if (btc_address_print(out.script, p->a->wallet.network, to))
			buf_json_member_string(p->answer, "to", span_of(to));
		else
			buf_json_member_raw(p->answer, "to", SPAN_LIT("null"));
		build_amount(p->answer, "amount", out.amount);
		buf_json_member_u64(p->answer, "height", p->height);
		buf_byte(p->answer, '}');
	}
}

/* The heights asked for, within what is there. */
static bool
range(struct adapter *a, const struct frame_request *q, uint64_t *from, uint64_t *to,
      struct frame_error *e)
{
	if (!frame_u64(q, "fromHeight", from, e) || !frame_u64(q, "toHeight", to, e) ||
	    !follow_sync(&a->follow, e))
		return false;
	if (*from <= a->follow.utxo.since)
		return frame_fail(e, FRAME_REFUSED, "UNSUPPORTED",
				  "blocks up to %llu were not read: set BTC_BIRTH_HEIGHT",
				  (unsigned long long)a->follow.utxo.since);
	if (*to > a->follow.height)
		*to = a->follow.height;
	if (*to >= *from + TRANSFER_BLOCKS_MAX)
		*to = *from + TRANSFER_BLOCKS_MAX - 1;
	return true;
}

bool
watch_transfers(void *context, const struct frame_request *q, struct buf *answer,
		struct frame_error *e)
{
	struct adapter *a = context;
	struct paid p = {.a = a, .answer = answer};
	uint64_t from, to;
	struct span block;

	if (!range(a, q, &from, &to, e))
		return false;
	buf_json_key(answer, "transfers");
	buf_byte(answer, '[');
	for (p.height = from; p.height <= to; p.height++) {
		unsigned char hash[HASH_BYTES];
		size_t before = answer->len, n = p.n;

		if (!node_block_hash(&a->node, p.height, hash, e) ||
		    !node_block(&a->node, hash, &block, e))
			return false;
		if (!btc_block_walk(block, hash, print_paid, &p))
			return frame_fail(e, FRAME_RETRY, "BAD_BLOCK", "not the block of its hash");
		if (!p.full)
			continue;
		/* a block whole, or not at all */
		answer->len = before;
		p.n = n;
		to = p.height - 1;
	}
	buf_byte(answer, ']');
	buf_json_member_u64(answer, "toHeight", to);
	return true;
}

bool
watch_deposit(void *context, const struct frame_request *q, struct buf *answer,
	      struct frame_error *e)
{
	struct adapter *a = context;
	struct btc_script script;
	char text[BTC_ADDRESS_MAX];
	uint64_t index;

	if (!frame_u64(q, "index", &index, e))
		return false;
	if (index >= a->wallet.pool)
		return frame_fail(e, FRAME_REFUSED, "POOL", "the pool has %zu addresses",
				  a->wallet.pool);
	if (!wallet_script(&a->wallet, (struct wallet_place){0, (uint32_t)index}, &script, NULL) ||
	    !btc_address_print(btc_script_span(&script), a->wallet.network, text))
		return frame_fail(e, FRAME_REFUSED, "POOL", "an index without key");
	buf_json_member_u64(answer, "index", index);
	buf_json_member_string(answer, "address", span_of(text));
	return true;
}

bool
watch_deposits(void *context, const struct frame_request *q, struct buf *answer,
	       struct frame_error *e)
{
	struct adapter *a = context;
	const struct utxo *u = &a->follow.utxo;
	uint64_t from, to;
	size_t n = 0;

	if (!range(a, q, &from, &to, e))
		return false;
	buf_json_key(answer, "deposits");
	buf_byte(answer, '[');
	for (size_t i = 0; i < u->n; i++) {
		const struct utxo_coin *c = &u->coins[i];

		if (c->place.chain != 0 || c->height < from || c->height > to)
			continue;
		if (no_more_room(answer))
			return frame_fail(e, FRAME_REFUSED, "TOO_LARGE", "ask for fewer blocks");
		buf_str(answer, n++ ? ",{" : "{");
		build_txid(answer, "txId", c->txid);
		buf_json_member_u64(answer, "vout", c->vout);
		buf_json_member_u64(answer, "index", c->place.index);
		build_amount(answer, "amount", c->amount);
		buf_json_member_u64(answer, "height", c->height);
		buf_json_member_u64(answer, "confirmations", a->follow.height + 1 - c->height);
		buf_byte(answer, '}');
	}
	buf_byte(answer, ']');
	buf_json_member_u64(answer, "toHeight", to);
	return true;
}
