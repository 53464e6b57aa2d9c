/*
 * Catches a request that crashes the adapter, an answer that is no JSON object, and a transaction
 * that is assembled without the signature that it needs. Without a network: the operations that ask
 * a node are given none, so what stands before their first question is what is tried.
 */
#include "evm_node.h"
#include "evm_ops.h"
#include "fuzz.h"
#include "secp.h"

#include <stdlib.h>

/* Whatever would be asked of a node fails there: nothing listens on the discard port of this
 * machine. */
static struct evm_node node;
static struct evm_settings settings;
static struct buf out;

static const char *
look_up(const char *name)
{
	if (strcmp(name, "ETH_RPC_URL") == 0)
		return "http://127.0.0.1:9";
	return strcmp(name, "ETH_USDC_HOT_WALLET") == 0
		   ? "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
		   : NULL;
}

static void
start(void)
{
	struct evm_settings_fault fault;

	FUZZ_CHECK(setenv("ETH_RPC_URL", look_up("ETH_RPC_URL"), 1) == 0);
	FUZZ_CHECK(evm_settings_read("eth", "USDC", look_up, &settings, &fault));
	evm_node_init(&node, &settings);
	secp_init();
	buf_init(&out, 1u << 20);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct frame_op ops[] = {
	    {"address", evm_address_op}, {"assemble", evm_assemble},  {"prepare", evm_prepare},
	    {"submit", evm_submit},	 {"poll", evm_poll},	      {"bump", evm_bump},
	    {"cancel", evm_cancel},	 {"transfers", evm_transfers}};
	struct span in = fuzz_span(data, size), answer, ok;

	if (!settings.chain_id)
		start();
	buf_clear(&out);
	frame_answer(ops, sizeof ops / sizeof ops[0], &node, in, &out);
	answer = buf_span(&out);
	FUZZ_CHECK(json_check(answer, NULL) == JSON_OK && json_type(answer) == JSON_OBJECT);
	FUZZ_CHECK(json_find(answer, "ok", &ok) && json_type(ok) == JSON_BOOL);
	return 0;
}
