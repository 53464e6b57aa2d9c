/*
 * Catches a Solana message that is read as something that it does not write, and a node's answer
 * that crashes its reader or is taken for more than it says. First byte: 'm' a message, 't' a
 * signed transaction, anything else an answer.
 */
#include "fuzz.h"
#include "sol_answer.h"
#include "sol_poll.h"

static void
message(struct span in)
{
	unsigned char again[SOL_MESSAGE_MAX];
	struct sol_transfer t;
	uint64_t fee;

	if (sol_message_read(in, &t) != SOL_MESSAGE_OK)
		return;
	FUZZ_CHECK(sol_message_write(&t, again) == in.len && memcmp(again, in.ptr, in.len) == 0);
	FUZZ_CHECK(!sol_fee(&t, &fee) || fee >= 5000);
}

static void
transaction(struct span in)
{
	struct sol_transfer t;
	struct span m, s;

	if (sol_transaction_read(in, &t, &m, &s) != SOL_MESSAGE_OK)
		return;
	FUZZ_CHECK(s.ptr == in.ptr + 1 && m.ptr == s.ptr + s.len &&
		   m.ptr + m.len == in.ptr + in.len);
	FUZZ_CHECK(s.len == sol_message_signers(&t) * SOL_SIGNATURE_BYTES);
}

static void
accounts(struct span json)
{
	struct sol_account a[2];
	struct sol_token token;
	unsigned decimals;

	if (!sol_read_accounts(json, a, 2))
		return;
	for (unsigned i = 0; i < 2; i++) {
		FUZZ_CHECK(a[i].len <= SOL_SLICE_BYTES && (a[i].exists || a[i].len == 0));
		/* one account is never two things */
		FUZZ_CHECK(!sol_read_token(&a[i], &token) || !sol_read_mint(&a[i], &decimals));
	}
}

static void
answer(struct span json)
{
	struct sol_status status[3];
	struct sol_blockhash hash;
	struct sol_landed landed;
	struct frame_error e = {0};
	struct sol_epoch epoch;
	struct sol_block block;
	uint64_t n;
	size_t at;

	accounts(json);
	(void)sol_read_blockhash(json, &hash);
	(void)sol_read_epoch(json, &epoch);
	(void)sol_read_block(json, &block);
	(void)sol_read_price(json, &n);
	if (sol_read_statuses(json, status, 3, &n)) {
		at = sol_poll_choose(status, 3);
		FUZZ_CHECK(at == 3 || status[at].found);
	}
	if (sol_read_landed(json, &landed))
		FUZZ_CHECK(landed.rose || landed.moved == 0);
	FUZZ_CHECK(!sol_fail(json, &e) && e.code[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	unsigned kind = fuzz_byte(&in);

	if (kind == 'm')
		message(in);
	else if (kind == 't')
		transaction(in);
	else if (json_check(in, NULL) == JSON_OK)
		answer(json_trim(in));
	return 0;
}
