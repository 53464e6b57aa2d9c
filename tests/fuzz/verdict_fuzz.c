/* Catches rows of an exchange that crash the ledger or the verdict, and a "no" that rests on
 * nothing. */
#include "chain.h"
#include "fuzz.h"
#include "json.h"
#include "verdict.h"

static size_t
rows_of(const struct okx_ledger *l)
{
	return l->orders.n + l->fills.n + l->lives.n + l->positions.n + l->bills.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct okx_ledger ledger;
	struct chain_record r;
	struct chain_fault fault;
	struct verdict v;
	struct json_walk w;
	struct span key, entry, ord_id = {"", 0};
	struct okx_reply reply;
	struct buf scratch;

	if (!chain_parse(fuzz_span(data, size), &r, &fault) || !r.raw.ptr ||
	    json_type(r.raw) != JSON_OBJECT)
		return 0;
	buf_init(&scratch, size + 64);
	FUZZ_CHECK(buf_room(&scratch, size + 1) != NULL);
	okx_ledger_clear(&ledger);
	w = json_walk(r.raw);
	while (json_next_member(&w, &key, &entry))
		if (okx_reply_read_entry(key, entry, &scratch, &reply))
			okx_ledger_add(&ledger, &reply);
	if (r.meta.ptr && json_type(r.meta) == JSON_OBJECT)
		ord_id = okx_row_text(r.meta, "ordId");
	verdict_decide(&ledger, ord_id, 1790000000000, &v);
	FUZZ_CHECK(v.row >= 1 && v.row <= 13 && v.reason);
	FUZZ_CHECK((v.liquidated == VERDICT_NULL) == (v.confidence == NULL));
	FUZZ_CHECK(v.liquidated != VERDICT_NULL || v.sub);
	/* any answer but "unknown" knows the order, and at least one ledger that says so */
	if (v.liquidated != VERDICT_NULL)
		FUZZ_CHECK(v.order && rows_of(&ledger) > 0 && v.sources_n > 0);
	if (v.liquidated == VERDICT_NO && v.row >= 4 && v.row != 12)
		FUZZ_CHECK(v.life || v.open);
	buf_release(&scratch);
	return 0;
}
