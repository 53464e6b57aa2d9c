/*
 * Catches an RLP item or a transaction that has two spellings, or a reader that goes beyond the
 * end: what is read is written again as the very same bytes.
 */
#include "evm_tx.h"
#include "fuzz.h"

static unsigned char memory[65536];

/* Write the items again, deepest last item first, and compare. */
static void
items(struct span list, unsigned depth)
{
	struct rlp_item item;

	while (list.len) {
		struct span before = list;
		struct rlp_writer w;
		size_t mark;

		if (rlp_next(&list, &item) != RLP_OK)
			return;
		FUZZ_CHECK(list.len < before.len);
		rlp_writer_init(&w, memory, sizeof memory);
		mark = rlp_mark(&w);
		if (item.list) {
			rlp_put_raw(&w, item.body);
			rlp_close_list(&w, mark);
		} else {
			rlp_put_bytes(&w, item.body);
		}
		FUZZ_CHECK(
		    span_equal(rlp_written(&w), (struct span){before.ptr, before.len - list.len}));
		if (item.list && depth < RLP_DEPTH_MAX)
			items(item.body, depth + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct evm_tx tx;
	struct evm_signature sig;

	if (size > sizeof memory / 2)
		return 0;
	items(in, 0);
	if (evm_tx_read_unsigned(in, &tx) == EVM_TX_OK) {
		/* the only signed transaction that could be read as an unsigned one would sign
		 * another payment */
		FUZZ_CHECK(evm_tx_read_signed(in, &tx, &sig) != EVM_TX_OK);
		FUZZ_CHECK(evm_tx_read_unsigned(in, &tx) == EVM_TX_OK);
		FUZZ_CHECK(span_equal(evm_tx_unsigned(&tx, memory, sizeof memory), in));
	} else if (evm_tx_read_signed(in, &tx, &sig) == EVM_TX_OK) {
		FUZZ_CHECK(span_equal(evm_tx_signed(&tx, &sig, memory, sizeof memory), in));
		FUZZ_CHECK(rlp_check(tx.type ? (struct span){in.ptr + 1, in.len - 1} : in) ==
			   RLP_OK);
	}
	return 0;
}
