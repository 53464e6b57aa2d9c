#include "table.h"

#include "check.h"
#include "decimal.h"
#include "json.h"
#include "okx_id.h"

#include <inttypes.h>
#include <stdlib.h>

void
table_init(struct table *t, enum row_kind kind)
{
	*t = (struct table){.kind = kind};
}

void
table_release(struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->rows[i].text);
		free(t->rows[i].name);
	}
	free(t->rows);
	table_init(t, t->kind);
}

struct span
row_text(const struct row *r)
{
	return (struct span){r->text, r->len};
}

struct span
row_member(const struct row *r, const char *name)
{
	struct span value;

	if (!json_find(row_text(r), name, &value) || !json_plain(value, &value))
		return (struct span){0};
	return value;
}

uint64_t
row_number(const struct row *r, const char *name)
{
	uint64_t value;

	return okx_id_parse(row_member(r, name), &value) ? value : 0;
}

static bool
is_zero(struct span text)
{
	struct decimal value;

	return decimal_parse(text, &value) == DECIMAL_OK && decimal_sign(value) == 0;
}

/* Which members number the pages and tell the times of a kind. */
static const struct {
	const char *key, *at, *kept;
	bool unique;
} keys[ROW_KINDS] = {
    [ROW_ORDER] = {"ordId", "cTime", "uTime", true},
    [ROW_FILL] = {"billId", "ts", "ts", true},
    [ROW_BILL] = {"billId", "ts", "ts", true},
    [ROW_POSITION] = {"cTime", "cTime", "uTime", false},
    [ROW_CLOSED] = {"uTime", "uTime", "uTime", false},
    [ROW_CONFIG] = {"uid", "uid", "uid", false},
    [ROW_INSTRUMENT] = {"listTime", "listTime", "listTime", false},
    [ROW_TRADE] = {"tradeId", "ts", "ts", true},
};

static bool
index_row(struct row *r, enum row_kind kind, struct complaint *c)
{
	struct span state = row_member(r, "state");

	r->key = row_number(r, keys[kind].key);
	r->at_ms = (int64_t)row_number(r, keys[kind].at);
	r->kept_ms = (int64_t)row_number(r, keys[kind].kept);
	if (kind != ROW_INSTRUMENT && (r->key == 0 || r->at_ms == 0 || r->kept_ms == 0))
		return complaint_say(c, "%s and %s must not be empty", keys[kind].key,
				     keys[kind].at);
	if (kind == ROW_ORDER) {
		r->finished = span_is(state, "filled") || span_is(state, "canceled") ||
			      span_is(state, "mmp_canceled");
		r->never_filled = is_zero(row_member(r, "accFillSz"));
	}
	if (kind == ROW_POSITION)
		r->flat = is_zero(row_member(r, "pos"));
	return true;
}

static char *
copy(struct span text)
{
	char *s = malloc(text.len + 1);

	if (s) {
		memcpy(s, text.ptr, text.len);
		s[text.len] = 0;
	}
	return s;
}

static bool
make_room(struct table *t)
{
	size_t cap = t->cap ? 2 * t->cap : 16;
	struct row *rows;

	if (t->n < t->cap)
		return true;
	rows = reallocarray(t->rows, cap, sizeof *rows);
	if (!rows)
		return false;
	t->rows = rows;
	t->cap = cap;
	return true;
}

bool
table_add(struct table *t, struct span text, struct span name, struct complaint *c)
{
	struct row r = {.len = text.len, .added = (uint32_t)t->n};

	if (!make_room(t) || !(r.text = copy(text)))
		return complaint_say(c, "out of memory");
	if (!index_row(&r, t->kind, c)) {
		free(r.text);
		return false;
	}
	r.name = name.len ? copy(name) : NULL;
	t->rows[t->n++] = r;
	return true;
}

static int
newest_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->added < y->added ? -1 : x->added > y->added;
}

bool
table_sort(struct table *t, struct complaint *c)
{
	/* instruments come as the scenario has them */
	if (t->kind == ROW_INSTRUMENT || t->n == 0)
		return true;
	qsort(t->rows, t->n, sizeof t->rows[0], newest_first);
	for (size_t i = 1; keys[t->kind].unique && i < t->n; i++)
		if (t->rows[i].key == t->rows[i - 1].key)
			return complaint_say(c, "%s %" PRIu64 " stands twice", keys[t->kind].key,
					     t->rows[i].key);
	return true;
}

bool
table_disjoint(const struct table *t, const struct table *more, struct complaint *c)
{
	/* both stand newest first */
	for (size_t i = 0, k = 0; keys[t->kind].unique && i < t->n && k < more->n;) {
		if (t->rows[i].key == more->rows[k].key)
			return complaint_say(c, "%s %" PRIu64 " is there already",
					     keys[t->kind].key, t->rows[i].key);
		if (t->rows[i].key > more->rows[k].key)
			i++;
		else
			k++;
	}
	return true;
}

void
table_move(struct table *t, struct table *from)
{
	CHECK(t->kind == from->kind);
	for (size_t i = 0; i < from->n; i++) {
		CHECK(make_room(t));
		t->rows[t->n] = from->rows[i];
		t->rows[t->n].added = (uint32_t)t->n;
		t->n++;
	}
	from->n = 0;
	table_release(from);
}
