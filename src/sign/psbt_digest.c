/* What is to be signed of a PSBT: BIP143 for version 0 of segwit, BIP341 for taproot. */
#include "bytes.h"
#include "hashes.h"
#include "psbt_parts.h"

static struct span
span32(const unsigned char hash[32])
{
	return (struct span){(const char *)hash, 32};
}

static struct span
outpoint_of(const struct psbt_input *in)
{
	return (struct span){(const char *)in->outpoint, PSBT_OUTPOINT};
}

static struct span
u64_text(uint64_t value, char room[8])
{
	for (int i = 0; i < 8; i++)
		room[i] = (char)(unsigned char)(value >> (8 * i));
	return (struct span){room, 8};
}

static struct span
u32_text(uint32_t value, char room[8])
{
	return (struct span){u64_text(value, room).ptr, 4};
}

static void
add_script(struct sha2 *s, struct span script)
{
	char length[3] = {(char)(unsigned char)script.len};
	size_t n = 1;

	if (script.len >= 0xfd) {
		length[0] = (char)0xfd;
		length[1] = (char)(unsigned char)script.len;
		length[2] = (char)(unsigned char)(script.len >> 8);
		n = 3;
	}
	sha2_add(s, (struct span){length, n});
	sha2_add(s, script);
}

static bool
is_taproot(const struct psbt_input *in)
{
	return in->script.len == 34 && memcmp(in->script.ptr, "\x51\x20", 2) == 0;
}

/* What only signatures of taproot cover. */
static void
hash_coins(struct psbt_parts *t)
{
	struct sha2 amounts, scripts;
	char room[8];

	sha2_begin(&amounts);
	sha2_begin(&scripts);
	for (size_t i = 0; i < t->inputs_n; i++) {
		sha2_add(&amounts, u64_text(t->inputs[i].amount, room));
		add_script(&scripts, t->inputs[i].script);
	}
	sha2_end(&amounts, t->amounts);
	sha2_end(&scripts, t->scripts);
}

static void
hash_parts(struct psbt_parts *t, const struct tx *out)
{
	struct sha2 prevouts, sequences, outputs;
	size_t taproot_n = 0;
	char room[8];

	sha2_begin(&prevouts);
	sha2_begin(&sequences);
	sha2_begin(&outputs);
	for (size_t i = 0; i < t->inputs_n; i++) {
		sha2_add(&prevouts, outpoint_of(&t->inputs[i]));
		sha2_add(&sequences, u32_text(t->inputs[i].sequence, room));
		taproot_n += is_taproot(&t->inputs[i]);
	}
	for (size_t i = 0; i < out->payments_n; i++) {
		sha2_add(&outputs, u64_text((uint64_t)out->payments[i].amount, room));
		add_script(&outputs, tx_name_span(&out->payments[i].to));
	}
	sha2_end(&prevouts, t->prevouts);
	sha2_end(&sequences, t->sequences);
	sha2_end(&outputs, t->outputs);
	if (taproot_n)
		hash_coins(t);
	if (taproot_n == t->inputs_n)
		return;
	hash_single(span32(t->prevouts), t->prevouts_twice);
	hash_single(span32(t->sequences), t->sequences_twice);
	hash_single(span32(t->outputs), t->outputs_twice);
}

/* BIP143, SIGHASH_ALL. */
static void
digest_v0(const struct psbt_parts *t, const struct psbt_input *in, struct span code,
	  unsigned char out[32])
{
	char room[8];
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, u32_text(t->tx_version, room));
	sha2_add(&s, span32(t->prevouts_twice));
	sha2_add(&s, span32(t->sequences_twice));
	sha2_add(&s, outpoint_of(in));
	add_script(&s, code);
	sha2_add(&s, u64_text(in->amount, room));
	sha2_add(&s, u32_text(in->sequence, room));
	sha2_add(&s, span32(t->outputs_twice));
	sha2_add(&s, u32_text(t->lock, room));
	sha2_add(&s, u32_text(1, room));
	hash256_end(&s, out);
}

/* BIP341, by key, without annex. */
static void
digest_taproot(const struct psbt_parts *t, size_t index, unsigned char out[32])
{
	unsigned char type = (unsigned char)t->inputs[index].type;
	char room[8];
	struct sha2 s;

	tagged_begin(&s, "TapSighash");
	sha2_add(&s, SPAN_LIT("\0"));
	sha2_add(&s, (struct span){(const char *)&type, 1});
	sha2_add(&s, u32_text(t->tx_version, room));
	sha2_add(&s, u32_text(t->lock, room));
	sha2_add(&s, span32(t->prevouts));
	sha2_add(&s, span32(t->amounts));
	sha2_add(&s, span32(t->scripts));
	sha2_add(&s, span32(t->sequences));
	sha2_add(&s, span32(t->outputs));
	sha2_add(&s, SPAN_LIT("\0"));
	sha2_add(&s, u32_text((uint32_t)index, room));
	sha2_end(&s, out);
}

/* The public keys that a witness script pushes, in their order. */
static bool
script_keys(struct span script, struct tx_wanted *w)
{
	struct bytes b = bytes_of(script);

	while (b.left.len && !b.bad) {
		unsigned op = bytes_u8(&b);
		struct span data;

		if (op == 0 || op > 78)
			continue;
		if (op > 76)
			return false;
		data = bytes_take(&b, op == 76 ? bytes_u8(&b) : op);
		if (data.len != 33 || (data.ptr[0] != 2 && data.ptr[0] != 3))
			continue;
		if (w->keys_n == TX_SCRIPT_KEYS_MAX)
			return false;
		memcpy(w->keys[w->keys_n++], data.ptr, 33);
	}
	return !b.bad && w->keys_n;
}

static const char *
want_v0(const struct psbt_parts *t, const struct psbt_input *in, struct tx_wanted *w)
{
	/* what a P2WPKH program stands for (BIP143) */
	char code[25] = "\x76\xa9\x14";
	unsigned char hash[32];

	w->scheme = TX_ECDSA;
	if (in->typed && in->type != 1)
		return "a signature type that is not SIGHASH_ALL";
	if (in->script.len == 22) {
		memcpy(code + 3, in->script.ptr + 2, 20);
		code[23] = (char)0x88;
		code[24] = (char)0xac;
		tx_name_set(&w->key, in->script);
		digest_v0(t, in, (struct span){code, sizeof code}, w->digest);
		return NULL;
	}
	hash_single(in->witness_script, hash);
	if (memcmp(hash, in->script.ptr + 2, 32) != 0)
		return "a witness script that is missing, or not the output's";
	if (in->witness_script.len > 10000 || !script_keys(in->witness_script, w))
		return "a witness script without keys, or with too many";
	digest_v0(t, in, in->witness_script, w->digest);
	return NULL;
}

static const char *
want_input(const struct psbt_parts *t, size_t index, struct tx *out)
{
	const struct psbt_input *in = &t->inputs[index];
	struct tx_spend *spend = tx_spend_add(out);
	struct tx_wanted *w = tx_wanted_add(out);
	size_t len = in->script.len;

	memcpy(spend->id, in->outpoint, PSBT_OUTPOINT);
	spend->amount = in->amount;
	w->path_first = in->path_first;
	w->paths_n = in->paths_n;
	if ((len == 22 && memcmp(in->script.ptr, "\x00\x14", 2) == 0) ||
	    (len == 34 && memcmp(in->script.ptr, "\x00\x20", 2) == 0))
		return want_v0(t, in, w);
	if (!is_taproot(in))
		return "an input that is neither P2WPKH, P2WSH nor P2TR";
	if (in->type > 1)
		return "a signature type that is not SIGHASH_DEFAULT or SIGHASH_ALL";
	w->scheme = TX_SCHNORR;
	w->taproot = true;
	w->rooted = in->root.ptr != NULL;
	if (w->rooted)
		memcpy(w->root, in->root.ptr, 32);
	tx_name_set(&w->key, in->script);
	digest_taproot(t, index, w->digest);
	return NULL;
}

const char *
psbt_want(struct psbt_parts *t, struct tx *out)
{
	const char *why = NULL;

	hash_parts(t, out);
	for (size_t i = 0; !why && i < t->inputs_n; i++)
		why = want_input(t, i, out);
	return why;
}
