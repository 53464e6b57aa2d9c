/* Catches an answer that crashes its reader, is taken though it repeats a key or is about another
 * order, or comes out as anything but one line that says who answered. */
#include "ask.h"
#include "fuzz.h"
#include "json.h"
#include "leak.h"
#include "relayed.h"

static char memory[1024];
static struct buf secrets = {.ptr = memory, .cap = sizeof memory, .max = sizeof memory};
static struct buf meta = {.max = 1u << 16}, room = {.max = 1u << 20}, out = {.max = 1u << 20};

/* The first line is the request, the rest the answer. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), request = fuzz_until(&in, '\n'), line, value;
	/* verifiedAt of the seeds */
	const int64_t now_us = INT64_C(1795248000000000);
	struct relayed_mark mark = {"jp", NULL, 1};
	struct chain_record r;
	struct chain_fault chain;
	struct ask_fault fault = {NULL, NULL, 0};
	struct ask ask;

	if (!ask_read(request, &secrets, &meta, &ask, &fault)) {
		FUZZ_CHECK(fault.what && fault.why && !ask.text.ptr);
		return 0;
	}
	if (relayed_flatten(in, &room, &line) != RELAYED_FINE)
		return 0;
	FUZZ_CHECK(!memchr(line.ptr, '\n', line.len));
	if (relayed_check(&ask, line, 200, now_us, &r) != RELAYED_FINE)
		return 0;
	FUZZ_CHECK(!leak_found(line, ask.secrets, 3));
	buf_clear(&out);
	relayed_mark(&ask, &r, &mark, &out);
	FUZZ_CHECK(chain_parse(buf_span(&out), &r, &chain));
	FUZZ_CHECK(json_find(r.perf, "target", &value) && span_is(value, "\"jp\""));
	FUZZ_CHECK(chain_has_error(&r) ||
		   (json_find(r.meta, "ordId", &value) && span_equal(value, ask.ord_id)));
	return 0;
}
