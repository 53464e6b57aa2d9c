#include "agg_parts.h"

#include "check.h"
#include "swar.h"

#include <stdlib.h>

/* ---- symbols ---- */

static bool
make_table(struct agg *a, size_t size)
{
	uint32_t *table = calloc(size, sizeof *table);

	if (!table)
		return false;
	free(a->table);
	a->table = table;
	a->table_size = size;
	return true;
}

bool
agg_init(struct agg *a, const struct agg_options *options, const struct agg_listener *listener)
{
	*a = (struct agg){.options = *options, .listener = *listener};
	for (size_t k = 0; k < a->options.intervals.n; k++)
		if (a->options.intervals.list[k].source < 0)
			a->roots[a->roots_n++] = k;
	return kept_init(&a->kept, options->kept_trades) && make_table(a, 64);
}

void
agg_release(struct agg *a)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < a->options.intervals.n; k++)
			series_release(&a->symbols[i]->done[k]);
		ids_release(&a->symbols[i]->ids);
		free(a->symbols[i]);
	}
	free(a->symbols);
	free(a->table);
	kept_release(&a->kept);
}

/* Names are short, and an attacker gains nothing but a slow table of his own symbols. */
static size_t
hash(struct span name)
{
	uint64_t h = name.len;
	size_t i = 0;

	CHECK(name.len > 0);
	for (; i + 8 < name.len; i += 8)
		h = (h ^ swar_load(name.ptr + i)) * UINT64_C(0x9e3779b97f4a7c15);
	h = (h ^ swar_load_end(name.ptr + i, name.len - i)) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h ^ (h >> 32));
}

static bool
is_named(const struct agg_symbol *s, struct span name)
{
	return s->name_len == name.len && swar_same(s->name, name.ptr, name.len);
}

uint32_t *
agg_place(struct agg *a, struct span name)
{
	size_t i = hash(name) & (a->table_size - 1);

	while (a->table[i] && !is_named(a->symbols[a->table[i] - 1], name))
		i = (i + 1) & (a->table_size - 1);
	return &a->table[i];
}

static bool
grow(struct agg *a)
{
	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 16;
		struct agg_symbol **grown = realloc(a->symbols, cap * sizeof *grown);

		if (!grown)
			return false;
		a->symbols = grown;
		a->cap = cap;
	}
	if (a->n * 2 < a->table_size)
		return true;
	if (!make_table(a, a->table_size * 2))
		return false;
	for (size_t i = 0; i < a->n; i++)
		*agg_place(a, (struct span){a->symbols[i]->name, a->symbols[i]->name_len}) =
		    (uint32_t)i + 1;
	return true;
}

struct agg_symbol *
agg_symbol(struct agg *a, struct span name, enum agg_verdict *why)
{
	struct agg_symbol *s;
	uint32_t *at;

	if (a->n && is_named(a->symbols[a->last], name))
		return a->symbols[a->last];
	at = agg_place(a, name);
	if (*at) {
		a->last = *at - 1;
		return a->symbols[a->last];
	}
	*why = AGG_E_SYMBOLS;
	if (a->n == a->options.symbols_max)
		return NULL;
	*why = AGG_E_MEMORY;
	s = calloc(1, sizeof *s);
	if (!s || !grow(a)) {
		free(s);
		return NULL;
	}
	CHECK(name.len && name.len <= sizeof s->name);
	memcpy(s->name, name.ptr, name.len);
	s->name_len = name.len;
	for (size_t k = 0; k < INTERVALS_MAX; k++)
		s->open[k].start_us = AGG_NO_BAR;
	*agg_place(a, name) = (uint32_t)a->n + 1;
	a->last = (uint32_t)a->n;
	a->symbols[a->n++] = s;
	return s;
}

static struct span
name_of(const struct agg_symbol *s)
{
	return (struct span){s->name, s->name_len};
}

/* ---- windows ---- */

static void
tell(struct agg *a, const struct agg_symbol *s, size_t k, struct bar *b)
{
	b->version++;
	a->listener.bar(a->listener.context, name_of(s), &a->options.intervals.list[k], b);
	b->changed = false;
}

void
agg_tell_again(struct agg *a, const struct agg_symbol *s, size_t k, struct bar *b)
{
	b->again = b->version > 0;
	b->untold_us = 0;
	a->rebuilt += b->again;
	tell(a, s, k, b);
	b->again = false;
}

/* The open bar of the window, made when there is none. */
static struct bar *
open_bar(const struct agg *a, struct agg_symbol *s, size_t k, int64_t start_us)
{
	struct bar *b = &s->open[k];

	if (b->start_us == AGG_NO_BAR) {
		*b = (struct bar){.start_us = start_us, .partial = start_us < s->known_from_us};
		if (start_us + agg_width(a, k) < s->due_us)
			s->due_us = start_us + agg_width(a, k);
	}
	CHECK(b->start_us == start_us);
	return b;
}

/* ---- closing ---- */

/* Keep a finished bar for those who come late. */
static bool
finish(struct agg *a, struct agg_symbol *s, size_t k, struct bar *b)
{
	b->closed = true;
	tell(a, s, k, b);
	series_cut(&s->done[k], s->clock_us - a->options.lateness_us[k] - agg_width(a, k) + 1);
	return series_put(&s->done[k], b) != NULL;
}

/* Windows without a trade in a row, up to the newest bar. */
static uint64_t
flat_row(const struct agg *a, const struct series *done)
{
	uint64_t n = 0;

	for (size_t i = done->end; i > done->first && n < a->options.fill_max; i--, n++)
		if (done->bars[i - 1].trades)
			break;
	return n;
}

/* Flat bars for the windows between the newest bar and the one that the symbol's time stands in. */
static bool
fill_flat(struct agg *a, struct agg_symbol *s, size_t k)
{
	const struct series *done = &s->done[k];
	int64_t end = agg_window(a, k, s->clock_us), from;

	if (done->first == done->end)
		return true;
	from = done->bars[done->end - 1].start_us + agg_width(a, k);
	if (from >= end)
		return true;
	for (uint64_t n = flat_row(a, done); from < end && n < a->options.fill_max; n++) {
		struct bar flat = {.start_us = from,
				   .open = s->last_px,
				   .high = s->last_px,
				   .low = s->last_px,
				   .close = s->last_px};

		if (!finish(a, s, k, &flat))
			return false;
		from += agg_width(a, k);
	}
	return true;
}

/* Close the open bar: tell it, keep it, and hand it to the bars above. */
static enum agg_verdict
close_bar(struct agg *a, struct agg_symbol *s, size_t k)
{
	const struct intervals *v = &a->options.intervals;
	struct bar done = s->open[k];

	s->open[k].start_us = AGG_NO_BAR;
	for (size_t up = k + 1; up < v->n; up++) {
		if (v->list[up].source != (int)k)
			continue;
		if (!bar_merge(open_bar(a, s, up, agg_window(a, up, done.start_us)), &done))
			return AGG_E_OVERFLOW;
	}
	return finish(a, s, k, &done) ? AGG_OK : AGG_E_MEMORY;
}

static int64_t
first_end(const struct agg *a, const struct agg_symbol *s)
{
	int64_t first = INT64_MAX;

	for (size_t k = 0; k < a->options.intervals.n; k++)
		if (s->open[k].start_us != AGG_NO_BAR &&
		    s->open[k].start_us + agg_width(a, k) < first)
			first = s->open[k].start_us + agg_width(a, k);
	return first;
}

/* The symbol's time moves to ts: what ends before it closes, finest first. */
static enum agg_verdict
advance(struct agg *a, struct agg_symbol *s, int64_t ts_us)
{
	enum agg_verdict v = AGG_OK;

	s->clock_us = ts_us;
	if (ts_us < s->due_us)
		return AGG_OK;
	for (size_t k = 0; v == AGG_OK && k < a->options.intervals.n; k++) {
		if (s->open[k].start_us != AGG_NO_BAR &&
		    ts_us >= s->open[k].start_us + agg_width(a, k))
			v = close_bar(a, s, k);
		if (v == AGG_OK && a->options.fill_max && !fill_flat(a, s, k))
			v = AGG_E_MEMORY;
	}
	/* windows without a trade end too */
	s->due_us = a->options.fill_max ? 0 : first_end(a, s);
	return v;
}

/* ---- trades ---- */

/* Fold a late trade into a finished bar, which may be the first of its window. */
static enum agg_verdict
fold_late(struct agg *a, struct agg_symbol *s, size_t k, int64_t start_us, const struct trade *t)
{
	struct bar *b = series_find(&s->done[k], start_us);

	if (!b) {
		struct bar first = {
		    .start_us = start_us, .closed = true, .partial = start_us < s->known_from_us};

		b = series_put(&s->done[k], &first);
		if (!b)
			return AGG_E_MEMORY;
	}
	if (!bar_add(b, t))
		return AGG_E_OVERFLOW;
	agg_tell_again(a, s, k, b);
	return AGG_OK;
}

static bool
is_kept(const struct agg *a, const struct agg_symbol *s, size_t k, int64_t start_us)
{
	return start_us + agg_width(a, k) + a->options.lateness_us[k] > s->clock_us;
}

static enum agg_verdict
fold_one(struct agg *a, struct agg_symbol *s, size_t k, const struct trade *t, bool *closed)
{
	struct bar *open = &s->open[k];
	int64_t start_us;

	*closed = false;
	/* most trades: no division */
	if (open->start_us != AGG_NO_BAR && t->ts_us >= open->start_us &&
	    t->ts_us - open->start_us < agg_width(a, k))
		return bar_add(open, t) ? AGG_OK : AGG_E_OVERFLOW;
	start_us = agg_window(a, k, t->ts_us);
	*closed = start_us + agg_width(a, k) <= s->clock_us;
	if (!*closed)
		return bar_add(open_bar(a, s, k, start_us), t) ? AGG_OK : AGG_E_OVERFLOW;
	if (is_kept(a, s, k, start_us))
		return fold_late(a, s, k, start_us, t);
	a->listener.missed(a->listener.context, name_of(s), &a->options.intervals.list[k], t);
	return AGG_OK;
}

/*
 * Into every bar that the trade touches and that does not get it from below: those without a
 * source, those whose source's window has closed already.
 */
static enum agg_verdict
fold(struct agg *a, struct agg_symbol *s, const struct trade *t)
{
	const struct intervals *v = &a->options.intervals;
	bool closed[INTERVALS_MAX];
	enum agg_verdict e = AGG_OK;

	/* at the symbol's own time no window has closed */
	if (t->ts_us == s->clock_us) {
		for (size_t i = 0; e == AGG_OK && i < a->roots_n; i++)
			e = fold_one(a, s, a->roots[i], t, &closed[0]);
		return e;
	}
	for (size_t k = 0; e == AGG_OK && k < v->n; k++) {
		int source = v->list[k].source;

		closed[k] = false;
		if (source < 0 || closed[source])
			e = fold_one(a, s, k, t, &closed[k]);
	}
	return e;
}

/* Does any bar that it touches still take it? */
static bool
is_too_late(const struct agg *a, const struct agg_symbol *s, const struct trade *t)
{
	for (size_t k = 0; k < a->options.intervals.n; k++)
		if (is_kept(a, s, k, agg_window(a, k, t->ts_us)))
			return false;
	return true;
}

/* The symbol's first trade: unless it is the very first there is, trades before it are missing. */
static void
begin(struct agg_symbol *s, const struct trade *t)
{
	s->known_from_us = t->id > 1 ? t->ts_us : 0;
	s->clock_us = t->ts_us;
}

enum agg_verdict
agg_trade(struct agg *a, struct span symbol, const struct trade *t)
{
	enum agg_verdict v = AGG_OK;
	struct agg_symbol *s = agg_symbol(a, symbol, &v);
	enum ids_verdict seen;
	struct ids_run gap = {0};

	if (!s)
		return v;
	seen = ids_look(&s->ids, t->id, &gap);
	if (seen == IDS_SEEN || seen == IDS_UNDECIDED) {
		a->duplicates += seen == IDS_SEEN;
		return seen == IDS_SEEN ? AGG_DUPLICATE : AGG_E_UNDECIDED;
	}
	if (s->ids.last == 0)
		begin(s, t);
	else if (t->ts_us < s->clock_us && is_too_late(a, s, t))
		return AGG_E_TOO_LATE;
	if (seen == IDS_NEW_AFTER_GAP)
		a->listener.gap(a->listener.context, symbol, gap, false);
	if (ids_take(&s->ids, t->id, seen) == IDS_NO_MEMORY)
		return AGG_E_MEMORY;
	/* what came before the first trade was never reported missing */
	if (seen == IDS_LATE && t->id > s->ids.known_from)
		a->listener.gap(a->listener.context, symbol, (struct ids_run){t->id, t->id}, true);
	kept_add(&a->kept, a->last, t);
	if (t->ts_us >= s->clock_us) {
		v = advance(a, s, t->ts_us);
		s->last_px = t->px;
	} else {
		a->late++;
	}
	return v == AGG_OK ? fold(a, s, t) : v;
}

/* ---- watermarks and open bars ---- */

enum agg_verdict
agg_watermark(struct agg *a, struct span symbol, int64_t ts_us)
{
	for (size_t i = 0; i < a->n; i++) {
		struct agg_symbol *s = a->symbols[i];
		enum agg_verdict v;

		if (ts_us <= s->clock_us || (symbol.ptr && !is_named(s, symbol)))
			continue;
		v = advance(a, s, ts_us);
		if (v != AGG_OK)
			return v;
	}
	return AGG_OK;
}

/* The open bar as it would be if it closed now: with the open bars of its sources in it. */
static enum agg_verdict
tell_open(struct agg *a, struct agg_symbol *s, size_t k)
{
	const struct intervals *v = &a->options.intervals;
	struct bar whole = {.start_us = AGG_NO_BAR};
	bool changed = false;
	int64_t start_us = agg_window(a, k, s->clock_us);
	struct bar *own;

	for (int i = (int)k; i >= 0; i = v->list[i].source) {
		const struct bar *b = &s->open[i];

		if (b->start_us == AGG_NO_BAR)
			continue;
		changed = changed || b->changed;
		if (whole.start_us == AGG_NO_BAR)
			whole = (struct bar){.start_us = start_us};
		if (!bar_merge(&whole, b))
			return AGG_E_OVERFLOW;
	}
	if (!changed || whole.trades == 0)
		return AGG_OK;
	own = open_bar(a, s, k, start_us);
	whole.version = ++own->version;
	whole.partial = own->partial;
	a->listener.bar(a->listener.context, name_of(s), &v->list[k], &whole);
	return AGG_OK;
}

enum agg_verdict
agg_provisional(struct agg *a)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < a->options.intervals.n; k++) {
			enum agg_verdict v = tell_open(a, a->symbols[i], k);

			if (v != AGG_OK)
				return v;
		}
		for (size_t k = 0; k < a->options.intervals.n; k++)
			a->symbols[i]->open[k].changed = false;
	}
	return AGG_OK;
}

/* ---- words ---- */

const char *
agg_verdict_code(enum agg_verdict v)
{
	switch (v) {
	case AGG_OK: return "OK";
	case AGG_DUPLICATE: return "DUPLICATE";
	case AGG_E_TOO_LATE: return "TOO_LATE";
	case AGG_E_UNDECIDED: return "OLD_TRADE_ID";
	case AGG_E_UNKNOWN: return "UNKNOWN_TRADE";
	case AGG_E_OVERFLOW: return "OVERFLOW";
	case AGG_E_SYMBOLS: return "TOO_MANY_SYMBOLS";
	case AGG_E_MEMORY: return "NO_MEMORY";
	}
	check_failed(__FILE__, __LINE__, "an agg_verdict");
}

const char *
agg_verdict_text(enum agg_verdict v)
{
	switch (v) {
	case AGG_OK: return "";
	case AGG_DUPLICATE: return "this trade has been counted";
	case AGG_E_TOO_LATE: return "no bar that it touches is kept any longer";
	case AGG_E_UNDECIDED:
		return "too many ids were missing to remember whether this one was seen";
	case AGG_E_UNKNOWN: return "no trade of this id is kept";
	case AGG_E_OVERFLOW: return "a sum would not fit 128 bits";
	case AGG_E_SYMBOLS: return "too many symbols";
	case AGG_E_MEMORY: return "no memory";
	}
	check_failed(__FILE__, __LINE__, "an agg_verdict");
}
