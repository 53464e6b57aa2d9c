#include "btc_sighash.h"

#include "check.h"

static void
add_hash(struct sha2 *s, const unsigned char hash[HASH_BYTES])
{
	sha2_add(s, (struct span){(const char *)hash, HASH_BYTES});
}

static void
add_outpoint(struct sha2 *s, const struct btc_input *in)
{
	add_hash(s, in->txid);
	btc_hash_int(s, in->vout, 4);
}

static void
add_output(struct sha2 *s, const struct btc_output *out)
{
	btc_hash_int(s, out->amount, 8);
	btc_hash_run(s, out->script);
}

static void
twice(const unsigned char once[HASH_BYTES], unsigned char out[HASH_BYTES])
{
	hash_single((struct span){(const char *)once, HASH_BYTES}, out);
}

static bool
is_taproot(const struct btc_input *in)
{
	return in->known && in->coin_script.len == 34 && in->coin_script.ptr[0] == 0x51;
}

/* What only signatures of taproot cover. */
static void
hash_coins(struct btc_sighash *s)
{
	struct sha2 amounts, scripts;

	sha2_begin(&amounts);
	sha2_begin(&scripts);
	for (size_t i = 0; s->all_known && i < s->tx->inputs_n; i++) {
		btc_hash_int(&amounts, s->tx->inputs[i].amount, 8);
		btc_hash_run(&scripts, s->tx->inputs[i].coin_script);
	}
	sha2_end(&amounts, s->amounts);
	sha2_end(&scripts, s->scripts);
}

void
btc_sighash_init(struct btc_sighash *s, const struct btc_tx *tx)
{
	struct sha2 outpoints, sequences, outputs;
	size_t taproot_n = 0;

	s->tx = tx;
	s->all_known = true;
	sha2_begin(&outpoints);
	sha2_begin(&sequences);
	sha2_begin(&outputs);
	for (size_t i = 0; i < tx->inputs_n; i++) {
		const struct btc_input *in = &tx->inputs[i];

		add_outpoint(&outpoints, in);
		btc_hash_int(&sequences, in->sequence, 4);
		s->all_known &= in->known;
		taproot_n += is_taproot(in);
	}
	for (size_t i = 0; i < tx->outputs_n; i++)
		add_output(&outputs, &tx->outputs[i]);
	sha2_end(&outpoints, s->outpoints);
	sha2_end(&sequences, s->sequences);
	sha2_end(&outputs, s->outputs);
	if (taproot_n)
		hash_coins(s);
	if (taproot_n == tx->inputs_n)
		return;
	twice(s->outpoints, s->outpoints_twice);
	twice(s->sequences, s->sequences_twice);
	twice(s->outputs, s->outputs_twice);
}

/* The inputs as the original signature hash sees them. */
static void
add_legacy_inputs(struct sha2 *h, const struct btc_tx *tx, size_t input, struct span code,
		  uint32_t type)
{
	const struct span none = {"", 0};
	bool alone = type & BTC_SIGHASH_ANYONECANPAY;
	unsigned base = type & 31;

	btc_hash_compact(h, alone ? 1 : tx->inputs_n);
	for (size_t i = 0; i < tx->inputs_n; i++) {
		bool other = i != input,
		     loose = base == BTC_SIGHASH_NONE || base == BTC_SIGHASH_SINGLE;

		if (alone && other)
			continue;
		add_outpoint(h, &tx->inputs[i]);
		btc_hash_run(h, other ? none : code);
		btc_hash_int(h, other && loose ? 0 : tx->inputs[i].sequence, 4);
	}
}

static void
add_legacy_outputs(struct sha2 *h, const struct btc_tx *tx, size_t input, uint32_t type)
{
	static const struct btc_output blank = {.amount = UINT64_MAX};
	unsigned base = type & 31;
	size_t n = base == BTC_SIGHASH_NONE	? 0
		   : base == BTC_SIGHASH_SINGLE ? input + 1
						: tx->outputs_n;

	btc_hash_compact(h, n);
	for (size_t i = 0; i < n; i++)
		add_output(h, base == BTC_SIGHASH_SINGLE && i != input ? &blank : &tx->outputs[i]);
}

void
btc_sighash_legacy(const struct btc_sighash *s, size_t input, struct span code, uint32_t type,
		   unsigned char out[HASH_BYTES])
{
	const struct btc_tx *tx = s->tx;
	struct sha2 h;

	CHECK(input < tx->inputs_n);
	/* the first client's slip, which everybody has to keep: the number one is signed */
	if ((type & 31) == BTC_SIGHASH_SINGLE && input >= tx->outputs_n) {
		memset(out, 0, HASH_BYTES);
		out[0] = 1;
		return;
	}
	sha2_begin(&h);
	btc_hash_int(&h, tx->version, 4);
	add_legacy_inputs(&h, tx, input, code, type);
	add_legacy_outputs(&h, tx, input, type);
	btc_hash_int(&h, tx->lock, 4);
	btc_hash_int(&h, type, 4);
	hash256_end(&h, out);
}

/* BIP143's hashOutputs: of all, of one, or nothing. */
static void
outputs_v0(const struct btc_sighash *s, size_t input, unsigned base, unsigned char out[HASH_BYTES])
{
	struct sha2 h;

	memset(out, 0, HASH_BYTES);
	if (base != BTC_SIGHASH_NONE && base != BTC_SIGHASH_SINGLE) {
		memcpy(out, s->outputs_twice, HASH_BYTES);
	} else if (base == BTC_SIGHASH_SINGLE && input < s->tx->outputs_n) {
		sha2_begin(&h);
		add_output(&h, &s->tx->outputs[input]);
		hash256_end(&h, out);
	}
}

void
btc_sighash_v0(const struct btc_sighash *s, size_t input, struct span code, uint32_t type,
	       unsigned char out[HASH_BYTES])
{
	const struct btc_input *in = &s->tx->inputs[input];
	static const unsigned char none[HASH_BYTES];
	unsigned char hash[HASH_BYTES];
	bool alone = type & BTC_SIGHASH_ANYONECANPAY;
	unsigned base = type & 31;
	bool sequences = !alone && base != BTC_SIGHASH_NONE && base != BTC_SIGHASH_SINGLE;
	struct sha2 h;

	CHECK(input < s->tx->inputs_n && in->known && !is_taproot(in));
	sha2_begin(&h);
	btc_hash_int(&h, s->tx->version, 4);
	add_hash(&h, alone ? none : s->outpoints_twice);
	add_hash(&h, sequences ? s->sequences_twice : none);
	add_outpoint(&h, in);
	btc_hash_run(&h, code);
	btc_hash_int(&h, in->amount, 8);
	btc_hash_int(&h, in->sequence, 4);
	outputs_v0(s, input, base, hash);
	add_hash(&h, hash);
	btc_hash_int(&h, s->tx->lock, 4);
	btc_hash_int(&h, type, 4);
	hash256_end(&h, out);
}

static bool
type_is_v1(unsigned type)
{
	return type <= BTC_SIGHASH_SINGLE ||
	       (type > BTC_SIGHASH_ANYONECANPAY &&
		type <= (BTC_SIGHASH_ANYONECANPAY | BTC_SIGHASH_SINGLE));
}

/* What is signed of the input itself. */
static void
add_input_v1(struct sha2 *h, const struct btc_sighash *s, size_t input, bool alone)
{
	const struct btc_input *in = &s->tx->inputs[input];

	if (!alone) {
		btc_hash_int(h, input, 4);
		return;
	}
	add_outpoint(h, in);
	btc_hash_int(h, in->amount, 8);
	btc_hash_run(h, in->coin_script);
	btc_hash_int(h, in->sequence, 4);
}

static void
add_single_v1(struct sha2 *h, const struct btc_output *output)
{
	unsigned char hash[HASH_BYTES];
	struct sha2 one;

	sha2_begin(&one);
	add_output(&one, output);
	sha2_end(&one, hash);
	add_hash(h, hash);
}

bool
btc_sighash_v1(const struct btc_sighash *s, size_t input, unsigned type, const unsigned char *leaf,
	       unsigned char out[HASH_BYTES])
{
	bool alone = type & BTC_SIGHASH_ANYONECANPAY;
	unsigned base = type & 3;
	struct sha2 h;

	CHECK(input < s->tx->inputs_n);
	if (!type_is_v1(type) || (base == BTC_SIGHASH_SINGLE && input >= s->tx->outputs_n) ||
	    !(alone ? s->tx->inputs[input].known : s->all_known))
		return false;
	tagged_begin(&h, "TapSighash");
	btc_hash_int(&h, 0, 1); /* epoch */
	btc_hash_int(&h, type, 1);
	btc_hash_int(&h, s->tx->version, 4);
	btc_hash_int(&h, s->tx->lock, 4);
	if (!alone) {
		add_hash(&h, s->outpoints);
		add_hash(&h, s->amounts);
		add_hash(&h, s->scripts);
		add_hash(&h, s->sequences);
	}
	if (base == BTC_SIGHASH_DEFAULT || base == BTC_SIGHASH_ALL)
		add_hash(&h, s->outputs);
	btc_hash_int(&h, leaf ? 2 : 0, 1); /* no annex */
	add_input_v1(&h, s, input, alone);
	if (base == BTC_SIGHASH_SINGLE)
		add_single_v1(&h, &s->tx->outputs[input]);
	if (leaf) {
		add_hash(&h, leaf);
		btc_hash_int(&h, 0, 1);		 /* version of the key */
		btc_hash_int(&h, UINT32_MAX, 4); /* no CODESEPARATOR */
	}
	sha2_end(&h, out);
	return true;
}
