/* Catches requests that make sign-key pay somebody it should not, pay twice, or pay more in a day
 * than its policy says: payloads that say less than they do, jobs that are bent, midnights,
 * restarts, and keys that are changed under a job. Each is tried as a coordinator that an attacker
 * owns could: digests are always the payload's own. */
#include "base64.h"
#include "hashes.h"
#include "hex.h"
#include "psbt_role.h"
#include "sign_payloads.h"
#include "signing.h"
#include "test.h"

#include <sodium.h>

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define LOG_MAX 64

static const char rules[] =
    "{\"type\":\"chain\",\"chain\":\"eth\",\"family\":\"evm\",\"chainId\":1,"
    "\"feeMax\":\"9000000000000000\",\"feeDayMax\":\"90000000000000000\"}\n"
    "{\"type\":\"chain\",\"chain\":\"sol\",\"family\":\"solana\",\"feeMax\":\"5060\","
    "\"feeDayMax\":\"12000\"}\n"
    "{\"type\":\"chain\",\"chain\":\"tron\",\"family\":\"tron\",\"feeMax\":\"40000000\","
    "\"feeDayMax\":\"500000000\"}\n"
    "{\"type\":\"chain\",\"chain\":\"btc\",\"family\":\"btc\",\"network\":\"regtest\","
    "\"feeMax\":\"5000\",\"feeDayMax\":\"6000\"}\n"
    "{\"type\":\"asset\",\"chain\":\"eth\",\"asset\":\"USDC\",\"contract\":"
    "\"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48\",\"txMax\":\"1500000\",\"dayMax\":"
    "\"3000000\"}\n"
    "{\"type\":\"asset\",\"chain\":\"sol\",\"asset\":\"USDC\",\"contract\":"
    "\"EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v\",\"txMax\":\"7\",\"dayMax\":\"14\"}\n"
    "{\"type\":\"asset\",\"chain\":\"tron\",\"asset\":\"USDC\",\"contract\":"
    "\"TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8\",\"txMax\":\"2500000\",\"dayMax\":\"5000000\"}\n"
    "{\"type\":\"asset\",\"chain\":\"btc\",\"asset\":\"BTC\",\"txMax\":\"60000\",\"dayMax\":"
    "\"180000\"}\n"
    "{\"type\":\"allow\",\"chain\":\"eth\",\"address\":\"*\"}\n"
    "{\"type\":\"allow\",\"chain\":\"sol\",\"address\":\"*\"}\n"
    "{\"type\":\"allow\",\"chain\":\"tron\",\"address\":\"*\"}\n"
    "{\"type\":\"allow\",\"chain\":\"btc\",\"address\":\"*\"}\n";

static const uint64_t secret[2] = {1, 2};
static struct key_set keys;
static struct policy policy;
static struct signing signing;
static char *log_lines[LOG_MAX];
static size_t log_n;

/* ---- a signer
 * ----------------------------------------------------------------------------------- */

static void
append(void *context, struct span line)
{
	(void)context;
	if (log_n == LOG_MAX)
		abort();
	log_lines[log_n] = strndup(line.ptr, line.len - 1);
	log_n++;
}

static void
begin(int64_t now_ms)
{
	signing_init(&signing, secret);
	signing.of.policy = &policy;
	signing.of.keys = &keys;
	signing.append = append;
	signing.now_ms = now_ms;
}

static void
fresh(int64_t now_ms)
{
	signing_release(&signing);
	for (size_t i = 0; i < log_n; i++)
		free(log_lines[i]);
	log_n = 0;
	begin(now_ms);
}

/* What is in memory goes, what is in the log comes back. */
static void
restart(int64_t now_ms)
{
	signing_release(&signing);
	begin(now_ms);
	for (size_t i = 0; i < log_n; i++)
		EXPECT(signing_replay(&signing, span_of(log_lines[i])));
}

struct payload {
	enum tx_form form;
	unsigned char bytes[1024];
	size_t n;
};

static struct payload
payload_of(enum tx_form form, const char *hex)
{
	struct payload p = {.form = form, .n = strlen(hex) / 2};

	EXPECT(p.n <= sizeof p.bytes && hex_parse(span_of(hex), false, p.bytes, p.n));
	return p;
}

static struct span
payload_span(const struct payload *p)
{
	return (struct span){(const char *)p->bytes, p->n};
}

struct asked {
	const char *job, *more; /* more: members of the request, as JSON */
	const char *key;	/* NULL: none is named */
	const struct payload *payload;
};

static void
print_digests(const struct asked *a, struct buf *out)
{
	static struct tx tx;
	char hex[65];

	buf_json_key(out, "digests");
	buf_byte(out, '[');
	if (tx_read(a->payload->form, payload_span(a->payload), &tx))
		tx.wanted_n = 0;
	for (size_t i = 0; i < tx.wanted_n; i++) {
		hex_print(tx.wanted[i].digest, 32, hex);
		buf_str(out, i ? ",{" : "{");
		buf_json_member_string(out, "digest", span_of(hex));
		buf_json_member_string(out, "scheme", span_of(tx_scheme_name(tx.wanted[i].scheme)));
		if (a->key)
			buf_json_member_string(out, "key", span_of(a->key));
		buf_byte(out, '}');
	}
	buf_byte(out, ']');
}

/* "ok", or the code of the error. */
static const char *
ask(struct asked a)
{
	static const struct frame_op ops[] = {{"sign", signing_sign}};
	static struct buf line, text, answer;
	static char code[FRAME_CODE_MAX + 1];
	struct span error, value, plain;
	char hex[2049];

	if (!line.max) {
		buf_init(&line, 1u << 20);
		buf_init(&text, 1u << 20);
		buf_init(&answer, 1u << 20);
	}
	buf_clear(&line);
	buf_clear(&text);
	buf_clear(&answer);
	hex_print(a.payload->bytes, a.payload->n, hex);
	if (a.payload->form == TX_PSBT || a.payload->form == TX_SOLANA)
		base64_append(payload_span(a.payload), &text);
	else
		buf_str(&text, hex);
	buf_str(&line, "{\"op\":\"sign\",\"id\":1,\"job\":\"");
	buf_str(&line, a.job);
	buf_str(&line, "\",");
	buf_str(&line, a.more);
	buf_str(&line, ",\"unsigned\":{");
	buf_json_member_string(&line, "form", span_of(tx_form_name(a.payload->form)));
	buf_json_member_string(&line, "payload", buf_span(&text));
	print_digests(&a, &line);
	buf_str(&line, "}}");
	frame_answer(ops, 1, &signing, buf_span(&line), &answer);
	if (!json_find(buf_span(&answer), "error", &error))
		return "ok";
	EXPECT(json_find(error, "code", &value) && json_plain(value, &plain));
	snprintf(code, sizeof code, "%.*s", (int)plain.len, plain.ptr);
	return code;
}

#define EVM_KEY "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
/* of the secret key 1 */
#define EVM_OTHER "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
static const char transfer[] =
    "\"chain\":\"eth\",\"asset\":\"USDC\",\"to\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\","
    "\"amount\":\"1500000\",\"kind\":\"pay\"";
static const char trc20[] =
    "\"chain\":\"tron\",\"asset\":\"USDC\",\"to\":\"TD5gsCwxykWsLN9aPrq2TAfNjByuZKYp4E\","
    "\"amount\":\"2500000\",\"kind\":\"pay\"";
static const char sol[] =
    "\"chain\":\"sol\",\"asset\":\"USDC\",\"to\":\"5NM2PTxoZG8edxvBeAPEHyvuTqXAkoBwfFNkfBjzrBQr\","
    "\"amount\":\"7\",\"kind\":\"pay\"";
static const char btc[] =
    "\"chain\":\"btc\",\"asset\":\"BTC\",\"to\":\"bcrt1qqurswpc8qurswpc8qurswpc8qurswpc8dxm0gk\","
    "\"amount\":\"60000\",\"kind\":\"pay\"";

/* ---- one job, paid twice
 * ------------------------------------------------------------------------ */

/* The payload does not name its sender: under another key it is another payment. */
static void
evm_other_sender(void)
{
	struct payload p = payload_of(TX_EVM_1559, payload_transfer);

	fresh(DAY);
	EXPECT_STR(ask((struct asked){"a", transfer, EVM_KEY, &p}), "ok");
	EXPECT_STR(ask((struct asked){"a", transfer, EVM_KEY, &p}), "ok");
	EXPECT_STR(ask((struct asked){"a", transfer, EVM_OTHER, &p}), "JOB");
	restart(DAY);
	EXPECT_STR(ask((struct asked){"a", transfer, EVM_OTHER, &p}), "JOB");
	EXPECT_STR(ask((struct asked){"a", transfer, EVM_KEY, &p}), "ok");
	EXPECT(log_n == 1);
}

/* The recent block's hash, 32 times this byte. */
static void
refer_to_another_block(struct payload *p, unsigned char block)
{
	for (size_t i = 0; i + 32 <= p->n; i++) {
		if (p->bytes[i] == block && memcmp(p->bytes + i, p->bytes + i + 1, 31) == 0) {
			memset(p->bytes + i, block + 1, 32);
			return;
		}
	}
	EXPECT(false);
}

/* Where versions do not exclude each other, the one before may have been mined: each counts. */
static void
solana_versions_count(void)
{
	struct payload p = payload_of(TX_SOLANA, payload_sol_account);
	int64_t now = DAY;

	fresh(now);
	for (unsigned char block = 3; block < 5; block++) {
		EXPECT_STR(ask((struct asked){"a", sol, NULL, &p}), "ok");
		refer_to_another_block(&p, block);
		now += 200000;
		restart(now);
	}
	EXPECT_STR(ask((struct asked){"a", sol, NULL, &p}), "FEE_DAY");
	EXPECT(ledger_day(&signing.ledger.assets[1], now) == 14);
	EXPECT(ledger_day(&signing.ledger.fees[1], now) == 2 * 5060);
}

static void
tron_versions_count(void)
{
	struct payload p = payload_of(TX_TRON, payload_trc20);
	static struct tx tx;
	int64_t now;

	EXPECT(!tx_read(TX_TRON, payload_span(&p), &tx));
	now = tx.expires_ms - 60000;
	fresh(now);
	EXPECT_STR(ask((struct asked){"a", trc20, NULL, &p}), "ok");
	/* the block that it refers to */
	p.bytes[2] ^= 1;
	EXPECT_STR(ask((struct asked){"a", trc20, NULL, &p}), "EARLY");
	signing.now_ms = tx.expires_ms + LEDGER_EXPIRY_MARGIN_MS;
	EXPECT_STR(ask((struct asked){"a", trc20, NULL, &p}), "EARLY");
	signing.now_ms++;
	EXPECT_STR(ask((struct asked){"a", trc20, NULL, &p}), "ok");
	EXPECT(ledger_day(&signing.ledger.assets[2], signing.now_ms) == 5000000);
	p.bytes[2] ^= 2;
	signing.now_ms++;
	EXPECT_STR(ask((struct asked){"a", trc20, NULL, &p}), "DAY_LIMIT");
}

/* An expiration near the end of time, whose margin would wrap around to the past. */
static void
tron_end_of_time(void)
{
	struct payload p = payload_of(TX_TRON, payload_trc20), late = p;
	static struct tx tx;
	size_t at = 0;

	/* 0a 02 .. .. 22 08 (8 bytes) 40 expiration */
	EXPECT(p.bytes[14] == 0x40);
	for (at = 15; p.bytes[at] & 0x80; at++)
		;
	memset(late.bytes + 15, 0xff, 8);
	late.bytes[23] = 0x7f;
	memcpy(late.bytes + 24, p.bytes + at + 1, p.n - at - 1);
	late.n = 24 + p.n - at - 1;
	EXPECT(tx_read(TX_TRON, payload_span(&late), &tx));
}

/* ---- limits
 * ------------------------------------------------------------------------------------- */

static void
midnight_and_restarts(void)
{
	struct payload p = payload_of(TX_EVM_1559, payload_transfer);
	int64_t midnight = 20000 * DAY;

	fresh(midnight - 1);
	EXPECT_STR(ask((struct asked){"a", transfer, EVM_KEY, &p}), "ok");
	restart(midnight - 1);
	EXPECT_STR(ask((struct asked){"b", transfer, EVM_KEY, &p}), "ok");
	EXPECT_STR(ask((struct asked){"c", transfer, EVM_KEY, &p}), "DAY_LIMIT");
	signing.now_ms = midnight;
	EXPECT_STR(ask((struct asked){"c", transfer, EVM_KEY, &p}), "DAY_LIMIT");
	restart(midnight + 1);
	EXPECT_STR(ask((struct asked){"c", transfer, EVM_KEY, &p}), "DAY_LIMIT");
	/* the clock goes a year back while it is down, and a day forward */
	restart(midnight - 365 * DAY);
	EXPECT_STR(ask((struct asked){"c", transfer, EVM_KEY, &p}), "DAY_LIMIT");
	signing.now_ms = midnight + DAY - 1;
	EXPECT_STR(ask((struct asked){"c", transfer, EVM_KEY, &p}), "DAY_LIMIT");
	signing.now_ms = midnight + DAY;
	EXPECT_STR(ask((struct asked){"c", transfer, EVM_KEY, &p}), "ok");
	EXPECT(log_n == 3);
}

/* Sums that do not fit into 38 digits are above every limit. */
static void
overflows(void)
{
	static const char most[] = "99999999999999999999999999999999999999";
	struct ledger_window w = {0};
	units_int all;

	EXPECT(units_parse(span_of(most), &all));
	ledger_add(&w, DAY, all);
	EXPECT(ledger_within(&w, DAY, 0, all) && !ledger_within(&w, DAY, 1, all));
	ledger_add(&w, DAY, 1);
	EXPECT(!ledger_within(&w, DAY, 0, all));
	ledger_add(&w, DAY + HOUR, all);
	EXPECT(!ledger_within(&w, DAY + HOUR, 0, all));
}

/* ---- Bitcoin
 * ------------------------------------------------------------------------------------ */

static struct psbt psbt;
static struct btc_tx work;

static struct payload
psbt_payload(void)
{
	struct payload p = {.form = TX_PSBT};
	struct buf out;

	buf_init(&out, sizeof p.bytes);
	psbt_print(&psbt, &out);
	EXPECT(buf_ok(&out));
	memcpy(p.bytes, out.ptr, out.len);
	p.n = out.len;
	buf_release(&out);
	return p;
}

/* Two coins of ours (P2WPKH) to the receiver and, what is left, to `change`. */
static struct payload
two_coins(uint64_t first, uint64_t second, uint64_t left, struct span change, unsigned version)
{
	static const unsigned char receiver[] =
	    "\x00\x14\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07"
	    "\x07\x07\x07\x07\x07\x07\x07\x07\x07";
	struct span ours = tx_name_span(&keys.list[0].wpkh);

	work = (struct btc_tx){.version = 2, .inputs_n = 2, .outputs_n = left ? 2 : 1};
	for (size_t i = 0; i < 2; i++) {
		work.inputs[i] = (struct btc_input){.sequence = 0xfffffffd,
						    .known = true,
						    .amount = i ? second : first,
						    .coin_script = ours};
		memset(work.inputs[i].txid, (int)i + 1, 32);
	}
	work.outputs[0] = (struct btc_output){60000, {(const char *)receiver, 22}};
	work.outputs[1] = (struct btc_output){left, change};
	EXPECT(psbt_create(&work, version, &psbt) == PSBT_OK);
	for (size_t i = 0; i < 2; i++)
		EXPECT(psbt_put_coin(&psbt, i, work.inputs[i].amount, ours));
	return psbt_payload();
}

/* Of two coins one is said to be small, then the other: each time the fee is small, and put
 * together the signatures spend both in full. */
static void
amount_lies(void)
{
	struct span ours = tx_name_span(&keys.list[0].wpkh);
	struct payload a = two_coins(1000000, 1000, 940000, ours, 0),
		       b = two_coins(1000, 1000000, 940000, ours, 2);

	fresh(DAY);
	EXPECT_STR(ask((struct asked){"a", btc, NULL, &a}), "ok");
	EXPECT_STR(ask((struct asked){"a", btc, NULL, &b}), "COIN");
	EXPECT_STR(ask((struct asked){"b", btc, NULL, &b}), "COIN");
	restart(DAY);
	EXPECT_STR(ask((struct asked){"b", btc, NULL, &b}), "COIN");
	EXPECT(log_n == 1);
}

/* Any type of signature but SIGHASH_ALL leaves somebody room to change what is paid. */
static void
sighash_types(void)
{
	struct span ours = tx_name_span(&keys.list[0].wpkh);

	fresh(DAY);
	for (unsigned version = 0; version <= 2; version += 2) {
		for (unsigned type = 0; type < 512; type++) {
			unsigned char value[4] = {(unsigned char)type, (unsigned char)(type >> 8)};
			struct payload p;

			(void)two_coins(50000, 51000, 40000, ours, version);
			EXPECT(psbt_put(&psbt, psbt_in(1), PSBT_IN_SIGHASH, (struct span){0},
					(struct span){(char *)value, 4}));
			p = psbt_payload();
			EXPECT_STR(ask((struct asked){version ? "c" : "b", btc, NULL, &p}),
				   type == 1 ? "ok" : "PAYLOAD");
		}
	}
}

static void
fee_drain(void)
{
	struct span ours = tx_name_span(&keys.list[0].wpkh);
	struct payload p = two_coins(50000, 51000, 35999, ours, 0);

	fresh(DAY);
	EXPECT_STR(ask((struct asked){"a", btc, NULL, &p}), "FEE_CAP");
	p = two_coins(50000, 51000, 36000, ours, 2);
	EXPECT_STR(ask((struct asked){"a", btc, NULL, &p}), "ok");
	p = two_coins(50000, 51000, 36001, ours, 2);
	EXPECT_STR(ask((struct asked){"b", btc, NULL, &p}), "FEE_DAY");
	/* no output at all but the payment: the rest is fee */
	p = two_coins(50000, 51000, 0, ours, 2);
	EXPECT_STR(ask((struct asked){"c", btc, NULL, &p}), "FEE_CAP");
	p = two_coins(UINT64_MAX, 51000, 36000, ours, 2);
	EXPECT_STR(ask((struct asked){"c", btc, NULL, &p}), "PAYLOAD");
	p = two_coins(1000, 1000, 0, ours, 0);
	EXPECT_STR(ask((struct asked){"c", btc, NULL, &p}), "PAYLOAD");
}

/* Change goes to where we can spend it from: a token's key has no taproot, a seed no address, and
 * an output without a script is anybody's. */
static void
lost_change(void)
{
	unsigned char wpkh[22] = {0, 20};
	struct payload p;

	fresh(DAY);
	EXPECT(keys.list[2].in_token && keys.list[3].kind == KEY_HD);
	p = two_coins(50000, 51000, 40000, tx_name_span(&keys.list[2].taproot), 0);
	EXPECT_STR(ask((struct asked){"a", btc, NULL, &p}), "MISMATCH");
	hash160((struct span){(char *)keys.list[3].public_key, 33}, wpkh + 2);
	p = two_coins(50000, 51000, 40000, (struct span){(char *)wpkh, 22}, 0);
	EXPECT_STR(ask((struct asked){"a", btc, NULL, &p}), "MISMATCH");
	p = two_coins(50000, 51000, 40000, (struct span){"", 0}, 2);
	EXPECT_STR(ask((struct asked){"a", btc, NULL, &p}), "MISMATCH");
	p = two_coins(50000, 51000, 40000, tx_name_span(&keys.list[2].wpkh), 0);
	EXPECT_STR(ask((struct asked){"a", btc, NULL, &p}), "ok");
}

/* ---- requests and policies
 * ---------------------------------------------------------------------- */

static void
two_words(void)
{
	struct payload p = payload_of(TX_EVM_1559, payload_transfer);
	static char more[400];

	fresh(DAY);
	/* a member twice, in either order */
	snprintf(more, sizeof more, "%s,\"amount\":\"1\"", transfer);
	EXPECT_STR(ask((struct asked){"a", more, EVM_KEY, &p}), "DUPLICATE");
	snprintf(more, sizeof more, "\"kind\":\"cancel\",%s", transfer);
	EXPECT_STR(ask((struct asked){"a", more, EVM_KEY, &p}), "DUPLICATE");
	EXPECT(log_n == 0);
}

static const char *
fault_of(const char *more)
{
	static char text[4096];
	static struct policy p;

	snprintf(text, sizeof text, "%s%s\n", rules, more);
	(void)policy_read(&p, span_of(text), secret);
	policy_release(&p);
	return p.fault ? p.fault : "";
}

/* Payloads of Bitcoin, Solana and Tron do not say for which network they are: what a test network's
 * generous limits let through would be good on the main one. */
static void
networks(void)
{
	EXPECT(*fault_of("{\"type\":\"chain\",\"chain\":\"btc-test\",\"family\":\"btc\","
			 "\"network\":\"test\",\"feeMax\":\"1\",\"feeDayMax\":\"1\"}"));
	EXPECT(*fault_of("{\"type\":\"chain\",\"chain\":\"devnet\",\"family\":\"solana\","
			 "\"feeMax\":\"1\",\"feeDayMax\":\"1\"}"));
	EXPECT(*fault_of("{\"type\":\"chain\",\"chain\":\"nile\",\"family\":\"tron\","
			 "\"feeMax\":\"1\",\"feeDayMax\":\"1\"}"));
	EXPECT(*fault_of("{\"type\":\"chain\",\"chain\":\"eth2\",\"family\":\"evm\",\"chainId\":1,"
			 "\"feeMax\":\"1\",\"feeDayMax\":\"1\"}"));
	EXPECT_STR(fault_of("{\"type\":\"chain\",\"chain\":\"bsc\",\"family\":\"evm\",\"chainId\":"
			    "56,\"feeMax\":\"1\",\"feeDayMax\":\"1\"}"),
		   "");
}

static void
make_keys(void)
{
	struct master m = {.secret = SPAN_LIT("01234567890123456789012345678901")};
	unsigned char secp[32], ed[32], one[32] = {[31] = 1}, seed[64] = {1}, token[33];

	memset(secp, 0x46, 32);
	memset(ed, 0x01, 32);
	seed[63] = 9;
	EXPECT(keys_create(&keys, &m));
	EXPECT(!keys_add(&keys, SPAN_LIT("hot"), KEY_SECP256K1, secp));
	EXPECT(!keys_add(&keys, SPAN_LIT("sol"), KEY_ED25519, ed));
	memset(secp, 0x47, 32);
	EXPECT(secp_public_of(secp, token));
	EXPECT(!keys_add_token(&keys, SPAN_LIT("token"), KEY_SECP256K1, SPAN_LIT("l"), token));
	EXPECT(!keys_add(&keys, SPAN_LIT("seed"), KEY_HD, seed));
	EXPECT(!keys_add(&keys, SPAN_LIT("other"), KEY_SECP256K1, one));
	EXPECT(policy_read(&policy, SPAN_LIT(rules), secret));
}

int
main(void)
{
	hashes_init();
	secp_init();
	if (sodium_init() < 0)
		return 1;
	RUN(make_keys);
	begin(DAY);
	RUN(evm_other_sender);
	RUN(solana_versions_count);
	RUN(tron_versions_count);
	RUN(tron_end_of_time);
	RUN(midnight_and_restarts);
	RUN(overflows);
	RUN(amount_lies);
	RUN(sighash_types);
	RUN(fee_drain);
	RUN(lost_change);
	RUN(two_words);
	RUN(networks);
	fresh(DAY);
	signing_release(&signing);
	keys_release(&keys);
	policy_release(&policy);
	return test_done();
}
