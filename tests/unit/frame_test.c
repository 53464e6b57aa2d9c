/* Would catch: requests read loosely, an answer that does not fit its request, an error that loses
 * its class on the way. */
#include "frame.h"
#include "rpc.h"
#include "test.h"

static bool
echo(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	(void)context;
	if (!frame_payment(q, e))
		return false;
	buf_json_member_string(answer, "to", q->to);
	return true;
}

static bool
fails(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	(void)context;
	(void)q;
	buf_json_member_string(answer, "half", SPAN_LIT("dropped"));
	return frame_fail(e, FRAME_FUNDS, "GAS", "a\nb %d", 7);
}

static bool
floods(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	(void)context;
	(void)q;
	(void)e;
	for (int i = 0; i < 3000; i++)
		buf_byte(answer, 'x');
	return true;
}

static bool
versions(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct json_walk w = json_walk(q->versions);
	struct frame_version v;
	uint64_t n = 0;

	(void)context;
	while (frame_next_version(&w, &v, e))
		n += frame_listed(v.spends, SPAN_LIT("a/1"));
	if (e->code[0])
		return false;
	buf_json_member_u64(answer, "n", n);
	return true;
}

static const struct frame_op ops[] = {
    {"echo", echo}, {"fails", fails}, {"floods", floods}, {"versions", versions}};

static void
expect(const char *line, const char *answer)
{
	struct buf out;

	buf_init(&out, 2048);
	frame_answer(ops, sizeof ops / sizeof ops[0], NULL, span_of(line), &out);
	buf_byte(&out, 0);
	EXPECT_STR(out.ptr, answer);
	buf_release(&out);
}

static void
requests(void)
{
	expect("{\"op\":\"echo\",\"id\":7,\"job\":\"j\",\"asset\":\"BTC\",\"to\":\"x\",\"amount\":"
	       "\"12\"}",
	       "{\"op\":\"echo\",\"id\":7,\"ok\":true,\"to\":\"x\"}");
	expect("{\"op\":\"fails\",\"id\":8}",
	       "{\"op\":\"fails\",\"id\":8,\"ok\":false,\"error\":{\"class\":\"funds\",\"code\":"
	       "\"GAS\",\"msg\":\"a b 7\"}}");
	expect("{\"op\":\"floods\",\"id\":8}",
	       "{\"op\":\"floods\",\"id\":8,\"ok\":false,\"error\":{\"class\":\"refused\","
	       "\"code\":\"TOO_LONG\",\"msg\":\"the answer is over its maximum\"}}");
	expect("{\"op\":\"nothing\",\"id\":1}",
	       "{\"op\":\"nothing\",\"id\":1,\"ok\":false,\"error\":{\"class\":\"request\","
	       "\"code\":\"UNKNOWN_OP\",\"msg\":\"this program has no such operation\"}}");
	expect("[1]", "{\"id\":null,\"ok\":false,\"error\":{\"class\":\"request\",\"code\":"
		      "\"NOT_AN_OBJECT\",\"msg\":\"no JSON object\"}}");
	expect("{\"op\":\"echo\",\"id\":\"7\"}",
	       "{\"id\":null,\"ok\":false,\"error\":{\"class\":\"request\",\"code\":\"MEMBER\","
	       "\"msg\":\"id must be an integer\"}}");
	expect("{\"op\":\"echo\",\"id\":7,\"job\":\"j\",\"asset\":\"BTC\",\"to\":\"x\",\"amount\":"
	       "\"0\"}",
	       "{\"op\":\"echo\",\"id\":7,\"ok\":false,\"error\":{\"class\":\"request\",\"code\":"
	       "\"MEMBER\",\"msg\":\"nothing is no payment\"}}");
	expect("{\"op\":\"echo\",\"id\":7,\"to\":\"a\",\"to\":\"b\"}",
	       "{\"id\":null,\"ok\":false,\"error\":{\"class\":\"request\",\"code\":\"DUPLICATE\","
	       "\"msg\":\"a member stands twice\"}}");
}

static void
version_lists(void)
{
	expect("{\"op\":\"versions\",\"id\":1,\"versions\":[{\"txId\":\"t\",\"spends\":[\"a/1\"]},"
	       "{\"txId\":\"u\",\"spends\":[\"a/2\",\"a/1\"]},{\"txId\":\"v\"}]}",
	       "{\"op\":\"versions\",\"id\":1,\"ok\":true,\"n\":2}");
	expect(
	    "{\"op\":\"versions\",\"id\":1,\"versions\":[{\"spends\":[\"a/1\"]}]}",
	    "{\"op\":\"versions\",\"id\":1,\"ok\":false,\"error\":{\"class\":\"request\",\"code\":"
	    "\"VERSION\",\"msg\":\"a version is malformed\"}}");
	expect(
	    "{\"op\":\"versions\",\"id\":1,\"versions\":[7]}",
	    "{\"op\":\"versions\",\"id\":1,\"ok\":false,\"error\":{\"class\":\"request\",\"code\":"
	    "\"MEMBER\",\"msg\":\"busy, versions, signatures, unsigned or block is "
	    "malformed\"}}");
}

static void
amounts(void)
{
	static const char *const good[] = {"0", "1", "99999999999999999999999999999999999999"};
	static const char *const bad[] = {"",	"00",  "01",
					  "-1", "1.0", "+1",
					  " 1", "1e3", "100000000000000000000000000000000000000"};

	for (size_t i = 0; i < 3; i++)
		EXPECT(frame_is_amount(span_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(!frame_is_amount(span_of(bad[i])));
}

static void
classes(void)
{
	for (int i = FRAME_RETRY; i <= FRAME_REQUEST; i++) {
		enum frame_class c;

		EXPECT(frame_class_of(span_of(frame_class_name((enum frame_class)i)), &c) &&
		       (int)c == i);
	}
	EXPECT(!frame_class_of(SPAN_LIT("Retry"), &(enum frame_class){0}));
}

static void
answers(void)
{
	struct rpc r = {0};
	struct frame_error e;
	struct span result;

	EXPECT(rpc_read_answer(&r, SPAN_LIT("{\"id\":3,\"result\":{\"a\":1},\"error\":null}"), 3,
			       &result, &e));
	EXPECT(span_is(result, "{\"a\":1}"));
	EXPECT(rpc_read_answer(&r, SPAN_LIT("{\"id\":3,\"result\":null}"), 3, &result, &e));
	EXPECT(!rpc_read_answer(&r, SPAN_LIT("{\"id\":4,\"result\":1}"), 3, &result, &e));
	EXPECT_STR(e.code, "BAD_ANSWER");
	EXPECT(!rpc_read_answer(&r, SPAN_LIT("{\"id\":3,\"result\":1"), 3, &result, &e));
	EXPECT(!rpc_read_answer(&r, SPAN_LIT("{\"id\":3}"), 3, &result, &e));
	EXPECT(!rpc_said_no(&r));
	EXPECT(!rpc_read_answer(
	    &r,
	    SPAN_LIT("{\"id\":3,\"error\":{\"code\":-26,\"message\":\"Insufficient "
		     "fee, rejecting\"}}"),
	    3, &result, &e));
	EXPECT(rpc_said_no(&r) && r.error_code == -26 && e.class == FRAME_RETRY);
	EXPECT(rpc_error_says(&r, "insufficient fee") && !rpc_error_says(&r, "nonce"));
	EXPECT_STR(e.msg, "-26: Insufficient fee, rejecting");
	EXPECT(!rpc_read_answer(&r, SPAN_LIT("{\"error\":\"out of order\"}"), 3, &result, &e));
	EXPECT(rpc_said_no(&r) && rpc_error_says(&r, "OUT OF"));
}

int
main(void)
{
	RUN(requests);
	RUN(version_lists);
	RUN(amounts);
	RUN(classes);
	RUN(answers);
	return test_done();
}
