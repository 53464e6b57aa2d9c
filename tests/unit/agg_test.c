/* Would catch: a bar that depends on the order of arrival, on restarts, on duplicates; a roll-up
 * that does not add up; a cancelled trade that leaves a trace. The oracle keeps all trades and adds
 * them up window by window. */
#include "test.h"

#include "agg.h"
#include "checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#define TRADES 4000
#define OUT_MAX 200000
#define BASE_US (INT64_C(1700000000) * 1000000)

struct told {
	char interval[INTERVAL_NAME_MAX];
	char symbol[16];
	struct bar bar;
};

static struct told told[OUT_MAX];
static size_t told_n;
static struct ids_run gaps[1000];
static size_t gaps_n, filled_n, missed_n;

static void
on_bar(void *context, struct span symbol, const struct interval *interval, const struct bar *bar)
{
	(void)context;
	EXPECT(told_n < OUT_MAX);
	snprintf(told[told_n].symbol, sizeof told[0].symbol, "%.*s", (int)symbol.len, symbol.ptr);
	memcpy(told[told_n].interval, interval->name, sizeof interval->name);
	told[told_n++].bar = *bar;
}

static void
on_gap(void *context, struct span symbol, struct ids_run run, bool filled)
{
	(void)context;
	(void)symbol;
	if (filled)
		filled_n++;
	else if (gaps_n < 1000)
		gaps[gaps_n++] = run;
}

static void
on_missed(void *context, struct span symbol, const struct interval *interval,
	  const struct trade *trade)
{
	(void)context;
	(void)symbol;
	(void)interval;
	(void)trade;
	missed_n++;
}

static void
start(struct agg *a, const char *intervals, uint64_t fill)
{
	struct agg_options o = {.kept_trades = TRADES, .symbols_max = 4, .fill_max = fill};
	const struct agg_listener l = {NULL, on_bar, on_gap, on_missed};

	EXPECT(intervals_parse(span_of(intervals), 0, &o.intervals) == NULL);
	for (size_t k = 0; k < o.intervals.n; k++)
		o.lateness_us[k] = 30 * INTERVAL_DAY_US;
	EXPECT(agg_init(a, &o, &l));
	told_n = gaps_n = filled_n = missed_n = 0;
}

/* ---- trades and the oracle ---- */

static struct trade trades[TRADES];

static void
make_trades(uint64_t seed)
{
	int64_t ts = BASE_US;

	for (size_t i = 0; i < TRADES; i++) {
		struct trade *t = &trades[i];
		uint64_t r = test_random(&seed);

		/* many share a time; now and then nothing happens for minutes or hours */
		if (r % 10 >= 4)
			ts += (int64_t)(r >> 8) % 900000;
		if (r % 397 == 0)
			ts += (int64_t)(r >> 16) % (INT64_C(7200) * 1000000);
		*t = (struct trade){.id = i + 1,
				    .ts_us = ts,
				    .px = 1 + (int64_t)(test_random(&seed) % 1000) * 1000000,
				    .sz = 1 + (int64_t)(test_random(&seed) % 100000),
				    .taker_buys = r & 32};
		t->turnover = (decimal_int)t->px * t->sz;
	}
}

static struct bar
oracle(int64_t start_us, int64_t width_us, const bool *gone)
{
	struct bar b = {.start_us = start_us};

	for (size_t i = 0; i < TRADES; i++) {
		const struct trade *t = &trades[i];

		if ((gone && gone[i]) || t->ts_us < start_us || t->ts_us >= start_us + width_us)
			continue;
		/* ids rise with time here, so order is order of the array */
		if (b.trades++ == 0)
			b.open = b.high = b.low = t->px;
		b.high = t->px > b.high ? t->px : b.high;
		b.low = t->px < b.low ? t->px : b.low;
		b.close = t->px;
		b.volume += t->sz;
		b.turnover += t->turnover;
		b.buy_volume += t->taker_buys ? t->sz : 0;
		b.buy_turnover += t->taker_buys ? t->turnover : 0;
	}
	return b;
}

static bool
same_numbers(const struct bar *a, const struct bar *b)
{
	return a->trades == b->trades &&
	       (a->trades == 0 || (a->open == b->open && a->high == b->high && a->low == b->low &&
				   a->close == b->close)) &&
	       a->volume == b->volume && a->turnover == b->turnover &&
	       a->buy_volume == b->buy_volume && a->buy_turnover == b->buy_turnover;
}

/* The newest word on the window. */
static const struct bar *
newest(const char *interval, int64_t start_us)
{
	const struct bar *found = NULL;

	for (size_t i = 0; i < told_n; i++)
		if (told[i].bar.start_us == start_us && strcmp(told[i].interval, interval) == 0)
			found = &told[i].bar;
	return found;
}

/* Every window with a trade has a bar, right in all numbers, and nothing else has. */
static void
expect_right(const struct agg *a, const bool *gone)
{
	for (size_t k = 0; k < a->options.intervals.n; k++) {
		const struct interval *v = &a->options.intervals.list[k];
		int64_t at = -1;

		for (size_t i = 0; i < TRADES; i++) {
			int64_t start_us = interval_start(trades[i].ts_us, v->width_us, 0);
			const struct bar *got;
			struct bar want;

			if (start_us == at)
				continue;
			at = start_us;
			want = oracle(start_us, v->width_us, gone);
			got = newest(v->name, start_us);
			EXPECT(got && same_numbers(got, &want));
		}
	}
}

static void
feed(struct agg *a, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		EXPECT(agg_trade(a, SPAN_LIT("A-B"), &trades[i]) == AGG_OK);
}

/* ---- tests ---- */

static void
in_order(void)
{
	static const char *const lists[] = {"1s,1m,5m,15m,1h,4h,1d", "1m", "2m,3m", "7s,21s,1m"};

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		struct agg a;

		make_trades(7 + i);
		start(&a, lists[i], 0);
		feed(&a, 0, TRADES);
		EXPECT(agg_provisional(&a) == AGG_OK);
		expect_right(&a, NULL);
		EXPECT(gaps_n == 0 && missed_n == 0 && a.late == 0);
		agg_release(&a);
	}
}

static void
versions_and_order_of_output(void)
{
	struct agg a;

	make_trades(3);
	start(&a, "1s,1m,1h", 0);
	feed(&a, 0, TRADES);
	/* in order, each window is told once, closed, and the finest first where several close at
	 * once */
	for (size_t i = 0; i < told_n; i++) {
		EXPECT(told[i].bar.version == 1 && told[i].bar.closed && !told[i].bar.partial);
		if (i && strcmp(told[i].interval, "1s") != 0 &&
		    strcmp(told[i - 1].interval, "1s") == 0)
			EXPECT(strcmp(told[i].interval, "1m") == 0);
	}
	agg_release(&a);
}

/* Move each trade up to `reach` places: the final bars are those of the stream in order. */
static void
shuffled(void)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		uint64_t random = seed;
		size_t order[TRADES];
		struct agg a;

		make_trades(seed);
		for (size_t i = 0; i < TRADES; i++)
			order[i] = i;
		for (size_t i = 1; i < TRADES; i++) {
			size_t k = i - test_random(&random) % (i < 200 ? i : 200), swap = order[i];

			order[i] = order[k];
			order[k] = swap;
		}
		start(&a, "1s,1m,5m,1h,1d", 0);
		for (size_t i = 0; i < TRADES; i++)
			EXPECT(agg_trade(&a, SPAN_LIT("A-B"), &trades[order[i]]) == AGG_OK);
		EXPECT(agg_provisional(&a) == AGG_OK);
		EXPECT(a.late > TRADES / 4 && gaps_n > 0);
		expect_right(&a, NULL);
		/* nothing is missing at the end */
		EXPECT(a.symbols[0]->ids.n == 0 && a.symbols[0]->ids.last == TRADES);
		agg_release(&a);
	}
}

static void
duplicates(void)
{
	struct agg a;

	make_trades(11);
	start(&a, "1s,1m,1h", 0);
	for (size_t i = 0; i < TRADES; i++) {
		EXPECT(agg_trade(&a, SPAN_LIT("A-B"), &trades[i]) == AGG_OK);
		EXPECT(agg_trade(&a, SPAN_LIT("A-B"), &trades[i / 2]) == AGG_DUPLICATE);
	}
	agg_provisional(&a);
	expect_right(&a, NULL);
	EXPECT(a.duplicates == TRADES);
	agg_release(&a);
}

/* A run of the first half, a checkpoint, and another process for the second: the same bars, the
 * same versions. */
static void
restarted(void)
{
	char directory[] = "/tmp/agg_test.XXXXXX";
	struct checkpoint c = {.in = 5, .seq = 6}, back;
	int fd;

	EXPECT(mkdtemp(directory) != NULL);
	fd = open(directory, O_RDONLY | O_DIRECTORY);
	for (size_t cut = 1; cut < TRADES; cut += 371) {
		static struct told whole[OUT_MAX];
		size_t whole_n, at;
		struct agg a, b;

		make_trades(cut);
		start(&a, "1s,1m,5m,1h,1d", 0);
		feed(&a, 0, TRADES);
		whole_n = told_n;
		memcpy(whole, told, sizeof told);
		agg_release(&a);

		start(&a, "1s,1m,5m,1h,1d", 0);
		feed(&a, 0, cut);
		EXPECT(checkpoint_write(&a, &c, fd));
		agg_release(&a);
		at = told_n;
		start(&b, "1s,1m,5m,1h,1d", 0);
		told_n = at;
		EXPECT(checkpoint_read(&b, &back, fd) == CHECKPOINT_OK);
		EXPECT(back.in == 5 && back.seq == 6);
		feed(&b, cut, TRADES);
		EXPECT(told_n == whole_n);
		for (size_t i = 0; i < told_n && i < whole_n; i++)
			EXPECT(same_numbers(&told[i].bar, &whole[i].bar) &&
			       told[i].bar.version == whole[i].bar.version &&
			       told[i].bar.start_us == whole[i].bar.start_us);
		agg_release(&b);
	}
	unlinkat(fd, CHECKPOINT_FILE, 0);
	close(fd);
	rmdir(directory);
}

static void
cancelled(void)
{
	struct agg a;
	bool gone[TRADES] = {0};
	uint64_t random = 5;

	make_trades(13);
	start(&a, "1s,1m,5m,1h,1d", 0);
	for (size_t i = 0; i < TRADES; i++) {
		feed(&a, i, i + 1);
		if (i % 7 == 0) {
			size_t victim = test_random(&random) % (i + 1);

			if (gone[victim]) {
				EXPECT(agg_cancel(&a, SPAN_LIT("A-B"), victim + 1) ==
				       AGG_E_UNKNOWN);
				continue;
			}
			EXPECT(agg_cancel(&a, SPAN_LIT("A-B"), victim + 1) == AGG_OK);
			gone[victim] = true;
		}
	}
	agg_provisional(&a);
	expect_right(&a, gone);
	agg_release(&a);
}

static void
corrected(void)
{
	struct agg a;
	uint64_t random = 17;

	make_trades(19);
	start(&a, "1s,1m,5m,1h,1d", 0);
	for (size_t i = 0; i < TRADES; i++) {
		feed(&a, i, i + 1);
		if (i % 11 == 0) {
			struct trade *t = &trades[test_random(&random) % (i + 1)];

			t->px = 5000 + (int64_t)(test_random(&random) % 1000);
			t->sz *= 3;
			t->turnover = (decimal_int)t->px * t->sz;
			EXPECT(agg_correct(&a, SPAN_LIT("A-B"), t->id, t->px, t->sz, t->turnover) ==
			       AGG_OK);
		}
	}
	agg_provisional(&a);
	expect_right(&a, NULL);
	agg_release(&a);
}

/* What is no longer kept is refused, and the bars stay as they were. */
static void
cancel_too_old(void)
{
	struct agg_options o = {.kept_trades = 10, .symbols_max = 1};
	const struct agg_listener l = {NULL, on_bar, on_gap, on_missed};
	struct agg a;

	make_trades(2);
	EXPECT(intervals_parse(SPAN_LIT("1h"), 0, &o.intervals) == NULL);
	o.lateness_us[0] = 30 * INTERVAL_DAY_US;
	EXPECT(agg_init(&a, &o, &l));
	told_n = 0;
	feed(&a, 0, 100);
	EXPECT(agg_cancel(&a, SPAN_LIT("A-B"), 1) == AGG_E_UNKNOWN);
	/* kept itself, but not all of its hour's others */
	EXPECT(agg_cancel(&a, SPAN_LIT("A-B"), 99) == AGG_E_TOO_LATE);
	EXPECT(agg_cancel(&a, SPAN_LIT("X-Y"), 99) == AGG_E_UNKNOWN);
	agg_provisional(&a);
	EXPECT(told[told_n - 1].bar.trades > 1);
	agg_release(&a);
}

static struct trade
one(uint64_t id, int64_t second, int64_t px)
{
	return (struct trade){
	    .id = id, .ts_us = BASE_US + second * 1000000, .px = px, .sz = 2, .turnover = 2 * px};
}

static void
put(struct agg *a, uint64_t id, int64_t second, int64_t px)
{
	struct trade t = one(id, second, px);

	EXPECT(agg_trade(a, SPAN_LIT("A-B"), &t) == AGG_OK);
}

/* Boundaries: a trade on the second begins a window, and is not the end of the one before. */
static void
boundaries(void)
{
	struct agg a;

	start(&a, "1s,10s", 0);
	put(&a, 1, 0, 100);
	put(&a, 2, 10, 200);
	EXPECT(told_n == 2);
	EXPECT(told[0].bar.start_us == BASE_US && told[0].bar.close == 100);
	EXPECT_STR(told[1].interval, "10s");
	EXPECT(told[1].bar.start_us == BASE_US && told[1].bar.trades == 1);
	agg_release(&a);
}

/* A recording that begins in the middle: its first bars are partial, and no others. */
static void
partial(void)
{
	struct agg a;

	start(&a, "1s,1m", 0);
	put(&a, 500, 5, 100);
	put(&a, 501, 70, 100);
	put(&a, 502, 200, 100);
	EXPECT(newest("1s", BASE_US + 5000000)->partial == false);
	EXPECT(newest("1m", interval_start(BASE_US + 5000000, 60000000, 0))->partial);
	EXPECT(newest("1m", interval_start(BASE_US + 70000000, 60000000, 0))->partial == false);
	/* one that is older than the first is welcome, and no gap was ever reported */
	put(&a, 499, 4, 90);
	EXPECT(gaps_n == 0 && filled_n == 0);
	EXPECT(newest("1m", interval_start(BASE_US + 5000000, 60000000, 0))->trades == 2);
	agg_release(&a);
}

static void
gap_and_fill(void)
{
	struct agg a;

	start(&a, "1s", 0);
	put(&a, 1, 0, 100);
	put(&a, 5, 1, 100);
	EXPECT(gaps_n == 1 && gaps[0].first == 2 && gaps[0].last == 4);
	put(&a, 3, 1, 100);
	put(&a, 2, 1, 100);
	put(&a, 4, 1, 100);
	EXPECT(gaps_n == 1 && filled_n == 3 && a.symbols[0]->ids.n == 0);
	agg_release(&a);
}

static void
silence(void)
{
	struct agg a;

	start(&a, "1s,1m", 3);
	put(&a, 1, 0, 100);
	put(&a, 2, 2, 150);
	/* second 1 is filled with the close before it */
	EXPECT(told_n == 2 && told[1].bar.trades == 0 && told[1].bar.open == 100 &&
	       told[1].bar.volume == 0);
	EXPECT(agg_watermark(&a, (struct span){0}, BASE_US + 20 * 1000000) == AGG_OK);
	/* second 2 closes, then three flat ones and no more */
	EXPECT(told_n == 6 && told[2].bar.trades == 1 && told[5].bar.close == 150);
	EXPECT(agg_watermark(&a, (struct span){0}, BASE_US + 22 * 1000000) == AGG_OK);
	EXPECT(told_n == 6);
	/* a late trade in a flat window replaces it */
	put(&a, 3, 4, 170);
	EXPECT(told[told_n - 1].bar.version == 2 && told[told_n - 1].bar.trades == 1 &&
	       told[told_n - 1].bar.open == 170);
	agg_release(&a);
}

static void
too_late(void)
{
	struct agg a;
	struct trade t;

	start(&a, "1s,1m", 0);
	a.options.lateness_us[0] = 10 * 1000000;
	a.options.lateness_us[1] = 600 * 1000000;
	put(&a, 10, 0, 100);
	put(&a, 11, 300, 100);
	put(&a, 5, 200, 100);
	EXPECT(missed_n == 1); /* its second is gone, its minute is not */
	EXPECT(
	    newest("1m", interval_start(BASE_US + 200 * INT64_C(1000000), 60000000, 0))->trades ==
	    1);
	put(&a, 12, 3000, 100);
	t = one(6, 300, 100);
	EXPECT(agg_trade(&a, SPAN_LIT("A-B"), &t) == AGG_E_TOO_LATE);
	/* refused, not forgotten: nothing was taken in */
	EXPECT(a.symbols[0]->ids.n > 0);
	agg_release(&a);
}

static void
symbols(void)
{
	struct agg a;
	struct trade t = one(1, 0, 100);

	start(&a, "1s", 0);
	for (int i = 0; i < 4; i++) {
		char name[] = {'A', (char)('0' + i), 0};

		EXPECT(agg_trade(&a, span_of(name), &t) == AGG_OK);
	}
	EXPECT(agg_trade(&a, SPAN_LIT("B"), &t) == AGG_E_SYMBOLS);
	EXPECT(agg_trade(&a, SPAN_LIT("A2"), &t) == AGG_DUPLICATE);
	agg_release(&a);
}

static void
many_gaps(void)
{
	struct agg a;
	struct trade t;

	start(&a, "1h", 0);
	for (uint64_t id = 1; id < 2 * (IDS_RUNS_MAX + 10); id += 2)
		put(&a, id, 0, 100);
	t = one(2, 0, 100);
	EXPECT(agg_trade(&a, SPAN_LIT("A-B"), &t) == AGG_E_UNDECIDED);
	t = one(2 * IDS_RUNS_MAX, 0, 100);
	EXPECT(agg_trade(&a, SPAN_LIT("A-B"), &t) == AGG_OK);
	agg_release(&a);
}

/* A bit of a checkpoint's file that has changed is seen. */
static void
damaged_checkpoint(void)
{
	char directory[] = "/tmp/agg_test.XXXXXX", bytes[8192];
	struct checkpoint c = {0};
	struct agg a, b;
	ssize_t n;
	int fd, file;

	EXPECT(mkdtemp(directory) != NULL);
	fd = open(directory, O_RDONLY | O_DIRECTORY);
	start(&a, "1s,1m", 0);
	put(&a, 1, 0, 100);
	put(&a, 4, 3, 100);
	EXPECT(checkpoint_write(&a, &c, fd));
	file = openat(fd, CHECKPOINT_FILE, O_RDWR);
	n = read(file, bytes, sizeof bytes);
	EXPECT(n > 100);
	for (ssize_t i = 0; i < n; i++) {
		char flipped = (char)(bytes[i] ^ (1 << i % 7));

		EXPECT(pwrite(file, &flipped, 1, i) == 1);
		start(&b, "1s,1m", 0);
		EXPECT(checkpoint_read(&b, &c, fd) == CHECKPOINT_E_DAMAGED);
		agg_release(&b);
		EXPECT(pwrite(file, &bytes[i], 1, i) == 1);
	}
	for (ssize_t i = n - 1; i >= 0; i--) {
		EXPECT(ftruncate(file, i) == 0);
		start(&b, "1s,1m", 0);
		EXPECT(checkpoint_read(&b, &c, fd) == CHECKPOINT_E_DAMAGED);
		agg_release(&b);
	}
	start(&b, "1s", 0);
	EXPECT(checkpoint_write(&a, &c, fd));
	EXPECT(checkpoint_read(&b, &c, fd) == CHECKPOINT_E_OTHER);
	agg_release(&b);
	agg_release(&a);
	unlinkat(fd, CHECKPOINT_FILE, 0);
	close(file);
	close(fd);
	rmdir(directory);
}

static void
interval_lists(void)
{
	struct intervals v;

	EXPECT(intervals_parse(SPAN_LIT("1d,1s,1m"), 0, &v) == NULL);
	EXPECT(v.n == 3 && v.list[0].width_us == 1000000 && v.list[2].source == 1);
	EXPECT(intervals_parse(SPAN_LIT("2m,3m"), 0, &v) == NULL && v.list[1].source == -1);
	EXPECT(intervals_parse(SPAN_LIT(""), 0, &v) != NULL);
	EXPECT(intervals_parse(SPAN_LIT("60s,1m"), 0, &v) != NULL);
	EXPECT(intervals_parse(SPAN_LIT("0s"), 0, &v) != NULL);
	EXPECT(intervals_parse(SPAN_LIT("8d"), 0, &v) != NULL);
	EXPECT(intervals_parse(SPAN_LIT("1w"), 0, &v) != NULL);
	EXPECT(intervals_parse(SPAN_LIT("1s,,1m"), 0, &v) != NULL);
	EXPECT(intervals_parse(SPAN_LIT("99999999999s"), 0, &v) != NULL);
	/* OKX's day begins at 16:00 UTC */
	EXPECT(interval_start(INT64_C(1700000000) * 1000000, INTERVAL_DAY_US,
			      INT64_C(-8) * 3600 * 1000000) == INT64_C(1699977600) * 1000000);
	EXPECT(interval_start(0, 7, 3) == -4);
}

int
main(void)
{
	RUN(interval_lists);
	RUN(in_order);
	RUN(versions_and_order_of_output);
	RUN(shuffled);
	RUN(duplicates);
	RUN(restarted);
	RUN(cancelled);
	RUN(corrected);
	RUN(cancel_too_old);
	RUN(boundaries);
	RUN(partial);
	RUN(gap_and_fill);
	RUN(silence);
	RUN(too_late);
	RUN(symbols);
	RUN(many_gaps);
	RUN(damaged_checkpoint);
	return test_done();
}
