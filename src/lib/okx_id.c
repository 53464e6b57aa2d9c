#include "okx_id.h"

#include "check.h"

#define OLD_EPOCH_MS INT64_C(1546272000000)
#define NEW_EPOCH_MS INT64_C(1672502400000)
#define FIRST_NEW_ID UINT64_C(1210000000000000000)

bool
okx_id_parse(struct span text, uint64_t *id)
{
	uint64_t v = 0;

	if (text.len == 0 || text.len > 20 || text.ptr[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(text.ptr[i] - '0'), &v))
			return false;
	}
	*id = v;
	return true;
}

int64_t
okx_id_ms(uint64_t id)
{
	if (id < FIRST_NEW_ID)
		return (int64_t)(id >> 22) + OLD_EPOCH_MS;
	return (int64_t)(id >> 25) + NEW_EPOCH_MS;
}

uint64_t
okx_id_make(int64_t ms, uint32_t low)
{
	CHECK(ms >= NEW_EPOCH_MS && ms <= OKX_ID_LAST_MS && low < UINT32_C(1) << 25);
	return (uint64_t)(ms - NEW_EPOCH_MS) << 25 | low;
}
