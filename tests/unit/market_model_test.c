/* Catches a market that does anything else than a slow and obvious one (market_model.h), over
 * random lines of every kind; a book that is crossed, a pool whose product falls, a snapshot that
 * is not the whole. UNIT_ROUNDS=N makes it longer. */
#include "market_model.h"
#include "market_parts.h"
#include "snapshot.h"
#include "test.h"

#define ACCOUNTS 5

static struct model model;
static struct market market;
static char said[1 << 16];
static size_t said_len;
static uint64_t state;
static int64_t now;
static unsigned serial;
static uint64_t trades;
static int64_t bought, sold;

static uint64_t
below(uint64_t n)
{
	return test_random(&state) % n;
}

static int
account_of(uint32_t number)
{
	struct span name = names_text(&market.accounts, number);

	return number ? atoi(name.ptr + 1) : 0;
}

#define SAY(...) said_len += (size_t)snprintf(said + said_len, sizeof said - said_len, __VA_ARGS__)

static void
say_order(const char *verb, const struct order *o)
{
	SAY("%s %d/%.*s", verb, account_of(o->account), (int)o->id_len, o->id);
}

static void
hear_trade(const struct event *e)
{
	trades++;
	if (!e->maker) {
		say_order("pool", e->order);
		SAY(" %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", e->sz, e->quote, e->fee,
		    e->px);
		return;
	}
	bought += e->sz;
	sold += e->sz;
	EXPECT(e->order->side != e->maker->side);
	say_order("trade", e->order);
	say_order("", e->maker);
	SAY(" %" PRId64 " %" PRId64 "\n", e->px, e->sz);
}

static void
hear(void *context, const struct event *e)
{
	static const char *const reasons[] = {"filled",	  "user", "mass_cancel", "replaced",
					      "expired",  "stp",  "post_only",	 "fok",
					      "unfilled", "band"};

	(void)context;
	switch (e->type) {
	case EVENT_ACK:
		say_order(e->amended ? "amended" : "ack", e->order);
		SAY(" %" PRId64 " %" PRId64 "\n", e->order->px, e->order->open);
		break;
	case EVENT_TRIGGERED:
		say_order("triggered", e->order);
		SAY("\n");
		break;
	case EVENT_TRADE: hear_trade(e); break;
	case EVENT_DONE:
		say_order("done", e->order);
		SAY(" %s %" PRId64 " %" PRId64 "\n", reasons[e->reason], e->order->filled,
		    e->order->open);
		break;
	case EVENT_MASS_CANCEL: SAY("mass_cancel %d\n", (int)e->count); break;
	case EVENT_QUOTE: SAY("quote\n"); break;
	case EVENT_PRICE: SAY("price\n"); break;
	case EVENT_AUCTION: SAY("auction %" PRId64 " %" PRId64 "\n", e->px, e->sz); break;
	case EVENT_LIQUIDITY:
		SAY("liquidity %" PRId64 " %" PRId64 " %" PRId64 "\n", e->sz, e->quote, e->shares);
		break;
	case EVENT_REJECT: SAY("reject %s\n", reject_code(e->reject)); break;
	case EVENT_SYMBOL:
	case EVENT_POOL:
	case EVENT_RFQ:
	case EVENT_RFQ_QUOTE:
	case EVENT_WATERMARK:
	case EVENT_PASSED:
	case EVENT_END: break;
	}
}

static void
apply(const char *line)
{
	static char padded[1024 + MESSAGE_PAD];
	size_t n = strlen(line);

	memset(padded, 0, sizeof padded);
	memcpy(padded, line, n);
	said_len = 0;
	said[0] = 0;
	EXPECT(market_apply(&market, (struct span){padded, n}, false));
}

/* `m` is a market; line has room. */
static char line[1024];

static void
random_order(void)
{
	static const char *const types[] = {"limit", "market", "post_only", "fok", "ioc"};
	static const char *const stps[] = {"cancel_maker", "cancel_taker", "cancel_both"};
	static const unsigned char mix[] = {0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
	struct model_order o = {.account = (int)below(ACCOUNTS), .side = (int)below(2)};
	int n;

	o.type = mix[below(sizeof mix)];
	o.px = o.type == M_MARKET ? 0 : 15 + (int64_t)below(16);
	o.open = 1 + (int64_t)below(20);
	o.stp = (int)below(3);
	snprintf(o.id, sizeof o.id, "%u", below(8) ? ++serial : serial);
	if (below(8) == 0)
		o.display = 1 + (int64_t)below(6);
	if (below(8) == 0) {
		o.trigger = 15 + (int64_t)below(16);
		o.by = (int)below(2);
	}
	if (below(8) == 0)
		o.expire = now + (int64_t)below(30);
	n = snprintf(line, sizeof line,
		     "{\"type\":\"order\",\"id\":\"%s\",\"symbol\":\"A-B\",\"side\":\"%s\","
		     "\"ordType\":\"%s\",\"sz\":\"%" PRId64 "\",\"stpMode\":\"%s\",\"ts\":%" PRId64,
		     o.id, o.side ? "sell" : "buy", types[o.type], o.open, stps[o.stp], now);
#define MORE(...) n += snprintf(line + n, sizeof line - (size_t)n, __VA_ARGS__)
	if (o.account)
		MORE(",\"account\":\"a%d\"", o.account);
	if (o.px)
		MORE(",\"px\":\"%" PRId64 "\"", o.px);
	if (o.display)
		MORE(",\"displaySz\":\"%" PRId64 "\"", o.display);
	if (o.trigger)
		MORE(",\"triggerPx\":\"%" PRId64 "\",\"triggerPxType\":\"%s\"", o.trigger,
		     o.by ? "oracle" : "last");
	if (o.expire)
		MORE(",\"expireTs\":%" PRId64, o.expire);
	MORE("}");
	model_order_line(&model, &o, now);
}

/* A live order, mostly. */
static void
some_order(int *account, char id[24])
{
	*account = (int)below(ACCOUNTS);
	snprintf(id, 24, "%u", serial);
	for (int k = 0; k < 40; k++) {
		const struct model_order *o = &model.o[below(k < 20 ? 30 : MODEL_ORDERS)];

		if (o->live) {
			*account = o->account;
			snprintf(id, 24, "%s", o->id);
			return;
		}
	}
}

static void
random_change(bool amend)
{
	int64_t px = below(2) ? 15 + (int64_t)below(16) : 0;
	int64_t sz = below(3) ? 1 + (int64_t)below(20) : 0;
	int account, n;
	char id[24];

	some_order(&account, id);
	n = snprintf(line, sizeof line,
		     "{\"type\":\"%s\",\"id\":\"%s\",\"symbol\":\"A-B\",\"ts\":%" PRId64,
		     amend ? "amend" : "cancel", id, now);
	if (account)
		MORE(",\"account\":\"a%d\"", account);
	if (amend && px)
		MORE(",\"px\":\"%" PRId64 "\"", px);
	if (amend && sz)
		MORE(",\"sz\":\"%" PRId64 "\"", sz);
	MORE("}");
	if (amend)
		model_amend_line(&model, account, id, px, sz, now);
	else
		model_cancel_line(&model, account, id, now);
}

static void
random_quote(void)
{
	int64_t px[2] = {below(5) ? 14 + (int64_t)below(10) : 0,
			 below(5) ? 20 + (int64_t)below(10) : 0};
	int64_t sz = 1 + (int64_t)below(9);
	int account = 1 + (int)below(ACCOUNTS - 1);
	char id[24];
	int n;

	snprintf(id, sizeof id, "q%u", below(3) ? ++serial : 1);
	n = snprintf(line, sizeof line,
		     "{\"type\":\"quote\",\"id\":\"%s\",\"account\":\"a%d\",\"symbol\":\"A-B\","
		     "\"ts\":%" PRId64 ",\"bids\":[",
		     id, account, now);
	if (px[0])
		MORE("[\"%" PRId64 "\",\"%" PRId64 "\"]", px[0], sz);
	MORE("],\"asks\":[");
	if (px[1])
		MORE("[\"%" PRId64 "\", %" PRId64 "]", px[1], sz);
	MORE("]}");
	model_quote_line(&model, account, id, px, sz, now);
}

static void
random_liquidity(void)
{
	int account = 1 + (int)below(ACCOUNTS - 1);
	int64_t base = 20 + (int64_t)below(200), quote = base * (17 + (int64_t)below(12));
	int64_t shares = 1 + (int64_t)below(300);

	if (below(3)) {
		snprintf(line, sizeof line,
			 "{\"type\":\"liquidity\",\"account\":\"a%d\",\"symbol\":\"A-B\","
			 "\"action\":\"add\",\"base\":\"%" PRId64 "\",\"quote\":\"%" PRId64
			 "\",\"ts\":%" PRId64 "}",
			 account, base, quote, now);
		model_add_line(&model, account, base, quote, now);
		return;
	}
	if (below(2) && model.held[account])
		shares = model.held[account];
	snprintf(line, sizeof line,
		 "{\"type\":\"liquidity\",\"account\":\"a%d\",\"symbol\":\"A-B\",\"action\":"
		 "\"remove\",\"shares\":\"%" PRId64 "\",\"ts\":%" PRId64 "}",
		 account, shares, now);
	model_remove_line(&model, account, shares, now);
}

static void
random_rare(bool pool)
{
	int64_t px = 17 + (int64_t)below(12);
	int account;
	bool opens;

	switch (below(4)) {
	case 0:
		account = (int)below(ACCOUNTS);
		if (account)
			snprintf(line, sizeof line,
				 "{\"type\":\"mass_cancel\",\"account\":\"a%d\"}", account);
		else
			snprintf(line, sizeof line,
				 "{\"type\":\"mass_cancel\",\"symbol\":\"A-B\"}");
		model_mass_cancel_line(&model, account);
		break;
	case 1:
		snprintf(line, sizeof line,
			 "{\"type\":\"price\",\"symbol\":\"A-B\",\"px\":\"%" PRId64
			 "\",\"ts\":%" PRId64 "}",
			 px, now);
		model_oracle_line(&model, px, now);
		break;
	case 2:
		opens = below(8) ? !model.auction : model.auction;
		snprintf(line, sizeof line,
			 "{\"type\":\"auction\",\"symbol\":\"A-B\",\"phase\":\"%s\",\"ts\":%" PRId64
			 "}",
			 opens ? "open" : "uncross", now);
		model_auction_line(&model, opens, now);
		break;
	default:
		if (pool)
			random_liquidity();
		else
			random_quote();
	}
}

static void
random_line(bool pool)
{
	uint64_t kind = below(100);

	now += (int64_t)below(3);
	model.len = 0;
	model.said[0] = 0;
	if (kind < 60)
		random_order();
	else if (kind < 78)
		random_change(false);
	else if (kind < 90)
		random_change(true);
	else if (kind < 95)
		random_quote();
	else
		random_rare(pool);
}

/* No book is crossed, and the pool is what the model says. */
static void
check_market(void)
{
	const struct symbol *s = &market.symbols[0];
	const struct level *bid = side_best(&s->sides[BUY]), *ask = side_best(&s->sides[SELL]);

	EXPECT(s->auction || !bid || !ask ||
	       level_px(&s->sides[BUY], bid) < level_px(&s->sides[SELL], ask));
	EXPECT(s->amm.base == model.base && s->amm.quote == model.quote &&
	       s->amm.shares == model.shares);
}

/* The market goes on from its own snapshot, and writes the same one again. */
static void
through_a_snapshot(void)
{
	struct market other;
	struct buf first, second;

	buf_init(&first, 1u << 24);
	buf_init(&second, 1u << 24);
	snapshot_write(&market, &first);
	EXPECT(market_init(&other, hear, NULL));
	EXPECT(snapshot_read(&other, buf_span(&first)) == SNAPSHOT_OK);
	snapshot_write(&other, &second);
	EXPECT(span_equal(buf_span(&first), buf_span(&second)));
	market_release(&market);
	market = other;
	buf_release(&first);
	buf_release(&second);
}

static void
begin(unsigned percent)
{
	char text[160];

	memset(&model, 0, sizeof model);
	model.band_percent = percent;
	now = 1;
	serial = 0;
	EXPECT(market_init(&market, hear, NULL));
	snprintf(text, sizeof text,
		 "{\"type\":\"symbol\",\"symbol\":\"A-B\",\"tickSz\":\"1\",\"lotSz\":\"1\","
		 "\"maxDeviation\":\"0.%02u\"}",
		 percent);
	apply(text);
}

static void
compare(unsigned rounds, unsigned lines, bool pool)
{
	for (unsigned round = 0; round < rounds; round++) {
		begin(round % 3 ? 0 : 30);
		for (unsigned i = 0; i < lines; i++) {
			random_line(pool);
			model_run_stops(&model);
			apply(line);
			test_checks++;
			if (strcmp(said, model.said) != 0) {
				printf("round %u line %u: %s\nmarket:\n%s\nmodel:\n%s\n", round, i,
				       line, said, model.said);
				EXPECT(!"the same");
				return;
			}
			check_market();
			if (i % 512 == 511)
				through_a_snapshot();
		}
		market_release(&market);
	}
}

static unsigned
rounds(unsigned usual)
{
	const char *more = getenv("UNIT_ROUNDS");

	return more ? usual * (unsigned)atoi(more) : usual;
}

static void
test_book(void)
{
	state = 88172645463325252u;
	compare(rounds(30), 2000, false);
}

static void
test_pool_and_book(void)
{
	state = 1234567890123u;
	compare(rounds(30), 2000, true);
}

int
main(void)
{
	RUN(test_book);
	RUN(test_pool_and_book);
	EXPECT(trades > 10000 && bought == sold);
	return test_done();
}
