#include "ledgers.h"

#include "inst.h"

#define NEVER_FILLED_MS (2 * INT64_C(3600000))
#define FILTERS_MAX 8

enum filter_how {
	FILTER_EQUAL,
	FILTER_LIST,	/* one of a comma-separated list */
	FILTER_FAMILY,	/* the instId belongs to it */
	FILTER_CT_TYPE, /* the instrument is linear or inverse */
};

/* A parameter that chooses among rows; for all but the last two ways it is named as the member. */
struct row_filter {
	const char *param;
	enum filter_how how;
	const char *words; /* that the parameter may have; NULL: any */
};

static const struct row_filter order_filters[FILTERS_MAX] = {
    {"instType", FILTER_EQUAL, INST_TYPES},
    {"instId", FILTER_EQUAL, NULL},
    {"instFamily", FILTER_FAMILY, NULL},
    {"uly", FILTER_FAMILY, NULL},
    {"ordType", FILTER_LIST, NULL},
    {"state", FILTER_EQUAL, "canceled filled mmp_canceled"},
    {"category", FILTER_EQUAL, "twap adl full_liquidation partial_liquidation delivery ddh"},
};

static const struct row_filter fill_filters[FILTERS_MAX] = {
    {"instType", FILTER_EQUAL, INST_TYPES}, {"instId", FILTER_EQUAL, NULL},
    {"instFamily", FILTER_FAMILY, NULL},    {"uly", FILTER_FAMILY, NULL},
    {"ordId", FILTER_EQUAL, NULL},	    {"subType", FILTER_EQUAL, NULL},
};

static const struct row_filter bill_filters[FILTERS_MAX] = {
    {"instType", FILTER_EQUAL, INST_TYPES},
    {"instId", FILTER_EQUAL, NULL},
    {"ccy", FILTER_EQUAL, NULL},
    {"mgnMode", FILTER_EQUAL, "isolated cross"},
    {"ctType", FILTER_CT_TYPE, "linear inverse"},
    {"type", FILTER_EQUAL, NULL},
    {"subType", FILTER_EQUAL, NULL},
};

static const struct row_filter closed_filters[FILTERS_MAX] = {
    {"instType", FILTER_EQUAL, INST_TYPES},
    {"instId", FILTER_EQUAL, NULL},
    {"mgnMode", FILTER_EQUAL, "isolated cross"},
    {"type", FILTER_EQUAL, "1 2 3 4 5 6"},
    {"posId", FILTER_EQUAL, NULL},
};

/* A ledger as an endpoint shows it. */
struct ledger {
	enum row_kind kind;
	enum paging_rule rule;
	const struct row_filter *filters; /* FILTERS_MAX, the last ones without a name */
	int64_t kept_ms;
	int64_t never_filled_ms; /* how long canceled orders without a fill are shown */
	bool needs_type;
};

/* ---- filters ---- */

static bool
is_of_family(const struct row *r, struct span family)
{
	struct inst inst;

	inst_read(row_member(r, "instId"), &inst);
	return span_equal(inst.family, family);
}

static bool
is_of_ct_type(const struct replay *replay, const struct row *r, struct span type)
{
	const struct row *instrument = replay_instrument(replay, row_member(r, "instId"));

	return instrument && span_equal(row_member(instrument, "ctType"), type);
}

static bool
passes(const struct answering *a, const struct row_filter *f, struct span wanted,
       const struct row *r)
{
	switch (f->how) {
	case FILTER_EQUAL: return span_equal(row_member(r, f->param), wanted);
	case FILTER_LIST: return in_list(wanted, row_member(r, f->param));
	case FILTER_FAMILY: return is_of_family(r, wanted);
	case FILTER_CT_TYPE: return is_of_ct_type(a->replay, r, wanted);
	}
	return false;
}

static bool
passes_all(const struct answering *a, const struct ledger *l, const struct span wanted[],
	   const struct row *r)
{
	for (size_t i = 0; i < FILTERS_MAX && l->filters[i].param; i++)
		if (wanted[i].ptr && !passes(a, &l->filters[i], wanted[i], r))
			return false;
	return true;
}

/* ---- how long a row is shown ---- */

static bool
is_kept(const struct row *r, int64_t now_ms, int64_t kept_ms)
{
	return r->kept_ms <= now_ms && r->kept_ms >= now_ms - kept_ms;
}

static bool
is_shown(const struct ledger *l, const struct row *r, int64_t now_ms)
{
	if (l->kind == ROW_ORDER && !r->finished)
		return false;
	if (l->kind == ROW_ORDER && r->never_filled)
		return is_kept(r, now_ms, l->never_filled_ms) && l->never_filled_ms > 0;
	return is_kept(r, now_ms, l->kept_ms);
}

/* ---- the ledgers ---- */

static bool
read_filters(struct answering *a, const struct ledger *l, struct span wanted[FILTERS_MAX])
{
	for (size_t i = 0; i < FILTERS_MAX && l->filters[i].param; i++) {
		const struct row_filter *f = &l->filters[i];

		if (!f->words)
			wanted[i] = query_get(&a->query, f->param);
		else if (!get_word(a, f->param, f->words, &wanted[i]))
			return false;
	}
	return true;
}

static void
serve_ledger(struct answering *a, const struct ledger *l)
{
	const struct table *t = &a->account->tables[l->kind];
	struct span wanted[FILTERS_MAX] = {{0}}, type;
	struct paging paging = {.rule = l->rule};
	size_t n = 0, dropped = mischief_dropped_rows(&a->met);

	if ((l->needs_type && !get_needed(a, "instType", &type)) || !read_filters(a, l, wanted) ||
	    !get_paging(a, 100, 100, &paging))
		return;
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];

		if (!is_shown(l, r, a->request->ledger_ms) || !passes_all(a, l, wanted, r))
			continue;
		if (dropped)
			dropped--;
		else if (paging_admits(&paging, r))
			a->picked[n++] = r;
	}
	reply_page(a, &paging, n);
}

void
ledgers_orders_history(struct answering *a)
{
	static const struct ledger ledger = {
	    .kind = ROW_ORDER,
	    .filters = order_filters,
	    .kept_ms = 7 * DAY_MS,
	    .never_filled_ms = NEVER_FILLED_MS,
	    .needs_type = true,
	};

	serve_ledger(a, &ledger);
}

void
ledgers_orders_history_archive(struct answering *a)
{
	static const struct ledger ledger = {
	    .kind = ROW_ORDER,
	    .filters = order_filters,
	    .kept_ms = THREE_MONTHS_MS,
	    .needs_type = true,
	};

	serve_ledger(a, &ledger);
}

void
ledgers_fills(struct answering *a)
{
	static const struct ledger ledger = {
	    .kind = ROW_FILL,
	    .rule = PAGING_FILLS,
	    .filters = fill_filters,
	    .kept_ms = 3 * DAY_MS,
	};

	serve_ledger(a, &ledger);
}

void
ledgers_fills_history(struct answering *a)
{
	static const struct ledger ledger = {
	    .kind = ROW_FILL,
	    .rule = PAGING_FILLS,
	    .filters = fill_filters,
	    .kept_ms = THREE_MONTHS_MS,
	    .needs_type = true,
	};

	serve_ledger(a, &ledger);
}

void
ledgers_bills(struct answering *a)
{
	static const struct ledger ledger = {
	    .kind = ROW_BILL,
	    .filters = bill_filters,
	    .kept_ms = 7 * DAY_MS,
	};

	serve_ledger(a, &ledger);
}

void
ledgers_bills_archive(struct answering *a)
{
	static const struct ledger ledger = {
	    .kind = ROW_BILL,
	    .filters = bill_filters,
	    .kept_ms = THREE_MONTHS_MS,
	};

	serve_ledger(a, &ledger);
}

void
ledgers_positions_history(struct answering *a)
{
	static const struct ledger ledger = {
	    .kind = ROW_CLOSED,
	    .rule = PAGING_CLOSED,
	    .filters = closed_filters,
	    .kept_ms = THREE_MONTHS_MS,
	};

	serve_ledger(a, &ledger);
}

/* ---- one order ---- */

/* Live orders, and finished ones as long as OKX has them. */
static bool
order_is_shown(const struct row *r, int64_t now_ms)
{
	if (!r->finished)
		return r->at_ms <= now_ms;
	return is_kept(r, now_ms, r->never_filled ? NEVER_FILLED_MS : THREE_MONTHS_MS);
}

/* ordId wins over clOrdId; of several orders with one clOrdId the latest. */
static const struct row *
find_order(const struct answering *a, struct span inst_id)
{
	const struct table *t = &a->account->tables[ROW_ORDER];
	struct span id = query_get(&a->query, "ordId"), client_id = query_get(&a->query, "clOrdId");

	for (size_t i = mischief_dropped_rows(&a->met); i < t->n; i++) {
		const struct row *r = &t->rows[i];

		if (span_equal(row_member(r, "instId"), inst_id) &&
		    (id.ptr ? span_equal(row_member(r, "ordId"), id)
			    : span_equal(row_member(r, "clOrdId"), client_id)))
			return order_is_shown(r, a->request->ledger_ms) ? r : NULL;
	}
	return NULL;
}

void
ledgers_order(struct answering *a)
{
	const struct row *instrument, *order;
	struct span inst_id;
	uint64_t id;
	bool has;

	if (!get_needed(a, "instId", &inst_id) || !get_number(a, "ordId", &has, &id))
		return;
	if (!has && !query_get(&a->query, "clOrdId").ptr) {
		refuse(a, "50015", "ordId or clOrdId");
		return;
	}
	instrument = replay_instrument(a->replay, inst_id);
	if (!instrument || !replay_is_live(instrument, a->request->ledger_ms)) {
		refuse(a, "51001", "");
		return;
	}
	order = find_order(a, inst_id);
	if (!order) {
		refuse(a, "51603", "");
		return;
	}
	reply_open(a->reply);
	reply_row(a->reply, row_text(order));
	reply_close(a->reply);
}

/* ---- positions ---- */

void
ledgers_positions(struct answering *a)
{
	const struct table *t = &a->account->tables[ROW_POSITION];
	struct span type, insts = query_get(&a->query, "instId"),
			  ids = query_get(&a->query, "posId");
	size_t dropped = mischief_dropped_rows(&a->met);

	if (!get_word(a, "instType", INST_TYPES, &type))
		return;
	if (list_length(insts) > 10 || list_length(ids) > 20) {
		refuse(a, "50025", list_length(insts) > 10 ? "instId" : "posId");
		return;
	}
	reply_open(a->reply);
	for (size_t i = 0; i < t->n; i++) {
		const struct row *r = &t->rows[i];

		/* what is closed is shown for 30 days to those who name it */
		if (r->flat && !insts.ptr && !ids.ptr)
			continue;
		if (!is_kept(r, a->request->ledger_ms, r->flat ? 30 * DAY_MS : INT64_MAX / 2))
			continue;
		if ((type.ptr && !span_equal(row_member(r, "instType"), type)) ||
		    (insts.ptr && !in_list(insts, row_member(r, "instId"))) ||
		    (ids.ptr && !in_list(ids, row_member(r, "posId"))))
			continue;
		if (dropped)
			dropped--;
		else
			reply_row(a->reply, row_text(r));
	}
	reply_close(a->reply);
}

/* ---- the account ---- */

void
ledgers_config(struct answering *a)
{
	reply_open(a->reply);
	reply_row(a->reply, span_of(a->account->config));
	reply_close(a->reply);
}

void
ledgers_currencies(struct answering *a)
{
	/* nobody moves money here; ccxt asks and is content */
	reply_open(a->reply);
	reply_close(a->reply);
}
