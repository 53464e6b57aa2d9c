/* Catches a screen before the market that lets an amount pass one unit above its limit, takes the
 * limit of another chain, or takes a market's records otherwise than they are. */
#include "orders.h"
#include "test.h"

static const uint64_t secret[2] = {3, 4};
static struct limits limits;
static struct orders_book book;

static const char rules[] =
    "{\"type\":\"limit\",\"chain\":\"btc\",\"asset\":\"BTC\",\"decimals\":8,\"txMax\":\"10000000\","
    "\"dayMax\":\"10000000\"}\n"
    "{\"type\":\"limit\",\"chain\":\"eth\",\"asset\":\"USDC\",\"decimals\":6,\"txMax\":"
    "\"1000000000\",\"dayMax\":\"500000000\"}\n"
    "{\"type\":\"limit\",\"chain\":\"bsc\",\"asset\":\"USDC\",\"decimals\":18,\"txMax\":"
    "\"2000000000000000000000\",\"dayMax\":\"2000000000000000000000\"}\n";

static const char addresses[] =
    "{\"type\":\"chain\",\"chain\":\"eth\"}\n\n"
    "{\"type\":\"address\",\"account\":\"al\",\"asset\":\"USDC\",\"chain\":\"eth\",\"address\":"
    "\"1\"}\n"
    "{\"type\":\"address\",\"account\":\"al\",\"asset\":\"USDC\",\"chain\":\"bsc\",\"address\":"
    "\"2\"}\n"
    "{\"type\":\"address\",\"account\":\"al\",\"asset\":\"BTC\",\"chain\":\"btc\",\"address\":"
    "\"3\"}\n"
    "{\"type\":\"address\",\"account\":\"al\",\"asset\":\"USDC\",\"chain\":\"eth\",\"address\":"
    "\"4\"}\n"
    "{\"type\":\"address\",\"account\":\"pool\",\"house\":true}";

static const char *
judge(const char *type, const char *account, const char *symbol, const char *side, const char *px,
      const char *sz)
{
	struct span m[ORDERS_FIELDS] = {
	    [ORDERS_TYPE] = span_of(type),     [ORDERS_ACCOUNT] = span_of(account),
	    [ORDERS_SYMBOL] = span_of(symbol), [ORDERS_SIDE] = span_of(side),
	    [ORDERS_PX] = span_of(px),	       [ORDERS_SZ] = span_of(sz)};
	struct orders_verdict v = orders_judge(&book, &limits, m);

	return v.code ? v.code : v.looked_at ? "pass" : "passed over";
}

static void
limits_of_orders(void)
{
	const char *s = "BTC-USDC";

	EXPECT_STR(judge("order", "al", s, "buy", "1", "0.1"), "pass");
	EXPECT_STR(judge("order", "al", s, "buy", "1", "0.10000001"), "LIMIT");
	EXPECT_STR(judge("order", "al", s, "buy", "1", "0.1000000000000000000001"), "LIMIT");
	EXPECT_STR(judge("order", "al", s, "buy", NULL, "0.1"), "pass");
	/* what it would bring counts on its chain, which the symbol may name; else the highest */
	EXPECT_STR(judge("order", "al", s, "sell", "5000", "0.1"), "pass");
	EXPECT_STR(judge("order", "al", s, "sell", "5000.00001", "0.1"), "DAILY_LIMIT");
	EXPECT_STR(judge("order", "al", s, "sell", "10000.00001", "0.1"), "LIMIT");
	EXPECT_STR(judge("order", "al", "BTC-USDC.bsc", "sell", "20000", "0.1"), "pass");
	EXPECT_STR(judge("order", "al", "BTC-USDC.sol", "sell", "20000", "0.1"), "LIMIT");
	EXPECT_STR(judge("order", "al", s, "buy", "20000", "0.1"), "pass");
	EXPECT_STR(judge("order", "al", s, "buy", "20000.1", "0.1"), "LIMIT");
	EXPECT_STR(judge("order", "al", s, "sell", "99999999999999999999999999999999999999", "0.1"),
		   "LIMIT");
	EXPECT_STR(judge("order", "al", s, "sell", "\"7\"", "0.1"), "pass");
	EXPECT_STR(judge("amend", "al", s, NULL, NULL, "0.2"), "LIMIT");
	EXPECT_STR(judge("amend", "al", s, NULL, "9", NULL), "pass");
}

static void
who_and_what(void)
{
	EXPECT_STR(judge("order", "pool", "BTC-USDC", "sell", "1", "0.1"), "pass");
	EXPECT_STR(judge("order", "pool", "BTC-USDC", "sell", "1", "0.2"), "LIMIT");
	EXPECT_STR(judge("order", "no", "BTC-USDC", "sell", "1", "0.1"), "NO_ADDRESS");
	EXPECT_STR(judge("order", NULL, "BTC-USDC", "sell", "1", "0.1"), "NO_ADDRESS");
	EXPECT_STR(judge("order", "al", "ETH-USDC", "buy", "1", "0.1"), "NO_ADDRESS");
	EXPECT_STR(judge("order", "al", "ETH-USDC", "sell", "1", "0.1"), "UNLISTED");
	EXPECT_STR(judge("cancel", "no", NULL, NULL, NULL, NULL), "passed over");
	EXPECT_STR(judge("order", "al", "BTCUSDC", "buy", "1", "0.1"), "SYMBOL");
	EXPECT_STR(judge("order", "al", "BTC-", "buy", "1", "0.1"), "SYMBOL");
	EXPECT_STR(judge("order", "al", "-USDC", "buy", "1", "0.1"), "SYMBOL");
	EXPECT_STR(judge("order", "al", "BTC-.eth", "buy", "1", "0.1"), "SYMBOL");
	EXPECT_STR(judge("order", "al", NULL, "buy", "1", "0.1"), "SYMBOL");
}

static const char *
is_four(const void *context, struct span address)
{
	(void)context;
	return span_is(address, "4") ? "list" : span_is(address, "1") ? "replaced" : NULL;
}

static void
blocked(void)
{
	struct orders_verdict v;
	struct span m[ORDERS_FIELDS] = {[ORDERS_TYPE] = SPAN_LIT("liquidity"),
					[ORDERS_ACCOUNT] = SPAN_LIT("al"),
					[ORDERS_SYMBOL] = SPAN_LIT("BTC-USDC")};

	EXPECT(!orders_judge(&book, &limits, m).code);
	orders_book_mark(&book, is_four, NULL);
	v = orders_judge(&book, &limits, m);
	EXPECT_STR(v.code, "BLOCKED");
	/* of two addresses for one asset and chain the last counts */
	EXPECT_STR(v.list, "list");
}

static void
faults(void)
{
	static const char *const bad[] = {
	    "no JSON",
	    "[]",
	    "{\"type\":\"address\",\"type\":\"address\",\"account\":\"a\",\"house\":true}",
	    "{\"type\":\"address\",\"house\":true}",
	    "{\"type\":\"address\",\"account\":\"a\",\"house\":false}",
	    "{\"type\":\"address\",\"account\":\"a\",\"asset\":\"A\",\"chain\":\"c\"}",
	    "{\"type\":\"address\",\"account\":\"a\",\"asset\":1,\"chain\":\"c\",\"address\":"
	    "\"b\"}",
	};
	struct orders_book b;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char text[256];

		snprintf(text, sizeof text, "{\"type\":\"policy\"}\n%s\n{\"type\":\"policy\"}\n",
			 bad[i]);
		EXPECT(!orders_book_read(&b, span_of(text), secret));
		EXPECT(b.fault && b.fault_line == 2);
		orders_book_release(&b);
	}
	EXPECT(orders_book_read(&b, SPAN_LIT(""), secret));
	orders_book_release(&b);
}

int
main(void)
{
	EXPECT(limits_read(&limits, SPAN_LIT(rules), secret));
	EXPECT(orders_book_read(&book, SPAN_LIT(addresses), secret));
	RUN(limits_of_orders);
	RUN(who_and_what);
	RUN(blocked);
	RUN(faults);
	orders_book_release(&book);
	limits_release(&limits);
	return test_done();
}
