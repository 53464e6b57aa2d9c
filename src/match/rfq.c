/* rfq.c: a size, asked of named accounts alone, and traded beside the book at a price that one of
 * them answers. */
#include "check.h"
#include "market_parts.h"

bool
rfq_reserve(struct symbol *s)
{
	void *list = s->rfqs;
	bool ok = market_grow(&list, &s->rfqs_cap, s->rfqs_n + 1, sizeof *s->rfqs);

	s->rfqs = list;
	return ok;
}

static struct rfq *
find(const struct symbol *s, struct span id, uint32_t account)
{
	for (uint32_t i = 0; account && i < s->rfqs_n; i++)
		if (s->rfqs[i].account == account &&
		    span_equal((struct span){s->rfqs[i].id, s->rfqs[i].id_len}, id))
			return &s->rfqs[i];
	return NULL;
}

static void
tell(struct market *m, struct symbol *s, const struct rfq *q, enum rfq_state state)
{
	market_emit(m,
		    &(struct event){.type = EVENT_RFQ, .symbol = s, .rfq = q, .rfq_state = state});
}

static void
forget(struct symbol *s, struct rfq *q)
{
	uint32_t i = (uint32_t)(q - s->rfqs);

	memmove(q, q + 1, (s->rfqs_n - i - 1) * sizeof *q);
	s->rfqs_n--;
}

/* The accounts that it names, as their names; they come into the list of accounts when all else is
 * right. */
static bool
read_accounts(const struct message *r, struct span names[], unsigned *n)
{
	struct json_walk w = json_walk(r->m[M_ACCOUNTS]);
	struct span value;

	for (*n = 0; json_next_element(&w, &value); ++*n)
		if (*n == RFQ_ACCOUNTS_MAX || !json_plain(value, &names[*n]) ||
		    !message_is_name(names[*n]))
			return false;
	return *n > 0;
}

enum reject
rfq_open(struct market *m, struct symbol *s)
{
	const struct message *r = &m->message;
	const struct grid one = {1, 0};
	struct span names[RFQ_ACCOUNTS_MAX];
	struct rfq q = {.side = (unsigned char)r->side};
	unsigned n;
	enum reject why = number_sz(s, r->m[M_SZ], &q.sz);

	if (why == REJECT_NONE && r->m[M_PX].ptr)
		why = number_px(s, r->m[M_PX], &q.px);
	if (why != REJECT_NONE)
		return why;
	if (grid_parse(&one, r->m[M_EXPIRE_TS], &q.expire) != GRID_OK || q.expire > TS_MAX)
		return REJECT_MEMBER;
	if (q.expire <= s->ts)
		return REJECT_EXPIRED;
	if (!read_accounts(r, names, &n))
		return REJECT_RFQ;
	q.account = names_put(&m->accounts, r->m[M_ACCOUNT]);
	if (find(s, r->m[M_ID], q.account))
		return REJECT_DUPLICATE_ID;
	for (q.accounts_n = 0; q.accounts_n < n; q.accounts_n++)
		q.accounts[q.accounts_n] = names_put(&m->accounts, names[q.accounts_n]);
	memcpy(q.id, r->m[M_ID].ptr, r->m[M_ID].len);
	q.id_len = (unsigned char)r->m[M_ID].len;
	CHECK(s->rfqs_n < s->rfqs_cap);
	s->rfqs[s->rfqs_n++] = q;
	tell(m, s, &s->rfqs[s->rfqs_n - 1], RFQ_OPEN);
	return REJECT_NONE;
}

static bool
is_asked(const struct rfq *q, uint32_t account)
{
	for (unsigned i = 0; account && i < q->accounts_n; i++)
		if (q->accounts[i] == account)
			return account != q->account;
	return false;
}

static struct rfq_answer *
answer_of(struct rfq *q, uint32_t account)
{
	for (unsigned i = 0; i < q->answers_n; i++)
		if (q->answers[i].account == account)
			return &q->answers[i];
	return NULL;
}

enum reject
rfq_answer(struct market *m, struct symbol *s)
{
	const struct message *r = &m->message;
	uint32_t account = names_find(&m->accounts, r->m[M_ACCOUNT]);
	struct rfq *q = find(s, r->m[M_RFQ], names_find(&m->accounts, r->m[M_REQUESTER]));
	struct rfq_answer *a;
	int64_t px;
	enum reject why;

	/* whoever is not asked is not told that there is a question */
	if (!q || !is_asked(q, account))
		return REJECT_NOT_FOUND;
	why = number_px(s, r->m[M_PX], &px);
	if (why != REJECT_NONE)
		return why;
	if (!oracle_allows(s, px))
		return REJECT_BAND;
	if (q->px && better((enum side_of)q->side, q->px, px))
		return REJECT_RFQ;
	a = answer_of(q, account);
	if (!a)
		a = &q->answers[q->answers_n++];
	a->account = account;
	a->px = px;
	memcpy(a->id, r->m[M_ID].ptr, r->m[M_ID].len);
	a->id_len = (unsigned char)r->m[M_ID].len;
	market_emit(m,
		    &(struct event){.type = EVENT_RFQ_QUOTE, .symbol = s, .rfq = q, .answer = a});
	return REJECT_NONE;
}

enum reject
rfq_accept(struct market *m, struct symbol *s)
{
	const struct message *r = &m->message;
	struct rfq *q = find(s, r->m[M_ID], names_find(&m->accounts, r->m[M_ACCOUNT]));
	uint32_t maker = names_find(&m->accounts, r->m[M_MAKER]);
	struct rfq_answer *a = q ? answer_of(q, maker) : NULL;
	struct order taker_order, maker_order;

	if (!a || !span_equal((struct span){a->id, a->id_len}, r->m[M_QUOTE]))
		return REJECT_NOT_FOUND;
	if (!oracle_allows(s, a->px))
		return REJECT_BAND;
	taker_order = (struct order){.account = q->account, .side = q->side, .id_len = q->id_len};
	memcpy(taker_order.id, q->id, q->id_len);
	maker_order = (struct order){.account = a->account, .id_len = a->id_len};
	memcpy(maker_order.id, a->id, a->id_len);
	market_emit(m, &(struct event){.type = EVENT_TRADE,
				       .symbol = s,
				       .order = &taker_order,
				       .maker = &maker_order,
				       .px = a->px,
				       .sz = q->sz,
				       .trade_id = ++s->trades,
				       .has_side = true,
				       .side = (enum side_of)q->side,
				       .rfq = q});
	tell(m, s, q, RFQ_FILLED);
	forget(s, q);
	return REJECT_NONE;
}

bool
rfq_cancel(struct market *m, struct symbol *s, struct span id, uint32_t account)
{
	struct rfq *q = find(s, id, account);

	if (!q)
		return false;
	tell(m, s, q, RFQ_CANCELED);
	forget(s, q);
	return true;
}

void
rfq_advance(struct market *m, struct symbol *s)
{
	for (uint32_t i = 0; i < s->rfqs_n;) {
		if (s->rfqs[i].expire > s->ts) {
			i++;
			continue;
		}
		tell(m, s, &s->rfqs[i], RFQ_EXPIRED);
		forget(s, &s->rfqs[i]);
	}
}
