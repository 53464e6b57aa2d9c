/* settle-evm: the adapter of Ethereum and its kin (adapter(5)). */
#include "evm_node.h"
#include "evm_ops.h"
#include "sandbox.h"
#include "secp.h"
#include "tool.h"

#include <stdlib.h>

static const struct frame_op ops[] = {
    {"info", evm_info},		{"address", evm_address_op},  {"prepare", evm_prepare},
    {"assemble", evm_assemble}, {"submit", evm_submit},	      {"poll", evm_poll},
    {"bump", evm_bump},		{"cancel", evm_cancel},	      {"balance", evm_balance},
    {"height", evm_height},	{"transfers", evm_transfers},
};

struct choice {
	const char *chain, *asset;
	unsigned timeout_ms;
};

static struct choice
parse_options(int argc, char **argv)
{
	enum { CHAIN = 256, ASSET, TIMEOUT };
	static const struct option options[] = {
	    {"chain", required_argument, NULL, CHAIN},
	    {"asset", required_argument, NULL, ASSET},
	    {"timeout", required_argument, NULL, TIMEOUT},
	    {0},
	};
	struct choice c = {.asset = "USDC", .timeout_ms = 10000};

	for (int o; (o = tool_option(argc, argv, options)) != -1;) {
		switch (o) {
		case CHAIN: c.chain = optarg; break;
		case ASSET: c.asset = optarg; break;
		case TIMEOUT:
			c.timeout_ms = (unsigned)tool_number("--timeout", optarg, 1, 600000);
			break;
		}
	}
	tool_no_operands(argc, argv);
	if (!c.chain)
		tool_usage("is wanted", "--chain");
	return c;
}

static const char *
look_up(const char *name)
{
	return getenv(name);
}

int
main(int argc, char **argv)
{
	static struct evm_settings settings;
	static struct evm_node node;
	struct evm_settings_fault fault;
	struct choice c;

	tool_start(TOOL_SECRETS);
	c = parse_options(argc, argv);
	if (!evm_settings_read(c.chain, c.asset, look_up, &settings, &fault))
		tool_die(EXIT_CONFIG, "settings", fault.name, fault.why);
	evm_node_init(&node, &settings);
	node.rpc.timeout_ms = c.timeout_ms;
	secp_init();
	sandbox_network(NULL, 0);
	return frame_main(ops, sizeof ops / sizeof ops[0], &node);
}
