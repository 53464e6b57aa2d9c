#include "tron_node.h"

#include "check.h"
#include "hex.h"
#include "utc.h"

#define BODY_MAX 4096

void
tron_node_init(struct tron_node *n)
{
	*n = (struct tron_node){0};
	rpc_init(&n->rpc, "TRON_RPC_URL", "https://api.trongrid.io");
	rpc_set_header(&n->rpc, "TRON-PRO-API-KEY", "TRON_API_KEY");
	buf_init(&n->body, BODY_MAX);
}

void
tron_node_release(struct tron_node *n)
{
	rpc_release(&n->rpc);
	buf_release(&n->body);
}

static bool
bad_answer(const char *path, struct frame_error *e)
{
	return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "%s: not as documented", path);
}

static void
body(struct tron_node *n)
{
	buf_clear(&n->body);
	buf_byte(&n->body, '{');
}

static bool
post(struct tron_node *n, const char *path, struct span *answer, struct frame_error *e)
{
	buf_byte(&n->body, '}');
	CHECK(buf_ok(&n->body));
	return rpc_post(&n->rpc, path, buf_span(&n->body), answer, e);
}

static void
add_address(struct tron_node *n, const char *name, const struct tron_address *address)
{
	char text[2 * TRON_ADDRESS_BYTES + 1];

	hex_print(address->bytes, TRON_ADDRESS_BYTES, text);
	buf_json_member_string(&n->body, name, span_of(text));
}

/* ---- blocks and prices ---- */

static bool
ask_block(struct tron_node *n, const char *path, struct tron_block *out, struct frame_error *e)
{
	struct span answer;

	return post(n, path, &answer, e) && (tron_read_block(answer, out) || bad_answer(path, e));
}

bool
tron_ask_network(struct tron_node *n, struct frame_error *e)
{
	struct tron_block first;

	body(n);
	buf_json_member_u64(&n->body, "num", 0);
	if (!ask_block(n, "/wallet/getblockbynum", &first, e))
		return false;
	hex_print(first.id, TRON_ID_BYTES, n->network);
	return true;
}

bool
tron_ask_head(struct tron_node *n, struct tron_block *out, struct frame_error *e)
{
	body(n);
	return ask_block(n, "/wallet/getnowblock", out, e);
}

bool
tron_ask_solid(struct tron_node *n, struct tron_block *out, struct frame_error *e)
{
	body(n);
	return ask_block(n, "/walletsolidity/getnowblock", out, e);
}

bool
tron_ask_block(struct tron_node *n, uint64_t number, struct span tx_id, struct tron_block *out,
	       bool *within, struct frame_error *e)
{
	static const char path[] = "/wallet/getblockbynum";
	struct span answer;

	body(n);
	buf_json_member_u64(&n->body, "num", number);
	if (!post(n, path, &answer, e))
		return false;
	if (!tron_read_block(answer, out))
		return bad_answer(path, e);
	/* an id of 32 bytes stands in its block and nowhere else */
	*within = span_find(answer, tx_id) < answer.len;
	return true;
}

bool
tron_ask_prices(struct tron_node *n, struct tron_prices *out, struct frame_error *e)
{
	static const char path[] = "/wallet/getchainparameters";
	int64_t now = utc_monotonic_us();
	struct span answer;

	if (!n->prices_us || now - n->prices_us > TRON_PRICES_US) {
		body(n);
		if (!post(n, path, &answer, e))
			return false;
		if (!tron_read_prices(answer, &n->prices))
			return bad_answer(path, e);
		n->prices_us = now;
	}
	*out = n->prices;
	return true;
}

/* ---- accounts ---- */

bool
tron_ask_balance(struct tron_node *n, const struct tron_address *account, uint64_t *out,
		 struct frame_error *e)
{
	static const char path[] = "/wallet/getaccount";
	struct span answer;

	body(n);
	add_address(n, "address", account);
	return post(n, path, &answer, e) && (tron_read_balance(answer, out) || bad_answer(path, e));
}

bool
tron_ask_resources(struct tron_node *n, const struct tron_address *account,
		   struct tron_resources *out, struct frame_error *e)
{
	static const char path[] = "/wallet/getaccountresource";
	struct span answer;

	body(n);
	add_address(n, "address", account);
	return post(n, path, &answer, e) &&
	       (tron_read_resources(answer, out) || bad_answer(path, e));
}

/* ---- calls ---- */

bool
tron_ask_call(struct tron_node *n, const struct tron_address *caller,
	      const struct tron_address *contract, const char *function, struct span parameters,
	      struct tron_call *out, struct frame_error *e)
{
	static const char path[] = "/wallet/triggerconstantcontract";
	char text[2 * TRON_CALL_MAX + 1];
	struct span answer;

	CHECK(parameters.len <= TRON_CALL_MAX);
	hex_print((const unsigned char *)parameters.ptr, parameters.len, text);
	body(n);
	add_address(n, "owner_address", caller);
	add_address(n, "contract_address", contract);
	buf_json_member_string(&n->body, "function_selector", span_of(function));
	buf_json_member_string(&n->body, "parameter", span_of(text));
	return post(n, path, &answer, e) && (tron_read_call(answer, out) || bad_answer(path, e));
}

bool
tron_ask_number(struct tron_node *n, const struct tron_address *caller,
		const struct tron_address *contract, const char *function,
		const struct tron_address accounts[], size_t count, decimal_int *out,
		struct frame_error *e)
{
	unsigned char words[64] = {0};
	struct tron_call call;

	CHECK(count <= 2);
	for (size_t i = 0; i < count; i++)
		memcpy(words + 32 * i + 12, accounts[i].bytes + 1, 20);
	if (!tron_ask_call(n, caller, contract, function,
			   (struct span){(const char *)words, 32 * count}, &call, e))
		return false;
	if (call.reverted || !call.has_word)
		return frame_fail(e, FRAME_CONFIG, "CONTRACT", "the contract has no %s", function);
	/* more than any amount of ours: as good as the most */
	if (!tron_word_read(call.word, out))
		*out = TRON_WORD_MAX;
	return true;
}

/* ---- transactions ---- */

bool
tron_ask_info(struct tron_node *n, bool solid, struct span tx_id, const struct tron_payment *p,
	      struct tron_info *out, struct frame_error *e)
{
	const char *path =
	    solid ? "/walletsolidity/gettransactioninfobyid" : "/wallet/gettransactioninfobyid";
	struct span answer;

	body(n);
	buf_json_member_string(&n->body, "value", tx_id);
	return post(n, path, &answer, e) && (tron_read_info(answer, p, out) || bad_answer(path, e));
}

bool
tron_ask_pending(struct tron_node *n, struct span tx_id)
{
	struct frame_error unused;
	struct span answer, id, text;

	body(n);
	buf_json_member_string(&n->body, "value", tx_id);
	return post(n, "/wallet/gettransactionfrompending", &answer, &unused) &&
	       json_type(answer) == JSON_OBJECT && json_find(answer, "txID", &id) &&
	       json_plain(id, &text) && span_equal(text, tx_id);
}

bool
tron_send(struct tron_node *n, struct span transaction, bool *known, struct span *id,
	  struct frame_error *e)
{
	char text[2 * TRON_TRANSACTION_MAX + 1];
	struct span answer;

	CHECK(transaction.len <= TRON_TRANSACTION_MAX);
	hex_print((const unsigned char *)transaction.ptr, transaction.len, text);
	body(n);
	buf_json_member_string(&n->body, "transaction", span_of(text));
	return post(n, "/wallet/broadcasthex", &answer, e) &&
	       tron_read_broadcast(answer, known, id, e);
}
