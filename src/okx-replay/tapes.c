#include "tapes.h"

#include "check.h"
#include "decimal.h"
#include "json.h"
#include "okx_id.h"
#include "scenario_rows.h"

#include <inttypes.h>
#include <stdio.h>

struct generate {
	uint64_t count, every_ms, end_ms, first_id;
	struct decimal px;
};

static bool
read_generate(struct rowfill *f, struct span object, struct generate *g)
{
	static const char *const names[] = {"count", "everyMs", "endMs", "firstTradeId", "px"};
	struct span values[5] = {{0}}, text;
	size_t known = 0;
	struct json_walk w;

	if (json_type(object) != JSON_OBJECT || !json_pick(object, names, 5, values, NULL))
		return complaint_say(f->complaint, "must be an object without repeated names");
	w = json_walk(object);
	for (struct span key, value; json_next_member(&w, &key, &value);)
		known++;
	for (size_t i = 0; i < 5; i++)
		known -= values[i].ptr != NULL;
	if (known)
		return complaint_say(f->complaint, "takes count, everyMs, endMs, firstTradeId, px");
	*g = (struct generate){.first_id = 1, .px = {650000, 1}};
	if (!values[0].ptr || !okx_id_parse(values[0], &g->count) || g->count > TAPES_TRADES_MAX)
		return complaint_say(f->complaint, "count must be a number up to %d",
				     TAPES_TRADES_MAX);
	if (!values[1].ptr || !okx_id_parse(values[1], &g->every_ms) || g->every_ms > 86400000)
		return complaint_say(f->complaint, "everyMs must be a number up to a day");
	if (!values[2].ptr || !rowfill_text(f, values[2], &text) ||
	    !okx_id_parse(text, &g->end_ms) || g->end_ms > INT64_MAX ||
	    g->end_ms <= g->count * g->every_ms)
		return complaint_say(f->complaint, "endMs must be a time such as \"@t-0\"");
	if (values[3].ptr && (!okx_id_parse(values[3], &g->first_id) || g->first_id > INT64_MAX))
		return complaint_say(f->complaint, "firstTradeId must be a number");
	if (values[4].ptr &&
	    (!rowfill_text(f, values[4], &text) || decimal_parse(text, &g->px) != DECIMAL_OK ||
	     g->px.scale > 18 || decimal_compare(g->px, (struct decimal){10, 0}) <= 0 ||
	     decimal_compare(g->px, (struct decimal){INT64_MAX, 0}) > 0))
		return complaint_say(f->complaint, "px must be a decimal number above 10");
	return true;
}

/* The i-th trade: the price goes up and down by less than 10, the size from 0.01 to 0.17. */
static void
put_trade(const struct generate *g, const char *inst_id, uint64_t i, struct buf *out)
{
	int64_t wave = (int64_t)(i * 7 % 200);
	struct decimal step = {(wave < 100 ? wave : 200 - wave) * 2 - 100, 1}, px;
	char text[DECIMAL_TEXT_MAX], size[32];
	size_t n;

	CHECK(decimal_add(g->px, step, &px) == DECIMAL_OK);
	n = decimal_print(px, text);
	snprintf(size, sizeof size, "0.%02u", (unsigned)(i * 5 % 17 + 1));
	buf_clear(out);
	buf_byte(out, '{');
	buf_json_member_string(out, "instId", span_of(inst_id));
	buf_json_member_string(out, "px", (struct span){text, n});
	buf_json_member_string(out, "side", i * 11 % 19 < 9 ? SPAN_LIT("buy") : SPAN_LIT("sell"));
	buf_json_member_string(out, "source", SPAN_LIT("0"));
	buf_json_member_string(out, "sz", span_of(size));
	snprintf(size, sizeof size, "%" PRIu64, g->first_id + i);
	buf_json_member_string(out, "tradeId", span_of(size));
	snprintf(size, sizeof size, "%" PRIu64, g->end_ms - (g->count - 1 - i) * g->every_ms);
	buf_json_member_string(out, "ts", span_of(size));
	buf_byte(out, '}');
}

static bool
generate_trades(struct rowfill *f, struct span object, struct tape *tape)
{
	struct generate g = {0};
	struct buf text;
	bool ok = true;

	if (!read_generate(f, object, &g))
		return false;
	buf_init(&text, 1024);
	for (uint64_t i = 0; ok && i < g.count; i++) {
		put_trade(&g, tape->inst_id, i, &text);
		ok = table_add(&tape->trades, buf_span(&text), (struct span){"", 0}, f->complaint);
	}
	buf_release(&text);
	return ok && table_sort(&tape->trades, f->complaint);
}

/* key: between its quotes. It may hold a token, as an expiring contract's instId does. */
static bool
read_tape(struct replay *r, struct rowfill *f, struct span key, struct span value)
{
	struct tape *tape = &r->tapes[r->tapes_n];
	struct span generate, inst_id;

	if (!rowfill_text(f, (struct span){key.ptr - 1, key.len + 2}, &inst_id))
		return false;
	if (inst_id.len == 0 || memchr(inst_id.ptr, 0, inst_id.len))
		return complaint_say(f->complaint, "not an instId");
	if (replay_tape(r, inst_id))
		return complaint_say(f->complaint, "has trades already");
	if (r->tapes_n == REPLAY_TAPES_MAX)
		return complaint_say(f->complaint, "more than %d instruments with trades",
				     REPLAY_TAPES_MAX);
	*tape = (struct tape){.inst_id = strndup(inst_id.ptr, inst_id.len)};
	if (!tape->inst_id)
		return complaint_say(f->complaint, "out of memory");
	table_init(&tape->trades, ROW_TRADE);
	r->tapes_n++;
	f->inst_id = span_of(tape->inst_id);
	if (json_type(value) == JSON_OBJECT && json_find(value, "generate", &generate))
		return generate_trades(f, generate, tape);
	return scenario_rows(f, value, &tape->trades);
}

bool
tapes_read(struct replay *r, struct rowfill *f, struct span object)
{
	struct json_walk w;
	struct span key, value;

	if (json_type(object) != JSON_OBJECT)
		return complaint_say(f->complaint, "must be an object of instIds");
	w = json_walk(object);
	while (json_next_member(&w, &key, &value)) {
		size_t mark = complaint_enter(f->complaint, ".%.*s",
					      (int)(key.len < 64 ? key.len : 64), key.ptr);

		if (!read_tape(r, f, key, value))
			return false;
		complaint_leave(f->complaint, mark);
	}
	return true;
}
