#include "orders.h"

#include "check.h"

#include <stdlib.h>

const struct record_field orders_fields[ORDERS_FIELDS] = {
    [ORDERS_TYPE] = {"type", RECORD_STRING}, [ORDERS_ACCOUNT] = {"account", RECORD_STRING},
    [ORDERS_ID] = {"id", RECORD_STRING},     [ORDERS_SYMBOL] = {"symbol", RECORD_STRING},
    [ORDERS_SIDE] = {"side", RECORD_STRING}, [ORDERS_PX] = {"px", RECORD_STRING},
    [ORDERS_SZ] = {"sz", RECORD_STRING},     [ORDERS_BIDS] = {"bids", RECORD_ANY},
    [ORDERS_ASKS] = {"asks", RECORD_ANY},
};

const struct record_field orders_fields_bare[ORDERS_FIELDS] = {
    [ORDERS_TYPE] = {"type", RECORD_STRING}, [ORDERS_ACCOUNT] = {"account", RECORD_STRING},
    [ORDERS_ID] = {"id", RECORD_STRING},     [ORDERS_SYMBOL] = {"symbol", RECORD_STRING},
    [ORDERS_SIDE] = {"side", RECORD_STRING}, [ORDERS_PX] = {"px", RECORD_ANY},
    [ORDERS_SZ] = {"sz", RECORD_ANY},	     [ORDERS_BIDS] = {"bids", RECORD_ANY},
    [ORDERS_ASKS] = {"asks", RECORD_ANY},
};

/* ---- the address book ---- */

static struct orders_account *
account_of(struct orders_book *b, struct span name)
{
	uint64_t i;

	if (keymap_find(&b->accounts, name, &i))
		return &b->list[i];
	if (b->n == b->cap) {
		struct orders_account *more;

		b->cap = b->cap ? 2 * b->cap : 64;
		more = realloc(b->list, b->cap * sizeof *more);
		CHECK(more);
		b->list = more;
	}
	if (!keymap_put(&b->accounts, name, b->n))
		return NULL;
	b->list[b->n] = (struct orders_account){0};
	return &b->list[b->n++];
}

static bool
add_address(struct orders_book *b, struct orders_account *a, struct orders_address one)
{
	for (uint32_t i = a->first; i; i = b->addresses[i].next) {
		struct orders_address *old = &b->addresses[i];

		if (span_equal(old->asset, one.asset) && span_equal(old->chain, one.chain)) {
			old->address = one.address;
			return true;
		}
	}
	if (b->addresses_n + 1 >= b->addresses_cap) {
		struct orders_address *more;

		b->addresses_cap = b->addresses_cap ? 2 * b->addresses_cap : 64;
		more = realloc(b->addresses, b->addresses_cap * sizeof *more);
		CHECK(more);
		b->addresses = more;
	}
	if (b->addresses_n == ORDERS_ADDRESSES_MAX)
		return false;
	b->addresses[++b->addresses_n] = one;
	if (a->last)
		b->addresses[a->last].next = (uint32_t)b->addresses_n;
	else
		a->first = (uint32_t)b->addresses_n;
	a->last = (uint32_t)b->addresses_n;
	return true;
}

static const char *
take_line(struct orders_book *b, struct span line)
{
	enum { TYPE, ACCOUNT, ASSET, CHAIN, ADDRESS, HOUSE, N };
	static const char *const names[N] = {"type",  "account", "asset",
					     "chain", "address", "house"};
	struct orders_account *a;
	struct orders_address one = {0};
	struct span m[N], type, name;

	if (json_check(line, NULL) != JSON_OK || json_type(json_trim(line)) != JSON_OBJECT)
		return "no JSON object";
	if (!json_pick(json_trim(line), names, N, m, NULL))
		return "a member that stands twice";
	if (!m[TYPE].ptr || !json_plain(m[TYPE], &type) || !span_is(type, "address"))
		return NULL;
	if (!m[ACCOUNT].ptr || !json_plain(m[ACCOUNT], &name) || name.len == 0)
		return "an address without an account";
	a = account_of(b, name);
	if (!a)
		return "more accounts than 1048576";
	if (m[HOUSE].ptr && span_is(m[HOUSE], "true")) {
		a->house = true;
		return NULL;
	}
	if (!m[ASSET].ptr || !json_plain(m[ASSET], &one.asset) || !m[CHAIN].ptr ||
	    !json_plain(m[CHAIN], &one.chain) || !m[ADDRESS].ptr ||
	    !json_plain(m[ADDRESS], &one.address))
		return "an address wants asset, chain and address, or house";
	return add_address(b, a, one) ? NULL : "more addresses than 4194304";
}

bool
orders_book_read(struct orders_book *b, struct span text, const uint64_t secret[2])
{
	uint64_t number = 0;

	*b = (struct orders_book){0};
	keymap_init(&b->accounts, ORDERS_ACCOUNTS_MAX, secret);
	while (text.len && !b->fault) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t n = end ? (size_t)(end - text.ptr) : text.len;
		struct span line = {text.ptr, n};

		number++;
		text.ptr += n + (end != NULL);
		text.len -= n + (end != NULL);
		if (json_trim(line).len)
			b->fault = take_line(b, line);
	}
	b->fault_line = number;
	return !b->fault;
}

void
orders_book_release(struct orders_book *b)
{
	keymap_release(&b->accounts);
	free(b->list);
	free(b->addresses);
	*b = (struct orders_book){0};
}

void
orders_book_mark(struct orders_book *b,
		 const char *(*listed)(const void *context, struct span address),
		 const void *context)
{
	for (size_t k = 0; k < b->n; k++) {
		struct orders_account *a = &b->list[k];

		a->list = NULL;
		for (uint32_t i = a->first; i && !a->list; i = b->addresses[i].next)
			a->list = listed(context, b->addresses[i].address);
	}
}

/* ---- amounts ---- */

/* The assets of a symbol BASE-QUOTE, and the chain that one such as BTC-USDC.eth names. */
static bool
split_symbol(struct span symbol, struct span *base, struct span *quote, struct span *chain)
{
	size_t i = 0, k;

	while (i < symbol.len && symbol.ptr[i] != '-')
		i++;
	if (i == 0 || i + 1 >= symbol.len)
		return false;
	for (k = i + 1; k < symbol.len && symbol.ptr[k] != '.'; k++)
		;
	*base = (struct span){symbol.ptr, i};
	*quote = (struct span){symbol.ptr + i + 1, k - i - 1};
	*chain = k < symbol.len ? (struct span){symbol.ptr + k + 1, symbol.len - k - 1}
				: (struct span){0};
	return quote->len > 0;
}

/* A price or size: a string, or a bare number. */
static bool
number_of(struct span value, struct decimal *out)
{
	struct span text = value;

	if (!value.ptr || (value.len && value.ptr[0] == '"' && !json_plain(value, &text)))
		return false;
	return decimal_parse(text, out) == DECIMAL_OK;
}

/* Is it more than a limit in base units? decimal_compare() looks for the shortest form of both
 * first, which takes longer than all else here. */
static bool
is_above(struct decimal amount, units_int max, uint64_t decimals)
{
	units_int coef = amount.coef < 0 ? 0 : (units_int)amount.coef;
	uint64_t shift =
	    decimals > amount.scale ? decimals - amount.scale : amount.scale - decimals;

	for (; shift; shift--) {
		if (decimals > amount.scale && !units_multiply(coef, 10, &coef))
			return true;
		if (decimals < amount.scale && !units_multiply(max, 10, &max))
			return false;
	}
	return coef > max;
}

/* NULL, or a code. chain: where it is paid; without one, the highest limit of all chains. */
static const char *
judge_amount(const struct limits *l, struct span asset, struct span chain, struct decimal amount)
{
	const char *code = "UNLISTED";

	for (size_t i = 0; i < l->n; i++) {
		const struct limit *one = &l->list[i];

		if (!span_equal(one->asset, asset) || (chain.ptr && !span_equal(one->chain, chain)))
			continue;
		if (is_above(amount, one->tx_max, one->decimals))
			code = "LIMIT";
		else if (is_above(amount, one->day_max, one->decimals))
			code = "DAILY_LIMIT";
		else
			return NULL;
	}
	return code;
}

struct terms {
	const struct limits *limits;
	struct span base, quote;
	struct span base_chain, quote_chain; /* where the account would get it */
};

/* A price, or none, and a size. */
static const char *
judge_size(const struct terms *t, struct span px, struct span sz)
{
	struct decimal price, size, worth;
	const char *code;

	/* what is no number is match's to reject, and an amend may have none */
	if (!number_of(sz, &size))
		return NULL;
	code = judge_amount(t->limits, t->base, t->base_chain, size);
	if (code || !number_of(px, &price))
		return code;
	if (decimal_multiply(price, size, &worth) != DECIMAL_OK)
		return "LIMIT";
	return judge_amount(t->limits, t->quote, t->quote_chain, worth);
}

/* [[px,sz],...] of a quote. */
static const char *
judge_levels(const struct terms *t, struct span levels)
{
	struct json_walk w, pair;
	struct span one, px = {0}, sz = {0};
	const char *code = NULL;

	if (!levels.ptr || json_type(levels) != JSON_ARRAY)
		return NULL;
	w = json_walk(levels);
	while (!code && json_next_element(&w, &one)) {
		if (json_type(one) != JSON_ARRAY)
			continue;
		pair = json_walk(one);
		if (json_next_element(&pair, &px) && json_next_element(&pair, &sz))
			code = judge_size(t, px, sz);
	}
	return code;
}

/* ---- the verdict ---- */

/* Where an account gets an asset: on the chain that the symbol names, if it has an address there,
 * else on the one that was given first. */
static bool
chain_of(const struct orders_book *b, const struct orders_account *a, struct span asset,
	 struct span wanted, struct span *chain)
{
	bool found = false;

	for (uint32_t i = a->first; i; i = b->addresses[i].next) {
		const struct orders_address *one = &b->addresses[i];

		if (!span_equal(one->asset, asset))
			continue;
		if (!found || span_equal(one->chain, wanted))
			*chain = one->chain;
		found = true;
	}
	return found;
}

static struct orders_verdict
refuse(const char *code, const char *why)
{
	return (struct orders_verdict){.looked_at = true, .code = code, .why = why};
}

static struct orders_verdict
judge_order(const struct orders_book *b, const struct limits *l, const struct orders_account *a,
	    const struct span m[ORDERS_FIELDS], bool order)
{
	struct terms t = {.limits = l};
	struct span wanted;
	const char *code;
	bool buy = m[ORDERS_SIDE].ptr && span_is(m[ORDERS_SIDE], "buy");

	if (!m[ORDERS_SYMBOL].ptr || !split_symbol(m[ORDERS_SYMBOL], &t.base, &t.quote, &wanted))
		return refuse("SYMBOL", "a symbol is BASE-QUOTE");
	if (order && !a->house && m[ORDERS_SIDE].ptr &&
	    !chain_of(b, a, buy ? t.base : t.quote, wanted, buy ? &t.base_chain : &t.quote_chain))
		return refuse("NO_ADDRESS", "the account has no address for what it would get");
	code = judge_size(&t, m[ORDERS_PX], m[ORDERS_SZ]);
	if (!code)
		code = judge_levels(&t, m[ORDERS_BIDS]);
	if (!code)
		code = judge_levels(&t, m[ORDERS_ASKS]);
	if (!code)
		return (struct orders_verdict){.looked_at = true};
	return refuse(code, strcmp(code, "UNLISTED") == 0 ? "no limit allows this asset"
							  : "more than may be paid at once");
}

/* What can lead to a trade; cancels, prices, symbols and the like cannot. */
static bool
is_watched(struct span type)
{
	static const char *const types[] = {"order",	  "amend",     "quote",	   "rfq",
					    "rfq_accept", "rfq_quote", "liquidity"};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (span_is(type, types[i]))
			return true;
	}
	return false;
}

struct orders_verdict
orders_judge(const struct orders_book *b, const struct limits *l,
	     const struct span m[ORDERS_FIELDS])
{
	const struct orders_account *a;
	struct orders_verdict v;
	uint64_t i;

	if (!m[ORDERS_TYPE].ptr || !is_watched(m[ORDERS_TYPE]))
		return (struct orders_verdict){0};
	if (!m[ORDERS_ACCOUNT].ptr || !keymap_find(&b->accounts, m[ORDERS_ACCOUNT], &i))
		return refuse("NO_ADDRESS", "the account is not in the address book");
	a = &b->list[i];
	if (a->list) {
		v = refuse("BLOCKED", "an address of the account stands on a block list");
		v.list = a->list;
		return v;
	}
	return judge_order(b, l, a, m, span_is(m[ORDERS_TYPE], "order"));
}
