/* Catches an unsigned transaction that crashes its reader, one that is accepted and whose cut or
 * lengthened copy is, too, and a PSBT that is read otherwise in its other version. The first byte
 * says which form it has. */
#include "fuzz.h"
#include "psbt_role.h"
#include "tx.h"

static struct tx one, two;
static struct psbt psbt, converted;
static struct btc_tx work;

/* The adapter's writer makes the other version; what is to be signed stays the same. */
static void
other_version(struct span in)
{
	static struct buf out;

	if (!out.max) {
		hashes_init();
		secp_init();
		buf_init(&out, 1u << 20);
	}
	if (psbt_parse(in, &psbt) != PSBT_OK ||
	    !psbt_convert(&psbt, 2 - psbt.version, &work, &converted))
		return;
	buf_clear(&out);
	psbt_print(&converted, &out);
	FUZZ_CHECK(psbt_read(buf_span(&out), &two) == NULL);
	FUZZ_CHECK(one.fee == two.fee && one.wanted_n == two.wanted_n &&
		   one.payments_n == two.payments_n && one.paths_n == two.paths_n);
	for (size_t i = 0; i < one.wanted_n; i++)
		FUZZ_CHECK(memcmp(one.wanted[i].digest, two.wanted[i].digest, 32) == 0);
}

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
	if (form == TX_PSBT)
		other_version(in);
	return 0;
}
