#include "btc_script.h"

#include "check.h"

#include <stdlib.h>

enum op {
	OP_0 = 0,
	OP_1 = 0x51,
	OP_16 = 0x60,
	OP_IF = 0x63,
	OP_ELSE = 0x67,
	OP_ENDIF = 0x68,
	OP_DUP = 0x76,
	OP_SIZE = 0x82,
	OP_EQUAL = 0x87,
	OP_EQUALVERIFY = 0x88,
	OP_SHA256 = 0xa8,
	OP_HASH160 = 0xa9,
	OP_CHECKSIG = 0xac,
	OP_CHECKSIGVERIFY = 0xad,
	OP_CHECKMULTISIG = 0xae,
	OP_CHECKLOCKTIMEVERIFY = 0xb1,
};

static const struct network {
	const char *name, *hrp;
	unsigned char key_hash, script_hash;
} networks[] = {
    [BTC_MAIN] = {"main", "bc", 0x00, 0x05},
    [BTC_TEST] = {"test", "tb", 0x6f, 0xc4},
    [BTC_SIGNET] = {"signet", "tb", 0x6f, 0xc4},
    [BTC_REGTEST] = {"regtest", "bcrt", 0x6f, 0xc4},
};

const char *
btc_network_name(enum btc_network network)
{
	return networks[network].name;
}

bool
btc_network_of(struct span name, enum btc_network *out)
{
	for (unsigned i = 0; i < sizeof networks / sizeof *networks; i++) {
		if (span_is(name, networks[i].name)) {
			*out = (enum btc_network)i;
			return true;
		}
	}
	return false;
}

enum btc_script_kind
btc_script_kind(struct span s, struct span *inside)
{
	const unsigned char *p = (const unsigned char *)s.ptr;

	*inside = (struct span){s.ptr, 0};
	if (s.len == 25 && p[0] == OP_DUP && p[1] == OP_HASH160 && p[2] == 20 &&
	    p[23] == OP_EQUALVERIFY && p[24] == OP_CHECKSIG) {
		*inside = (struct span){s.ptr + 3, 20};
		return BTC_P2PKH;
	}
	if (s.len == 23 && p[0] == OP_HASH160 && p[1] == 20 && p[22] == OP_EQUAL) {
		*inside = (struct span){s.ptr + 2, 20};
		return BTC_P2SH;
	}
	if (s.len < 4 || s.len > 42 || (p[0] != OP_0 && (p[0] < OP_1 || p[0] > OP_16)) ||
	    p[1] != s.len - 2)
		return BTC_OTHER;
	*inside = (struct span){s.ptr + 2, p[1]};
	if (p[0] == OP_0)
		return p[1] == 20 ? BTC_P2WPKH : p[1] == 32 ? BTC_P2WSH : BTC_OTHER;
	return p[0] == OP_1 && p[1] == 32 ? BTC_P2TR : BTC_PROGRAM;
}

static void
put_program(unsigned version, const unsigned char *program, size_t n, struct btc_script *out)
{
	out->bytes[0] = (unsigned char)(version ? OP_1 - 1 + version : OP_0);
	out->bytes[1] = (unsigned char)n;
	memcpy(out->bytes + 2, program, n);
	out->n = n + 2;
}

void
btc_p2pkh(const unsigned char hash[HASH160_BYTES], struct btc_script *out)
{
	memcpy(out->bytes, "\x76\xa9\x14", 3);
	memcpy(out->bytes + 3, hash, HASH160_BYTES);
	out->bytes[23] = OP_EQUALVERIFY;
	out->bytes[24] = OP_CHECKSIG;
	out->n = 25;
}

static void
put_p2sh(const unsigned char hash[HASH160_BYTES], struct btc_script *out)
{
	out->bytes[0] = OP_HASH160;
	out->bytes[1] = HASH160_BYTES;
	memcpy(out->bytes + 2, hash, HASH160_BYTES);
	out->bytes[22] = OP_EQUAL;
	out->n = 23;
}

void
btc_p2wpkh(struct span public_key, struct btc_script *out)
{
	unsigned char hash[HASH160_BYTES];

	hash160(public_key, hash);
	put_program(0, hash, sizeof hash, out);
}

void
btc_p2wsh(struct span witness_script, struct btc_script *out)
{
	unsigned char hash[HASH_BYTES];

	hash_single(witness_script, hash);
	put_program(0, hash, sizeof hash, out);
}

void
btc_tap_tweak(const unsigned char xonly[SECP_KEY], const unsigned char *root,
	      unsigned char out[HASH_BYTES])
{
	struct sha2 s;

	tagged_begin(&s, "TapTweak");
	sha2_add(&s, (struct span){(const char *)xonly, SECP_KEY});
	if (root)
		sha2_add(&s, (struct span){(const char *)root, HASH_BYTES});
	sha2_end(&s, out);
}

bool
btc_p2tr(const unsigned char xonly[SECP_KEY], struct btc_script *out)
{
	unsigned char tweak[HASH_BYTES], key[SECP_KEY];
	int parity;

	btc_tap_tweak(xonly, NULL, tweak);
	if (!secp_xonly_add(xonly, tweak, key, &parity))
		return false;
	put_program(1, key, sizeof key, out);
	return true;
}

bool
btc_address_parse(struct span text, enum btc_network network, struct btc_script *out)
{
	const struct network *net = &networks[network];
	unsigned char bytes[SEGWIT_PROGRAM_MAX];
	unsigned version;
	size_t n;

	if (segwit_parse(text, net->hrp, &version, bytes, &n)) {
		put_program(version, bytes, n, out);
		return true;
	}
	if (!base58check_parse(text, bytes, 1 + HASH160_BYTES, &n) || n != 1 + HASH160_BYTES)
		return false;
	if (bytes[0] == net->key_hash)
		btc_p2pkh(bytes + 1, out);
	else if (bytes[0] == net->script_hash)
		put_p2sh(bytes + 1, out);
	else
		return false;
	return true;
}

bool
btc_address_print(struct span script, enum btc_network network, char out[BTC_ADDRESS_MAX])
{
	const struct network *net = &networks[network];
	struct span inside;
	enum btc_script_kind kind = btc_script_kind(script, &inside);
	unsigned char payload[1 + HASH160_BYTES], first;
	char text[BASE58_TEXT_MAX];
	size_t n;

	if (kind == BTC_OTHER)
		return false;
	if (kind != BTC_P2PKH && kind != BTC_P2SH) {
		first = (unsigned char)script.ptr[0];
		return segwit_print(net->hrp, first ? first - OP_1 + 1u : 0,
				    (const unsigned char *)inside.ptr, inside.len, out);
	}
	payload[0] = kind == BTC_P2PKH ? net->key_hash : net->script_hash;
	memcpy(payload + 1, inside.ptr, HASH160_BYTES);
	n = base58check_print(payload, sizeof payload, text);
	memcpy(out, text, n + 1);
	return true;
}

uint64_t
btc_dust(struct span script)
{
	struct span inside;
	enum btc_script_kind kind = btc_script_kind(script, &inside);
	bool program = kind != BTC_OTHER && kind != BTC_P2PKH && kind != BTC_P2SH;

	/* the output itself, and the input that would spend it */
	return 3 * (8 + 1 + script.len + (program ? 32 + 4 + 1 + 107 / 4 + 4 : 148));
}

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, SECP_PUBLIC);
}

void
btc_multi_sort(struct btc_multi *multi)
{
	qsort(multi->keys, multi->n, SECP_PUBLIC, compare_keys);
}

void
btc_multi_print(const struct btc_multi *multi, struct buf *out)
{
	CHECK(multi->m >= 1 && multi->m <= multi->n && multi->n <= BTC_MULTI_MAX);
	buf_byte(out, (char)(OP_1 - 1 + multi->m));
	for (unsigned i = 0; i < multi->n; i++) {
		buf_byte(out, SECP_PUBLIC);
		buf_add(out, (struct span){(const char *)multi->keys[i], SECP_PUBLIC});
	}
	buf_byte(out, (char)(OP_1 - 1 + multi->n));
	buf_byte(out, (char)OP_CHECKMULTISIG);
}

bool
btc_multi_parse(struct span s, struct btc_multi *out)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n;

	if (s.len < 3 || (s.len - 3) % (1 + SECP_PUBLIC) != 0)
		return false;
	n = (s.len - 3) / (1 + SECP_PUBLIC);
	if (n < 1 || n > BTC_MULTI_MAX || p[0] < OP_1 || p[0] > OP_1 - 1 + n ||
	    p[s.len - 2] != OP_1 - 1 + n || p[s.len - 1] != OP_CHECKMULTISIG)
		return false;
	out->m = p[0] - OP_1 + 1u;
	out->n = (unsigned)n;
	for (size_t i = 0; i < n; i++) {
		const unsigned char *key = p + 1 + i * (1 + SECP_PUBLIC);

		if (key[0] != SECP_PUBLIC ||
		    !secp_public_ok((struct span){(const char *)key + 1, SECP_PUBLIC}))
			return false;
		memcpy(out->keys[i], key + 1, SECP_PUBLIC);
	}
	return true;
}

/* A number as script has it: little endian, a sign bit on top, no byte more than needed. */
static void
put_number(struct buf *out, uint32_t v)
{
	unsigned char bytes[5];
	size_t n = 0;

	if (v >= 1 && v <= 16) {
		buf_byte(out, (char)(OP_1 - 1 + v));
		return;
	}
	for (; v; v >>= 8)
		bytes[n++] = (unsigned char)v;
	if (n && bytes[n - 1] & 0x80)
		bytes[n++] = 0;
	buf_byte(out, (char)n);
	buf_add(out, (struct span){(const char *)bytes, n});
}

static void
put_key(struct buf *out, const unsigned char key[SECP_PUBLIC])
{
	buf_byte(out, SECP_PUBLIC);
	buf_add(out, (struct span){(const char *)key, SECP_PUBLIC});
}

static const unsigned char htlc_head[] = {OP_IF, OP_SIZE, 1, 32, OP_EQUALVERIFY, OP_SHA256, 32};

void
btc_htlc_print(const struct btc_htlc *htlc, struct buf *out)
{
	buf_add(out, (struct span){(const char *)htlc_head, sizeof htlc_head});
	buf_add(out, (struct span){(const char *)htlc->hash, HASH_BYTES});
	buf_byte(out, (char)OP_EQUALVERIFY);
	put_key(out, htlc->claim);
	buf_byte(out, (char)OP_CHECKSIG);
	buf_byte(out, OP_ELSE);
	put_key(out, htlc->refund);
	buf_byte(out, (char)OP_CHECKSIGVERIFY);
	put_number(out, htlc->lock);
	buf_byte(out, (char)OP_CHECKLOCKTIMEVERIFY);
	buf_byte(out, OP_ENDIF);
}

/* Where the parts are that vary; all else must come out again byte for byte. */
enum { HASH_AT = 7, CLAIM_AT = 41, REFUND_AT = 77, LOCK_AT = 111 };

bool
btc_htlc_parse(struct span s, struct btc_htlc *out)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	struct buf again;
	char memory[BTC_WITNESS_SCRIPT_MAX];
	uint64_t lock = 0;
	size_t n;

	if (s.len < LOCK_AT + 3 || s.len > LOCK_AT + 8)
		return false;
	memcpy(out->hash, p + HASH_AT, HASH_BYTES);
	memcpy(out->claim, p + CLAIM_AT, SECP_PUBLIC);
	memcpy(out->refund, p + REFUND_AT, SECP_PUBLIC);
	n = s.len - LOCK_AT - 3;
	for (size_t i = 0; i < n; i++)
		lock |= (uint64_t)p[LOCK_AT + 1 + i] << 8 * i;
	if (n == 0)
		lock = p[LOCK_AT] - (unsigned)OP_1 + 1u;
	if (lock > UINT32_MAX)
		return false;
	out->lock = (uint32_t)lock;
	again = (struct buf){memory, 0, sizeof memory, sizeof memory, false};
	btc_htlc_print(out, &again);
	return span_equal(buf_span(&again), s) &&
	       secp_public_ok((struct span){s.ptr + CLAIM_AT, SECP_PUBLIC}) &&
	       secp_public_ok((struct span){s.ptr + REFUND_AT, SECP_PUBLIC});
}
