/*
 * Catches a payment that is planned against the facts, a version that is called dead too early, and
 * an answer of a node that is read wrongly.
 */
#include "sol_plan.h"
#include "sol_poll.h"
#include "test.h"

static struct sol_key
key(const char *text)
{
	struct sol_key k = {{0}};

	EXPECT(sol_key_parse(span_of(text), &k));
	return k;
}

#define USDC "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"

static struct sol_wallet wallet;
static struct sol_order order;

static struct sol_account
token_account(const struct sol_key *mint, const struct sol_key *owner, uint64_t amount)
{
	struct sol_account a = {.exists = true,
				.lamports = 2039280,
				.owner = sol_token_program,
				.len = SOL_TOKEN_BYTES};

	memcpy(a.data, mint->bytes, 32);
	memcpy(a.data + 32, owner->bytes, 32);
	for (unsigned i = 0; i < 8; i++)
		a.data[64 + i] = (unsigned char)(amount >> 8 * i);
	a.data[108] = 1;
	return a;
}

/* Enough of everything, and a receiver who has no account. */
static struct sol_facts
good_facts(void)
{
	struct sol_facts f = {.price = 1000, .rent = 2039280, .blockhash = key(USDC)};

	wallet = (struct sol_wallet){.mint = key(USDC), .decimals = 6};
	wallet.authority = wallet.payer = key("4Devdq4zmRrS76NEriHQVH3N7QDPPhDHspm6WrZkr3zv");
	EXPECT(sol_token_account(&wallet.authority, &wallet.mint, &wallet.source, NULL));
	order = (struct sol_order){.to = key("7v2DHqrkUzyDyocA7JyX6YKxoWRsSWu2UpGpzmYp7B43"),
				   .amount = 100,
				   .job = SPAN_LIT("job"),
				   .fee_max = UINT64_MAX};
	f.at[SOL_AT_SOURCE] = token_account(&wallet.mint, &wallet.authority, 100);
	f.at[SOL_AT_PAYER] = (struct sol_account){
	    .exists = true, .lamports = 1000000000, .owner = sol_system_program};
	return f;
}

static const char *
plan(const struct sol_facts *f)
{
	static struct frame_error e;
	struct sol_transfer t;
	uint64_t fee;

	return sol_plan(&wallet, &order, f, &t, &fee, &e) ? "" : e.code;
}

static void
test_plan(void)
{
	struct sol_facts f = good_facts();
	struct frame_error e;
	struct sol_transfer t;
	uint64_t fee;

	EXPECT(sol_plan(&wallet, &order, &f, &t, &fee, &e));
	/* kit's bump of this wallet is 254 */
	EXPECT(t.create && t.unit_limit == SOL_UNITS_TRANSFER + SOL_UNITS_CREATE + SOL_UNITS_BUMP);
	EXPECT(fee == 5000 + 2039280 + (t.unit_limit * 1000 + 999999) / 1000000);
	EXPECT(t.memo_len == 35 && memcmp(t.memo, "tp:", 3) == 0);
	/* as much as there is, and one unit more */
	order.amount = 101;
	EXPECT_STR(plan(&f), "FUNDS");
	f = good_facts();
	order.fee_max = fee;
	EXPECT_STR(plan(&f), "");
	order.fee_max = fee - 1;
	EXPECT_STR(plan(&f), "FEE_CAP");
	f = good_facts();
	f.at[SOL_AT_PAYER].lamports = fee + SOL_LAMPORTS_MIN;
	EXPECT_STR(plan(&f), "");
	f.at[SOL_AT_PAYER].lamports--;
	EXPECT_STR(plan(&f), "FEE_FUNDS");
	f = good_facts();
	f.price = UINT64_MAX;
	EXPECT_STR(plan(&f), "FEE_CAP");
}

static void
test_plan_receivers(void)
{
	struct sol_facts f = good_facts();

	/* lamports, but no account yet, where the tokens are to go */
	f.at[SOL_AT_ACCOUNT] = (struct sol_account){.exists = true, .owner = sol_system_program};
	EXPECT_STR(plan(&f), "");
	f.at[SOL_AT_ACCOUNT].owner = sol_memo_program;
	EXPECT_STR(plan(&f), "RECEIVER");
	f.at[SOL_AT_ACCOUNT] = token_account(&wallet.mint, &order.to, 0);
	EXPECT_STR(plan(&f), "");
	f.at[SOL_AT_ACCOUNT].data[108] = 0;
	EXPECT_STR(plan(&f), "RECEIVER");
	f.at[SOL_AT_ACCOUNT].data[108] = 2;
	EXPECT_STR(plan(&f), "FROZEN");
	f.at[SOL_AT_ACCOUNT] = token_account(&wallet.mint, &wallet.authority, 0);
	EXPECT_STR(plan(&f), "OWNER");
	f.at[SOL_AT_ACCOUNT] = token_account(&order.to, &order.to, 0);
	EXPECT_STR(plan(&f), "MINT");
	f = good_facts();
	f.at[SOL_AT_TO] = (struct sol_account){.exists = true, .owner = sol_memo_program};
	EXPECT_STR(plan(&f), "RECEIVER");
	f = good_facts();
	order.to = wallet.source;
	EXPECT_STR(plan(&f), "RECEIVER");
}

/* One job's memo is always the same, and no other job's. */
static void
test_memo(void)
{
	struct sol_transfer a, b, c;

	sol_memo(SPAN_LIT("job-1"), &a);
	sol_memo(SPAN_LIT("job-1"), &b);
	sol_memo(SPAN_LIT("job-2"), &c);
	EXPECT(memcmp(a.memo, b.memo, a.memo_len) == 0 && memcmp(a.memo, c.memo, 35) != 0);
}

static void
test_dead_or_alive(void)
{
	const struct sol_epoch final = {.slot = 5000, .height = 1000};
	struct sol_version v[2] = {{.last_valid = 999}, {.last_valid = 998}};

	EXPECT(sol_poll_expired(v, 2, &final));
	v[1].last_valid = 1000;
	EXPECT(!sol_poll_expired(v, 2, &final) && sol_poll_expired(v, 1, &final));
	v[1].last_valid = UINT64_MAX;
	EXPECT(!sol_poll_expired(v, 2, &final));
	EXPECT(!sol_poll_expired(v, 0, &final));
	/* it can be in a block of height 849 at the least: 151 blocks, at most 3 slots each */
	v[0].last_valid = 999;
	EXPECT(sol_poll_oldest(v, 1, &final) == 5000 - 453);
	v[0].last_valid = 10;
	EXPECT(sol_poll_oldest(v, 1, &final) == 2000);
	EXPECT(sol_poll_oldest(v, 1, &(struct sol_epoch){.slot = 1000, .height = 1000}) == 0);
}

static void
test_choose(void)
{
	struct sol_status s[3] = {{.found = false}, {.found = true, .failed = true}, {0}};

	EXPECT(sol_poll_choose(s, 1) == 1);
	EXPECT(sol_poll_choose(s, 3) == 1);
	/* one that paid counts before one that failed */
	s[2].found = true;
	EXPECT(sol_poll_choose(s, 3) == 2);
}

static void
test_confirmations(void)
{
	const struct sol_block b = {.height = 100};

	EXPECT(sol_poll_confirmations(100, &b, SOL_CONFIRMED) == 1);
	/* a head that lags behind the block */
	EXPECT(sol_poll_confirmations(99, &b, SOL_CONFIRMED) == 1);
	EXPECT(sol_poll_confirmations(500, &b, SOL_CONFIRMED) == SOL_FINAL - 1);
	EXPECT(sol_poll_confirmations(101, &b, SOL_FINALIZED) == SOL_FINAL);
	EXPECT(sol_poll_confirmations(500, &b, SOL_FINALIZED) == 401);
}

static const char *
class_of(const char *json)
{
	static struct frame_error e;
	static char text[64];

	EXPECT(json_check(span_of(json), NULL) == JSON_OK);
	sol_fail(span_of(json), &e);
	snprintf(text, sizeof text, "%s %s", frame_class_name(e.class), e.code);
	return text;
}

static void
test_reasons(void)
{
	EXPECT_STR(class_of("\"BlockhashNotFound\""), "expired BLOCKHASH");
	EXPECT_STR(class_of("\"AccountNotFound\""), "funds FEE_FUNDS");
	EXPECT_STR(class_of("{\"InsufficientFundsForRent\":{\"account_index\":0}}"),
		   "funds FEE_FUNDS");
	EXPECT_STR(class_of("{\"InstructionError\":[3,{\"Custom\":1}]}"), "funds FUNDS");
	EXPECT_STR(class_of("{\"InstructionError\":[3,{\"Custom\":17}]}"), "refused FROZEN");
	EXPECT_STR(class_of("{\"InstructionError\":[3,{\"Custom\":18}]}"), "config DECIMALS");
	EXPECT_STR(class_of("{\"InstructionError\":[3,{\"Custom\":2}]}"), "refused CUSTOM");
	/* the receiver has closed the account since */
	EXPECT_STR(class_of("{\"InstructionError\":[2,\"InvalidAccountData\"]}"),
		   "conflict ACCOUNT");
	EXPECT_STR(class_of("{\"InstructionError\":[2,\"ComputationalBudgetExceeded\"]}"),
		   "refused INSTRUCTION");
	EXPECT_STR(class_of("{\"InstructionError\":null}"), "refused INSTRUCTION");
	EXPECT_STR(class_of("\"WouldExceedMaxBlockCostLimit\""), "retry TRANSACTION");
	EXPECT_STR(class_of("null"), "retry TRANSACTION");
	EXPECT_STR(class_of("{}"), "retry TRANSACTION");
}

static void
test_answers(void)
{
	struct sol_account a[2];
	struct sol_status s[1];
	uint64_t n;

	EXPECT(
	    sol_read_accounts(SPAN_LIT("{\"context\":{\"slot\":1},\"value\":[null,null]}"), a, 2));
	EXPECT(!a[0].exists);
	EXPECT(!sol_read_accounts(SPAN_LIT("{\"context\":{\"slot\":1},\"value\":[null]}"), a, 2));
	EXPECT(!sol_read_accounts(SPAN_LIT("{\"context\":{\"slot\":1},\"value\":[null,null,null]}"),
				  a, 2));
	EXPECT(!sol_read_accounts(SPAN_LIT("{\"value\":[null,null]}"), a, 2));
	EXPECT(sol_read_price(SPAN_LIT("[]"), &n) && n == 0);
	EXPECT(sol_read_price(SPAN_LIT("[{\"prioritizationFee\":9},{\"prioritizationFee\":1},"
				       "{\"prioritizationFee\":5},{\"prioritizationFee\":3}]"),
			      &n) &&
	       n == 9);
	EXPECT(!sol_read_price(SPAN_LIT("[{\"prioritizationFee\":-9}]"), &n));
	EXPECT(!sol_read_statuses(SPAN_LIT("{\"context\":{\"slot\":1},\"value\":[{\"slot\":1,"
					   "\"err\":null,\"confirmationStatus\":\"certain\"}]}"),
				  s, 1, &n));
	EXPECT(!sol_read_statuses(SPAN_LIT("{\"context\":{\"slot\":1},\"value\":[{\"slot\":1,"
					   "\"confirmationStatus\":\"finalized\"}]}"),
				  s, 1, &n));
	EXPECT(sol_read_statuses(SPAN_LIT("{\"context\":{\"slot\":7},\"value\":[{\"slot\":1,"
					  "\"err\":null,\"confirmationStatus\":\"finalized\"}]}"),
				 s, 1, &n) &&
	       n == 7 && s[0].found && !s[0].failed && s[0].commitment == SOL_FINALIZED);
}

static void
test_moved(void)
{
	struct sol_landed l = {.rose = true, .moved = 100};
	struct sol_key to = key("7v2DHqrkUzyDyocA7JyX6YKxoWRsSWu2UpGpzmYp7B43"), mint = key(USDC);
	struct frame_error e;

	l.transfer.mint = mint;
	l.transfer.amount = 100;
	EXPECT(sol_token_account(&to, &mint, &l.transfer.account, NULL));
	EXPECT(sol_poll_moved(&l, &to, &mint, 100, &e));
	EXPECT(!sol_poll_moved(&l, &to, &mint, 101, &e));
	EXPECT(!sol_poll_moved(&l, &mint, &mint, 100, &e));
	EXPECT(!sol_poll_moved(&l, &to, &to, 100, &e));
	EXPECT(sol_poll_moved(&l, &l.transfer.account, &mint, 100, &e));
	l.moved = 99;
	EXPECT(!sol_poll_moved(&l, &to, &mint, 100, &e));
	l.moved = 100;
	l.rose = false;
	EXPECT(!sol_poll_moved(&l, &to, &mint, 100, &e));
}

int
main(void)
{
	RUN(test_plan);
	RUN(test_plan_receivers);
	RUN(test_memo);
	RUN(test_dead_or_alive);
	RUN(test_choose);
	RUN(test_confirmations);
	RUN(test_reasons);
	RUN(test_answers);
	RUN(test_moved);
	return test_done();
}
