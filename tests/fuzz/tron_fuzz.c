/*
 * Catches a Tron transaction that is read as something that it does not write, and a node's answer
 * that crashes its reader or is taken for more than it says. First byte: 'r' a raw_data, 't' a
 * signed transaction, 'p' protocol buffers, anything else an answer.
 */
#include "fuzz.h"
#include "protobuf.h"
#include "tron_answer.h"

static void
raw(struct span in)
{
	unsigned char again[TRON_RAW_MAX];
	struct tron_transfer t;

	if (tron_raw_read(in, &t) != TRON_RAW_OK)
		return;
	FUZZ_CHECK(tron_raw_write(&t, again) == in.len && memcmp(again, in.ptr, in.len) == 0);
	FUZZ_CHECK(t.amount >= 0 && t.fee_limit > 0 && t.expiration_ms > 0);
}

static void
transaction(struct span in)
{
	struct span r, s;

	if (tron_transaction_read(in, &r, &s))
		FUZZ_CHECK(s.len == TRON_SIGNATURE_BYTES && r.len <= TRON_RAW_MAX);
}

/* Fields are within their message and use it up. */
static void
fields(struct span in)
{
	enum protobuf_status status;
	struct protobuf_field f;
	size_t before;

	do {
		before = in.len;
		status = protobuf_next(&in, &f);
		FUZZ_CHECK(status != PROTOBUF_FIELD || (in.len < before && f.field > 0));
		FUZZ_CHECK(status != PROTOBUF_FIELD || f.bytes.len < before);
	} while (status == PROTOBUF_FIELD);
	FUZZ_CHECK(status == PROTOBUF_BAD || in.len == 0);
}

static void
answer(struct span json)
{
	static const struct tron_payment p = {{{0x41, 1}}, {{0x41, 2}}, {{0x41, 3}}};
	struct tron_resources resources;
	struct frame_error e = {0};
	struct tron_prices prices;
	struct tron_block block;
	struct tron_call call;
	struct tron_info info;
	struct span id;
	uint64_t n;
	bool known;

	(void)tron_read_block(json, &block);
	(void)tron_read_balance(json, &n);
	(void)tron_read_resources(json, &resources);
	if (tron_read_prices(json, &prices))
		FUZZ_CHECK(prices.energy > 0 && prices.bandwidth > 0);
	if (tron_read_call(json, &call))
		FUZZ_CHECK(!(call.reverted && call.has_word));
	if (tron_read_info(json, &p, &info))
		FUZZ_CHECK(info.moved >= 0 && (info.found || !info.failed));
	FUZZ_CHECK(tron_read_broadcast(json, &known, &id, &e) != (e.code[0] != 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);

	switch (fuzz_byte(&in)) {
	case 'r': raw(in); break;
	case 't': transaction(in); break;
	case 'p': fields(in); break;
	default:
		if (json_check(in, NULL) == JSON_OK)
			answer(json_trim(in));
	}
	return 0;
}
