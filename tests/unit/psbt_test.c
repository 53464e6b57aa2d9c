/*
 * Catches a PSBT that is read, refused, signed, combined, finalised or extracted otherwise than
 * BIP174, BIP370 and BIP371 have it; and a payment of ours that does not verify.
 */
#include "base64.h"
#include "hex.h"
#include "psbt_role.h"
#include "psbt_vectors.h"
#include "test.h"

static struct psbt psbt, second, third;
static struct btc_tx tx, other;
static struct buf bytes_a, bytes_b, bytes_c;

static struct span
decode(const char *text, struct buf *out)
{
	buf_clear(out);
	/* one of the invalid ones is no Base64 */
	if (!base64_decode(span_of(text), out))
		buf_clear(out);
	return buf_span(out);
}

static enum psbt_error
parse(const char *text, struct buf *memory, struct psbt *out)
{
	return psbt_parse(decode(text, memory), out);
}

static bool
same(const struct psbt *a, const struct psbt *b)
{
	bool equal = a->n == b->n && a->inputs_n == b->inputs_n && a->outputs_n == b->outputs_n;

	for (size_t i = 0; equal && i < a->n; i++)
		equal = a->pairs[i].map == b->pairs[i].map &&
			span_equal(a->pairs[i].key, b->pairs[i].key) &&
			span_equal(a->pairs[i].value, b->pairs[i].value);
	return equal;
}

/* What is read comes out, and is read again as the same. */
static void
expect_round(void)
{
	buf_clear(&bytes_b);
	psbt_print(&psbt, &bytes_b);
	EXPECT(buf_ok(&bytes_b) && bytes_b.len == bytes_a.len);
	EXPECT(psbt_parse(buf_span(&bytes_b), &second) == PSBT_OK);
	EXPECT(same(&psbt, &second));
}

static void
valid(void)
{
	for (size_t i = 0; i < sizeof core_valid / sizeof *core_valid; i++) {
		enum psbt_error e = parse(core_valid[i], &bytes_a, &psbt);

		EXPECT(e == PSBT_OK);
		if (e != PSBT_OK)
			printf("valid %zu: %s\n", i, psbt_error_text(e));
		else
			expect_round();
	}
	for (size_t i = 0; i < sizeof bip370_valid / sizeof *bip370_valid; i++) {
		enum psbt_error e = parse(bip370_valid[i], &bytes_a, &psbt);

		EXPECT(e == PSBT_OK && psbt.version == 2);
		if (e != PSBT_OK)
			printf("bip370 %zu: %s\n", i, psbt_error_text(e));
		else
			expect_round();
	}
}

static void
invalid(void)
{
	for (size_t i = 0; i < sizeof core_invalid / sizeof *core_invalid; i++) {
		bool refused = parse(core_invalid[i], &bytes_a, &psbt) != PSBT_OK;

		/* a previous transaction that is another one's shows when its output is asked for
		 */
		EXPECT(refused || !psbt_tx(&psbt, &tx));
		if (!refused && psbt_tx(&psbt, &tx))
			printf("invalid %zu is taken\n", i);
	}
	for (size_t i = 0; i < sizeof bip370_invalid / sizeof *bip370_invalid; i++) {
		enum psbt_error e = parse(bip370_invalid[i], &bytes_a, &psbt);

		EXPECT(e == PSBT_E_VERSION || e == PSBT_E_FIELD);
		if (e == PSBT_OK)
			printf("bip370 invalid %zu is taken\n", i);
	}
}

static void
locks(void)
{
	for (size_t i = 0; i < sizeof bip370_locks / sizeof *bip370_locks; i++) {
		bool computed;

		EXPECT(parse(bip370_locks[i].psbt, &bytes_a, &psbt) == PSBT_OK);
		computed = psbt_tx(&psbt, &tx);
		EXPECT(computed == (bip370_locks[i].lock >= 0));
		EXPECT(!computed || (int64_t)tx.lock == bip370_locks[i].lock);
	}
}

static void
signer(void)
{
	for (size_t i = 0; i < sizeof core_signer / sizeof *core_signer; i++) {
		struct role r;

		EXPECT(parse(core_signer[i].psbt, &bytes_a, &psbt) == PSBT_OK);
		EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK);
		for (size_t k = 0; k < 2 && core_signer[i].keys[k][0]; k++) {
			unsigned char key[32];
			enum role_error e;
			size_t made;

			EXPECT(hex_parse(span_of(core_signer[i].keys[k]), false, key, 32));
			e = role_sign(&r, key, true, &made);
			EXPECT(e == ROLE_OK || i >= 2);
		}
		EXPECT(parse(core_signer[i].result, &bytes_c, &third) == PSBT_OK);
		/* the later ones spend scripts of taproot trees, which is not done here */
		EXPECT(i >= 2 || same(&psbt, &third));
	}
}

static void
combiner(void)
{
	for (size_t i = 0; i < sizeof core_combiner / sizeof *core_combiner; i++) {
		EXPECT(parse(core_combiner[i].a, &bytes_a, &psbt) == PSBT_OK);
		EXPECT(parse(core_combiner[i].b, &bytes_b, &second) == PSBT_OK);
		EXPECT(parse(core_combiner[i].result, &bytes_c, &third) == PSBT_OK);
		EXPECT(role_combine(&psbt, &second, &tx, &other) == ROLE_OK);
		EXPECT(same(&psbt, &third));
		EXPECT(parse(core_valid[0], &bytes_b, &second) == PSBT_OK);
		EXPECT(role_combine(&psbt, &second, &tx, &other) == ROLE_E_OTHER);
	}
}

static void
finalizer(void)
{
	struct role r;
	struct buf raw;
	char hex[4000];

	EXPECT(parse(final_from, &bytes_a, &psbt) == PSBT_OK);
	EXPECT(parse(final_to, &bytes_c, &third) == PSBT_OK);
	EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK && r.verify);
	EXPECT(role_finalise(&r) == ROLE_OK);
	EXPECT(same(&psbt, &third));
	EXPECT(parse(extract_from, &bytes_a, &psbt) == PSBT_OK);
	EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK);
	buf_init(&raw, BTC_TX_BYTES_MAX);
	EXPECT(role_extract(&r, &raw) == ROLE_OK && 2 * raw.len < sizeof hex);
	hex_print((unsigned char *)raw.ptr, raw.len, hex);
	EXPECT_STR(hex, extract_to);
	buf_release(&raw);
	/* a signature that is spoilt */
	EXPECT(parse(final_from, &bytes_a, &psbt) == PSBT_OK);
	EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK);
	tx.outputs[0].amount--;
	btc_sighash_init(&r.sighash, &tx);
	EXPECT(role_finalise(&r) == ROLE_E_MISSING);
}

/* ---- payments of ours ---- */

static unsigned char keys[20][32], points[20][33];
static unsigned char memory[1000], memory_b[64];

static void
make_keys(void)
{
	for (unsigned i = 0; i < 20; i++) {
		keys[i][0] = 1;
		keys[i][31] = (unsigned char)(i + 1);
		EXPECT(secp_public_of(keys[i], points[i]));
	}
}

static void
one_input(struct span coin_script, unsigned version)
{
	static const unsigned char pay[22] = {0, 20, 1, 2, 3};

	memset(&tx.inputs[0], 0, sizeof tx.inputs[0]);
	tx.version = 2;
	tx.lock = 0;
	tx.inputs_n = 1;
	tx.outputs_n = 1;
	memset(tx.inputs[0].txid, 0x11, 32);
	tx.inputs[0].script = (struct span){"", 0};
	tx.inputs[0].sequence = 0xfffffffd;
	tx.outputs[0] = (struct btc_output){90000, {(const char *)pay, 22}};
	EXPECT(psbt_create(&tx, version, &psbt) == PSBT_OK);
	EXPECT(psbt_put_coin(&psbt, 0, 100000, coin_script));
}

static enum role_error
finish(struct role *r, struct buf *raw)
{
	enum role_error e = role_finalise(r);

	buf_clear(raw);
	return e == ROLE_OK ? role_extract(r, raw) : e;
}

static void
singles(void)
{
	struct btc_script script;
	struct buf raw;
	struct role r;
	size_t made;

	buf_init(&raw, BTC_TX_BYTES_MAX);
	for (unsigned version = 0; version <= 2; version += 2) {
		for (unsigned kind = 0; kind < 2; kind++) {
			if (kind)
				EXPECT(btc_p2tr(points[0] + 1, &script));
			else
				btc_p2wpkh((struct span){(char *)points[0], 33}, &script);
			one_input(btc_script_span(&script), version);
			EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK && !r.verify);
			EXPECT(role_finalise(&r) == ROLE_E_MISSING);
			EXPECT(role_sign(&r, keys[1], true, &made) == ROLE_OK && made == 0);
			EXPECT(role_sign(&r, keys[0], true, &made) == ROLE_OK && made == 1);
			/* as it goes over the wire, and back into the other version */
			buf_clear(&bytes_a);
			psbt_print(&psbt, &bytes_a);
			EXPECT(psbt_parse(buf_span(&bytes_a), &second) == PSBT_OK);
			EXPECT(psbt_convert(&second, 2 - version, &other, &third));
			EXPECT(role_init(&r, &third, &other) == ROLE_OK && r.verify);
			EXPECT(finish(&r, &raw) == ROLE_OK);
			EXPECT(raw.len >= 150 && raw.len < 200);
			/* the same, with a signature of another amount */
			EXPECT(psbt_put_coin(&second, 0, 99999, btc_script_span(&script)));
			EXPECT(role_init(&r, &second, &other) == ROLE_OK);
			EXPECT(role_finalise(&r) == ROLE_E_SIGNATURE);
		}
	}
	buf_release(&raw);
}

static void
multisig(void)
{
	struct btc_multi multi = {.m = 2, .n = 3};
	struct btc_script script;
	struct span witness_script;
	struct buf b, raw;
	struct role r;
	size_t made;

	buf_init(&raw, BTC_TX_BYTES_MAX);
	for (unsigned i = 0; i < 3; i++)
		memcpy(multi.keys[i], points[i], 33);
	btc_multi_sort(&multi);
	b = (struct buf){(char *)memory, 0, sizeof memory, sizeof memory, false};
	btc_multi_print(&multi, &b);
	witness_script = buf_span(&b);
	btc_p2wsh(witness_script, &script);
	/* each pair of the three signs; one alone, or a stranger, is not enough */
	for (unsigned a = 0; a < 3; a++) {
		for (unsigned c = 0; c < 4; c++) {
			one_input(btc_script_span(&script), 0);
			EXPECT(psbt_put(&psbt, psbt_in(0), PSBT_IN_WITNESS_SCRIPT,
					(struct span){"", 0}, witness_script));
			EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK);
			EXPECT(role_sign(&r, keys[a], true, &made) == ROLE_OK && made == 1);
			EXPECT(role_sign(&r, keys[c], true, &made) == ROLE_OK && made == (c < 3));
			EXPECT(finish(&r, &raw) == (a != c && c < 3 ? ROLE_OK : ROLE_E_MISSING));
		}
	}
	/* a script that is not the coin's */
	memory[10] ^= 1;
	one_input(btc_script_span(&script), 0);
	EXPECT(psbt_put(&psbt, psbt_in(0), PSBT_IN_WITNESS_SCRIPT, (struct span){"", 0},
			witness_script));
	EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK);
	EXPECT(role_sign(&r, keys[0], true, &made) == ROLE_E_SCRIPT && made == 0);
	buf_release(&raw);
}

static void
htlc(void)
{
	struct btc_htlc h = {.lock = 500};
	struct btc_script script;
	struct span witness_script, preimage = {(char *)memory_b, 32};
	struct buf b, raw;
	struct role r;
	size_t made;

	buf_init(&raw, BTC_TX_BYTES_MAX);
	memset(memory_b, 7, 32);
	hash_single(preimage, h.hash);
	memcpy(h.claim, points[0], 33);
	memcpy(h.refund, points[1], 33);
	b = (struct buf){(char *)memory, 0, sizeof memory, sizeof memory, false};
	btc_htlc_print(&h, &b);
	witness_script = buf_span(&b);
	btc_p2wsh(witness_script, &script);
	for (unsigned way = 0; way < 4; way++) {
		static const enum role_error want[] = {ROLE_OK, ROLE_E_MISSING, ROLE_E_LOCK,
						       ROLE_OK};

		one_input(btc_script_span(&script), 0);
		tx.lock = way == 3 ? 500 : 499;
		EXPECT(psbt_create(&tx, 0, &psbt) == PSBT_OK);
		EXPECT(psbt_put_coin(&psbt, 0, 100000, btc_script_span(&script)));
		EXPECT(psbt_put(&psbt, psbt_in(0), PSBT_IN_WITNESS_SCRIPT, (struct span){"", 0},
				witness_script));
		if (way == 0)
			EXPECT(psbt_put(&psbt, psbt_in(0), PSBT_IN_SHA256,
					(struct span){(char *)h.hash, 32}, preimage));
		EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK);
		EXPECT(role_sign(&r, keys[way >= 2], true, &made) == ROLE_OK && made == 1);
		EXPECT(finish(&r, &raw) == want[way]);
	}
	buf_release(&raw);
}

static void
foreign_signatures(void)
{
	struct btc_script script;
	unsigned char signature[64], digest[32], der[SECP_DER_MAX];
	struct role_input how;
	struct role r;
	size_t n;

	btc_p2wpkh((struct span){(char *)points[0], 33}, &script);
	one_input(btc_script_span(&script), 0);
	EXPECT(role_init(&r, &psbt, &tx) == ROLE_OK);
	EXPECT(role_look(&r, 0, &how) == ROLE_OK && role_digest(&r, 0, &how, digest) == ROLE_OK);
	EXPECT(secp_sign(keys[0], digest, true, signature));
	n = secp_der_print(signature, der);
	EXPECT(role_put_signature(&r, 0, (struct span){(char *)points[1], 33},
				  (struct span){(char *)der, n}) == ROLE_E_KEY);
	der[n - 1] ^= 1;
	EXPECT(role_put_signature(&r, 0, (struct span){(char *)points[0], 33},
				  (struct span){(char *)der, n}) == ROLE_E_SIGNATURE);
	der[n - 1] ^= 1;
	EXPECT(role_put_signature(&r, 0, (struct span){(char *)points[0], 33},
				  (struct span){(char *)der, n}) == ROLE_OK);
	/* a type that leaves outputs open is neither made nor taken */
	EXPECT(psbt_put(&psbt, psbt_in(0), PSBT_IN_SIGHASH, (struct span){"", 0},
			(struct span){"\2\0\0\0", 4}));
	EXPECT(role_sign(&r, keys[0], true, &n) == ROLE_E_TYPE);
	EXPECT(role_put_signature(&r, 0, (struct span){(char *)points[0], 33},
				  (struct span){(char *)der, 70}) == ROLE_E_TYPE);
}

/* Every cut of a PSBT is refused. */
static void
cuts(void)
{
	size_t n = decode(bip370_valid[1], &bytes_a).len;

	for (size_t i = 0; i < n; i++)
		EXPECT(psbt_parse((struct span){bytes_a.ptr, i}, &psbt) != PSBT_OK);
	buf_byte(&bytes_a, 0);
	EXPECT(psbt_parse(buf_span(&bytes_a), &psbt) == PSBT_E_SYNTAX);
}

int
main(void)
{
	hashes_init();
	secp_init();
	buf_init(&bytes_a, PSBT_BYTES_MAX);
	buf_init(&bytes_b, PSBT_BYTES_MAX);
	buf_init(&bytes_c, PSBT_BYTES_MAX);
	make_keys();
	RUN(valid);
	RUN(invalid);
	RUN(locks);
	RUN(signer);
	RUN(combiner);
	RUN(finalizer);
	RUN(singles);
	RUN(multisig);
	RUN(htlc);
	RUN(foreign_signatures);
	RUN(cuts);
	return test_done();
}
