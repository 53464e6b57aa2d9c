#include "psbt_field.h"

#include "btc_script.h"
#include "secp.h"

enum key_form {
	KEY_NONE,  /* the type alone */
	KEY_POINT, /* a public key of 33 or 65 bytes */
	KEY_20,
	KEY_32,
	KEY_XONLY,
	KEY_XPUB,
	KEY_LEAF,    /* an x-only key and a leaf's hash */
	KEY_CONTROL, /* a control block */
};

enum value_form {
	VALUE_ANY,
	VALUE_1,
	VALUE_4,
	VALUE_8,
	VALUE_32,
	VALUE_XONLY,
	VALUE_COMPACT,
	VALUE_TX,
	VALUE_COIN,
	VALUE_DER,
	VALUE_ORIGIN,
	VALUE_TAP_ORIGIN,
	VALUE_WITNESS,
	VALUE_SCHNORR,
	VALUE_LEAF,
	VALUE_TREE,
	VALUE_TIME,
	VALUE_HEIGHT,
	VALUE_HASHED, /* a preimage of the key */
};

enum versions { BOTH, ONLY_0, ONLY_2 };

static const struct rule {
	enum psbt_place place;
	unsigned type;
	enum key_form key;
	enum value_form value;
	enum versions versions;
} rules[] = {
    {PSBT_GLOBAL, PSBT_UNSIGNED_TX, KEY_NONE, VALUE_ANY, ONLY_0},
    {PSBT_GLOBAL, PSBT_XPUB, KEY_XPUB, VALUE_ORIGIN, BOTH},
    {PSBT_GLOBAL, PSBT_TX_VERSION, KEY_NONE, VALUE_4, ONLY_2},
    {PSBT_GLOBAL, PSBT_FALLBACK_LOCK, KEY_NONE, VALUE_4, ONLY_2},
    {PSBT_GLOBAL, PSBT_INPUT_COUNT, KEY_NONE, VALUE_COMPACT, ONLY_2},
    {PSBT_GLOBAL, PSBT_OUTPUT_COUNT, KEY_NONE, VALUE_COMPACT, ONLY_2},
    {PSBT_GLOBAL, PSBT_MODIFIABLE, KEY_NONE, VALUE_1, ONLY_2},
    {PSBT_GLOBAL, PSBT_VERSION, KEY_NONE, VALUE_4, BOTH},
    {PSBT_INPUT, PSBT_IN_WHOLE_TX, KEY_NONE, VALUE_TX, BOTH},
    {PSBT_INPUT, PSBT_IN_COIN, KEY_NONE, VALUE_COIN, BOTH},
    {PSBT_INPUT, PSBT_IN_SIGNATURE, KEY_POINT, VALUE_DER, BOTH},
    {PSBT_INPUT, PSBT_IN_SIGHASH, KEY_NONE, VALUE_4, BOTH},
    {PSBT_INPUT, PSBT_IN_REDEEM, KEY_NONE, VALUE_ANY, BOTH},
    {PSBT_INPUT, PSBT_IN_WITNESS_SCRIPT, KEY_NONE, VALUE_ANY, BOTH},
    {PSBT_INPUT, PSBT_IN_ORIGIN, KEY_POINT, VALUE_ORIGIN, BOTH},
    {PSBT_INPUT, PSBT_IN_FINAL_SCRIPT, KEY_NONE, VALUE_ANY, BOTH},
    {PSBT_INPUT, PSBT_IN_FINAL_WITNESS, KEY_NONE, VALUE_WITNESS, BOTH},
    {PSBT_INPUT, 0x0a, KEY_20, VALUE_HASHED, BOTH},
    {PSBT_INPUT, PSBT_IN_SHA256, KEY_32, VALUE_HASHED, BOTH},
    {PSBT_INPUT, 0x0c, KEY_20, VALUE_HASHED, BOTH},
    {PSBT_INPUT, 0x0d, KEY_32, VALUE_HASHED, BOTH},
    {PSBT_INPUT, PSBT_IN_TXID, KEY_NONE, VALUE_32, ONLY_2},
    {PSBT_INPUT, PSBT_IN_VOUT, KEY_NONE, VALUE_4, ONLY_2},
    {PSBT_INPUT, PSBT_IN_SEQUENCE, KEY_NONE, VALUE_4, ONLY_2},
    {PSBT_INPUT, PSBT_IN_LOCK_TIME, KEY_NONE, VALUE_TIME, ONLY_2},
    {PSBT_INPUT, PSBT_IN_LOCK_HEIGHT, KEY_NONE, VALUE_HEIGHT, ONLY_2},
    {PSBT_INPUT, PSBT_IN_TAP_SIGNATURE, KEY_NONE, VALUE_SCHNORR, BOTH},
    {PSBT_INPUT, 0x14, KEY_LEAF, VALUE_SCHNORR, BOTH},
    {PSBT_INPUT, 0x15, KEY_CONTROL, VALUE_LEAF, BOTH},
    {PSBT_INPUT, PSBT_IN_TAP_ORIGIN, KEY_XONLY, VALUE_TAP_ORIGIN, BOTH},
    {PSBT_INPUT, PSBT_IN_TAP_KEY, KEY_NONE, VALUE_XONLY, BOTH},
    {PSBT_INPUT, PSBT_IN_TAP_ROOT, KEY_NONE, VALUE_32, BOTH},
    {PSBT_OUTPUT, PSBT_OUT_REDEEM, KEY_NONE, VALUE_ANY, BOTH},
    {PSBT_OUTPUT, PSBT_OUT_WITNESS_SCRIPT, KEY_NONE, VALUE_ANY, BOTH},
    {PSBT_OUTPUT, PSBT_OUT_ORIGIN, KEY_POINT, VALUE_ORIGIN, BOTH},
    {PSBT_OUTPUT, PSBT_OUT_AMOUNT, KEY_NONE, VALUE_8, ONLY_2},
    {PSBT_OUTPUT, PSBT_OUT_SCRIPT, KEY_NONE, VALUE_ANY, ONLY_2},
    {PSBT_OUTPUT, PSBT_OUT_TAP_KEY, KEY_NONE, VALUE_XONLY, BOTH},
    {PSBT_OUTPUT, 0x06, KEY_NONE, VALUE_TREE, BOTH},
    {PSBT_OUTPUT, PSBT_OUT_TAP_ORIGIN, KEY_XONLY, VALUE_TAP_ORIGIN, BOTH},
};

static bool
is_xonly(struct span s)
{
	return s.len == SECP_KEY && secp_xonly_ok((const unsigned char *)s.ptr);
}

static bool
key_fits(enum key_form form, struct span key)
{
	switch (form) {
	case KEY_NONE: return key.len == 0;
	case KEY_POINT: return secp_public_ok(key);
	case KEY_20: return key.len == HASH160_BYTES;
	case KEY_32: return key.len == HASH_BYTES;
	case KEY_XONLY: return is_xonly(key);
	case KEY_XPUB: return key.len == 78;
	case KEY_LEAF: return key.len == 64 && is_xonly((struct span){key.ptr, 32});
	case KEY_CONTROL: return key.len >= 33 && key.len <= 33 + 32 * 128 && key.len % 32 == 1;
	}
	return false;
}

static bool
is_coin(struct span value)
{
	struct cursor c = cursor_of(value);
	uint64_t amount = wire_int(&c, 8);

	wire_run(&c);
	return cursor_done(&c) && amount <= BTC_MONEY_MAX;
}

/* A DER signature with its type behind it, in the lower half. */
static bool
is_signature(struct span value)
{
	unsigned char out[SECP_SIGNATURE];

	return value.len > 1 && secp_der_parse((struct span){value.ptr, value.len - 1}, out);
}

static bool
is_tap_origin(struct span value)
{
	struct cursor c = cursor_of(value);
	uint64_t leaves = wire_compact(&c);

	if (c.bad || leaves > cursor_left(&c) / HASH_BYTES)
		return false;
	wire_bytes(&c, leaves * HASH_BYTES);
	return cursor_left(&c) >= 4 && cursor_left(&c) % 4 == 0;
}

static bool
is_witness(struct span value)
{
	struct cursor c = cursor_of(value);
	uint64_t items = wire_compact(&c);

	for (uint64_t i = 0; i < items && !c.bad; i++)
		wire_run(&c);
	return cursor_done(&c);
}

/* Leaves, depth first: each level of the tree is closed when the next leaf is above it. */
static bool
is_tree(struct span value)
{
	struct cursor c = cursor_of(value);
	bool half[129] = {false}; /* a level that waits for its right half */
	unsigned depth = 0;
	bool whole = false;

	while (!c.bad && cursor_left(&c)) {
		unsigned at = (unsigned)wire_int(&c, 1), leaf = (unsigned)wire_int(&c, 1);

		wire_run(&c);
		if (c.bad || whole || at > 128 || leaf & 1 || at < depth)
			return false;
		for (depth = at; depth && half[depth]; depth--)
			half[depth] = false;
		if (depth)
			half[depth] = true;
		whole = depth == 0;
	}
	return cursor_done(&c) && whole;
}

static bool
is_tx(struct span value)
{
	struct cursor c = cursor_of(value);
	struct btc_view v;

	return btc_view_read(&c, true, &v) && cursor_done(&c);
}

static bool
is_hashed(unsigned type, struct span key, struct span value)
{
	unsigned char hash[HASH_BYTES];

	switch (type) {
	case 0x0a: ripemd160(value, hash); break;
	case 0x0b: hash_single(value, hash); break;
	case 0x0c: hash160(value, hash); break;
	default: hash256(value, hash); break;
	}
	return memcmp(hash, key.ptr, key.len) == 0;
}

static uint32_t
u32_of(struct span value)
{
	struct cursor c = cursor_of(value);

	return (uint32_t)wire_int(&c, 4);
}

static bool
is_compact(struct span value)
{
	struct cursor c = cursor_of(value);

	wire_compact(&c);
	return cursor_done(&c);
}

static bool
value_fits(enum value_form form, unsigned type, struct span key, struct span value)
{
	switch (form) {
	case VALUE_ANY: return true;
	case VALUE_1: return value.len == 1;
	case VALUE_4: return value.len == 4;
	case VALUE_8: return value.len == 8;
	case VALUE_32: return value.len == HASH_BYTES;
	case VALUE_XONLY: return is_xonly(value);
	case VALUE_COMPACT: return is_compact(value);
	case VALUE_TX: return is_tx(value);
	case VALUE_COIN: return is_coin(value);
	case VALUE_DER: return is_signature(value);
	case VALUE_ORIGIN: return value.len >= 4 && value.len % 4 == 0;
	case VALUE_TAP_ORIGIN: return is_tap_origin(value);
	case VALUE_WITNESS: return is_witness(value);
	case VALUE_SCHNORR: return value.len == 64 || value.len == 65;
	case VALUE_LEAF: return value.len >= 1;
	case VALUE_TREE: return is_tree(value);
	case VALUE_TIME: return value.len == 4 && u32_of(value) >= BTC_LOCK_TIME_MIN;
	case VALUE_HEIGHT:
		return value.len == 4 && u32_of(value) > 0 && u32_of(value) < BTC_LOCK_TIME_MIN;
	case VALUE_HASHED: return is_hashed(type, key, value);
	}
	return false;
}

enum psbt_error
psbt_field_check(enum psbt_place place, unsigned version, const struct psbt_pair *pair)
{
	unsigned type = (unsigned char)pair->key.ptr[0];
	struct span key = {pair->key.ptr + 1, pair->key.len - 1};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct rule *r = &rules[i];

		if (r->place != place || r->type != type)
			continue;
		/* BIP174's own vectors use one of the later types, with a key, as one that nobody
		 * knows */
		if (r->versions == ONLY_2 && version == 0 && key.len)
			return PSBT_OK;
		if ((r->versions == ONLY_0 && version != 0) ||
		    (r->versions == ONLY_2 && version != 2))
			return PSBT_E_VERSION;
		return key_fits(r->key, key) && value_fits(r->value, type, key, pair->value)
			   ? PSBT_OK
			   : PSBT_E_FIELD;
	}
	return PSBT_OK;
}
