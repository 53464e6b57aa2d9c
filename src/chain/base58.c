#include "base58.h"

#include "check.h"
#include "hashes.h"

#define CHECKSUM_BYTES 4

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

size_t
base58_print(const unsigned char *bytes, size_t n, char out[BASE58_TEXT_MAX])
{
	unsigned char value[BASE58_TEXT_MAX] = {0}; /* the digits, lowest first */
	size_t zeros = 0, len = 0, at = 0;

	CHECK(n <= BASE58_BYTES_MAX);
	while (zeros < n && bytes[zeros] == 0)
		zeros++;
	for (size_t i = zeros; i < n; i++) {
		unsigned carry = bytes[i];

		for (size_t k = 0; k < len; k++) {
			carry += (unsigned)value[k] << 8;
			value[k] = (unsigned char)(carry % 58);
			carry /= 58;
		}
		for (; carry; carry /= 58)
			value[len++] = (unsigned char)(carry % 58);
	}
	CHECK(zeros + len < BASE58_TEXT_MAX);
	while (at < zeros)
		out[at++] = digits[0];
	while (len)
		out[at++] = digits[value[--len]];
	out[at] = 0;
	return at;
}

static int
digit_of(char c)
{
	const char *hit = c ? strchr(digits, c) : NULL;

	return hit ? (int)(hit - digits) : -1;
}

bool
base58_parse(struct span text, unsigned char *out, size_t max, size_t *n)
{
	unsigned char value[BASE58_BYTES_MAX] = {0}; /* the bytes, lowest first */
	size_t ones = 0, len = 0;

	CHECK(max <= BASE58_BYTES_MAX);
	while (ones < text.len && text.ptr[ones] == digits[0])
		ones++;
	for (size_t i = ones; i < text.len; i++) {
		int digit = digit_of(text.ptr[i]);
		unsigned carry = (unsigned)digit;

		if (digit < 0)
			return false;
		for (size_t k = 0; k < len; k++) {
			carry += 58u * value[k];
			value[k] = (unsigned char)carry;
			carry >>= 8;
		}
		if (carry && ones + len == max)
			return false;
		if (carry)
			value[len++] = (unsigned char)carry;
	}
	if (ones + len > max)
		return false;
	memset(out, 0, ones);
	for (size_t i = 0; i < len; i++)
		out[ones + i] = value[len - 1 - i];
	*n = ones + len;
	return true;
}

size_t
base58check_print(const unsigned char *bytes, size_t n, char out[BASE58_TEXT_MAX])
{
	unsigned char whole[BASE58_BYTES_MAX], hash[HASH_BYTES];

	CHECK(n <= BASE58_BYTES_MAX - CHECKSUM_BYTES);
	hash256((struct span){(const char *)bytes, n}, hash);
	memcpy(whole, bytes, n);
	memcpy(whole + n, hash, CHECKSUM_BYTES);
	return base58_print(whole, n + CHECKSUM_BYTES, out);
}

bool
base58check_parse(struct span text, unsigned char *out, size_t max, size_t *n)
{
	unsigned char whole[BASE58_BYTES_MAX], hash[HASH_BYTES];
	size_t len;

	if (!base58_parse(text, whole, sizeof whole, &len) || len < CHECKSUM_BYTES ||
	    len - CHECKSUM_BYTES > max)
		return false;
	len -= CHECKSUM_BYTES;
	hash256((struct span){(const char *)whole, len}, hash);
	if (memcmp(hash, whole + len, CHECKSUM_BYTES) != 0)
		return false;
	memcpy(out, whole, len);
	*n = len;
	return true;
}
