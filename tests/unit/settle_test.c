/* Would catch: an amount that is rounded up or wraps, a trade that pays the wrong side, a log line
 * that changes the book otherwise than it should, spends that are not compared. */
#include "by_hand.h"
#include "recon.h"
#include "swap_book.h"
#include "test.h"
#include "trade.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t secret[2] = {1, 2};

static void
units(const char *value, unsigned decimals, const char *expected, bool is_exact)
{
	struct decimal d;
	decimal_int v;
	bool exact;
	char text[BASE_UNITS_TEXT_MAX];

	EXPECT(decimal_parse(span_of(value), &d) == DECIMAL_OK);
	if (!expected) {
		EXPECT(!base_units_of(d, decimals, &v, &exact));
		return;
	}
	EXPECT(base_units_of(d, decimals, &v, &exact) && exact == is_exact);
	base_units_print(v, text);
	EXPECT_STR(text, expected);
}

static void
amounts(void)
{
	decimal_int v;

	units("1.5", 6, "1500000", true);
	units("0", 6, "0", true);
	units("0.0000019", 6, "1", false);
	units("0.0000009", 6, "0", false);
	units("650.0050000", 6, "650005000", true);
	units("1", 18, "1000000000000000000", true);
	units("-1", 6, NULL, false);
	units("99999999999999999999999999999999999999", 18, NULL, false);
	EXPECT(base_units_parse(SPAN_LIT("0"), &v) && v == 0);
	EXPECT(!base_units_parse(SPAN_LIT("01"), &v) && !base_units_parse(SPAN_LIT("1.0"), &v) &&
	       !base_units_parse(SPAN_LIT("-1"), &v) && !base_units_parse(SPAN_LIT(""), &v));
	EXPECT(!base_units_parse(SPAN_LIT("999999999999999999999999999999999999999"), &v));
}

static void
spends(void)
{
	EXPECT(spends_meet("[\"a/1\",\"b/2\"]", "[\"c\",\"b/2\"]"));
	EXPECT(!spends_meet("[\"a/1\"]", "[\"a/11\"]"));
	EXPECT(!spends_meet("[]", "[]") && !spends_meet(NULL, "[\"a\"]"));
}

/* ---- trades ---- */

static struct config_chain
chain(const char *name, const char *asset, unsigned decimals, decimal_int dust)
{
	return (struct config_chain){.name = name,
				     .asset = asset,
				     .fee_asset = asset,
				     .decimals = decimals,
				     .dust = dust,
				     .fee_max = 100,
				     .confirmations = 2};
}

static void
set_up(struct swap_book *b, struct config *c)
{
	static const char *const lines[] = {
	    "{\"type\":\"address\",\"account\":\"al\",\"asset\":\"BTC\",\"chain\":\"btc\","
	    "\"address\":\"al-btc\"}",
	    "{\"type\":\"address\",\"account\":\"bo\",\"asset\":\"USDC\",\"chain\":\"eth\","
	    "\"address\":\"bo-eth\"}",
	    "{\"type\":\"address\",\"account\":\"bo\",\"asset\":\"USDC\",\"chain\":\"bsc\","
	    "\"address\":\"bo-bsc\"}"};

	swap_book_init(b, secret);
	*c = (struct config){.chains_n = 3};
	c->chains[0] = chain("btc", "BTC", 8, 294);
	c->chains[1] = chain("eth", "USDC", 6, 1);
	c->chains[2] = chain("bsc", "USDC", 18, 1);
	for (size_t i = 0; i < 3; i++)
		EXPECT(!swap_book_apply(b, span_of(lines[i])));
}

static enum trade_verdict
swap_of(const struct swap_book *b, struct config *c, const char *more, struct buf *out)
{
	char line[600];
	struct event e;
	const char *code, *why;

	snprintf(line, sizeof line,
		 "{\"type\":\"trade\",\"tradeId\":\"7\",\"px\":\"65000.5\",\"makerId\":\"m\","
		 "\"takerId\":\"t\",\"makerAccount\":\"bo\",\"takerAccount\":\"al\",%s}",
		 more);
	EXPECT(!event_read(span_of(line), &e));
	buf_clear(out);
	return trade_swap(b, c, &e, span_of(line), 5, out, &code, &why);
}

static void
trades(void)
{
	struct swap_book b;
	struct config c;
	struct buf out;
	struct swap *s;

	set_up(&b, &c);
	buf_init(&out, 8192);
	EXPECT(swap_of(&b, &c, "\"symbol\":\"BTC/USDC\",\"sz\":\"0.01\",\"side\":\"buy\"", &out) ==
	       TRADE_SWAP);
	EXPECT(!swap_book_apply(&b, buf_span(&out)));
	s = swap_book_swap(&b, SPAN_LIT("BTC-USDC:7"));
	EXPECT(s && s->legs_n == 2 && !s->over);
	EXPECT_STR(s->legs[0]->to, "al-btc");
	EXPECT_STR(s->legs[0]->amount, "1000000");
	EXPECT_STR(s->legs[0]->order_id, "t");
	EXPECT_STR(s->legs[1]->to, "bo-eth");
	EXPECT_STR(s->legs[1]->amount, "650005000");
	EXPECT_STR(s->legs[1]->order_id, "m");
	EXPECT(swap_of(&b, &c, "\"symbol\":\"BTC_USDC\",\"sz\":\"0.01\",\"side\":\"buy\"", &out) ==
	       TRADE_KNOWN);
	EXPECT(swap_of(&b, &c, "\"symbol\":\"BTC-USDC\",\"sz\":\"0.02\",\"side\":\"buy\"", &out) ==
	       TRADE_REJECT);
	/* the other way round nobody has an address */
	EXPECT(swap_of(&b, &c, "\"symbol\":\"BTC-USDC.x\",\"sz\":\"0.01\",\"side\":\"sell\"",
		       &out) == TRADE_NO_ADDRESS);
	EXPECT(swap_of(&b, &c, "\"symbol\":\"BTC-USDC.bsc\",\"sz\":\"0.01\",\"side\":\"buy\"",
		       &out) == TRADE_SWAP);
	EXPECT(!swap_book_apply(&b, buf_span(&out)));
	s = swap_book_swap(&b, SPAN_LIT("BTC-USDC.bsc:7"));
	EXPECT_STR(s->legs[1]->to, "bo-bsc");
	EXPECT_STR(s->legs[1]->amount, "650005000000000000000");
	EXPECT(swap_of(&b, &c, "\"symbol\":\"BTC-DOGE\",\"sz\":\"0.01\",\"side\":\"buy\"", &out) ==
	       TRADE_REJECT);
	buf_release(&out);
	swap_book_release(&b);
}

/* ---- the book ---- */

static void
apply(struct swap_book *b, const char *status, const char *more)
{
	char line[600];
	const char *why;

	snprintf(line, sizeof line,
		 "{\"type\":\"receipt\",\"leg\":\"S:1/1\",\"status\":\"%s\",\"ts\":9%s}", status,
		 more);
	why = swap_book_apply(b, span_of(line));
	EXPECT_STR(why ? why : "", "");
}

static const char swap_line[] =
    "{\"type\":\"swap\",\"swap\":\"S:1\",\"digest\":\"d\",\"ts\":1,\"legs\":[{\"leg\":\"S:1/1\","
    "\"account\":\"a\",\"chain\":\"eth\",\"asset\":\"USDC\",\"direction\":\"out\",\"amount\":\"5\","
    "\"to\":\"x\",\"status\":\"new\"}]}";

#define PREPARED(n) \
	",\"kind\":\"pay\",\"fee\":\"1\",\"log\":{\"spends\":[\"w/" n "\"],\"unsigned\":{}}"
#define SIGNED(n) ",\"txId\":\"t" n "\",\"log\":{\"raw\":\"0" n "\"}"

static void
life_of_a_leg(void)
{
	struct swap_book b;
	struct leg *l;

	swap_book_init(&b, secret);
	EXPECT(!swap_book_apply(&b, span_of(swap_line)));
	EXPECT(swap_book_apply(&b, span_of(swap_line)) != NULL);
	l = swap_book_leg(&b, SPAN_LIT("S:1/1"));
	apply(&b, "screened", "");
	apply(&b, "prepared", PREPARED("1"));
	EXPECT(leg_making(l) && !leg_alive(l));
	apply(&b, "signed", SIGNED("1"));
	EXPECT(!leg_making(l) && leg_alive(l) && l->status == LEG_SIGNED);
	apply(&b, "released", "");
	apply(&b, "submitted", "");
	/* a replacement does not take the payment back to prepared */
	apply(&b, "prepared", PREPARED("1"));
	EXPECT(l->status == LEG_SUBMITTED && leg_making(l));
	apply(&b, "signed", SIGNED("2"));
	EXPECT(l->status == LEG_SUBMITTED && strcmp(leg_newest(l)->tx_id, "t2") == 0);
	apply(&b, "confirming", ",\"txId\":\"t1\",\"block\":{\"height\":4,\"hash\":\"h\"}");
	EXPECT(l->block_height == 4 && l->reorgs == 0);
	apply(&b, "submitted", "");
	EXPECT(l->reorgs == 1);
	/* proven dead: nothing is alive, and it begins anew */
	apply(&b, "expired", "");
	EXPECT(!leg_alive(l) && l->rounds == 1 && !l->swap->over);
	apply(&b, "prepared", PREPARED("2"));
	EXPECT(l->status == LEG_PREPARED);
	apply(&b, "failed", "");
	EXPECT(l->swap->over && !leg_alive(l) && !leg_making(l));
	EXPECT(swap_book_apply(
	    &b, SPAN_LIT("{\"type\":\"receipt\",\"leg\":\"S:1/1\",\"status\":\"signed\"}")));
	EXPECT(!swap_book_apply(
	    &b, SPAN_LIT("{\"type\":\"retry\",\"swap\":\"S:1\",\"to\":{\"S:1/1\":\"y\"}}")));
	EXPECT(l->status == LEG_EXPIRED && !l->swap->over);
	EXPECT_STR(l->to, "y");
	EXPECT(swap_book_apply(&b, SPAN_LIT("{\"type\":\"anything\"}")) != NULL);
	swap_book_release(&b);
}

static void
expect_purse(const struct swap_book *b, int units)
{
	EXPECT(swap_book_carried(b, SPAN_LIT("a"), SPAN_LIT("USDC"), SPAN_LIT("eth")) == units);
}

/* S:n with a leg of status one, and another leg that is paid to somebody else. */
static void
two_legs(struct swap_book *b, int n, const char *one, const char *more)
{
	char line[900];

	snprintf(
	    line, sizeof line,
	    "{\"type\":\"swap\",\"swap\":\"S:%d\",\"digest\":\"d\",\"legs\":[{\"leg\":\"S:%d/1\","
	    "\"account\":\"a\",\"chain\":\"eth\",\"asset\":\"USDC\",\"direction\":\"out\","
	    "\"amount\":\"5\"%s,\"status\":\"%s\"},{\"leg\":\"S:%d/2\",\"account\":\"z\","
	    "\"chain\":\"btc\",\"asset\":\"BTC\",\"direction\":\"out\",\"amount\":\"7\","
	    "\"status\":\"new\"}]}",
	    n, n, more, one, n);
	EXPECT(!swap_book_apply(b, span_of(line)));
}

static void
other_leg(struct swap_book *b, int n, const char *status)
{
	char line[200];

	snprintf(line, sizeof line, "{\"type\":\"receipt\",\"leg\":\"S:%d/2\",\"status\":\"%s\"}",
		 n, status);
	EXPECT(!swap_book_apply(b, span_of(line)));
}

/* What is too little is owed once the other side is paid, once, and leaves with the next payment.
 */
static void
carried(void)
{
	struct swap_book b;

	swap_book_init(&b, secret);
	two_legs(&b, 1, "carried", "");
	two_legs(&b, 2, "carried", "");
	two_legs(&b, 3, "carried", "");
	expect_purse(&b, 0);
	other_leg(&b, 1, "confirmed");
	expect_purse(&b, 5);
	other_leg(&b, 1, "submitted");
	other_leg(&b, 1, "confirmed");
	expect_purse(&b, 5);
	other_leg(&b, 2, "failed");
	expect_purse(&b, 5);
	EXPECT(swap_book_swap(&b, SPAN_LIT("S:2"))->over);
	other_leg(&b, 3, "confirmed");
	expect_purse(&b, 10);
	/* the purse may have grown since the next payment was planned, never shrunk */
	two_legs(&b, 4, "new", ",\"purse\":\"5\"");
	expect_purse(&b, 5);
	EXPECT(swap_book_leg(&b, SPAN_LIT("S:4/1"))->purse == 5);
	EXPECT(swap_book_apply(
		   &b, SPAN_LIT("{\"type\":\"swap\",\"swap\":\"S:5\",\"digest\":\"d\",\"legs\":[{"
				"\"leg\":\"S:5/1\",\"account\":\"a\",\"chain\":\"eth\",\"asset\":"
				"\"USDC\",\"direction\":\"out\",\"amount\":\"9\",\"purse\":\"6\","
				"\"status\":\"new\"}]}")) != NULL);
	swap_book_release(&b);
}

/* ---- retries ---- */

static void
retry(struct swap_book *b, const char *to)
{
	char line[200];

	snprintf(line, sizeof line, "{\"type\":\"retry\",\"swap\":\"S:1\",\"ts\":9%s}", to);
	EXPECT(!swap_book_apply(b, span_of(line)));
}

static enum leg_status
status_of(const struct swap_book *b, const char *leg)
{
	return swap_book_leg(b, span_of(leg))->status;
}

static void
refund_or_payment(void)
{
	struct swap_book b;

	swap_book_init(&b, secret);
	EXPECT(!swap_book_apply(&b, span_of(swap_line)));
	apply(&b, "failed", "");
	EXPECT(!swap_book_apply(
	    &b, SPAN_LIT("{\"type\":\"legs\",\"swap\":\"S:1\",\"legs\":[{\"leg\":\"S:1/2r\",\"of\":"
			 "\"S:1/1\",\"account\":\"a\",\"chain\":\"btc\",\"asset\":\"BTC\","
			 "\"direction\":\"refund\",\"amount\":\"5\",\"to\":\"x\",\"status\":"
			 "\"failed\"}]}")));
	retry(&b, "");
	EXPECT(status_of(&b, "S:1/1") == LEG_FAILED && status_of(&b, "S:1/2r") == LEG_EXPIRED);
	/* the refund is under way: the payment stays as it is, whoever names it */
	retry(&b, ",\"to\":{\"S:1/1\":\"y\"}");
	EXPECT(status_of(&b, "S:1/1") == LEG_FAILED);
	EXPECT(!swap_book_apply(&b, SPAN_LIT("{\"type\":\"receipt\",\"leg\":\"S:1/2r\","
					     "\"status\":\"failed\"}")));
	retry(&b, ",\"to\":{\"S:1/1\":\"y\"}");
	EXPECT(status_of(&b, "S:1/1") == LEG_EXPIRED && status_of(&b, "S:1/2r") == LEG_FAILED);
	retry(&b, "");
	EXPECT(status_of(&b, "S:1/2r") == LEG_FAILED);
	swap_book_release(&b);
}

static void
another_address(void)
{
	struct swap_book b;
	struct leg *l;

	swap_book_init(&b, secret);
	EXPECT(!swap_book_apply(&b, span_of(swap_line)));
	l = swap_book_leg(&b, SPAN_LIT("S:1/1"));
	apply(&b, "screened", "");
	apply(&b, "prepared", PREPARED("1"));
	retry(&b, ",\"to\":{\"S:1/1\":\"y\"}");
	EXPECT(!leg_making(l) && l->status == LEG_SCREENED);
	EXPECT_STR(l->to, "y");
	apply(&b, "prepared", PREPARED("1"));
	apply(&b, "signed", SIGNED("1"));
	retry(&b, ",\"to\":{\"S:1/1\":\"z\"}");
	EXPECT_STR(l->to, "y");
	EXPECT(l->status == LEG_SIGNED && leg_alive(l));
	swap_book_release(&b);
}

/* ---- commands ---- */

/* A command that comes while others are carried out stays for the next round. */
static void
commands(void)
{
	char name[] = "/tmp/settle-hand-XXXXXX", path[64];
	static struct by_hand h;
	static struct flow f;
	int state;

	EXPECT(mkdtemp(name) != NULL);
	state = open(name, O_RDONLY | O_DIRECTORY);
	EXPECT(state >= 0 && mkdirat(state, "commands", 0700) == 0);
	swap_book_init(&f.book, secret);
	by_hand_leave(state, "hold", "S:1", NULL);
	by_hand_take(&h, &f, state);
	EXPECT(h.n == 1);
	usleep(2);
	by_hand_leave(state, "retry", "S:1", "S:1/1=x");
	by_hand_done(&h, state);
	by_hand_take(&h, &f, state);
	EXPECT(h.n == 1);
	by_hand_done(&h, state);
	by_hand_take(&h, &f, state);
	EXPECT(h.n == 0);
	snprintf(path, sizeof path, "%s/commands", name);
	EXPECT(rmdir(path) == 0 && rmdir(name) == 0);
	swap_book_release(&f.book);
	close(state);
}

int
main(void)
{
	RUN(amounts);
	RUN(spends);
	RUN(trades);
	RUN(life_of_a_leg);
	RUN(carried);
	RUN(refund_or_payment);
	RUN(another_address);
	RUN(commands);
	return test_done();
}
