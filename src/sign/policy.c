#include "policy.h"

#include "json.h"
#include "number.h"

#include <stdlib.h>

/* Solana's block hashes are good for 150 blocks, 60 to 90 s. */
#define VERSION_AFTER_S 120
#define VERSION_AFTER_S_MAX (366u * 86400u)

/* ---- rules
 * -------------------------------------------------------------------------------------- */

static const char *
text_member(struct span value, struct span *out)
{
	if (!value.ptr)
		return "a member is missing";
	if (!json_plain(value, out) || out->len == 0 || out->len > 128)
		return "a member that is no text, or has escapes";
	return NULL;
}

static const char *
amount_member(struct span value, units_int *out)
{
	struct span text;
	const char *why = text_member(value, &text);

	if (!why && !units_parse(text, out))
		why = "an amount that is none: digits, without leading zeros, at most 38";
	return why;
}

/* Take a rule apart; a member that no rule has is a misspelt one. */
static const char *
pick(struct span rule, const char *const names[], size_t n, struct span out[])
{
	struct json_walk w = json_walk(rule);
	struct span key, value;

	while (json_next_member(&w, &key, &value)) {
		size_t i = 0;

		while (i < n && !json_key_is(key, names[i]))
			i++;
		if (i == n)
			return "a member that this rule does not have";
	}
	return json_pick(rule, names, n, out, NULL) ? NULL : "a member that stands twice";
}

/* Only EVM's payloads say which network they are for; of two chains of another family the one with
 * the wider limits would let through what is then sent on the other. */
static bool
is_ambiguous(const struct policy *p, const struct policy_chain *c)
{
	for (size_t i = 0; i < p->chains_n; i++) {
		if (p->chains[i].family == c->family && p->chains[i].chain_id == c->chain_id)
			return true;
	}
	return false;
}

static const char *
take_chain(struct policy *p, struct span rule)
{
	enum { TYPE, CHAIN, FAMILY, ID, NETWORK, FEE, FEE_DAY, AFTER, N };
	static const char *const names[N] = {"type",	"chain",  "family",    "chainId",
					     "network", "feeMax", "feeDayMax", "versionAfter"};
	struct policy_chain *c = &p->chains[p->chains_n];
	struct span m[N], text;
	const char *why = pick(rule, names, N, m);

	if (p->chains_n == POLICY_CHAINS_MAX)
		return "more chains than 16";
	*c = (struct policy_chain){.version_after_s = VERSION_AFTER_S};
	if (why || (why = text_member(m[CHAIN], &c->name)) != NULL ||
	    (why = text_member(m[FAMILY], &text)) != NULL)
		return why;
	if (policy_chain(p, c->name) != POLICY_CHAINS_MAX)
		return "a chain that stands twice";
	if (!address_family_of(text, &c->family))
		return "a family that is none of btc, evm, solana, tron";
	if ((c->family == FAMILY_EVM) != (m[ID].ptr && number_u64(m[ID], &c->chain_id)))
		return "chainId is a number, and of family evm only";
	if ((c->family == FAMILY_BTC) != (m[NETWORK].ptr && !text_member(m[NETWORK], &text) &&
					  address_network_of(text, &c->network)))
		return "network is main, test or regtest, and of family btc only";
	if (m[AFTER].ptr && (!number_u64(m[AFTER], &c->version_after_s) ||
			     c->version_after_s > VERSION_AFTER_S_MAX))
		return "versionAfter is a number of seconds, at most a year of them";
	if (is_ambiguous(p, c))
		return "a second chain that the same payloads would be good for";
	if ((why = amount_member(m[FEE], &c->fee_max)) != NULL ||
	    (why = amount_member(m[FEE_DAY], &c->fee_day_max)) != NULL)
		return why;
	p->chains_n++;
	return NULL;
}

static const char *
known_chain(const struct policy *p, struct span value, size_t *chain)
{
	struct span name;
	const char *why = text_member(value, &name);

	if (why)
		return why;
	*chain = policy_chain(p, name);
	return *chain == POLICY_CHAINS_MAX ? "a chain that no rule before has named" : NULL;
}

static const char *
take_asset(struct policy *p, struct span rule)
{
	enum { TYPE, CHAIN, ASSET, CONTRACT, TX, DAY, N };
	static const char *const names[N] = {"type",	 "chain", "asset",
					     "contract", "txMax", "dayMax"};
	struct policy_asset *a = &p->assets[p->assets_n];
	struct span m[N], text;
	const char *why = pick(rule, names, N, m);

	if (p->assets_n == POLICY_ASSETS_MAX)
		return "more assets than 64";
	*a = (struct policy_asset){0};
	if (why || (why = known_chain(p, m[CHAIN], &a->chain)) != NULL ||
	    (why = text_member(m[ASSET], &a->name)) != NULL)
		return why;
	if (m[CONTRACT].ptr) {
		const struct policy_chain *c = &p->chains[a->chain];

		if (text_member(m[CONTRACT], &text) || c->family == FAMILY_BTC ||
		    !address_parse(text, c->family, c->network, &a->contract))
			return "a contract that is no address of its chain";
	}
	if (policy_asset(p, a->chain, &a->contract) != POLICY_ASSETS_MAX)
		return "an asset that stands twice";
	if ((why = amount_member(m[TX], &a->tx_max)) != NULL ||
	    (why = amount_member(m[DAY], &a->day_max)) != NULL)
		return why;
	p->assets_n++;
	return NULL;
}

/* Chain and bytes of an address, as a key. */
static struct span
address_key(size_t chain, const struct tx_name *to, char room[TX_NAME_MAX + 1])
{
	room[0] = (char)chain;
	memcpy(room + 1, to->bytes, to->len);
	return (struct span){room, to->len + 1u};
}

static const char *
take_allow(struct policy *p, struct span rule, bool own)
{
	enum { TYPE, CHAIN, ADDRESS, ASSET, TX, N };
	static const char *const names[N] = {"type", "chain", "address", "asset", "txMax"};
	struct policy_allow a = {.own = own}, *more;
	char room[TX_NAME_MAX + 1];
	struct span m[N], text, key;
	uint64_t unused;
	const char *why = pick(rule, names, N, m);

	if (why || (why = known_chain(p, m[CHAIN], &a.chain)) != NULL ||
	    (why = text_member(m[ADDRESS], &text)) != NULL ||
	    (m[ASSET].ptr && (why = text_member(m[ASSET], &a.asset)) != NULL))
		return why;
	if (own && (m[ASSET].ptr || m[TX].ptr))
		return "an address of ours has neither an asset nor a limit";
	if (span_is(text, "*") && !own) {
		if (m[ASSET].ptr || m[TX].ptr)
			return "\"*\" has neither an asset nor a limit of its own";
		p->anywhere[a.chain] = true;
		return NULL;
	}
	if (!address_parse(text, p->chains[a.chain].family, p->chains[a.chain].network, &a.to))
		return "an address that is malformed, of another chain, or of a wrong checksum";
	a.capped = m[TX].ptr != NULL;
	if (a.capped && (why = amount_member(m[TX], &a.tx_max)) != NULL)
		return why;
	key = address_key(a.chain, &a.to, room);
	if (keymap_find(&p->by_address, key, &unused))
		return "an address that stands twice";
	if (p->allows_n == POLICY_ALLOWS_MAX)
		return "more addresses than 100000";
	if ((p->allows_n & (p->allows_n + 1)) == 0) {
		more = realloc(p->allows, (2 * p->allows_n + 2) * sizeof *more);
		if (!more)
			return "no memory";
		p->allows = more;
	}
	p->allows[p->allows_n] = a;
	return keymap_put(&p->by_address, key, p->allows_n++) ? NULL : "no memory";
}

/* All steps of an account are hardened (BIP44): who knows one account's keys knows no other's. */
static bool
is_account(const struct bip32_path *path)
{
	for (size_t i = 0; i < path->n; i++) {
		if (!(path->steps[i] & BIP32_HARDENED))
			return false;
	}
	return path->n >= 1 && path->n + 2 <= TX_PATH_MAX;
}

static const char *
take_path(struct policy *p, struct span rule)
{
	enum { TYPE, CHAIN, KEY, PATH, SCRIPT, INDEX, N };
	static const char *const names[N] = {"type", "chain", "key", "path", "script", "indexMax"};
	struct policy_path *one = &p->paths[p->paths_n];
	struct span m[N], text;
	uint64_t index;
	const char *why = pick(rule, names, N, m);

	if (p->paths_n == POLICY_PATHS_MAX)
		return "more paths than 64";
	*one = (struct policy_path){0};
	if (why || (why = known_chain(p, m[CHAIN], &one->chain)) != NULL ||
	    (why = text_member(m[KEY], &one->key)) != NULL ||
	    (why = text_member(m[PATH], &text)) != NULL)
		return why;
	if (p->chains[one->chain].family != FAMILY_BTC)
		return "paths are of family btc only";
	if (!bip32_path_parse(text, &one->account) || !is_account(&one->account))
		return "a path has 1 to 6 steps, all of them hardened";
	if ((why = text_member(m[SCRIPT], &text)) != NULL)
		return why;
	one->taproot = span_is(text, "p2tr");
	if (!one->taproot && !span_is(text, "p2wpkh"))
		return "script is p2wpkh or p2tr";
	if (!m[INDEX].ptr || !number_u64(m[INDEX], &index) || index >= BIP32_HARDENED)
		return "indexMax is a number below 2147483648";
	one->index_max = (uint32_t)index;
	for (size_t i = 0; i < p->paths_n; i++) {
		if (p->paths[i].chain == one->chain && span_equal(p->paths[i].key, one->key) &&
		    bip32_path_equal(&p->paths[i].account, &one->account))
			return "a path that stands twice";
	}
	p->paths_n++;
	return NULL;
}

static const char *
take_rule(struct policy *p, struct span line)
{
	size_t offset;
	struct span rule = json_trim(line), type, name;

	if (json_check(line, &offset) != JSON_OK || json_type(rule) != JSON_OBJECT)
		return "no JSON object";
	if (!json_find(rule, "type", &type) || !json_plain(type, &name))
		return "without a type";
	if (span_is(name, "chain"))
		return take_chain(p, rule);
	if (span_is(name, "asset"))
		return take_asset(p, rule);
	if (span_is(name, "allow") || span_is(name, "own"))
		return take_allow(p, rule, span_is(name, "own"));
	if (span_is(name, "path"))
		return take_path(p, rule);
	return "a type that is none of chain, asset, allow, own, path";
}

bool
policy_read(struct policy *p, struct span text, const uint64_t secret[2])
{
	*p = (struct policy){0};
	keymap_init(&p->by_address, POLICY_ALLOWS_MAX, secret);
	while (text.len) {
		size_t len = span_find(text, SPAN_LIT("\n"));
		struct span line = json_trim((struct span){text.ptr, len});

		p->fault_line++;
		len += len < text.len;
		text = (struct span){text.ptr + len, text.len - len};
		/* people want empty lines and remarks */
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		p->fault = take_rule(p, line);
		if (p->fault)
			return false;
	}
	if (p->chains_n == 0)
		p->fault = "without any chain";
	return !p->fault;
}

void
policy_release(struct policy *p)
{
	keymap_release(&p->by_address);
	free(p->allows);
	p->allows = NULL;
}

/* ---- judging
 * ------------------------------------------------------------------------------------ */

size_t
policy_chain(const struct policy *p, struct span name)
{
	for (size_t i = 0; i < p->chains_n; i++) {
		if (span_equal(p->chains[i].name, name))
			return i;
	}
	return POLICY_CHAINS_MAX;
}

size_t
policy_asset(const struct policy *p, size_t chain, const struct tx_name *contract)
{
	for (size_t i = 0; i < p->assets_n; i++) {
		if (p->assets[i].chain == chain && tx_name_equal(&p->assets[i].contract, contract))
			return i;
	}
	return POLICY_ASSETS_MAX;
}

static bool
no(struct policy_verdict *out, const char *code, const char *why)
{
	out->code = code;
	out->why = why;
	return false;
}

/* Is this name what the asker called by this text? On Solana the text may be the wallet whose token
 * account it is. */
static bool
is_called(const struct policy_chain *c, const struct tx_name *name, const struct tx_name *asset,
	  struct span text, struct tx_name *called)
{
	if (!text.ptr || !address_parse(text, c->family, c->network, called))
		return false;
	if (tx_name_equal(name, called))
		return true;
	return c->family == FAMILY_SOLANA &&
	       solana_is_associated(tx_name_span(name), tx_name_span(called), tx_name_span(asset));
}

static bool
is_own(const struct policy *p, size_t chain, const struct tx_name *to)
{
	char room[TX_NAME_MAX + 1];
	uint64_t i;

	return keymap_find(&p->by_address, address_key(chain, to, room), &i) && p->allows[i].own;
}

/* The receiver, by the name that a rule gives it. */
static bool
judge_receiver(const struct policy *p, struct policy_verdict *out)
{
	const struct policy_asset *a = &p->assets[out->asset];
	char room[TX_NAME_MAX + 1];
	const struct policy_allow *allow;
	uint64_t i;

	if (!keymap_find(&p->by_address, address_key(out->chain, &out->to, room), &i))
		return p->anywhere[out->chain] ||
		       no(out, "NOT_ALLOWED", "the policy does not allow this receiver");
	allow = &p->allows[i];
	if (allow->asset.ptr && !span_equal(allow->asset, a->name))
		return no(out, "NOT_ALLOWED", "the policy allows this receiver another asset");
	return !allow->capped || out->amount <= allow->tx_max ||
	       no(out, "TX_LIMIT", "more than the policy allows this receiver at once");
}

static bool
judge_payment(const struct policy *p, const struct policy_request *q, const struct tx_payment *pay,
	      struct policy_verdict *out)
{
	const struct policy_chain *c = &p->chains[out->chain];
	units_int amount;

	out->asset = policy_asset(p, out->chain, &pay->asset);
	if (out->asset == POLICY_ASSETS_MAX)
		return no(out, "ASSET", "the policy does not know this token");
	if (!span_equal(p->assets[out->asset].name, q->asset))
		return no(out, "MISMATCH", "the payload pays another asset than the request says");
	if (!q->amount.ptr || !units_parse(q->amount, &amount) || amount != pay->amount)
		return no(out, "MISMATCH", "the payload pays another amount than the request says");
	if (!is_called(c, &pay->to, &pay->asset, q->to, &out->to))
		return no(out, "MISMATCH", "the payload pays another one than the request says");
	if ((pay->payer.len != 0) != (q->payer.ptr != NULL) ||
	    (pay->payer.len && !is_called(c, &pay->payer, &pay->asset, q->payer, &out->payer)))
		return no(out, "MISMATCH",
			  "the payload takes from another one than the request says");
	out->amount = amount;
	if (amount == 0)
		return no(out, "MISMATCH", "nothing is no payment");
	if (amount > p->assets[out->asset].tx_max)
		return no(out, "TX_LIMIT", "more than the policy allows at once");
	return judge_receiver(p, out);
}

static bool
judge_chain(const struct policy *p, const struct policy_request *q, const struct tx *t,
	    struct policy_verdict *out)
{
	const struct policy_chain *c;
	units_int fee;

	out->chain = policy_chain(p, q->chain);
	if (out->chain == POLICY_CHAINS_MAX)
		return no(out, "CHAIN", "the policy does not know this chain");
	c = &p->chains[out->chain];
	if (address_family_of_form(t->form) != c->family)
		return no(out, "CHAIN", "a payload for a chain of another family");
	if (c->family == FAMILY_EVM && t->chain_id != c->chain_id)
		return no(out, "CHAIN", "a payload for another chain id");
	if (t->fee > c->fee_max)
		return no(out, "FEE_CAP", "a higher fee than the policy allows");
	/* on the others part of the fee is what the chain says of rent and bandwidth */
	if ((c->family == FAMILY_BTC || c->family == FAMILY_EVM) && q->fee.ptr &&
	    (!units_parse(q->fee, &fee) || t->fee > fee))
		return no(out, "MISMATCH", "the payload can cost more than the request says");
	return true;
}

bool
policy_judge(const struct policy *p, const struct policy_request *q, const struct tx *t,
	     const bool own[TX_PAYMENTS_MAX], struct policy_verdict *out)
{
	const struct tx_payment *pays = NULL;
	bool pay = !q->kind.ptr || span_is(q->kind, "pay");

	*out = (struct policy_verdict){.asset = POLICY_ASSETS_MAX};
	if (!judge_chain(p, q, t, out))
		return false;
	if (!pay && !span_is(q->kind, "child") && !span_is(q->kind, "cancel"))
		return no(out, "KIND", "neither pay, child nor cancel");
	for (size_t i = 0; i < t->payments_n; i++) {
		if (t->payments[i].payer.len == 0 &&
		    (own[i] || is_own(p, out->chain, &t->payments[i].to)))
			continue;
		if (pays)
			return no(out, "MISMATCH", "pays more than one");
		pays = &t->payments[i];
	}
	if (!pay)
		return !pays || no(out, "MISMATCH", "pays somebody, and is to pay nobody");
	if (!pays)
		return no(out, "MISMATCH", "pays nobody but ourselves");
	return judge_payment(p, q, pays, out);
}
