/*
 * token_adapter: what the adapters have in common that pay one token from one wallet, on a chain
 * whose transactions are left to expire (settle-sol, settle-tron): --asset, the names of settings,
 * and the parts of their answers that are the same (adapter(5)).
 *
 * Nothing is owned; texts are the caller's.
 */
#ifndef TP_TOKEN_ADAPTER_H
#define TP_TOKEN_ADAPTER_H

#include "frame.h"

#include <getopt.h>

/* Of the token's name, which stands in the names of settings. */
#define TOKEN_ADAPTER_ASSET_MAX 12
#define TOKEN_ADAPTER_SETTING_MAX (32 + TOKEN_ADAPTER_ASSET_MAX)

/* Take the command line, whose one option is --asset: its value, or USDC. Dies with 100. */
void token_adapter_options(const struct option options[], int argc, char **argv,
			   char asset[TOKEN_ADAPTER_ASSET_MAX + 1]);

/* What the environment's CHAIN_ASSET_REST says; NULL: nothing. name: its name, in any case. */
const char *token_adapter_setting(const char *chain, const char *asset, const char *rest,
				  char name[TOKEN_ADAPTER_SETTING_MAX]);

/* A request is about the token that is paid here; false: e. */
bool token_adapter_pays(const char *asset, struct span asked, struct frame_error *e);

/* The op address: there is one, and if an asset is named, it is this one. */
bool token_adapter_asks_address(const char *asset, const struct frame_request *q,
				struct frame_error *e);

/* The answer to info. */
struct token_adapter_info {
	const char *chain, *network;
	const char *asset, *contract;
	unsigned decimals;
	const char *fee_asset;
	unsigned fee_decimals;
	const char *wallet;
	unsigned confirmations; /* until a block stands for good */
	unsigned block_ms;
};
void token_adapter_print_info(const struct token_adapter_info *i, struct buf *answer);

/* A member of n bytes in lower-case hexadecimal. */
void token_adapter_member_hex(struct buf *answer, const char *name, const unsigned char *bytes,
			      size_t n);

#endif
