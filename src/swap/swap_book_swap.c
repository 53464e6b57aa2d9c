/* swap_book_swap: swaps and their legs as they come into the book; when a swap is over, and what
 * was carried then. */
#include "check.h"
#include "json.h"
#include "swap_book_parts.h"

#include <stdlib.h>

/* ---- carried amounts ---- */

static decimal_int *
purse_of_leg(struct swap_book *b, const struct leg *l)
{
	return book_purse_of(b, span_of(l->account), span_of(l->asset), span_of(l->chain));
}

/* What was too little to pay goes into the account's purse when the other side of its trade has
 * been paid, as if it had been paid then: not before, for the other side may yet fail. */
void
book_credit_carried(struct swap_book *b, struct swap *s)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (!s->legs[i]->of && s->legs[i]->status != LEG_CONFIRMED &&
		    s->legs[i]->status != LEG_CARRIED && s->legs[i]->status != LEG_HOUSE)
			return;
	for (size_t i = 0; i < s->legs_n; i++) {
		struct leg *l = s->legs[i];

		if (l->status == LEG_CARRIED && !l->credited && !b->restoring)
			*purse_of_leg(b, l) += l->units;
		l->credited = true;
	}
}

/* ---- legs ---- */

static const char *
read_leg(const struct swap_book *b, const struct swap *s, struct span object, struct leg *l)
{
	struct span status, purse;

	if (!book_get_copy(object, "leg", &l->id) ||
	    !book_get_copy(object, "orderId", &l->order_id) ||
	    !book_get_copy(object, "account", &l->account) ||
	    !book_get_copy(object, "chain", &l->chain) ||
	    !book_get_copy(object, "asset", &l->asset) || !book_get_copy(object, "to", &l->to) ||
	    !book_get_copy(object, "payer", &l->payer) || !book_get_copy(object, "of", &l->of) ||
	    !book_get_copy(object, "direction", &l->direction) ||
	    !book_get_copy(object, "amount", &l->amount) ||
	    !book_get_text(object, "status", &status) || !book_get_text(object, "purse", &purse))
		return "a leg's members are strings";
	if (!l->id || !l->account || !l->chain || !l->asset || !l->amount || !l->direction ||
	    !book_fits(span_of(l->account), span_of(l->asset), span_of(l->chain)) ||
	    !leg_status_of(status, &l->status) || !base_units_parse(span_of(l->amount), &l->units))
		return "a leg wants leg, account, chain, asset, amount, direction and status";
	if (purse.ptr && (!base_units_parse(purse, &l->purse) || l->purse > l->units))
		return "more was carried than is paid";
	if (l->purse && !b->restoring &&
	    l->purse >
		swap_book_carried(b, span_of(l->account), span_of(l->asset), span_of(l->chain)))
		return "more was carried than was in the purse";
	if (s->legs_n == SWAP_LEGS_MAX || swap_book_leg(b, span_of(l->id)))
		return "a leg too many";
	return NULL;
}

static const char *
take_leg(struct swap_book *b, struct swap *s, struct span object)
{
	struct leg *l = calloc(1, sizeof *l);
	const char *why;

	CHECK(l);
	why = read_leg(b, s, object, l);
	if (why) {
		leg_free(l);
		return why;
	}
	l->swap = s;
	l->since_us = s->ts;
	s->legs[s->legs_n++] = l;
	b->legs = heap_grown(b->legs, b->legs_n, &b->legs_cap, sizeof *b->legs);
	b->legs[b->legs_n] = l;
	CHECK(keymap_put(&b->leg_names, span_of(l->id), b->legs_n++));
	if (l->purse && !b->restoring)
		*purse_of_leg(b, l) -= l->purse;
	return NULL;
}

/* Not while one has been paid and the other has failed: somebody has to see to that. */
void
book_look_whether_over(struct swap *s)
{
	bool paid = false, failed = false;

	s->over = s->legs_n > 0;
	for (size_t i = 0; i < s->legs_n; i++) {
		s->over = s->over && leg_over(s->legs[i]);
		paid = paid || (!s->legs[i]->of && s->legs[i]->status == LEG_CONFIRMED);
		failed = failed || (!s->legs[i]->of && s->legs[i]->status == LEG_FAILED);
	}
	if (paid && failed)
		s->over = false;
}

static const char *
take_legs(struct swap_book *b, struct swap *s, struct span line)
{
	struct span legs, leg;
	struct json_walk w;

	if (!json_find(line, "legs", &legs) || json_type(legs) != JSON_ARRAY)
		return "a swap has legs";
	w = json_walk(legs);
	while (json_next_element(&w, &leg)) {
		const char *why =
		    json_type(leg) == JSON_OBJECT ? take_leg(b, s, leg) : "a leg is an object";

		if (why)
			return why;
	}
	book_look_whether_over(s);
	book_credit_carried(b, s);
	return NULL;
}

/* ---- swaps ---- */

static const char *
read_swap(const struct swap_book *b, struct span line, struct swap *s)
{
	struct span trade;

	if (!book_get_copy(line, "swap", &s->id) || !book_get_copy(line, "matchId", &s->match_id) ||
	    !book_get_copy(line, "symbol", &s->symbol) ||
	    !book_get_copy(line, "digest", &s->digest) || !s->id || !s->digest ||
	    !book_get(line, "trade", JSON_OBJECT, &trade))
		return "a swap wants swap and digest, and strings";
	if (swap_book_swap(b, span_of(s->id)) || settled_has(&b->settled, span_of(s->id)))
		return "a swap stands there twice";
	s->trade = heap_copy(trade);
	s->ts = (int64_t)book_get_number(line, "ts");
	return NULL;
}

const char *
book_apply_swap(struct swap_book *b, struct span line)
{
	struct swap *s = calloc(1, sizeof *s);
	const char *why;

	CHECK(s);
	why = read_swap(b, line, s);
	if (why) {
		swap_free(s);
		return why;
	}
	b->swaps = heap_grown(b->swaps, b->swaps_n, &b->swaps_cap, sizeof *b->swaps);
	b->swaps[b->swaps_n] = s;
	CHECK(keymap_put(&b->swap_names, span_of(s->id), b->swaps_n++));
	buf_init(&s->kept, SWAP_KEPT_MAX);
	s->number = ++b->numbers;
	b->touched = s;
	return take_legs(b, s, line);
}

/* Legs that join their swap: refunds, or what an address was missing for. */
const char *
book_apply_legs(struct swap_book *b, struct span line)
{
	struct span id;
	struct swap *s = book_get_text(line, "swap", &id) && id.ptr ? swap_book_swap(b, id) : NULL;

	b->touched = s;
	return s ? take_legs(b, s, line) : "legs of no swap";
}
