/* Catches snapshots that crash order-intake, when they are read or by the lines and events that
 * follow, though their checksum is right, and one that is not written as it was read. The input is
 * the lines of one, whose checksum is put behind them, and after an empty line lines of a log. */
#include "fuzz.h"
#include "gate_replay.h"
#include "gate_snapshot.h"
#include "snapshots.h"

static const uint64_t secret[2] = {1, 2};

/* Written again it can be read again, by the same and by those who ask for less. */
static void
check_again(const struct gate *g, const struct gate_at *at)
{
	struct gate_options none = {.storm_cancels = 1};
	struct gate_at at_again;
	enum gate_part part;
	struct buf once, twice;
	struct gate again;

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	gate_snapshot_write(g, at, &once);
	FUZZ_CHECK(buf_ok(&once));
	gate_init(&again, &g->options, secret);
	FUZZ_CHECK(gate_snapshot_read(&again, &at_again, &part, buf_span(&once)) ==
		   GATE_SNAPSHOT_OK);
	FUZZ_CHECK(at_again.log == at->log && at_again.lines == at->lines);
	gate_snapshot_write(&again, at, &twice);
	FUZZ_CHECK(twice.len == once.len);
	gate_release(&again);
	gate_init(&again, &none, secret);
	FUZZ_CHECK(gate_snapshot_read(&again, &at_again, &part, buf_span(&once)) ==
		   GATE_SNAPSHOT_OK);
	FUZZ_CHECK(again.account_n == g->account_n && part == gate_part(&g->options));
	gate_release(&again);
	buf_release(&once);
	buf_release(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gate_options o = {
	    .track = true, .storm_cancels = 3, .storm_us = 10, .cooldown_us = 10};
	struct span in = fuzz_span(data, size), text = in;
	enum gate_part part;
	struct gate_at at;
	struct buf file;
	struct gate g;
	bool printed;

	text.len = span_find(in, SPAN_LIT("\n\n"));
	text.len += text.len < in.len;
	fuzz_take(&in, text.len);
	o.releases = span_find(text, SPAN_LIT("\"open\"")) < text.len;
	o.track = o.releases || span_find(text, SPAN_LIT("\"held\"")) < text.len;
	buf_init(&file, size + 64);
	buf_add(&file, text);
	snapshots_seal(&file, 0);
	gate_init(&g, &o, secret);
	if (gate_snapshot_read(&g, &at, &part, buf_span(&file)) == GATE_SNAPSHOT_OK) {
		check_again(&g, &at);
		while (in.len)
			gate_replay(&g, fuzz_until(&in, '\n'), &printed);
		/* events make names that no snapshot could have only where they are too long */
		check_again(&g, &at);
	}
	gate_release(&g);
	buf_release(&file);
	return 0;
}
