/*
 * Catches events that crash book-snap's books, a printed book that is no JSON or differs from
 * itself, and a state that does not come back as it was written.
 */
#include "fuzz.h"
#include "json.h"
#include "ladder.h"

static const uint64_t secret[2] = {1, 2};

static void
check_self(const struct ladder *l, struct span symbol, struct buf *out)
{
	struct ladder_difference d;
	struct event e;

	buf_clear(out);
	ladder_print(l, symbol, 5, out);
	if (!buf_ok(out))
		return;
	FUZZ_CHECK(json_check(buf_span(out), NULL) == JSON_OK);
	FUZZ_CHECK(!event_read(buf_span(out), &e) && e.type == EVENT_BOOK && e.depth == 5);
	FUZZ_CHECK(!ladder_differs(l, symbol, true, e.bids, 5, &d));
	FUZZ_CHECK(!ladder_differs(l, symbol, false, e.asks, 5, &d));
}

static void
check_state(const struct ladder *l, struct buf *out)
{
	struct ladder again;

	ladder_init(&again, secret);
	for (size_t i = 0; i < l->symbol_n; i++) {
		buf_clear(out);
		ladder_save_symbol(l, i, out);
		FUZZ_CHECK(json_check(buf_span(out), NULL) == JSON_OK);
		FUZZ_CHECK(ladder_load_symbol(&again, buf_span(out)));
	}
	for (size_t i = 0; i < l->order_n; i++) {
		if (!l->orders[i].key)
			continue;
		buf_clear(out);
		ladder_save_order(l, i, out);
		FUZZ_CHECK(json_check(buf_span(out), NULL) == JSON_OK);
		FUZZ_CHECK(ladder_load_order(&again, buf_span(out)));
	}
	ladder_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct ladder l;
	struct buf out;
	bool full = false;

	buf_init(&out, 1 << 20);
	ladder_init(&l, secret);
	while (in.len && !full) {
		struct event e;
		const char *why;
		struct span line = fuzz_until(&in, '\n');

		if (event_read(line, &e))
			continue;
		if (e.type == EVENT_BOOK && e.symbol.ptr) {
			struct ladder_difference d;

			ladder_differs(&l, e.symbol, true, e.bids, e.depth, &d);
			continue;
		}
		full = ladder_apply(&l, &e, &why) == LADDER_FULL;
	}
	for (size_t i = 0; i < l.symbol_n && !full; i++)
		check_self(&l, (struct span){l.symbols[i].name, l.symbols[i].name_len}, &out);
	if (!full)
		check_state(&l, &out);
	ladder_release(&l);
	buf_release(&out);
	return 0;
}
