/* poll, balance, height. */
#include "hex.h"
#include "number.h"
#include "tron_ops.h"
#include "tron_poll.h"
#include "utc.h"

/* A head older than this: the node is not with the chain. */
#define HEAD_AGE_S 60

static bool
read_versions(const struct frame_request *q, struct tron_version out[], size_t *n,
	      struct frame_error *e)
{
	struct json_walk w;
	unsigned char id[TRON_ID_BYTES];
	struct frame_version v;
	struct span time;

	*n = 0;
	if (!q->versions.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "versions are wanted");
	w = json_walk(q->versions);
	for (; frame_next_version(&w, &v, e); ++*n) {
		if (!hex_parse(v.tx_id, false, id, sizeof id))
			return frame_fail(e, FRAME_REQUEST, "TX_ID", "txId is 64 hex digits");
		out[*n].tx_id = v.tx_id;
		if (!v.expiry.ptr || !json_find(v.expiry, "time", &time) ||
		    !number_u64(time, &out[*n].expires_s))
			out[*n].expires_s = UINT64_MAX;
	}
	if (e->code[0])
		return false;
	return *n > 0 || frame_fail(e, FRAME_REQUEST, "MEMBER", "versions are wanted");
}

static bool
ask_infos(struct tron_settle *s, bool solid, const struct tron_version versions[], size_t n,
	  const struct tron_payment *p, struct tron_info out[], struct frame_error *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!tron_ask_info(&s->node, solid, versions[i].tx_id, p, &out[i], e))
			return false;
	}
	return true;
}

static void
print_block(const struct tron_block *block, struct buf *answer)
{
	char id[TRON_ID_TEXT_MAX];

	hex_print(block->id, TRON_ID_BYTES, id);
	buf_json_key(answer, "block");
	buf_byte(answer, '{');
	buf_json_member_u64(answer, "height", block->number);
	buf_json_member_string(answer, "hash", span_of(id));
	buf_byte(answer, '}');
}

static bool
print_status(const char *status, const struct tron_block *head, struct buf *answer)
{
	buf_json_member_string(answer, "status", span_of(status));
	buf_json_member_u64(answer, "height", head->number);
	return true;
}

/* In a block: did it do what it was to do? */
static void
print_effect(const struct tron_order *o, const struct tron_info *info,
	     const struct tron_block *head, struct buf *answer)
{
	bool moved = info->moved == o->amount;

	tron_member_amount(answer, "fee", info->fee);
	if (!info->failed && moved) {
		tron_member_amount(answer, "moved", info->moved);
		print_status("mined", head, answer);
		return;
	}
	buf_json_member_string(answer, "code",
			       info->failed ? span_of(info->code) : SPAN_LIT("MOVED_OTHER"));
	buf_json_member_string(answer, "msg",
			       info->failed
				   ? span_of(info->why)
				   : SPAN_LIT("the Transfer events are not the payment's"));
	print_status("failed", head, answer);
}

static bool
print_landed(struct tron_settle *s, const struct tron_order *o, const struct tron_payment *p,
	     struct span tx_id, const struct tron_info *info, struct buf *answer,
	     struct frame_error *e)
{
	struct tron_block head, block;
	struct tron_info solid;
	bool within;

	if (!tron_ask_info(&s->node, true, tx_id, p, &solid, e) ||
	    !tron_ask_block(&s->node, info->block, tx_id, &block, &within, e) ||
	    !tron_ask_head(&s->node, &head, e))
		return false;
	buf_json_member_string(answer, "txId", tx_id);
	/* the block of that height is another one by now */
	if (!within)
		return print_status("pending", &head, answer);
	buf_json_member_u64(answer, "confirmations",
			    tron_poll_confirmations(head.number, block.number,
						    solid.found && solid.block == info->block,
						    TRON_SOLID));
	print_block(&block, answer);
	print_effect(o, info, &head, answer);
	return true;
}

/* No version is in a block: waiting, dead, or nobody knows. */
static bool
print_missing(struct tron_settle *s, const struct tron_version versions[], size_t n,
	      const struct tron_payment *p, const struct tron_block *solid, struct buf *answer,
	      struct frame_error *e)
{
	struct tron_info infos[FRAME_VERSIONS_MAX];
	struct tron_block head;

	if (!tron_ask_head(&s->node, &head, e))
		return false;
	for (size_t i = n; i-- > 0;) {
		if (tron_ask_pending(&s->node, versions[i].tx_id)) {
			buf_json_member_string(answer, "txId", versions[i].tx_id);
			return print_status("pending", &head, answer);
		}
	}
	if (!tron_poll_expired(versions, n, solid))
		return print_status("unknown", &head, answer);
	if (!ask_infos(s, true, versions, n, p, infos, e))
		return false;
	if (tron_poll_choose(infos, n) < n)
		return print_status("unknown", &head, answer);
	buf_json_member_u64(answer, "confirmations", TRON_SOLID);
	buf_json_member_string(answer, "code", SPAN_LIT("EXPIRED"));
	buf_json_member_string(answer, "msg", SPAN_LIT("every version is past its expiration"));
	return print_status("dead", &head, answer);
}

bool
tron_op_poll(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	struct tron_version versions[FRAME_VERSIONS_MAX];
	struct tron_info infos[FRAME_VERSIONS_MAX];
	struct tron_settle *s = context;
	struct tron_payment p;
	struct tron_block solid;
	struct tron_order o;
	size_t n, at;

	/* the solid block first: what lands after it cannot have expired by it */
	if (!tron_check_chain(s, e) || !tron_read_order(s, q, &o, e) ||
	    !read_versions(q, versions, &n, e) || !tron_ask_solid(&s->node, &solid, e))
		return false;
	p = (struct tron_payment){s->wallet.contract, o.pull ? o.payer : s->wallet.owner, o.to};
	if (!ask_infos(s, false, versions, n, &p, infos, e))
		return false;
	at = tron_poll_choose(infos, n);
	if (at == n)
		return print_missing(s, versions, n, &p, &solid, answer, e);
	return print_landed(s, &o, &p, versions[at].tx_id, &infos[at], answer, e);
}

/* ---- balance, height ---- */

bool
tron_op_balance(void *context, const struct frame_request *q, struct buf *answer,
		struct frame_error *e)
{
	struct tron_settle *s = context;
	struct tron_address pair[2] = {s->wallet.owner, s->wallet.owner};
	decimal_int tokens, allowance;
	uint64_t sun;

	if (!tron_check_chain(s, e) ||
	    (q->asset.ptr && !token_adapter_pays(s->asset, q->asset, e)) ||
	    (q->address.ptr && !tron_read_address(q->address, "address", &pair[0], e)) ||
	    (q->spender.ptr && !tron_read_address(q->spender, "spender", &pair[1], e)) ||
	    !tron_ask_number(&s->node, &s->wallet.owner, &s->wallet.contract, "balanceOf(address)",
			     pair, 1, &tokens, e) ||
	    (q->spender.ptr &&
	     !tron_ask_number(&s->node, &s->wallet.owner, &s->wallet.contract,
			      "allowance(address,address)", pair, 2, &allowance, e)) ||
	    !tron_ask_balance(&s->node, &pair[0], &sun, e))
		return false;
	buf_json_member_string(answer, "asset", span_of(s->asset));
	tron_member_amount(answer, "amount", tokens);
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("TRX"));
	tron_member_amount(answer, "feeAmount", sun);
	if (q->spender.ptr)
		tron_member_amount(answer, "allowance", allowance);
	return true;
}

bool
tron_op_height(void *context, const struct frame_request *q, struct buf *answer,
	       struct frame_error *e)
{
	struct tron_settle *s = context;
	char id[TRON_ID_TEXT_MAX];
	struct tron_block head;
	int64_t time;

	(void)q;
	if (!tron_ask_head(&s->node, &head, e))
		return false;
	hex_print(head.id, TRON_ID_BYTES, id);
	time = head.timestamp_ms / 1000;
	buf_json_member_u64(answer, "height", head.number);
	buf_json_member_string(answer, "hash", span_of(id));
	buf_json_member_i64(answer, "time", time);
	buf_json_member_bool(answer, "syncing", utc_now_us() / 1000000 - time > HEAD_AGE_S);
	return true;
}
