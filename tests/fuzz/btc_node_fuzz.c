/* Catches an answer of a Bitcoin node that crashes us, or an amount that is more than there can be.
 */
#include "fuzz.h"

#include "node.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf bytes;
	struct span in = json_trim(fuzz_span(data, size));
	struct node_info info;
	struct node_coin coin;
	struct node_tx tx;
	uint64_t v;

	if (!bytes.max)
		buf_init(&bytes, 1 << 20);
	if (node_amount(in, &v))
		FUZZ_CHECK(v <= BTC_MONEY_MAX);
	/* the client hands on nothing that is not JSON */
	if (json_check(in, NULL) != JSON_OK)
		return 0;
	node_read_info(in, &info);
	if (node_read_coin(in, &coin) && coin.there)
		FUZZ_CHECK(coin.amount <= BTC_MONEY_MAX && coin.script.n <= BTC_PAY_SCRIPT_MAX);
	if (node_read_tx(in, &bytes, &tx))
		FUZZ_CHECK(tx.there && (!tx.mined || tx.confirmations > 0));
	return 0;
}
