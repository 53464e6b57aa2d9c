/* Catches limits that are off by one, windows that forget or remember too long, jobs that could be
 * paid twice, and readers that take half a payload. */
#include "blocklist.h"
#include "bytes.h"
#include "hex.h"
#include "keys.h"
#include "ledger.h"
#include "sign_limits.h"
#include "test.h"

#include <sodium.h>

#define HOUR INT64_C(3600000)

static const uint64_t secret[2] = {1, 2};

static void
amounts(void)
{
	static const char most[] = "99999999999999999999999999999999999999";
	units_int a, b;
	char text[UNITS_TEXT_MAX];

	EXPECT(units_parse(span_of(most), &a));
	EXPECT(units_print(a, text) == 38);
	EXPECT_STR(text, most);
	EXPECT(units_print(~(units_int)0, text) == 39);
	EXPECT_STR(text, "340282366920938463463374607431768211455");
	for (units_int ten = 1; ten < a / 10; ten *= 10) {
		EXPECT(units_print(ten, text) == strspn(text, "01") && text[0] == '1');
		EXPECT(units_parse(span_of(text), &b) && b == ten);
		EXPECT(units_print(ten - 1, text) && units_parse(span_of(text), &b) &&
		       b == ten - 1);
	}
	EXPECT(units_print((units_int)UINT64_MAX + 1, text) == 20);
	EXPECT_STR(text, "18446744073709551616");
	EXPECT(!units_parse(SPAN_LIT("100000000000000000000000000000000000000"), &b));
	EXPECT(!units_parse(SPAN_LIT(""), &b) && !units_parse(SPAN_LIT("01"), &b) &&
	       !units_parse(SPAN_LIT("1 "), &b) && !units_parse(SPAN_LIT("-1"), &b));
	EXPECT(units_parse(SPAN_LIT("0"), &b) && b == 0);
	EXPECT(units_add(a, 0, &b) && b == a);
	EXPECT(!units_add(a, 1, &b) && !units_add(1, a, &b) && !units_add(a, a, &b));
	EXPECT(units_multiply(a, 1, &b) && units_multiply(0, a, &b) && b == 0);
	EXPECT(!units_multiply(a, 2, &b) && !units_multiply(a, a, &b));
	EXPECT(units_of_bytes(SPAN_LIT("\x00\x00\x01\x00"), &b) && b == 256);
	EXPECT(!units_of_bytes(SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff"
					"\xff\xff\xff\xff\xff\xff\xff\xff"),
			       &b));
}

static uint64_t
compact(const char *text, size_t n, bool *ok)
{
	struct bytes b = bytes_of((struct span){text, n});
	uint64_t value = bytes_compact(&b);

	*ok = bytes_done(&b);
	return value;
}

static void
lengths(void)
{
	struct bytes b;
	bool ok;

	EXPECT(compact("\xfc", 1, &ok) == 0xfc && ok);
	EXPECT(compact("\xfd\xfd\x00", 3, &ok) == 0xfd && ok);
	EXPECT(compact("\xfd\xfc\x00", 3, &ok) == 0 && !ok);
	EXPECT(compact("\xfe\x00\x00\x01\x00", 5, &ok) == 0x10000 && ok);
	EXPECT(compact("\xfe\xff\xff\x00\x00", 5, &ok) == 0 && !ok);
	EXPECT(compact("\xff\x00\x00\x00\x00\x01\x00\x00\x00", 9, &ok) == UINT64_C(1) << 32 && ok);
	EXPECT(compact("\xfd\xfd", 2, &ok) == 0 && !ok);
	b = bytes_of(SPAN_LIT("\xff\x7f"));
	EXPECT(bytes_varint(&b) == 0x3fff && bytes_done(&b));
	b = bytes_of(SPAN_LIT("\x80\x00"));
	EXPECT(bytes_varint(&b) == 0 && b.bad);
	b = bytes_of(SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
	EXPECT(bytes_varint(&b) == UINT64_MAX && bytes_done(&b));
	b = bytes_of(SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
	EXPECT(bytes_varint(&b) == 0 && b.bad);
	b = bytes_of(SPAN_LIT("\xff\xff\x03"));
	EXPECT(bytes_short(&b) == 0xffff && bytes_done(&b));
	b = bytes_of(SPAN_LIT("\xff\xff\x04"));
	EXPECT(bytes_short(&b) == 0 && b.bad);
}

static void
windows(void)
{
	struct ledger_window w = {0};

	ledger_add(&w, 1000 * HOUR + 5, 10);
	EXPECT(ledger_day(&w, 1000 * HOUR + 5) == 10);
	ledger_add(&w, 1001 * HOUR, 7);
	EXPECT(ledger_day(&w, 1001 * HOUR) == 17);
	/* the hour that it was spent in counts for 24 hours after it has ended */
	EXPECT(ledger_day(&w, 1025 * HOUR - 1) == 17);
	EXPECT(ledger_day(&w, 1025 * HOUR) == 7);
	EXPECT(ledger_day(&w, 1026 * HOUR) == 0);
	EXPECT(ledger_within(&w, 1001 * HOUR, 3, 20) && !ledger_within(&w, 1001 * HOUR, 4, 20));
	/* a bucket is used again for the hour 25 later */
	ledger_add(&w, 1025 * HOUR, 1);
	EXPECT(ledger_day(&w, 1025 * HOUR) == 8);
}

/* ---- the ledger
 * --------------------------------------------------------------------------------- */

static const char rules[] =
    "{\"type\":\"chain\",\"chain\":\"eth\",\"family\":\"evm\",\"chainId\":1,\"feeMax\":\"100\","
    "\"feeDayMax\":\"250\"}\n"
    "{\"type\":\"chain\",\"chain\":\"sol\",\"family\":\"solana\",\"feeMax\":\"100\","
    "\"feeDayMax\":\"250\"}\n"
    "{\"type\":\"asset\",\"chain\":\"eth\",\"asset\":\"ETH\",\"txMax\":\"100\",\"dayMax\":\"250\"}"
    "\n";

static struct ledger_entry
entry(const char *job, const char *kind, unsigned char payload, const struct tx_spend *spend)
{
	struct ledger_entry e = {.job = span_of(job),
				 .kind = span_of(kind),
				 .asset = strcmp(kind, "pay") == 0 ? 0 : POLICY_ASSETS_MAX,
				 .amount = 100,
				 .fee = 10,
				 .spends = spend,
				 .spends_n = spend ? 1 : 0,
				 .at_ms = 1000 * HOUR};

	memset(e.payload, payload, sizeof e.payload);
	memset(e.payment, 1, sizeof e.payment);
	return e;
}

static const char *
judge(struct ledger *l, const struct policy *p, const struct ledger_entry *e)
{
	struct ledger_verdict v;

	switch (ledger_judge(l, p, e, &v)) {
	case LEDGER_NEW: EXPECT(ledger_enter(l, e)); return "new";
	case LEDGER_AGAIN: return "again";
	case LEDGER_REFUSED: break;
	}
	return v.code;
}

static void
jobs(void)
{
	struct tx_spend one = {{1}, 0}, two = {{2}, 0}, both[2] = {{{1}, 0}, {{2}, 0}};
	struct ledger_entry e;
	struct policy p;
	struct ledger l;

	EXPECT(policy_read(&p, SPAN_LIT(rules), secret));
	ledger_init(&l, secret);
	/* a child before anything else; the payment behind it is no rival of it */
	e = entry("a", "child", 1, &two);
	EXPECT_STR(judge(&l, &p, &e), "new");
	e = entry("a", "pay", 2, both);
	e.spends_n = 2;
	EXPECT_STR(judge(&l, &p, &e), "new");
	EXPECT_STR(judge(&l, &p, &e), "again");
	/* common are both, then one alone: what shares only the other is a rival of nothing */
	e = entry("a", "pay", 3, &one);
	EXPECT_STR(judge(&l, &p, &e), "new");
	e = entry("a", "pay", 4, &two);
	EXPECT_STR(judge(&l, &p, &e), "JOB");
	e = entry("a", "cancel", 5, &one);
	EXPECT_STR(judge(&l, &p, &e), "new");
	e = entry("a", "pay", 6, &one);
	memset(e.payment, 2, sizeof e.payment);
	EXPECT_STR(judge(&l, &p, &e), "JOB");
	EXPECT(ledger_day(&l.assets[0], e.at_ms) == 100);
	/* versions cost what the dearest costs, and the child comes on top */
	EXPECT(ledger_day(&l.fees[0], e.at_ms) == 20);
	e = entry("a", "pay", 7, &one);
	e.fee = 15;
	EXPECT_STR(judge(&l, &p, &e), "new");
	EXPECT(ledger_day(&l.fees[0], e.at_ms) == 25);
	/* 64 versions and no more */
	for (unsigned char i = 5; i < LEDGER_VERSIONS_MAX; i++) {
		e = entry("a", "pay", (unsigned char)(100 + i), &one);
		EXPECT_STR(judge(&l, &p, &e), "new");
	}
	e = entry("a", "pay", 200, &one);
	EXPECT_STR(judge(&l, &p, &e), "VERSIONS");
	ledger_release(&l);
	policy_release(&p);
}

static void
day_limits(void)
{
	struct tx_spend one = {{1}, 0};
	struct ledger_entry e;
	struct policy p;
	struct ledger l;

	EXPECT(policy_read(&p, SPAN_LIT(rules), secret));
	ledger_init(&l, secret);
	e = entry("a", "pay", 1, &one);
	EXPECT_STR(judge(&l, &p, &e), "new");
	e = entry("b", "pay", 2, &one);
	EXPECT_STR(judge(&l, &p, &e), "new");
	e = entry("c", "pay", 3, &one);
	e.amount = 51;
	EXPECT_STR(judge(&l, &p, &e), "DAY_LIMIT");
	e.amount = 50;
	EXPECT_STR(judge(&l, &p, &e), "new");
	e = entry("d", "cancel", 4, &one);
	e.fee = 221;
	EXPECT_STR(judge(&l, &p, &e), "FEE_DAY");
	e.fee = 220;
	EXPECT_STR(judge(&l, &p, &e), "new");
	/* a clock that goes back takes no limit with it */
	e = entry("e", "pay", 5, &one);
	e.at_ms = 0;
	e.fee = 0;
	EXPECT_STR(judge(&l, &p, &e), "DAY_LIMIT");
	e.at_ms = 1025 * HOUR;
	EXPECT_STR(judge(&l, &p, &e), "new");
	ledger_release(&l);
	policy_release(&p);
}

static void
expiring(void)
{
	struct ledger_entry e;
	struct policy p;
	struct ledger l;

	EXPECT(policy_read(&p, SPAN_LIT(rules), secret));
	ledger_init(&l, secret);
	e = entry("a", "pay", 1, NULL);
	e.chain = 1;
	e.dead_ms = e.at_ms + 5;
	EXPECT_STR(judge(&l, &p, &e), "new");
	e = entry("a", "pay", 2, NULL);
	e.chain = 1;
	e.at_ms += 5;
	EXPECT_STR(judge(&l, &p, &e), "EARLY");
	e.at_ms += 1;
	EXPECT_STR(judge(&l, &p, &e), "new");
	/* the newest never dies */
	e = entry("a", "pay", 3, NULL);
	e.at_ms += 1000 * HOUR;
	EXPECT_STR(judge(&l, &p, &e), "EARLY");
	ledger_release(&l);
	policy_release(&p);
}

static void
coins(void)
{
	struct tx_spend one = {{1}, 5}, lie = {{1}, 6};
	struct ledger_entry e;
	struct policy p;
	struct ledger l;

	EXPECT(policy_read(&p, SPAN_LIT(rules), secret));
	ledger_init(&l, secret);
	e = entry("a", "pay", 1, &one);
	e.outpoints = true;
	EXPECT_STR(judge(&l, &p, &e), "new");
	e = entry("b", "pay", 2, &lie);
	e.outpoints = true;
	EXPECT_STR(judge(&l, &p, &e), "COIN");
	e.spends = &one;
	EXPECT_STR(judge(&l, &p, &e), "new");
	ledger_release(&l);
	policy_release(&p);
}

/* ---- policies
 * ----------------------------------------------------------------------------------- */

static const char *
fault_of(const char *more)
{
	static char text[2048];
	struct policy p;
	const char *fault;

	snprintf(text, sizeof text, "%s%s\n", rules, more);
	fault = policy_read(&p, span_of(text), secret) ? "" : p.fault;
	EXPECT(!*fault || p.fault_line == 4);
	policy_release(&p);
	return fault;
}

static void
policies(void)
{
	EXPECT_STR(fault_of("# a remark"), "");
	EXPECT_STR(fault_of("{\"type\":\"allow\",\"chain\":\"eth\",\"address\":\"*\"}"), "");
	EXPECT(*fault_of("{\"type\":\"allow\",\"chain\":\"btc\",\"address\":\"*\"}"));
	EXPECT(*fault_of("{\"type\":\"allow\",\"chain\":\"eth\"}"));
	EXPECT(*fault_of("{\"type\":\"allow\",\"chain\":\"eth\",\"address\":\"*\",\"x\":1}"));
	EXPECT(*fault_of(
	    "{\"type\":\"allow\",\"chain\":\"eth\",\"chain\":\"eth\",\"address\":\"*\"}"));
	/* the misspelt checksum that is going around, and the right one */
	EXPECT(*fault_of("{\"type\":\"allow\",\"chain\":\"eth\",\"address\":"
			 "\"0xA0b86991c6218b36c1d19d4a2e9eb0ce3606eb48\"}"));
	EXPECT_STR(fault_of("{\"type\":\"allow\",\"chain\":\"eth\",\"address\":"
			    "\"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48\"}"),
		   "");
	EXPECT(*fault_of("{\"type\":\"asset\",\"chain\":\"eth\",\"asset\":\"X\",\"txMax\":\"1\","
			 "\"dayMax\":\"1\"}"));
	EXPECT(*fault_of("{\"type\":\"chain\",\"chain\":\"eth\",\"family\":\"tron\",\"feeMax\":"
			 "\"1\",\"feeDayMax\":\"1\"}"));
	EXPECT(*fault_of("{\"type\":\"chain\",\"chain\":\"b\",\"family\":\"btc\",\"feeMax\":"
			 "\"1\",\"feeDayMax\":\"1\"}"));
	EXPECT(*fault_of("{\"type\":\"chain\",\"chain\":\"b\",\"family\":\"evm\",\"feeMax\":"
			 "\"1\",\"feeDayMax\":\"1\"}"));
	EXPECT(*fault_of("{\"type\":\"chain\",\"chain\":\"b\",\"family\":\"tron\",\"feeMax\":"
			 "1,\"feeDayMax\":\"1\"}"));
	EXPECT(*fault_of("{"));
	EXPECT(*fault_of("[]"));
}

/* ---- readers
 * ------------------------------------------------------------------------------------ */

/* EIP-155's example, and a Tron transfer of tronweb's: every shorter one is refused, and so is one
 * with another byte behind it. */
static void
truncated(void)
{
	static const struct {
		enum tx_form form;
		const char *hex;
	} payloads[] = {
	    {TX_EVM_LEGACY,
	     "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
	     "018080"},
	    {TX_TRON,
	     "0a02a1b2220801020304050607084080b08fe6b2775a65080112610a2d747970652e676f6f676c656170"
	     "69732e636f6d2f70726f746f636f6c2e5472616e73666572436f6e747261637412300a15419d8a62f656"
	     "a8d1615c1294fd71e9cfb3e4855a4f1215412222222222222222222222222222222222222222180570e0"
	     "a289e6b277"},
	};
	static struct tx t;

	for (size_t i = 0; i < 2; i++) {
		unsigned char bytes[256] = {0};
		size_t n = strlen(payloads[i].hex) / 2;

		EXPECT(hex_parse(span_of(payloads[i].hex), false, bytes, n));
		for (size_t len = 0; len <= n + 1; len++) {
			struct span part = {(const char *)bytes, len};

			EXPECT((tx_read(payloads[i].form, part, &t) == NULL) == (len == n));
		}
		EXPECT(tx_read(payloads[i].form, (struct span){(const char *)bytes, n}, &t) ==
		       NULL);
		EXPECT(t.wanted_n == 1 && t.payments_n == 1);
	}
	EXPECT(t.payments[0].amount == 5);
}

/* BIP86's first address, of its first internal key. */
static void
addresses(void)
{
	static struct key_set set;
	struct master m = {.secret = SPAN_LIT("01234567890123456789012345678901")};
	unsigned char key[33];
	char text[ADDRESS_TEXT_MAX];

	EXPECT(hex_parse(SPAN_LIT("02cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc1"
				  "15"),
			 false, key, 33));
	EXPECT(keys_create(&set, &m));
	EXPECT(!keys_add_token(&set, SPAN_LIT("bip86"), KEY_SECP256K1, SPAN_LIT("l"), key));
	address_print(&set.list[0].taproot, FAMILY_BTC, NETWORK_MAIN, text);
	EXPECT_STR(text, "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr");
	keys_release(&set);
}

/* ---- screening
 * ---------------------------------------------------------------------------------- */

static void
count(void *context, struct span address)
{
	(*(size_t *)context)++;
	EXPECT(address.len > 0);
}

static size_t
listed(const char *text, enum sdn_form *form)
{
	size_t n = 0;

	return sdn_read(span_of(text), count, &n, form) ? SIZE_MAX : n;
}

static void
lists(void)
{
	enum sdn_form form;

	EXPECT(listed("", &form) == 0 && form == SDN_PLAIN);
	EXPECT(listed("# none\n\n abc\n", &form) == SIZE_MAX);
	EXPECT(listed("abc # one\ndef", &form) == 2);
	EXPECT(listed("a b\n", &form) == SIZE_MAX);
	EXPECT(listed("x Digital Currency Address - XBT\n 1abc; alt. Digital Currency Address - "
		      "ETH 0xabc.",
		      &form) == 2 &&
	       form == SDN_REMARKS);
	EXPECT(listed("Digital Currency Address - XBT ", &form) == SIZE_MAX);
	EXPECT(listed("<sdnList></sdnList>", &form) == 0 && form == SDN_XML);
	EXPECT(listed("<sdnList><idType>Digital Currency Address - XBT</idType>"
		      "<idNumber>1</idNumber>",
		      &form) == SIZE_MAX);
	EXPECT(listed("<sdnList><idType>Digital Currency Address - XBT</idType><x/>"
		      "<idNumber>1</idNumber></sdnList>",
		      &form) == SIZE_MAX);
	EXPECT(
	    listed(
		"<Sanctions><FeatureType ID=\"3\">Digital Currency Address - X</FeatureType>"
		"<Feature ID=\"3\" FeatureTypeID=\"3\"><VersionDetail a=\"b\">1a</VersionDetail>"
		"<VersionDetail>2</VersionDetail></Feature>"
		"<Feature ID=\"3\" FeatureTypeID=\"4\"><VersionDetail>-</VersionDetail></Feature>"
		"</Sanctions>",
		&form) == 2 &&
	    form == SDN_ADVANCED);
}

static void
screening_limits(void)
{
	static const char text[] =
	    "{\"type\":\"limit\",\"chain\":\"c\",\"asset\":\"A\",\"decimals\":6,"
	    "\"txMax\":\"100\",\"dayMax\":\"150\"}\n";
	struct limits_asked a = {.job = SPAN_LIT("j"),
				 .chain = SPAN_LIT("c"),
				 .asset = SPAN_LIT("A"),
				 .address = SPAN_LIT("x"),
				 .amount = 100,
				 .decimals = 6,
				 .at_ms = 1000 * HOUR};
	static struct limits l;
	const char *why;

	EXPECT(limits_read(&l, SPAN_LIT(text), secret));
	EXPECT(!limits_judge(&l, &a, &why) && limits_enter(&l, &a));
	EXPECT(!limits_judge(&l, &a, &why) && limits_enter(&l, &a));
	EXPECT(ledger_day(&l.list[0].spent, a.at_ms) == 100);
	a.amount = 99;
	EXPECT_STR(limits_judge(&l, &a, &why), "JOB");
	a.job = SPAN_LIT("k");
	a.amount = 101;
	EXPECT_STR(limits_judge(&l, &a, &why), "LIMIT");
	a.amount = 51;
	EXPECT_STR(limits_judge(&l, &a, &why), "DAILY_LIMIT");
	a.amount = 50;
	EXPECT(!limits_judge(&l, &a, &why));
	a.decimals = 7;
	EXPECT_STR(limits_judge(&l, &a, &why), "DECIMALS");
	a.asset = SPAN_LIT("B");
	EXPECT_STR(limits_judge(&l, &a, &why), "UNLISTED");
	limits_release(&l);
}

int
main(void)
{
	secp_init();
	if (sodium_init() < 0)
		return 1;
	RUN(amounts);
	RUN(lengths);
	RUN(windows);
	RUN(jobs);
	RUN(day_limits);
	RUN(expiring);
	RUN(coins);
	RUN(policies);
	RUN(truncated);
	RUN(addresses);
	RUN(lists);
	RUN(screening_limits);
	return test_done();
}
