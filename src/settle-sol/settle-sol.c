/* settle-sol: pay tokens on Solana, as settle asks (settle-sol(1), adapter(5)). */
#include "digest.h"
#include "sandbox.h"
#include "sol_ops.h"
#include "sol_poll.h"
#include "tool.h"

#include <sodium.h>

#define BLOCK_MS 400

static void
parse_options(struct sol_settle *s, int argc, char **argv)
{
	static const struct option options[] = {{"asset", required_argument, NULL, 256}, {0}};

	token_adapter_options(options, argc, argv, s->asset);
}

static bool
op_info(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct sol_settle *s = context;
	char mint[SOL_KEY_TEXT_MAX], wallet[SOL_KEY_TEXT_MAX];
	const struct token_adapter_info info = {
	    .chain = "sol",
	    .network = s->node.network,
	    .asset = s->asset,
	    .contract = mint,
	    .decimals = s->wallet.decimals,
	    .fee_asset = "SOL",
	    .fee_decimals = 9,
	    .wallet = wallet,
	    .confirmations = SOL_FINAL,
	    .block_ms = BLOCK_MS,
	};

	(void)q;
	s->node.mint_checked = false;
	if (!sol_check_chain(s, e))
		return false;
	sol_key_print(&s->wallet.mint, mint);
	sol_key_print(&s->wallet.authority, wallet);
	token_adapter_print_info(&info, answer);
	return true;
}

static bool
op_address(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct sol_settle *s = context;
	struct sol_key key;

	if (!token_adapter_asks_address(s->asset, q, e) ||
	    !sol_read_address(q->address, "address", &key, e))
		return false;
	sol_member_key(answer, "address", &key);
	return true;
}

/* A blockhash is all that a transaction depends on: it lands, or its time runs out. */
static bool
op_replace(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	(void)context;
	(void)q;
	(void)answer;
	return frame_fail(e, FRAME_REFUSED, "NOT_REPLACEABLE",
			  "a transaction of Solana is left to expire");
}

static bool
op_transfers(void *context, const struct frame_request *q, struct buf *answer,
	     struct frame_error *e)
{
	(void)context;
	(void)q;
	(void)answer;
	return frame_fail(e, FRAME_REFUSED, "UNSUPPORTED",
			  "nodes keep no list that is complete: poll each payment");
}

static const struct frame_op ops[] = {
    {"info", op_info},		 {"address", op_address},
    {"prepare", sol_op_prepare}, {"assemble", sol_op_assemble},
    {"submit", sol_op_submit},	 {"poll", sol_op_poll},
    {"bump", op_replace},	 {"cancel", op_replace},
    {"balance", sol_op_balance}, {"height", sol_op_height},
    {"transfers", op_transfers},
};

int
main(int argc, char **argv)
{
	static struct sol_settle s;
	int status;

	tool_start(TOOL_PLAIN);
	parse_options(&s, argc, argv);
	if (sodium_init() < 0)
		tool_die(EXIT_TEMP, "start", "libsodium", "cannot start");
	digest_init();
	sol_node_init(&s.node);
	sol_take_settings(&s);
	sandbox_network(NULL, 0);
	status = frame_main(ops, sizeof ops / sizeof ops[0], &s);
	sol_node_release(&s.node);
	return status;
}
