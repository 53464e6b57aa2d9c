#include "psbt_role_parts.h"

const char *
role_error_text(enum role_error e)
{
	switch (e) {
	case ROLE_OK: return "good";
	case ROLE_E_TX: return "no transaction can be made of it";
	case ROLE_E_COIN: return "the coin of an input is not known";
	case ROLE_E_SCRIPT: return "a script that is not the coin's, or cannot be spent here";
	case ROLE_E_TYPE: return "a signature type that is not made here";
	case ROLE_E_KEY: return "the key is none of the input's";
	case ROLE_E_SIGNATURE: return "a signature does not verify";
	case ROLE_E_MISSING: return "signatures or a preimage are missing";
	case ROLE_E_LOCK: return "the lock time does not open the script";
	case ROLE_E_OTHER: return "of different transactions";
	case ROLE_E_LIMIT: return "larger than what is held here";
	}
	return "";
}

static bool
has_type(const struct psbt *p, size_t input, unsigned type)
{
	return psbt_first(p, psbt_in(input), type) != psbt_first(p, psbt_in(input), type + 1);
}

enum role_error
role_init(struct role *r, struct psbt *psbt, struct btc_tx *tx)
{
	r->psbt = psbt;
	r->tx = tx;
	if (!psbt_tx(psbt, tx))
		return ROLE_E_TX;
	btc_sighash_init(&r->sighash, tx);
	r->verify = false;
	for (size_t i = 0; i < psbt->inputs_n; i++)
		r->verify |= has_type(psbt, i, PSBT_IN_SIGNATURE) ||
			     has_type(psbt, i, PSBT_IN_TAP_SIGNATURE);
	return ROLE_OK;
}

/* ---- how an input is spent ---- */

static bool
script_is(struct span script, struct span hash)
{
	unsigned char have[HASH_BYTES];

	if (hash.len == HASH160_BYTES)
		hash160(script, have);
	else
		hash_single(script, have);
	return span_equal(role_bytes(have, hash.len), hash);
}

/* The script under P2SH or P2WSH: keys, or the HTLC. */
static enum role_error
look_script(struct span script, struct role_input *out)
{
	struct btc_multi multi;
	struct btc_htlc htlc;

	out->code = out->script = script;
	out->multi = btc_multi_parse(script, &multi);
	out->htlc = out->way == ROLE_V0 && !out->multi && btc_htlc_parse(script, &htlc);
	return out->multi || out->htlc ? ROLE_OK : ROLE_E_SCRIPT;
}

static enum role_error
look_single(struct span hash, struct role_input *out)
{
	struct btc_script code;

	btc_p2pkh((const unsigned char *)hash.ptr, &code);
	memcpy(out->own, code.bytes, sizeof out->own);
	out->code = role_bytes(out->own, sizeof out->own);
	out->single = true;
	out->key = hash;
	return ROLE_OK;
}

static enum role_error
look_program(const struct role *r, size_t input, enum btc_script_kind kind, struct span inside,
	     struct role_input *out)
{
	struct span script;

	out->way = ROLE_V0;
	if (kind == BTC_P2WPKH)
		return look_single(inside, out);
	if (kind != BTC_P2WSH ||
	    !psbt_get(r->psbt, psbt_in(input), PSBT_IN_WITNESS_SCRIPT, NONE, &script) ||
	    !script_is(script, inside))
		return ROLE_E_SCRIPT;
	return look_script(script, out);
}

static enum role_error
look_p2sh(const struct role *r, size_t input, struct span hash, struct role_input *out)
{
	enum btc_script_kind kind;
	struct span inside;

	if (!psbt_get(r->psbt, psbt_in(input), PSBT_IN_REDEEM, NONE, &out->redeem) ||
	    !script_is(out->redeem, hash))
		return ROLE_E_SCRIPT;
	kind = btc_script_kind(out->redeem, &inside);
	if (kind == BTC_P2WPKH || kind == BTC_P2WSH)
		return look_program(r, input, kind, inside, out);
	return look_script(out->redeem, out);
}

enum role_error
role_look(const struct role *r, size_t input, struct role_input *out)
{
	const struct btc_input *in = &r->tx->inputs[input];
	enum btc_script_kind kind;
	struct span inside, type;
	bool typed = psbt_get(r->psbt, psbt_in(input), PSBT_IN_SIGHASH, NONE, &type);
	struct cursor c = cursor_of(typed ? type : NONE);

	*out = (struct role_input){.way = ROLE_LEGACY};
	if (!in->known)
		return ROLE_E_COIN;
	kind = btc_script_kind(in->coin_script, &inside);
	out->type = typed	       ? (unsigned)wire_int(&c, 4)
		    : kind == BTC_P2TR ? BTC_SIGHASH_DEFAULT
				       : BTC_SIGHASH_ALL;
	switch (kind) {
	case BTC_P2PKH: return look_single(inside, out);
	case BTC_P2SH: return look_p2sh(r, input, inside, out);
	case BTC_P2WPKH:
	case BTC_P2WSH: return look_program(r, input, kind, inside, out);
	case BTC_P2TR:
		out->way = ROLE_V1;
		out->single = true;
		out->key = inside;
		return ROLE_OK;
	case BTC_PROGRAM:
	case BTC_OTHER: break;
	}
	return ROLE_E_SCRIPT;
}

/* ---- what is signed, and by whom ---- */

/* The original digest does not cover the amount: then the whole previous transaction must be there,
 * or a false amount would go unnoticed into the fee. */
static bool
amount_is_proven(const struct role *r, size_t input)
{
	struct span whole;

	return psbt_get(r->psbt, psbt_in(input), PSBT_IN_WHOLE_TX, NONE, &whole);
}

enum role_error
role_digest(const struct role *r, size_t input, const struct role_input *how,
	    unsigned char out[HASH_BYTES])
{
	switch (how->way) {
	case ROLE_LEGACY:
		if (!amount_is_proven(r, input))
			return ROLE_E_COIN;
		btc_sighash_legacy(&r->sighash, input, how->code, how->type, out);
		return ROLE_OK;
	case ROLE_V0: btc_sighash_v0(&r->sighash, input, how->code, how->type, out); return ROLE_OK;
	case ROLE_V1:
		if (!r->sighash.all_known)
			return ROLE_E_COIN;
		return btc_sighash_v1(&r->sighash, input, how->type, NULL, out) ? ROLE_OK
										: ROLE_E_TYPE;
	}
	return ROLE_E_SCRIPT;
}

/* Types that sign everything: what we pay is signed whole. */
bool
role_type_is_ours(const struct role_input *how)
{
	return how->type == BTC_SIGHASH_ALL ||
	       (how->way == ROLE_V1 && how->type == BTC_SIGHASH_DEFAULT);
}

bool
role_key_is_in(const struct role_input *how, struct span key)
{
	unsigned char hash[HASH160_BYTES];

	if (how->single) {
		hash160(key, hash);
		return span_equal(role_bytes(hash, sizeof hash), how->key);
	}
	/* a run of 33 bytes behind its length, in a script that is known to be of keys */
	return key.len == SECP_PUBLIC && span_find(how->script, key) < how->script.len;
}

/* ---- two of one transaction ---- */

enum role_error
role_combine(struct psbt *a, const struct psbt *b, struct btc_tx *work_a, struct btc_tx *work_b)
{
	unsigned char id_a[HASH_BYTES], id_b[HASH_BYTES];
	struct span have;

	if (a->version != b->version)
		return ROLE_E_OTHER;
	if (!psbt_tx(a, work_a) || !psbt_tx(b, work_b))
		return ROLE_E_TX;
	btc_tx_txid(work_a, id_a);
	btc_tx_txid(work_b, id_b);
	if (memcmp(id_a, id_b, HASH_BYTES) != 0)
		return ROLE_E_OTHER;
	for (size_t i = 0; i < b->n; i++) {
		const struct psbt_pair *pair = &b->pairs[i];
		unsigned type = (unsigned char)pair->key.ptr[0];
		struct span keydata = {pair->key.ptr + 1, pair->key.len - 1};

		if (!psbt_get(a, pair->map, type, keydata, &have) &&
		    !psbt_put(a, pair->map, type, keydata, pair->value))
			return ROLE_E_LIMIT;
	}
	return ROLE_OK;
}
