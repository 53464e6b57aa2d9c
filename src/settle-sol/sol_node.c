#include "sol_node.h"

#include "base64.h"
#include "number.h"
#include "utc.h"

#include <stdio.h>

#define PARAMS_MAX (32u << 10)

/* the node's own codes */
enum {
	NODE_BEHIND = -32005,
	PREFLIGHT_FAILED = -32002,
	SIGNATURE_FAILED = -32003,
};

void
sol_node_init(struct sol_node *n)
{
	*n = (struct sol_node){0};
	rpc_init(&n->rpc, "SOL_RPC_URL", "https://api.mainnet-beta.solana.com");
	buf_init(&n->params, PARAMS_MAX);
}

void
sol_node_release(struct sol_node *n)
{
	rpc_release(&n->rpc);
	buf_release(&n->params);
}

static bool
bad_answer(const char *method, struct frame_error *e)
{
	return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "%s: not as documented", method);
}

/* Call with what stands in n->params. */
static bool
ask(struct sol_node *n, const char *method, struct span *result, struct frame_error *e)
{
	if (!buf_ok(&n->params))
		return frame_fail(e, FRAME_REQUEST, "TOO_LONG", "%s: too many parameters", method);
	if (rpc_call(&n->rpc, method, buf_span(&n->params), result, e))
		return true;
	if (rpc_said_no(&n->rpc) && n->rpc.error_code == NODE_BEHIND)
		frame_fail(e, FRAME_RETRY, "NODE_BEHIND", "the node is behind the chain");
	return false;
}

static void
params(struct sol_node *n, const char *text)
{
	buf_clear(&n->params);
	buf_str(&n->params, text);
}

static void
add_key(struct sol_node *n, const struct sol_key *key)
{
	char text[SOL_KEY_TEXT_MAX];

	if (n->params.ptr[n->params.len - 1] != '[')
		buf_byte(&n->params, ',');
	sol_key_print(key, text);
	buf_json_string(&n->params, span_of(text));
}

bool
sol_ask_network(struct sol_node *n, struct frame_error *e)
{
	struct span result, text;
	struct sol_key hash;

	params(n, "[]");
	if (!ask(n, "getGenesisHash", &result, e))
		return false;
	if (!json_plain(result, &text) || !sol_key_parse(text, &hash))
		return bad_answer("getGenesisHash", e);
	sol_key_print(&hash, n->network);
	return true;
}

bool
sol_ask_accounts(struct sol_node *n, const struct sol_key keys[], size_t count,
		 struct sol_account out[], struct frame_error *e)
{
	struct span result;

	params(n, "[[");
	for (size_t i = 0; i < count; i++)
		add_key(n, &keys[i]);
	buf_str(&n->params, "],{\"encoding\":\"base64\",\"commitment\":\"confirmed\","
			    "\"dataSlice\":{\"offset\":0,\"length\":");
	buf_u64(&n->params, SOL_SLICE_BYTES);
	buf_str(&n->params, "}}]");
	return ask(n, "getMultipleAccounts", &result, e) &&
	       (sol_read_accounts(result, out, count) || bad_answer("getMultipleAccounts", e));
}

bool
sol_ask_blockhash(struct sol_node *n, struct sol_blockhash *out, struct frame_error *e)
{
	int64_t now = utc_monotonic_us();
	struct span result;

	if (!n->blockhash_us || now - n->blockhash_us > SOL_CACHE_US) {
		/* not "finalized": that one has lost a fifth of its life already */
		params(n, "[{\"commitment\":\"confirmed\"}]");
		if (!ask(n, "getLatestBlockhash", &result, e))
			return false;
		if (!sol_read_blockhash(result, &n->blockhash))
			return bad_answer("getLatestBlockhash", e);
		n->blockhash_us = now;
	}
	*out = n->blockhash;
	return true;
}

bool
sol_ask_price(struct sol_node *n, const struct sol_key *account, uint64_t *out,
	      struct frame_error *e)
{
	int64_t now = utc_monotonic_us();
	struct span result;

	if (!n->price_us || now - n->price_us > SOL_CACHE_US) {
		params(n, "[[");
		add_key(n, account);
		buf_str(&n->params, "]]");
		if (!ask(n, "getRecentPrioritizationFees", &result, e))
			return false;
		if (!sol_read_price(result, &n->price))
			return bad_answer("getRecentPrioritizationFees", e);
		n->price_us = now;
	}
	*out = n->price;
	return true;
}

static bool
ask_number(struct sol_node *n, const char *method, uint64_t *out, struct frame_error *e)
{
	struct span result;

	return ask(n, method, &result, e) && (number_u64(result, out) || bad_answer(method, e));
}

bool
sol_ask_rent(struct sol_node *n, uint64_t *out, struct frame_error *e)
{
	if (!n->rent) {
		params(n, "[165]");
		if (!ask_number(n, "getMinimumBalanceForRentExemption", &n->rent, e))
			return false;
	}
	*out = n->rent;
	return true;
}

bool
sol_ask_epoch(struct sol_node *n, const char *commitment, struct sol_epoch *out,
	      struct frame_error *e)
{
	struct span result;

	params(n, "[{");
	buf_json_member_string(&n->params, "commitment", span_of(commitment));
	buf_str(&n->params, "}]");
	return ask(n, "getEpochInfo", &result, e) &&
	       (sol_read_epoch(result, out) || bad_answer("getEpochInfo", e));
}

bool
sol_ask_statuses(struct sol_node *n, const struct span ids[], size_t count, struct sol_status out[],
		 uint64_t *slot, struct frame_error *e)
{
	struct span result;

	params(n, "[[");
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_byte(&n->params, ',');
		buf_json_string(&n->params, ids[i]);
	}
	buf_str(&n->params, "],{\"searchTransactionHistory\":true}]");
	return ask(n, "getSignatureStatuses", &result, e) &&
	       (sol_read_statuses(result, out, count, slot) ||
		bad_answer("getSignatureStatuses", e));
}

bool
sol_ask_landed(struct sol_node *n, struct span id, struct sol_landed *out, bool *found,
	       struct frame_error *e)
{
	struct span result;

	params(n, "[");
	buf_json_string(&n->params, id);
	buf_str(&n->params, ",{\"encoding\":\"base64\",\"commitment\":\"confirmed\","
			    "\"maxSupportedTransactionVersion\":0}]");
	if (!ask(n, "getTransaction", &result, e))
		return false;
	*found = !json_is_null(result);
	return !*found || sol_read_landed(result, out) || bad_answer("getTransaction", e);
}

bool
sol_ask_block(struct sol_node *n, uint64_t slot, struct sol_block *out, struct frame_error *e)
{
	struct span result;

	params(n, "[");
	buf_u64(&n->params, slot);
	buf_str(&n->params, ",{\"transactionDetails\":\"none\",\"rewards\":false,"
			    "\"commitment\":\"confirmed\",\"maxSupportedTransactionVersion\":0}]");
	return ask(n, "getBlock", &result, e) &&
	       (sol_read_block(result, out) || bad_answer("getBlock", e));
}

bool
sol_ask_time(struct sol_node *n, uint64_t slot, uint64_t *out, struct frame_error *e)
{
	buf_clear(&n->params);
	buf_byte(&n->params, '[');
	buf_u64(&n->params, slot);
	buf_byte(&n->params, ']');
	if (ask_number(n, "getBlockTime", out, e))
		return true;
	/* the newest block's time may not be known yet */
	*out = (uint64_t)utc_now_us() / 1000000;
	return rpc_said_no(&n->rpc);
}

bool
sol_ask_first_slot(struct sol_node *n, uint64_t *out, struct frame_error *e)
{
	params(n, "[]");
	return ask_number(n, "getFirstAvailableBlock", out, e);
}

bool
sol_ask_healthy(struct sol_node *n, bool *out, struct frame_error *e)
{
	struct span result;

	params(n, "[]");
	*out = ask(n, "getHealth", &result, e);
	return *out || rpc_said_no(&n->rpc);
}

/* The node looked at the transaction and said no: data.err says why. */
static bool
send_failed(struct sol_node *n, bool *known, struct frame_error *e)
{
	struct span err;

	if (n->rpc.error_code == SIGNATURE_FAILED)
		return frame_fail(e, FRAME_REFUSED, "SIGNATURE", "a signature is not valid");
	if (rpc_error_says(&n->rpc, "already been processed")) {
		*known = true;
		return true;
	}
	if (n->rpc.error_code != PREFLIGHT_FAILED || !n->rpc.error_data.ptr ||
	    json_type(n->rpc.error_data) != JSON_OBJECT ||
	    !json_find(n->rpc.error_data, "err", &err))
		return false;
	if (json_type(err) == JSON_STRING && span_is(err, "\"AlreadyProcessed\"")) {
		*known = true;
		return true;
	}
	return sol_fail(err, e);
}

bool
sol_send(struct sol_node *n, struct span transaction, bool *known, struct span *id,
	 struct frame_error *e)
{
	struct span result;

	*known = false;
	*id = (struct span){0};
	params(n, "[\"");
	base64_append(transaction, &n->params);
	buf_str(&n->params, "\",{\"encoding\":\"base64\",\"preflightCommitment\":\"confirmed\"}]");
	if (!ask(n, "sendTransaction", &result, e))
		return rpc_said_no(&n->rpc) && send_failed(n, known, e);
	return json_plain(result, id) || bad_answer("sendTransaction", e);
}
