/*
 * Catches an OKX id that is read otherwise than strtoull() reads it, or a time of making that does
 * not come back.
 */
#include "fuzz.h"
#include "okx_id.h"

#include <errno.h>

static bool
naive_parse(struct span t, uint64_t *id)
{
	char text[24] = {0}, *end;

	if (t.len < 1 || t.len > 20)
		return false;
	memcpy(text, t.ptr, t.len);
	if (text[0] < '1' || text[0] > '9' || strspn(text, "0123456789") != t.len)
		return false;
	errno = 0;
	*id = strtoull(text, &end, 10);
	return errno == 0 && end == text + t.len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	uint64_t id, want;
	bool good = okx_id_parse(text, &id);

	FUZZ_CHECK(good == naive_parse(text, &want));
	if (!good)
		return 0;
	FUZZ_CHECK(id == want);
	FUZZ_CHECK(okx_id_ms(id) >= INT64_C(1546272000000));
	if (id >= UINT64_C(1210000000000000000)) {
		int64_t ms = okx_id_ms(id);
		uint32_t low = (uint32_t)(id & ((1u << 25) - 1));

		FUZZ_CHECK(okx_id_make(ms, low) == id);
		FUZZ_CHECK(okx_id_ms(okx_id_make(ms, 0)) == ms ||
			   okx_id_make(ms, 0) < UINT64_C(1210000000000000000));
	}
	return 0;
}
