#include "token_adapter.h"

#include "hex.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the start ---- */

void
token_adapter_options(const struct option options[], int argc, char **argv,
		      char asset[TOKEN_ADAPTER_ASSET_MAX + 1])
{
	memcpy(asset, "USDC", 5);
	while (tool_option(argc, argv, options) != -1) {
		size_t n = strlen(optarg);

		if (n == 0 || n > TOKEN_ADAPTER_ASSET_MAX ||
		    strspn(optarg, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != n)
			tool_usage("up to 12 capitals and digits", "--asset");
		memcpy(asset, optarg, n + 1);
	}
	tool_no_operands(argc, argv);
}

const char *
token_adapter_setting(const char *chain, const char *asset, const char *rest,
		      char name[TOKEN_ADAPTER_SETTING_MAX])
{
	const char *value;

	snprintf(name, TOKEN_ADAPTER_SETTING_MAX, "%s_%s_%s", chain, asset, rest);
	value = getenv(name);
	return value && *value ? value : NULL;
}

/* ---- requests ---- */

bool
token_adapter_pays(const char *asset, struct span asked, struct frame_error *e)
{
	return span_is(asked, asset) ||
	       frame_fail(e, FRAME_REFUSED, "ASSET", "this program pays %s", asset);
}

bool
token_adapter_asks_address(const char *asset, const struct frame_request *q, struct frame_error *e)
{
	if (!q->address.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "address is wanted");
	return !q->asset.ptr || token_adapter_pays(asset, q->asset, e);
}

/* ---- answers ---- */

void
token_adapter_print_info(const struct token_adapter_info *i, struct buf *answer)
{
	buf_json_member_string(answer, "chain", span_of(i->chain));
	buf_json_member_string(answer, "network", span_of(i->network));
	buf_json_key(answer, "assets");
	buf_str(answer, "[{");
	buf_json_member_string(answer, "asset", span_of(i->asset));
	buf_json_member_u64(answer, "decimals", i->decimals);
	buf_json_member_string(answer, "contract", span_of(i->contract));
	buf_json_member_string(answer, "dust", SPAN_LIT("1"));
	buf_str(answer, "}]");
	buf_json_member_string(answer, "feeAsset", span_of(i->fee_asset));
	buf_json_member_u64(answer, "feeDecimals", i->fee_decimals);
	buf_json_member_string(answer, "wallet", span_of(i->wallet));
	buf_json_member_u64(answer, "confirmations", i->confirmations);
	buf_json_member_bool(answer, "expires", true);
	buf_json_member_bool(answer, "replaces", false);
	buf_json_member_u64(answer, "blockMs", i->block_ms);
}

void
token_adapter_member_hex(struct buf *answer, const char *name, const unsigned char *bytes, size_t n)
{
	char digits[2 * 64 + 1];

	buf_json_key(answer, name);
	buf_byte(answer, '"');
	for (size_t i = 0; i < n; i += 64) {
		hex_print(bytes + i, n - i < 64 ? n - i : 64, digits);
		buf_str(answer, digits);
	}
	buf_byte(answer, '"');
}
