/* prepare, assemble, submit. */
#include "digest.h"
#include "hex.h"
#include "number.h"
#include "secp.h"
#include "tron_ops.h"

static bool
ask_trial(struct tron_settle *s, const struct tron_order *o, struct tron_call *out,
	  struct frame_error *e)
{
	unsigned char call[TRON_CALL_MAX];
	struct tron_transfer t;
	size_t n = 0;

	tron_plan_call(&s->wallet, o, &t);
	n = tron_call_write(&t, call);
	/* the node makes the first four bytes itself, from the name */
	return tron_ask_call(&s->node, &s->wallet.owner, &s->wallet.contract,
			     o->pull ? "transferFrom(address,address,uint256)"
				     : "transfer(address,uint256)",
			     (struct span){(const char *)call + 4, n - 4}, out, e);
}

static bool
ask_tokens(struct tron_settle *s, const struct tron_order *o, struct tron_facts *f,
	   struct frame_error *e)
{
	const struct tron_address pair[] = {o->pull ? o->payer : s->wallet.owner, s->wallet.owner};

	return tron_ask_number(&s->node, &s->wallet.owner, &s->wallet.contract,
			       "balanceOf(address)", pair, 1, &f->tokens, e) &&
	       (!o->pull ||
		tron_ask_number(&s->node, &s->wallet.owner, &s->wallet.contract,
				"allowance(address,address)", pair, 2, &f->allowance, e));
}

static bool
ask_facts(struct tron_settle *s, const struct tron_order *o, struct tron_facts *f,
	  struct frame_error *e)
{
	struct tron_block head;

	*f = (struct tron_facts){0};
	if (!tron_plan_allowed(&s->wallet, o, e) || !ask_tokens(s, o, f, e) ||
	    !ask_trial(s, o, &f->trial, e) || !tron_ask_prices(&s->node, &f->prices, e) ||
	    !tron_ask_balance(&s->node, &s->wallet.owner, &f->balance, e) ||
	    !tron_ask_resources(&s->node, &s->wallet.owner, &f->resources, e) ||
	    !tron_ask_solid(&s->node, &f->solid, e) || !tron_ask_head(&s->node, &head, e))
		return false;
	f->now_ms = head.timestamp_ms;
	return true;
}

static void
print_unsigned(const struct tron_transfer *t, struct buf *answer)
{
	unsigned char raw[TRON_RAW_MAX], id[SHA256_BYTES];
	size_t n = tron_raw_write(t, raw);

	sha256((struct span){(const char *)raw, n}, id);
	buf_json_key(answer, "unsigned");
	buf_str(answer, "{\"form\":\"tron-raw\"");
	token_adapter_member_hex(answer, "payload", raw, n);
	buf_json_key(answer, "digests");
	buf_str(answer, "[{");
	token_adapter_member_hex(answer, "digest", id, sizeof id);
	buf_json_member_string(answer, "scheme", SPAN_LIT("ecdsa-recoverable"));
	tron_member_address(answer, "key", &t->owner);
	buf_str(answer, "}]}");
}

bool
tron_op_prepare(void *context, const struct frame_request *q, struct buf *answer,
		struct frame_error *e)
{
	struct tron_settle *s = context;
	struct tron_transfer t;
	struct tron_order o;
	struct tron_facts f;
	uint64_t fee;

	if (!tron_check_chain(s, e) || !tron_read_order(s, q, &o, e) || !ask_facts(s, &o, &f, e) ||
	    !tron_plan(&s->wallet, &o, &f, &t, &fee, e))
		return false;
	buf_json_member_string(answer, "job", q->job);
	buf_json_member_string(answer, "asset", q->asset);
	tron_member_address(answer, "from", &t.owner);
	if (t.pull)
		tron_member_address(answer, "payer", &t.from);
	tron_member_address(answer, "to", &t.to);
	tron_member_amount(answer, "amount", t.amount);
	buf_json_member_string(answer, "kind", SPAN_LIT("pay"));
	print_unsigned(&t, answer);
	buf_json_member_raw(answer, "spends", SPAN_LIT("[]"));
	tron_member_amount(answer, "fee", fee);
	tron_member_amount(answer, "feeRate", f.prices.energy);
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("TRX"));
	buf_json_key(answer, "expiry");
	buf_byte(answer, '{');
	buf_json_member_u64(answer, "time", ((uint64_t)t.expiration_ms + 999) / 1000);
	buf_byte(answer, '}');
	return true;
}

/* ---- assemble ---- */

static bool
read_payload(const struct frame_request *q, unsigned char raw[TRON_RAW_MAX], size_t *n,
	     struct tron_transfer *t, struct frame_error *e)
{
	struct span form, payload, text;
	enum tron_raw_error bad;

	if (!q->unsigned_.ptr || !json_find(q->unsigned_, "form", &form) ||
	    !span_is(form, "\"tron-raw\"") || !json_find(q->unsigned_, "payload", &payload) ||
	    !json_plain(payload, &text) || text.len > 2 * TRON_RAW_MAX || text.len % 2 ||
	    !hex_parse(text, false, raw, text.len / 2))
		return frame_fail(e, FRAME_REQUEST, "UNSIGNED",
				  "no tron-raw with a payload in hexadecimal");
	*n = text.len / 2;
	bad = tron_raw_read((struct span){(const char *)raw, *n}, t);
	return bad == TRON_RAW_OK ||
	       frame_fail(e, FRAME_REFUSED, "UNSIGNED", "%s", tron_raw_error_text(bad));
}

/* The one signature, r, s and 27 plus the recovery id. */
static bool
take_signature(const struct frame_request *q, unsigned char out[TRON_SIGNATURE_BYTES],
	       struct frame_error *e)
{
	struct span element, sig, text, recovery, other;
	struct json_walk w;
	uint64_t id;

	if (!q->signatures.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "signatures are wanted");
	w = json_walk(q->signatures);
	if (!json_next_element(&w, &element) || json_next_element(&w, &other))
		return frame_fail(e, FRAME_REFUSED, "SIGNATURE", "one is wanted");
	if (!json_find(element, "sig", &sig) || !json_plain(sig, &text) ||
	    !hex_parse(text, false, out, 64) || !json_find(element, "recovery", &recovery) ||
	    !number_u64(recovery, &id) || id > 3)
		return frame_fail(e, FRAME_REQUEST, "SIGNATURE",
				  "sig is 128 hex digits, recovery 0 to 3");
	out[64] = (unsigned char)(27 + id);
	return true;
}

/* Is it the owner's over this id? */
static bool
check_signature(const struct tron_transfer *t, const unsigned char signature[TRON_SIGNATURE_BYTES],
		const unsigned char id[SHA256_BYTES], struct frame_error *e)
{
	unsigned char key[SECP_PUBLIC_LONG];
	struct tron_address signer;

	if (secp_recover(signature, signature[64] - 27, id, key)) {
		signer = tron_address_of_key(key + 1);
		if (tron_address_equal(&signer, &t->owner))
			return true;
	}
	return frame_fail(e, FRAME_REFUSED, "SIGNATURE",
			  "not the owner's signature over this transaction");
}

bool
tron_op_assemble(void *context, const struct frame_request *q, struct buf *answer,
		 struct frame_error *e)
{
	unsigned char raw[TRON_RAW_MAX], signature[TRON_SIGNATURE_BYTES], id[SHA256_BYTES];
	unsigned char transaction[TRON_TRANSACTION_MAX];
	struct tron_transfer t;
	struct span payload;
	size_t n = 0;

	(void)context;
	if (!read_payload(q, raw, &n, &t, e) || !take_signature(q, signature, e))
		return false;
	payload = (struct span){(const char *)raw, n};
	sha256(payload, id);
	if (!check_signature(&t, signature, id, e))
		return false;
	n = tron_transaction_write(payload, signature, transaction);
	token_adapter_member_hex(answer, "raw", transaction, n);
	token_adapter_member_hex(answer, "txId", id, sizeof id);
	return true;
}

/* ---- submit ---- */

bool
tron_op_submit(void *context, const struct frame_request *q, struct buf *answer,
	       struct frame_error *e)
{
	unsigned char bytes[TRON_TRANSACTION_MAX], id[SHA256_BYTES];
	struct span transaction = {(const char *)bytes, q->raw.len / 2}, raw, signature, said;
	struct tron_settle *s = context;
	char own[2 * SHA256_BYTES + 1];
	bool known;

	if (!q->raw.ptr || !q->tx_id.ptr || transaction.len > sizeof bytes ||
	    !hex_parse(q->raw, false, bytes, transaction.len) ||
	    !tron_transaction_read(transaction, &raw, &signature))
		return frame_fail(e, FRAME_REQUEST, "RAW",
				  "raw and txId of assemble's answer are wanted");
	sha256(raw, id);
	hex_print(id, sizeof id, own);
	if (!span_is(q->tx_id, own))
		return frame_fail(e, FRAME_REQUEST, "TX_ID", "txId is not that of raw");
	if (!tron_send(&s->node, transaction, &known, &said, e))
		return false;
	if (said.ptr && !span_is(said, own))
		return frame_fail(e, FRAME_CONFIG, "TX_ID", "the node took it under another id");
	buf_json_member_string(answer, "result", known ? SPAN_LIT("known") : SPAN_LIT("accepted"));
	return true;
}
