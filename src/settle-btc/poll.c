#include "poll.h"

#include "build.h"
#include "hex.h"
#include "number.h"

/* Outputs that are asked for: the payment stands first, the change behind the payments. */
#define OUTPUTS_LOOKED_AT 2

struct version {
	struct span tx_id_text, kind;
	struct span spends;
	unsigned char txid[HASH_BYTES];
};

struct polled {
	struct version versions[FRAME_VERSIONS_MAX];
	size_t n;
	struct btc_script to;
	unsigned char hint[HASH_BYTES];
	bool has_hint;
};

struct found {
	bool mined, pending;
	size_t version;
	uint64_t height;
	unsigned char block[HASH_BYTES];
};

static bool
read_request(struct adapter *a, const struct frame_request *q, struct polled *p,
	     struct frame_error *e)
{
	struct json_walk w = json_walk(q->versions);
	struct frame_version v;
	struct span hash;

	*p = (struct polled){0};
	e->code[0] = 0;
	if (!build_check_request(a, q, e) || !frame_payment(q, e))
		return false;
	if (!btc_address_parse(q->to, a->wallet.network, &p->to))
		return frame_fail(e, FRAME_REFUSED, "BAD_ADDRESS", "no address of this network");
	while (frame_next_version(&w, &v, e)) {
		struct version *out = &p->versions[p->n];

		if (p->n == FRAME_VERSIONS_MAX || !btc_txid_parse(v.tx_id, out->txid))
			return frame_fail(e, FRAME_REQUEST, "VERSION", "a version is malformed");
		out->tx_id_text = v.tx_id;
		out->kind = v.kind;
		out->spends = v.spends;
		p->n++;
	}
	if (e->code[0])
		return false;
	p->has_hint = q->block.ptr && json_find(q->block, "hash", &hash) &&
		      json_plain(hash, &hash) && btc_txid_parse(hash, p->hint);
	return p->n > 0 || frame_fail(e, FRAME_REQUEST, "VERSION", "no versions");
}

static bool
is_child(const struct version *v)
{
	return span_is(v->kind, "child");
}

/* The height of a block of the best chain; *found false for one that is not in it. */
static bool
height_of(struct adapter *a, const unsigned char hash[HASH_BYTES], uint64_t confirmations,
	  uint64_t *height, bool *found, struct frame_error *e)
{
	unsigned char best[HASH_BYTES];
	uint64_t tip = a->follow.height;

	*found = false;
	if (confirmations == 0 || confirmations > tip + 1)
		return true;
	*height = tip + 1 - confirmations;
	if (!node_block_hash(&a->node, *height, best, e))
		return false;
	*found = memcmp(best, hash, HASH_BYTES) == 0;
	return true;
}

/* By its id: the mempool, an index, or the block where it was seen last. */
static bool
ask_by_id(struct adapter *a, const struct polled *p, size_t i, struct found *out,
	  struct frame_error *e)
{
	struct node_tx tx;
	bool there;

	if (!node_tx(&a->node, p->versions[i].txid, NULL, &tx, e))
		return false;
	if (!tx.there && p->has_hint && !node_tx(&a->node, p->versions[i].txid, p->hint, &tx, e))
		return false;
	if (!tx.there)
		return true;
	if (!tx.mined) {
		out->pending = true;
		out->version = i;
		return true;
	}
	if (!height_of(a, tx.block, tx.confirmations, &out->height, &there, e))
		return false;
	if (!there)
		return true;
	memcpy(out->block, tx.block, HASH_BYTES);
	out->mined = true;
	out->version = i;
	return true;
}

/* By its outputs that nobody has spent. */
static bool
ask_by_outputs(struct adapter *a, const struct polled *p, size_t i, struct found *out,
	       struct frame_error *e)
{
	for (uint32_t vout = 0; vout < OUTPUTS_LOOKED_AT; vout++) {
		struct node_coin coin;

		if (!node_coin(&a->node, p->versions[i].txid, vout, true, &coin, e))
			return false;
		if (!coin.there)
			continue;
		out->version = i;
		if (coin.confirmations == 0 || coin.confirmations > a->follow.height + 1) {
			out->pending = true;
			return true;
		}
		out->height = a->follow.height + 1 - coin.confirmations;
		out->mined = node_block_hash(&a->node, out->height, out->block, e);
		return out->mined;
	}
	return true;
}

/* By the wallet's own coins: a block that spends one names the spender. */
static bool
look_in_blocks(struct adapter *a, const struct polled *p, struct found *out, struct frame_error *e)
{
	for (size_t i = 0; i < p->n && !out->mined; i++) {
		struct json_walk w = json_walk(p->versions[i].spends);
		struct span spend;

		while (p->versions[i].spends.ptr && json_next_element(&w, &spend)) {
			unsigned char txid[HASH_BYTES];
			const struct utxo_coin *c;
			uint32_t vout;

			if (!json_plain(spend, &spend) || !build_spend_parse(spend, txid, &vout))
				return frame_fail(e, FRAME_REQUEST, "VERSION", "no TXID:VOUT");
			c = utxo_find(&a->follow.utxo, txid, vout);
			if (!c || !c->spent_height ||
			    memcmp(c->spender, p->versions[i].txid, HASH_BYTES) != 0)
				continue;
			out->mined = true;
			out->version = i;
			out->height = c->spent_height;
			return node_block_hash(&a->node, out->height, out->block, e);
		}
	}
	return true;
}

static bool
find(struct adapter *a, const struct polled *p, struct found *out, struct frame_error *e)
{
	struct found pending = {0};

	*out = (struct found){0};
	if (!look_in_blocks(a, p, out, e))
		return false;
	for (size_t i = p->n; i-- > 0 && !out->mined;) {
		*out = (struct found){0};
		if (is_child(&p->versions[i]))
			continue;
		if (!ask_by_id(a, p, i, out, e) ||
		    (!out->mined && !out->pending && !ask_by_outputs(a, p, i, out, e)))
			return false;
		if (out->pending && !pending.pending)
			pending = *out;
	}
	if (!out->mined)
		*out = pending;
	return true;
}

/* ---- is it dead? ---- */

static bool
is_ours(const struct polled *p, const unsigned char txid[HASH_BYTES])
{
	for (size_t i = 0; i < p->n; i++)
		if (memcmp(p->versions[i].txid, txid, HASH_BYTES) == 0)
			return true;
	return false;
}

static bool
all_need(const struct polled *p, struct span spend)
{
	for (size_t i = 0; i < p->n; i++)
		if (!is_child(&p->versions[i]) && !frame_listed(p->versions[i].spends, spend))
			return false;
	return true;
}

/* Was a spend that every version needs taken by another transaction, in a block? *height 0: no. */
static bool
find_killer(struct adapter *a, const struct polled *p, uint64_t *height, struct frame_error *e)
{
	struct json_walk w = json_walk(p->versions[0].spends);
	struct span spend;

	*height = 0;
	while (p->versions[0].spends.ptr && json_next_element(&w, &spend)) {
		unsigned char txid[HASH_BYTES], spender[HASH_BYTES];
		struct node_coin coin;
		uint32_t vout;

		if (!json_plain(spend, &spend) || !build_spend_parse(spend, txid, &vout))
			return frame_fail(e, FRAME_REQUEST, "VERSION", "no TXID:VOUT");
		if (!all_need(p, spend))
			continue;
		if (!node_coin(&a->node, txid, vout, false, &coin, e))
			return false;
		if (coin.there)
			continue;
		if (!follow_spender(&a->follow, txid, vout, spender, height, e))
			return false;
		if (*height && !is_ours(p, spender))
			return true;
		*height = 0;
	}
	return true;
}

/* ---- answers ---- */

static void
print_place(struct adapter *a, const struct found *f, struct buf *answer)
{
	char text[BTC_TXID_TEXT];

	buf_json_member_u64(answer, "confirmations", a->follow.height + 1 - f->height);
	btc_txid_print(f->block, text);
	buf_json_key(answer, "block");
	buf_byte(answer, '{');
	buf_json_member_u64(answer, "height", f->height);
	buf_json_member_string(answer, "hash", span_of(text));
	buf_byte(answer, '}');
	buf_json_member_u64(answer, "height", a->follow.height);
}

struct seen_tx {
	const unsigned char *txid;
	struct span to;
	bool found;
	uint64_t moved, out_sum;
	const struct utxo *utxo;
	uint64_t in_sum;
	bool in_known;
};

static void
see(void *context, const struct btc_view *tx, uint64_t at)
{
	struct seen_tx *s = context;
	unsigned char txid[HASH_BYTES];
	struct btc_output out;
	struct btc_input in;
	struct cursor c;

	(void)at;
	if (s->found)
		return;
	btc_view_txid(tx, txid);
	if (memcmp(txid, s->txid, HASH_BYTES) != 0)
		return;
	s->found = s->in_known = true;
	c = btc_view_outputs(tx);
	while (cursor_left(&c) && btc_next_output(&c, &out)) {
		s->out_sum += out.amount;
		if (span_equal(out.script, s->to))
			s->moved += out.amount;
	}
	c = btc_view_inputs(tx);
	while (cursor_left(&c) && btc_next_input(&c, &in)) {
		const struct utxo_coin *coin = utxo_find(s->utxo, in.txid, in.vout);

		s->in_known &= coin != NULL;
		s->in_sum += coin ? coin->amount : 0;
	}
}

/* The transaction as it stands in its block, whose root was checked: what it moved, what it cost.
 */
static bool
print_mined(struct adapter *a, const struct polled *p, const struct found *f,
	    const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	const struct version *v = &p->versions[f->version];
	struct seen_tx seen = {
	    .txid = v->txid, .to = btc_script_span(&p->to), .utxo = &a->follow.utxo};
	uint64_t amount = 0;
	struct span block;
	bool paid;

	if (!node_block(&a->node, f->block, &block, e))
		return false;
	if (!btc_block_walk(block, f->block, see, &seen) || !seen.found)
		return frame_fail(e, FRAME_RETRY, "BAD_BLOCK", "the block does not hold it");
	number_u64(q->amount, &amount);
	/* one transaction may pay one address for several jobs */
	paid = span_is(v->kind, "cancel") || seen.moved >= amount;
	buf_json_member_string(answer, "status", paid ? SPAN_LIT("mined") : SPAN_LIT("failed"));
	buf_json_member_string(answer, "txId", v->tx_id_text);
	print_place(a, f, answer);
	if (!paid) {
		buf_json_member_string(answer, "code", SPAN_LIT("PAID_LESS"));
		buf_json_member_string(answer, "msg", SPAN_LIT("it moved another amount"));
	}
	build_amount(answer, "moved", paid && seen.moved >= amount ? amount : seen.moved);
	if (seen.in_known && seen.in_sum >= seen.out_sum)
		build_amount(answer, "fee", seen.in_sum - seen.out_sum);
	return true;
}

static bool
print_lost(struct adapter *a, const struct polled *p, struct buf *answer, struct frame_error *e)
{
	uint64_t height;

	if (a->follow.syncing)
		height = 0;
	else if (!find_killer(a, p, &height, e))
		return false;
	buf_json_member_string(answer, "status", height ? SPAN_LIT("dead") : SPAN_LIT("unknown"));
	if (height) {
		buf_json_member_u64(answer, "confirmations", a->follow.height + 1 - height);
		buf_json_member_string(answer, "code", SPAN_LIT("SPENT"));
	}
	buf_json_member_u64(answer, "height", a->follow.height);
	return true;
}

bool
poll_payment(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	static struct polled p;
	struct adapter *a = context;
	struct found f;

	if (!read_request(a, q, &p, e) || !follow_sync(&a->follow, e) || !find(a, &p, &f, e))
		return false;
	if (f.mined)
		return print_mined(a, &p, &f, q, answer, e);
	if (!f.pending)
		return print_lost(a, &p, answer, e);
	buf_json_member_string(answer, "status", SPAN_LIT("pending"));
	buf_json_member_string(answer, "txId", p.versions[f.version].tx_id_text);
	buf_json_member_u64(answer, "height", a->follow.height);
	return true;
}
