/* Settings, and the checks that several operations make. */
#include "number.h"
#include "tool.h"
#include "tron_ops.h"

#include <stdio.h>
#include <stdlib.h>

#define DECIMALS_DEFAULT 6
#define FEE_LIMIT_DEFAULT 100000000
/* what the chain lets a transaction say */
#define FEE_LIMIT_MOST 15000000000
#define LIFE_S_DEFAULT 300
#define LIFE_S_LEAST 120
#define LIFE_S_MOST 86000

static const char usdt_contract[] = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";

/* On the main network the contract of a name is known. */
static const struct {
	const char *network, *asset, *contract;
} pins[] = {
    {"00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc", "USDT", usdt_contract},
};

/* Contracts whose tokens are worth nothing any more. */
static const struct {
	const char *contract, *why;
} discontinued[] = {
    {"TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8",
     "is USDC of Tron, which its issuer ended in February 2025: nobody redeems it"},
};

/* ---- settings ---- */

static bool
take_address(const char *name, const char *value, struct tron_address *out)
{
	if (!value)
		return false;
	if (!tron_address_parse(span_of(value), out))
		tool_die(EXIT_CONFIG, "settings", name,
			 "is no address of Tron: base58 of 0x41, 20 bytes and a good checksum");
	return true;
}

static uint64_t
take_number(const char *name, uint64_t otherwise, uint64_t least, uint64_t most)
{
	const char *text = getenv(name);
	uint64_t v = otherwise;

	if (text && *text && (!number_u64(span_of(text), &v) || v < least || v > most))
		tool_die(EXIT_CONFIG, "settings", name, "is no number, too small or too large");
	return v;
}

void
tron_take_settings(struct tron_settle *s)
{
	char name[TOKEN_ADAPTER_SETTING_MAX];
	const char *contract = token_adapter_setting("TRON", s->asset, "ADDRESS", name);

	if (!contract && strcmp(s->asset, "USDT") == 0)
		contract = usdt_contract;
	for (size_t i = 0; contract && i < sizeof discontinued / sizeof discontinued[0]; i++) {
		if (strcmp(contract, discontinued[i].contract) == 0)
			tool_die(EXIT_CONFIG, "settings", name, discontinued[i].why);
	}
	s->has_contract = take_address(name, contract, &s->wallet.contract);
	s->has_owner = take_address(name, token_adapter_setting("TRON", s->asset, "OWNER", name),
				    &s->wallet.owner);
	token_adapter_setting("TRON", s->asset, "DECIMALS", name);
	s->decimals = (unsigned)take_number(name, DECIMALS_DEFAULT, 0, 38);
	s->wallet.fee_limit_max =
	    take_number("TRON_FEE_LIMIT_MAX", FEE_LIMIT_DEFAULT, 1, FEE_LIMIT_MOST);
	s->wallet.life_ms =
	    (int64_t)take_number("TRON_EXPIRATION", LIFE_S_DEFAULT, LIFE_S_LEAST, LIFE_S_MOST) *
	    1000;
}

/* ---- the chain ---- */

static bool
check_pin(const struct tron_settle *s, struct frame_error *e)
{
	char contract[TRON_ADDRESS_TEXT_MAX];

	tron_address_print(&s->wallet.contract, contract);
	for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++) {
		if (strcmp(pins[i].network, s->node.network) == 0 &&
		    strcmp(pins[i].asset, s->asset) == 0 && strcmp(pins[i].contract, contract) != 0)
			return frame_fail(e, FRAME_CONFIG, "CONTRACT",
					  "TRON_%s_ADDRESS is %s; on this network it is %s",
					  s->asset, contract, pins[i].contract);
	}
	return true;
}

static bool
check_decimals(struct tron_settle *s, struct frame_error *e)
{
	decimal_int decimals;

	if (!tron_ask_number(&s->node, &s->wallet.owner, &s->wallet.contract, "decimals()", NULL, 0,
			     &decimals, e)) {
		if (e->class == FRAME_CONFIG)
			frame_fail(e, FRAME_CONFIG, "CONTRACT",
				   "TRON_%s_ADDRESS is no token on this network", s->asset);
		return false;
	}
	if (decimals != s->decimals)
		return frame_fail(e, FRAME_CONFIG, "DECIMALS",
				  "TRON_%s_DECIMALS is %u; the contract has %llu", s->asset,
				  s->decimals, (unsigned long long)decimals);
	return true;
}

bool
tron_check_chain(struct tron_settle *s, struct frame_error *e)
{
	if (!s->has_contract || !s->has_owner)
		return frame_fail(e, FRAME_CONFIG, "SETTINGS", "TRON_%s_%s is wanted: the %s",
				  s->asset, s->has_contract ? "OWNER" : "ADDRESS",
				  s->has_contract ? "wallet that pays" : "token's contract");
	if (s->node.contract_checked)
		return true;
	if (!tron_ask_network(&s->node, e) || !check_pin(s, e) || !check_decimals(s, e))
		return false;
	s->node.contract_checked = true;
	return true;
}

/* ---- requests and answers ---- */

bool
tron_read_address(struct span text, const char *what, struct tron_address *out,
		  struct frame_error *e)
{
	return tron_address_parse(text, out) ||
	       frame_fail(e, FRAME_REFUSED, "ADDRESS", "%s is no address of Tron", what);
}

bool
tron_read_order(const struct tron_settle *s, const struct frame_request *q, struct tron_order *out,
		struct frame_error *e)
{
	struct tron_address from = s->wallet.owner;
	struct decimal amount;

	*out = (struct tron_order){.job = q->job, .fee_max = UINT64_MAX};
	if (!frame_payment(q, e) || !token_adapter_pays(s->asset, q->asset, e) ||
	    !tron_read_address(q->to, "to", &out->to, e) ||
	    (q->from.ptr && !tron_read_address(q->from, "from", &from, e)) ||
	    (q->payer.ptr && !tron_read_address(q->payer, "payer", &out->payer, e)))
		return false;
	out->pull = q->payer.ptr != NULL;
	if (!tron_address_equal(&from, &s->wallet.owner))
		return frame_fail(e, FRAME_REFUSED, "FROM",
				  "from is not the wallet of this program");
	if (decimal_parse(q->amount, &amount) != DECIMAL_OK)
		return frame_fail(e, FRAME_REQUEST, "AMOUNT", "amount is no number");
	out->amount = amount.coef;
	/* a limit that no 64 bits hold limits nothing */
	if (q->fee_max.ptr && !number_u64(q->fee_max, &out->fee_max))
		out->fee_max = UINT64_MAX;
	return true;
}

void
tron_member_address(struct buf *answer, const char *name, const struct tron_address *address)
{
	char text[TRON_ADDRESS_TEXT_MAX];

	tron_address_print(address, text);
	buf_json_member_string(answer, name, span_of(text));
}

void
tron_member_amount(struct buf *answer, const char *name, decimal_int amount)
{
	char text[DECIMAL_TEXT_MAX];

	decimal_print((struct decimal){amount, 0}, text);
	buf_json_member_string(answer, name, span_of(text));
}
