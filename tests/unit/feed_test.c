/* Catches a table that loses a name, a symbol that moves between shards for nothing, and a book
 * that is not the sum of its orders. */
#include "json.h"
#include "keymap.h"
#include "ladder.h"
#include "number.h"
#include "rendezvous.h"
#include "test.h"

static const uint64_t secret[2] = {1, 2};
static uint64_t random_state = 88172645463325252u;

static unsigned long
below(unsigned long n)
{
	return (unsigned long)(test_random(&random_state) % n);
}

/* ---- library parts ---- */

static void
numbers(void)
{
	static const char *const bad[] = {"",
					  "-1",
					  "+1",
					  "01",
					  "1.0",
					  "1e3",
					  " 1",
					  "1 ",
					  "18446744073709551616",
					  "99999999999999999999"};
	uint64_t v;
	int64_t i;

	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
		EXPECT(!number_u64(span_of(bad[k]), &v));
	EXPECT(number_u64(SPAN_LIT("0"), &v) && v == 0);
	EXPECT(number_u64(SPAN_LIT("18446744073709551615"), &v) && v == UINT64_MAX);
	EXPECT(number_i64(SPAN_LIT("9223372036854775807"), &i) && i == INT64_MAX);
	EXPECT(!number_i64(SPAN_LIT("9223372036854775808"), &i));
}

/* The vectors of the paper's reference code: key 00..0f, messages of 0, 1, 2 ... bytes 00 01 02. */
static void
siphash(void)
{
	static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	char message[64];

	for (int i = 0; i < 64; i++)
		message[i] = (char)i;
	EXPECT(siphash24(key, (struct span){message, 0}) == UINT64_C(0x726fdb47dd0e0e31));
	EXPECT(siphash24(key, (struct span){message, 1}) == UINT64_C(0x74f839c593dc67fd));
	EXPECT(siphash24(key, (struct span){message, 8}) == UINT64_C(0x93f5f5799a932462));
	EXPECT(siphash24(key, (struct span){message, 15}) == UINT64_C(0xa129ca6149be45e5));
}

static void
tables(void)
{
	static bool there[5000];
	struct keymap m;
	uint64_t v;
	char name[32];

	keymap_init(&m, 4000, secret);
	EXPECT(!keymap_find(&m, SPAN_LIT("x"), &v) && !keymap_remove(&m, SPAN_LIT("x")));
	for (int i = 0; i < 200000; i++) {
		size_t k = below(5000);
		int n = snprintf(name, sizeof name, "name %zu", k);
		struct span key = {name, (size_t)n};

		EXPECT(keymap_find(&m, key, &v) == there[k] && (!there[k] || v == k));
		if (below(2)) {
			bool fits = there[k] || m.n < 4000;

			EXPECT(keymap_put(&m, key, k) == fits);
			there[k] = fits;
		} else {
			EXPECT(keymap_remove(&m, key) == there[k]);
			there[k] = false;
		}
	}
	keymap_release(&m);
	EXPECT(m.n == 0 && !keymap_find(&m, SPAN_LIT("name 1"), &v));
}

/* ---- shards ---- */

static void
shards(void)
{
	unsigned long moved = 0, held[8] = {0};
	char name[32];

	/* shard(1) states these; Keccak-256 by npm's @noble/hashes */
	EXPECT(rendezvous_weight(SPAN_LIT("BTC-USDC"), 0) == UINT64_C(0x8dd51ebebbd62ce0));
	EXPECT(rendezvous_weight(SPAN_LIT("BTC-USDC"), 1) == UINT64_C(0xdba7ade0d165fdd2));
	EXPECT(rendezvous_shard(SPAN_LIT("BTC-USDC"), 4) == 1);
	for (int i = 0; i < 8000; i++) {
		int n = snprintf(name, sizeof name, "S%d-USDC", i);
		struct span symbol = {name, (size_t)n};
		unsigned before = rendezvous_shard(symbol, 7), after = rendezvous_shard(symbol, 8);

		EXPECT(rendezvous_shard(symbol, 1) == 0);
		/* whoever moves, moves to the new one */
		EXPECT(after == before || after == 7);
		moved += after != before;
		held[after]++;
	}
	EXPECT(moved > 850 && moved < 1150);
	for (int i = 0; i < 8; i++)
		EXPECT(held[i] > 850 && held[i] < 1150);
}

/* ---- books ---- */

static struct ladder book;

static enum ladder_verdict
apply(const char *text)
{
	struct event e;
	const char *why = event_read(span_of(text), &e);

	if (why)
		printf("%s: %s\n", text, why);
	EXPECT(!why);
	return ladder_apply(&book, &e, &why);
}

static void
expect_book(const char *want)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	ladder_print(&book, SPAN_LIT("B-U"), 400, &out);
	buf_byte(&out, 0);
	EXPECT_STR(out.ptr, want);
	buf_release(&out);
}

#define HEAD(type, seq) "{\"type\":\"" type "\",\"seq\":" seq ",\"in\":1,\"symbol\":\"B-U\""
#define BOOK(seq, rest) \
	"{\"type\":\"book\",\"seq\":" seq ",\"symbol\":\"B-U\",\"depth\":400," rest "}"

static void
by_hand(void)
{
	ladder_init(&book, secret);
	expect_book(BOOK("0", "\"bids\":[],\"asks\":[]"));
	EXPECT(
	    apply(HEAD("ack", "1") ",\"id\":\"1\",\"side\":\"buy\",\"px\":\"9\",\"sz\":\"0.3\"}") ==
	    LADDER_TAKEN);
	/* ids are an account's own */
	EXPECT(apply(HEAD(
		   "ack",
		   "2") ",\"id\":\"1\",\"account\":\"x\",\"side\":\"buy\",\"px\":\"9.0\",\"sz\":"
			"\"0.2\",\"ts\":7}") == LADDER_TAKEN);
	expect_book(BOOK("2", "\"bids\":[[\"9\",\"0.5\",2]],\"asks\":[],\"ts\":7"));
	EXPECT(
	    apply(HEAD("ack", "3") ",\"id\":\"1\",\"side\":\"buy\",\"px\":\"9\",\"sz\":\"1\"}") ==
	    LADDER_INCONSISTENT);
	EXPECT(
	    apply(HEAD("ack", "3") ",\"id\":\"9\",\"side\":\"buy\",\"px\":\"9\",\"sz\":\"1\"}") ==
	    LADDER_OLD);
	/* it waits, then it is there */
	EXPECT(apply(HEAD(
		   "ack",
		   "4") ",\"id\":\"s\",\"side\":\"sell\",\"px\":\"10\",\"sz\":\"1\",\"triggerPx\":"
			"\"8\"}") == LADDER_TAKEN);
	expect_book(BOOK("4", "\"bids\":[[\"9\",\"0.5\",2]],\"asks\":[],\"ts\":7"));
	EXPECT(apply(HEAD("triggered",
			  "5") ",\"id\":\"s\",\"side\":\"sell\",\"px\":\"10\",\"sz\":\"1\"}") ==
	       LADDER_TAKEN);
	expect_book(BOOK("5", "\"bids\":[[\"9\",\"0.5\",2]],\"asks\":[[\"10\",\"1\",1]],\"ts\":7"));
	EXPECT(
	    apply(HEAD(
		"trade",
		"6") ",\"px\":\"10\",\"sz\":\"2\",\"side\":\"buy\",\"makerId\":\"s\",\"takerId\":"
		     "\"1\"}") == LADDER_INCONSISTENT);
	EXPECT(apply(HEAD("done", "7") ",\"id\":\"nobody\"}") == LADDER_INCONSISTENT);
	EXPECT(book.missed == 0);
	EXPECT(apply(HEAD("done", "9") ",\"id\":\"s\"}") == LADDER_TAKEN);
	EXPECT(book.missed == 1);
	ladder_release(&book);
}

/* An order of 10, 3 of it to be seen. */
static void
slices(void)
{
	ladder_init(&book, secret);
	apply(HEAD(
	    "ack",
	    "1") ",\"id\":\"i\",\"side\":\"sell\",\"px\":\"9\",\"sz\":\"10\",\"displaySz\":\"3\"}");
	expect_book(BOOK("1", "\"bids\":[],\"asks\":[[\"9\",\"3\",1]]"));
	apply(HEAD("ack", "2") ",\"id\":\"t\",\"side\":\"buy\",\"sz\":\"8\"}");
	apply(HEAD("trade", "3") ",\"px\":\"9\",\"sz\":\"3\",\"side\":\"buy\",\"makerId\":\"i\","
				 "\"takerId\":\"t\"}");
	apply(HEAD("trade", "4") ",\"px\":\"9\",\"sz\":\"3\",\"side\":\"buy\",\"makerId\":\"i\","
				 "\"takerId\":\"t\"}");
	apply(HEAD("trade", "5") ",\"px\":\"9\",\"sz\":\"2\",\"side\":\"buy\",\"makerId\":\"i\","
				 "\"takerId\":\"t\"}");
	apply(HEAD("done", "6") ",\"id\":\"t\"}");
	expect_book(BOOK("6", "\"bids\":[],\"asks\":[[\"9\",\"1\",1]]"));
	apply(HEAD("ack", "7") ",\"id\":\"u\",\"side\":\"buy\",\"sz\":\"1\"}");
	apply(HEAD("trade", "8") ",\"px\":\"9\",\"sz\":\"1\",\"side\":\"buy\",\"makerId\":\"i\","
				 "\"takerId\":\"u\"}");
	expect_book(BOOK("8", "\"bids\":[],\"asks\":[[\"9\",\"1\",1]]"));
	ladder_release(&book);
}

static void
differences(void)
{
	static const struct {
		const char *bids;
		size_t depth;
		bool differs;
	} rows[] = {{"[[\"9\",\"1\",1],[\"8\",\"2\",1]]", 0, false},
		    {"[[\"9.0\",\"1.00\",1],[\"8\",\"2\",1]]", 5, false},
		    {"[[\"9\",\"1\",1]]", 0, false},
		    {"[[\"9\",\"1\",1]]", 1, false},
		    {"[[\"9\",\"1\",1]]", 2, true},
		    {"[]", 1, true},
		    {"[[\"9\",\"1\",1],[\"8\",\"2\",1],[\"7\",\"1\",1]]", 0, true},
		    {"[[\"9\",\"1\",2],[\"8\",\"2\",1]]", 0, true},
		    {"[[\"9\",\"1.1\",1],[\"8\",\"2\",1]]", 0, true},
		    {"[[\"8\",\"2\",1],[\"9\",\"1\",1]]", 0, true},
		    {"[[9,\"1\",1]]", 0, true},
		    {"[[\"9\",\"1\",1,1]]", 0, true},
		    {"{}", 0, true}};

	ladder_init(&book, secret);
	apply(HEAD("ack", "1") ",\"id\":\"1\",\"side\":\"buy\",\"px\":\"9\",\"sz\":\"1\"}");
	apply(HEAD("ack", "2") ",\"id\":\"2\",\"side\":\"buy\",\"px\":\"8\",\"sz\":\"2\"}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ladder_difference d;

		EXPECT(ladder_differs(&book, SPAN_LIT("B-U"), true, span_of(rows[i].bids),
				      rows[i].depth, &d) == rows[i].differs);
	}
	ladder_release(&book);
}

/* ---- against a list of orders, summed anew each time ---- */

struct listed {
	bool open, buy, waiting;
	long px, left;
};

static struct listed list[200];
static uint64_t next_seq;

static void
list_side(bool buy, struct buf *out)
{
	bool first = true;

	for (long k = 0; k < 100; k++) {
		long px = buy ? 100 - k : 1 + k, sum = 0, n = 0;
		char text[64];

		for (size_t i = 0; i < 200; i++) {
			if (!list[i].open || list[i].waiting || list[i].buy != buy ||
			    list[i].px != px)
				continue;
			sum += list[i].left;
			n++;
		}
		if (n == 0)
			continue;
		/* sizes are tenths */
		snprintf(text, sizeof text,
			 sum % 10 ? "%s[\"%ld\",\"%ld.%ld\"," : "%s[\"%ld\",\"%ld\",",
			 first ? "" : ",", px, sum / 10, sum % 10);
		first = false;
		buf_str(out, text);
		buf_i64(out, n);
		buf_byte(out, ']');
	}
}

static void
expect_list(void)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	buf_str(&out, "{\"type\":\"book\",\"seq\":");
	buf_u64(&out, next_seq);
	buf_str(&out, ",\"symbol\":\"B-U\",\"depth\":400,\"bids\":[");
	list_side(true, &out);
	buf_str(&out, "],\"asks\":[");
	list_side(false, &out);
	buf_str(&out, "]}");
	buf_byte(&out, 0);
	expect_book(out.ptr);
	buf_release(&out);
}

static void
random_event(void)
{
	size_t i = below(200), k = below(200);
	struct listed *o = &list[i], *other = &list[k];
	char text[300];
	unsigned long what = below(4);

	next_seq++;
	if (!o->open || what == 0) {
		bool amended = o->open, waiting = !amended && below(8) == 0;

		if (!amended)
			*o = (struct listed){.open = true, .buy = below(2), .waiting = waiting};
		o->px = 1 + (long)below(100);
		o->left = 1 + (long)below(100);
		snprintf(text, sizeof text,
			 "{\"type\":\"ack\",\"seq\":%" PRIu64
			 ",\"in\":1,\"id\":\"%zu\",\"symbol\":\"B-U\",\"side\":\"%s\",\"px\":\"%"
			 "ld\",\"sz\":\"%ld."
			 "%ld\"%s%s}",
			 next_seq, i, o->buy ? "buy" : "sell", o->px, o->left / 10, o->left % 10,
			 amended ? ",\"amended\":true" : "",
			 o->waiting ? ",\"triggerPx\":\"5\"" : "");
	} else if (o->waiting) {
		o->waiting = false;
		snprintf(text, sizeof text,
			 "{\"type\":\"triggered\",\"seq\":%" PRIu64
			 ",\"in\":1,\"id\":\"%zu\",\"symbol\":\"B-U\",\"side\":\"%s\",\"px\":\"%"
			 "ld\",\"sz\":\"%ld."
			 "%ld\"}",
			 next_seq, i, o->buy ? "buy" : "sell", o->px, o->left / 10, o->left % 10);
	} else if (what == 1 || !other->open || other->waiting || other == o || o->left < 2 ||
		   other->left < 2) {
		o->open = false;
		snprintf(text, sizeof text,
			 "{\"type\":\"done\",\"seq\":%" PRIu64
			 ",\"in\":1,\"id\":\"%zu\",\"symbol\":\"B-U\"}",
			 next_seq, i);
	} else {
		long most = o->left < other->left ? o->left : other->left;
		long sz = 1 + (long)below((unsigned long)most - 1);

		o->left -= sz;
		other->left -= sz;
		snprintf(text, sizeof text,
			 "{\"type\":\"trade\",\"seq\":%" PRIu64
			 ",\"in\":1,\"symbol\":\"B-U\",\"px\":\"1\",\"sz\":\"%ld.%ld\",\"makerId\":"
			 "\"%zu\","
			 "\"takerId\":\"%zu\"%s}",
			 next_seq, sz / 10, sz % 10, i, k, below(2) ? ",\"side\":\"buy\"" : "");
	}
	EXPECT(apply(text) == LADDER_TAKEN);
}

/* Written down and read back, it is the same book. */
static void
save_and_load(void)
{
	struct ladder before = book;
	struct buf line;

	buf_init(&line, 4096);
	ladder_init(&book, secret);
	for (size_t i = 0; i < before.symbol_n; i++) {
		buf_clear(&line);
		ladder_save_symbol(&before, i, &line);
		EXPECT(json_check(buf_span(&line), NULL) == JSON_OK);
		EXPECT(ladder_load_symbol(&book, buf_span(&line)));
	}
	for (size_t i = 0; i < before.order_n; i++) {
		if (!before.orders[i].key)
			continue;
		buf_clear(&line);
		ladder_save_order(&before, i, &line);
		EXPECT(json_check(buf_span(&line), NULL) == JSON_OK);
		EXPECT(ladder_load_order(&book, buf_span(&line)));
		EXPECT(!ladder_load_order(&book, buf_span(&line)));
	}
	book.seq = before.seq;
	expect_list();
	ladder_release(&before);
	buf_release(&line);
}

static void
random_events(void)
{
	ladder_init(&book, secret);
	for (int i = 0; i < 30000; i++) {
		random_event();
		if (i % 17 == 0)
			expect_list();
		if (i == 10000)
			save_and_load();
	}
	EXPECT(book.missed == 0);
	ladder_release(&book);
}

int
main(void)
{
	RUN(numbers);
	RUN(siphash);
	RUN(tables);
	RUN(shards);
	RUN(by_hand);
	RUN(slices);
	RUN(differences);
	RUN(random_events);
	return test_done();
}
