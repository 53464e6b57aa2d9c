/* info, address, balance, height, transfers: what is only looked at (adapter(5)). */
#include "evm_job.h"
#include "evm_node.h"
#include "evm_ops.h"

/* Blocks that one eth_getLogs is asked for; nodes that allow fewer are asked for fewer. */
#define LOG_BLOCKS 2000
/* A transfer prints to some 200 bytes, and an answer has at most 1 MiB. */
#define TRANSFERS_MAX 4000

bool
evm_info(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct evm_node *n = context;
	const struct evm_settings *s = n->settings;
	char network[U256_DECIMAL_MAX];

	(void)q;
	if (!evm_node_check(n, e))
		return false;
	u256_print_decimal(u256_of(s->chain_id), network);
	buf_json_member_string(answer, "chain", span_of(s->chain));
	buf_json_member_string(answer, "network", span_of(network));
	buf_str(answer, ",\"assets\":[{");
	buf_json_member_string(answer, "asset", span_of(s->asset));
	buf_json_member_u64(answer, "decimals", s->decimals);
	evm_member_address(answer, "contract", &s->contract);
	buf_json_member_string(answer, "dust", SPAN_LIT("1"));
	buf_str(answer, "}]");
	buf_json_member_string(answer, "feeAsset", span_of(s->fee_asset));
	buf_json_member_u64(answer, "feeDecimals", 18);
	evm_member_address(answer, "wallet", &s->wallet);
	buf_json_member_u64(answer, "confirmations", s->confirmations);
	buf_json_member_bool(answer, "expires", false);
	buf_json_member_bool(answer, "replaces", true);
	buf_json_member_bool(answer, "ordered", true);
	buf_json_member_u64(answer, "blockMs", s->block_ms);
	return true;
}

/* ---- address ---- */

bool
evm_address_op(void *context, const struct frame_request *q, struct buf *answer,
	       struct frame_error *e)
{
	const struct evm_node *n = context;
	struct evm_address a;

	if (q->asset.ptr && !span_is(q->asset, n->settings->asset))
		return frame_fail(e, FRAME_REFUSED, "ASSET", "this adapter pays %s",
				  n->settings->asset);
	if (!evm_job_address(q->address, "address", NULL, &a, e))
		return false;
	evm_member_address(answer, "address", &a);
	return true;
}

/* ---- balance, height ---- */

bool
evm_balance(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct evm_node *n = context;
	const struct evm_settings *s = n->settings;
	struct evm_address who, spender;
	struct u256 tokens, native, allowance;

	if (!evm_job_address(q->address, "address", &s->wallet, &who, e) ||
	    !evm_job_address(q->spender, "spender", &s->wallet, &spender, e) ||
	    !evm_node_check(n, e) || !evm_node_balance(n, &who, &tokens, e) ||
	    !evm_node_native(n, &who, &native, e))
		return false;
	if (q->spender.ptr && !evm_node_allowance(n, &who, &spender, &allowance, e))
		return false;
	buf_json_member_string(answer, "asset", span_of(s->asset));
	evm_member_u256(answer, "amount", tokens);
	buf_json_member_string(answer, "feeAsset", span_of(s->fee_asset));
	evm_member_u256(answer, "feeAmount", native);
	if (q->spender.ptr)
		evm_member_u256(answer, "allowance", allowance);
	return true;
}

bool
evm_height(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct evm_node *n = context;
	struct evm_block head;
	char hash[EVM_HASH_TEXT_MAX];
	bool syncing;

	(void)q;
	if (!evm_node_check(n, e) || !evm_node_head(n, &head, e) ||
	    !evm_node_syncing(n, &syncing, e))
		return false;
	buf_json_member_u64(answer, "height", head.number);
	evm_hash_print(&head.hash, hash);
	buf_json_member_string(answer, "hash", span_of(hash));
	buf_json_member_u64(answer, "time", head.time);
	buf_json_member_bool(answer, "syncing", syncing);
	return true;
}

/* ---- transfers ---- */

static bool
add_transfer(const struct evm_log *log, struct buf *answer)
{
	char txid[EVM_HASH_TEXT_MAX];

	if (answer->ptr[answer->len - 1] == '}')
		buf_byte(answer, ',');
	buf_byte(answer, '{');
	evm_hash_print(&log->tx, txid);
	buf_json_member_string(answer, "txId", span_of(txid));
	evm_member_address(answer, "to", &log->to);
	evm_member_u256(answer, "amount", log->amount);
	buf_json_member_u64(answer, "height", log->number);
	buf_byte(answer, '}');
	return true;
}

/* Logs that the filter let through although they are no transfer of this account are a lie. */
static bool
add_transfers(struct span logs, const struct evm_settings *s, const struct evm_address *who,
	      struct buf *answer, struct frame_error *e)
{
	struct json_walk w = json_walk(logs);
	struct span element;
	struct evm_log log;

	buf_str(answer, ",\"transfers\":[");
	while (json_next_element(&w, &element)) {
		if (!evm_answer_log(element, true, &log) || !log.transfer ||
		    !evm_address_equal(&log.contract, &s->contract) ||
		    !evm_address_equal(&log.from, who))
			return frame_fail(e, FRAME_RETRY, "BAD_ANSWER",
					  "eth_getLogs: not what was asked for");
		if (!log.removed && !evm_address_equal(&log.to, who))
			add_transfer(&log, answer);
	}
	buf_byte(answer, ']');
	return true;
}

static size_t
count_elements(struct span array)
{
	struct json_walk w = json_walk(array);
	struct span element;
	size_t n = 0;

	while (json_next_element(&w, &element))
		n++;
	return n;
}

/* Up to `last`, or less where the node or the answer cannot hold so much. */
static bool
fetch_transfers(struct evm_node *n, const struct evm_address *who, uint64_t first, uint64_t *last,
		struct span *logs, struct frame_error *e)
{
	for (;;) {
		bool ok = evm_node_transfers(n, who, first, *last, logs, e);

		if (ok && count_elements(*logs) <= TRANSFERS_MAX)
			return true;
		if (!ok && !rpc_said_no(&n->rpc))
			return false;
		if (*last == first)
			return ok ? frame_fail(e, FRAME_REFUSED, "TOO_LONG",
					       "more transfers in a block than an answer holds")
				  : false;
		*last = first + (*last - first) / 4;
	}
}

bool
evm_transfers(void *context, const struct frame_request *q, struct buf *answer,
	      struct frame_error *e)
{
	struct evm_node *n = context;
	struct evm_address who;
	struct evm_block head;
	uint64_t first, last;
	struct span logs;

	if (!frame_u64(q, "fromHeight", &first, e) || !frame_u64(q, "toHeight", &last, e) ||
	    !evm_job_address(q->address, "address", &n->settings->wallet, &who, e) ||
	    !evm_node_check(n, e) || !evm_node_head(n, &head, e))
		return false;
	if (first > last)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "fromHeight is above toHeight");
	last = last < head.number ? last : head.number;
	if (first > last)
		return frame_fail(e, FRAME_RETRY, "HEIGHT", "the chain is not that high");
	if (last - first >= LOG_BLOCKS)
		last = first + LOG_BLOCKS - 1;
	if (!fetch_transfers(n, &who, first, &last, &logs, e) ||
	    !add_transfers(logs, n->settings, &who, answer, e))
		return false;
	buf_json_member_u64(answer, "toHeight", last);
	return true;
}
