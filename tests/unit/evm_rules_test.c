/*
 * Catches a fee that is raised by less than an eighth or goes over its cap, a nonce that is used
 * twice or leaves a gap, a receipt that is believed although it says something else, a node's
 * refusal taken for another, and a setting that is taken although it is wrong.
 */
#include "evm_answer.h"
#include "evm_job.h"
#include "test.h"

#define GWEI UINT64_C(1000000000)
#define A "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
#define B "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
#define C "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"

static struct evm_ceiling
ceiling(uint64_t cap, uint64_t cost)
{
	return (struct evm_ceiling){u256_of(cap), u256_of(cost)};
}

static uint64_t
low(struct u256 v)
{
	uint64_t out;

	EXPECT(u256_u64(v, &out));
	return out;
}

/* ---- fees ---- */

static void
first_fees(void)
{
	struct evm_market m = {true, u256_of(10 * GWEI), u256_of(GWEI)};
	struct evm_ceiling c = ceiling(500 * GWEI, UINT64_MAX);
	struct evm_fees f;

	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_OK);
	EXPECT(low(f.cap) == 21 * GWEI && low(f.tip) == GWEI);
	/* between comfort and the least that the next block can ask for (10 * 9/8 + 1 gwei) the cap
	 * gives way */
	c = ceiling(15 * GWEI, UINT64_MAX);
	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_OK && low(f.cap) == 15 * GWEI);
	c = ceiling(12250000000, UINT64_MAX);
	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_OK && low(f.cap) == 12250000000);
	c = ceiling(12249999999, UINT64_MAX);
	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_E_CAP);
	c = ceiling(500 * GWEI, 12250000000 * 50000);
	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_OK && low(f.cap) == 12250000000);
	c = ceiling(500 * GWEI, 12250000000 * 50000 - 1);
	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_E_COST);
	/* no base fee: one price */
	m = (struct evm_market){false, u256_of(0), u256_of(3 * GWEI)};
	c = ceiling(3 * GWEI, UINT64_MAX);
	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_OK && low(f.cap) == 3 * GWEI &&
	       low(f.tip) == 3 * GWEI);
	c = ceiling(3 * GWEI - 1, UINT64_MAX);
	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_E_CAP);
	/* numbers that no chain has do not wrap */
	memset(&m.base, 0xff, sizeof m.base);
	m.dynamic = true;
	EXPECT(evm_fees_first(&m, 50000, &c, &f) == EVM_FEES_E_CAP);
}

static void
raised_fees(void)
{
	struct evm_market m = {true, u256_of(GWEI), u256_of(GWEI)};
	struct evm_ceiling c = ceiling(500 * GWEI, UINT64_MAX);
	struct evm_fees old = {u256_of(GWEI + 1), u256_of(21 * GWEI + 1)}, f;

	EXPECT(evm_fees_bump(&m, &old, 50000, &c, &f) == EVM_FEES_OK);
	EXPECT(low(f.tip) == 1125000002 && low(f.cap) == 23625000002);
	/* the market has gone higher than that */
	m.base = u256_of(100 * GWEI);
	m.tip = u256_of(5 * GWEI);
	EXPECT(evm_fees_bump(&m, &old, 50000, &c, &f) == EVM_FEES_OK);
	EXPECT(low(f.tip) == 5 * GWEI && low(f.cap) == 205 * GWEI);
	/* an eighth is not cut down to the cap */
	m.base = u256_of(GWEI);
	m.tip = u256_of(GWEI);
	c = ceiling(23625000002, UINT64_MAX);
	EXPECT(evm_fees_bump(&m, &old, 50000, &c, &f) == EVM_FEES_OK);
	c = ceiling(23625000001, UINT64_MAX);
	EXPECT(evm_fees_bump(&m, &old, 50000, &c, &f) == EVM_FEES_E_CAP);
	c = ceiling(500 * GWEI, 23625000002 * 50000 - 1);
	EXPECT(evm_fees_bump(&m, &old, 50000, &c, &f) == EVM_FEES_E_COST);
	/* ten versions, each at least an eighth above the one before */
	c = ceiling(500 * GWEI, UINT64_MAX);
	for (int i = 0; i < 10; i++) {
		EXPECT(evm_fees_bump(&m, &old, 21000, &c, &f) == EVM_FEES_OK);
		EXPECT(low(f.tip) * 8 >= low(old.tip) * 9 && low(f.cap) * 8 >= low(old.cap) * 9);
		EXPECT(low(f.tip) <= low(f.cap));
		old = f;
	}
}

/* ---- nonces ---- */

static uint64_t
nonce(uint64_t first, const char *busy, uint64_t gaps)
{
	struct evm_address from;
	uint64_t got_gaps, n;

	EXPECT(evm_address_parse(SPAN_LIT(A), &from) == EVM_ADDRESS_OK);
	n = evm_job_nonce(&from, first, busy ? span_of(busy) : (struct span){0}, &got_gaps);
	EXPECT(got_gaps == gaps);
	return n;
}

static void
nonces(void)
{
	EXPECT(nonce(16, NULL, 0) == 16);
	EXPECT(nonce(16, "[]", 0) == 16);
	EXPECT(nonce(16, "[\"" A "/15\"]", 0) == 16);
	EXPECT(nonce(16, "[\"" A "/16\"]", 0) == 17);
	EXPECT(nonce(16, "[\"" A "/17\",\"" A "/16\"]", 0) == 18);
	EXPECT(nonce(16, "[\"" A "/17\"]", 1) == 16);
	EXPECT(nonce(16, "[\"" A "/16\",\"" A "/19\"]", 2) == 17);
	EXPECT(nonce(0, "[\"" B "/0\",\"nonsense\"]", 0) == 0);
	EXPECT(nonce(UINT64_MAX - 1, "[\"" A "/18446744073709551614\"]", 0) == UINT64_MAX);
}

static void
spends(void)
{
	struct evm_address a, b;
	char text[EVM_SPEND_MAX];
	uint64_t n;

	evm_address_parse(SPAN_LIT(A), &a);
	evm_spend_print(&a, UINT64_MAX, text);
	EXPECT_STR(text, A "/18446744073709551615");
	EXPECT(evm_spend_parse(span_of(text), &b, &n) && n == UINT64_MAX &&
	       evm_address_equal(&a, &b));
	EXPECT(!evm_spend_parse(SPAN_LIT(A), &b, &n));
	EXPECT(!evm_spend_parse(SPAN_LIT(A "/"), &b, &n));
	EXPECT(!evm_spend_parse(SPAN_LIT(A "/01"), &b, &n));
	EXPECT(!evm_spend_parse(SPAN_LIT(A "/18446744073709551616"), &b, &n));
	EXPECT(!evm_spend_parse(SPAN_LIT(A ":1"), &b, &n));
}

/* ---- receipts and their events ---- */

#define TOPIC "\"0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef\""
#define PAD "\"0x000000000000000000000000"
#define A_TOPIC PAD "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\""
#define B_TOPIC PAD "fb6916095ca1df60bb79ce92ce3ea74c37c5d359\""
#define C_TOPIC PAD "dbf03b407c01e7cd3cbea99509d93f8dddc8c6fb\""
#define WORD(n) "\"0x000000000000000000000000000000000000000000000000000000000000" n "\""
#define LOG(contract, from, to, amount) \
	"{\"address\":\"" contract "\",\"topics\":[" TOPIC "," from "," to "],\"data\":" amount "}"
#define TOKEN "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"

static void
moved(const char *logs, uint64_t want, uint64_t want_elsewhere)
{
	struct evm_address token, from, to;
	struct u256 sum, elsewhere;

	evm_address_parse(SPAN_LIT(TOKEN), &token);
	evm_address_parse(SPAN_LIT(A), &from);
	evm_address_parse(SPAN_LIT(B), &to);
	EXPECT(json_check(span_of(logs), NULL) == JSON_OK);
	EXPECT(evm_answer_moved(span_of(logs), &token, &from, &to, &sum, &elsewhere));
	EXPECT(low(sum) == want && low(elsewhere) == want_elsewhere);
}

static void
events(void)
{
	struct evm_address a;
	struct u256 x, y;

	moved("[]", 0, 0);
	moved("[" LOG(TOKEN, A_TOPIC, B_TOPIC, WORD("0105")) "]", 0x105, 0);
	/* another contract's, another payer's, the other way round */
	moved("[" LOG(A, A_TOPIC, B_TOPIC, WORD("0105")) "]", 0, 0);
	moved("[" LOG(TOKEN, C_TOPIC, B_TOPIC, WORD("0105")) "]", 0, 0);
	moved("[" LOG(TOKEN, B_TOPIC, A_TOPIC, WORD("0105")) "]", 0, 0);
	/* a fee, and two that add up */
	moved("[" LOG(TOKEN, A_TOPIC, C_TOPIC, WORD("0005")) "," LOG(
		  TOKEN, A_TOPIC, B_TOPIC, WORD("0100")) "," LOG(TOKEN, A_TOPIC, B_TOPIC,
								 WORD("0001")) "]",
	      0x101, 5);
	/* a log that a reorg took back; an event of two topics; of four, as an NFT has */
	moved("[{\"address\":\"" TOKEN "\",\"removed\":true,\"topics\":[" TOPIC "," A_TOPIC
	      "," B_TOPIC "],\"data\":" WORD("0001") "}]",
	      0, 0);
	moved("[{\"address\":\"" TOKEN "\",\"topics\":[" TOPIC "," A_TOPIC
	      "],\"data\":" WORD("0001") "}]",
	      0, 0);
	moved("[{\"address\":\"" TOKEN "\",\"topics\":[" TOPIC "," A_TOPIC "," B_TOPIC
	      "," WORD("0001") "],\"data\":\"0x\"}]",
	      0, 0);
	/* an address topic with bits above it */
	moved("[" LOG(TOKEN, A_TOPIC,
		      "\"0x000000000000000000000001fb6916095ca1df60bb79ce92ce3ea74c37c5d359\"",
		      WORD("0001")) "]",
	      0, 0);
	evm_address_parse(SPAN_LIT(TOKEN), &a);
	EXPECT(!evm_answer_moved(SPAN_LIT("[1]"), &a, &a, &a, &x, &y));
	EXPECT(!evm_answer_moved(SPAN_LIT("[{\"address\":\"0x12\",\"topics\":[],\"data\":\"0x\"}]"),
				 &a, &a, &a, &x, &y));
}

#define HASH(c)                                                                                    \
	"\"0x" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c \
	    c c c c c c c c c c c c c c c c c c c c c c "\""
#define RECEIPT(status, rest)                                     \
	"{\"transactionHash\":" HASH("a") ",\"blockHash\":" HASH( \
	    "b") ",\"blockNumber\":\"0x10\",\"status\":" status rest "}"
#define REST ",\"gasUsed\":\"0x5208\",\"effectiveGasPrice\":\"0x3b9aca00\",\"logs\":[]"

static enum evm_answer
receipt(const char *json, struct evm_receipt *r)
{
	EXPECT(json_check(span_of(json), NULL) == JSON_OK);
	return evm_answer_receipt(span_of(json), r);
}

static void
receipts(void)
{
	struct evm_receipt r;

	EXPECT(receipt("null", &r) == EVM_ANSWER_NULL);
	EXPECT(receipt(RECEIPT("\"0x1\"", REST), &r) == EVM_ANSWER_OK);
	EXPECT(r.success && r.number == 16 && low(r.fee) == 21000 * GWEI);
	EXPECT(receipt(RECEIPT("\"0x0\"", REST), &r) == EVM_ANSWER_OK && !r.success);
	EXPECT(receipt(RECEIPT("\"0x2\"", REST), &r) == EVM_ANSWER_BAD);
	EXPECT(receipt(RECEIPT("1", REST), &r) == EVM_ANSWER_BAD);
	EXPECT(receipt(RECEIPT("null", REST), &r) == EVM_ANSWER_BAD);
	EXPECT(receipt(RECEIPT("\"0x1\"", ""), &r) == EVM_ANSWER_BAD);
	EXPECT(receipt(RECEIPT("\"0x1\",\"status\":\"0x0\"", REST), &r) == EVM_ANSWER_BAD);
	EXPECT(receipt("[]", &r) == EVM_ANSWER_BAD);
}

static void
blocks(void)
{
	struct evm_block b;

	EXPECT(evm_answer_block(SPAN_LIT("null"), &b) == EVM_ANSWER_NULL);
	EXPECT(evm_answer_block(SPAN_LIT("{\"number\":\"0x2\",\"hash\":" HASH(
				    "c") ",\"timestamp\":\"0x5\",\"gasLimit\":\"0x6\"}"),
				&b) == EVM_ANSWER_OK &&
	       !b.dynamic && b.number == 2);
	EXPECT(evm_answer_block(SPAN_LIT("{\"number\":\"0x2\",\"hash\":" HASH(
				    "c") ",\"timestamp\":\"0x5\",\"gasLimit\":\"0x6\","
					 "\"baseFeePerGas\":\"0x7\"}"),
				&b) == EVM_ANSWER_OK &&
	       b.dynamic && low(b.base) == 7);
	/* a pending block has no hash */
	EXPECT(
	    evm_answer_block(
		SPAN_LIT(
		    "{\"number\":null,\"hash\":null,\"timestamp\":\"0x5\",\"gasLimit\":\"0x6\"}"),
		&b) == EVM_ANSWER_BAD);
}

/* ---- refusals, in the words of those who say them ---- */

static void
refusals(void)
{
	static const struct {
		const char *words;
		enum evm_refusal want;
	} cases[] = {
	    {"already known", EVM_REFUSAL_KNOWN},		 /* geth */
	    {"AlreadyKnown", EVM_REFUSAL_KNOWN},		 /* nethermind */
	    {"transaction already imported", EVM_REFUSAL_KNOWN}, /* anvil */
	    {"Transaction with the same hash was already imported.",
	     EVM_REFUSAL_KNOWN},						/* parity */
	    {"Known transaction", EVM_REFUSAL_KNOWN},				/* besu */
	    {"nonce too low: address 0x.., tx: 5 state: 6", EVM_REFUSAL_NONCE}, /* geth */
	    {"Transaction nonce is too low. Try incrementing the nonce.",
	     EVM_REFUSAL_NONCE}, /* parity */
	    {"OldNonce, Current nonce: 7, nonce of rejected tx: 6",
	     EVM_REFUSAL_NONCE},					      /* nethermind */
	    {"Nonce too low", EVM_REFUSAL_NONCE},			      /* besu */
	    {"replacement transaction underpriced", EVM_REFUSAL_UNDERPRICED}, /* geth */
	    {"transaction underpriced: tip needed 25000000000, tip permitted 1",
	     EVM_REFUSAL_UNDERPRICED},
	    {"max fee per gas less than block base fee: address 0x.., maxFeePerGas: 1, baseFee: 2",
	     EVM_REFUSAL_UNDERPRICED},
	    {"FeeTooLow, MaxFeePerGas too low", EVM_REFUSAL_UNDERPRICED}, /* nethermind */
	    {"Transaction gas price is too low. There is another transaction with same nonce in "
	     "the queue. Gas price too low",
	     EVM_REFUSAL_UNDERPRICED},
	    {"insufficient funds for gas * price + value: balance 0, tx cost 1", EVM_REFUSAL_FUNDS},
	    {"Upfront cost exceeds account balance", EVM_REFUSAL_FUNDS}, /* besu */
	    {"invalid chain id for signer: have 2 want 1", EVM_REFUSAL_CHAIN},
	    {"invalid sender", EVM_REFUSAL_CHAIN},
	    {"intrinsic gas too low: gas 5, minimum needed 21000", EVM_REFUSAL_INVALID},
	    {"tx fee (1.10 ether) exceeds the configured cap (1.00 ether)", EVM_REFUSAL_INVALID},
	    {"execution reverted: ERC20: transfer amount exceeds balance", EVM_REFUSAL_REVERT},
	    {"VM execution error.", EVM_REFUSAL_OTHER},
	    {"txpool is full", EVM_REFUSAL_BUSY},
	    {"daily request count exceeded, request rate limited", EVM_REFUSAL_BUSY},
	    {"", EVM_REFUSAL_OTHER},
	};
	unsigned char bytes[64];
	struct span out;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (evm_refusal_of(-32000, span_of(cases[i].words)) != cases[i].want)
			printf("taken for another: %s\n", cases[i].words);
		EXPECT(evm_refusal_of(-32000, span_of(cases[i].words)) == cases[i].want);
	}
	EXPECT(evm_refusal_of(3, SPAN_LIT("whatever")) == EVM_REFUSAL_REVERT);
	EXPECT(evm_refusal_data(SPAN_LIT("\"0x08c379a0\""), bytes, sizeof bytes, &out) &&
	       out.len == 4);
	EXPECT(evm_refusal_data(SPAN_LIT("\"Reverted 0x08c379a0\""), bytes, sizeof bytes, &out) &&
	       out.len == 4);
	EXPECT(evm_refusal_data(SPAN_LIT("{\"data\":\"0x\"}"), bytes, sizeof bytes, &out) &&
	       out.len == 0);
	EXPECT(!evm_refusal_data(SPAN_LIT("\"0x08c\""), bytes, sizeof bytes, &out));
	EXPECT(!evm_refusal_data(SPAN_LIT("17"), bytes, sizeof bytes, &out));
	EXPECT(!evm_refusal_data((struct span){0}, bytes, sizeof bytes, &out));
	EXPECT(!evm_refusal_data(SPAN_LIT("\"0x08c379a0\""), bytes, 3, &out));
}

/* ---- settings ---- */

static const char *
only_a_wallet(const char *name)
{
	return strcmp(name, "ETH_USDC_HOT_WALLET") == 0 || strcmp(name, "BSC_USDC_HOT_WALLET") == 0
		   ? A
		   : NULL;
}

static const char *
the_seeds_contract(const char *name)
{
	return strcmp(name, "ETH_USDC_ADDRESS") == 0 ? "0xA0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
						     : only_a_wallet(name);
}

static void
settings(void)
{
	struct evm_settings s;
	struct evm_settings_fault f;
	char text[EVM_ADDRESS_TEXT_MAX];

	EXPECT(evm_settings_read("eth", "USDC", only_a_wallet, &s, &f));
	evm_address_print(&s.contract, text);
	EXPECT_STR(text, "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
	EXPECT(s.chain_id == 1 && s.decimals == 6 && !s.legacy);
	EXPECT(evm_settings_read("bsc", "USDC", only_a_wallet, &s, &f));
	EXPECT(s.chain_id == 56 && s.decimals == 18);
	EXPECT_STR(s.fee_asset, "BNB");
	EXPECT(!evm_settings_read("eth", "USDC", the_seeds_contract, &s, &f));
	EXPECT_STR(f.name, "ETH_USDC_ADDRESS");
	/* the contract that is known is USDC's, and no other token's */
	EXPECT(!evm_settings_read("eth", "USDT", only_a_wallet, &s, &f));
	EXPECT_STR(f.name, "ETH_USDT_ADDRESS");
	EXPECT(!evm_settings_read("sepolia", "USDC", only_a_wallet, &s, &f));
	EXPECT_STR(f.name, "SEPOLIA_CHAIN_ID");
	EXPECT(!evm_settings_read("seventeen_letters", "USDC", only_a_wallet, &s, &f));
	EXPECT(!evm_settings_read("", "USDC", only_a_wallet, &s, &f));
	EXPECT(!evm_settings_read("e=th", "USDC", only_a_wallet, &s, &f));
}

int
main(void)
{
	RUN(first_fees);
	RUN(raised_fees);
	RUN(nonces);
	RUN(spends);
	RUN(events);
	RUN(receipts);
	RUN(blocks);
	RUN(refusals);
	RUN(settings);
	return test_done();
}
