/*
 * Catches an answer of OKX that crashes its reader, is counted wrong, or is read otherwise when it
 * was kept as a string; and rows that crash the ledger.
 */
#include "fuzz.h"
#include "json.h"
#include "okx_ledger.h"

static bool
same_reply(const struct okx_reply *a, const struct okx_reply *b)
{
	return a->json == b->json && span_equal(a->code, b->code) && span_equal(a->msg, b->msg) &&
	       span_equal(a->data, b->data) && a->rows == b->rows;
}

static void
check_read(const struct okx_reply *r)
{
	struct json_walk w;
	struct span row;
	size_t rows = 0;

	if (!r->json) {
		FUZZ_CHECK(!r->code.ptr && !r->msg.ptr && !r->data.ptr && r->rows == 0);
		return;
	}
	FUZZ_CHECK(r->code.ptr && !memchr(r->code.ptr, '"', r->code.len));
	if (r->data.ptr)
		for (w = json_walk(r->data); json_next_element(&w, &row);)
			rows++;
	FUZZ_CHECK(rows == r->rows);
}

static void
check_entry(enum okx_endpoint e, struct span body, const struct okx_reply *want)
{
	struct span name = span_of(okx_endpoint_facts(e)->name);
	struct okx_ledger ledger;
	struct okx_reply r;
	struct buf entry, scratch;

	buf_init(&entry, 6 * body.len + 200);
	buf_str(&entry, "{\"bodyEncoding\":\"utf8\",\"body\":");
	buf_json_string(&entry, body);
	buf_str(&entry, ",\"httpStatus\":200,\"request\":\"GET /api/v5/x?instId=A-B&after=7\"}");
	FUZZ_CHECK(buf_ok(&entry) && json_check(buf_span(&entry), NULL) == JSON_OK);
	/* a string body comes back as it was, if it was UTF-8 */
	buf_init(&scratch, entry.len);
	FUZZ_CHECK(buf_room(&scratch, entry.len));
	FUZZ_CHECK(okx_reply_read_entry(name, buf_span(&entry), &scratch, &r));
	FUZZ_CHECK(r.endpoint == e && r.http_status == 200 &&
		   span_is(r.query, "instId=A-B&after=7"));
	check_read(&r);
	if (want->json)
		FUZZ_CHECK(same_reply(&r, want));
	okx_ledger_init(&ledger);
	okx_ledger_add(&ledger, &r);
	okx_ledger_add(&ledger, &r); /* the same rows again */
	FUZZ_CHECK(ledger.orders.n <= r.rows && ledger.fills.n <= r.rows &&
		   ledger.lives.n <= r.rows && ledger.bills.n <= r.rows &&
		   ledger.positions.n <= r.rows);
	okx_ledger_release(&ledger);
	buf_release(&entry);
	buf_release(&scratch);
}

/* The first byte chooses the endpoint; the rest is a body, or a raw entry. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), value;
	enum okx_endpoint e = (enum okx_endpoint)(fuzz_byte(&in) % OKX_ENDPOINTS);
	struct okx_reply reply = {.endpoint = e}, r;
	struct buf scratch;

	okx_reply_read_body(in, &reply);
	check_read(&reply);
	FUZZ_CHECK(!okx_reply_ok(&reply)); /* no HTTP status */
	check_entry(e, in, &reply);
	if (json_check(in, NULL) != JSON_OK)
		return 0;
	buf_init(&scratch, in.len + 1);
	FUZZ_CHECK(buf_room(&scratch, in.len + 1));
	if (okx_reply_read_entry(span_of(okx_endpoint_facts(e)->name), json_trim(in), &scratch,
				 &r)) {
		check_read(&r);
		if (okx_query_get(r.query, "after", &value))
			FUZZ_CHECK(value.ptr >= r.query.ptr + 6 &&
				   value.ptr + value.len <= r.query.ptr + r.query.len);
	}
	buf_release(&scratch);
	return 0;
}
