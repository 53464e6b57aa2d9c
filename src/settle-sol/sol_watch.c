/* poll, balance, height. */
#include "base58.h"
#include "number.h"
#include "sol_ops.h"
#include "sol_poll.h"

static bool
read_versions(const struct frame_request *q, struct sol_version out[], struct span ids[], size_t *n,
	      struct frame_error *e)
{
	struct json_walk w = json_walk(q->versions);
	unsigned char signature[SOL_SIGNATURE_BYTES];
	struct frame_version v;
	struct span height;
	size_t len;

	for (*n = 0; frame_next_version(&w, &v, e); ++*n) {
		if (!base58_parse(v.tx_id, signature, sizeof signature, &len) ||
		    len != sizeof signature)
			return frame_fail(e, FRAME_REQUEST, "TX_ID", "txId is no signature");
		ids[*n] = out[*n].tx_id = v.tx_id;
		if (!v.expiry.ptr || !json_find(v.expiry, "height", &height) ||
		    !number_u64(height, &out[*n].last_valid))
			out[*n].last_valid = UINT64_MAX;
	}
	return !e->code[0];
}

static void
print_block(const struct sol_block *block, struct buf *answer)
{
	buf_json_key(answer, "block");
	buf_byte(answer, '{');
	buf_json_member_u64(answer, "height", block->height);
	sol_member_key(answer, "hash", &block->hash);
	buf_byte(answer, '}');
}

static bool
print_status(const char *status, uint64_t height, struct buf *answer)
{
	buf_json_member_string(answer, "status", span_of(status));
	buf_json_member_u64(answer, "height", height);
	return true;
}

/* In a block that most validators have voted for: what did it do? */
static bool
print_landed(struct sol_settle *s, const struct frame_request *q, const struct sol_status *status,
	     struct span id, struct buf *answer, struct frame_error *e)
{
	struct frame_error why = {0};
	struct sol_epoch head;
	struct sol_landed l;
	struct sol_block block;
	struct sol_order o;
	bool found, good;

	if (!sol_read_order(s, q, &o, e) || !sol_ask_epoch(&s->node, "confirmed", &head, e))
		return false;
	if (status->failed) /* the span dies with the next call */
		sol_fail(status->err, &why);
	if (!sol_ask_landed(&s->node, id, &l, &found, e))
		return false;
	if (!found) {
		buf_json_member_string(answer, "txId", id);
		return print_status("pending", head.height, answer);
	}
	if (!sol_ask_block(&s->node, l.slot, &block, e))
		return false;
	good = !l.failed && sol_poll_moved(&l, &o.to, &s->wallet.mint, o.amount, &why);
	buf_json_member_string(answer, "txId", id);
	buf_json_member_u64(answer, "confirmations",
			    sol_poll_confirmations(head.height, &block, status->commitment));
	print_block(&block, answer);
	if (good)
		sol_member_amount(answer, "moved", l.moved);
	sol_member_amount(answer, "fee", l.paid);
	if (!good) {
		buf_json_member_string(answer, "code", span_of(why.code));
		buf_json_member_string(answer, "msg", span_of(why.msg));
	}
	return print_status(good ? "mined" : "failed", head.height, answer);
}

/* No version has landed: are they dead, or may they still come? */
static bool
print_missing(struct sol_settle *s, const struct sol_version versions[], size_t n,
	      const struct sol_epoch *final, uint64_t looked, struct buf *answer,
	      struct frame_error *e)
{
	uint64_t first, last = 0;

	if (!sol_poll_expired(versions, n, final) || looked < final->slot)
		return print_status("unknown", final->height, answer);
	if (!sol_ask_first_slot(&s->node, &first, e))
		return false;
	/* a node that has forgotten the blocks proves nothing by its silence */
	if (first > sol_poll_oldest(versions, n, final))
		return print_status("unknown", final->height, answer);
	for (size_t i = 0; i < n; i++)
		last = versions[i].last_valid > last ? versions[i].last_valid : last;
	buf_json_member_u64(answer, "confirmations", SOL_FINAL + (final->height - last));
	buf_json_member_string(answer, "code", SPAN_LIT("EXPIRED"));
	buf_json_member_string(answer, "msg",
			       SPAN_LIT("the blockhash of every version is too old"));
	return print_status("dead", final->height, answer);
}

bool
sol_op_poll(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct sol_version versions[SOL_VERSIONS_MAX];
	struct sol_status status[SOL_VERSIONS_MAX];
	struct span ids[SOL_VERSIONS_MAX];
	struct sol_settle *s = context;
	struct sol_epoch final;
	uint64_t looked;
	size_t n, at;

	if (!frame_payment(q, e))
		return false;
	if (!q->versions.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "versions are wanted");
	/* the height first: what lands after it cannot have expired by it */
	if (!sol_check_chain(s, e) || !read_versions(q, versions, ids, &n, e) ||
	    !sol_ask_epoch(&s->node, "finalized", &final, e))
		return false;
	if (n == 0)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "versions are wanted");
	if (!sol_ask_statuses(&s->node, ids, n, status, &looked, e))
		return false;
	at = sol_poll_choose(status, n);
	if (at == n)
		return print_missing(s, versions, n, &final, looked, answer, e);
	if (status[at].commitment == SOL_PROCESSED) {
		buf_json_member_string(answer, "txId", ids[at]);
		return print_status("pending", final.height, answer);
	}
	return print_landed(s, q, &status[at], ids[at], answer, e);
}

/* ---- balance, height ---- */

bool
sol_op_balance(void *context, const struct frame_request *q, struct buf *answer,
	       struct frame_error *e)
{
	enum { TOKENS, LAMPORTS, N };
	struct sol_settle *s = context;
	struct sol_key wallet = s->wallet.authority, at[N];
	struct sol_token token = {0};
	struct sol_account a[N];

	if (!sol_check_chain(s, e) ||
	    (q->asset.ptr && !token_adapter_pays(s->asset, q->asset, e)) ||
	    (q->address.ptr && !sol_read_address(q->address, "address", &wallet, e)))
		return false;
	at[LAMPORTS] = q->address.ptr ? wallet : s->wallet.payer;
	if (!sol_token_account(&wallet, &s->wallet.mint, &at[TOKENS], NULL))
		return frame_fail(e, FRAME_REFUSED, "ADDRESS", "no account can be derived");
	if (!sol_ask_accounts(&s->node, at, N, a, e))
		return false;
	if (a[TOKENS].exists && !sol_read_token(&a[TOKENS], &token))
		token.amount = 0;
	buf_json_member_string(answer, "asset", span_of(s->asset));
	sol_member_amount(answer, "amount", token.amount);
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("SOL"));
	sol_member_amount(answer, "feeAmount", a[LAMPORTS].exists ? a[LAMPORTS].lamports : 0);
	return true;
}

bool
sol_op_height(void *context, const struct frame_request *q, struct buf *answer,
	      struct frame_error *e)
{
	struct sol_settle *s = context;
	struct sol_blockhash newest;
	struct sol_epoch head;
	uint64_t time;
	bool healthy;

	(void)q;
	s->node.blockhash_us = 0;
	if (!sol_ask_healthy(&s->node, &healthy, e) ||
	    !sol_ask_epoch(&s->node, "confirmed", &head, e) ||
	    !sol_ask_blockhash(&s->node, &newest, e) ||
	    !sol_ask_time(&s->node, newest.slot, &time, e))
		return false;
	buf_json_member_u64(answer, "height", head.height);
	sol_member_key(answer, "hash", &newest.hash);
	buf_json_member_u64(answer, "time", time);
	buf_json_member_bool(answer, "syncing", !healthy);
	return true;
}
