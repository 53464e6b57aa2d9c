/*
 * market_model: the market once more, slow and obvious: one symbol, an array of orders, a linear
 * search for everything, a copy of it all to find out what would happen. It shares no code with
 * src/match, and is what that is compared with.
 *
 * Prices and sizes are small whole numbers. What happens is written to `said`, one short line an
 * event.
 */
#ifndef TP_MARKET_MODEL_H
#define TP_MARKET_MODEL_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 model_wide;

#define MODEL_ORDERS 400
#define MODEL_PX_MAX 60

enum { M_BUY, M_SELL };
enum { M_LIMIT, M_MARKET, M_POST_ONLY, M_FOK, M_IOC };
enum { M_MAKER_GOES, M_TAKER_GOES, M_BOTH_GO };

struct model_order {
	bool live, waits, quote;
	int account, side, type, stp, by;
	int64_t px, open, shown, filled, display, trigger, expire;
	uint64_t place;	  /* in the queue */
	uint64_t arrival; /* as an order */
	char id[24];
};

struct model {
	struct model_order o[MODEL_ORDERS];
	uint64_t places, arrivals;
	int64_t ts, last, oracle; /* 0: none */
	int64_t band_percent;
	bool auction;
	int64_t base, quote, shares, fee; /* fee: millionths */
	int64_t held[8];
	char quote_ids[8][24];
	int triggered[MODEL_ORDERS], triggered_n;
	char said[1 << 16];
	size_t len;
	bool silent;
};

#define model_say(m, ...)                                                                      \
	do {                                                                                   \
		if (!(m)->silent)                                                              \
			(m)->len += (size_t)snprintf((m)->said + (m)->len,                     \
						     sizeof(m)->said - (m)->len, __VA_ARGS__); \
	} while (0)

static void
model_gone(struct model *m, int i, const char *why)
{
	struct model_order *o = &m->o[i];

	model_say(m, "done %d/%s %s %" PRId64 " %" PRId64 "\n", o->account, o->id, why, o->filled,
		  o->open);
	o->live = false;
}

static bool
model_acceptable(int side, int64_t limit, int64_t px)
{
	return side == M_BUY ? px <= limit : px >= limit;
}

/* The order on this side that is first in line, or -1. */
static int
model_first(const struct model *m, int side)
{
	int best = -1;

	for (int i = 0; i < MODEL_ORDERS; i++) {
		const struct model_order *o = &m->o[i], *b = &m->o[best < 0 ? 0 : best];

		if (!o->live || o->waits || o->side != side || o->shown == 0)
			continue;
		if (best < 0 || (o->px == b->px ? o->place < b->place
						: (side == M_BUY ? o->px > b->px : o->px < b->px)))
			best = i;
	}
	return best;
}

static void
model_price(struct model *m, int by)
{
	int found[MODEL_ORDERS], n = 0;
	int64_t px = by ? m->oracle : m->last;

	if (px == 0 || m->auction || m->silent)
		return;
	for (int i = 0; i < MODEL_ORDERS; i++) {
		struct model_order *o = &m->o[i];

		if (o->live && o->waits && o->by == by &&
		    (o->side == M_BUY ? px >= o->trigger : px <= o->trigger)) {
			o->waits = false; /* shown is 0: it is not in the book */
			found[n++] = i;
		}
	}
	while (n > 0) {
		int first = 0;

		for (int k = 1; k < n; k++)
			if (m->o[found[k]].arrival < m->o[found[first]].arrival)
				first = k;
		m->triggered[m->triggered_n++] = found[first];
		found[first] = found[--n];
	}
}

static int64_t
model_up(model_wide a, model_wide b)
{
	return (int64_t)((a + b - 1) / b);
}

/* What the pool asks (or gives) for d lots; -1 where its price behind that is past the limit. */
static int64_t
model_swap(const struct model *m, int side, int64_t d, int64_t limit, int64_t *fee)
{
	model_wide k = (model_wide)m->base * m->quote;
	int64_t y, net;

	if (side == M_BUY) {
		if (d >= m->base)
			return -1;
		y = model_up(k, m->base - d);
		if ((model_wide)y * 1000000 >
		    (model_wide)limit * (m->base - d) * (1000000 - m->fee))
			return -1;
		net = y - m->quote;
		*fee = model_up((model_wide)net * 1000000, 1000000 - m->fee) - net;
		return net + *fee;
	}
	*fee = model_up((model_wide)d * m->fee, 1000000);
	y = model_up(k, m->base + d - *fee);
	if ((model_wide)y * (1000000 - m->fee) < (model_wide)limit * (m->base + d - *fee) * 1000000)
		return -1;
	return m->quote - y;
}

static bool
model_pool(struct model *m, int i, int64_t limit, bool must_be_better)
{
	struct model_order *o = &m->o[i];
	int64_t d = 0, cost = 0, fee = 0, f, c;

	if (m->shares == 0)
		return false;
	while (d < o->open && (c = model_swap(m, o->side, d + 1, limit, &f)) >= 0) {
		d++;
		cost = c;
		fee = f;
	}
	if (d == 0 || cost == 0 || (o->side == M_BUY ? cost > limit * d : cost < limit * d) ||
	    (must_be_better && cost == limit * d))
		return false;
	m->base += o->side == M_BUY ? -d : d;
	m->quote += o->side == M_BUY ? cost : -cost;
	o->open -= d;
	o->filled += d;
	m->last = o->side == M_BUY ? model_up(cost, d) : cost / d;
	model_say(m, "pool %d/%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", o->account,
		  o->id, d, cost, fee, m->last);
	model_price(m, 0);
	return true;
}

static void
model_shows(struct model *m, int i)
{
	struct model_order *o = &m->o[i];

	o->shown = o->display && o->display < o->open ? o->display : o->open;
	o->place = ++m->places;
}

static void
model_fill(struct model *m, int taker, int maker, int64_t px, int64_t n)
{
	struct model_order *t = &m->o[taker], *k = &m->o[maker];

	t->open -= n;
	t->filled += n;
	k->open -= n;
	k->filled += n;
	k->shown -= n;
	m->last = px;
	model_say(m, "trade %d/%s %d/%s %" PRId64 " %" PRId64 "\n", t->account, t->id, k->account,
		  k->id, px, n);
	model_price(m, 0);
	if (k->open == 0)
		model_gone(m, maker, "filled");
	else if (k->shown == 0)
		model_shows(m, maker);
}

/* Returns false when the taker is gone by self-trade prevention. */
static bool
model_take(struct model *m, int i)
{
	struct model_order *o = &m->o[i];
	int64_t limit = o->px;

	if (limit == 0 && m->oracle && m->band_percent)
		limit = o->side == M_BUY ? m->oracle * (100 + m->band_percent) / 100
					 : (m->oracle * (100 - m->band_percent) + 99) / 100;
	else if (limit == 0)
		limit = o->side == M_BUY ? 999999999 : 1;
	if (limit == 0)
		limit = 1;
	while (o->open) {
		int k = model_first(m, !o->side);
		bool book = k >= 0 && model_acceptable(o->side, limit, m->o[k].px);

		if (model_pool(m, i, book ? m->o[k].px : limit, book))
			continue;
		if (!book)
			return true;
		if (o->account && o->account == m->o[k].account) {
			if (o->stp != M_TAKER_GOES)
				model_gone(m, k, "stp");
			if (o->stp != M_MAKER_GOES) {
				model_gone(m, i, "stp");
				return false;
			}
			continue;
		}
		model_fill(m, i, k, m->o[k].px, o->open < m->o[k].shown ? o->open : m->o[k].shown);
	}
	return true;
}

/* What would be left of it; -1: self-trade prevention would end it. */
static int64_t
model_would_leave(const struct model *m, int i)
{
	static struct model copy;

	memcpy(&copy, m, offsetof(struct model, said));
	copy.silent = true;
	copy.len = 0;
	return model_take(&copy, i) ? copy.o[i].open : -1;
}

static void
model_run(struct model *m, int i)
{
	struct model_order *o = &m->o[i];

	if (m->auction) {
		model_shows(m, i);
		return;
	}
	if (o->type == M_POST_ONLY && model_would_leave(m, i) != o->open) {
		model_gone(m, i, "post_only");
		return;
	}
	if (o->type == M_POST_ONLY) {
		/* own orders that were in the way and left nothing filled */
		int k = model_first(m, !o->side);

		if (k >= 0 && model_acceptable(o->side, o->px, m->o[k].px)) {
			model_gone(m, i, "post_only");
			return;
		}
	}
	if (o->type == M_FOK && model_would_leave(m, i) != 0) {
		model_gone(m, i, "fok");
		return;
	}
	if (!model_take(m, i))
		return;
	if (o->open == 0)
		model_gone(m, i, "filled");
	else if (o->type == M_LIMIT || o->type == M_POST_ONLY)
		model_shows(m, i);
	else
		model_gone(m, i,
			   o->type == M_MARKET && m->oracle && m->band_percent &&
				   model_first(m, !o->side) >= 0
			       ? "band"
			       : "unfilled");
}

static void
model_send(struct model *m, int i)
{
	if (m->o[i].trigger) {
		m->o[i].waits = true;
		m->o[i].shown = 0;
		model_price(m, m->o[i].by);
	} else {
		model_run(m, i);
	}
}

static void
model_run_stops(struct model *m)
{
	for (int k = 0; k < m->triggered_n; k++) {
		struct model_order *o = &m->o[m->triggered[k]];

		o->trigger = 0;
		model_say(m, "triggered %d/%s\n", o->account, o->id);
		model_run(m, m->triggered[k]);
	}
	m->triggered_n = 0;
}

static int
model_find(const struct model *m, int account, const char *id)
{
	for (int i = 0; i < MODEL_ORDERS; i++)
		if (m->o[i].live && m->o[i].account == account && strcmp(m->o[i].id, id) == 0)
			return i;
	return -1;
}

static void
model_advance(struct model *m, int64_t ts)
{
	if (ts > m->ts)
		m->ts = ts;
	for (;;) {
		int first = -1;

		for (int i = 0; i < MODEL_ORDERS; i++) {
			const struct model_order *o = &m->o[i], *f = &m->o[first < 0 ? 0 : first];

			if (o->live && o->expire && o->expire <= m->ts &&
			    (first < 0 || o->expire < f->expire ||
			     (o->expire == f->expire && o->arrival < f->arrival)))
				first = i;
		}
		if (first < 0)
			return;
		model_gone(m, first, "expired");
	}
}

static bool
model_in_band(const struct model *m, int64_t px)
{
	return !m->oracle || !m->band_percent ||
	       (px * 100 <= m->oracle * (100 + m->band_percent) &&
		px * 100 >= m->oracle * (100 - m->band_percent));
}

static void
model_reject(struct model *m, const char *why)
{
	model_say(m, "reject %s\n", why);
}

static void
model_place(struct model *m, const struct model_order *given)
{
	int i = 0;

	while (i < MODEL_ORDERS && m->o[i].live)
		i++;
	if (i == MODEL_ORDERS)
		abort();
	m->o[i] = *given;
	m->o[i].live = true;
	m->o[i].arrival = ++m->arrivals;
	model_say(m, "ack %d/%s %" PRId64 " %" PRId64 "\n", given->account, given->id, given->px,
		  given->open);
	model_send(m, i);
}

static void
model_order_line(struct model *m, const struct model_order *o, int64_t ts)
{
	model_advance(m, ts);
	if (o->display && ((o->type != M_LIMIT && o->type != M_POST_ONLY) || o->display > o->open))
		model_reject(m, "DISPLAY");
	else if (o->expire && o->expire <= m->ts)
		model_reject(m, "EXPIRED");
	else if (o->px && !model_in_band(m, o->px))
		model_reject(m, "BAND");
	else if (m->auction && o->type != M_LIMIT && !o->trigger)
		model_reject(m, "AUCTION");
	else if (model_find(m, o->account, o->id) >= 0)
		model_reject(m, "DUPLICATE_ID");
	else
		model_place(m, o);
}

static void
model_cancel_line(struct model *m, int account, const char *id, int64_t ts)
{
	int i;

	model_advance(m, ts);
	i = model_find(m, account, id);
	if (i < 0)
		model_reject(m, "NOT_FOUND");
	else
		model_gone(m, i, "user");
}

/* 0: that member is not there */
static void
model_amend_line(struct model *m, int account, const char *id, int64_t px, int64_t sz, int64_t ts)
{
	struct model_order *o;
	int i;

	model_advance(m, ts);
	i = model_find(m, account, id);
	if (i < 0) {
		model_reject(m, "NOT_FOUND");
		return;
	}
	o = &m->o[i];
	if (px && o->px == 0) {
		model_reject(m, "PX");
		return;
	}
	if (px && !model_in_band(m, px)) {
		model_reject(m, "BAND");
		return;
	}
	px = px ? px : o->px;
	sz = sz ? sz : o->open;
	model_say(m, "amended %d/%s %" PRId64 " %" PRId64 "\n", account, id, px, sz);
	if (px == o->px && sz <= o->open) {
		o->open = sz;
		if (o->shown > sz)
			o->shown = sz;
		return;
	}
	o->px = px;
	o->open = sz;
	o->shown = 0;
	o->arrival = ++m->arrivals;
	model_send(m, i);
}

static void
model_mass_cancel_line(struct model *m, int account)
{
	int n = 0;

	for (;;) {
		int first = -1;

		for (int i = 0; i < MODEL_ORDERS; i++)
			if (m->o[i].live && (account == 0 || m->o[i].account == account) &&
			    (first < 0 || m->o[i].arrival < m->o[first].arrival))
				first = i;
		if (first < 0)
			break;
		model_gone(m, first, "mass_cancel");
		n++;
	}
	model_say(m, "mass_cancel %d\n", n);
}

/* One price a side, or none (0). */
static void
model_quote_line(struct model *m, int account, const char *id, const int64_t px[2], int64_t sz,
		 int64_t ts)
{
	static const char *const names[2] = {":b1", ":a1"};
	char name[24];

	model_advance(m, ts);
	for (int s = 0; s < 2; s++)
		if (px[s] && !model_in_band(m, px[s])) {
			model_reject(m, "BAND");
			return;
		}
	if (px[0] && px[1] && px[0] >= px[1]) {
		model_reject(m, "QUOTE");
		return;
	}
	model_say(m, "quote\n");
	for (int s = 0; s < 2; s++) {
		int i;

		snprintf(name, sizeof name, "%.16s%s", m->quote_ids[account], names[s]);
		i = model_find(m, account, name);
		if (i >= 0 && m->o[i].quote)
			model_gone(m, i, "replaced");
	}
	snprintf(m->quote_ids[account], sizeof m->quote_ids[account], "%s", id);
	for (int s = 0; s < 2; s++) {
		struct model_order o = {.account = account,
					.side = s,
					.type = M_POST_ONLY,
					.quote = true,
					.px = px[s],
					.open = sz};

		if (px[s] == 0)
			continue;
		snprintf(o.id, sizeof o.id, "%.16s%s", id, names[s]);
		model_place(m, &o);
	}
}

static void
model_oracle_line(struct model *m, int64_t px, int64_t ts)
{
	model_advance(m, ts);
	m->oracle = px;
	model_say(m, "price\n");
	model_price(m, 1);
}

/* Resting orders that the pool would fill. */
static void
model_sweep(struct model *m)
{
	for (int side = 0; side < 2 && !m->auction; side++)
		for (int i; (i = model_first(m, side)) >= 0;) {
			struct model_order *o = &m->o[i];

			if (!model_pool(m, i, o->px, false))
				break;
			if (o->shown > o->open)
				o->shown = o->open;
			if (o->open == 0)
				model_gone(m, i, "filled");
		}
}

static void
model_add_line(struct model *m, int account, int64_t base, int64_t quote, int64_t ts)
{
	int64_t by_base, by_quote, n = 0;

	model_advance(m, ts);
	if (m->shares == 0) {
		while ((n + 1) * (n + 1) <= base * quote)
			n++;
		m->fee = 3000;
	} else {
		by_base = base * m->shares / m->base;
		by_quote = quote * m->shares / m->quote;
		n = by_base < by_quote ? by_base : by_quote;
		if (n == 0) {
			model_reject(m, "LIQUIDITY");
			return;
		}
		base = model_up((model_wide)n * m->base, m->shares);
		quote = model_up((model_wide)n * m->quote, m->shares);
	}
	m->base += base;
	m->quote += quote;
	m->shares += n;
	m->held[account] += n;
	model_say(m, "liquidity %" PRId64 " %" PRId64 " %" PRId64 "\n", base, quote, n);
	model_sweep(m);
}

static void
model_remove_line(struct model *m, int account, int64_t n, int64_t ts)
{
	int64_t base, quote;

	model_advance(m, ts);
	if (n > m->held[account] || m->shares == 0) {
		model_reject(m, "LIQUIDITY");
		return;
	}
	base = n * m->base / m->shares;
	quote = n * m->quote / m->shares;
	if (n != m->shares && (base == m->base || quote == m->quote)) {
		model_reject(m, "LIQUIDITY");
		return;
	}
	m->base -= base;
	m->quote -= quote;
	m->shares -= n;
	m->held[account] -= n;
	model_say(m, "liquidity %" PRId64 " %" PRId64 " %" PRId64 "\n", base, quote, n);
	model_sweep(m);
}

/* What could be traded at px, and what would be left over. */
static int64_t
model_volume(const struct model *m, int64_t px, int64_t *left)
{
	int64_t bids = 0, asks = 0;

	for (int i = 0; i < MODEL_ORDERS; i++) {
		const struct model_order *o = &m->o[i];

		if (!o->live || o->waits)
			continue;
		if (o->side == M_BUY && o->px >= px)
			bids += o->open;
		if (o->side == M_SELL && o->px <= px)
			asks += o->open;
	}
	*left = bids > asks ? bids - asks : asks - bids;
	return bids < asks ? bids : asks;
}

static int64_t
model_auction_px(const struct model *m, int64_t *volume)
{
	int64_t best = 0, best_left = 0, low = 0, high = 0, reference = 0;

	*volume = 0;
	for (int64_t px = 1; px <= MODEL_PX_MAX; px++) {
		int64_t left, v = model_volume(m, px, &left);

		if (v == 0 || v < *volume || (v == *volume && left > best_left))
			continue;
		if (v > *volume || left < best_left)
			low = px;
		high = px;
		*volume = v;
		best_left = left;
	}
	reference = m->oracle ? m->oracle : m->last ? m->last : low + (high - low) / 2;
	for (int64_t px = low; px <= high; px++)
		if (best == 0 || llabs(px - reference) < llabs(best - reference))
			best = px;
	return best;
}

static void
model_uncross(struct model *m)
{
	int b, a;

	do {
		int64_t volume, px = model_auction_px(m, &volume);

		model_say(m, "auction %" PRId64 " %" PRId64 "\n", volume ? px : 0, volume);
		while (volume && (b = model_first(m, M_BUY)) >= 0 &&
		       (a = model_first(m, M_SELL)) >= 0 && m->o[b].px >= px && m->o[a].px <= px) {
			int t = m->o[b].arrival > m->o[a].arrival ? b : a, k = t == b ? a : b;
			int64_t n = m->o[t].shown < m->o[k].shown ? m->o[t].shown : m->o[k].shown;

			if (m->o[t].account && m->o[t].account == m->o[k].account) {
				int stp = m->o[t].stp;

				if (stp != M_TAKER_GOES)
					model_gone(m, k, "stp");
				if (stp != M_MAKER_GOES)
					model_gone(m, t, "stp");
				continue;
			}
			m->o[t].shown -= n;
			model_fill(m, t, k, px, n);
			if (m->o[t].open == 0)
				model_gone(m, t, "filled");
			else if (m->o[t].shown == 0)
				model_shows(m, t);
		}
		b = model_first(m, M_BUY);
		a = model_first(m, M_SELL);
	} while (b >= 0 && a >= 0 && m->o[b].px >= m->o[a].px);
}

static void
model_auction_line(struct model *m, bool opens, int64_t ts)
{
	model_advance(m, ts);
	if (opens == m->auction) {
		model_reject(m, "PHASE");
		return;
	}
	if (opens) {
		m->auction = true;
		model_say(m, "auction 0 0\n");
		return;
	}
	model_uncross(m);
	m->auction = false;
	model_sweep(m);
	model_price(m, 0);
	model_price(m, 1);
}

#endif
