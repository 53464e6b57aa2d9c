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
	enum { ASSET = 256 };
	static const struct option options[] = {{"asset", required_argument, NULL, ASSET}, {0}};

	memcpy(s->asset, "USDC", 5);
	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		size_t n = strlen(optarg);

		if (n == 0 || n > SOL_ASSET_MAX ||
		    strspn(optarg, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != n)
			tool_usage("up to 12 capitals and digits", "--asset");
		memcpy(s->asset, optarg, n + 1);
	}
	tool_no_operands(argc, argv);
}

static bool
op_info(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct sol_settle *s = context;

	(void)q;
	s->node.mint_checked = false;
	if (!sol_check_chain(s, e))
		return false;
	buf_json_member_string(answer, "chain", SPAN_LIT("sol"));
	buf_json_member_string(answer, "network", span_of(s->node.network));
	buf_json_key(answer, "assets");
	buf_str(answer, "[{");
	buf_json_member_string(answer, "asset", span_of(s->asset));
	buf_json_member_u64(answer, "decimals", s->wallet.decimals);
	sol_member_key(answer, "contract", &s->wallet.mint);
	buf_json_member_string(answer, "dust", SPAN_LIT("1"));
	buf_str(answer, "}]");
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("SOL"));
	buf_json_member_u64(answer, "feeDecimals", 9);
	sol_member_key(answer, "wallet", &s->wallet.authority);
	buf_json_member_u64(answer, "confirmations", SOL_FINAL);
	buf_json_member_bool(answer, "expires", true);
	buf_json_member_bool(answer, "replaces", false);
	buf_json_member_u64(answer, "blockMs", BLOCK_MS);
	return true;
}

static bool
op_address(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct sol_settle *s = context;
	struct sol_key key;

	if (!q->address.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "address is wanted");
	if (q->asset.ptr && !sol_check_asset(s, q->asset, e))
		return false;
	if (!sol_read_address(q->address, "address", &key, e))
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
