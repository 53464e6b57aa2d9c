#include "bar.h"

#include "check.h"

/* (ts, id) of a before that of b? */
static bool
before(int64_t a_ts, uint64_t a_id, int64_t b_ts, uint64_t b_id)
{
	return a_ts != b_ts ? a_ts < b_ts : a_id < b_id;
}

struct sums {
	decimal_int volume, turnover, buy_volume, buy_turnover;
};

static bool
sum(const struct bar *b, const struct sums *more, struct sums *out)
{
	return !__builtin_add_overflow(b->volume, more->volume, &out->volume) &&
	       !__builtin_add_overflow(b->turnover, more->turnover, &out->turnover) &&
	       !__builtin_add_overflow(b->buy_volume, more->buy_volume, &out->buy_volume) &&
	       !__builtin_add_overflow(b->buy_turnover, more->buy_turnover, &out->buy_turnover);
}

static void
put_sums(struct bar *b, const struct sums *s)
{
	b->volume = s->volume;
	b->turnover = s->turnover;
	b->buy_volume = s->buy_volume;
	b->buy_turnover = s->buy_turnover;
}

bool
bar_add(struct bar *b, const struct trade *t)
{
	/* all ones, or none: which cannot be guessed, so no branch */
	int64_t buys = -(int64_t)t->taker_buys;
	struct sums more = {t->sz, t->turnover, t->sz & buys, t->turnover & buys};

	if (!sum(b, &more, &more))
		return false;
	put_sums(b, &more);
	if (!b->changed)
		b->untold_us = t->ts_us;
	b->changed = true;
	if (b->trades++ == 0) {
		b->open = b->high = b->low = b->close = t->px;
		b->open_ts = b->close_ts = t->ts_us;
		b->open_id = b->close_id = t->id;
		return true;
	}
	if (t->px > b->high)
		b->high = t->px;
	if (t->px < b->low)
		b->low = t->px;
	if (before(t->ts_us, t->id, b->open_ts, b->open_id)) {
		b->open_ts = t->ts_us;
		b->open_id = t->id;
		b->open = t->px;
	}
	if (before(b->close_ts, b->close_id, t->ts_us, t->id)) {
		b->close_ts = t->ts_us;
		b->close_id = t->id;
		b->close = t->px;
	}
	return true;
}

bool
bar_merge(struct bar *b, const struct bar *from)
{
	struct sums more = {from->volume, from->turnover, from->buy_volume, from->buy_turnover};

	if (from->trades == 0)
		return true;
	if (!sum(b, &more, &more))
		return false;
	put_sums(b, &more);
	if (!b->changed)
		b->untold_us = from->untold_us;
	b->changed = true;
	if (b->trades == 0 || from->high > b->high)
		b->high = from->high;
	if (b->trades == 0 || from->low < b->low)
		b->low = from->low;
	if (b->trades == 0 || before(from->open_ts, from->open_id, b->open_ts, b->open_id)) {
		b->open_ts = from->open_ts;
		b->open_id = from->open_id;
		b->open = from->open;
	}
	if (b->trades == 0 || before(b->close_ts, b->close_id, from->close_ts, from->close_id)) {
		b->close_ts = from->close_ts;
		b->close_id = from->close_id;
		b->close = from->close;
	}
	b->trades += from->trades;
	return true;
}

/* ---- printing ---- */

/* The longest record but for the symbol's name: 12 names, 8 decimals, 8 integers. */
#define BAR_TEXT_MAX 1100

struct pen {
	char *p;
};

static void
put(struct pen *w, struct span s)
{
	memcpy(w->p, s.ptr, s.len);
	w->p += s.len;
}

static void
put_u64(struct pen *w, uint64_t v)
{
	char digits[20];
	size_t n = 0;

	do
		digits[sizeof digits - ++n] = (char)('0' + v % 10);
	while (v /= 10);
	put(w, (struct span){digits + sizeof digits - n, n});
}

static void
put_money(struct pen *w, struct span name, decimal_int v, unsigned scale)
{
	put(w, name);
	w->p += fixed_print(v, scale, w->p);
	*w->p++ = '"';
}

static void
put_prices(struct pen *w, const struct bar *b)
{
	/* a window whose trades were all cancelled has no price */
	if (b->trades == 0 && b->open == 0) {
		put(w, SPAN_LIT(",\"open\":null,\"high\":null,\"low\":null,\"close\":null"));
		return;
	}
	put_money(w, SPAN_LIT(",\"open\":\""), b->open, BAR_SCALE);
	put_money(w, SPAN_LIT(",\"high\":\""), b->high, BAR_SCALE);
	put_money(w, SPAN_LIT(",\"low\":\""), b->low, BAR_SCALE);
	put_money(w, SPAN_LIT(",\"close\":\""), b->close, BAR_SCALE);
}

static void
put_ids(struct pen *w, const struct bar *b)
{
	if (b->trades == 0) {
		put(w, SPAN_LIT(",\"firstTradeId\":null,\"lastTradeId\":null"));
		return;
	}
	put(w, SPAN_LIT(",\"firstTradeId\":\""));
	put_u64(w, b->open_id);
	put(w, SPAN_LIT("\",\"lastTradeId\":\""));
	put_u64(w, b->close_id);
	*w->p++ = '"';
}

void
bar_print(const struct bar *b, struct span symbol, const char *interval, uint64_t seq, uint64_t in,
	  struct buf *out)
{
	char *room = buf_room(out, BAR_TEXT_MAX + symbol.len);
	struct pen w = {room};

	CHECK(room && b->start_us >= 0);
	put(&w, SPAN_LIT("{\"type\":\"kline\""));
	if (seq) {
		put(&w, SPAN_LIT(",\"seq\":"));
		put_u64(&w, seq);
		put(&w, SPAN_LIT(",\"in\":"));
		put_u64(&w, in);
	}
	put(&w, SPAN_LIT(",\"symbol\":\""));
	put(&w, symbol);
	put(&w, SPAN_LIT("\",\"interval\":\""));
	put(&w, span_of(interval));
	put(&w, SPAN_LIT("\",\"windowStart\":"));
	put_u64(&w, (uint64_t)b->start_us);
	put_prices(&w, b);
	put_money(&w, SPAN_LIT(",\"volume\":\""), b->volume, BAR_SCALE);
	put_money(&w, SPAN_LIT(",\"turnover\":\""), b->turnover, BAR_TURNOVER_SCALE);
	put(&w, SPAN_LIT(",\"trades\":"));
	put_u64(&w, b->trades);
	put_money(&w, SPAN_LIT(",\"takerBuyVolume\":\""), b->buy_volume, BAR_SCALE);
	put_money(&w, SPAN_LIT(",\"takerBuyTurnover\":\""), b->buy_turnover, BAR_TURNOVER_SCALE);
	put_ids(&w, b);
	put(&w, SPAN_LIT(",\"version\":"));
	put_u64(&w, b->version);
	put(&w, b->closed ? SPAN_LIT(",\"closed\":true") : SPAN_LIT(",\"closed\":false"));
	put(&w, b->partial ? SPAN_LIT(",\"partial\":true}") : SPAN_LIT(",\"partial\":false}"));
	CHECK((size_t)(w.p - room) <= BAR_TEXT_MAX + symbol.len);
	buf_grown(out, (size_t)(w.p - room));
}
