/*
 * Catches a payment that is planned against the facts, a version that is called dead too early, and
 * an answer of a node that is read wrongly.
 */
#include "test.h"
#include "tron_plan.h"
#include "tron_poll.h"

static struct tron_wallet wallet;
static struct tron_order order;

static struct tron_facts
good_facts(void)
{
	wallet = (struct tron_wallet){{{0x41, 1}}, {{0x41, 2}}, 100000000, 300000};
	order = (struct tron_order){
	    .to = {{0x41, 3}}, .amount = 100, .job = SPAN_LIT("job"), .fee_max = UINT64_MAX};
	return (struct tron_facts){.solid = {.id = {0, 0, 0, 0, 0, 1, 2, 3, 4, 5}},
				   .now_ms = 1763715600000,
				   .trial = {.energy = 30000},
				   .prices = {420, 1000},
				   .resources = {0, 0},
				   .balance = 20000000,
				   .tokens = 100};
}

static struct tron_transfer planned;
static uint64_t planned_fee;

static const char *
plan(const struct tron_facts *f)
{
	static struct frame_error e;

	return tron_plan(&wallet, &order, f, &planned, &planned_fee, &e) ? "" : e.code;
}

static void
test_plan(void)
{
	struct tron_facts f = good_facts();
	unsigned char raw[TRON_RAW_MAX];

	EXPECT_STR(plan(&f), "");
	/* half as much again, and one sun for rounding */
	EXPECT(planned.fee_limit == 30000 * 420 + 30000 * 420 / 2 + 1);
	EXPECT(planned_fee == (uint64_t)planned.fee_limit +
				  1000 * (tron_raw_write(&planned, raw) + TRON_WRAPPING_BYTES));
	EXPECT(planned.block_bytes[0] == 2 && planned.block_bytes[1] == 3 &&
	       planned.block_hash[0] == 4 && planned.block_hash[1] == 5);
	EXPECT(planned.expiration_ms > f.now_ms + 240000 &&
	       planned.expiration_ms <= f.now_ms + 300000);
	f.tokens = 99;
	EXPECT_STR(plan(&f), "FUNDS");
	f = good_facts();
	f.trial.reverted = true;
	EXPECT_STR(plan(&f), "REVERT");
	f = good_facts();
	order.pull = true;
	order.payer = (struct tron_address){{0x41, 9}};
	f.allowance = 99;
	EXPECT_STR(plan(&f), "ALLOWANCE");
	f.allowance = 100;
	EXPECT_STR(plan(&f), "");
	order.payer = order.to;
	EXPECT_STR(plan(&f), "RECEIVER");
}

static void
test_fees(void)
{
	struct tron_facts f = good_facts();
	uint64_t bandwidth;

	EXPECT_STR(plan(&f), "");
	bandwidth = planned_fee - (uint64_t)planned.fee_limit;
	/* the margin gives way, the energy does not */
	wallet.fee_limit_max = 30000 * 420 + 1;
	EXPECT_STR(plan(&f), "");
	EXPECT(planned.fee_limit == 30000 * 420 + 1);
	wallet.fee_limit_max = 30000 * 420;
	EXPECT_STR(plan(&f), "FEE_CAP");
	f = good_facts();
	order.fee_max = 30000 * 420 + bandwidth + 10000;
	EXPECT_STR(plan(&f), "");
	EXPECT(planned_fee <= order.fee_max);
	order.fee_max = 30000 * 420;
	EXPECT_STR(plan(&f), "FEE_CAP");
	order.fee_max = 0;
	EXPECT_STR(plan(&f), "FEE_CAP");
	f = good_facts();
	f.trial.energy = UINT64_MAX;
	EXPECT_STR(plan(&f), "FEE_CAP");
	/* what must be there now: the energy itself, and the bytes */
	f = good_facts();
	f.balance = 30000 * 420;
	EXPECT_STR(plan(&f), "FEE_FUNDS");
	f.resources.bandwidth = 600;
	EXPECT_STR(plan(&f), "");
	f.balance--;
	EXPECT_STR(plan(&f), "FEE_FUNDS");
	f.resources.energy = 30000;
	f.balance = 0;
	EXPECT_STR(plan(&f), "");
}

static void
test_dead_or_alive(void)
{
	struct tron_block solid = {.timestamp_ms = 1000999};
	struct tron_version v[2] = {{.expires_s = 939}, {.expires_s = 900}};

	EXPECT(tron_poll_expired(v, 2, &solid));
	v[1].expires_s = 940;
	EXPECT(!tron_poll_expired(v, 2, &solid) && tron_poll_expired(v, 1, &solid));
	v[1].expires_s = UINT64_MAX;
	EXPECT(!tron_poll_expired(v, 2, &solid));
	EXPECT(!tron_poll_expired(v, 0, &solid));
	solid.timestamp_ms = 5000;
	v[0].expires_s = 0;
	EXPECT(!tron_poll_expired(v, 1, &solid));
}

static void
test_confirmations(void)
{
	EXPECT(tron_poll_confirmations(100, 100, false, 20) == 1);
	EXPECT(tron_poll_confirmations(99, 100, false, 20) == 1);
	EXPECT(tron_poll_confirmations(500, 100, false, 20) == 19);
	EXPECT(tron_poll_confirmations(101, 100, true, 20) == 20);
	EXPECT(tron_poll_confirmations(500, 100, true, 20) == 401);
}

static const struct tron_payment payment = {{{0x41, 0xaa}}, {{0x41, 0xbb}}, {{0x41, 0xcc}}};

#define WORD(first) first "00000000000000000000000000000000000000"
#define TOPIC "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
#define ZEROS "000000000000000000000000"
#define EVENT(contract, topic, from, to, amount)                                       \
	"{\"address\":\"" WORD(contract) "\",\"topics\":[\"" topic "\",\"" ZEROS WORD( \
	    from) "\",\"" ZEROS                                                        \
	WORD(to) "\"],\"data\":\"" amount "\"}"
#define TEN "000000000000000000000000000000000000000000000000000000000000000a"
#define INFO(log)                                                                      \
	"{\"id\":\"x\",\"blockNumber\":5,\"blockTimeStamp\":1,\"fee\":7,\"receipt\":{" \
	"\"result\":\"SUCCESS\"},\"log\":[" log "]}"

static int64_t
moved(const char *json)
{
	struct tron_info info;

	EXPECT(json_check(span_of(json), NULL) == JSON_OK);
	if (!tron_read_info(span_of(json), &payment, &info))
		return -1;
	EXPECT(info.found && !info.failed && info.block == 5 && info.fee == 7);
	return (int64_t)info.moved;
}

static void
test_events(void)
{
	EXPECT(moved(INFO(EVENT("aa", TOPIC, "bb", "cc", TEN))) == 10);
	EXPECT(moved(INFO(EVENT("aa", TOPIC, "bb", "cc", TEN) "," EVENT("aa", TOPIC, "bb", "cc",
									TEN))) == 20);
	/* another contract, another event, payer, receiver */
	EXPECT(moved(INFO(EVENT("ab", TOPIC, "bb", "cc", TEN))) == 0);
	EXPECT(moved(INFO(EVENT("aa", TEN, "bb", "cc", TEN))) == 0);
	EXPECT(moved(INFO(EVENT("aa", TOPIC, "bc", "cc", TEN))) == 0);
	EXPECT(moved(INFO(EVENT("aa", TOPIC, "bb", "cd", TEN))) == 0);
	EXPECT(moved(INFO("")) == 0);
	/* more than we count, and no amount at all */
	EXPECT(moved(INFO(EVENT("aa", TOPIC, "bb", "cc", TOPIC))) == -1);
	EXPECT(moved(INFO(EVENT("aa", TOPIC, "bb", "cc", ""))) == -1);
}

static void
test_infos(void)
{
	struct tron_info info;

	EXPECT(tron_read_info(SPAN_LIT("{}"), &payment, &info) && !info.found);
	EXPECT(!tron_read_info(SPAN_LIT("{\"Error\":\"class x\"}"), &payment, &info));
	EXPECT(!tron_read_info(SPAN_LIT("[]"), &payment, &info));
	EXPECT(!tron_read_info(SPAN_LIT("{\"id\":\"x\",\"blockNumber\":5,\"blockTimeStamp\":1}"),
			       &payment, &info));
	EXPECT(tron_read_info(SPAN_LIT("{\"id\":\"x\",\"blockNumber\":5,\"blockTimeStamp\":1,"
				       "\"receipt\":{\"result\":\"OUT_OF_ENERGY\"},"
				       "\"result\":\"FAILED\",\"resMessage\":\"4e6f\"}"),
			      &payment, &info) &&
	       info.failed && strcmp(info.code, "OUT_OF_ENERGY") == 0 &&
	       strcmp(info.why, "No") == 0);
}

static void
test_calls(void)
{
	struct tron_call call;

	EXPECT(tron_read_call(SPAN_LIT("{\"result\":{\"result\":true},\"energy_used\":5,"
				       "\"constant_result\":[\"" TEN "\"]}"),
			      &call) &&
	       call.has_word && call.word[31] == 10 && call.energy == 5 && !call.reverted);
	EXPECT(tron_read_call(SPAN_LIT("{\"result\":{\"result\":true},\"constant_result\":[\"\"]}"),
			      &call) &&
	       !call.has_word && !call.reverted);
	EXPECT(tron_read_call(SPAN_LIT("{\"result\":{\"code\":\"CONTRACT_VALIDATE_ERROR\","
				       "\"message\":\"4e6f\"}}"),
			      &call) &&
	       call.reverted && strcmp(call.why, "No") == 0);
	EXPECT(!tron_read_call(SPAN_LIT("{\"result\":{\"result\":true},\"constant_result\":"
					"[\"0a\"]}"),
			       &call));
	EXPECT(!tron_read_call(SPAN_LIT("{}"), &call));
}

static const char *
broadcast(const char *json)
{
	static struct frame_error e;
	static char text[80];
	struct span id;
	bool known;

	if (tron_read_broadcast(span_of(json), &known, &id, &e))
		return known ? "known" : "accepted";
	snprintf(text, sizeof text, "%s %s", frame_class_name(e.class), e.code);
	return text;
}

static void
test_broadcasts(void)
{
	EXPECT_STR(broadcast("{\"result\":true,\"txid\":\"00\"}"), "accepted");
	EXPECT_STR(broadcast("{\"code\":\"DUP_TRANSACTION_ERROR\"}"), "known");
	EXPECT_STR(broadcast("{\"result\":false,\"code\":\"TAPOS_ERROR\"}"), "expired TAPOS_ERROR");
	EXPECT_STR(broadcast("{\"code\":\"BANDWITH_ERROR\"}"), "funds BANDWITH_ERROR");
	EXPECT_STR(broadcast("{\"code\":\"SERVER_BUSY\"}"), "retry SERVER_BUSY");
	EXPECT_STR(broadcast("{\"code\":\"NEWS\",\"message\":\"00\"}"), "retry BROADCAST");
	EXPECT_STR(broadcast("{}"), "retry BAD_ANSWER");
	EXPECT_STR(broadcast("{\"Error\":\"x\",\"result\":true}"), "retry BAD_ANSWER");
}

int
main(void)
{
	RUN(test_plan);
	RUN(test_fees);
	RUN(test_dead_or_alive);
	RUN(test_confirmations);
	RUN(test_events);
	RUN(test_infos);
	RUN(test_calls);
	RUN(test_broadcasts);
	return test_done();
}
