#include "evm_node.h"

#include "check.h"
#include "hex.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void
evm_node_init(struct evm_node *n, const struct evm_settings *s)
{
	char url[EVM_SETTING_NAME_MAX], user[EVM_SETTING_NAME_MAX], password[EVM_SETTING_NAME_MAX];

	evm_setting_name(s, "RPC_URL", url);
	evm_setting_name(s, "RPC_USER", user);
	evm_setting_name(s, "RPC_PASSWORD", password);
	n->settings = s;
	n->checked = false;
	rpc_init(&n->rpc, url, NULL);
	rpc_set_user(&n->rpc, user, password);
}

/* ---- asking ---- */

__attribute__((format(printf, 5, 6))) static bool
ask(struct evm_node *n, const char *method, struct span *result, struct frame_error *e,
    const char *format, ...)
{
	char params[EVM_PARAMS_MAX];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(params, sizeof params, format, arguments);
	va_end(arguments);
	CHECK(len > 0 && (size_t)len < sizeof params);
	return rpc_call(&n->rpc, method, (struct span){params, (size_t)len}, result, e);
}

static bool
bad_answer(const char *method, struct frame_error *e)
{
	return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "%s: not of the form that it should have",
			  method);
}

/* Where an error is none of the node's own words, it keeps its class. */
bool
evm_node_refused(struct evm_node *n, struct frame_error *e)
{
	struct span data;
	char why[220];

	if (!rpc_said_no(&n->rpc))
		return false;
	switch (evm_refusal_of(n->rpc.error_code, n->rpc.error_message)) {
	case EVM_REFUSAL_UNDERPRICED: e->class = FRAME_UNDERPRICED; break;
	case EVM_REFUSAL_FUNDS: e->class = FRAME_FUNDS; break;
	case EVM_REFUSAL_CHAIN: e->class = FRAME_CONFIG; break;
	case EVM_REFUSAL_NONCE: e->class = FRAME_CONFLICT; break;
	case EVM_REFUSAL_INVALID: e->class = FRAME_REFUSED; break;
	case EVM_REFUSAL_REVERT:
		if (!evm_refusal_data(n->rpc.error_data, n->answer, sizeof n->answer, &data))
			return frame_fail(e, FRAME_REFUSED, "REVERTS", "%.200s", e->msg);
		abi_revert_reason(data, why, sizeof why);
		return frame_fail(e, FRAME_REFUSED, "REVERTS", "the contract says no: %s", why);
	case EVM_REFUSAL_KNOWN:
	case EVM_REFUSAL_BUSY:
	case EVM_REFUSAL_OTHER: break;
	}
	return false;
}

static bool
ask_u256(struct evm_node *n, const char *method, const char *params, struct u256 *out,
	 struct frame_error *e)
{
	struct span result;

	if (!ask(n, method, &result, e, "%s", params))
		return evm_node_refused(n, e);
	return evm_answer_u256(result, out) || bad_answer(method, e);
}

static bool
account_value(struct evm_node *n, const char *method, const struct evm_address *a, const char *tag,
	      struct u256 *out, struct frame_error *e)
{
	char text[EVM_ADDRESS_TEXT_MAX], params[128];

	evm_address_print(a, text);
	snprintf(params, sizeof params, "[\"%s\",\"%s\"]", text, tag);
	return ask_u256(n, method, params, out, e);
}

bool
evm_node_nonce(struct evm_node *n, const struct evm_address *a, const char *tag, uint64_t *out,
	       struct frame_error *e)
{
	struct u256 v;

	return account_value(n, "eth_getTransactionCount", a, tag, &v, e) &&
	       (u256_u64(v, out) || bad_answer("eth_getTransactionCount", e));
}

bool
evm_node_nonce_at(struct evm_node *n, const struct evm_address *a, uint64_t number, uint64_t *out,
		  struct frame_error *e)
{
	char tag[U256_QUANTITY_MAX];

	u256_print_quantity(u256_of(number), tag);
	return evm_node_nonce(n, a, tag, out, e);
}

bool
evm_node_native(struct evm_node *n, const struct evm_address *a, struct u256 *out,
		struct frame_error *e)
{
	return account_value(n, "eth_getBalance", a, "latest", out, e);
}

bool
evm_node_block(struct evm_node *n, const char *tag, struct evm_block *out, bool *there,
	       struct frame_error *e)
{
	struct span result;

	if (!ask(n, "eth_getBlockByNumber", &result, e, "[\"%s\",false]", tag))
		return evm_node_refused(n, e);
	switch (evm_answer_block(result, out)) {
	case EVM_ANSWER_OK: *there = true; return true;
	case EVM_ANSWER_NULL: *there = false; return true;
	case EVM_ANSWER_BAD: break;
	}
	return bad_answer("eth_getBlockByNumber", e);
}

bool
evm_node_block_at(struct evm_node *n, uint64_t number, struct evm_block *out, bool *there,
		  struct frame_error *e)
{
	char tag[U256_QUANTITY_MAX];

	u256_print_quantity(u256_of(number), tag);
	return evm_node_block(n, tag, out, there, e);
}

bool
evm_node_head(struct evm_node *n, struct evm_block *out, struct frame_error *e)
{
	bool there;

	if (!evm_node_block(n, "latest", out, &there, e))
		return false;
	return there || frame_fail(e, FRAME_RETRY, "NO_BLOCK", "the node has no newest block");
}

bool
evm_node_syncing(struct evm_node *n, bool *out, struct frame_error *e)
{
	struct span result;

	if (!ask(n, "eth_syncing", &result, e, "[]"))
		return evm_node_refused(n, e);
	*out = json_type(result) != JSON_BOOL || json_is_true(result);
	return true;
}

/* ---- the contract ---- */

/* Ask about a call of the contract, on the newest block: nodes that would take the pool into
 * account find the wallet poorer by the very payment whose new version is estimated. */
static bool
ask_about(struct evm_node *n, const char *method, const struct evm_address *from, struct span data,
	  struct span *result, struct frame_error *e)
{
	char sender[EVM_ADDRESS_TEXT_MAX], contract[EVM_ADDRESS_TEXT_MAX],
	    hex[2 * ABI_CALL_MAX + 1];

	CHECK(data.len <= ABI_CALL_MAX);
	evm_address_print(from, sender);
	evm_address_print(&n->settings->contract, contract);
	hex_print((const unsigned char *)data.ptr, data.len, hex);
	return ask(n, method, result, e,
		   "[{\"from\":\"%s\",\"to\":\"%s\",\"data\":\"0x%s\"},\"latest\"]", sender,
		   contract, hex) ||
	       evm_node_refused(n, e);
}

static bool
call(struct evm_node *n, const struct evm_address *from, struct span data, struct span *out,
     struct frame_error *e)
{
	struct span result;

	if (!ask_about(n, "eth_call", from, data, &result, e))
		return false;
	return evm_answer_bytes(result, n->answer, sizeof n->answer, out) ||
	       bad_answer("eth_call", e);
}

bool
evm_node_try(struct evm_node *n, const struct evm_address *from, struct span data, struct span *out,
	     struct frame_error *e)
{
	return call(n, from, data, out, e);
}

static bool
call_for_uint(struct evm_node *n, uint32_t selector, const struct abi_value args[], size_t count,
	      const char *name, struct u256 *out, struct frame_error *e)
{
	unsigned char memory[ABI_CALL_MAX];
	struct span answer;

	if (!call(n, &n->settings->wallet, abi_call(selector, args, count, memory), &answer, e))
		return false;
	return abi_read_uint(answer, out) ||
	       frame_fail(e, FRAME_CONFIG, "CONTRACT", "the contract has no %s", name);
}

bool
evm_node_balance(struct evm_node *n, const struct evm_address *a, struct u256 *out,
		 struct frame_error *e)
{
	struct abi_value who = abi_address(a);

	return call_for_uint(n, ABI_BALANCE_OF, &who, 1, "balanceOf()", out, e);
}

bool
evm_node_allowance(struct evm_node *n, const struct evm_address *owner,
		   const struct evm_address *spender, struct u256 *out, struct frame_error *e)
{
	struct abi_value args[] = {abi_address(owner), abi_address(spender)};

	return call_for_uint(n, ABI_ALLOWANCE, args, 2, "allowance()", out, e);
}

bool
evm_node_estimate(struct evm_node *n, const struct evm_address *from, struct span data,
		  uint64_t *gas, struct frame_error *e)
{
	struct span result;

	if (!ask_about(n, "eth_estimateGas", from, data, &result, e))
		return false;
	return (evm_answer_u64(result, gas) && *gas != 0) || bad_answer("eth_estimateGas", e);
}

/* ---- what is checked first ---- */

static bool
check_network(struct evm_node *n, struct frame_error *e)
{
	const struct evm_settings *s = n->settings;
	struct u256 id;
	char text[U256_DECIMAL_MAX];

	if (!ask_u256(n, "eth_chainId", "[]", &id, e))
		return false;
	if (u256_compare(id, u256_of(s->chain_id)) == 0)
		return true;
	u256_print_decimal(id, text);
	return frame_fail(e, FRAME_CONFIG, "CHAIN_ID",
			  "%sCHAIN_ID is %" PRIu64 ", the node's chain is %s", s->prefix,
			  s->chain_id, text);
}

static bool
check_code(struct evm_node *n, struct frame_error *e)
{
	const struct evm_settings *s = n->settings;
	char contract[EVM_ADDRESS_TEXT_MAX];
	struct span result, text;

	evm_address_print(&s->contract, contract);
	if (!ask(n, "eth_getCode", &result, e, "[\"%s\",\"latest\"]", contract))
		return evm_node_refused(n, e);
	if (!json_plain(result, &text) || !span_starts(text, SPAN_LIT("0x")))
		return bad_answer("eth_getCode", e);
	if (text.len > 2)
		return true;
	return frame_fail(e, FRAME_CONFIG, "NO_CONTRACT", "%s%s_ADDRESS: no contract at %s",
			  s->prefix, s->asset, contract);
}

static bool
check_decimals(struct evm_node *n, struct frame_error *e)
{
	const struct evm_settings *s = n->settings;
	struct u256 decimals;
	char text[U256_DECIMAL_MAX];

	if (!call_for_uint(n, ABI_DECIMALS, NULL, 0, "decimals()", &decimals, e))
		return false;
	if (u256_compare(decimals, u256_of(s->decimals)) == 0)
		return true;
	u256_print_decimal(decimals, text);
	return frame_fail(e, FRAME_CONFIG, "DECIMALS",
			  "%s%s_DECIMALS is %u, the contract says %.20s", s->prefix, s->asset,
			  s->decimals, text);
}

static bool
check_symbol(struct evm_node *n, struct frame_error *e)
{
	const struct evm_settings *s = n->settings;
	unsigned char memory[ABI_CALL_MAX];
	struct span answer, symbol;

	if (!call(n, &s->wallet, abi_call(ABI_SYMBOL, NULL, 0, memory), &answer, e))
		return false;
	if (abi_read_string(answer, &symbol) && span_is(symbol, s->symbol))
		return true;
	return frame_fail(e, FRAME_CONFIG, "SYMBOL",
			  "%s%s_SYMBOL is %s, the contract calls itself otherwise", s->prefix,
			  s->asset, s->symbol);
}

bool
evm_node_check(struct evm_node *n, struct frame_error *e)
{
	if (!n->checked)
		n->checked = check_network(n, e) && check_code(n, e) && check_decimals(n, e) &&
			     check_symbol(n, e);
	return n->checked;
}

/* ---- fees ---- */

/* Nodes that know no eth_maxPriorityFeePerGas suggest a whole price: what is over the base fee. */
static bool
suggested_tip(struct evm_node *n, const struct evm_block *head, struct u256 *tip,
	      struct frame_error *e)
{
	if (ask_u256(n, "eth_maxPriorityFeePerGas", "[]", tip, e))
		return true;
	if (!rpc_said_no(&n->rpc) || !ask_u256(n, "eth_gasPrice", "[]", tip, e))
		return false;
	if (!u256_subtract(*tip, head->base, tip))
		*tip = u256_of(0);
	return true;
}

bool
evm_node_market(struct evm_node *n, const struct evm_block *head, struct evm_market *out,
		struct frame_error *e)
{
	*out = (struct evm_market){.dynamic = head->dynamic && !n->settings->legacy,
				   .base = head->base};
	if (!(out->dynamic ? suggested_tip(n, head, &out->tip, e)
			   : ask_u256(n, "eth_gasPrice", "[]", &out->tip, e)))
		return false;
	if (u256_compare(out->tip, n->settings->tip_min) < 0)
		out->tip = n->settings->tip_min;
	return true;
}

/* ---- transactions ---- */

bool
evm_node_receipt(struct evm_node *n, const struct evm_hash *tx, struct evm_receipt *out,
		 bool *there, struct frame_error *e)
{
	char text[EVM_HASH_TEXT_MAX];
	struct span result;

	evm_hash_print(tx, text);
	if (!ask(n, "eth_getTransactionReceipt", &result, e, "[\"%s\"]", text))
		return evm_node_refused(n, e);
	switch (evm_answer_receipt(result, out)) {
	case EVM_ANSWER_OK:
		*there = true;
		return evm_hash_equal(&out->tx, tx) || bad_answer("eth_getTransactionReceipt", e);
	case EVM_ANSWER_NULL: *there = false; return true;
	case EVM_ANSWER_BAD: break;
	}
	return bad_answer("eth_getTransactionReceipt", e);
}

bool
evm_node_transaction(struct evm_node *n, const struct evm_hash *tx, bool *there, bool *mined,
		     struct frame_error *e)
{
	char text[EVM_HASH_TEXT_MAX];
	struct span result;

	evm_hash_print(tx, text);
	*mined = false;
	if (!ask(n, "eth_getTransactionByHash", &result, e, "[\"%s\"]", text))
		return evm_node_refused(n, e);
	switch (evm_answer_transaction(result, mined)) {
	case EVM_ANSWER_OK: *there = true; return true;
	case EVM_ANSWER_NULL: *there = false; return true;
	case EVM_ANSWER_BAD: break;
	}
	return bad_answer("eth_getTransactionByHash", e);
}

bool
evm_node_send(struct evm_node *n, struct span raw_hex, struct evm_hash *out, struct frame_error *e)
{
	struct span result;

	if (!ask(n, "eth_sendRawTransaction", &result, e, "[\"0x%.*s\"]", (int)raw_hex.len,
		 raw_hex.ptr))
		return false;
	return evm_answer_hash(result, out) || bad_answer("eth_sendRawTransaction", e);
}

bool
evm_node_transfers(struct evm_node *n, const struct evm_address *from, uint64_t first,
		   uint64_t last, struct span *logs, struct frame_error *e)
{
	char contract[EVM_ADDRESS_TEXT_MAX], who[2 * EVM_ADDRESS_BYTES + 1],
	    topic[2 * ABI_WORD + 1];

	evm_address_print(&n->settings->contract, contract);
	hex_print(from->bytes, EVM_ADDRESS_BYTES, who);
	hex_print(abi_transfer_topic, ABI_WORD, topic);
	if (!ask(n, "eth_getLogs", logs, e,
		 "[{\"address\":\"%s\",\"fromBlock\":\"0x%" PRIx64 "\",\"toBlock\":\"0x%" PRIx64
		 "\",\"topics\":[\"0x%s\",\"0x%024d%s\"]}]",
		 contract, first, last, topic, 0, who))
		return evm_node_refused(n, e);
	return json_type(*logs) == JSON_ARRAY || bad_answer("eth_getLogs", e);
}
