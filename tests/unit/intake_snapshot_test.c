/* Catches a gate that after a snapshot decides otherwise than it would have without one, or than
 * the log says; a flipped bit that passes; and exposure that is taken from a snapshot that has
 * none. */
#include "gate_replay.h"
#include "gate_snapshot.h"
#include "snapshots.h"
#include "test.h"

static const uint64_t secret[2] = {1, 2};
static uint64_t random_state = 88172645463325252u;

#define LINES_MAX 6000

/* A gate, its twin that has never seen a snapshot, and their log. */
static struct gate gate, twin;
static char *lines[LINES_MAX];
static size_t line_n;
static uint64_t next_seq, stream_ts;

static unsigned
below(unsigned n)
{
	return (unsigned)(test_random(&random_state) % n);
}

/* ---- text ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct buf
snapshot_of(const struct gate *g, uint64_t log)
{
	struct gate_at at = {.log = log, .lines = log / 2};
	struct buf b;

	buf_init(&b, 1 << 22);
	gate_snapshot_write(g, &at, &b);
	EXPECT(buf_ok(&b));
	return b;
}

/* The lines of a snapshot in their own order and without the checksum: where orders stand in the
 * gate's table is nobody's business. */
static struct buf
sorted(const struct gate *g)
{
	struct buf b = snapshot_of(g, line_n), out;
	char *list[4096];
	size_t n = 0;

	buf_byte(&b, 0);
	for (char *p = strtok(b.ptr, "\n"); p && n < 4096; p = strtok(NULL, "\n"))
		list[n++] = p;
	EXPECT(n > 1 && n < 4096);
	qsort(list, n - 1, sizeof list[0], by_text);
	buf_init(&out, 1 << 22);
	for (size_t i = 0; i < n - 1; i++) {
		buf_str(&out, list[i]);
		buf_byte(&out, '\n');
	}
	buf_release(&b);
	return out;
}

static void
expect_same(const struct gate *a, const struct gate *b)
{
	struct buf x = sorted(a), y = sorted(b);

	EXPECT(span_equal(buf_span(&x), buf_span(&y)));
	if (!span_equal(buf_span(&x), buf_span(&y)) && test_failures < 3)
		printf("%.*s\nand\n%.*s\n", (int)x.len, x.ptr, (int)y.len, y.ptr);
	buf_release(&x);
	buf_release(&y);
}

/* ---- a stream ---- */

static void
log_line(const char *text)
{
	if (line_n < LINES_MAX)
		lines[line_n++] = strdup(text);
}

static const char *
random_symbol(void)
{
	static const char *const all[] = {"B-U", "C-U", "B-C", "B-B"};

	return all[below(4)];
}

static void
random_message(char *text, size_t size)
{
	static const char *const types[] = {"order",  "order",	     "order", "amend",
					    "cancel", "mass_cancel", "price"};
	static const char *const sizes[] = {"1", "0.25", "3", "10", "99999999999999999999999999"};
	unsigned account = below(5);
	char nonce[48] = "", ts[48] = "", px[32] = "";

	stream_ts += below(300);
	if (below(3))
		snprintf(nonce, sizeof nonce, ",\"nonce\":%u", (unsigned)line_n + below(20));
	if (below(4))
		snprintf(ts, sizeof ts, ",\"ts\":%" PRIu64, stream_ts);
	if (below(5))
		snprintf(px, sizeof px, ",\"px\":\"%u.%u\"", 1 + below(50), below(100));
	snprintf(text, size,
		 "{\"type\":\"%s\",\"id\":\"%u\",\"account\":\"a%u\",\"symbol\":\"%s\",\"side\":"
		 "\"%s\"%s,\"sz\":\"%s\"%s%s}",
		 types[below(7)], below(12), account, random_symbol(), below(2) ? "buy" : "sell",
		 px, sizes[below(40) ? below(4) : 4], nonce, ts);
}

static void
offer(void)
{
	char text[512], reject[512];
	struct incoming m;
	const char *why;
	bool spent, spent_too;
	enum refusal r;

	random_message(text, sizeof text);
	EXPECT(incoming_read(span_of(text), &m, &why) == REFUSAL_NONE);
	r = gate_decide(&gate, NULL, &m, &spent, &why);
	EXPECT(r == gate_decide(&twin, NULL, &m, &spent_too, &why));
	EXPECT(spent == spent_too);
	if (r == REFUSAL_NONE) {
		log_line(text);
		return;
	}
	snprintf(reject, sizeof reject, "{\"type\":\"reject\",\"in\":1,\"id\":\"x\"");
	if (spent)
		snprintf(reject + strlen(reject), 128, ",\"account\":\"%.*s\",\"nonce\":%" PRIu64,
			 (int)m.account.len, m.account.ptr, m.nonce);
	strncat(reject, "}", 2);
	log_line(reject);
}

static void
random_event(char *text, size_t size)
{
	char input[256];
	unsigned id = below(12), account = below(5), px = 1 + below(50), sz = 1 + below(5);
	const char *symbol = random_symbol(), *side = below(2) ? "buy" : "sell";
	static const char *const sides[] = {"", ",\"side\":\"buy\"", ",\"side\":\"sell\""};

	next_seq += below(30) ? 1 : 2;
	switch (below(5)) {
	case 0:
	case 1:
		snprintf(text, size,
			 "{\"type\":\"ack\",\"seq\":%" PRIu64
			 ",\"in\":1,\"id\":\"%u\",\"account\":\"a%u\",\"symbol\":\"%s\",\"side\":"
			 "\"%s\",\"px\":\"%u\",\"sz\":\"%u\"}",
			 next_seq, id, account, symbol, side, px, sz);
		return;
	case 2:
		/* without a side: of an auction */
		snprintf(text, size,
			 "{\"type\":\"trade\",\"seq\":%" PRIu64
			 ",\"in\":1,\"symbol\":\"%s\",\"px\":\"%u\",\"sz\":\"%u\"%s,\"makerId\":"
			 "\"%u\",\"takerId\":\"%u\",\"makerAccount\":\"a%u\",\"takerAccount\":"
			 "\"a%u\"}",
			 next_seq, symbol, px, sz, sides[below(3)], id, below(12), account,
			 below(7));
		return;
	case 3:
		snprintf(text, size,
			 "{\"type\":\"done\",\"seq\":%" PRIu64
			 ",\"in\":1,\"id\":\"%u\",\"account\":\"a%u\",\"symbol\":\"%s\"}",
			 next_seq, id, account, symbol);
		return;
	default:
		snprintf(
		    input, sizeof input,
		    "{\\\"type\\\":\\\"%s\\\",\\\"id\\\":\\\"%u\\\",\\\"account\\\":\\\"a%u\\\","
		    "\\\"symbol\\\":\\\"%s\\\",\\\"side\\\":\\\"buy\\\",\\\"sz\\\":\\\"1\\\"}",
		    below(2) ? "order" : "amend", id, account, symbol);
		snprintf(text, size,
			 "{\"type\":\"reject\",\"seq\":%" PRIu64 ",\"in\":3,\"reason\":\"x\",%s"
			 "\"input\":\"%s\"}",
			 next_seq, below(4) ? "" : "\"passed\":3,", input);
	}
}

static void
take_event(void)
{
	char text[512];
	struct event e;
	bool wanted;

	random_event(text, sizeof text);
	EXPECT(!event_read(span_of(text), &e));
	wanted = gate_event(&gate, &e);
	EXPECT(wanted == gate_event(&twin, &e));
	if (wanted)
		log_line(text);
}

/* ---- back ---- */

static enum gate_snapshot_error
read_back(struct gate *g, const struct gate_options *o, struct span text)
{
	struct gate_at at;
	enum gate_part part;

	gate_init(g, o, secret);
	return gate_snapshot_read(g, &at, &part, text);
}

static void
replay_from(struct gate *g, size_t from)
{
	bool printed;

	for (size_t i = from; i < line_n; i++)
		EXPECT(gate_replay(g, span_of(lines[i]), &printed));
}

/* From the log's beginning, and from a snapshot of some time ago: both are what stands now. */
static void
expect_restarts(const struct gate_options *o, struct span old, size_t old_n)
{
	struct gate whole, bounded;

	gate_init(&whole, o, secret);
	replay_from(&whole, 0);
	expect_same(&whole, &twin);
	EXPECT(read_back(&bounded, o, old) == GATE_SNAPSHOT_OK);
	replay_from(&bounded, old_n);
	expect_same(&bounded, &twin);
	gate_release(&whole);
	gate_release(&bounded);
}

/* The gate is the one that was written and read; its twin goes on as it is. */
static void
exchange_gate(const struct gate_options *o)
{
	struct buf b = snapshot_of(&gate, line_n);
	struct gate fresh;

	EXPECT(read_back(&fresh, o, buf_span(&b)) == GATE_SNAPSHOT_OK);
	/* an event is passed over by its seq where it was logged; others change nothing */
	fresh.events_seq = gate.events_seq;
	gate_release(&gate);
	gate = fresh;
	buf_release(&b);
}

static void
stream(const struct gate_options *o)
{
	struct buf old;
	size_t old_n = 0;

	gate_init(&gate, o, secret);
	gate_init(&twin, o, secret);
	next_seq = 0;
	old = snapshot_of(&gate, 0);
	for (int i = 0; i < 2000; i++) {
		if (below(5) < 2)
			take_event();
		else
			offer();
		if (below(50) == 0)
			exchange_gate(o);
		if (below(100) == 0) {
			expect_same(&gate, &twin);
			expect_restarts(o, buf_span(&old), old_n);
			buf_release(&old);
			old = snapshot_of(&gate, line_n);
			old_n = line_n;
		}
	}
	EXPECT(line_n > 500 && line_n < LINES_MAX);
	buf_release(&old);
	gate_release(&gate);
	gate_release(&twin);
	while (line_n)
		free(lines[--line_n]);
}

static struct gate_options
options(bool track, bool releases, unsigned storm, long limit)
{
	struct gate_options o = {.track = track,
				 .releases = releases,
				 .storm_cancels = storm,
				 .storm_us = 2000,
				 .cooldown_us = 900};

	if (limit) {
		o.limits[0] = (struct asset_limit){SPAN_LIT("B"), {.coef = limit}};
		o.limits[1] = (struct asset_limit){SPAN_LIT("U"), {.coef = limit * 50}};
		o.limit_n = 2;
	}
	return o;
}

static void
streams(void)
{
	struct gate_options o;

	for (int round = 0; round < 3; round++) {
		o = options(true, true, 3, 200);
		stream(&o);
		o = options(true, true, 0, 0);
		stream(&o);
		o = options(true, false, 2, 5000);
		stream(&o);
		o = options(false, false, 5, 0);
		stream(&o);
	}
}

/* ---- damage ---- */

/* A gate with some of everything. */
static struct buf
specimen(const struct gate_options *o)
{
	gate_init(&gate, o, secret);
	gate_init(&twin, o, secret);
	for (int i = 0; i < 150; i++) {
		if (i % 3)
			offer();
		else
			take_event();
	}
	while (line_n)
		free(lines[--line_n]);
	gate_release(&twin);
	return snapshot_of(&gate, 150);
}

static void
damage(void)
{
	struct gate_options o = options(true, true, 3, 0);
	struct buf b = specimen(&o);
	struct gate g;

	EXPECT(gate.order_open > 3 && gate.account_n > 3);
	for (size_t i = 0; i < b.len * 8; i++) {
		b.ptr[i / 8] ^= (char)(1 << i % 8);
		EXPECT(read_back(&g, &o, buf_span(&b)) == GATE_SNAPSHOT_E_DAMAGED);
		b.ptr[i / 8] ^= (char)(1 << i % 8);
		gate_release(&g);
	}
	for (size_t n = 0; n < b.len; n++) {
		EXPECT(read_back(&g, &o, (struct span){b.ptr, n}) == GATE_SNAPSHOT_E_DAMAGED);
		gate_release(&g);
	}
	EXPECT(read_back(&g, &o, buf_span(&b)) == GATE_SNAPSHOT_OK);
	gate_release(&g);
	buf_byte(&b, '\n');
	EXPECT(read_back(&g, &o, buf_span(&b)) == GATE_SNAPSHOT_E_DAMAGED);
	gate_release(&g);
	buf_release(&b);
	gate_release(&gate);
}

/* Texts with a right checksum that no writer of ours wrote. */
static void
strangers(void)
{
#define HEAD "{\"intake\":1,\"log\":9,\"lines\":5,\"events\":4,\"ts\":7,\"exposure\":\"open\"}\n"
#define EXPOSURE(part) \
	"{\"intake\":1,\"log\":9,\"lines\":5,\"events\":4,\"ts\":7,\"exposure\":\"" part "\"}\n"
#define AL "{\"account\":\"al\",\"nonce\":18446744073709551615,\"cooldown\":8,\"cancels\":[1,2]}\n"
#define BO "{\"account\":\"bo\",\"nonce\":null,\"cooldown\":null,\"cancels\":[]}\n"
#define HOLDS(asset)                                                                               \
	"{\"asset\":\"" asset "\",\"net\":\"-1.5\",\"coming\":\"2\",\"going\":\"0\",\"broken\":0}" \
	"\n"
#define OPEN(id, account)                                                                       \
	"{\"order\":\"" id "\",\"symbol\":\"B-U\",\"account\":" account                         \
	",\"buy\":1,\"px\":null,\"left\":\"2\",\"base\":\"2\",\"quote\":\"0\",\"unanswered\":0" \
	"}\n"
	static const struct {
		const char *text;
		enum gate_snapshot_error want;
	} rows[] = {
	    {HEAD, GATE_SNAPSHOT_OK},
	    {HEAD AL HOLDS("B") HOLDS("U") BO OPEN("1", "0") OPEN("2", "0"), GATE_SNAPSHOT_OK},
	    {HEAD AL HOLDS("B") HOLDS("U") OPEN("1", "0") OPEN("1", "0"), GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD AL HOLDS("B") HOLDS("U") OPEN("1", "1"), GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD AL HOLDS("B") OPEN("1", "0"), GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD AL HOLDS("B") HOLDS("B"), GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD HOLDS("B") AL, GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD AL AL, GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD HEAD, GATE_SNAPSHOT_E_DAMAGED},
	    {AL, GATE_SNAPSHOT_E_DAMAGED},
	    {"", GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD "\n", GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD "{\"account\":\"al\",\"nonce\":18446744073709551616,\"cooldown\":8,"
		  "\"cancels\":[]}\n",
	     GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD "{\"account\":\"al\",\"nonce\":01,\"cooldown\":8,\"cancels\":[]}\n",
	     GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD "{\"account\":\"al\",\"nonce\":1,\"cooldown\":8,\"cancels\":[,1]}\n",
	     GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD "{\"account\":\"a\\\"l\",\"nonce\":1,\"cooldown\":8,\"cancels\":[]}\n",
	     GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD AL "{\"asset\":\"B\",\"net\":\"1.50\",\"coming\":\"2\",\"going\":\"0\","
		     "\"broken\":0}\n",
	     GATE_SNAPSHOT_E_DAMAGED},
	    {HEAD AL "{\"asset\":\"B\",\"net\":\"1\",\"coming\":\"2\",\"going\":\"0\","
		     "\"broken\":2}\n",
	     GATE_SNAPSHOT_E_DAMAGED},
	};
	struct gate_options o = options(true, true, 3, 0);
	static const char *const unfit[] = {EXPOSURE("none") AL HOLDS("B"),
					    EXPOSURE("held") AL HOLDS("B") HOLDS("U")
						OPEN("1", "0"),
					    EXPOSURE("half"), EXPOSURE("opener"), EXPOSURE("")};
	struct gate g;
	struct buf b;

	for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
		const struct gate_options none = options(false, false, 0, 0);

		buf_init(&b, 4096);
		buf_str(&b, unfit[i]);
		snapshots_seal(&b, 0);
		EXPECT(read_back(&g, &none, buf_span(&b)) == GATE_SNAPSHOT_E_DAMAGED);
		gate_release(&g);
		buf_release(&b);
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		buf_init(&b, 4096);
		buf_str(&b, rows[i].text);
		snapshots_seal(&b, 0);
		if (read_back(&g, &o, buf_span(&b)) != rows[i].want)
			printf("row %zu: %s\n", i, rows[i].text);
		gate_release(&g);
		EXPECT(read_back(&g, &o, buf_span(&b)) == rows[i].want);
		gate_release(&g);
		buf_release(&b);
	}
}

/* ---- options ---- */

/* Everything is there for options that ask for as much; none can be had from all. */
static void
parts(void)
{
	const struct gate_options all[] = {options(false, false, 0, 0), options(true, false, 0, 0),
					   options(true, true, 0, 0)};

	for (size_t was = 0; was < 3; was++) {
		struct buf b = specimen(&all[was]);

		EXPECT(gate_part(&all[was]) == (enum gate_part)was);
		for (size_t is = 0; is < 3; is++) {
			enum gate_snapshot_error e;
			struct gate g;

			e = read_back(&g, &all[is], buf_span(&b));
			EXPECT(e ==
			       (is == 0 || is == was ? GATE_SNAPSHOT_OK : GATE_SNAPSHOT_E_PART));
			for (size_t k = 0; e == GATE_SNAPSHOT_OK && k < g.account_n; k++) {
				EXPECT(g.accounts[k].nonce == gate.accounts[k].nonce);
				EXPECT(is > 0 || g.accounts[k].holding_n == 0);
			}
			EXPECT(e != GATE_SNAPSHOT_OK || g.account_n == gate.account_n);
			EXPECT(is == 2 || g.order_open == 0);
			gate_release(&g);
		}
		buf_release(&b);
		gate_release(&gate);
	}
}

static void
other_storms(void)
{
	struct gate_options o = options(false, false, 4, 0);
	struct incoming m = {.kind = INCOMING_CANCEL,
			     .account = SPAN_LIT("al"),
			     .symbol = SPAN_LIT("B-U"),
			     .id = SPAN_LIT("1"),
			     .has_ts = true};
	struct gate g;
	struct buf b;

	gate_init(&gate, &o, secret);
	for (int i = 1; i <= 6; i++) {
		m.ts = i * 1000;
		EXPECT(gate_accepted(&gate, &m));
	}
	b = snapshot_of(&gate, 6);
	EXPECT(memmem(b.ptr, b.len, "\"cancels\":[3000,4000,5000,6000]", 31));
	/* a smaller ring keeps the last; a larger one knows of no more than there were */
	o.storm_cancels = 2;
	EXPECT(read_back(&g, &o, buf_span(&b)) == GATE_SNAPSHOT_OK);
	EXPECT(g.accounts[0].cancels[0] + g.accounts[0].cancels[1] == 11000);
	gate_release(&g);
	o.storm_cancels = 9;
	EXPECT(read_back(&g, &o, buf_span(&b)) == GATE_SNAPSHOT_OK);
	EXPECT(g.accounts[0].cancel_n == 4);
	gate_release(&g);
	/* without storms nobody cools down */
	gate.accounts[0].cooldown_until = INT64_MAX;
	buf_release(&b);
	b = snapshot_of(&gate, 6);
	o.storm_cancels = 0;
	EXPECT(read_back(&g, &o, buf_span(&b)) == GATE_SNAPSHOT_OK);
	EXPECT(g.accounts[0].cooldown_until == INT64_MIN && !g.accounts[0].cancels);
	gate_release(&g);
	gate_release(&gate);
	buf_release(&b);
}

int
main(void)
{
	RUN(streams);
	RUN(damage);
	RUN(strangers);
	RUN(parts);
	RUN(other_storms);
	return test_done();
}
