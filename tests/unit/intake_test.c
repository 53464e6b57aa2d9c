/* Catches an order that gets in with a signature that is not its account's, a nonce used before, or
 * beyond its limit; and an exposure that is not the sum of what is open. */
#include "gate.h"
#include "hex.h"
#include "incoming.h"
#include "json.h"
#include "keccak.h"
#include "order_signature.h"
#include "roster.h"
#include "test.h"

#include <sodium.h>

static const uint64_t secret[2] = {1, 2};

/* ---- messages ---- */

static enum refusal
read_text(const char *text, struct incoming *m)
{
	const char *why = "";
	enum refusal r = incoming_read(span_of(text), m, &why);

	EXPECT(r == REFUSAL_NONE || *why);
	return r;
}

#define ORDER(rest) "{\"type\":\"order\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"B-U\"" rest "}"
#define GOOD ",\"side\":\"buy\",\"px\":\"1.5\",\"sz\":\"2\""

static void
messages(void)
{
	static const struct {
		const char *text;
		enum refusal want;
	} rows[] = {
	    {ORDER(GOOD), REFUSAL_NONE},
	    {ORDER(GOOD ",\"nonce\":0,\"ts\":9"), REFUSAL_NONE},
	    {ORDER(GOOD ",\"nonce\":9007199254740991"), REFUSAL_NONE},
	    {ORDER(GOOD ",\"nonce\":9007199254740992"), REFUSAL_BAD_RECORD},
	    {ORDER(GOOD ",\"nonce\":\"18446744073709551615\""), REFUSAL_NONE},
	    {ORDER(GOOD ",\"nonce\":\"18446744073709551616\""), REFUSAL_BAD_RECORD},
	    {ORDER(GOOD ",\"nonce\":01"), REFUSAL_BAD_JSON},
	    {ORDER(GOOD ",\"nonce\":\"01\""), REFUSAL_BAD_RECORD},
	    {ORDER(GOOD ",\"nonce\":1e3"), REFUSAL_BAD_RECORD},
	    {ORDER(GOOD ",\"nonce\":-1"), REFUSAL_BAD_RECORD},
	    {ORDER(GOOD ",\"ts\":\"9\""), REFUSAL_BAD_RECORD},
	    {ORDER(GOOD ",\"id\":\"2\""), REFUSAL_BAD_RECORD},
	    {ORDER(GOOD ",\"sig\":\"\",\"s\\u0069g\":\"\""), REFUSAL_BAD_RECORD},
	    {ORDER(",\"side\":\"buy\",\"px\":\"0\",\"sz\":\"2\""), REFUSAL_BAD_RECORD},
	    {ORDER(",\"side\":\"buy\",\"px\":\"-1\",\"sz\":\"2\""), REFUSAL_BAD_RECORD},
	    {ORDER(",\"side\":\"buy\",\"px\":1,\"sz\":\"2\""), REFUSAL_BAD_RECORD},
	    {ORDER(",\"side\":\"buy\",\"px\":\"1e3\",\"sz\":\"2\""), REFUSAL_BAD_RECORD},
	    {ORDER(",\"side\":\"buy\",\"px\":\"1\""), REFUSAL_BAD_RECORD},
	    {ORDER(",\"side\":\"Buy\",\"px\":\"1\",\"sz\":\"2\""), REFUSAL_BAD_RECORD},
	    {ORDER(",\"side\":\"buy\",\"sz\":\"2\""), REFUSAL_NONE},
	    {ORDER(",\"side\":\"buy\",\"sz\":\"9999999999999999999999999999999999999999\""),
	     REFUSAL_TOO_LARGE},
	    {"{\"type\":\"order\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"BU\"" GOOD "}",
	     REFUSAL_BAD_RECORD},
	    {"{\"type\":\"order\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"b-u\"" GOOD "}",
	     REFUSAL_BAD_RECORD},
	    {"{\"type\":\"order\",\"id\":\"1\",\"account\":\"\",\"symbol\":\"B-U\"" GOOD "}",
	     REFUSAL_BAD_RECORD},
	    {"{\"type\":\"order\",\"id\":\"1\",\"symbol\":\"B-U\"" GOOD "}", REFUSAL_BAD_RECORD},
	    {"{\"type\":\"cancel\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"B-U\"}",
	     REFUSAL_NONE},
	    {"{\"type\":\"cancel\",\"account\":\"a\",\"symbol\":\"B-U\"}", REFUSAL_BAD_RECORD},
	    {"{\"type\":\"mass_cancel\",\"account\":\"a\"}", REFUSAL_NONE},
	    {"{\"type\":\"mass_cancel\"}", REFUSAL_BAD_RECORD},
	    {"{\"type\":\"amend\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"B-U\",\"sz\":\"1\"}",
	     REFUSAL_NONE},
	    {"{\"type\":\"symbol\",\"symbol\":\"B-U\"}", REFUSAL_NONE},
	    {"{\"type\":\"trade\",\"seq\":1}", REFUSAL_BAD_TYPE},
	    {"{\"type\":\"ack\"}", REFUSAL_BAD_TYPE},
	    {"{\"type\":\"reject\"}", REFUSAL_BAD_TYPE},
	    {"{}", REFUSAL_BAD_TYPE},
	    {"[]", REFUSAL_BAD_RECORD},
	    {"{\"type\":\"order\"", REFUSAL_BAD_JSON},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct incoming m;
		enum refusal r = read_text(rows[i].text, &m);

		if (r != rows[i].want)
			printf("%s: %s\n", rows[i].text, refusal_name(r));
		EXPECT(r == rows[i].want);
	}
	for (enum refusal r = REFUSAL_NONE + 1; r < REFUSALS; r++)
		EXPECT(strcmp(refusal_name(r), "none") != 0);
}

static void
signed_text(void)
{
	struct buf scratch, out;

	buf_init(&scratch, 4096);
	buf_init(&out, 4096);
	EXPECT(
	    incoming_signed_text(
		span_of(
		    " { \"b\" : 1.0 ,\"s\\u0069g\":\"x\", \"a\":\"\\u0041\", \"n\":{\"sig\":1}}"),
		&scratch, &out) == JCS_OK);
	buf_byte(&out, 0);
	EXPECT_STR(out.ptr, "{\"a\":\"A\",\"b\":1,\"n\":{\"sig\":1}}");
	buf_clear(&out);
	EXPECT(incoming_signed_text(span_of("{\"sig\":\"x\"}"), &scratch, &out) == JCS_OK);
	EXPECT(span_is(buf_span(&out), "{}"));
	buf_clear(&out);
	EXPECT(incoming_signed_text(span_of("{\"a\":1,\"\\u0061\":2}"), &scratch, &out) ==
	       JCS_E_DUPLICATE);
	buf_clear(&out);
	EXPECT(incoming_signed_text(span_of("{\"a\":12345678901234567891}"), &scratch, &out) ==
	       JCS_E_LOSSY);
	buf_release(&scratch);
	buf_release(&out);
}

/* ---- signatures ---- */

static void
ed25519(void)
{
	struct public_key key;
	unsigned char pk[32], sk[64], sig[64], seed[32] = {7};
	char pk_hex[65], sig_hex[129];
	struct span message = SPAN_LIT("{\"a\":1}");

	crypto_sign_seed_keypair(pk, sk, seed);
	hex_print(pk, 32, pk_hex);
	EXPECT(!public_key_parse(SCHEME_ED25519, span_of(pk_hex), &key));
	EXPECT(public_key_is(&key, span_of(pk_hex)));
	crypto_sign_detached(sig, NULL, (const unsigned char *)message.ptr, message.len, sk);
	hex_print(sig, 64, sig_hex);
	EXPECT(!order_signature_check(&key, span_of(sig_hex), message));
	EXPECT(order_signature_check(&key, span_of(sig_hex), SPAN_LIT("{\"a\":2}")));
	/* any bit */
	for (size_t bit = 0; bit < 512; bit++) {
		sig[bit / 8] ^= (unsigned char)(1 << bit % 8);
		hex_print(sig, 64, sig_hex);
		EXPECT(order_signature_check(&key, span_of(sig_hex), message));
		sig[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	/* any other spelling */
	hex_print(sig, 64, sig_hex);
	EXPECT(order_signature_check(&key, (struct span){sig_hex, 127}, message));
	EXPECT(order_signature_check(&key, (struct span){sig_hex, 0}, message));
	for (size_t i = 0; i < 128; i++) {
		if (sig_hex[i] < 'a')
			continue;
		sig_hex[i] = (char)(sig_hex[i] - 32);
		EXPECT(order_signature_check(&key, span_of(sig_hex), message));
		break;
	}
}

/* Wycheproof's vectors: valid must pass, all others must not. */
static void
ed25519_vectors(void)
{
	const char *shared = getenv("TRADEPIPE_SHARED");
	char path[4096];
	static char text[1 << 20];
	FILE *f;
	size_t n;
	struct span groups, group, tests, test, key_object, value[3], pk;
	struct json_walk g, t;
	static const char *const names[] = {"msg", "sig", "result"};
	unsigned long seen = 0;

	snprintf(path, sizeof path, "%s/vectors/wycheproof/ed25519_test.json",
		 shared ? shared : "../shared");
	f = fopen(path, "r");
	if (!f) {
		printf("skipped: no %s\n", path);
		return;
	}
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	EXPECT(json_check((struct span){text, n}, NULL) == JSON_OK);
	EXPECT(json_find(json_trim((struct span){text, n}), "testGroups", &groups));
	g = json_walk(groups);
	while (json_next_element(&g, &group)) {
		struct public_key key;

		EXPECT(json_find(group, "publicKey", &key_object) &&
		       json_find(key_object, "pk", &pk) && json_plain(pk, &pk) &&
		       json_find(group, "tests", &tests));
		EXPECT(!public_key_parse(SCHEME_ED25519, pk, &key));
		t = json_walk(tests);
		while (json_next_element(&t, &test)) {
			unsigned char message[4096];
			struct span hex;

			EXPECT(json_pick(test, names, 3, value, NULL) &&
			       json_plain(value[0], &hex) && hex.len / 2 <= sizeof message &&
			       hex_parse(hex, false, message, hex.len / 2) &&
			       json_plain(value[1], &value[1]));
			EXPECT(!order_signature_check(
				   &key, value[1], (struct span){(char *)message, hex.len / 2}) ==
			       span_is(value[2], "\"valid\""));
			seen++;
		}
	}
	EXPECT(seen > 100);
}

/* Every point of small order, in each of its spellings, and what is no point at all: no key, and no
 * R of a signature. */
static void
small_order(void)
{
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "0000000000000000000000000000000000000000000000000000000000000080",
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	    "0200000000000000000000000000000000000000000000000000000000000000",
	};
	struct public_key key;
	unsigned char pk[32], sk[64], seed[32] = {9};
	char pk_hex[65], sig[129];

	crypto_sign_seed_keypair(pk, sk, seed);
	hex_print(pk, 32, pk_hex);
	EXPECT(!public_key_parse(SCHEME_ED25519, span_of(pk_hex), &key));
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		struct public_key bad;

		EXPECT(public_key_parse(SCHEME_ED25519, span_of(points[i]), &bad));
		/* R of small order, s = 0 */
		snprintf(sig, sizeof sig, "%s%064d", points[i], 0);
		EXPECT(order_signature_check(&key, span_of(sig), SPAN_LIT("x")));
	}
	EXPECT(public_key_parse(SCHEME_ED25519, (struct span){pk_hex, 63}, &key));
	EXPECT(public_key_parse(SCHEME_ED25519, SPAN_LIT(""), &key));
}

static void
secp256k1(void)
{
	secp256k1_context *c = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
	static const char order[] =
	    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
	unsigned char sk[32] = {5}, hash[32], bytes[65], sig[64], high[32];
	char key_hex[131], sig_hex[129], other[140];
	size_t len = 33;
	secp256k1_pubkey point;
	secp256k1_ecdsa_signature s;
	struct public_key key;
	struct span message = SPAN_LIT("{\"a\":1}");

	EXPECT(secp256k1_ec_pubkey_create(c, &point, sk));
	secp256k1_ec_pubkey_serialize(c, bytes, &len, &point, SECP256K1_EC_COMPRESSED);
	hex_print(bytes, 33, key_hex);
	EXPECT(!public_key_parse(SCHEME_SECP256K1, span_of(key_hex), &key));
	keccak256(message, hash);
	EXPECT(secp256k1_ecdsa_sign(c, &s, hash, sk, NULL, NULL));
	secp256k1_ecdsa_signature_serialize_compact(c, sig, &s);
	hex_print(sig, 64, sig_hex);
	EXPECT(!order_signature_check(&key, span_of(sig_hex), message));
	EXPECT(order_signature_check(&key, span_of(sig_hex), SPAN_LIT("{\"a\":2}")));
	for (size_t bit = 0; bit < 512; bit++) {
		sig[bit / 8] ^= (unsigned char)(1 << bit % 8);
		hex_print(sig, 64, other);
		EXPECT(order_signature_check(&key, span_of(other), message));
		sig[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	/* the other s of the same signature: n - s */
	memcpy(high, sig + 32, 32);
	EXPECT(secp256k1_ec_seckey_negate(c, high));
	memcpy(other, sig_hex, 64);
	hex_print(high, 32, other + 64);
	EXPECT_STR(order_signature_check(&key, span_of(other), message),
		   "the higher of the two possible s");
	/* r or s of zero, or of the order */
	snprintf(other, sizeof other, "%064d%.64s", 0, sig_hex + 64);
	EXPECT(order_signature_check(&key, span_of(other), message));
	snprintf(other, sizeof other, "%.64s%064d", sig_hex, 0);
	EXPECT(order_signature_check(&key, span_of(other), message));
	snprintf(other, sizeof other, "%s%.64s", order, sig_hex + 64);
	EXPECT(order_signature_check(&key, span_of(other), message));
	snprintf(other, sizeof other, "%.64s%s", sig_hex, order);
	EXPECT(order_signature_check(&key, span_of(other), message));
	/* keys: uncompressed, not on the curve, too short */
	len = 65;
	secp256k1_ec_pubkey_serialize(c, bytes, &len, &point, SECP256K1_EC_UNCOMPRESSED);
	hex_print(bytes, 65, other);
	EXPECT(public_key_parse(SCHEME_SECP256K1, span_of(other), &key));
	snprintf(other, sizeof other, "02%064d", 5);
	EXPECT(public_key_parse(SCHEME_SECP256K1, span_of(other), &key));
	EXPECT(public_key_parse(SCHEME_SECP256K1, (struct span){key_hex, 65}, &key));
	secp256k1_context_destroy(c);
}

/* ---- accounts ---- */

#define KEY "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa"

static bool
load(struct roster *a, const char *text)
{
	roster_init(a, secret);
	buf_str(&a->text, text);
	return roster_read(a);
}

static void
accounts(void)
{
	static const char *const bad[] = {
	    "{}",
	    "[]",
	    "x",
	    "{\"account\":\"a\"}",
	    "{\"account\":\"a\",\"status\":\"Active\"}",
	    "{\"account\":\"\",\"status\":\"active\"}",
	    "{\"account\":\"a\",\"status\":\"active\",\"roles\":[\"root\"]}",
	    "{\"account\":\"a\",\"status\":\"active\",\"roles\":\"trade\"}",
	    "{\"account\":\"a\",\"status\":\"active\",\"keys\":[{\"scheme\":\"rsa\",\"pubkey\":"
	    "\"" KEY "\"}]}",
	    "{\"account\":\"a\",\"status\":\"active\",\"keys\":[{\"scheme\":\"secp256k1\","
	    "\"pubkey\":"
	    "\"" KEY "\"}]}",
	    "{\"account\":\"a\",\"status\":\"active\",\"keys\":[{\"pubkey\":\"" KEY "\"}]}",
	    "{\"account\":\"a\",\"status\":\"active\",\"limits\":{\"B\":1}}",
	    "{\"account\":\"a\",\"status\":\"active\",\"limits\":{\"B\":\"-1\"}}",
	    "{\"account\":\"a\",\"status\":\"active\",\"limits\":{\"B\":\"1\",\"B\":\"2\"}}",
	    "{\"account\":\"a\",\"status\":\"active\"}\n{\"account\":\"a\",\"status\":\"active\"}",
	};
	struct roster a;
	const struct account *one;
	struct incoming m;
	const char *why;

	EXPECT(load(&a,
		    "\n{\"account\":\"a\",\"status\":\"frozen\",\"keys\":[{\"scheme\":\"ed25519\","
		    "\"pubkey\":\"" KEY "\"}],\"limits\":{\"B\":\"1.5\"}}\n"
		    "{\"account\":\"op\",\"status\":\"active\",\"roles\":[\"operator\"]}"));
	one = roster_find(&a, SPAN_LIT("a"));
	EXPECT(one && one->key_n == 1 && one->limit_n == 1 && account_key(one, SPAN_LIT(KEY)));
	EXPECT(!account_key(one, SPAN_LIT("7d")) && !roster_find(&a, SPAN_LIT("b")));
	read_text(ORDER(GOOD), &m);
	EXPECT(account_allows(one, &m, &why) == REFUSAL_FROZEN);
	EXPECT(account_allows(roster_find(&a, SPAN_LIT("op")), &m, &why) == REFUSAL_ROLE);
	read_text("{\"type\":\"cancel\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"B-U\"}", &m);
	EXPECT(account_allows(one, &m, &why) == REFUSAL_NONE);
	read_text("{\"type\":\"symbol\",\"symbol\":\"B-U\"}", &m);
	EXPECT(account_allows(roster_find(&a, SPAN_LIT("op")), &m, &why) == REFUSAL_NONE);
	roster_release(&a);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		EXPECT(!load(&a, bad[i]) && a.fault);
		roster_release(&a);
	}
}

/* ---- the gate ---- */

static struct gate gate;

static enum refusal
decide(const char *text)
{
	struct incoming m;
	const char *why;
	bool spent;

	EXPECT(read_text(text, &m) == REFUSAL_NONE);
	return gate_decide(&gate, NULL, &m, &spent, &why);
}

static bool
event(const char *text)
{
	struct event e;
	const char *why = event_read(span_of(text), &e);

	if (why)
		printf("%s: %s\n", text, why);
	EXPECT(!why);
	return gate_event(&gate, &e);
}

static void
expect_exposure(const char *asset, const char *want)
{
	struct decimal d;
	char text[DECIMAL_TEXT_MAX] = "none";

	if (gate_exposure(&gate, SPAN_LIT("a"), span_of(asset), &d))
		decimal_print(d, text);
	EXPECT_STR(text, want);
}

static void
begin(const char *asset, const char *amount)
{
	struct gate_options o = {.track = true, .releases = true};

	if (asset) {
		o.limits[0].asset = span_of(asset);
		EXPECT(decimal_parse(span_of(amount), &o.limits[0].amount) == DECIMAL_OK);
		o.limit_n = 1;
	}
	gate_init(&gate, &o, secret);
}

#define BUY(id, px, sz)                                                                        \
	"{\"type\":\"order\",\"id\":\"" id "\",\"account\":\"a\",\"symbol\":\"B-U\",\"side\":" \
	"\"buy\",\"px\":\"" px "\",\"sz\":\"" sz "\"}"
#define SELL(id, px, sz)                                                                       \
	"{\"type\":\"order\",\"id\":\"" id "\",\"account\":\"a\",\"symbol\":\"B-U\",\"side\":" \
	"\"sell\",\"px\":\"" px "\",\"sz\":\"" sz "\"}"
#define ACK(seq, id, side, px, sz, more)                                             \
	"{\"type\":\"ack\",\"seq\":" seq ",\"in\":1,\"id\":\"" id                    \
	"\",\"account\":\"a\",\"symbol\":\"B-U\",\"side\":\"" side "\",\"px\":\"" px \
	"\",\"sz\":\"" sz "\"" more "}"

static void
exposure_limits(void)
{
	begin("B", "10");
	EXPECT(decide(BUY("1", "100", "6")) == REFUSAL_NONE);
	EXPECT(decide(BUY("2", "100", "5")) == REFUSAL_LIMIT);
	EXPECT(decide(BUY("2", "100", "4")) == REFUSAL_NONE);
	expect_exposure("B", "10");
	expect_exposure("U", "1000");
	/* the other side is another matter */
	EXPECT(decide(SELL("3", "200", "10")) == REFUSAL_NONE);
	EXPECT(decide(SELL("4", "200", "0.1")) == REFUSAL_LIMIT);
	EXPECT(decide(BUY("1", "100", "1")) == REFUSAL_DUPLICATE_ID);
	/* 6 bought: 10 on the way, of which 6 are here */
	EXPECT(event(ACK("1", "1", "buy", "100", "6", "")));
	EXPECT(event(
	    "{\"type\":\"trade\",\"seq\":2,\"in\":9,\"symbol\":\"B-U\",\"px\":\"99\",\"sz\":\"6\","
	    "\"side\":\"buy\",\"makerId\":\"x\",\"takerId\":\"1\",\"makerAccount\":\"z\","
	    "\"takerAccount\":\"a\"}"));
	EXPECT(event("{\"type\":\"done\",\"seq\":3,\"in\":9,\"id\":\"1\",\"account\":\"a\","
		     "\"symbol\":\"B-U\"}"));
	expect_exposure("B", "10");
	EXPECT(decide(BUY("5", "1", "0.1")) == REFUSAL_LIMIT);
	/* read twice: once is enough */
	EXPECT(!event(
	    "{\"type\":\"trade\",\"seq\":2,\"in\":9,\"symbol\":\"B-U\",\"px\":\"99\",\"sz\":\"6\","
	    "\"side\":\"buy\",\"makerId\":\"x\",\"takerId\":\"1\",\"makerAccount\":\"z\","
	    "\"takerAccount\":\"a\"}"));
	/* canceled: released */
	EXPECT(event("{\"type\":\"done\",\"seq\":4,\"in\":9,\"id\":\"2\",\"account\":\"a\","
		     "\"symbol\":\"B-U\"}"));
	expect_exposure("B", "6");
	EXPECT(gate.events_missed == 0);
	EXPECT(!event("{\"type\":\"watermark\",\"seq\":7,\"in\":9}"));
	EXPECT(gate.events_missed == 2);
	gate_release(&gate);
}

static void
amends_and_rejects(void)
{
	begin("B", "10");
	EXPECT(decide(BUY("1", "100", "4")) == REFUSAL_NONE);
	EXPECT(event(ACK("1", "1", "buy", "100", "4", "")));
	EXPECT(decide("{\"type\":\"amend\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"B-U\","
		      "\"sz\":\"11\"}") == REFUSAL_LIMIT);
	EXPECT(decide("{\"type\":\"amend\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"B-U\","
		      "\"sz\":\"9\"}") == REFUSAL_NONE);
	expect_exposure("B", "9");
	/* until it is answered the larger counts */
	EXPECT(decide("{\"type\":\"amend\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"B-U\","
		      "\"sz\":\"2\"}") == REFUSAL_NONE);
	expect_exposure("B", "9");
	EXPECT(event(ACK("2", "1", "buy", "100", "9", ",\"amended\":true")));
	EXPECT(event(
	    "{\"type\":\"reject\",\"seq\":3,\"in\":3,\"id\":\"1\",\"reason\":\"x\",\"msg\":\"\","
	    "\"input\":\"{\\\"type\\\":\\\"amend\\\",\\\"id\\\":\\\"1\\\",\\\"account\\\":"
	    "\\\"a\\\","
	    "\\\"symbol\\\":\\\"B-U\\\",\\\"sz\\\":\\\"2\\\"}\"}"));
	expect_exposure("B", "9");
	EXPECT(decide(BUY("2", "100", "1")) == REFUSAL_NONE);
	EXPECT(event(
	    "{\"type\":\"reject\",\"seq\":4,\"in\":4,\"id\":\"2\",\"reason\":\"x\",\"msg\":\"\","
	    "\"input\":\"{\\\"type\\\":\\\"order\\\",\\\"id\\\":\\\"2\\\",\\\"account\\\":"
	    "\\\"a\\\","
	    "\\\"symbol\\\":\\\"B-U\\\",\\\"side\\\":\\\"buy\\\",\\\"px\\\":\\\"100\\\",\\\"sz\\\":"
	    "\\\"1\\\"}\"}"));
	expect_exposure("B", "9");
	/* a quote's order counts from its ack */
	EXPECT(event(ACK("5", "q:b1", "buy", "1", "5", "")));
	expect_exposure("B", "14");
	gate_release(&gate);
	/* no price, no bound */
	begin("U", "1000");
	EXPECT(decide("{\"type\":\"order\",\"id\":\"1\",\"account\":\"a\",\"symbol\":\"B-U\","
		      "\"side\":\"buy\","
		      "\"sz\":\"1\"}") == REFUSAL_LIMIT);
	EXPECT(decide(BUY("2", "99999999999999999999", "99999999999999999999")) ==
	       REFUSAL_TOO_LARGE);
	gate_release(&gate);
}

static void
nonces_and_storms(void)
{
	struct gate_options o = {.storm_cancels = 3, .storm_us = 1000, .cooldown_us = 5000};
	char text[200];
	static const struct {
		const char *type;
		unsigned nonce;
		int ts;
		enum refusal want;
	} rows[] = {{"order", 5, 0, REFUSAL_NONE},	   {"order", 5, 0, REFUSAL_NONCE},
		    {"order", 4, 0, REFUSAL_NONCE},	   {"cancel", 6, 100, REFUSAL_NONE},
		    {"cancel", 7, 600, REFUSAL_NONE},	   {"order", 8, 700, REFUSAL_NONE},
		    {"cancel", 9, 1101, REFUSAL_NONE}, /* 3 in 1001 us: just no storm */
		    {"order", 10, 1101, REFUSAL_NONE},	   {"cancel", 11, 1600, REFUSAL_NONE},
		    {"order", 12, 6599, REFUSAL_COOLDOWN}, {"order", 12, 9999, REFUSAL_NONCE},
		    {"cancel", 13, 0, REFUSAL_NONE},	   {"order", 14, 6600, REFUSAL_NONE},
		    {"order", 15, 99999, REFUSAL_NONE}};

	gate_init(&gate, &o, secret);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum refusal r;

		snprintf(
		    text, sizeof text,
		    "{\"type\":\"%s\",\"id\":\"%zu\",\"account\":\"a\",\"symbol\":\"B-U\",\"side\":"
		    "\"buy\",\"px\":\"1\",\"sz\":\"1\",\"nonce\":%u,\"ts\":%d}",
		    rows[i].type, i, rows[i].nonce, rows[i].ts);
		r = decide(text);
		if (r != rows[i].want)
			printf("row %zu: %s\n", i, refusal_name(r));
		EXPECT(r == rows[i].want);
	}
	gate_release(&gate);
}

/* ---- against a list of orders, summed anew each time ---- */

struct listed {
	bool open, buy;
	long px, left, held_sz, held_quote;
	unsigned unanswered;
};

static struct listed list[64];
static long net_base, net_quote;
static uint64_t random_state = 88172645463325252u, next_seq;

static unsigned long
below(unsigned long n)
{
	return (unsigned long)(test_random(&random_state) % n);
}

static long
larger_of(long a, long b)
{
	return a > b ? a : b;
}

static void
expect_sums(void)
{
	long base_in = 0, base_out = 0, quote_in = 0, quote_out = 0, base, quote;
	char text[32];

	for (size_t i = 0; i < 64; i++) {
		if (!list[i].open)
			continue;
		if (list[i].buy) {
			base_in += list[i].held_sz;
			quote_out += list[i].held_quote;
		} else {
			base_out += list[i].held_sz;
			quote_in += list[i].held_quote;
		}
	}
	base = larger_of(labs(net_base + base_in), labs(net_base - base_out));
	quote = larger_of(labs(net_quote + quote_in), labs(net_quote - quote_out));
	snprintf(text, sizeof text, "%ld", base);
	expect_exposure("B", text);
	snprintf(text, sizeof text, "%ld", quote);
	expect_exposure("U", text);
}

static void
listed_settle(struct listed *o)
{
	if (o->unanswered)
		return;
	o->held_sz = o->left;
	o->held_quote = o->left * o->px;
}

static void
random_message(size_t i)
{
	struct listed *o = &list[i];
	long px = 1 + (long)below(50), sz = 1 + (long)below(20);
	char text[300];

	snprintf(text, sizeof text,
		 "{\"type\":\"%s\",\"id\":\"%zu\",\"account\":\"a\",\"symbol\":\"B-U\",\"side\":\"%"
		 "s\",\"px\":"
		 "\"%ld\",\"sz\":\"%ld\"}",
		 o->open ? "amend" : "order", i, px % 2 ? "buy" : "sell", px, sz);
	EXPECT(decide(text) == REFUSAL_NONE);
	if (!o->open)
		*o = (struct listed){.open = true, .buy = px % 2, .px = px, .left = sz};
	o->unanswered++;
	o->held_sz = larger_of(o->held_sz, sz);
	o->held_quote = larger_of(o->held_quote, sz * px);
}

static void
random_event(size_t i)
{
	struct listed *o = &list[i];
	char text[400];
	long sz = o->left ? 1 + (long)below((unsigned long)o->left) : 0;

	if (!o->open)
		return;
	next_seq++;
	if (o->unanswered) {
		o->px = 1 + (long)below(50);
		o->left = 1 + (long)below(20);
		o->unanswered--;
		snprintf(
		    text, sizeof text,
		    "{\"type\":\"ack\",\"seq\":%" PRIu64
		    ",\"in\":1,\"id\":\"%zu\",\"account\":\"a\",\"symbol\":\"B-U\",\"side\":\"%s\","
		    "\"px\":\"%ld\",\"sz\":\"%ld\"}",
		    next_seq, i, o->buy ? "buy" : "sell", o->px, o->left);
	} else if (sz) {
		bool maker = below(2), taker_buys = o->buy != maker;

		snprintf(text, sizeof text,
			 "{\"type\":\"trade\",\"seq\":%" PRIu64
			 ",\"in\":1,\"symbol\":\"B-U\",\"px\":\"%ld\",\"sz\":\"%ld\",\"side\":\"%"
			 "s\",\"makerId\":"
			 "\"%zu\",\"takerId\":\"%zu\",\"%s\":\"a\"}",
			 next_seq, o->px, sz, taker_buys ? "buy" : "sell", i, i,
			 maker ? "makerAccount" : "takerAccount");
		net_base += o->buy ? sz : -sz;
		net_quote += o->buy ? -sz * o->px : sz * o->px;
		o->left -= sz;
	} else {
		snprintf(text, sizeof text,
			 "{\"type\":\"done\",\"seq\":%" PRIu64
			 ",\"in\":1,\"id\":\"%zu\",\"account\":\"a\",\"symbol\":\"B-U\"}",
			 next_seq, i);
		o->open = false;
	}
	EXPECT(event(text));
	listed_settle(o);
}

static void
random_orders(void)
{
	begin(NULL, NULL);
	for (int i = 0; i < 20000; i++) {
		size_t which = below(64);

		if (below(3) == 0)
			random_message(which);
		else
			random_event(which);
		if (i > 100 && i % 7 == 0)
			expect_sums();
	}
	EXPECT(gate.events_missed == 0);
	gate_release(&gate);
}

int
main(void)
{
	EXPECT(order_signature_init());
	RUN(messages);
	RUN(signed_text);
	RUN(ed25519);
	RUN(ed25519_vectors);
	RUN(small_order);
	RUN(secp256k1);
	RUN(accounts);
	RUN(exposure_limits);
	RUN(amends_and_rejects);
	RUN(nonces_and_storms);
	RUN(random_orders);
	return test_done();
}
