#include "base58.h"

#include "check.h"
#include "hashes.h"

#include <stdint.h>

#define CHECKSUM_BYTES 4

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* Five digits are the most that a shift by four bytes leaves room for in 64 bits. */
#define LIMB_DIGITS 5
#define LIMB 656356768u
#define LIMBS_MAX (BASE58_TEXT_MAX / LIMB_DIGITS + 1)

/* value * 2^(8 n) + the n bytes, n up to 4; the lowest limb first. Returns how many there are. */
static size_t
shift_in(uint32_t value[LIMBS_MAX], size_t len, const unsigned char *bytes, size_t n)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < n; i++)
		carry = carry << 8 | bytes[i];
	for (size_t k = 0; k < len; k++) {
		carry += (uint64_t)value[k] << 8 * n;
		value[k] = (uint32_t)(carry % LIMB);
		carry /= LIMB;
	}
	for (; carry; carry /= LIMB)
		value[len++] = (uint32_t)(carry % LIMB);
	return len;
}

/* The limb's digits, all five of them unless it is the first. */
static size_t
print_limb(uint32_t limb, bool first, char *out)
{
	char text[LIMB_DIGITS];
	size_t n = 0;

	for (; n < LIMB_DIGITS && (limb || !first); limb /= 58)
		text[n++] = digits[limb % 58];
	for (size_t i = 0; i < n; i++)
		out[i] = text[n - 1 - i];
	return n;
}

size_t
base58_print(const unsigned char *bytes, size_t n, char out[BASE58_TEXT_MAX])
{
	uint32_t value[LIMBS_MAX];
	size_t zeros = 0, len = 0, at = 0, head;

	CHECK(n <= BASE58_BYTES_MAX);
	while (zeros < n && bytes[zeros] == 0)
		zeros++;
	head = (n - zeros) % 4;
	len = shift_in(value, 0, bytes + zeros, head);
	for (size_t i = zeros + head; i < n; i += 4)
		len = shift_in(value, len, bytes + i, 4);
	CHECK(zeros + len * LIMB_DIGITS < BASE58_TEXT_MAX);
	while (at < zeros)
		out[at++] = digits[0];
	for (size_t i = len; i-- > 0;)
		at += print_limb(value[i], i == len - 1, out + at);
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
