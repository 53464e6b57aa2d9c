/* settle_input: one line of the input: a trade becomes a swap, an address goes into the book. */
#include "settle_parts.h"

#include "diag.h"
#include "event.h"
#include "json.h"
#include "trade.h"

#define INPUT_MAX 4096

static void
refuse(struct settle *t, const char *code, const char *why, struct span line)
{
	struct buf *out = &t->flow.out;

	t->flow.troubled = true;
	if (line.len > INPUT_MAX)
		line.len = INPUT_MAX;
	buf_str(out, "{\"type\":\"reject\"");
	buf_json_member_u64(out, "in", t->lines);
	buf_json_member_string(out, "reason", span_of(code));
	buf_json_member_string(out, "msg", span_of(why));
	buf_json_member_string(out, "input", line);
	buf_str(out, "}\n");
}

/* It has left the book. Paid it is in any case; the archive knows whether this is the same. */
static void
take_settled(struct settle *t, struct span id_digest, struct span line)
{
	size_t n = span_find(id_digest, SPAN_LIT("\n"));
	struct span id = {id_digest.ptr, n},
		    digest = {id_digest.ptr + n + 1, id_digest.len - n - 1};
	struct buf was;

	buf_init(&was, LIMIT_LINE_BYTES);
	if (!book_archive_digest(&t->state.archive, id, &was)) {
		diag(DIAG_ERROR, "archive", diag_str("file", t->state.archive.path),
		     diag_span("swap", id), diag_str("why", "settled, and missing here"));
		refuse(t, "SETTLED", "it was settled; how is not in the archive", line);
	} else if (!span_equal(buf_span(&was), digest)) {
		refuse(t, "CONTRADICTION", "the same tradeId came before with other contents",
		       line);
	}
	buf_release(&was);
}

static void
take_trade(struct settle *t, const struct event *e, struct span line)
{
	struct flow *f = &t->flow;
	const char *code, *why;
	struct buf swap;
	enum trade_verdict v;

	buf_init(&swap, LIMIT_LINE_BYTES);
	v = trade_swap(&f->book, &f->config, e, line, f->clock_us, &swap, &code, &why);
	switch (v) {
	case TRADE_KNOWN: break;
	case TRADE_SETTLED: take_settled(t, buf_span(&swap), line); break;
	case TRADE_REJECT: refuse(t, code, why, line); break;
	case TRADE_SWAP:
	case TRADE_NO_ADDRESS:
		journal_line(f, buf_span(&swap));
		flow_add_swap(f, f->book.swaps[f->book.swaps_n - 1]);
		break;
	}
	buf_release(&swap);
}

/* It must be good before it is in the log, and say something new. */
static void
take_address_record(struct settle *t, struct span line)
{
	static const uint64_t any[2] = {1, 2};
	struct swap_book probe;
	const char *why;

	swap_book_init(&probe, any);
	why = swap_book_apply(&probe, line);
	if (!why && probe.addresses_n != 1)
		why = "no address";
	if (why)
		refuse(t, "BAD_ADDRESS", why, line);
	else if (!swap_book_has_address(&t->flow.book, &probe.addresses[0]))
		journal_line(&t->flow, line);
	swap_book_release(&probe);
}

void
settle_take_line(struct settle *t, struct span line, bool too_long)
{
	struct event e;
	const char *why = too_long ? "longer than a line may be" : event_read(line, &e);

	t->lines++;
	if (why) {
		refuse(t, "BAD_LINE", why, line);
	} else if (e.type == EVENT_TRADE) {
		take_trade(t, &e, line);
	} else if (span_is(e.name, "address")) {
		take_address_record(t, json_trim(line));
	}
}
