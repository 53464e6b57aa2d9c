#include "answer.h"

#include "answering.h"
#include "check.h"
#include "ledgers.h"
#include "publics.h"
#include "subtypes.h"

#include <stdio.h>
#include <stdlib.h>

#define PREFIX "/api/v5/"

enum counted_by { BY_ADDRESS, BY_ADDRESS_AND_TYPE, BY_USER, BY_USER_AND_INST };

/* Limits and what they are counted by: OKX API guide v5, at each endpoint. */
static const struct endpoint {
	const char *path;
	void (*serve)(struct answering *a);
	bool private;
	enum counted_by by;
	unsigned limit;
	unsigned per_ms;
} endpoints[] = {
    {"public/time", publics_time, false, BY_ADDRESS, 10, 2000},
    {"public/instruments", publics_instruments, false, BY_ADDRESS_AND_TYPE, 20, 2000},
    {"market/trades", publics_trades, false, BY_ADDRESS, 100, 2000},
    {"market/history-trades", publics_history_trades, false, BY_ADDRESS, 20, 2000},
    {"account/config", ledgers_config, true, BY_USER, 5, 2000},
    {"account/positions", ledgers_positions, true, BY_USER, 10, 2000},
    {"account/positions-history", ledgers_positions_history, true, BY_USER, 10, 2000},
    {"account/bills", ledgers_bills, true, BY_USER, 5, 1000},
    {"account/bills-archive", ledgers_bills_archive, true, BY_USER, 5, 2000},
    {"account/subtypes", subtypes_serve, true, BY_USER, 20, 2000},
    {"trade/order", ledgers_order, true, BY_USER_AND_INST, 60, 2000},
    {"trade/orders-history", ledgers_orders_history, true, BY_USER, 40, 2000},
    {"trade/orders-history-archive", ledgers_orders_history_archive, true, BY_USER, 20, 2000},
    {"trade/fills", ledgers_fills, true, BY_USER, 60, 2000},
    {"trade/fills-history", ledgers_fills_history, true, BY_USER, 10, 2000},
    {"asset/currencies", ledgers_currencies, true, BY_USER, 6, 1000},
};

static struct span
endpoint_path(const struct query *query)
{
	struct span path = query->path;

	if (!span_starts(path, SPAN_LIT(PREFIX)))
		return path;
	return (struct span){path.ptr + sizeof PREFIX - 1, path.len - (sizeof PREFIX - 1)};
}

static const struct endpoint *
find_endpoint(const struct query *query)
{
	if (!span_starts(query->path, SPAN_LIT(PREFIX)))
		return NULL;
	for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++)
		if (span_is(endpoint_path(query), endpoints[i].path))
			return &endpoints[i];
	return NULL;
}

/* Unlike all other refusals: the code is a number, and data an object. */
static void
not_found(struct reply *reply)
{
	reply_code_as(reply, "404", SPAN_LIT(""), 404, "");
	buf_clear(&reply->body);
	buf_str(&reply->body, "{\"code\":404,\"data\":{},\"detailMsg\":\"\",\"error_code\":\"404\","
			      "\"error_message\":\"Not Found\",\"msg\":\"Not Found\"}");
}

static bool
within_limit(struct answering *a, const struct endpoint *e)
{
	struct span key[3] = {span_of(e->path), {0}, {0}};

	if (a->replay->no_limits)
		return true;
	switch (e->by) {
	case BY_ADDRESS_AND_TYPE:
		key[2] = query_get(&a->query, "instType");
		key[1] = a->request->peer;
		break;
	case BY_ADDRESS: key[1] = a->request->peer; break;
	case BY_USER_AND_INST:
		key[2] = query_get(&a->query, "instId");
		key[1] = span_of(a->account->uid);
		break;
	case BY_USER: key[1] = span_of(a->account->uid); break;
	}
	return window_admit(&a->replay->window, key, 3, e->limit, (int64_t)e->per_ms * 1000,
			    a->request->monotonic_us);
}

static void
serve(struct answering *a)
{
	const struct endpoint *e = find_endpoint(&a->query);
	const char *code;
	struct span param;

	if (!e) {
		not_found(a->reply);
		return;
	}
	if (!span_is(a->request->method, "GET")) {
		refuse(a, "50115", "");
		return;
	}
	if (e->private) {
		a->account = admit(a->replay, a->request, &code, &param);
		if (!a->account) {
			reply_code(a->reply, code, param);
			return;
		}
	}
	if (!within_limit(a, e))
		refuse(a, "50011", "");
	else
		e->serve(a);
}

/* Room for every row that one request could pick. */
static void
make_room(struct answerer *a, const struct replay *r)
{
	size_t most = r->instruments.n;

	for (size_t i = 0; i < r->tapes_n; i++)
		most = r->tapes[i].trades.n > most ? r->tapes[i].trades.n : most;
	for (size_t i = 0; i < r->accounts_n; i++)
		for (size_t k = 0; k < ACCOUNT_TABLES; k++)
			if (r->accounts[i].tables[k].n > most)
				most = r->accounts[i].tables[k].n;
	if (most <= a->picked_cap)
		return;
	free((void *)a->picked);
	a->picked = reallocarray(NULL, most, sizeof(a->picked[0]));
	CHECK(a->picked);
	a->picked_cap = most;
}

void
answer(struct answerer *a, struct replay *r, const struct request *q, struct reply *reply,
       const struct account **account)
{
	struct request skewed = *q;
	struct answering now = {.replay = r, .request = &skewed, .reply = reply};
	bool readable = query_parse(q->target, &now.query);

	make_room(a, r);
	now.picked = a->picked;
	reply->reset = false;
	reply->cut = reply->chunk = 0;
	reply->delay_ms = 0;
	reply->fault = NULL;
	*account = replay_account_by_key(r, q->key);
	mischief_meet(&r->mischief, endpoint_path(&now.query),
		      *account ? span_of((*account)->name) : SPAN_LIT(""), now.query.text,
		      &now.met);
	skewed.clock_ms += mischief_skew_ms(&now.met);
	if (readable)
		serve(&now);
	else
		refuse(&now, "51000", "query");
	mischief_spoil(&now.met, reply);
	CHECK(buf_ok(&reply->body));
}

void
answerer_release(struct answerer *a)
{
	free((void *)a->picked);
	*a = (struct answerer){0};
}
