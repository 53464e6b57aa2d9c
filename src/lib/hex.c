#include "hex.h"

#include "swar.h"

/* Eight digits at once. Keys are read and printed here, too: no branch and no place in memory
 * depends on a digit. */

/* Eight values below 16, or 25 where what was read is no digit, as text. */
static uint64_t
text_of(uint64_t values)
{
	uint64_t letters = (values + SWAR_ONES * 6) >> 4 & SWAR_ONES;

	return values + SWAR_ZEROS + letters * ('a' - '0' - 10);
}

/* Four bytes, the first the lowest, as their halves, the higher first. */
static uint64_t
split(uint32_t bytes)
{
	uint64_t w = bytes;

	w = (w | w << 16) & UINT64_C(0x0000ffff0000ffff);
	w = (w | w << 8) & UINT64_C(0x00ff00ff00ff00ff);
	return (w >> 4 | w << 8) & UINT64_C(0x0f0f0f0f0f0f0f0f);
}

static uint32_t
join(uint64_t values)
{
	uint64_t w = (values << 4 | values >> 8) & UINT64_C(0x00ff00ff00ff00ff);

	w = (w | w >> 8) & UINT64_C(0x0000ffff0000ffff);
	return (uint32_t)(w | w >> 16);
}

/* The values of eight digits. What is set in *wrong: they are none, or not in lower case; what is
 * no digit does not come out again as it was. */
static uint64_t
values_of(uint64_t text, bool any_case, uint64_t *wrong)
{
	uint64_t letters = text >> 6 & SWAR_ONES, values;

	text |= any_case ? letters << 5 : 0;
	values = (text & UINT64_C(0x0f0f0f0f0f0f0f0f)) + 9 * letters;
	*wrong |= (values & UINT64_C(0xf0f0f0f0f0f0f0f0)) | (text_of(values) ^ text);
	return values;
}

void
hex_print(const unsigned char *bytes, size_t n, char *out)
{
	size_t i = 0;
	char rest[8];

	for (; i + 4 <= n; i += 4)
		swar_store(out + 2 * i, text_of(split(swar_load4((const char *)bytes + i))));
	for (; i < n; i++) {
		swar_store(rest, text_of(split(bytes[i])));
		memcpy(out + 2 * i, rest, 2);
	}
	out[2 * n] = 0;
}

bool
hex_parse(struct span text, bool any_case, unsigned char *bytes, size_t n)
{
	uint64_t wrong = 0;
	size_t i = 0;

	if (text.len != 2 * n)
		return false;
	for (; i + 4 <= n; i += 4) {
		uint32_t four = join(values_of(swar_load(text.ptr + 2 * i), any_case, &wrong));

		for (unsigned k = 0; k < 4; k++)
			bytes[i + k] = (unsigned char)(four >> 8 * k);
	}
	for (; i < n; i++) {
		char pair[8] = "00000000";

		memcpy(pair, text.ptr + 2 * i, 2);
		bytes[i] = (unsigned char)join(values_of(swar_load(pair), any_case, &wrong));
	}
	return wrong == 0;
}

bool
hex_parse_hash(struct span text, unsigned char hash[32])
{
	return text.len == 66 && span_starts(text, SPAN_LIT("0x")) &&
	       hex_parse((struct span){text.ptr + 2, 64}, false, hash, 32);
}

void
hex_print_hash(const unsigned char hash[32], char out[67])
{
	out[0] = '0';
	out[1] = 'x';
	hex_print(hash, 32, out + 2);
}
