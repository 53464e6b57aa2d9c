#include "utf8.h"

#include "check.h"

/* RFC 3629 section 4, the table "UTF8-octets", read row by row: what the second byte may be depends
 * on the first. */
size_t
utf8_width(const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;
	unsigned char low = 0x80, high = 0xbf;
	size_t width;

	if (n == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	width = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (n < width)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < width; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return width;
}

bool
utf8_valid(struct span s, size_t *offset)
{
	size_t i = 0;

	while (i < s.len) {
		size_t width = utf8_width(s.ptr + i, s.len - i);

		if (width == 0) {
			if (offset)
				*offset = i;
			return false;
		}
		i += width;
	}
	return true;
}

size_t
utf8_encode(uint32_t c, char out[4])
{
	CHECK(c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff));
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | (c >> 6));
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | (c >> 12));
		out[1] = (char)(0x80 | ((c >> 6) & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (c >> 18));
	out[1] = (char)(0x80 | ((c >> 12) & 0x3f));
	out[2] = (char)(0x80 | ((c >> 6) & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
