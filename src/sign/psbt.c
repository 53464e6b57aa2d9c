/*
 * Partially signed Bitcoin transactions (BIP174, version 0) of P2WPKH, P2TR by key (BIP86, or with
 * the root of a script tree) and P2WSH inputs. Every input must be ours to sign, wholly:
 * SIGHASH_ALL (BIP143), or the default of BIP341.
 */
#include "bytes.h"
#include "mac.h"
#include "tx.h"

#define OUTPOINT 36
#define COINS_MAX (UINT64_C(21000000) * 100000000)

struct input {
	struct span outpoint, sequence;
	struct span script; /* of the output that it spends */
	uint64_t amount;
	bool known; /* script and amount are */
	bool typed;
	uint32_t type; /* of the signature hash */
	struct span witness_script, root;
	struct tx_path path;
};

struct parts {
	struct span version, locktime, outputs;
	struct input inputs[TX_SIGNATURES_MAX];
	size_t n;
	/* of all inputs and outputs: the first SHA-256 (BIP341), and for BIP143 a second over it */
	unsigned char prevouts[32], sequences[32], amounts[32], scripts[32], all_outputs[32];
};

struct pair {
	unsigned type;
	struct span key, value; /* key: behind the type */
};

static struct span
span32(const unsigned char hash[32])
{
	return (struct span){(const char *)hash, 32};
}

static void
hash_again(const unsigned char in[32], unsigned char out[32])
{
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, span32(in));
	sha2_end(&s, out);
}

/* The next pair of a map; false at its end, or when it is malformed (b->bad). */
static bool
next_pair(struct bytes *b, struct pair *p)
{
	struct bytes key = bytes_of(bytes_take(b, bytes_compact(b)));

	if (key.left.len == 0)
		return false;
	p->type = (unsigned)bytes_compact(&key);
	if (key.bad)
		b->bad = true;
	p->key = key.left;
	p->value = bytes_take(b, bytes_compact(b));
	return !b->bad;
}

/* ---- the transaction
 *  */

static const char *
take_output(struct bytes *b, struct tx *out)
{
	struct tx_payment *p = tx_payment_add(out);
	uint64_t amount = bytes_u64le(b);
	struct span script = bytes_take(b, bytes_compact(b));

	if (!p)
		return "more than 32 outputs";
	if (amount > COINS_MAX)
		return "an output of more than there can be";
	if (!tx_name_set(&p->to, script))
		return "an output script that no address has";
	p->amount = amount;
	return NULL;
}

static const char *
take_transaction(struct span raw, struct parts *t, struct tx *out)
{
	struct bytes b = bytes_of(raw);
	const char *begin, *why;
	uint64_t n;

	t->version = bytes_take(&b, 4);
	n = bytes_compact(&b);
	if (b.bad || n == 0 || n > TX_SIGNATURES_MAX)
		return "no inputs, or more than 128";
	for (t->n = 0; t->n < n; t->n++) {
		struct input *in = &t->inputs[t->n];

		*in = (struct input){.outpoint = bytes_take(&b, OUTPOINT)};
		if (bytes_compact(&b) != 0)
			return "an input that is signed already";
		in->sequence = bytes_take(&b, 4);
	}
	n = bytes_compact(&b);
	begin = b.left.ptr;
	for (uint64_t i = 0; i < n && !b.bad; i++) {
		why = take_output(&b, out);
		if (why)
			return why;
	}
	if (b.bad || n == 0)
		return "a transaction that is cut short, or without outputs";
	t->outputs = (struct span){begin, (size_t)(b.left.ptr - begin)};
	t->locktime = bytes_take(&b, 4);
	return bytes_done(&b) ? NULL : "a transaction that is malformed";
}

/* An output of a whole transaction, with or without witnesses, after its id has been checked. */
static bool
take_previous(struct span raw, struct input *in)
{
	struct bytes b = bytes_of(raw), index = bytes_of(in->outpoint);
	struct span version = bytes_take(&b, 4), body, id = bytes_take(&index, 32), script;
	bool witness = b.left.len > 2 && b.left.ptr[0] == 0;
	uint32_t wanted = bytes_u32le(&index);
	unsigned char hash[32];
	struct sha2 s;
	uint64_t inputs, n;

	if (witness && (bytes_u8(&b) != 0 || bytes_u8(&b) != 1))
		return false;
	body.ptr = b.left.ptr;
	inputs = bytes_compact(&b);
	for (uint64_t i = 0; i < inputs && !b.bad; i++) {
		bytes_take(&b, OUTPOINT);
		bytes_take(&b, bytes_compact(&b));
		bytes_take(&b, 4);
	}
	n = bytes_compact(&b);
	for (uint64_t i = 0; i < n && !b.bad; i++) {
		uint64_t amount = bytes_u64le(&b);

		script = bytes_take(&b, bytes_compact(&b));
		if (i == wanted) {
			in->amount = amount;
			in->script = script;
			in->known = true;
		}
	}
	if (b.bad)
		return false;
	body.len = (size_t)(b.left.ptr - body.ptr);
	for (uint64_t i = 0; witness && i < inputs && !b.bad; i++) {
		uint64_t items = bytes_compact(&b);

		for (uint64_t k = 0; k < items && !b.bad; k++)
			bytes_take(&b, bytes_compact(&b));
	}
	sha2_begin(&s);
	sha2_add(&s, version);
	sha2_add(&s, body);
	sha2_add(&s, bytes_take(&b, 4));
	sha2_end(&s, hash);
	hash_again(hash, hash);
	return bytes_done(&b) && in->known && memcmp(hash, id.ptr, 32) == 0;
}

/* ---- the maps
 *  */

static bool
take_path(struct span key, struct span value, bool taproot, struct tx_path *out)
{
	struct bytes b = bytes_of(value);
	struct span fingerprint;

	if (key.len != (taproot ? 32u : 33u))
		return false;
	if (taproot) {
		uint64_t leaves = bytes_compact(&b);

		bytes_take(&b, leaves < b.left.len ? 32 * leaves : b.left.len + 1);
	}
	fingerprint = bytes_take(&b, 4);
	if (b.bad || b.left.len % 4 || b.left.len / 4 > TX_PATH_MAX)
		return false;
	*out = (struct tx_path){.given = true, .key_bytes = (unsigned char)key.len};
	memcpy(out->fingerprint, fingerprint.ptr, 4);
	memcpy(out->key, key.ptr, key.len);
	while (b.left.len)
		out->steps[out->steps_n++] = bytes_u32le(&b);
	return true;
}

static const char *
take_global(struct bytes *b, struct parts *t, struct tx *out)
{
	struct pair p;
	bool there = false;

	while (next_pair(b, &p)) {
		const char *why = NULL;

		if (p.type == 0x00 && p.key.len == 0 && !there) {
			why = take_transaction(p.value, t, out);
			there = true;
		} else if (p.type == 0x00 || (p.type >= 0x02 && p.type <= 0x06)) {
			why = "not a PSBT of version 0";
		} else if (p.type == 0xfb) {
			struct bytes version = bytes_of(p.value);

			if (bytes_u32le(&version) != 0 || !bytes_done(&version))
				why = "not a PSBT of version 0";
		}
		if (why)
			return why;
	}
	return there && !b->bad ? NULL : "no PSBT with an unsigned transaction";
}

static const char *
take_witness_utxo(struct span value, struct input *in, bool whole)
{
	struct bytes b = bytes_of(value);
	uint64_t amount = bytes_u64le(&b);
	struct span script = bytes_take(&b, bytes_compact(&b));

	if (!bytes_done(&b))
		return "an output to be spent that is malformed";
	if (whole && (amount != in->amount || !span_equal(script, in->script)))
		return "two words about one output to be spent";
	in->amount = amount;
	in->script = script;
	in->known = true;
	return NULL;
}

static const char *
take_input_map(struct bytes *b, struct input *in)
{
	struct span whole = {0}, utxo = {0};
	struct pair p;

	while (next_pair(b, &p)) {
		struct bytes v = bytes_of(p.value);

		switch (p.type) {
		case 0x00: whole = p.value; break;
		case 0x01: utxo = p.value; break;
		case 0x03:
			in->type = bytes_u32le(&v);
			in->typed = true;
			if (!bytes_done(&v))
				return "a signature type that is malformed";
			break;
		case 0x04: return "a P2SH input";
		case 0x05: in->witness_script = p.value; break;
		case 0x06:
		case 0x16:
			if (!take_path(p.key, p.value, p.type == 0x16, &in->path))
				return "a derivation path that is malformed";
			break;
		case 0x18:
			if (p.value.len != 32)
				return "a root that has not 32 bytes";
			in->root = p.value;
			break;
		case 0x07:
		case 0x08: return "an input that is signed already";
		default: break;
		}
	}
	if (b->bad)
		return "an input that is malformed";
	if (whole.ptr && !take_previous(whole, in))
		return "a previous transaction that is not the one to be spent";
	return utxo.ptr ? take_witness_utxo(utxo, in, whole.ptr != NULL) : NULL;
}

static bool
take_output_map(struct bytes *b, struct tx_payment *out)
{
	struct pair p;

	while (next_pair(b, &p)) {
		if ((p.type == 0x02 || p.type == 0x07) &&
		    !take_path(p.key, p.value, p.type == 0x07, &out->path))
			return false;
	}
	return !b->bad;
}

/* ---- what is to be signed
 * -------------------------------------------------------------------------- */

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

static void
hash_parts(struct parts *t)
{
	struct sha2 prevouts, sequences, amounts, scripts, outputs;
	char room[8];

	sha2_begin(&prevouts);
	sha2_begin(&sequences);
	sha2_begin(&amounts);
	sha2_begin(&scripts);
	sha2_begin(&outputs);
	for (size_t i = 0; i < t->n; i++) {
		sha2_add(&prevouts, t->inputs[i].outpoint);
		sha2_add(&sequences, t->inputs[i].sequence);
		sha2_add(&amounts, u64_text(t->inputs[i].amount, room));
		add_script(&scripts, t->inputs[i].script);
	}
	sha2_add(&outputs, t->outputs);
	sha2_end(&prevouts, t->prevouts);
	sha2_end(&sequences, t->sequences);
	sha2_end(&amounts, t->amounts);
	sha2_end(&scripts, t->scripts);
	sha2_end(&outputs, t->all_outputs);
}

/* BIP143, SIGHASH_ALL. */
static void
digest_v0(const struct parts *t, const struct input *in, struct span code, unsigned char out[32])
{
	unsigned char prevouts[32], sequences[32], outputs[32];
	char room[8];
	struct sha2 s;

	hash_again(t->prevouts, prevouts);
	hash_again(t->sequences, sequences);
	hash_again(t->all_outputs, outputs);
	sha2_begin(&s);
	sha2_add(&s, t->version);
	sha2_add(&s, span32(prevouts));
	sha2_add(&s, span32(sequences));
	sha2_add(&s, in->outpoint);
	add_script(&s, code);
	sha2_add(&s, u64_text(in->amount, room));
	sha2_add(&s, in->sequence);
	sha2_add(&s, span32(outputs));
	sha2_add(&s, t->locktime);
	sha2_add(&s, u32_text(1, room));
	sha2_end(&s, out);
	hash_again(out, out);
}

/* BIP341, by key, without annex. */
static void
digest_taproot(const struct parts *t, size_t index, unsigned char out[32])
{
	unsigned char tag[32], type = (unsigned char)t->inputs[index].type;
	char room[8];
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, SPAN_LIT("TapSighash"));
	sha2_end(&s, tag);
	sha2_begin(&s);
	sha2_add(&s, span32(tag));
	sha2_add(&s, span32(tag));
	sha2_add(&s, SPAN_LIT("\0"));
	sha2_add(&s, (struct span){(const char *)&type, 1});
	sha2_add(&s, t->version);
	sha2_add(&s, t->locktime);
	sha2_add(&s, span32(t->prevouts));
	sha2_add(&s, span32(t->amounts));
	sha2_add(&s, span32(t->scripts));
	sha2_add(&s, span32(t->sequences));
	sha2_add(&s, span32(t->all_outputs));
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
want_v0(const struct parts *t, const struct input *in, struct tx_wanted *w)
{
	/* what a P2WPKH program stands for (BIP143) */
	char code[25] = "\x76\xa9\x14";
	unsigned char hash[32];
	struct sha2 s;

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
	sha2_begin(&s);
	sha2_add(&s, in->witness_script);
	sha2_end(&s, hash);
	if (memcmp(hash, in->script.ptr + 2, 32) != 0)
		return "a witness script that is missing, or not the output's";
	if (in->witness_script.len > 10000 || !script_keys(in->witness_script, w))
		return "a witness script without keys, or with too many";
	digest_v0(t, in, in->witness_script, w->digest);
	return NULL;
}

static const char *
want_input(const struct parts *t, size_t index, struct tx *out)
{
	const struct input *in = &t->inputs[index];
	struct tx_spend *spend = tx_spend_add(out);
	struct tx_wanted *w = tx_wanted_add(out);
	size_t len = in->script.len;

	memcpy(spend->id, in->outpoint.ptr, OUTPOINT);
	spend->amount = in->amount;
	w->path = in->path;
	if ((len == 22 && memcmp(in->script.ptr, "\x00\x14", 2) == 0) ||
	    (len == 34 && memcmp(in->script.ptr, "\x00\x20", 2) == 0))
		return want_v0(t, in, w);
	if (len != 34 || memcmp(in->script.ptr, "\x51\x20", 2) != 0)
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

static const char *
weigh(const struct parts *t, struct tx *out)
{
	units_int in = 0, paid = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (!t->inputs[i].known || t->inputs[i].amount > COINS_MAX)
			return "an input whose output to be spent is not given";
		for (size_t k = 0; k < i; k++) {
			if (span_equal(t->inputs[i].outpoint, t->inputs[k].outpoint))
				return "spends one output twice";
		}
		in += t->inputs[i].amount;
	}
	for (size_t i = 0; i < out->payments_n; i++)
		paid += out->payments[i].amount;
	if (paid > in)
		return "pays more than it spends";
	out->fee = in - paid;
	return NULL;
}

const char *
psbt_read(struct span payload, struct tx *out)
{
	struct bytes b = bytes_of(payload);
	struct parts t;
	const char *why;

	tx_init(out, TX_PSBT);
	if (!span_is(bytes_take(&b, 5), "psbt\xff"))
		return "no PSBT";
	why = take_global(&b, &t, out);
	for (size_t i = 0; !why && i < t.n; i++)
		why = take_input_map(&b, &t.inputs[i]);
	for (size_t i = 0; !why && i < out->payments_n; i++)
		why = take_output_map(&b, &out->payments[i]) ? NULL : "an output that is malformed";
	if (why)
		return why;
	if (!bytes_done(&b))
		return "bytes behind the PSBT";
	why = weigh(&t, out);
	if (why)
		return why;
	hash_parts(&t);
	for (size_t i = 0; !why && i < t.n; i++)
		why = want_input(&t, i, out);
	return why;
}
