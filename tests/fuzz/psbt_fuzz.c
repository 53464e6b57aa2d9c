/*
 * Catches a PSBT that crashes us, that comes out otherwise than it went in, that changes when its
 * version does, or that is finalised without a signature that verifies.
 */
#include "fuzz.h"

#include "psbt_role.h"

static struct psbt psbt, again;
static struct btc_tx tx, other;
static struct buf bytes;

static void
print(const struct psbt *p)
{
	buf_clear(&bytes);
	psbt_print(p, &bytes);
	FUZZ_CHECK(buf_ok(&bytes));
}

static void
convert(void)
{
	unsigned char a[HASH_BYTES], b[HASH_BYTES];

	if (!psbt_tx(&psbt, &tx))
		return;
	btc_tx_txid(&tx, a);
	if (!psbt_convert(&psbt, psbt.version ? 0 : 2, &other, &again))
		return;
	FUZZ_CHECK(psbt_tx(&again, &other));
	btc_tx_txid(&other, b);
	FUZZ_CHECK(memcmp(a, b, HASH_BYTES) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[SECP_KEY] = {[31] = 1};
	struct buf raw;
	struct role r;
	size_t made;

	if (!bytes.max) {
		hashes_init();
		secp_init();
		buf_init(&bytes, 2 * PSBT_BYTES_MAX);
	}
	if (psbt_parse(fuzz_span(data, size), &psbt) != PSBT_OK)
		return 0;
	print(&psbt);
	FUZZ_CHECK(bytes.len == size);
	FUZZ_CHECK(psbt_parse(buf_span(&bytes), &again) == PSBT_OK && again.n == psbt.n);
	convert();
	if (role_init(&r, &psbt, &tx) != ROLE_OK)
		return 0;
	role_sign(&r, key, true, &made);
	buf_init(&raw, BTC_TX_BYTES_MAX);
	if (role_finalise(&r) == ROLE_OK && role_extract(&r, &raw) == ROLE_OK) {
		struct cursor c = cursor_of(buf_span(&raw));
		struct btc_view v;

		/* a final witness may be anything that the PSBT said, but of one spelling */
		if (tx.inputs_n && btc_view_read(&c, true, &v))
			FUZZ_CHECK(v.inputs_n == tx.inputs_n || !cursor_done(&c));
	}
	buf_release(&raw);
	return 0;
}
