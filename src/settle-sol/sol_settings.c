/* Settings, and the checks that several operations make. */
#include "number.h"
#include "sol_ops.h"
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>

#define PRICE_MAX_DEFAULT 1000000
#define PRICE_MAX_LIMIT 100000000000
#define DECIMALS_DEFAULT 6

static const char usdc_mint[] = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

/* Mints have no checksum: on the public networks they are pinned. */
static const struct {
	const char *network, *asset, *mint;
} pins[] = {
    /* mainnet-beta, devnet */
    {"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d", "USDC", usdc_mint},
    {"5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d", "USDT",
     "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB"},
    {"EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG", "USDC",
     "4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU"},
};

/* Keys that were taken for a mint and are none. */
static const struct {
	const char *key, *why;
} wrong[] = {
    {"EPjFWdd5AufqSSqeM2qDQ3Nf5JknLm4K71y9w4G5DNs",
     "is a mistyped USDC, and nobody's account: EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"},
};

static bool
take_key(const char *name, const char *value, struct sol_key *out)
{
	if (!value || !*value)
		return false;
	if (!sol_key_parse(span_of(value), out))
		tool_die(EXIT_CONFIG, "settings", name, "is no key of 32 bytes in base58");
	return true;
}

static void
take_mint(struct sol_settle *s)
{
	char name[TOKEN_ADAPTER_SETTING_MAX];
	const char *value = token_adapter_setting("SOL", s->asset, "ADDRESS", name);

	if (!value && strcmp(s->asset, "USDC") == 0)
		value = usdc_mint;
	for (size_t i = 0; value && i < sizeof wrong / sizeof wrong[0]; i++) {
		if (strcmp(value, wrong[i].key) == 0)
			tool_die(EXIT_CONFIG, "settings", name, wrong[i].why);
	}
	if (!take_key(name, value, &s->wallet.mint))
		tool_die(EXIT_CONFIG, "settings", name, "is wanted: the token's mint");
}

static uint64_t
take_number(const char *name, uint64_t otherwise, uint64_t max)
{
	const char *text = getenv(name);
	uint64_t v = otherwise;

	if (text && *text && (!number_u64(span_of(text), &v) || v > max))
		tool_die(EXIT_CONFIG, "settings", name, "is no number, or too large");
	return v;
}

void
sol_take_settings(struct sol_settle *s)
{
	char name[TOKEN_ADAPTER_SETTING_MAX];
	const char *authority, *version = getenv("SOL_MESSAGE_VERSION");

	take_mint(s);
	authority = token_adapter_setting("SOL", s->asset, "AUTHORITY", s->authority_name);
	s->has_wallet = take_key(s->authority_name, authority, &s->wallet.authority);
	if (!take_key("SOL_FEE_PAYER", getenv("SOL_FEE_PAYER"), &s->wallet.payer))
		s->wallet.payer = s->wallet.authority;
	if (s->has_wallet &&
	    (!sol_on_curve(&s->wallet.authority) || !sol_on_curve(&s->wallet.payer)))
		tool_die(EXIT_CONFIG, "settings", s->authority_name,
			 "nobody can have the key of this, or of SOL_FEE_PAYER");
	if (!sol_token_account(&s->wallet.authority, &s->wallet.mint, &s->wallet.source, NULL))
		tool_die(EXIT_CONFIG, "settings", s->authority_name, "has no token account");
	token_adapter_setting("SOL", s->asset, "DECIMALS", name);
	s->wallet.decimals = (unsigned char)take_number(name, DECIMALS_DEFAULT, 255);
	s->price_max = take_number("SOL_PRIORITY_FEE_MAX", PRICE_MAX_DEFAULT, PRICE_MAX_LIMIT);
	if (version && *version && strcmp(version, "legacy") != 0 && strcmp(version, "0") != 0)
		tool_die(EXIT_CONFIG, "settings", "SOL_MESSAGE_VERSION", "is neither legacy nor 0");
	s->wallet.version_0 = !version || strcmp(version, "legacy") != 0;
}

/* ---- the chain ---- */

static bool
check_pin(const struct sol_settle *s, struct frame_error *e)
{
	char mint[SOL_KEY_TEXT_MAX];

	sol_key_print(&s->wallet.mint, mint);
	for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++) {
		if (strcmp(pins[i].network, s->node.network) == 0 &&
		    strcmp(pins[i].asset, s->asset) == 0 && strcmp(pins[i].mint, mint) != 0)
			return frame_fail(e, FRAME_CONFIG, "MINT",
					  "SOL_%s_ADDRESS is %s; on this network it is %s",
					  s->asset, mint, pins[i].mint);
	}
	return true;
}

/* The mint is the token program's, in use, and has the decimals that we count with. */
static bool
check_mint(struct sol_settle *s, struct frame_error *e)
{
	struct sol_account a;
	unsigned decimals;

	if (!sol_ask_accounts(&s->node, &s->wallet.mint, 1, &a, e))
		return false;
	if (!a.exists)
		return frame_fail(e, FRAME_CONFIG, "MINT",
				  "SOL_%s_ADDRESS is no account on this network", s->asset);
	if (!sol_key_equal(&a.owner, &sol_token_program))
		return frame_fail(e, FRAME_CONFIG, "MINT_OWNER",
				  "SOL_%s_ADDRESS does not belong to the token program", s->asset);
	if (!sol_read_mint(&a, &decimals))
		return frame_fail(e, FRAME_CONFIG, "MINT", "SOL_%s_ADDRESS is no mint in use",
				  s->asset);
	if (decimals != s->wallet.decimals)
		return frame_fail(e, FRAME_CONFIG, "DECIMALS",
				  "SOL_%s_DECIMALS is %u; the mint has %u", s->asset,
				  s->wallet.decimals, decimals);
	return true;
}

bool
sol_check_chain(struct sol_settle *s, struct frame_error *e)
{
	if (!s->has_wallet)
		return frame_fail(e, FRAME_CONFIG, "SETTINGS", "%s is wanted: the wallet that pays",
				  s->authority_name);
	if (s->node.mint_checked)
		return true;
	if (!sol_ask_network(&s->node, e) || !check_pin(s, e) || !check_mint(s, e))
		return false;
	s->node.mint_checked = true;
	return true;
}

bool
sol_read_address(struct span text, const char *what, struct sol_key *out, struct frame_error *e)
{
	return sol_key_parse(text, out) ||
	       frame_fail(e, FRAME_REFUSED, "ADDRESS", "%s is no key of 32 bytes in base58", what);
}

void
sol_member_key(struct buf *answer, const char *name, const struct sol_key *key)
{
	char text[SOL_KEY_TEXT_MAX];

	sol_key_print(key, text);
	buf_json_member_string(answer, name, span_of(text));
}

/* Amounts are strings. */
void
sol_member_amount(struct buf *answer, const char *name, uint64_t amount)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)amount);
	buf_json_member_string(answer, name, span_of(text));
}

/* ---- requests ---- */

bool
sol_read_order(const struct sol_settle *s, const struct frame_request *q, struct sol_order *o,
	       struct frame_error *e)
{
	struct sol_key from = s->wallet.authority;

	*o = (struct sol_order){.job = q->job, .fee_max = UINT64_MAX};
	if (!frame_payment(q, e) || !token_adapter_pays(s->asset, q->asset, e) ||
	    !sol_read_address(q->to, "to", &o->to, e) ||
	    (q->from.ptr && !sol_read_address(q->from, "from", &from, e)))
		return false;
	if (q->payer.ptr)
		return frame_fail(e, FRAME_REFUSED, "UNSUPPORTED",
				  "nobody else's tokens are taken here");
	if (!sol_key_equal(&from, &s->wallet.authority))
		return frame_fail(e, FRAME_REFUSED, "FROM",
				  "from is not the wallet of this program");
	if (!number_u64(q->amount, &o->amount))
		return frame_fail(e, FRAME_REFUSED, "AMOUNT", "more than a token account holds");
	/* a limit that no 64 bits hold limits nothing */
	if (q->fee_max.ptr && !number_u64(q->fee_max, &o->fee_max))
		o->fee_max = UINT64_MAX;
	return true;
}
