#include "exposure.h"
#include "gate_parts.h"

static const struct decimal zero;

static const struct decimal *
limit_of(const struct gate *g, const struct account *account, struct span asset)
{
	for (size_t i = 0; account && i < account->limit_n; i++)
		if (span_equal(account->limits[i].asset, asset))
			return &account->limits[i].amount;
	for (size_t i = 0; i < g->options.limit_n; i++)
		if (span_equal(g->options.limits[i].asset, asset))
			return &g->options.limits[i].amount;
	return NULL;
}

static enum refusal
refuse(enum refusal r, const char **why, const char *text)
{
	*why = text;
	return r;
}

/* What a message would add to its account. What is not there yet is made only when it is let in. */
struct wish {
	size_t account;		    /* GATE_NONE: a new one */
	struct holding base, quote; /* as they are now */
	bool buy;
	struct gate_order *order; /* of an amend, where it is known */
	struct decimal more_base, more_quote;
	struct decimal hold_base, hold_quote; /* for the order, in all */
};

static struct decimal
larger(struct decimal a, struct decimal b)
{
	return decimal_compare(a, b) > 0 ? a : b;
}

/* An amend leaves out what it does not change. Without a memory of its order it counts in full. */
static enum decimal_error
wish_sums(struct wish *w, const struct incoming *m)
{
	const struct gate_order *o = w->order;
	bool has_px = m->has_px || (o && o->has_px);
	struct decimal px = m->has_px ? m->px : o ? o->px : zero;
	struct decimal sz = m->has_sz ? m->sz : o ? o->left : zero;
	enum decimal_error e =
	    exposure_need(has_px ? &px : NULL, sz, &w->hold_base, &w->hold_quote);

	if (e != DECIMAL_OK)
		return e;
	if (o) {
		w->hold_base = larger(w->hold_base, o->held_base);
		w->hold_quote = larger(w->hold_quote, o->held_quote);
	}
	e = decimal_subtract(w->hold_base, o ? o->held_base : zero, &w->more_base);
	return e == DECIMAL_OK
		   ? decimal_subtract(w->hold_quote, o ? o->held_quote : zero, &w->more_quote)
		   : e;
}

/* Into w what the account holds of both; false when it has no room for those that are new. */
static bool
read_holdings(const struct gate_account *a, const struct incoming *m, struct wish *w)
{
	size_t base = gate_holding_find(a, m->base), quote = gate_holding_find(a, m->quote);
	size_t more = base == GATE_NONE;

	more += quote == GATE_NONE && !span_equal(m->base, m->quote);
	if (base != GATE_NONE)
		w->base = a->holdings[base];
	if (quote != GATE_NONE)
		w->quote = a->holdings[quote];
	return a->holding_n + more <= GATE_ASSETS_MAX;
}

static enum refusal
read_wish(struct gate *g, const struct incoming *m, struct wish *w, const char **why)
{
	*w = (struct wish){.account = gate_account_find(g, m->account), .buy = m->buy};
	if (w->account == GATE_NONE ? g->account_n == GATE_ACCOUNTS_MAX
				    : !read_holdings(&g->accounts[w->account], m, w))
		return refuse(REFUSAL_BUSY, why, "too many accounts, or assets for one account");
	if (g->options.releases)
		w->order = gate_order_find(g, w->account, m->symbol, m->id);
	if (w->order && m->kind == INCOMING_ORDER)
		return refuse(REFUSAL_DUPLICATE_ID, why,
			      "an order of that id is open, as far as is known");
	if (w->order)
		w->buy = w->order->buy;
	if (wish_sums(w, m) != DECIMAL_OK)
		return refuse(REFUSAL_TOO_LARGE, why, "px times sz has more than 38 digits");
	return REFUSAL_NONE;
}

/* An amend of an order that is gone will be rejected by match: it asks for nothing. */
static bool
asks_nothing(const struct gate *g, const struct incoming *m, const struct wish *w)
{
	return m->kind == INCOMING_AMEND && g->options.releases && !w->order;
}

static enum refusal
check_limits(const struct gate *g, const struct account *account, const struct incoming *m,
	     const struct wish *w, const char **why)
{
	const struct decimal *base = limit_of(g, account, m->base);
	const struct decimal *quote = limit_of(g, account, m->quote);
	bool fits_base, fits_quote;

	if (w->base.broken || w->quote.broken ||
	    exposure_within(&w->base, w->buy, w->more_base, base, &fits_base) != DECIMAL_OK ||
	    exposure_within(&w->quote, !w->buy, w->more_quote, quote, &fits_quote) != DECIMAL_OK)
		return refuse(REFUSAL_TOO_LARGE, why,
			      "the account's sums have more than 38 digits");
	if (!fits_base)
		return refuse(REFUSAL_LIMIT, why, "over the account's limit of the base asset");
	if (quote && m->kind == INCOMING_ORDER && !m->has_px)
		return refuse(REFUSAL_LIMIT, why,
			      "the quote asset is limited, and an order without px has no bound");
	if (!fits_quote)
		return refuse(REFUSAL_LIMIT, why, "over the account's limit of the quote asset");
	return REFUSAL_NONE;
}

static enum refusal
apply_wish(struct gate *g, const struct incoming *m, const struct wish *w, const char **why)
{
	size_t account, base, quote;
	struct gate_order *o = w->order;
	struct gate_account *a;

	if (!gate_account_make(g, m->account, &account))
		return refuse(REFUSAL_BUSY, why, "no memory");
	a = &g->accounts[account];
	if (!gate_holding_make(a, m->base, &base) || !gate_holding_make(a, m->quote, &quote))
		return refuse(REFUSAL_BUSY, why, "no memory");
	if (!g->options.releases) {
		exposure_hold(&a->holdings[base], w->buy, w->more_base);
		exposure_hold(&a->holdings[quote], !w->buy, w->more_quote);
		return REFUSAL_NONE;
	}
	if (!o) {
		o = gate_order_open(g, account, m->symbol, m->id);
		if (!o)
			return refuse(REFUSAL_BUSY, why, "too many open orders");
		*o = (struct gate_order){.account = account,
					 .base = base,
					 .quote = quote,
					 .buy = w->buy,
					 .has_px = m->has_px,
					 .px = m->px,
					 .left = m->sz};
	}
	o->unanswered++;
	gate_order_hold(g, o, w->hold_base, w->hold_quote);
	return REFUSAL_NONE;
}

enum refusal
gate_expose(struct gate *g, const struct account *account, bool limited, const struct incoming *m,
	    const char **why)
{
	struct wish w;
	enum refusal r;

	if (!g->options.track || m->kind == INCOMING_CANCEL || m->kind == INCOMING_OTHER)
		return REFUSAL_NONE;
	r = read_wish(g, m, &w, why);
	if (r != REFUSAL_NONE || asks_nothing(g, m, &w))
		return r;
	if (limited)
		r = check_limits(g, account, m, &w, why);
	return r != REFUSAL_NONE ? r : apply_wish(g, m, &w, why);
}
