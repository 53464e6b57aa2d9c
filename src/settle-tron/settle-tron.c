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
	enum { ASSET = 256 };
	static const struct option options[] = {{"asset", required_argument, NULL, ASSET}, {0}};

	memcpy(s->asset, "USDC", 5);
	while (tool_option(argc, argv, options) != -1) {
		size_t n = strlen(optarg);

		if (n == 0 || n > TRON_ASSET_MAX ||
		    strspn(optarg, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != n)
			tool_usage("up to 12 capitals and digits", "--asset");
		memcpy(s->asset, optarg, n + 1);
	}
	tool_no_operands(argc, argv);
}

static bool
op_info(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct tron_settle *s = context;

	(void)q;
	s->node.contract_checked = false;
	if (!tron_check_chain(s, e))
		return false;
	buf_json_member_string(answer, "chain", SPAN_LIT("tron"));
	buf_json_member_string(answer, "network", span_of(s->node.network));
	buf_json_key(answer, "assets");
	buf_str(answer, "[{");
	buf_json_member_string(answer, "asset", span_of(s->asset));
	buf_json_member_u64(answer, "decimals", s->decimals);
	tron_member_address(answer, "contract", &s->wallet.contract);
	buf_json_member_string(answer, "dust", SPAN_LIT("1"));
	buf_str(answer, "}]");
	buf_json_member_string(answer, "feeAsset", SPAN_LIT("TRX"));
	buf_json_member_u64(answer, "feeDecimals", 6);
	tron_member_address(answer, "wallet", &s->wallet.owner);
	buf_json_member_u64(answer, "confirmations", TRON_SOLID);
	buf_json_member_bool(answer, "expires", true);
	buf_json_member_bool(answer, "replaces", false);
	buf_json_member_u64(answer, "blockMs", BLOCK_MS);
	return true;
}

static bool
op_address(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct tron_settle *s = context;
	struct tron_address address;

	if (!q->address.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "address is wanted");
	if (q->asset.ptr && !tron_check_asset(s, q->asset, e))
		return false;
	if (!tron_read_address(q->address, "address", &address, e))
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
