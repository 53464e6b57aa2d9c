#include "psbt_role.h"

#include "check.h"

#define NONE ((struct span){"", 0})
/* The longest witness: 16 signatures of 72 bytes and the script of 16 keys. */
#define WITNESS_MAX 2048
#define SEQUENCE_FINAL UINT32_MAX

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

static struct span
bytes(const unsigned char *p, size_t n)
{
	return (struct span){(const char *)p, n};
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
	return span_equal(bytes(have, hash.len), hash);
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
	out->code = bytes(out->own, sizeof out->own);
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

/* ---- signatures ---- */

/* Types that sign everything: what we pay is signed whole. */
static bool
type_is_ours(const struct role_input *how)
{
	return how->type == BTC_SIGHASH_ALL ||
	       (how->way == ROLE_V1 && how->type == BTC_SIGHASH_DEFAULT);
}

static bool
key_is_in(const struct role_input *how, struct span key)
{
	unsigned char hash[HASH160_BYTES];

	if (how->single) {
		hash160(key, hash);
		return span_equal(bytes(hash, sizeof hash), how->key);
	}
	/* a run of 33 bytes behind its length, in a script that is known to be of keys */
	return key.len == SECP_PUBLIC && span_find(how->script, key) < how->script.len;
}

static enum role_error
put_tap(struct role *r, size_t input, const struct role_input *how,
	const unsigned char signature[SECP_SIGNATURE])
{
	unsigned char value[SECP_SIGNATURE + 1];

	memcpy(value, signature, SECP_SIGNATURE);
	value[SECP_SIGNATURE] = (unsigned char)how->type;
	return psbt_put(r->psbt, psbt_in(input), PSBT_IN_TAP_SIGNATURE, NONE,
			bytes(value, SECP_SIGNATURE + (how->type != BTC_SIGHASH_DEFAULT)))
		   ? ROLE_OK
		   : ROLE_E_LIMIT;
}

static enum role_error
put_schnorr(struct role *r, size_t input, const struct role_input *how, struct span signature)
{
	unsigned char digest[HASH_BYTES];
	enum role_error e = role_digest(r, input, how, digest);

	if (e != ROLE_OK)
		return e;
	if (signature.len != SECP_SIGNATURE ||
	    !secp_schnorr_verify((const unsigned char *)how->key.ptr, bytes(digest, HASH_BYTES),
				 (const unsigned char *)signature.ptr))
		return ROLE_E_SIGNATURE;
	return put_tap(r, input, how, (const unsigned char *)signature.ptr);
}

static enum role_error
put_der(struct role *r, size_t input, const struct role_input *how, struct span key,
	struct span der)
{
	unsigned char value[SECP_DER_MAX + 1];

	memcpy(value, der.ptr, der.len);
	value[der.len] = (unsigned char)how->type;
	return psbt_put(r->psbt, psbt_in(input), PSBT_IN_SIGNATURE, key, bytes(value, der.len + 1))
		   ? ROLE_OK
		   : ROLE_E_LIMIT;
}

enum role_error
role_put_signature(struct role *r, size_t input, struct span key, struct span signature)
{
	unsigned char digest[HASH_BYTES], compact[SECP_SIGNATURE];
	struct role_input how;
	enum role_error e = role_look(r, input, &how);

	if (e != ROLE_OK)
		return e;
	if (!type_is_ours(&how))
		return ROLE_E_TYPE;
	if (how.way == ROLE_V1)
		return put_schnorr(r, input, &how, signature);
	if (!key_is_in(&how, key))
		return ROLE_E_KEY;
	e = role_digest(r, input, &how, digest);
	if (e != ROLE_OK)
		return e;
	if (signature.len > SECP_DER_MAX || !secp_der_parse(signature, compact) ||
	    !secp_verify(key, digest, compact))
		return ROLE_E_SIGNATURE;
	return put_der(r, input, &how, key, signature);
}

static bool
tap_key_make(const unsigned char secret[SECP_KEY], const unsigned char *root,
	     struct secp_pair *pair, unsigned char output[SECP_KEY])
{
	unsigned char xonly[SECP_KEY], tweak[HASH_BYTES];

	if (!secp_pair_make(secret, pair))
		return false;
	secp_pair_xonly(pair, xonly);
	btc_tap_tweak(xonly, root, tweak);
	if (!secp_pair_add(pair, tweak))
		return false;
	secp_pair_xonly(pair, output);
	return true;
}

bool
role_key_make(const unsigned char secret[SECP_KEY], struct role_key *out)
{
	if (!secp_public_of(secret, out->point) ||
	    !tap_key_make(secret, NULL, &out->tap, out->output))
		return false;
	memcpy(out->secret, secret, SECP_KEY);
	return true;
}

static enum role_error
sign_v1(struct role *r, size_t input, const struct role_input *how, const struct role_key *key,
	size_t *made)
{
	unsigned char digest[HASH_BYTES], output[SECP_KEY], signature[SECP_SIGNATURE];
	struct secp_pair pair = key->tap;
	struct span root;
	enum role_error e = ROLE_OK;

	memcpy(output, key->output, SECP_KEY);
	if (psbt_get(r->psbt, psbt_in(input), PSBT_IN_TAP_ROOT, NONE, &root) &&
	    !tap_key_make(key->secret, (const unsigned char *)root.ptr, &pair, output))
		return ROLE_E_KEY;
	if (span_equal(bytes(output, sizeof output), how->key)) {
		e = role_digest(r, input, how, digest);
		if (e == ROLE_OK) {
			CHECK(secp_schnorr_sign(&pair, digest, NULL, signature));
			e = put_tap(r, input, how, signature);
			(*made)++;
		}
	}
	explicit_bzero(&pair, sizeof pair);
	return e;
}

/* The transaction's own signatures are not verified again: libsecp256k1 made them just now. */
static enum role_error
sign_ecdsa(struct role *r, size_t input, const struct role_input *how,
	   const unsigned char key[SECP_KEY], struct span public_key, bool low_r, size_t *made)
{
	unsigned char digest[HASH_BYTES], signature[SECP_SIGNATURE], der[SECP_DER_MAX];
	enum role_error e;

	if (!key_is_in(how, public_key))
		return ROLE_OK;
	e = role_digest(r, input, how, digest);
	if (e != ROLE_OK)
		return e;
	CHECK(secp_sign(key, digest, low_r, signature));
	(*made)++;
	return put_der(r, input, how, public_key, bytes(der, secp_der_print(signature, der)));
}

enum role_error
role_sign_with(struct role *r, const struct role_key *key, bool low_r, size_t *made)
{
	enum role_error e = ROLE_OK;

	*made = 0;
	for (size_t i = 0; e == ROLE_OK && i < r->tx->inputs_n; i++) {
		struct role_input how;

		e = role_look(r, i, &how);
		if (e == ROLE_OK && !type_is_ours(&how))
			e = ROLE_E_TYPE;
		if (e == ROLE_OK && how.way == ROLE_V1)
			e = sign_v1(r, i, &how, key, made);
		else if (e == ROLE_OK)
			e = sign_ecdsa(r, i, &how, key->secret, bytes(key->point, SECP_PUBLIC),
				       low_r, made);
	}
	return e;
}

enum role_error
role_sign(struct role *r, const unsigned char secret[SECP_KEY], bool low_r, size_t *made)
{
	struct role_key key;
	enum role_error e;

	*made = 0;
	if (!role_key_make(secret, &key))
		return ROLE_E_KEY;
	e = role_sign_with(r, &key, low_r, made);
	explicit_bzero(&key, sizeof key);
	return e;
}

/* ---- finalising ---- */

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
	if (psbt_get(r->psbt, psbt_in(input), PSBT_IN_SHA256, bytes(htlc.hash, HASH_BYTES),
		     &preimage) &&
	    preimage.len == HASH_BYTES &&
	    signature_of(r, input, how, bytes(htlc.claim, SECP_PUBLIC), &signature)) {
		add_item(out, signature);
		add_item(out, preimage);
		add_item(out, (struct span){&one, 1});
		return ROLE_OK;
	}
	if (!signature_of(r, input, how, bytes(htlc.refund, SECP_PUBLIC), &signature))
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
		if (r->verify && !key_is_in(how, key))
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
	if (!type_is_ours(&as) || (value.len == 65 && as.type == BTC_SIGHASH_DEFAULT))
		return ROLE_E_TYPE;
	if (r->verify) {
		e = role_digest(r, input, &as, digest);
		if (e != ROLE_OK)
			return e;
		if (!secp_schnorr_verify((const unsigned char *)how->key.ptr,
					 bytes(digest, HASH_BYTES),
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
		buf_add(raw, bytes(tx->inputs[i].txid, HASH_BYTES));
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
