#include "window.h"

#include "okx_life.h"
#include "utc.h"

static bool
time_param(struct span query, const char *name, int64_t *ms)
{
	struct span v;

	return okx_query_get(query, name, &v) && utc_parse_ms_digits(v, ms);
}

/* A question about a stretch of time, with that parameter or without any of its kind. */
static bool
asks(const struct okx_series *s, enum okx_endpoint e, const char *param, const char *value)
{
	struct span v;

	if (s->endpoint != e || !okx_query_get(s->query, "begin", &v))
		return false;
	if (param)
		return okx_query_get(s->query, param, &v) && span_is(v, value);
	return !okx_query_get(s->query, "category", &v) && !okx_query_get(s->query, "type", &v);
}

static bool
covers(const struct okx_series *s, const struct window *w)
{
	int64_t begin, end = INT64_MAX, retention = okx_endpoint_facts(s->endpoint)->retention_ms;

	if (!time_param(s->query, "begin", &begin))
		return false;
	time_param(s->query, "end", &end);
	return begin <= w->from_ms && (end >= w->to_ms || w->to_ms == INT64_MAX) &&
	       w->now_ms - retention <= w->from_ms;
}

bool
window_complete(const struct okx_ledger *l, const struct window *w, enum okx_endpoint near,
		enum okx_endpoint far, const char *param, const char *value)
{
	bool covered = false;

	for (size_t i = 0; i < l->series.n; i++) {
		const struct okx_series *s = &l->series.rows[i];

		if (!asks(s, near, param, value) && !asks(s, far, param, value))
			continue;
		if (s->failed || s->full)
			return false;
		covered |= covers(s, w);
	}
	return covered && l->unreadable[near] == 0 && l->unreadable[far] == 0;
}

bool
window_lives_complete(const struct okx_ledger *l, int64_t ms)
{
	const struct okx_series *newest = NULL;
	int64_t oldest = INT64_MAX;
	bool answered = false, failed = false;

	for (size_t i = 0; i < l->series.n; i++) {
		if (l->series.rows[i].endpoint != OKX_POSITIONS_HISTORY)
			continue;
		newest = &l->series.rows[i];
		answered = true;
		failed |= newest->failed;
	}
	if (!answered || failed || l->unreadable[OKX_POSITIONS_HISTORY])
		return false;
	if (!newest->full)
		return true;
	for (size_t i = 0; i < l->lives.n; i++)
		if (l->lives.rows[i].updated_ms < oldest)
			oldest = l->lives.rows[i].updated_ms;
	return oldest < ms - OKX_SLACK_MS;
}

bool
window_positions_answered(const struct okx_ledger *l)
{
	bool answered = false;

	for (size_t i = 0; i < l->series.n; i++)
		if (l->series.rows[i].endpoint == OKX_POSITIONS)
			answered = !l->series.rows[i].failed;
	return answered && l->unreadable[OKX_POSITIONS] == 0;
}

bool
window_order_searched(const struct okx_ledger *l)
{
	bool archive = false;

	for (size_t i = 0; i < l->series.n; i++) {
		const struct okx_series *s = &l->series.rows[i];

		if (s->endpoint != OKX_ORDER && s->endpoint != OKX_ORDERS_HISTORY &&
		    s->endpoint != OKX_ORDERS_ARCHIVE)
			continue;
		if (s->failed)
			return false;
		archive |= s->endpoint == OKX_ORDERS_ARCHIVE;
	}
	return archive;
}
