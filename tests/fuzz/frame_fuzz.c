/*
 * Catches a request or a node's answer that is taken for more than it is: an answer of a program
 * that is no JSON, or names another request; a JSON-RPC answer read loosely.
 */
#include "frame.h"
#include "fuzz.h"
#include "rpc.h"

static bool
walk(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct json_walk w = json_walk(q->versions.ptr ? q->versions : SPAN_LIT("[]"));
	struct frame_version v;

	(void)context;
	if (!frame_payment(q, e))
		return false;
	FUZZ_CHECK(frame_is_amount(q->amount) && q->job.len <= FRAME_JOB_MAX);
	frame_listed(q->busy, q->to);
	while (frame_next_version(&w, &v, e))
		FUZZ_CHECK(v.tx_id.ptr != NULL);
	buf_json_member_string(answer, "to", q->to);
	return e->code[0] == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct frame_op ops[] = {{"prepare", walk}, {"poll", walk}};
	struct span line = fuzz_span(data, size), result = {0};
	struct frame_error e = {0};
	struct rpc r = {0};
	struct buf out;

	buf_init(&out, 1 << 16);
	frame_answer(ops, 2, NULL, line, &out);
	FUZZ_CHECK(buf_ok(&out) && json_check(buf_span(&out), NULL) == JSON_OK);
	buf_release(&out);
	if (rpc_read_answer(&r, line, 1, &result, &e))
		FUZZ_CHECK(json_check(result, NULL) == JSON_OK);
	else
		FUZZ_CHECK(e.code[0]);
	rpc_error_says(&r, "nonce too low");
	return 0;
}
