#include "publics.h"

#include <inttypes.h>
#include <stdio.h>

void
publics_time(struct answering *a)
{
	char row[48];

	snprintf(row, sizeof row, "{\"ts\":\"%" PRId64 "\"}", a->request->clock_ms);
	reply_open(a->reply);
	reply_row(a->reply, span_of(row));
	reply_close(a->reply);
}

/* ---- instruments ---- */

void
publics_instruments(struct answering *a)
{
	const struct table *t = &a->replay->instruments;
	struct span type, id = query_get(&a->query, "instId"),
			  family = query_get(&a->query, "instFamily"),
			  underlying = query_get(&a->query, "uly");

	if (!get_needed(a, "instType", &type) || !get_word(a, "instType", INST_TYPES, &type))
		return;
	if (span_is(type, "OPTION") && !family.ptr && !underlying.ptr) {
		refuse(a, "50015", "uly or instFamily");
		return;
	}
	reply_open(a->reply);
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];

		if (!replay_is_live(r, a->request->ledger_ms) ||
		    !span_equal(row_member(r, "instType"), type) ||
		    (id.ptr && !span_equal(row_member(r, "instId"), id)) ||
		    (family.ptr && !span_equal(row_member(r, "instFamily"), family)) ||
		    (underlying.ptr && !span_equal(row_member(r, "uly"), underlying)))
			continue;
		reply_row(a->reply, row_text(r));
	}
	if (id.ptr && a->reply->body.ptr[a->reply->body.len - 1] == '[') {
		refuse(a, "51001", "");
		return;
	}
	reply_close(a->reply);
}

/* ---- trades ---- */

/* The trades of instId, or a refusal; an instrument may have none. */
static bool
find_trades(struct answering *a, const struct table **trades)
{
	static const struct table none = {.kind = ROW_TRADE};
	const struct tape *tape;
	struct span id;

	if (!get_needed(a, "instId", &id))
		return false;
	tape = replay_tape(a->replay, id);
	*trades = tape ? &tape->trades : &none;
	return tape || replay_instrument(a->replay, id) || refuse(a, "51001", "");
}

static void
serve_trades(struct answering *a, const struct table *t, const struct paging *p, int64_t kept_ms)
{
	size_t n = 0, dropped = mischief_dropped_rows(&a->met);

	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];
		int64_t age_ms = a->request->ledger_ms - r->at_ms;

		if (age_ms < 0 || age_ms > kept_ms)
			continue;
		if (dropped)
			dropped--;
		else if (paging_admits(p, r))
			a->picked[n++] = r;
	}
	reply_page(a, p, n);
}

void
publics_trades(struct answering *a)
{
	struct paging paging = {0};
	const struct table *trades;

	if (find_trades(a, &trades) && get_limit(a, 100, 500, &paging.limit))
		serve_trades(a, trades, &paging, THREE_MONTHS_MS);
}

void
publics_history_trades(struct answering *a)
{
	struct paging paging = {0};
	const struct table *trades;
	struct span type;

	if (!find_trades(a, &trades) || !get_word(a, "type", "1 2", &type) ||
	    !get_paging(a, 100, 100, &paging))
		return;
	paging.has_begin = paging.has_end = false;
	paging.by_time = span_is(type, "2");
	if (paging.by_time && paging.has_before)
		refuse(a, "50039", "");
	else
		serve_trades(a, trades, &paging, THREE_MONTHS_MS);
}
