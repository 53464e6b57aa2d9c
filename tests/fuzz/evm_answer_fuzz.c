/*
 * Catches an answer of a node (JSON-RPC, ABI) that crashes us, or is read as two things: quantities
 * and addresses that are taken are printed as one spelling which is read as the same, more has
 * never moved than the logs say, and no string goes beyond its answer.
 */
#include "evm_abi.h"
#include "evm_answer.h"
#include "evm_job.h"
#include "fuzz.h"

static const struct evm_address token = {{0x11}}, payer = {{0x22}}, to = {{0x33}};

static void
quantity(struct span json)
{
	char text[U256_DECIMAL_MAX > U256_QUANTITY_MAX ? U256_DECIMAL_MAX : U256_QUANTITY_MAX];
	struct u256 v, back;

	if (!evm_answer_u256(json, &v))
		return;
	u256_print_quantity(v, text);
	FUZZ_CHECK(u256_parse_quantity(span_of(text), &back) && u256_compare(v, back) == 0);
	u256_print_decimal(v, text);
	FUZZ_CHECK(u256_parse_decimal(span_of(text), &back) && u256_compare(v, back) == 0);
}

static void
answer(struct span json)
{
	struct evm_block block;
	struct evm_receipt receipt;
	struct evm_log log;
	struct u256 moved, elsewhere;
	unsigned char bytes[256];
	struct span out, text;
	char why[100];
	bool yes;

	quantity(json);
	(void)evm_answer_block(json, &block);
	(void)evm_answer_transaction(json, &yes);
	if (evm_answer_receipt(json, &receipt) == EVM_ANSWER_OK)
		(void)evm_answer_moved(receipt.logs, &token, &payer, &to, &moved, &elsewhere);
	if (json_type(json) == JSON_ARRAY)
		(void)evm_answer_moved(json, &token, &payer, &to, &moved, &elsewhere);
	if (json_type(json) == JSON_OBJECT && evm_answer_log(json, true, &log))
		FUZZ_CHECK(evm_answer_log(json, false, &log));
	if (evm_refusal_data(json, bytes, sizeof bytes, &out)) {
		FUZZ_CHECK(out.len <= sizeof bytes);
		abi_revert_reason(out, why, sizeof why);
		FUZZ_CHECK(strlen(why) > 0 || out.len > 4);
	}
	if (evm_answer_bytes(json, bytes, sizeof bytes, &out) && abi_read_string(out, &text))
		FUZZ_CHECK(text.ptr >= out.ptr && text.ptr + text.len <= out.ptr + out.len);
}

/* ABI out of the bytes as they are. */
static void
abi(struct span in)
{
	struct abi_transfer t;
	struct span text;
	struct u256 v;
	char why[100];
	bool yes;

	if (abi_read_string(in, &text))
		FUZZ_CHECK(text.len == 0 ||
			   (text.ptr >= in.ptr && text.ptr + text.len <= in.ptr + in.len));
	if (abi_read_bool(in, &yes))
		FUZZ_CHECK(abi_read_uint(in, &v) && u256_is_zero(v) == !yes);
	abi_revert_reason(in, why, sizeof why);
	for (const char *c = why; *c; c++)
		FUZZ_CHECK((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f);
	if (abi_read_transfer(in, &t)) {
		struct evm_job job = {
		    .to = t.to, .payer = t.payer, .takes = t.takes, .amount = t.amount};
		unsigned char memory[ABI_CALL_MAX];

		FUZZ_CHECK(span_equal(evm_job_call(&job, memory), in));
	}
}

static void
texts(struct span in)
{
	char text[EVM_SPEND_MAX];
	struct evm_address a, back;
	uint64_t nonce, again;

	if (evm_address_parse(in, &a) == EVM_ADDRESS_OK) {
		evm_address_print(&a, text);
		FUZZ_CHECK(evm_address_parse(span_of(text), &back) == EVM_ADDRESS_OK &&
			   evm_address_equal(&a, &back));
	}
	if (evm_spend_parse(in, &a, &nonce)) {
		evm_spend_print(&a, nonce, text);
		FUZZ_CHECK(evm_spend_parse(span_of(text), &back, &again) && again == nonce);
	}
	/* as long as the frame lets a message be, and somewhat longer */
	if (in.len <= 400)
		(void)evm_refusal_of((int64_t)in.len, in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);

	abi(in);
	texts(in);
	if (json_check(in, NULL) == JSON_OK)
		answer(json_trim(in));
	return 0;
}
