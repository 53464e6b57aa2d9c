/*
 * Partially signed Bitcoin transactions, BIP174 (version 0) and BIP370 (version 2), of P2WPKH, P2TR
 * by key (BIP86, or with the root of a script tree) and P2WSH inputs. Every input must be ours to
 * sign, wholly: SIGHASH_ALL (BIP143), or the default of BIP341.
 *
 * A key stands once in its map; a field that belongs to the other version, or whose key or value
 * has another form than the BIP gives it, is refused; fields that are not known here are passed
 * over.
 */
#include "bytes.h"
#include "mac.h"
#include "psbt_parts.h"

/* A 15-of-15 has 15 origins and 15 signatures. */
#define PAIRS_MAX 64
/* Locks from here on are times, below it heights. */
#define LOCK_TIME_MIN 500000000u
#define SEQUENCE_FINAL 0xffffffffu

enum {
	GLOBAL_TX = 0x00,
	GLOBAL_VERSION = 0x02,
	GLOBAL_LOCK,
	GLOBAL_INPUTS,
	GLOBAL_OUTPUTS,
	GLOBAL_MODIFIABLE,
	GLOBAL_PSBT_VERSION = 0xfb,
};

enum {
	IN_WHOLE = 0x00,
	IN_UTXO,
	IN_SIGNATURE,
	IN_TYPE,
	IN_REDEEM,
	IN_SCRIPT,
	IN_PATH,
	IN_FINAL,
	IN_WITNESS,
	IN_TXID = 0x0e,
	IN_VOUT,
	IN_SEQUENCE,
	IN_LOCK_TIME,
	IN_LOCK_HEIGHT,
	IN_TAP_SIGNATURE,
	IN_TAP_SCRIPT_SIGNATURE,
	IN_TAP_SCRIPT,
	IN_TAP_PATH,
	IN_TAP_KEY,
	IN_TAP_ROOT,
};

enum {
	OUT_REDEEM = 0x00,
	OUT_WITNESS_SCRIPT,
	OUT_PATH,
	OUT_AMOUNT,
	OUT_SCRIPT,
	OUT_TAP_KEY,
	OUT_TAP_TREE,
	OUT_TAP_PATH,
};

struct map {
	struct bytes *from;
	struct span seen[PAIRS_MAX]; /* keys with their types */
	size_t n;
	/* the pair in hand; key: behind the type */
	unsigned type;
	struct span key, value;
};

static bool
is_new(struct map *m, struct span key)
{
	for (size_t i = 0; i < m->n; i++) {
		if (span_equal(m->seen[i], key))
			return false;
	}
	if (m->n == PAIRS_MAX)
		return false;
	m->seen[m->n++] = key;
	return true;
}

/* The next pair of a map; false at its end, or when it is malformed (from->bad). */
static bool
next_pair(struct map *m)
{
	struct bytes *b = m->from;
	struct span whole = bytes_take(b, bytes_compact(b));
	struct bytes key = bytes_of(whole);

	if (whole.len == 0)
		return false;
	m->type = (unsigned)bytes_compact(&key);
	m->key = key.left;
	m->value = bytes_take(b, bytes_compact(b));
	if (key.bad || !is_new(m, whole))
		b->bad = true;
	return !b->bad;
}

/* A pair without key data whose value is a number of 32 bits. */
static bool
take_u32(const struct map *m, uint32_t *out)
{
	struct bytes b = bytes_of(m->value);

	*out = bytes_u32le(&b);
	return m->key.len == 0 && bytes_done(&b);
}

static bool
take_count(const struct map *m, uint64_t *out)
{
	struct bytes b = bytes_of(m->value);

	*out = bytes_compact(&b);
	return m->key.len == 0 && bytes_done(&b);
}

/* ---- the transaction
 *  */

static const char *
set_output(struct tx_payment *p, uint64_t amount, struct span script)
{
	if (amount > PSBT_COINS_MAX)
		return "an output of more than there can be";
	if (!tx_name_set(&p->to, script))
		return "an output script that no address has";
	p->amount = amount;
	return NULL;
}

/* Version 0 has it whole. */
static const char *
take_transaction(struct span raw, struct psbt_parts *t, struct tx *out)
{
	struct bytes b = bytes_of(raw);
	const char *why;
	uint64_t n;

	t->tx_version = bytes_u32le(&b);
	n = bytes_compact(&b);
	if (b.bad || n == 0 || n > TX_SIGNATURES_MAX)
		return "no inputs, or more than 128";
	for (t->inputs_n = 0; t->inputs_n < n; t->inputs_n++) {
		struct psbt_input *in = &t->inputs[t->inputs_n];
		struct span outpoint = bytes_take(&b, PSBT_OUTPOINT);

		*in = (struct psbt_input){0};
		if (outpoint.len)
			memcpy(in->outpoint, outpoint.ptr, PSBT_OUTPOINT);
		if (bytes_compact(&b) != 0)
			return "an input that is signed already";
		in->sequence = bytes_u32le(&b);
	}
	n = bytes_compact(&b);
	for (uint64_t i = 0; i < n && !b.bad; i++) {
		struct tx_payment *p = tx_payment_add(out);
		uint64_t amount = bytes_u64le(&b);

		if (!p)
			return "more than 32 outputs";
		why = set_output(p, amount, bytes_take(&b, bytes_compact(&b)));
		if (why)
			return why;
	}
	if (b.bad || n == 0)
		return "a transaction that is cut short, or without outputs";
	t->lock = bytes_u32le(&b);
	return bytes_done(&b) ? NULL : "a transaction that is malformed";
}

/* An output of a whole transaction, with or without witnesses, after its id has been checked. */
static bool
take_previous(struct span raw, struct psbt_input *in)
{
	struct bytes b = bytes_of(raw);
	struct bytes index = bytes_of((struct span){(const char *)in->outpoint + 32, 4});
	struct span version = bytes_take(&b, 4), body, script;
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
		bytes_take(&b, PSBT_OUTPOINT);
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
	sha2_begin(&s);
	sha2_add(&s, (struct span){(const char *)hash, 32});
	sha2_end(&s, hash);
	return bytes_done(&b) && in->known && memcmp(hash, in->outpoint, 32) == 0;
}

/* ---- the maps
 *  */

static const char *
take_path(const struct map *m, bool taproot, struct tx *out)
{
	struct bytes b = bytes_of(m->value);
	struct tx_path *path;
	uint64_t leaves = taproot ? bytes_compact(&b) : 0;
	struct span fingerprint;

	bytes_take(&b, leaves < b.left.len ? 32 * leaves : leaves);
	fingerprint = bytes_take(&b, 4);
	if (m->key.len != (taproot ? 32u : 33u) || b.bad || b.left.len % 4)
		return "a derivation path that is malformed";
	/* of others there may be any; ours are shorter, and do not lie in scripts of taproot */
	if (b.left.len / 4 > TX_PATH_MAX || leaves)
		return NULL;
	path = tx_path_add(out);
	if (!path)
		return "more than 1024 derivation paths";
	path->key_bytes = (unsigned char)m->key.len;
	memcpy(path->fingerprint, fingerprint.ptr, 4);
	memcpy(path->key, m->key.ptr, m->key.len);
	while (b.left.len)
		path->steps[path->steps_n++] = bytes_u32le(&b);
	return NULL;
}

struct head {
	bool tx, version, locked;
	uint32_t psbt_version, lock;
	uint64_t inputs, outputs;
	bool counted[2];
};

static const char *
take_global_pair(const struct map *m, struct head *h, struct psbt_parts *t, struct tx *out)
{
	bool good = true;

	switch (m->type) {
	case GLOBAL_TX:
		h->tx = true;
		return m->key.len ? "a transaction that is malformed"
				  : take_transaction(m->value, t, out);
	case GLOBAL_VERSION:
		h->version = true;
		good = take_u32(m, &t->tx_version);
		break;
	case GLOBAL_LOCK:
		h->locked = true;
		good = take_u32(m, &h->lock);
		break;
	case GLOBAL_INPUTS:
		h->counted[0] = true;
		good = take_count(m, &h->inputs);
		break;
	case GLOBAL_OUTPUTS:
		h->counted[1] = true;
		good = take_count(m, &h->outputs);
		break;
	case GLOBAL_MODIFIABLE:
		/* of no concern: all inputs and outputs are signed for */
		good = m->key.len == 0 && m->value.len == 1;
		h->locked = true;
		break;
	case GLOBAL_PSBT_VERSION: good = take_u32(m, &h->psbt_version); break;
	default: break;
	}
	return good ? NULL : "a global field that is malformed";
}

/* Version 2: inputs and outputs are in their maps. */
static const char *
make_room(const struct head *h, struct psbt_parts *t, struct tx *out)
{
	if (h->tx || !h->version || !h->counted[0] || !h->counted[1])
		return "not the global fields of a PSBT of version 2";
	if (h->inputs == 0 || h->inputs > TX_SIGNATURES_MAX)
		return "no inputs, or more than 128";
	if (h->outputs == 0 || h->outputs > TX_PAYMENTS_MAX)
		return "no outputs, or more than 32";
	for (t->inputs_n = 0; t->inputs_n < h->inputs; t->inputs_n++)
		t->inputs[t->inputs_n] = (struct psbt_input){.sequence = SEQUENCE_FINAL};
	while (out->payments_n < h->outputs)
		tx_payment_add(out);
	t->lock = h->lock;
	return NULL;
}

static const char *
take_global(struct bytes *b, struct psbt_parts *t, struct tx *out, unsigned *version)
{
	struct map m = {.from = b};
	struct head h = {0};
	const char *why = NULL;

	while (!why && next_pair(&m))
		why = take_global_pair(&m, &h, t, out);
	if (why || b->bad)
		return why ? why : "no PSBT, or one that is malformed";
	*version = h.psbt_version;
	if (h.psbt_version == 2)
		return make_room(&h, t, out);
	if (h.psbt_version != 0)
		return "a PSBT of neither version 0 nor 2";
	if (!h.tx || h.version || h.locked || h.counted[0] || h.counted[1])
		return "not the global fields of a PSBT of version 0";
	return NULL;
}

static const char *
take_witness_utxo(struct span value, struct psbt_input *in, bool whole)
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

/* What version 2 has in an input's map, and version 0 in its transaction. Of which of them there
 * are, a bit each is set. */
static const char *
take_input_v2(const struct map *m, struct psbt_input *in, unsigned *there)
{
	uint32_t vout;
	bool good = false;

	*there |= 1u << (m->type - IN_TXID);
	switch (m->type) {
	case IN_TXID:
		good = m->key.len == 0 && m->value.len == 32;
		if (good)
			memcpy(in->outpoint, m->value.ptr, 32);
		break;
	case IN_VOUT:
		good = take_u32(m, &vout);
		if (good)
			memcpy(in->outpoint + 32, m->value.ptr, 4);
		break;
	case IN_SEQUENCE: good = take_u32(m, &in->sequence); break;
	case IN_LOCK_TIME:
		good = take_u32(m, &in->lock_time) && in->lock_time >= LOCK_TIME_MIN;
		break;
	case IN_LOCK_HEIGHT:
		good = take_u32(m, &in->lock_height) && in->lock_height != 0 &&
		       in->lock_height < LOCK_TIME_MIN;
		break;
	}
	return good ? NULL : "an input's field that is malformed";
}

static const char *
take_input_pair(const struct map *m, struct psbt_input *in, struct span utxos[2], struct tx *out)
{
	if (m->type <= IN_WITNESS && m->type != IN_SIGNATURE && m->type != IN_PATH && m->key.len)
		return "an input's field that is malformed";
	switch (m->type) {
	case IN_WHOLE:
	case IN_UTXO: utxos[m->type] = m->value; break;
	case IN_SIGNATURE: /* another signer's */
		return m->key.len == 33 || m->key.len == 65 ? NULL : "a key of another form";
	case IN_TYPE:
		in->typed = true;
		return take_u32(m, &in->type) ? NULL : "a signature type that is malformed";
	case IN_REDEEM: return "a P2SH input";
	case IN_SCRIPT: in->witness_script = m->value; break;
	case IN_PATH: return take_path(m, false, out);
	case IN_TAP_PATH: return take_path(m, true, out);
	case IN_TAP_KEY:
		return m->key.len == 0 && m->value.len == 32 ? NULL : "a key that has not 32 bytes";
	case IN_TAP_ROOT:
		if (m->key.len || m->value.len != 32)
			return "a root that has not 32 bytes";
		in->root = m->value;
		break;
	case IN_TAP_SCRIPT_SIGNATURE:
	case IN_TAP_SCRIPT: return "an input to be spent by a script of taproot";
	case IN_TAP_SIGNATURE:
	case IN_FINAL:
	case IN_WITNESS: return "an input that is signed already";
	default: break;
	}
	return NULL;
}

static const char *
take_input_map(struct bytes *b, unsigned version, struct psbt_input *in, struct tx *out)
{
	struct span utxos[2] = {{0}};
	struct map m = {.from = b};
	unsigned there = 0;
	const char *why = NULL;

	in->path_first = out->paths_n;
	while (!why && next_pair(&m))
		why = m.type >= IN_TXID && m.type <= IN_LOCK_HEIGHT
			  ? take_input_v2(&m, in, &there)
			  : take_input_pair(&m, in, utxos, out);
	in->paths_n = out->paths_n - in->path_first;
	if (why || b->bad)
		return why ? why : "an input that is malformed, or has a key twice";
	if (version == 2 ? (there & 3) != 3 : there != 0)
		return "an input with the fields of another version, or without its own";
	if (utxos[0].ptr && !take_previous(utxos[0], in))
		return "a previous transaction that is not the one to be spent";
	return utxos[1].ptr ? take_witness_utxo(utxos[1], in, utxos[0].ptr != NULL) : NULL;
}

struct output {
	struct span amount, script;
};

static const char *
take_output_pair(const struct map *m, struct output *o, struct tx *out)
{
	bool good = m->key.len == 0;

	switch (m->type) {
	case OUT_PATH: return take_path(m, false, out);
	case OUT_TAP_PATH: return take_path(m, true, out);
	case OUT_AMOUNT: o->amount = m->value; break;
	case OUT_SCRIPT: o->script = m->value; break;
	case OUT_REDEEM:
	case OUT_WITNESS_SCRIPT: break;
	case OUT_TAP_KEY: good = good && m->value.len == 32; break;
	case OUT_TAP_TREE: good = good && m->value.len; break;
	default: return NULL;
	}
	return good ? NULL : "an output's field that is malformed";
}

static const char *
take_output_map(struct bytes *b, unsigned version, struct tx_payment *p, struct tx *out)
{
	struct map m = {.from = b};
	struct output o = {{0}, {0}};
	struct bytes number;
	const char *why = NULL;

	p->path_first = out->paths_n;
	while (!why && next_pair(&m))
		why = take_output_pair(&m, &o, out);
	p->paths_n = out->paths_n - p->path_first;
	if (why || b->bad)
		return why ? why : "an output that is malformed, or has a key twice";
	if (version == 0 && !o.amount.ptr && !o.script.ptr)
		return NULL;
	if (version == 0 || o.amount.len != 8 || !o.script.ptr)
		return "an output with the fields of another version, or without its own";
	number = bytes_of(o.amount);
	return set_output(p, bytes_u64le(&number), o.script);
}

/* BIP370: the highest lock of those that the inputs need; of a height and a time that would both
 * do, the height. */
static const char *
choose_lock(struct psbt_parts *t)
{
	bool time = true, height = true, any = false;
	uint32_t time_max = 0, height_max = 0;

	for (size_t i = 0; i < t->inputs_n; i++) {
		const struct psbt_input *in = &t->inputs[i];

		if (!in->lock_time && !in->lock_height)
			continue;
		any = true;
		time = time && in->lock_time;
		height = height && in->lock_height;
		time_max = in->lock_time > time_max ? in->lock_time : time_max;
		height_max = in->lock_height > height_max ? in->lock_height : height_max;
	}
	if (any && !time && !height)
		return "locks that exclude each other";
	if (any)
		t->lock = height ? height_max : time_max;
	return NULL;
}

static const char *
weigh(const struct psbt_parts *t, struct tx *out)
{
	units_int in = 0, paid = 0;

	for (size_t i = 0; i < t->inputs_n; i++) {
		if (!t->inputs[i].known || t->inputs[i].amount > PSBT_COINS_MAX)
			return "an input whose output to be spent is not given";
		for (size_t k = 0; k < i; k++) {
			if (memcmp(t->inputs[i].outpoint, t->inputs[k].outpoint, PSBT_OUTPOINT) ==
			    0)
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
	struct psbt_parts t;
	unsigned version = 0;
	const char *why;

	tx_init(out, TX_PSBT);
	if (!span_is(bytes_take(&b, 5), "psbt\xff"))
		return "no PSBT";
	why = take_global(&b, &t, out, &version);
	for (size_t i = 0; !why && i < t.inputs_n; i++)
		why = take_input_map(&b, version, &t.inputs[i], out);
	for (size_t i = 0; !why && i < out->payments_n; i++)
		why = take_output_map(&b, version, &out->payments[i], out);
	if (!why && !bytes_done(&b))
		why = "bytes behind the PSBT";
	if (!why && version == 2)
		why = choose_lock(&t);
	if (!why)
		why = weigh(&t, out);
	return why ? why : psbt_want(&t, out);
}
