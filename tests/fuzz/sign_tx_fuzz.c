/* Catches an unsigned transaction that crashes its reader, and one that is accepted and whose cut
 * or lengthened copy is, too. The first byte says which form it has. */
#include "fuzz.h"
#include "tx.h"

static struct tx one, two;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	enum tx_form form = (enum tx_form)(fuzz_byte(&in) % TX_FORMS);
	char longer[4096];

	if (tx_read(form, in, &one) != NULL)
		return 0;
	FUZZ_CHECK(one.payments_n >= 1 && one.payments_n <= TX_PAYMENTS_MAX);
	FUZZ_CHECK(one.wanted_n >= 1 && one.wanted_n <= TX_SIGNATURES_MAX);
	FUZZ_CHECK(one.spends_n <= TX_SIGNATURES_MAX);
	FUZZ_CHECK(tx_read(form, (struct span){in.ptr, in.len - 1}, &two) != NULL);
	if (in.len + 1 < sizeof longer) {
		memcpy(longer, in.ptr, in.len);
		longer[in.len] = '\0';
		FUZZ_CHECK(tx_read(form, (struct span){longer, in.len + 1}, &two) != NULL);
	}
	for (size_t i = 0; i < one.payments_n; i++)
		FUZZ_CHECK(one.payments[i].to.len <= TX_NAME_MAX);
	return 0;
}
