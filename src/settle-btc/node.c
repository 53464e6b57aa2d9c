#include "node.h"

#include "hex.h"
#include "number.h"

#define TEXT_PARAMS_MAX (2u << 20)
/* Satoshi in a bitcoin: digits behind the point. */
#define DIGITS 8

void
node_init(struct node *n, const char *url_variable, enum btc_network network)
{
	static const char *const urls[] = {
	    [BTC_MAIN] = "http://127.0.0.1:8332",
	    [BTC_TEST] = "http://127.0.0.1:18332",
	    [BTC_SIGNET] = "http://127.0.0.1:38332",
	    [BTC_REGTEST] = "http://127.0.0.1:18443",
	};

	*n = (struct node){.network = network};
	rpc_init(&n->rpc, url_variable, urls[network]);
	rpc_set_user(&n->rpc, "RPC_USER", "RPC_PASSWORD");
	buf_init(&n->params, TEXT_PARAMS_MAX);
	buf_init(&n->bytes, RPC_ANSWER_MAX / 2);
}

void
node_release(struct node *n)
{
	rpc_release(&n->rpc);
	buf_release(&n->params);
	buf_release(&n->bytes);
}

/* ---- parts of answers ---- */

static bool
text_of(struct span object, const char *name, struct span *out)
{
	return json_find(object, name, out) && json_plain(*out, out);
}

static bool
hash_of(struct span object, const char *name, unsigned char out[HASH_BYTES])
{
	struct span text;

	return text_of(object, name, &text) && btc_txid_parse(text, out);
}

static bool
u64_of(struct span object, const char *name, uint64_t *out)
{
	struct span value;

	return json_find(object, name, &value) && number_u64(value, out);
}

static bool
is_object(struct span value)
{
	return json_type(value) == JSON_OBJECT;
}

static bool
take_exponent(struct span text, long *out)
{
	bool minus = text.len && text.ptr[0] == '-';
	uint64_t v;

	if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'))
		text = (struct span){text.ptr + 1, text.len - 1};
	while (text.len > 1 && text.ptr[0] == '0')
		text = (struct span){text.ptr + 1, text.len - 1};
	if (!number_u64(text, &v) || v > 20)
		return false;
	*out = minus ? -(long)v : (long)v;
	return true;
}

/* Digits are collected, and the point remembered: nothing is rounded, what is finer than a satoshi
 * must be zero. */
bool
node_amount(struct span json, uint64_t *out)
{
	uint64_t v = 0;
	long point = 0, exponent = 0;
	bool behind = false;

	for (size_t i = 0; i < json.len; i++) {
		char c = json.ptr[i];

		if (c >= '0' && c <= '9') {
			if (v > UINT64_MAX / 100)
				return false;
			v = 10 * v + (uint64_t)(c - '0');
			point += behind;
		} else if (c == '.' && !behind) {
			behind = true;
		} else if (c == 'e' || c == 'E') {
			if (!take_exponent((struct span){json.ptr + i + 1, json.len - i - 1},
					   &exponent))
				return false;
			break;
		} else {
			return false;
		}
	}
	for (exponent += DIGITS - point; exponent > 0; exponent--) {
		if (v > BTC_MONEY_MAX)
			return false;
		v *= 10;
	}
	for (; exponent < 0; exponent++) {
		if (v % 10)
			return false;
		v /= 10;
	}
	*out = v;
	return json.len > 0 && v <= BTC_MONEY_MAX;
}

/* A fee rate is rounded up to the next satoshi where a node says it finer. */
static bool
rate_of(struct span json, uint64_t *out)
{
	struct span text = json;

	for (;;) {
		if (node_amount(text, out))
			return true;
		/* more digits than a satoshi has: the last goes, and one is added */
		if (text.len < 3 || memchr(text.ptr, 'e', text.len) ||
		    !memchr(text.ptr, '.', text.len))
			return false;
		text.len--;
		if (node_amount(text, out)) {
			(*out)++;
			return true;
		}
	}
}

bool
node_read_info(struct span r, struct node_info *out)
{
	struct span text, flag;

	*out = (struct node_info){0};
	if (!is_object(r) || !text_of(r, "chain", &text) || !btc_network_of(text, &out->network) ||
	    !u64_of(r, "blocks", &out->blocks) || !u64_of(r, "headers", &out->headers) ||
	    !hash_of(r, "bestblockhash", out->best))
		return false;
	out->initial_download = json_find(r, "initialblockdownload", &flag) && json_is_true(flag);
	return true;
}

static bool
script_of(struct span object, struct btc_script *out)
{
	struct span text;

	if (!text_of(object, "hex", &text) || text.len % 2 || text.len / 2 > sizeof out->bytes ||
	    !hex_parse(text, false, out->bytes, text.len / 2))
		return false;
	out->n = text.len / 2;
	return true;
}

bool
node_read_coin(struct span r, struct node_coin *out)
{
	struct span value, script;

	*out = (struct node_coin){0};
	if (json_is_null(r))
		return true;
	if (!is_object(r) || !json_find(r, "value", &value) || !node_amount(value, &out->amount) ||
	    !u64_of(r, "confirmations", &out->confirmations) ||
	    !json_find(r, "scriptPubKey", &script) || !is_object(script) ||
	    !script_of(script, &out->script))
		return false;
	out->there = true;
	/* some nodes leave it out */
	hash_of(r, "bestblock", out->best);
	return true;
}

static bool
bytes_of(struct span text, struct buf *out)
{
	char *room;

	buf_clear(out);
	room = text.len % 2 ? NULL : buf_room(out, text.len / 2);
	if (!room || !hex_parse(text, true, (unsigned char *)room, text.len / 2))
		return false;
	buf_grown(out, text.len / 2);
	return true;
}

bool
node_read_tx(struct span r, struct buf *bytes, struct node_tx *out)
{
	struct span hex;

	*out = (struct node_tx){0};
	if (!is_object(r) || !text_of(r, "hex", &hex) || !bytes_of(hex, bytes))
		return false;
	out->raw = buf_span(bytes);
	out->there = true;
	/* absent, not zero, while it is in no block of the best chain */
	out->mined = hash_of(r, "blockhash", out->block) &&
		     u64_of(r, "confirmations", &out->confirmations) && out->confirmations > 0;
	return true;
}

/* ---- calls ---- */

static bool
odd(struct frame_error *e, const char *method)
{
	return frame_fail(e, FRAME_RETRY, "BAD_ANSWER", "%s: an answer of another form", method);
}

static bool
call(struct node *n, const char *method, struct span *result, struct frame_error *e)
{
	if (rpc_call(&n->rpc, method, buf_span(&n->params), result, e))
		return true;
	n->rpc_errors++;
	if (!rpc_said_no(&n->rpc))
		return false;
	if (n->rpc.error_code == -28)
		return frame_fail(e, FRAME_RETRY, "WARMING_UP", "%s: the node is starting", method);
	if (n->rpc.error_code == -32601)
		return frame_fail(e, FRAME_CONFIG, "NO_METHOD", "the node has no %s", method);
	return frame_fail(e, FRAME_RETRY, "RPC_ERROR", "%s: %d %.*s", method,
			  (int)n->rpc.error_code,
			  (int)(n->rpc.error_message.len < 200 ? n->rpc.error_message.len : 200),
			  n->rpc.error_message.ptr ? n->rpc.error_message.ptr : "");
}

static void
begin(struct node *n)
{
	buf_clear(&n->params);
	buf_byte(&n->params, '[');
}

static void
add_hash(struct node *n, const unsigned char hash[HASH_BYTES])
{
	char text[BTC_TXID_TEXT];

	btc_txid_print(hash, text);
	buf_byte(&n->params, '"');
	buf_str(&n->params, text);
	buf_byte(&n->params, '"');
}

bool
node_info(struct node *n, struct node_info *out, struct frame_error *e)
{
	struct span r;

	begin(n);
	buf_byte(&n->params, ']');
	if (!call(n, "getblockchaininfo", &r, e))
		return false;
	return node_read_info(r, out) || odd(e, "getblockchaininfo");
}

bool
node_block_hash(struct node *n, uint64_t height, unsigned char out[HASH_BYTES],
		struct frame_error *e)
{
	struct span r, text;

	begin(n);
	buf_u64(&n->params, height);
	buf_byte(&n->params, ']');
	if (!call(n, "getblockhash", &r, e))
		return false;
	return (json_plain(r, &text) && btc_txid_parse(text, out)) || odd(e, "getblockhash");
}

bool
node_header(struct node *n, const unsigned char hash[HASH_BYTES], struct btc_header *out,
	    struct frame_error *e)
{
	struct span r, text;

	begin(n);
	add_hash(n, hash);
	buf_str(&n->params, ",false]");
	if (!call(n, "getblockheader", &r, e))
		return false;
	if (!json_plain(r, &text) || text.len != 2 * BTC_HEADER_BYTES || !bytes_of(text, &n->bytes))
		return odd(e, "getblockheader");
	btc_header_parse(buf_span(&n->bytes), out);
	if (memcmp(out->hash, hash, HASH_BYTES) != 0 || !btc_header_has_work(out, n->network))
		return frame_fail(e, FRAME_CONFIG, "BAD_HEADER",
				  "the node gave a header without the hash or the work it claims");
	return true;
}

bool
node_block(struct node *n, const unsigned char hash[HASH_BYTES], struct span *out,
	   struct frame_error *e)
{
	struct span r, text;

	begin(n);
	add_hash(n, hash);
	buf_str(&n->params, ",false]");
	if (!call(n, "getblock", &r, e))
		return false;
	if (!json_plain(r, &text) || !bytes_of(text, &n->bytes))
		return odd(e, "getblock");
	*out = buf_span(&n->bytes);
	return true;
}

bool
node_estimate(struct node *n, unsigned blocks, bool *known, uint64_t *rate, struct frame_error *e)
{
	struct span r, value;

	begin(n);
	buf_u64(&n->params, blocks);
	buf_byte(&n->params, ']');
	if (!call(n, "estimatesmartfee", &r, e))
		return false;
	*known = is_object(r) && json_find(r, "feerate", &value);
	if (*known && !rate_of(value, rate))
		return odd(e, "estimatesmartfee");
	return true;
}

bool
node_mempool(struct node *n, uint64_t *minimum, uint64_t *increment, struct frame_error *e)
{
	static const char *const floors[] = {"mempoolminfee", "minrelaytxfee"};
	struct span r, value;
	uint64_t rate;

	begin(n);
	buf_byte(&n->params, ']');
	if (!call(n, "getmempoolinfo", &r, e))
		return false;
	if (!is_object(r))
		return odd(e, "getmempoolinfo");
	*minimum = 1;
	for (size_t i = 0; i < 2; i++)
		if (json_find(r, floors[i], &value) && rate_of(value, &rate) && rate > *minimum)
			*minimum = rate;
	/* a node that does not say wants what nodes wanted before they could say */
	if (!json_find(r, "incrementalrelayfee", &value) || !rate_of(value, increment))
		*increment = *minimum > 1000 ? *minimum : 1000;
	return true;
}

bool
node_coin(struct node *n, const unsigned char txid[HASH_BYTES], uint32_t vout, bool mempool,
	  struct node_coin *out, struct frame_error *e)
{
	struct span r;

	begin(n);
	add_hash(n, txid);
	buf_byte(&n->params, ',');
	buf_u64(&n->params, vout);
	buf_str(&n->params, mempool ? ",true]" : ",false]");
	if (!call(n, "gettxout", &r, e))
		return false;
	return node_read_coin(r, out) || odd(e, "gettxout");
}

bool
node_tx(struct node *n, const unsigned char txid[HASH_BYTES], const unsigned char *block,
	struct node_tx *out, struct frame_error *e)
{
	struct span r;

	*out = (struct node_tx){0};
	begin(n);
	add_hash(n, txid);
	buf_str(&n->params, ",true");
	if (block) {
		buf_byte(&n->params, ',');
		add_hash(n, block);
	}
	buf_byte(&n->params, ']');
	if (!call(n, "getrawtransaction", &r, e)) {
		/* no such transaction, or not in that block: -5 of Bitcoin Core; -1 of bcoin, which
		 * also says that of the block */
		return rpc_said_no(&n->rpc) && (n->rpc.error_code == -5 || n->rpc.error_code == -1);
	}
	return node_read_tx(r, &n->bytes, out) || odd(e, "getrawtransaction");
}

/* What a node says no with, by code and words (Bitcoin Core's; the words differ between versions).
 */
static bool
refusal(struct node *n, struct frame_error *e)
{
	static const struct {
		const char *words;
		enum frame_class class;
		const char *code;
	} rows[] = {
	    {"insufficient fee", FRAME_UNDERPRICED, "REPLACEMENT_FEE"},
	    {"not enough additional fees", FRAME_UNDERPRICED, "REPLACEMENT_FEE"},
	    {"min relay fee", FRAME_UNDERPRICED, "FEE_TOO_LOW"},
	    {"mempool min fee", FRAME_UNDERPRICED, "FEE_TOO_LOW"},
	    {"insufficient priority", FRAME_UNDERPRICED, "FEE_TOO_LOW"},
	    {"mempool full", FRAME_UNDERPRICED, "MEMPOOL_FULL"},
	    {"too-long-mempool-chain", FRAME_RETRY, "CHAIN_TOO_LONG"},
	    {"non-final", FRAME_RETRY, "LOCKED"},
	    {"non-BIP68-final", FRAME_RETRY, "LOCKED"},
	    {"txn-mempool-conflict", FRAME_CONFLICT, "SPENT"},
	    {"missingorspent", FRAME_CONFLICT, "SPENT"},
	    {"missing-inputs", FRAME_CONFLICT, "SPENT"},
	    {"too many potential replacements", FRAME_CONFLICT, "TOO_MANY_REPLACED"},
	    {"maximum configured", FRAME_REFUSED, "FEE_TOO_HIGH"},
	    {"max-fee-exceeded", FRAME_REFUSED, "FEE_TOO_HIGH"},
	    {"dust", FRAME_REFUSED, "DUST"},
	};
	struct span why = n->rpc.error_message;
	int len = (int)(why.len < 200 ? why.len : 200);

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rpc_error_says(&n->rpc, rows[i].words))
			return frame_fail(e, rows[i].class, rows[i].code, "%.*s", len, why.ptr);
	switch (n->rpc.error_code) {
	case -22: return frame_fail(e, FRAME_REQUEST, "UNDECODABLE", "%.*s", len, why.ptr);
	case -25: return frame_fail(e, FRAME_CONFLICT, "SPENT", "%.*s", len, why.ptr);
	case -26: return frame_fail(e, FRAME_REFUSED, "REJECTED", "%.*s", len, why.ptr);
	default: return frame_fail(e, FRAME_RETRY, "RPC_ERROR", "%.*s", len, why.ptr);
	}
}

bool
node_send(struct node *n, struct span raw_hex, const unsigned char txid[HASH_BYTES], bool *known,
	  struct frame_error *e)
{
	unsigned char said[HASH_BYTES];
	struct span r, text;

	begin(n);
	buf_byte(&n->params, '"');
	buf_add(&n->params, raw_hex);
	buf_str(&n->params, "\"]");
	*known = false;
	if (call(n, "sendrawtransaction", &r, e)) {
		if (!json_plain(r, &text) || !btc_txid_parse(text, said) ||
		    memcmp(said, txid, HASH_BYTES) != 0)
			return frame_fail(e, FRAME_CONFIG, "OTHER_TXID",
					  "the node took it under another id");
		return true;
	}
	if (!rpc_said_no(&n->rpc) || n->rpc.error_code == -28 || n->rpc.error_code == -32601)
		return false;
	*known = n->rpc.error_code == -27 || rpc_error_says(&n->rpc, "already-in-mempool") ||
		 rpc_error_says(&n->rpc, "txn-already-known");
	return *known || refusal(n, e);
}

static bool
read_unspent(struct node *n, struct span list,
	     bool (*step)(void *, const unsigned char *, uint32_t, struct span, uint64_t, uint64_t,
			  bool),
	     void *context)
{
	struct json_walk w = json_walk(list);
	struct span u;

	while (json_next_element(&w, &u)) {
		unsigned char txid[HASH_BYTES];
		struct span script, amount, flag;
		uint64_t vout, sats, height;

		if (!is_object(u) || !hash_of(u, "txid", txid) || !u64_of(u, "vout", &vout) ||
		    !text_of(u, "scriptPubKey", &script) || !bytes_of(script, &n->bytes) ||
		    !json_find(u, "amount", &amount) || !node_amount(amount, &sats) ||
		    !u64_of(u, "height", &height) || vout > UINT32_MAX)
			return false;
		if (!step(context, txid, (uint32_t)vout, buf_span(&n->bytes), sats, height,
			  json_find(u, "coinbase", &flag) && json_is_true(flag)))
			return false;
	}
	return true;
}

bool
node_scan(struct node *n, const struct btc_script *const scripts[], size_t scripts_n,
	  uint64_t *height, unsigned char best[HASH_BYTES],
	  bool (*step)(void *context, const unsigned char txid[HASH_BYTES], uint32_t vout,
		       struct span script, uint64_t amount, uint64_t height, bool coinbase),
	  void *context, struct frame_error *e)
{
	struct span r, list, ok;
	char hex[2 * BTC_PAY_SCRIPT_MAX + 1];

	begin(n);
	buf_str(&n->params, "\"start\",[");
	for (size_t i = 0; i < scripts_n; i++) {
		hex_print(scripts[i]->bytes, scripts[i]->n, hex);
		buf_str(&n->params, i ? ",\"raw(" : "\"raw(");
		buf_str(&n->params, hex);
		buf_str(&n->params, ")\"");
	}
	buf_str(&n->params, "]]");
	if (!call(n, "scantxoutset", &r, e))
		return false;
	if (!is_object(r) || !json_find(r, "success", &ok) || !json_is_true(ok) ||
	    !u64_of(r, "height", height) || !hash_of(r, "bestblock", best) ||
	    !json_find(r, "unspents", &list) || json_type(list) != JSON_ARRAY ||
	    !read_unspent(n, list, step, context))
		return odd(e, "scantxoutset");
	return true;
}
