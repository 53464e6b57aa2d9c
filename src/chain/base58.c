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

/* Each digit's value and one; 0: none of the alphabet. */
static const unsigned char places[256] = {
    ['1'] = 1, 2,  3,  4,  5,  6,	   7,  8,  9,	       ['A'] = 10, 11,	       12,
    13,	       14, 15, 16, 17, ['J'] = 18, 19, 20, 21,	       22,	   ['P'] = 23, 24,
    25,	       26, 27, 28, 29, 30,	   31, 32, 33,	       ['a'] = 34, 35,	       36,
    37,	       38, 39, 40, 41, 42,	   43, 44, ['m'] = 45, 46,	   47,	       48,
    49,	       50, 51, 52, 53, 54,	   55, 56, 57,	       58};

#define WORDS_MAX (BASE58_BYTES_MAX / 4)

/* A number of 32 bits a word, the lowest first; the highest is not 0. */
struct number {
	uint32_t word[WORDS_MAX];
	size_t n;
};

/* value * factor + more, which is less than factor; false where it has no room. */
static bool
multiply(struct number *value, uint32_t factor, uint32_t more)
{
	uint64_t carry = more;

	for (size_t k = 0; k < value->n; k++) {
		carry += (uint64_t)value->word[k] * factor;
		value->word[k] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry == 0)
		return true;
	if (value->n == WORDS_MAX)
		return false;
	value->word[value->n++] = (uint32_t)carry;
	return true;
}

/* The digits' value, as many of them at once as a word has room for. */
static bool
read_digits(struct span text, struct number *value)
{
	uint32_t factor = 1, part = 0;

	value->n = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned place = places[(unsigned char)text.ptr[i]];

		if (place == 0)
			return false;
		part = 58 * part + place - 1;
		factor *= 58;
		if (factor < LIMB && i + 1 < text.len)
			continue;
		if (!multiply(value, factor, part))
			return false;
		factor = 1;
		part = 0;
	}
	return true;
}

static size_t
bytes_in(const struct number *value)
{
	size_t n = 4 * value->n;

	for (uint32_t top = n ? value->word[value->n - 1] : UINT32_MAX; top >> 24 == 0; top <<= 8)
		n--;
	return n;
}

bool
base58_parse(struct span text, unsigned char *out, size_t max, size_t *n)
{
	struct number value;
	size_t ones = 0, len;

	CHECK(max <= BASE58_BYTES_MAX);
	while (ones < text.len && text.ptr[ones] == digits[0])
		ones++;
	if (!read_digits((struct span){text.ptr + ones, text.len - ones}, &value))
		return false;
	len = bytes_in(&value);
	if (ones + len > max)
		return false;
	memset(out, 0, ones);
	for (size_t i = 0; i < len; i++)
		out[ones + len - 1 - i] = (unsigned char)(value.word[i / 4] >> 8 * (i % 4));
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
