/* settle-tron: pay TRC-20 tokens on Tron, as settle asks (settle-tron(1), adapter(5)). */
#include "digest.h"
#include "sandbox.h"
#include "secp.h"
#include "tool.h"
#include "tron_ops.h"

#define BLOCK_MS 3000

static void
parse_options(struct tron_settle *s, int argc, char **argv)
{
	static const struct option options[] = {{"asset", required_argument, NULL, 256}, {0}};

	token_adapter_options(options, argc, argv, s->asset);
}

static bool
op_info(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct tron_settle *s = context;
	char contract[TRON_ADDRESS_TEXT_MAX], wallet[TRON_ADDRESS_TEXT_MAX];
	const struct token_adapter_info info = {
	    .chain = "tron",
	    .network = s->node.network,
	    .asset = s->asset,
	    .contract = contract,
	    .decimals = s->decimals,
	    .fee_asset = "TRX",
	    .fee_decimals = 6,
	    .wallet = wallet,
	    .confirmations = TRON_SOLID,
	    .block_ms = BLOCK_MS,
	};

	(void)q;
	s->node.contract_checked = false;
	if (!tron_check_chain(s, e))
		return false;
	tron_address_print(&s->wallet.contract, contract);
	tron_address_print(&s->wallet.owner, wallet);
	token_adapter_print_info(&info, answer);
	return true;
}

static bool
op_address(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct tron_settle *s = context;
	struct tron_address address;

	if (!token_adapter_asks_address(s->asset, q, e) ||
	    !tron_read_address(q->address, "address", &address, e))
		return false;
	tron_member_address(answer, "address", &address);
	return true;
}

/* Nothing ties two transactions of one account together: each lands, or its time runs out. */
static bool
op_replace(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	(void)context;
	(void)q;
	(void)answer;
	return frame_fail(e, FRAME_REFUSED, "NOT_REPLACEABLE",
			  "a transaction of Tron is left to expire");
}

static bool
op_transfers(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	(void)context;
	(void)q;
	(void)answer;
	return frame_fail(e, FRAME_REFUSED, "UNSUPPORTED",
			  "nodes keep no list by account: poll each payment");
}

static const struct frame_op ops[] = {
    {"info", op_info},
    {"address", op_address},
    {"prepare", tron_op_prepare},
    {"assemble", tron_op_assemble},
    {"submit", tron_op_submit},
    {"poll", tron_op_poll},
    {"bump", op_replace},
    {"cancel", op_replace},
    {"balance", tron_op_balance},
    {"height", tron_op_height},
    {"transfers", op_transfers},
};

int
main(int argc, char **argv)
{
	static struct tron_settle s;
	int status;

	tool_start(TOOL_SECRETS);
	parse_options(&s, argc, argv);
	secp_init();
	digest_init();
	tron_node_init(&s.node);
	tron_take_settings(&s);
	sandbox_network(NULL, 0);
	status = frame_main(ops, sizeof ops / sizeof ops[0], &s);
	tron_node_release(&s.node);
	return status;
}
