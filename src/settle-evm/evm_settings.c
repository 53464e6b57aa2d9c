#include "evm_settings.h"

#include "evm_tx.h"
#include "number.h"

#include <stdio.h>

/* What the seed names; the contracts' checksums are right here. */
static const struct known {
	const char *chain, *fee_asset;
	const char *chain_id, *contract, *decimals, *confirmations, *block_ms;
} known[] = {
    {"eth", "ETH", "1", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "6", "12", "12000"},
    {"bsc", "BNB", "56", "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", "18", "15", "3000"},
};

static const struct known unknown = {
    .fee_asset = "ETH", .confirmations = "12", .block_ms = "12000"};

/* Nobody pays more by mistake: 500 gwei a gas. */
#define PRICE_MAX "500000000000"
/* Where the node suggests nothing at all, or next to nothing. */
#define TIP_MIN "1000000"

struct reading {
	struct evm_settings *to;
	evm_lookup *lookup;
	struct evm_settings_fault *fault;
	bool failed;
};

void
evm_setting_name(const struct evm_settings *s, const char *rest, char out[EVM_SETTING_NAME_MAX])
{
	snprintf(out, EVM_SETTING_NAME_MAX, "%s%s", s->prefix, rest);
}

static void
fail(struct reading *r, const char *why)
{
	if (!r->failed)
		r->fault->why = why;
	r->failed = true;
}

/* The value, or otherwise (NULL: it must be set). From the first fault on everything is NULL. */
static const char *
text_of(struct reading *r, const char *rest, const char *otherwise)
{
	const char *value;

	if (r->failed)
		return NULL;
	evm_setting_name(r->to, rest, r->fault->name);
	value = r->lookup(r->fault->name);
	if (!value || !*value)
		value = otherwise;
	if (!value)
		fail(r, "is not set");
	return value;
}

static uint64_t
number_of(struct reading *r, const char *rest, const char *otherwise, uint64_t min, uint64_t max)
{
	const char *text = text_of(r, rest, otherwise);
	uint64_t v = 0;

	if (text && (!number_u64(span_of(text), &v) || v < min || v > max))
		fail(r, "is no number, or out of range");
	return v;
}

static struct u256
wei_of(struct reading *r, const char *rest, const char *otherwise)
{
	const char *text = text_of(r, rest, otherwise);
	struct u256 v = u256_of(0);

	if (text && !u256_parse_decimal(span_of(text), &v))
		fail(r, "is no number of wei");
	return v;
}

static void
address_of(struct reading *r, const char *rest, const char *otherwise, struct evm_address *out)
{
	const char *text = text_of(r, rest, otherwise);
	enum evm_address_error e;

	if (!text)
		return;
	e = evm_address_parse(span_of(text), out);
	if (e != EVM_ADDRESS_OK)
		fail(r, evm_address_error_text(e));
}

static void
name_of(struct reading *r, const char *rest, const char *otherwise, char *out, size_t size)
{
	const char *text = text_of(r, rest, otherwise);

	if (text && strlen(text) >= size)
		fail(r, "is longer than 16 bytes");
	else if (text)
		memcpy(out, text, strlen(text) + 1);
}

/* A name for --chain or --asset: letters and digits, as they may stand in a variable's name. */
static bool
take_name(const char *text, char *out, size_t size)
{
	size_t n = strlen(text);

	if (n == 0 || n >= size)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	memcpy(out, text, n + 1);
	return true;
}

static void
make_prefix(struct evm_settings *s)
{
	size_t n = strlen(s->chain);

	for (size_t i = 0; i < n; i++) {
		char c = s->chain[i];

		s->prefix[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	s->prefix[n] = '_';
	s->prefix[n + 1] = '\0';
}

static const struct known *
known_of(const char *chain)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcmp(known[i].chain, chain) == 0)
			return &known[i];
	}
	return &unknown;
}

/* The settings of the asset: {CHAIN}_{ASSET}_... The contract of a known chain is USDC's. */
static void
read_asset(struct reading *r, const struct known *k)
{
	struct evm_settings *s = r->to;
	bool usdc = strcmp(s->asset, "USDC") == 0;
	char rest[EVM_ASSET_NAME_MAX + 16];

	snprintf(rest, sizeof rest, "%s_ADDRESS", s->asset);
	address_of(r, rest, usdc ? k->contract : NULL, &s->contract);
	snprintf(rest, sizeof rest, "%s_HOT_WALLET", s->asset);
	address_of(r, rest, NULL, &s->wallet);
	snprintf(rest, sizeof rest, "%s_DECIMALS", s->asset);
	s->decimals = (unsigned)number_of(r, rest, usdc ? k->decimals : NULL, 0, 36);
	snprintf(rest, sizeof rest, "%s_SYMBOL", s->asset);
	name_of(r, rest, s->asset, s->symbol, sizeof s->symbol);
}

bool
evm_settings_read(const char *chain, const char *asset, evm_lookup *lookup,
		  struct evm_settings *out, struct evm_settings_fault *fault)
{
	struct reading r = {.to = out, .lookup = lookup, .fault = fault};
	const struct known *k = known_of(chain);
	const char *type;

	*out = (struct evm_settings){0};
	*fault = (struct evm_settings_fault){.name = "--chain or --asset"};
	if (!take_name(chain, out->chain, sizeof out->chain) ||
	    !take_name(asset, out->asset, sizeof out->asset)) {
		fault->why = "a name has 1 to 16 letters, digits or underscores";
		return false;
	}
	make_prefix(out);
	out->chain_id = number_of(&r, "CHAIN_ID", k->chain_id, 1, EVM_CHAIN_ID_MAX);
	read_asset(&r, k);
	name_of(&r, "FEE_ASSET", k->fee_asset, out->fee_asset, sizeof out->fee_asset);
	out->confirmations = (unsigned)number_of(&r, "CONFIRMATIONS", k->confirmations, 1, 10000);
	out->block_ms = (unsigned)number_of(&r, "BLOCK_MS", k->block_ms, 1, 3600000);
	out->price_max = wei_of(&r, "GAS_PRICE_MAX", PRICE_MAX);
	out->tip_min = wei_of(&r, "TIP_MIN", TIP_MIN);
	type = text_of(&r, "TX_TYPE", "auto");
	if (type && strcmp(type, "auto") != 0 && strcmp(type, "legacy") != 0)
		fail(&r, "is neither auto nor legacy");
	out->legacy = type && strcmp(type, "legacy") == 0;
	return !r.failed;
}
