#include "build.h"

#include "base64.h"
#include "check.h"
#include "coin_select.h"
#include "hex.h"
#include "number.h"

#include <stdio.h>
#include <stdlib.h>

/* BIP125: replaceable, and locks count. */
#define SEQUENCE UINT32_C(0xfffffffd)
#define NONE ((struct span){"", 0})

void
build_amount(struct buf *out, const char *name, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)v);
	buf_json_member_string(out, name, span_of(text));
}

void
build_txid(struct buf *out, const char *name, const unsigned char txid[HASH_BYTES])
{
	char text[BTC_TXID_TEXT];

	btc_txid_print(txid, text);
	buf_json_member_string(out, name, span_of(text));
}

bool
build_spend_parse(struct span text, unsigned char txid[HASH_BYTES], uint32_t *vout)
{
	uint64_t v;

	if (text.len < 66 || text.ptr[64] != ':' ||
	    !btc_txid_parse((struct span){text.ptr, 64}, txid) ||
	    !number_u64((struct span){text.ptr + 65, text.len - 65}, &v) || v > UINT32_MAX)
		return false;
	*vout = (uint32_t)v;
	return true;
}

bool
build_check_request(const struct adapter *a, const struct frame_request *q, struct frame_error *e)
{
	if (q->asset.ptr && !span_is(q->asset, "BTC"))
		return frame_fail(e, FRAME_REFUSED, "ASSET", "this chain has BTC and nothing else");
	if (q->payer.ptr)
		return frame_fail(e, FRAME_REFUSED, "UNSUPPORTED",
				  "nobody can be paid for by another on this chain");
	if (q->from.ptr && !span_is(q->from, a->wallet.address))
		return frame_fail(e, FRAME_REFUSED, "FROM", "another wallet than this one");
	return true;
}

bool
build_fee_cap(const struct frame_request *q, uint64_t fee, struct frame_error *e)
{
	uint64_t cap;

	if (!q->fee_max.ptr)
		return true;
	/* a cap above 64 bits is none */
	if (number_u64(q->fee_max, &cap) && fee > cap)
		return frame_fail(e, FRAME_UNDERPRICED, "FEE_CAP", "it costs %llu, the cap is %llu",
				  (unsigned long long)fee, (unsigned long long)cap);
	return true;
}

bool
build_rate(struct adapter *a, uint64_t *rate, uint64_t *increment, struct frame_error *e)
{
	uint64_t minimum;
	bool known;

	if (!node_estimate(&a->node, a->target_blocks, &known, rate, e) ||
	    !node_mempool(&a->node, &minimum, increment, e))
		return false;
	if (!known) {
		if (!a->fee_fallback)
			return frame_fail(e, FRAME_RETRY, "NO_ESTIMATE",
					  "the node has no fee estimate, and no fallback is set");
		*rate = a->fee_fallback;
	}
	if (*rate < minimum)
		*rate = minimum;
	if (*rate > a->fee_max)
		*rate = a->fee_max;
	return true;
}

size_t
build_base_weight(const struct adapter_plan *plan)
{
	/* version, lock and counts; marker and flag; a count of more than 252 does not happen */
	size_t weight = 4 * (4 + 4 + 1 + 1) + 2;

	for (size_t i = 0; i < plan->payments_n; i++)
		weight += 4 * (8 + 1 + plan->payments[i].script.n);
	return weight;
}

bool
build_change_place(const struct adapter *a, struct span job, struct adapter_plan *plan)
{
	unsigned char hash[HASH_BYTES];
	uint32_t v;

	hash_single(job, hash);
	memcpy(&v, hash, sizeof v);
	plan->change_place = (struct wallet_place){1, v % (uint32_t)a->wallet.pool};
	return wallet_script(&a->wallet, plan->change_place, &plan->change_script, NULL);
}

/* ---- plan to PSBT ---- */

static void
fill_tx(const struct adapter_plan *plan, struct btc_tx *tx)
{
	tx->version = 2;
	tx->lock = plan->lock;
	tx->inputs_n = plan->inputs_n;
	tx->outputs_n = 0;
	for (size_t i = 0; i < plan->inputs_n; i++) {
		const struct adapter_input *in = &plan->inputs[i];

		tx->inputs[i] = (struct btc_input){.vout = in->vout,
						   .sequence = SEQUENCE,
						   .script = NONE,
						   .known = true,
						   .amount = in->amount,
						   .coin_script = btc_script_span(&in->script)};
		memcpy(tx->inputs[i].txid, in->txid, HASH_BYTES);
	}
	for (size_t i = 0; i < plan->payments_n; i++)
		tx->outputs[tx->outputs_n++] = (struct btc_output){
		    plan->payments[i].amount, btc_script_span(&plan->payments[i].script)};
	if (plan->change)
		tx->outputs[tx->outputs_n++] =
		    (struct btc_output){plan->change, btc_script_span(&plan->change_script)};
}

bool
build_psbt(struct adapter *a, const struct adapter_plan *plan, bool origins, struct frame_error *e)
{
	bool good;

	fill_tx(plan, &a->tx);
	good = psbt_create(&a->tx, a->psbt_version, &a->psbt) == PSBT_OK;
	for (size_t i = 0; good && i < plan->inputs_n; i++) {
		good =
		    psbt_put_coin(&a->psbt, i, plan->inputs[i].amount,
				  btc_script_span(&plan->inputs[i].script)) &&
		    (!origins || wallet_put_input(&a->wallet, plan->inputs[i].place, &a->psbt, i));
	}
	if (good && plan->change)
		good =
		    wallet_put_output(&a->wallet, plan->change_place, &a->psbt, plan->payments_n);
	return good || frame_fail(e, FRAME_REFUSED, "TOO_LARGE", "a transaction of this size");
}

static void
print_digest(struct buf *out, const unsigned char digest[HASH_BYTES], const char *scheme,
	     struct span key)
{
	char hex[2 * SECP_PUBLIC + 1];

	if (out->ptr[out->len - 1] == '}')
		buf_byte(out, ',');
	buf_byte(out, '{');
	hex_print(digest, HASH_BYTES, hex);
	buf_json_member_string(out, "digest", span_of(hex));
	buf_json_member_string(out, "scheme", span_of(scheme));
	hex_print((const unsigned char *)key.ptr, key.len, hex);
	buf_json_member_string(out, "key", span_of(hex));
	buf_byte(out, '}');
}

/* The keys whose signatures an input wants: the first m of a multisig, the key of the origin
 * otherwise. */
static bool
print_digests_of(struct adapter *a, size_t input, struct buf *out)
{
	unsigned char digest[HASH_BYTES];
	struct role_input how;
	struct btc_multi multi;
	struct span key, value;
	size_t at;

	if (role_look(&a->role, input, &how) != ROLE_OK ||
	    role_digest(&a->role, input, &how, digest) != ROLE_OK)
		return false;
	if (how.multi && btc_multi_parse(how.script, &multi)) {
		for (unsigned i = 0; i < multi.m; i++)
			print_digest(out, digest, "ecdsa",
				     (struct span){(char *)multi.keys[i], SECP_PUBLIC});
		return true;
	}
	at = psbt_first(&a->psbt, psbt_in(input),
			how.way == ROLE_V1 ? PSBT_IN_TAP_ORIGIN : PSBT_IN_ORIGIN);
	if (!psbt_next(&a->psbt, psbt_in(input),
		       how.way == ROLE_V1 ? PSBT_IN_TAP_ORIGIN : PSBT_IN_ORIGIN, &at, &key, &value))
		return false;
	print_digest(out, digest, how.way == ROLE_V1 ? "schnorr" : "ecdsa", key);
	return true;
}

static bool
print_unsigned(struct adapter *a, struct buf *answer)
{
	buf_clear(&a->raw);
	buf_clear(&a->text);
	psbt_print(&a->psbt, &a->raw);
	base64_append(buf_span(&a->raw), &a->text);
	if (!buf_ok(&a->text) || !buf_ok(&a->raw) ||
	    role_init(&a->role, &a->psbt, &a->old) != ROLE_OK)
		return false;
	buf_json_key(answer, "unsigned");
	buf_byte(answer, '{');
	buf_json_member_string(answer, "form", SPAN_LIT("psbt"));
	buf_json_member_string(answer, "payload", buf_span(&a->text));
	buf_json_key(answer, "digests");
	buf_byte(answer, '[');
	for (size_t i = 0; i < a->tx.inputs_n; i++)
		if (!print_digests_of(a, i, answer))
			return false;
	buf_str(answer, "]}");
	return true;
}

bool
build_print(struct adapter *a, const struct adapter_plan *plan, const char *kind, size_t weight,
	    struct buf *answer, struct frame_error *e)
{
	buf_json_member_string(answer, "kind", span_of(kind));
	if (!print_unsigned(a, answer))
		return frame_fail(e, FRAME_REFUSED, "TOO_LARGE", "a transaction of this size");
	buf_json_key(answer, "spends");
	buf_byte(answer, '[');
	for (size_t i = 0; i < plan->inputs_n; i++) {
		char text[BTC_TXID_TEXT];

		btc_txid_print(plan->inputs[i].txid, text);
		buf_str(answer, i ? ",\"" : "\"");
		buf_str(answer, text);
		buf_byte(answer, ':');
		buf_u64(answer, plan->inputs[i].vout);
		buf_byte(answer, '"');
	}
	buf_byte(answer, ']');
	build_amount(answer, "fee", plan->fee);
	build_amount(answer, "feeRate", plan->fee * 4000 / weight);
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("BTC"));
	buf_json_member_raw(answer, "expiry", SPAN_LIT("null"));
	return true;
}

/* ---- signatures to bytes ---- */

static bool
role_fail(struct frame_error *e, enum role_error error)
{
	return frame_fail(e, FRAME_REFUSED, error == ROLE_E_MISSING ? "UNSIGNED" : "BAD_SIGNATURE",
			  "%s", role_error_text(error));
}

/* A payload in Base64 to a PSBT; its bytes stay in memory. */
static bool
read_payload(struct span text, struct buf *memory, struct psbt *out, struct frame_error *e)
{
	enum psbt_error error;

	buf_clear(memory);
	if (!base64_decode(text, memory))
		return frame_fail(e, FRAME_REQUEST, "PAYLOAD", "no Base64");
	error = psbt_parse(buf_span(memory), out);
	return error == PSBT_OK ||
	       frame_fail(e, FRAME_REQUEST, "PAYLOAD", "%s", psbt_error_text(error));
}

static bool
text_member(struct span object, const char *name, struct span *out)
{
	return json_find(object, name, out) && json_plain(*out, out);
}

/* The key that a signature is of: as the answer says, or the one that the PSBT names. */
static struct span
key_of(struct adapter *a, size_t input, struct span signature, unsigned char key[SECP_PUBLIC])
{
	size_t at = psbt_first(&a->psbt, psbt_in(input), PSBT_IN_ORIGIN);
	struct span text, value, named;

	if (text_member(signature, "publicKey", &text)) {
		unsigned char raw[SECP_PUBLIC_LONG];
		size_t n = text.len / 2;

		if ((n == SECP_PUBLIC || n == SECP_PUBLIC_LONG) && hex_parse(text, true, raw, n) &&
		    secp_public_compress((struct span){(char *)raw, n}, key))
			return (struct span){(char *)key, SECP_PUBLIC};
	}
	if (psbt_next(&a->psbt, psbt_in(input), PSBT_IN_ORIGIN, &at, &named, &value))
		return named;
	return NONE;
}

/* ECDSA as DER, or as r and s. */
static bool
take_signature(struct adapter *a, size_t input, struct span signature, struct frame_error *e)
{
	unsigned char bytes[SECP_DER_MAX + 1], der[SECP_DER_MAX], key[SECP_PUBLIC];
	struct role_input how;
	struct span text, sig;
	enum role_error error = role_look(&a->role, input, &how);

	if (error != ROLE_OK)
		return role_fail(e, error);
	if (!text_member(signature, "sig", &text) || text.len / 2 > SECP_DER_MAX ||
	    !hex_parse(text, true, bytes, text.len / 2))
		return frame_fail(e, FRAME_REFUSED, "BAD_SIGNATURE",
				  "a signature without hex digits");
	sig = (struct span){(char *)bytes, text.len / 2};
	if (how.way != ROLE_V1 && sig.len == SECP_SIGNATURE) {
		sig.len = secp_normalise(bytes) ? secp_der_print(bytes, der) : 0;
		sig.ptr = (char *)der;
	}
	error = role_put_signature(&a->role, input, key_of(a, input, signature, key), sig);
	return error == ROLE_OK || role_fail(e, error);
}

/* Signatures stand in the order of the digests: input by input, m for each input of a multisig. */
static bool
take_signatures(struct adapter *a, struct span list, struct frame_error *e)
{
	struct json_walk w = json_walk(list);
	struct span signature;

	for (size_t i = 0; i < a->tx.inputs_n; i++) {
		struct role_input how;
		struct btc_multi multi = {.m = 1};

		if (role_look(&a->role, i, &how) == ROLE_OK && how.multi)
			btc_multi_parse(how.script, &multi);
		for (unsigned k = 0; k < multi.m; k++) {
			if (!json_next_element(&w, &signature))
				return frame_fail(e, FRAME_REFUSED, "UNSIGNED",
						  "fewer signatures than digests");
			if (json_type(signature) != JSON_OBJECT)
				return frame_fail(e, FRAME_REQUEST, "MEMBER",
						  "a signature is an object");
			if (!take_signature(a, i, signature, e))
				return false;
		}
	}
	return true;
}

/* Another's PSBT, with signatures in it. */
static bool
take_payload(struct adapter *a, struct span text, struct frame_error *e)
{
	enum role_error error;

	if (!read_payload(text, &a->in_other, &a->other, e))
		return false;
	error = role_combine(&a->psbt, &a->other, &a->tx, &a->old);
	return error == ROLE_OK || role_fail(e, error);
}

static bool
take_payloads(struct adapter *a, struct span line, struct frame_error *e)
{
	struct span one, list;
	struct json_walk w;

	if (text_member(line, "payload", &one) && !take_payload(a, one, e))
		return false;
	if (!json_find(line, "payloads", &list) || json_type(list) != JSON_ARRAY)
		return true;
	w = json_walk(list);
	while (json_next_element(&w, &one))
		if (!json_plain(one, &one) || !take_payload(a, one, e))
			return e->code[0] || frame_fail(e, FRAME_REQUEST, "PAYLOAD", "no text");
	return true;
}

static bool
print_raw(struct adapter *a, struct buf *answer, struct frame_error *e)
{
	unsigned char txid[HASH_BYTES];
	enum role_error error = role_finalise(&a->role);
	struct cursor c;
	struct btc_view v;
	char *room;

	buf_clear(&a->raw);
	if (error == ROLE_OK)
		error = role_extract(&a->role, &a->raw);
	if (error != ROLE_OK)
		return role_fail(e, error);
	c = cursor_of(buf_span(&a->raw));
	CHECK(btc_view_read(&c, true, &v) && cursor_done(&c));
	btc_view_txid(&v, txid);
	buf_clear(&a->text);
	room = buf_room(&a->text, 2 * a->raw.len + 1);
	CHECK(room);
	hex_print((const unsigned char *)a->raw.ptr, a->raw.len, room);
	buf_json_member_string(answer, "raw", (struct span){room, 2 * a->raw.len});
	build_txid(answer, "txId", txid);
	return true;
}

bool
build_assemble(void *context, const struct frame_request *q, struct buf *answer,
	       struct frame_error *e)
{
	struct adapter *a = context;
	struct span payload;

	e->code[0] = 0;
	if (!q->unsigned_.ptr || !text_member(q->unsigned_, "payload", &payload))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "unsigned.payload is wanted");
	if (!read_payload(payload, &a->in, &a->psbt, e) || !take_payloads(a, q->line, e))
		return false;
	if (role_init(&a->role, &a->psbt, &a->tx) != ROLE_OK)
		return frame_fail(e, FRAME_REQUEST, "PAYLOAD", "no transaction can be made of it");
	if (q->signatures.ptr && !take_signatures(a, q->signatures, e))
		return false;
	return print_raw(a, answer, e);
}

bool
build_combine(void *context, const struct frame_request *q, struct buf *answer,
	      struct frame_error *e)
{
	struct adapter *a = context;
	struct span payload, version;
	struct psbt *out = &a->psbt;
	uint64_t to = 0;

	e->code[0] = 0;
	if (!q->unsigned_.ptr || !text_member(q->unsigned_, "payload", &payload))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "unsigned.payload is wanted");
	if (!read_payload(payload, &a->in, &a->psbt, e) || !take_payloads(a, q->line, e))
		return false;
	if (json_find(q->line, "psbtVersion", &version)) {
		if (!number_u64(version, &to) || (to != 0 && to != 2))
			return frame_fail(e, FRAME_REQUEST, "MEMBER", "psbtVersion is 0 or 2");
		if (!psbt_convert(&a->psbt, (unsigned)to, &a->tx, &a->other))
			return frame_fail(e, FRAME_REQUEST, "PAYLOAD", "cannot be converted");
		out = &a->other;
	}
	buf_clear(&a->raw);
	buf_clear(&a->text);
	psbt_print(out, &a->raw);
	base64_append(buf_span(&a->raw), &a->text);
	buf_json_member_string(answer, "payload", buf_span(&a->text));
	return buf_ok(&a->text) || frame_fail(e, FRAME_REFUSED, "TOO_LARGE", "a PSBT of this size");
}
