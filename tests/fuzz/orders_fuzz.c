/* Catches an address book that crashes its reader, or whose addresses are not those of its
 * accounts; and a market's record that crashes the judge. */
#include "fuzz.h"
#include "orders.h"

static const uint64_t secret[2] = {5, 6};

static const char *
listed(const void *context, struct span address)
{
	(void)context;
	return address.len > 0 && address.ptr[0] == 'b' ? "list" : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char rule[] = "{\"type\":\"limit\",\"chain\":\"btc\",\"asset\":\"BTC\","
				   "\"decimals\":8,\"txMax\":\"10000000\",\"dayMax\":\"1\"}";
	static struct limits limits;
	struct span in = fuzz_span(data, size), last = in, m[ORDERS_FIELDS];
	struct record_reader reader;
	struct record_fault fault;
	struct orders_book b;

	if (limits.n == 0)
		limits_read(&limits, SPAN_LIT(rule), secret);
	if (orders_book_read(&b, in, secret)) {
		orders_book_mark(&b, listed, NULL);
		for (size_t i = 0; i < b.n; i++) {
			FUZZ_CHECK(b.list[i].first <= b.addresses_n);
			FUZZ_CHECK((b.list[i].first == 0) == (b.list[i].last == 0));
		}
		record_init(&reader, orders_fields_bare, ORDERS_FIELDS);
		/* the last line is a record of the market, too */
		for (size_t i = 0; i < in.len; i++) {
			if (in.ptr[i] == '\n')
				last = (struct span){in.ptr + i + 1, in.len - i - 1};
		}
		if (record_read(&reader, last, m, &fault) == RECORD_OK)
			orders_judge(&b, &limits, m);
		record_release(&reader);
	} else {
		FUZZ_CHECK(b.fault != NULL);
	}
	orders_book_release(&b);
	return 0;
}
