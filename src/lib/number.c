#include "number.h"

#include "swar.h"

/* Any length, with the end of 64 bits looked after. */
static bool
number_long(struct span text, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9' ||
		    __builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(text.ptr[i] - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

bool
number_u64(struct span text, uint64_t *out)
{
	uint64_t high, low;

	if (text.len == 0 || (text.len > 1 && text.ptr[0] == '0'))
		return false;
	if (text.len > 16)
		return number_long(text, out);
	if (text.len <= 8)
		return swar_number(swar_load_end(text.ptr, text.len), out);
	if (!swar_number(swar_load_end(text.ptr, text.len - 8), &high) ||
	    !swar_number(swar_load(text.ptr + text.len - 8), &low))
		return false;
	*out = high * 100000000 + low;
	return true;
}

bool
number_i64(struct span text, int64_t *out)
{
	uint64_t v;

	if (!number_u64(text, &v) || v > INT64_MAX)
		return false;
	*out = (int64_t)v;
	return true;
}
