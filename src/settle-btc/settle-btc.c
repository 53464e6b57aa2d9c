/* settle-btc: the adapter of settle(1) for Bitcoin (adapter(5)). */
#include "adapter.h"
#include "build.h"
#include "check.h"
#include "hashes.h"
#include "htlc.h"
#include "limit.h"
#include "pay.h"
#include "poll.h"
#include "sandbox.h"
#include "tool.h"
#include "watch.h"

#include <stdlib.h>

#define RATE_MAX 10000000 /* 10,000 sat/vB: nobody has ever had to pay that */

static const struct frame_op operations[] = {
    {"info", watch_info},	  {"address", watch_address},	  {"prepare", pay_prepare},
    {"assemble", build_assemble}, {"submit", watch_submit},	  {"poll", poll_payment},
    {"bump", pay_bump},		  {"cancel", pay_cancel},	  {"balance", watch_balance},
    {"height", watch_height},	  {"transfers", watch_transfers}, {"deposit", watch_deposit},
    {"deposits", watch_deposits}, {"combine", build_combine},	  {"htlc", htlc_address},
    {"claim", htlc_claim},	  {"refund", htlc_refund},
};

/* A number out of the environment. */
static uint64_t
setting(const char *name, uint64_t otherwise, uint64_t min, uint64_t max)
{
	const char *text = getenv(name);
	char *end;
	unsigned long long v;

	if (!text || !*text)
		return otherwise;
	v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || v < min || v > max)
		tool_die(EXIT_CONFIG, "settings", name, "is no number within its bounds");
	return v;
}

static enum btc_network
parse_options(int argc, char **argv)
{
	enum { NETWORK = 256 };
	static const struct option options[] = {{"network", required_argument, NULL, NETWORK}, {0}};
	enum btc_network network = BTC_MAIN;

	for (int c; (c = tool_option(argc, argv, options)) != -1;)
		if (c == NETWORK && !btc_network_of(span_of(optarg), &network))
			tool_usage("main, test, signet or regtest", optarg);
	tool_no_operands(argc, argv);
	return network;
}

static void
read_wallet(struct adapter *a, enum btc_network network)
{
	const char *text = getenv("BTC_WALLET"), *why;

	if (!text || !*text)
		tool_die(EXIT_CONFIG, "settings", "BTC_WALLET",
			 "is wanted: the wallet's descriptor");
	why = wallet_parse(span_of(text), network, &a->wallet);
	if (why)
		tool_die(EXIT_CONFIG, "settings", "BTC_WALLET", why);
	wallet_fill_pool(&a->wallet, setting("BTC_POOL", 20, 1, WALLET_POOL_MAX));
}

static void
read_settings(struct adapter *a, enum btc_network network)
{
	bool test = network == BTC_REGTEST;
	uint64_t version = setting("BTC_PSBT_VERSION", 0, 0, 2);

	if (version == 1)
		tool_die(EXIT_CONFIG, "settings", "BTC_PSBT_VERSION", "is 0 or 2");
	a->psbt_version = (unsigned)version;
	a->target_blocks = (unsigned)setting("BTC_FEE_BLOCKS", 3, 1, 1008);
	a->confirmations = (unsigned)setting("BTC_CONFIRMATIONS", 6, 1, 1000);
	a->confirmations_min = setting("BTC_COIN_CONFIRMATIONS", 1, 1, 1000);
	a->fee_fallback = setting("BTC_FEE_FALLBACK", test ? 2000 : 0, 0, RATE_MAX);
	a->fee_max = setting("BTC_FEE_MAX", 500000, 1000, RATE_MAX);
	a->follow.has_birth = getenv("BTC_BIRTH_HEIGHT") && *getenv("BTC_BIRTH_HEIGHT");
	a->follow.birth = setting("BTC_BIRTH_HEIGHT", 0, 0, UINT32_MAX);
	a->follow.lag_s_max = setting("BTC_LAG_S", test ? 0 : 7200, 0, UINT32_MAX);
}

static void
make_buffers(struct adapter *a)
{
	a->coins = calloc(UTXO_MAX, sizeof *a->coins);
	CHECK(a->coins);
	buf_init(&a->raw, PSBT_BYTES_MAX);
	buf_init(&a->text, LIMIT_LINE_BYTES);
	buf_init(&a->in, PSBT_BYTES_MAX);
	buf_init(&a->in_other, PSBT_BYTES_MAX);
}

int
main(int argc, char **argv)
{
	static struct adapter adapter;
	enum btc_network network;

	tool_start(TOOL_SECRETS);
	network = parse_options(argc, argv);
	hashes_init();
	secp_init();
	node_init(&adapter.node, network == BTC_TEST ? "BTC_TEST_RPC_URL" : "BTC_RPC_URL", network);
	read_wallet(&adapter, network);
	follow_init(&adapter.follow, &adapter.node, &adapter.wallet);
	read_settings(&adapter, network);
	make_buffers(&adapter);
	sandbox_network(NULL, 0);
	return frame_main(operations, sizeof operations / sizeof *operations, &adapter);
}
