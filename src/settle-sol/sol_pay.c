/* prepare, assemble, submit. */
#include "base58.h"
#include "base64.h"
#include "hex.h"
#include "number.h"
#include "sol_ops.h"

#include <sodium.h>

static bool
ask_facts(struct sol_settle *s, const struct sol_order *o, struct sol_facts *f,
	  struct sol_blockhash *blockhash, struct frame_error *e)
{
	struct sol_key at[SOL_ACCOUNTS];
	unsigned bump;

	if (!sol_plan_accounts(&s->wallet, o, at, &bump))
		return frame_fail(e, FRAME_REFUSED, "RECEIVER", "no account can be derived");
	if (!sol_ask_blockhash(&s->node, blockhash, e) ||
	    !sol_ask_price(&s->node, &s->wallet.source, &f->price, e) ||
	    !sol_ask_rent(&s->node, &f->rent, e) ||
	    !sol_ask_accounts(&s->node, at, SOL_ACCOUNTS, f->at, e))
		return false;
	f->blockhash = blockhash->hash;
	if (f->price > s->price_max)
		f->price = s->price_max;
	return true;
}

static void
print_digest(const struct sol_key *key, struct buf *answer)
{
	if (answer->ptr[answer->len - 1] == '}')
		buf_byte(answer, ',');
	buf_str(answer, "{\"digest\":null");
	buf_json_member_string(answer, "scheme", SPAN_LIT("ed25519"));
	sol_member_key(answer, "key", key);
	buf_byte(answer, '}');
}

static void
print_unsigned(const struct sol_transfer *t, struct buf *answer)
{
	unsigned char message[SOL_MESSAGE_MAX];
	size_t n = sol_message_write(t, message);

	buf_json_key(answer, "unsigned");
	buf_str(answer, "{\"form\":\"solana-message\",\"payload\":\"");
	base64_append((struct span){(const char *)message, n}, answer);
	buf_str(answer, "\",\"digests\":[");
	print_digest(&t->payer, answer);
	if (sol_message_signers(t) == 2)
		print_digest(&t->authority, answer);
	buf_str(answer, "]}");
}

bool
sol_op_prepare(void *context, const struct frame_request *q, struct buf *answer,
	       struct frame_error *e)
{
	struct sol_settle *s = context;
	struct sol_blockhash blockhash;
	struct sol_transfer t;
	struct sol_order o;
	struct sol_facts f;
	uint64_t fee;

	if (!sol_check_chain(s, e) || !sol_read_order(s, q, &o, e) ||
	    !ask_facts(s, &o, &f, &blockhash, e) || !sol_plan(&s->wallet, &o, &f, &t, &fee, e))
		return false;
	buf_json_member_string(answer, "job", q->job);
	buf_json_member_string(answer, "asset", q->asset);
	sol_member_key(answer, "from", &t.authority);
	sol_member_key(answer, "to", &o.to);
	sol_member_amount(answer, "amount", t.amount);
	buf_json_member_string(answer, "kind", SPAN_LIT("pay"));
	print_unsigned(&t, answer);
	buf_json_member_raw(answer, "spends", SPAN_LIT("[]"));
	sol_member_amount(answer, "fee", fee);
	sol_member_amount(answer, "feeRate", t.unit_price);
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("SOL"));
	buf_json_key(answer, "expiry");
	buf_byte(answer, '{');
	buf_json_member_u64(answer, "height", blockhash.last_valid);
	buf_byte(answer, '}');
	return true;
}

static bool
read_payload(const struct frame_request *q, struct buf *bytes, struct sol_transfer *t,
	     struct frame_error *e)
{
	struct span form, payload, text;
	enum sol_message_error bad;

	if (!q->unsigned_.ptr || !json_find(q->unsigned_, "form", &form) ||
	    !span_is(form, "\"solana-message\"") || !json_find(q->unsigned_, "payload", &payload) ||
	    !json_plain(payload, &text) || !base64_decode(text, bytes))
		return frame_fail(e, FRAME_REQUEST, "UNSIGNED",
				  "no solana-message with a payload in Base64");
	bad = sol_message_read(buf_span(bytes), t);
	return bad == SOL_MESSAGE_OK ||
	       frame_fail(e, FRAME_REFUSED, "UNSIGNED", "%s", sol_message_error_text(bad));
}

static bool
take_signature(struct span element, const struct sol_key *key, struct span message,
	       unsigned char out[SOL_SIGNATURE_BYTES], struct frame_error *e)
{
	struct span value, text;

	if (!json_find(element, "sig", &value) || !json_plain(value, &text) ||
	    !hex_parse(text, false, out, SOL_SIGNATURE_BYTES))
		return frame_fail(e, FRAME_REQUEST, "SIGNATURE", "sig is 128 hex digits");
	if (crypto_sign_verify_detached(out, (const unsigned char *)message.ptr, message.len,
					key->bytes) != 0)
		return frame_fail(e, FRAME_REFUSED, "SIGNATURE",
				  "not this key's signature over this message");
	return true;
}

static bool
take_signatures(const struct frame_request *q, const struct sol_transfer *t, struct span message,
		unsigned char out[SOL_SIGNERS_MAX * SOL_SIGNATURE_BYTES], struct frame_error *e)
{
	const struct sol_key *keys[SOL_SIGNERS_MAX] = {&t->payer, &t->authority};
	size_t wanted = sol_message_signers(t);
	struct json_walk w;
	struct span element;

	if (!q->signatures.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "signatures are wanted");
	w = json_walk(q->signatures);
	for (size_t i = 0; i < wanted; i++) {
		if (!json_next_element(&w, &element))
			return frame_fail(e, FRAME_REFUSED, "SIGNATURE", "%zu are wanted", wanted);
		if (!take_signature(element, keys[i], message, out + i * SOL_SIGNATURE_BYTES, e))
			return false;
	}
	return !json_next_element(&w, &element) ||
	       frame_fail(e, FRAME_REFUSED, "SIGNATURE", "%zu are wanted", wanted);
}

bool
sol_op_assemble(void *context, const struct frame_request *q, struct buf *answer,
		struct frame_error *e)
{
	unsigned char signatures[SOL_SIGNERS_MAX * SOL_SIGNATURE_BYTES];
	unsigned char transaction[SOL_TRANSACTION_MAX];
	char id[BASE58_TEXT_MAX];
	struct sol_transfer t;
	struct buf message;
	size_t n;
	bool ok;

	(void)context;
	buf_init(&message, SOL_MESSAGE_MAX);
	ok = read_payload(q, &message, &t, e) &&
	     take_signatures(q, &t, buf_span(&message), signatures, e);
	if (ok) {
		n = sol_transaction_write(buf_span(&message), signatures, sol_message_signers(&t),
					  transaction);
		base58_print(signatures, SOL_SIGNATURE_BYTES, id);
		token_adapter_member_hex(answer, "raw", transaction, n);
		buf_json_member_string(answer, "txId", span_of(id));
	}
	buf_release(&message);
	return ok;
}

bool
sol_op_submit(void *context, const struct frame_request *q, struct buf *answer,
	      struct frame_error *e)
{
	unsigned char bytes[SOL_TRANSACTION_MAX];
	struct sol_settle *s = context;
	struct span raw = {(const char *)bytes, q->raw.len / 2}, message, signatures, id;
	struct sol_transfer t;
	char own[BASE58_TEXT_MAX];
	bool known;

	if (!q->raw.ptr || !q->tx_id.ptr || raw.len > sizeof bytes ||
	    !hex_parse(q->raw, false, bytes, raw.len) ||
	    sol_transaction_read(raw, &t, &message, &signatures) != SOL_MESSAGE_OK)
		return frame_fail(e, FRAME_REQUEST, "RAW",
				  "raw and txId of assemble's answer are wanted");
	base58_print((const unsigned char *)signatures.ptr, SOL_SIGNATURE_BYTES, own);
	if (!span_is(q->tx_id, own))
		return frame_fail(e, FRAME_REQUEST, "TX_ID", "txId is not that of raw");
	if (!sol_send(&s->node, raw, &known, &id, e))
		return false;
	if (!known && !span_is(id, own))
		return frame_fail(e, FRAME_CONFIG, "TX_ID", "the node took it under another id");
	buf_json_member_string(answer, "result", known ? SPAN_LIT("known") : SPAN_LIT("accepted"));
	return true;
}
