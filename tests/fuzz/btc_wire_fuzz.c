/*
 * Catches a transaction, script, address, key or word list that crashes us, or that is not printed
 * as it was read.
 */
#include "fuzz.h"

#include "bip32.h"
#include "bip39.h"
#include "btc_header.h"
#include "wallet.h"

static struct btc_tx tx;

static void
transaction(struct span in)
{
	struct cursor c = cursor_of(in);
	unsigned char a[HASH_BYTES], b[HASH_BYTES];
	struct btc_view v;

	if (!btc_view_read(&c, true, &v))
		return;
	FUZZ_CHECK(v.whole.len <= in.len && btc_view_vsize(&v) <= v.whole.len);
	btc_view_txid(&v, a);
	if (!btc_tx_of(&v, &tx))
		return;
	btc_tx_txid(&tx, b);
	FUZZ_CHECK(memcmp(a, b, HASH_BYTES) == 0);
}

static void
script(struct span in)
{
	char memory[BTC_WITNESS_SCRIPT_MAX], text[BTC_ADDRESS_MAX];
	struct buf out = {memory, 0, sizeof memory, sizeof memory, false};
	struct btc_script again;
	struct btc_multi multi;
	struct btc_htlc htlc;

	if (btc_multi_parse(in, &multi))
		btc_multi_print(&multi, &out);
	else if (btc_htlc_parse(in, &htlc))
		btc_htlc_print(&htlc, &out);
	FUZZ_CHECK(out.len == 0 || span_equal(buf_span(&out), in));
	for (enum btc_network n = BTC_MAIN; n <= BTC_REGTEST; n++) {
		if (!btc_address_print(in, n, text))
			continue;
		FUZZ_CHECK(btc_address_parse(span_of(text), n, &again));
		FUZZ_CHECK(span_equal(btc_script_span(&again), in));
	}
}

static void
address(struct span in)
{
	char text[BTC_ADDRESS_MAX];
	struct btc_script s;

	for (enum btc_network n = BTC_MAIN; n <= BTC_REGTEST; n++) {
		if (!btc_address_parse(in, n, &s))
			continue;
		FUZZ_CHECK(btc_address_print(btc_script_span(&s), n, text));
		FUZZ_CHECK(strlen(text) == in.len && strncasecmp(text, in.ptr, in.len) == 0);
	}
}

static void
key(struct span in)
{
	char text[BIP32_TEXT_MAX], path_text[BIP32_PATH_TEXT_MAX], words[BIP39_TEXT_MAX];
	unsigned char entropy[BIP39_ENTROPY_MAX];
	struct bip32_path path, again;
	struct bip32_key k;
	size_t n;

	if (bip32_parse(in, &k)) {
		bip32_print(&k, text);
		FUZZ_CHECK(span_is(in, text));
	}
	if (bip32_path_parse(in, &path)) {
		bip32_path_print(&path, path_text);
		FUZZ_CHECK(path.n == 0 || bip32_path_parse(span_of(path_text), &again));
	}
	if (bip39_parse(in, entropy, &n))
		FUZZ_CHECK(bip39_print(entropy, n, words) && span_is(in, words));
}

static void
ignore(void *context, const struct btc_view *v, uint64_t at)
{
	(void)context;
	(void)v;
	(void)at;
}

static void
block(struct span in)
{
	unsigned char hash[HASH_BYTES] = {0};

	if (in.len >= BTC_HEADER_BYTES)
		hash256((struct span){in.ptr, BTC_HEADER_BYTES}, hash);
	btc_block_walk(in, hash, ignore, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wallet wallet;
	static bool ready;
	struct span in = fuzz_span(data, size);

	if (!ready) {
		hashes_init();
		secp_init();
		ready = true;
	}
	switch (fuzz_byte(&in)) {
	case 't': transaction(in); break;
	case 's': script(in); break;
	case 'a': address(in); break;
	case 'k': key(in); break;
	case 'b': block(in); break;
	case 'w': wallet_parse(in, BTC_MAIN, &wallet); break;
	default: break;
	}
	return 0;
}
