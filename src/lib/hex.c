#include "hex.h"

void
hex_print(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = 0;
}

static int
digit(char c, bool any_case)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (any_case && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_parse(struct span text, bool any_case, unsigned char *bytes, size_t n)
{
	if (text.len != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit(text.ptr[2 * i], any_case),
		    low = digit(text.ptr[2 * i + 1], any_case);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high * 16 + low);
	}
	return true;
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
