#include "newest.h"

#include "lower_bound.h"

#include <stdlib.h>

void
newest_init(struct newest *s, size_t bars)
{
	memset(s, 0, sizeof *s);
	s->bars = bars;
}

void
newest_release(struct newest *s)
{
	for (size_t i = 0; i < NEWEST_SERIES; i++) {
		if (!s->series[i])
			continue;
		for (size_t k = 0; k < s->series[i]->n; k++)
			free(s->series[i]->list[k].text);
		free(s->series[i]->list);
		free(s->series[i]);
		s->series[i] = NULL;
	}
}

static size_t
hash(const struct push_record *r)
{
	uint64_t h = UINT64_C(14695981039346656037) ^ (uint64_t)r->kind;

	for (size_t i = 0; i < r->symbol.len; i++)
		h = (h ^ (unsigned char)r->symbol.ptr[i]) * UINT64_C(1099511628211);
	for (size_t i = 0; i < r->interval.len; i++)
		h = (h ^ (unsigned char)r->interval.ptr[i]) * UINT64_C(1099511628211);
	return (size_t)(h >> 32) % NEWEST_SERIES;
}

static bool
is_of(const struct newest_series *q, const struct push_record *r)
{
	return q->kind == r->kind && span_is(r->symbol, q->symbol) &&
	       span_is(r->interval, q->interval);
}

static size_t
entries_max(const struct newest *s, enum push_kind kind)
{
	if (kind == PUSH_KLINE)
		return s->bars;
	return kind == PUSH_TRADE ? NEWEST_TRADES : 1;
}

/* NULL: no memory, or (counted) too many. */
static struct newest_series *
series_of(struct newest *s, const struct push_record *r)
{
	size_t at = hash(r);
	struct newest_series *q;

	for (; s->series[at]; at = (at + 1) % NEWEST_SERIES)
		if (is_of(s->series[at], r))
			return s->series[at];
	/* three quarters full at most, or looking would take for ever */
	if (s->series_n >= NEWEST_SERIES / 4 * 3)
		return NULL;
	q = calloc(1, sizeof *q);
	if (!q)
		return NULL;
	q->kind = r->kind;
	q->max = entries_max(s, r->kind);
	memcpy(q->symbol, r->symbol.ptr, r->symbol.len);
	if (r->interval.len)
		memcpy(q->interval, r->interval.ptr, r->interval.len);
	s->series_n++;
	s->series[at] = q;
	return q;
}

static void
drop_first(struct newest *s, struct newest_series *q)
{
	s->bytes -= q->list[0].len;
	free(q->list[0].text);
	memmove(q->list, q->list + 1, --q->n * sizeof q->list[0]);
	s->entries--;
}

static bool
make_room(struct newest_series *q)
{
	size_t cap = q->cap ? q->cap * 2 : 4;
	struct newest_entry *grown;

	if (q->n < q->cap)
		return true;
	grown = realloc(q->list, cap * sizeof q->list[0]);
	if (!grown)
		return false;
	q->list = grown;
	q->cap = cap;
	return true;
}

static bool
set_text(struct newest *s, struct newest_entry *e, struct span text)
{
	char *copy = malloc(text.len);

	if (!copy)
		return false;
	memcpy(copy, text.ptr, text.len);
	free(e->text);
	s->bytes = s->bytes - e->len + text.len;
	e->text = copy;
	e->len = text.len;
	return true;
}

bool
newest_put(struct newest *s, const struct push_record *r, uint64_t seq, struct span text)
{
	struct newest_series *q;
	struct newest_entry *e;
	uint64_t key = r->kind == PUSH_KLINE ? r->start : r->kind == PUSH_TRADE ? seq : 0;
	size_t at;

	if (r->kind == PUSH_OTHER)
		return true;
	q = series_of(s, r);
	if (!q || s->bytes + text.len > NEWEST_BYTES) {
		s->left_out++;
		return true;
	}
	at = lower_bound_u64(q->list, q->n, sizeof q->list[0], offsetof(struct newest_entry, key),
			     key);
	if (at == q->n || q->list[at].key != key) {
		if (q->n == q->max && at == 0)
			return true; /* older than all that are kept */
		if (q->n == q->max) {
			drop_first(s, q);
			at--;
		}
		if (!make_room(q))
			return false;
		memmove(q->list + at + 1, q->list + at, (q->n - at) * sizeof q->list[0]);
		q->list[at] = (struct newest_entry){.key = key};
		q->n++;
		s->entries++;
	}
	e = &q->list[at];
	if (e->text && e->version > r->version)
		return true;
	e->version = r->version;
	e->seq = seq;
	return set_text(s, e, text);
}

bool
newest_each(const struct newest *s, bool (*visit)(void *context, uint64_t seq, struct span text),
	    void *context)
{
	for (size_t i = 0; i < NEWEST_SERIES; i++) {
		const struct newest_series *q = s->series[i];

		for (size_t k = 0; q && k < q->n; k++)
			if (!visit(context, q->list[k].seq,
				   (struct span){q->list[k].text, q->list[k].len}))
				return false;
	}
	return true;
}
