/* Catches a page of trades that crashes its reader, or comes out unsorted, doubled, or with a price
 * that is none. */
#include "decimal.h"
#include "fuzz.h"
#include "json.h"
#include "trades.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trades_page page;
	struct okx_reply r = {.endpoint = OKX_TRADES, .http_status = 200, .code = {"", 0}};
	struct buf out;

	okx_reply_read_body(fuzz_span(data, size), &r);
	if (!okx_reply_ok(&r))
		return 0;
	trades_read(&r, &page);
	FUZZ_CHECK(page.n <= TRADES_PAGE);
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < page.n; i++) {
		struct decimal d;

		FUZZ_CHECK(i == 0 || page.rows[i - 1].id < page.rows[i].id);
		FUZZ_CHECK(decimal_parse(page.rows[i].px, &d) == DECIMAL_OK && decimal_sign(d) > 0);
		buf_clear(&out);
		trades_print(&page.rows[i], SPAN_LIT("BTC-USDT"), 1, 1, &out);
		FUZZ_CHECK(json_check(buf_span(&out), NULL) == JSON_OK);
	}
	buf_release(&out);
	return 0;
}
