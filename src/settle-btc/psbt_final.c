/* psbt_final: out of an input's signatures its script and witness; and of all of them the signed
 * transaction. */
#include "psbt_role_parts.h"

#include "check.h"

/* The longest witness: 16 signatures of 72 bytes and the script of 16 keys. */
#define WITNESS_MAX 2048
#define SEQUENCE_FINAL UINT32_MAX

/* ---- what opens each kind of script ---- */

struct items {
	struct span item[BTC_MULTI_MAX + 3];
	size_t n;
};

static void
add_item(struct items *s, struct span item)
{
	CHECK(s->n < sizeof s->item / sizeof *s->item);
	s->item[s->n++] = item;
}

static bool
signature_of(const struct role *r, size_t input, const struct role_input *how, struct span key,
	     struct span *out)
{
	unsigned char digest[HASH_BYTES], compact[SECP_SIGNATURE];

	if (!psbt_get(r->psbt, psbt_in(input), PSBT_IN_SIGNATURE, key, out) || out->len < 2 ||
	    (unsigned char)out->ptr[out->len - 1] != how->type)
		return false;
	return !r->verify || (role_digest(r, input, how, digest) == ROLE_OK &&
			      secp_der_parse((struct span){out->ptr, out->len - 1}, compact) &&
			      secp_verify(key, digest, compact));
}

static enum role_error
items_multi(const struct role *r, size_t input, const struct role_input *how, struct items *out)
{
	struct btc_multi multi;
	struct span signature;
	unsigned have = 0;

	CHECK(btc_multi_parse(how->script, &multi));
	add_item(out, NONE); /* CHECKMULTISIG takes one too many */
	for (unsigned i = 0; i < multi.n && have < multi.m; i++) {
		/* the key as it stands in the script, which outlives this */
		struct span key = {how->script.ptr + 2 + i * (1 + SECP_PUBLIC), SECP_PUBLIC};

		if (signature_of(r, input, how, key, &signature)) {
			add_item(out, signature);
			have++;
		}
	}
	return have == multi.m ? ROLE_OK : ROLE_E_MISSING;
}

static bool
lock_is_open(const struct btc_tx *tx, size_t input, uint32_t lock)
{
	return (tx->lock < BTC_LOCK_TIME_MIN) == (lock < BTC_LOCK_TIME_MIN) && tx->lock >= lock &&
	       tx->inputs[input].sequence != SEQUENCE_FINAL;
}

static enum role_error
items_htlc(const struct role *r, size_t input, const struct role_input *how, struct items *out)
{
	static const char one = 1;
	struct btc_htlc htlc;
	struct span signature, preimage;

	CHECK(btc_htlc_parse(how->script, &htlc));
	if (psbt_get(r->psbt, psbt_in(input), PSBT_IN_SHA256, role_bytes(htlc.hash, HASH_BYTES),
		     &preimage) &&
	    preimage.len == HASH_BYTES &&
	    signature_of(r, input, how, role_bytes(htlc.claim, SECP_PUBLIC), &signature)) {
		add_item(out, signature);
		add_item(out, preimage);
		add_item(out, (struct span){&one, 1});
		return ROLE_OK;
	}
	if (!signature_of(r, input, how, role_bytes(htlc.refund, SECP_PUBLIC), &signature))
		return ROLE_E_MISSING;
	add_item(out, signature);
	add_item(out, NONE);
	return lock_is_open(r->tx, input, htlc.lock) ? ROLE_OK : ROLE_E_LOCK;
}

/* One key: the signature of the key whose hash is in the coin. */
static enum role_error
items_single(const struct role *r, size_t input, const struct role_input *how, struct items *out)
{
	size_t at = psbt_first(r->psbt, psbt_in(input), PSBT_IN_SIGNATURE);
	struct span key, value;

	while (psbt_next(r->psbt, psbt_in(input), PSBT_IN_SIGNATURE, &at, &key, &value)) {
		if (r->verify && !role_key_is_in(how, key))
			continue;
		if (!signature_of(r, input, how, key, &value))
			return ROLE_E_SIGNATURE;
		add_item(out, value);
		add_item(out, key);
		return ROLE_OK;
	}
	return ROLE_E_MISSING;
}

static enum role_error
items_tap(const struct role *r, size_t input, const struct role_input *how, struct items *out)
{
	unsigned char digest[HASH_BYTES];
	struct span value;
	struct role_input as = *how;
	enum role_error e;

	if (!psbt_get(r->psbt, psbt_in(input), PSBT_IN_TAP_SIGNATURE, NONE, &value))
		return ROLE_E_MISSING;
	as.type = value.len == 65 ? (unsigned char)value.ptr[64] : BTC_SIGHASH_DEFAULT;
	if (!role_type_is_ours(&as) || (value.len == 65 && as.type == BTC_SIGHASH_DEFAULT))
		return ROLE_E_TYPE;
	if (r->verify) {
		e = role_digest(r, input, &as, digest);
		if (e != ROLE_OK)
			return e;
		if (!secp_schnorr_verify((const unsigned char *)how->key.ptr,
					 role_bytes(digest, HASH_BYTES),
					 (const unsigned char *)value.ptr))
			return ROLE_E_SIGNATURE;
	}
	add_item(out, value);
	return ROLE_OK;
}

static enum role_error
items_of(const struct role *r, size_t input, const struct role_input *how, struct items *out)
{
	enum role_error e;

	out->n = 0;
	if (how->way == ROLE_V1)
		return items_tap(r, input, how, out);
	if (how->single)
		return items_single(r, input, how, out);
	e = how->multi ? items_multi(r, input, how, out) : items_htlc(r, input, how, out);
	if (e == ROLE_OK)
		add_item(out, how->script);
	return e;
}

/* ---- finalised ---- */

static void
push(struct buf *out, struct span data)
{
	if (data.len == 0) {
		buf_byte(out, 0);
		return;
	}
	if (data.len > 75)
		buf_byte(out, data.len < 256 ? 76 : 77);
	wire_put_int(out, data.len, data.len < 256 ? 1 : 2);
	buf_add(out, data);
}

/* What BIP174's finaliser takes away: all but the coin and what nobody knows. */
static void
drop_done(struct psbt *p, size_t input)
{
	size_t to = 0;

	for (size_t i = 0; i < p->n; i++) {
		unsigned type = (unsigned char)p->pairs[i].key.ptr[0];
		bool known = (type >= PSBT_IN_SIGNATURE && type <= PSBT_IN_ORIGIN) ||
			     (type >= 0x0a && type <= 0x0d) ||
			     (type >= PSBT_IN_TAP_SIGNATURE && type <= PSBT_IN_TAP_ROOT);

		if (p->pairs[i].map != psbt_in(input) || !known)
			p->pairs[to++] = p->pairs[i];
	}
	p->n = to;
}

static enum role_error
finalise_input(struct role *r, size_t input)
{
	char script_text[WITNESS_MAX], witness_text[WITNESS_MAX];
	struct buf script = {script_text, 0, WITNESS_MAX, WITNESS_MAX, false};
	struct buf witness = {witness_text, 0, WITNESS_MAX, WITNESS_MAX, false};
	struct psbt *p = r->psbt;
	struct role_input how;
	struct items items;
	struct span done;
	enum role_error e;

	if (psbt_get(p, psbt_in(input), PSBT_IN_FINAL_SCRIPT, NONE, &done) ||
	    psbt_get(p, psbt_in(input), PSBT_IN_FINAL_WITNESS, NONE, &done))
		return ROLE_OK;
	e = role_look(r, input, &how);
	if (e == ROLE_OK)
		e = items_of(r, input, &how, &items);
	if (e != ROLE_OK)
		return e;
	if (how.way == ROLE_LEGACY) {
		for (size_t i = 0; i < items.n; i++)
			push(&script, items.item[i]);
	} else {
		if (how.redeem.ptr)
			push(&script, how.redeem);
		wire_put_compact(&witness, items.n);
		for (size_t i = 0; i < items.n; i++)
			wire_put_run(&witness, items.item[i]);
	}
	if (!buf_ok(&script) || !buf_ok(&witness))
		return ROLE_E_LIMIT;
	drop_done(p, input);
	if ((script.len &&
	     !psbt_put(p, psbt_in(input), PSBT_IN_FINAL_SCRIPT, NONE, buf_span(&script))) ||
	    (witness.len &&
	     !psbt_put(p, psbt_in(input), PSBT_IN_FINAL_WITNESS, NONE, buf_span(&witness))))
		return ROLE_E_LIMIT;
	return ROLE_OK;
}

enum role_error
role_finalise(struct role *r)
{
	enum role_error e = ROLE_OK;

	for (size_t i = 0; e == ROLE_OK && i < r->tx->inputs_n; i++)
		e = finalise_input(r, i);
	return e;
}

/* ---- extracted ---- */

enum role_error
role_extract(const struct role *r, struct buf *raw)
{
	const struct btc_tx *tx = r->tx;
	bool segwit = false;
	struct span value;

	for (size_t i = 0; i < tx->inputs_n; i++) {
		bool witness = psbt_get(r->psbt, psbt_in(i), PSBT_IN_FINAL_WITNESS, NONE, &value);

		if (!witness && !psbt_get(r->psbt, psbt_in(i), PSBT_IN_FINAL_SCRIPT, NONE, &value))
			return ROLE_E_MISSING;
		segwit |= witness;
	}
	wire_put_int(raw, tx->version, 4);
	if (segwit)
		buf_add(raw, (struct span){"\0\1", 2});
	wire_put_compact(raw, tx->inputs_n);
	for (size_t i = 0; i < tx->inputs_n; i++) {
		if (!psbt_get(r->psbt, psbt_in(i), PSBT_IN_FINAL_SCRIPT, NONE, &value))
			value = NONE;
		buf_add(raw, role_bytes(tx->inputs[i].txid, HASH_BYTES));
		wire_put_int(raw, tx->inputs[i].vout, 4);
		wire_put_run(raw, value);
		wire_put_int(raw, tx->inputs[i].sequence, 4);
	}
	wire_put_compact(raw, tx->outputs_n);
	for (size_t i = 0; i < tx->outputs_n; i++) {
		wire_put_int(raw, tx->outputs[i].amount, 8);
		wire_put_run(raw, tx->outputs[i].script);
	}
	for (size_t i = 0; segwit && i < tx->inputs_n; i++) {
		if (psbt_get(r->psbt, psbt_in(i), PSBT_IN_FINAL_WITNESS, NONE, &value))
			buf_add(raw, value);
		else
			buf_byte(raw, 0);
	}
	wire_put_int(raw, tx->lock, 4);
	return buf_ok(raw) ? ROLE_OK : ROLE_E_LIMIT;
}
