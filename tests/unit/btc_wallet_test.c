/*
 * Catches a wallet that is read from a false descriptor or gives other addresses than BIP84 and
 * BIP86, a choice of coins that does not add up or is not the same twice, a header or block that is
 * taken without its work or its transactions, coins that a reorganisation leaves wrong, and an
 * answer of a node that is misread.
 */
#include "test.h"

#include "btc_header.h"
#include "coin_select.h"
#include "hex.h"
#include "node.h"
#include "utxo.h"
#include "wallet.h"

#define XPUB86                                                                                \
	"[73c5da0a/86h/0h/0h]"                                                                \
	"xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3" \
	"VCECoY49yfdDEHGCtMMj92pReUsQ"
#define XPUB380                                                                                    \
	"wpkh([d34db33f/84h/0h/0h]"                                                                \
	"xpub6DJ2dNUysrn5Vt36jH2KLBT2i1auw1tTSSomg8PhqNiUtx8QX2SvC9nrHu81fT41fvDUnhMjEzQgXnQjKEu3" \
	"oaqMSzhSrHMxyyoEAmUHQbY/0/*)"

static struct wallet wallet;

static void
wallets(void)
{
	static const struct {
		struct wallet_place place;
		const char *address;
	} bip86[] = {{{0, 0}, "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"},
		     {{0, 1}, "bc1p4qhjn9zdvkux4e44uhx8tc55attvtyu358kutcqkudyccelu0was9fqzwh"},
		     {{1, 0}, "bc1p3qkhfews2uk44qtvauqyr2ttdsw7svhkl9nkm9s9c3x4ax5h60wqwruhk7"}};
	char text[BTC_ADDRESS_MAX];

	EXPECT(wallet_parse(SPAN_LIT("tr(" XPUB86 "/<0;1>/*)"), BTC_MAIN, &wallet) == NULL);
	EXPECT_STR(wallet.address, bip86[0].address);
	wallet_fill_pool(&wallet, 5);
	EXPECT(wallet.entries_n == 10);
	for (size_t i = 0; i < 3; i++) {
		struct wallet_place at = {9, 9};
		struct btc_script script;

		EXPECT(wallet_script(&wallet, bip86[i].place, &script, NULL));
		EXPECT(btc_address_print(btc_script_span(&script), BTC_MAIN, text));
		EXPECT_STR(text, bip86[i].address);
		EXPECT(wallet_find(&wallet, btc_script_span(&script), &at));
		EXPECT(at.chain == bip86[i].place.chain && at.index == bip86[i].place.index);
		script.bytes[5] ^= 1;
		EXPECT(!wallet_find(&wallet, btc_script_span(&script), &at));
	}
	EXPECT(wallet_input_weight(&wallet) == 230);
	EXPECT(wallet_parse(SPAN_LIT("wpkh(" XPUB86 "/<0;1>/*)"), BTC_MAIN, &wallet) == NULL);
	EXPECT(wallet_input_weight(&wallet) == 272);
}

/* The descriptor of Bitcoin Core's own documentation, whose checksum it prints. */
static void
checksums(void)
{
	static const char *const wrong = "a wrong checksum";

	EXPECT_STR(wallet_parse(SPAN_LIT(XPUB380 "#cjjspncu"), BTC_MAIN, &wallet),
		   "after the key comes /<0;1>/*");
	EXPECT_STR(wallet_parse(SPAN_LIT(XPUB380 "#cjjspncv"), BTC_MAIN, &wallet), wrong);
	EXPECT_STR(wallet_parse(SPAN_LIT(XPUB380 "#cjjspnc"), BTC_MAIN, &wallet), wrong);
	EXPECT_STR(wallet_parse(SPAN_LIT(XPUB380 "#"), BTC_MAIN, &wallet), wrong);
}

/* ---- coins ---- */

static struct select_coin coins[300];

static void
expect_choice(const struct select_ask *ask, size_t n, uint64_t state)
{
	struct select_answer a, b;
	uint64_t amounts[300], all = 0, sum = 0;
	bool taken[300] = {false};
	enum select_verdict verdict;

	for (size_t i = 0; i < n; i++) {
		amounts[i] = test_random(&state) % 200000;
		coins[i] = (struct select_coin){amounts[i], i};
		all += amounts[i];
	}
	verdict = select_coins(ask, coins, n, &a);
	if (verdict != SELECT_OK) {
		/* short only where all the coins that are worth it cannot pay */
		EXPECT(verdict == SELECT_MANY ||
		       all < ask->target +
				 select_fee(ask->rate, ask->base_weight + n * ask->input_weight) +
				 n * select_fee(ask->rate, ask->input_weight));
		return;
	}
	EXPECT(a.n >= 1 && a.n <= ask->inputs_max);
	for (size_t i = 0; i < a.n; i++) {
		EXPECT(a.chosen[i] < n && !taken[a.chosen[i]]);
		taken[a.chosen[i]] = true;
		sum += amounts[a.chosen[i]];
	}
	EXPECT(sum == ask->target + a.fee + a.change);
	EXPECT(a.fee >= select_fee(ask->rate, ask->base_weight + a.n * ask->input_weight +
						  (a.change ? ask->change_weight : 0)));
	EXPECT(a.change == 0 || a.change >= ask->change_min);
	EXPECT(!a.exact || a.change == 0);
	for (size_t i = 0; i < n; i++)
		coins[n - 1 - i] = (struct select_coin){amounts[i], i};
	EXPECT(select_coins(ask, coins, n, &b) == SELECT_OK);
	EXPECT(a.n == b.n && a.fee == b.fee && a.change == b.change &&
	       memcmp(a.chosen, b.chosen, a.n * sizeof a.chosen[0]) == 0);
}

static void
choices(void)
{
	struct select_ask ask = {
	    .base_weight = 42 + 124, .input_weight = 272, .change_weight = 124};
	uint64_t state = 42;

	for (unsigned i = 0; i < 300; i++) {
		size_t n = test_random(&state) % 60;

		ask.rate = test_random(&state) % 60000;
		ask.target = 300 + test_random(&state) % 1000000;
		ask.change_min = 294 + select_fee(ask.rate, 272);
		ask.inputs_max = 1 + test_random(&state) % 100;
		ask.seed[0] = (unsigned char)i;
		expect_choice(&ask, n, test_random(&state) | 1);
	}
}

/* A sum that fits is found among many that do not, and costs no change. */
static void
exact_choice(void)
{
	struct select_ask ask = {.base_weight = 168,
				 .input_weight = 272,
				 .change_weight = 124,
				 .rate = 1000,
				 .change_min = 400,
				 .inputs_max = 100};
	struct select_answer a;

	for (size_t i = 0; i < 20; i++)
		coins[i] = (struct select_coin){100003 + 7777 * i, i};
	/* coins 3, 8 and 15, their inputs (68 each) and the rest (42) */
	ask.target = 3 * 100003 + 7777 * 26 - 3 * 68 - 42;
	EXPECT(select_coins(&ask, coins, 20, &a) == SELECT_OK);
	EXPECT(a.exact && a.n == 3 && a.fee == 3 * 68 + 42 && a.change == 0);
	/* nothing fits: change is made */
	ask.target = 50000;
	for (size_t i = 0; i < 20; i++)
		coins[i] = (struct select_coin){100003 + 7777 * i, i};
	EXPECT(select_coins(&ask, coins, 20, &a) == SELECT_OK && !a.exact && a.n == 1);
	/* a coin that costs what it brings is none */
	coins[0] = (struct select_coin){68, 0};
	ask.target = 1;
	EXPECT(select_coins(&ask, coins, 1, &a) == SELECT_SHORT);
	for (size_t i = 0; i < 101; i++)
		coins[i] = (struct select_coin){1000, i};
	ask.target = 101 * (1000 - 68) - 42;
	EXPECT(select_coins(&ask, coins, 101, &a) == SELECT_MANY);
	ask.inputs_max = 101;
	for (size_t i = 0; i < 101; i++)
		coins[i] = (struct select_coin){1000, i};
	EXPECT(select_coins(&ask, coins, 101, &a) == SELECT_OK && a.n == 101);
}

/* ---- headers and blocks ---- */

static const char first_block[] =
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c"
    "3e"
    "67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c010100000001000000000000000000"
    "0000"
    "000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f"
    "4a61"
    "6e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f"
    "7220"
    "62616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962"
    "e0ea"
    "1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000";
static const char second_header[] =
    "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe68"
    "0e"
    "1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299";

static unsigned long seen;

static void
count(void *context, const struct btc_view *tx, uint64_t at)
{
	(void)context;
	EXPECT(tx->inputs_n >= 1 && at == seen);
	seen++;
}

static void
headers(void)
{
	unsigned char raw[400], hash[32];
	size_t n = strlen(first_block) / 2;
	struct btc_header first, second;
	char text[BTC_TXID_TEXT];

	EXPECT(hex_parse(span_of(first_block), false, raw, n));
	btc_header_parse((struct span){(char *)raw, 80}, &first);
	btc_txid_print(first.hash, text);
	EXPECT_STR(text, "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
	memcpy(hash, first.hash, 32);
	EXPECT(btc_header_has_work(&first, BTC_MAIN));
	seen = 0;
	EXPECT(btc_block_walk((struct span){(char *)raw, n}, hash, count, NULL) && seen == 1);
	raw[n - 10] ^= 1; /* a transaction that is not the root's */
	seen = 0;
	EXPECT(!btc_block_walk((struct span){(char *)raw, n}, hash, count, NULL));
	raw[n - 10] ^= 1;
	seen = 0;
	EXPECT(!btc_block_walk((struct span){(char *)raw, n - 1}, hash, count, NULL));
	EXPECT(hex_parse(span_of(second_header), false, raw, 80));
	btc_header_parse((struct span){(char *)raw, 80}, &second);
	EXPECT(btc_header_has_work(&second, BTC_MAIN));
	EXPECT(btc_header_follows(&first, &second, 1, BTC_MAIN));
	EXPECT(!btc_header_follows(&second, &first, 1, BTC_MAIN));
	/* less work inside a period, and more than a factor of four at its end */
	second.bits = 0x1c7fff80;
	EXPECT(!btc_header_follows(&first, &second, 1, BTC_MAIN));
	EXPECT(btc_header_follows(&first, &second, 2016, BTC_MAIN));
	second.bits = 0x1c3fffbf;
	EXPECT(!btc_header_follows(&first, &second, 2016, BTC_MAIN));
	EXPECT(btc_header_follows(&first, &second, 2016, BTC_TEST));
	/* one nonce further there is no work in it; easier than the limit is none either */
	raw[76]++;
	btc_header_parse((struct span){(char *)raw, 80}, &second);
	EXPECT(!btc_header_has_work(&second, BTC_MAIN));
	EXPECT(!btc_header_has_work(&second, BTC_REGTEST) || second.hash[31] < 0x80);
	first.bits = 0x1d01fffe;
	EXPECT(!btc_header_has_work(&first, BTC_MAIN) && btc_header_has_work(&first, BTC_REGTEST));
	first.bits = 0x1d80ffff;
	EXPECT(!btc_header_has_work(&first, BTC_REGTEST));
	first.bits = 0;
	EXPECT(!btc_header_has_work(&first, BTC_REGTEST));
	first.bits = 0xff00ffff;
	EXPECT(!btc_header_has_work(&first, BTC_REGTEST));
}

/* A block of n transactions whose root is reckoned level by level. */
static unsigned char ids[40][32];

static void
make_block(struct buf *out, const struct btc_tx txs[], size_t n, unsigned char hash[32])
{
	unsigned char level[40][32];
	size_t width = n;

	for (size_t i = 0; i < n; i++) {
		btc_tx_txid(&txs[i], ids[i]);
		memcpy(level[i], ids[i], 32);
	}
	for (; width > 1; width = (width + 1) / 2) {
		if (width % 2)
			memcpy(level[width], level[width - 1], 32);
		for (size_t i = 0; i < width; i += 2)
			hash256((struct span){(char *)level[i], 64}, level[i / 2]);
	}
	buf_clear(out);
	wire_put_int(out, 1, 4);
	for (unsigned i = 0; i < 4; i++)
		wire_put_int(out, 0, 8);
	buf_add(out, (struct span){(char *)level[0], 32});
	wire_put_int(out, 0, 8);
	wire_put_int(out, 0, 4);
	hash256(buf_span(out), hash);
	wire_put_compact(out, n);
	for (size_t i = 0; i < n; i++)
		btc_tx_print(&txs[i], out);
}

static void
one_tx(struct btc_tx *tx, unsigned tag, struct span script, uint64_t amount)
{
	tx->version = 2;
	tx->lock = tag;
	tx->inputs_n = tx->outputs_n = 1;
	tx->inputs[0] = (struct btc_input){.vout = tag, .script = {"", 0}};
	tx->outputs[0] = (struct btc_output){amount, script};
}

static struct btc_tx txs[35];

static void
roots(void)
{
	struct buf block;
	unsigned char hash[32];

	buf_init(&block, 1 << 20);
	for (unsigned n = 1; n <= 35; n++) {
		one_tx(&txs[n - 1], n, SPAN_LIT("\x51"), n);
		make_block(&block, txs, n, hash);
		seen = 0;
		EXPECT(btc_block_walk(buf_span(&block), hash, count, NULL) && seen == n);
		block.ptr[block.len - 1] ^= 1;
		seen = 0;
		EXPECT(!btc_block_walk(buf_span(&block), hash, count, NULL));
	}
	buf_release(&block);
}

static void
kept_coins(void)
{
	static struct utxo u;
	struct btc_script mine;
	unsigned char hash[32], coin[32], spender[32];
	struct buf block;

	buf_init(&block, 1 << 16);
	EXPECT(wallet_parse(SPAN_LIT("wpkh(" XPUB86 "/<0;1>/*)"), BTC_MAIN, &wallet) == NULL);
	wallet_fill_pool(&wallet, 3);
	EXPECT(wallet_script(&wallet, (struct wallet_place){0, 2}, &mine, NULL));
	utxo_init(&u, &wallet);
	/* height 1 pays us, height 2 spends it and pays us again in the same block */
	one_tx(&txs[0], 1, SPAN_LIT("\x51"), 50);
	one_tx(&txs[1], 2, btc_script_span(&mine), 7000);
	make_block(&block, txs, 2, hash);
	EXPECT(utxo_block(&u, buf_span(&block), hash, 1) && u.n == 1 && u.height == 1);
	memcpy(coin, ids[1], 32);
	EXPECT(utxo_find(&u, coin, 0) && utxo_find(&u, coin, 0)->amount == 7000);
	EXPECT(!utxo_find(&u, coin, 1));
	one_tx(&txs[0], 3, SPAN_LIT("\x51"), 50);
	one_tx(&txs[1], 4, btc_script_span(&mine), 6000);
	memcpy(txs[1].inputs[0].txid, coin, 32);
	txs[1].inputs[0].vout = 0;
	one_tx(&txs[2], 5, SPAN_LIT("\x51"), 5000);
	btc_tx_txid(&txs[1], txs[2].inputs[0].txid);
	txs[2].inputs[0].vout = 0;
	make_block(&block, txs, 3, hash);
	EXPECT(utxo_block(&u, buf_span(&block), hash, 2) && u.n == 2);
	memcpy(spender, ids[1], 32);
	EXPECT(utxo_find(&u, coin, 0)->spent_height == 2);
	EXPECT(memcmp(utxo_find(&u, coin, 0)->spender, spender, 32) == 0);
	EXPECT(utxo_find(&u, spender, 0)->spent_height == 2);
	/* the second block goes, and what it did with it; then it comes again */
	utxo_rewind(&u, 1);
	EXPECT(u.n == 1 && u.height == 1 && utxo_find(&u, coin, 0)->spent_height == 0);
	EXPECT(!utxo_find(&u, spender, 0));
	EXPECT(utxo_block(&u, buf_span(&block), hash, 2) && u.n == 2);
	hash[0] ^= 1;
	EXPECT(!utxo_block(&u, buf_span(&block), hash, 3) && u.height == 2);
	utxo_rewind(&u, 0);
	EXPECT(u.n == 0 && !utxo_find(&u, coin, 0));
	utxo_release(&u);
	buf_release(&block);
}

/* ---- a node's words ---- */

static void
amounts(void)
{
	static const struct {
		const char *text;
		uint64_t sats;
	} good[] = {{"0", 0},
		    {"1", 100000000},
		    {"0.00012345", 12345},
		    {"1e-05", 1000},
		    {"1E-8", 1},
		    {"21000000", 2100000000000000},
		    {"0.10000000", 10000000},
		    {"1.5e2", 15000000000},
		    {"0.000000010", 1},
		    {"20999999.9769", 2099999997690000}};
	static const char *const bad[] = {
	    "",	    "-1",    "0.000000001", "1e-9",	   "21000000.00000001",
	    "1e20", "1e21",  "\"1\"",	    "1.2.3",	   "null",
	    "1e",   "1e--5", "99999999999", "1e999999999", "0x1"};
	uint64_t v;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		EXPECT(node_amount(span_of(good[i].text), &v) && v == good[i].sats);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		EXPECT(!node_amount(span_of(bad[i]), &v));
}

static void
answers(void)
{
	static const char best[] =
	    "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
	struct node_info info;
	struct node_coin coin;
	char text[500];

	snprintf(text, sizeof text,
		 "{\"chain\":\"main\",\"blocks\":5,\"headers\":7,\"bestblockhash\":\"%s\","
		 "\"initialblockdownload\":true}",
		 best);
	EXPECT(node_read_info(span_of(text), &info) && info.blocks == 5 && info.headers == 7 &&
	       info.initial_download && info.network == BTC_MAIN);
	EXPECT(!node_read_info(SPAN_LIT("{\"chain\":\"moon\",\"blocks\":5,\"headers\":7}"), &info));
	EXPECT(!node_read_info(SPAN_LIT("[]"), &info) && !node_read_info(SPAN_LIT("null"), &info));
	EXPECT(node_read_coin(SPAN_LIT("null"), &coin) && !coin.there);
	snprintf(text, sizeof text,
		 "{\"bestblock\":\"%s\",\"confirmations\":3,\"value\":0.5,\"scriptPubKey\":{"
		 "\"hex\":\"0014751e76e8199196d454941c45d1b3a323f1433bd6\"}}",
		 best);
	EXPECT(node_read_coin(span_of(text), &coin) && coin.there && coin.amount == 50000000 &&
	       coin.confirmations == 3 && coin.script.n == 22);
	EXPECT(!node_read_coin(SPAN_LIT("{\"confirmations\":3,\"value\":0.5}"), &coin));
	EXPECT(!node_read_coin(
	    SPAN_LIT("{\"confirmations\":3,\"value\":0.5,\"scriptPubKey\":{\"hex\":\"00f\"}}"),
	    &coin));
}

int
main(void)
{
	hashes_init();
	secp_init();
	RUN(wallets);
	RUN(checksums);
	RUN(choices);
	RUN(exact_choice);
	RUN(headers);
	RUN(roots);
	RUN(kept_coins);
	RUN(amounts);
	RUN(answers);
	return test_done();
}
