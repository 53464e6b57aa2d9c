#include "u256.h"

#include "check.h"

__extension__ typedef unsigned __int128 wide;

struct u256
u256_of(uint64_t v)
{
	return (struct u256){{v, 0, 0, 0}};
}

bool
u256_is_zero(struct u256 a)
{
	return (a.limb[0] | a.limb[1] | a.limb[2] | a.limb[3]) == 0;
}

int
u256_compare(struct u256 a, struct u256 b)
{
	for (size_t i = 4; i-- > 0;) {
		if (a.limb[i] != b.limb[i])
			return a.limb[i] < b.limb[i] ? -1 : 1;
	}
	return 0;
}

bool
u256_add(struct u256 a, struct u256 b, struct u256 *out)
{
	wide carry = 0;

	for (size_t i = 0; i < 4; i++) {
		carry += (wide)a.limb[i] + b.limb[i];
		out->limb[i] = (uint64_t)carry;
		carry >>= 64;
	}
	return carry == 0;
}

bool
u256_subtract(struct u256 a, struct u256 b, struct u256 *out)
{
	uint64_t borrow = 0;

	for (size_t i = 0; i < 4; i++) {
		wide difference = (wide)a.limb[i] - b.limb[i] - borrow;

		out->limb[i] = (uint64_t)difference;
		borrow = (uint64_t)(difference >> 64) & 1;
	}
	return borrow == 0;
}

bool
u256_multiply(struct u256 a, uint64_t by, struct u256 *out)
{
	wide carry = 0;

	for (size_t i = 0; i < 4; i++) {
		carry += (wide)a.limb[i] * by;
		out->limb[i] = (uint64_t)carry;
		carry >>= 64;
	}
	return carry == 0;
}

struct u256
u256_divide(struct u256 a, uint64_t by, uint64_t *rest)
{
	wide left = 0;

	CHECK(by != 0);
	for (size_t i = 4; i-- > 0;) {
		left = left << 64 | a.limb[i];
		a.limb[i] = (uint64_t)(left / by);
		left %= by;
	}
	*rest = (uint64_t)left;
	return a;
}

bool
u256_scale_up(struct u256 a, uint64_t up, uint64_t down, struct u256 *out)
{
	uint64_t rest;

	if (!u256_multiply(a, up, &a))
		return false;
	*out = u256_divide(a, down, &rest);
	return rest == 0 || u256_add(*out, u256_of(1), out);
}

bool
u256_u64(struct u256 a, uint64_t *out)
{
	*out = a.limb[0];
	return (a.limb[1] | a.limb[2] | a.limb[3]) == 0;
}

bool
u256_parse_decimal(struct span text, struct u256 *out)
{
	*out = u256_of(0);
	if (text.len == 0 || text.len >= U256_DECIMAL_MAX || (text.len > 1 && text.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned char)text.ptr[i] - (unsigned)'0';

		if (digit > 9 || !u256_multiply(*out, 10, out) ||
		    !u256_add(*out, u256_of(digit), out))
			return false;
	}
	return true;
}

size_t
u256_print_decimal(struct u256 a, char out[U256_DECIMAL_MAX])
{
	char digits[U256_DECIMAL_MAX];
	size_t n = 0;

	do {
		uint64_t digit;

		a = u256_divide(a, 10, &digit);
		digits[n++] = (char)('0' + digit);
	} while (!u256_is_zero(a));
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	out[n] = '\0';
	return n;
}

static int
nibble_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
u256_parse_quantity(struct span text, struct u256 *out)
{
	*out = u256_of(0);
	if (text.len < 3 || text.len >= U256_QUANTITY_MAX || text.ptr[0] != '0' ||
	    text.ptr[1] != 'x' || (text.len > 3 && text.ptr[2] == '0'))
		return false;
	for (size_t i = 2; i < text.len; i++) {
		int nibble = nibble_of(text.ptr[i]);

		if (nibble < 0)
			return false;
		for (size_t k = 3; k > 0; k--)
			out->limb[k] = out->limb[k] << 4 | out->limb[k - 1] >> 60;
		out->limb[0] = out->limb[0] << 4 | (uint64_t)nibble;
	}
	return true;
}

size_t
u256_print_quantity(struct u256 a, char out[U256_QUANTITY_MAX])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	out[n++] = '0';
	out[n++] = 'x';
	for (size_t i = 64; i-- > 0;) {
		unsigned nibble = (unsigned)(a.limb[i / 16] >> i % 16 * 4) & 15;

		if (nibble || n > 2 || i == 0)
			out[n++] = digits[nibble];
	}
	out[n] = '\0';
	return n;
}

struct u256
u256_from_bytes(const unsigned char *bytes, size_t n)
{
	struct u256 a = {{0}};

	CHECK(n <= U256_BYTES);
	for (size_t i = 0; i < n; i++)
		a.limb[i / 8] |= (uint64_t)bytes[n - 1 - i] << i % 8 * 8;
	return a;
}

void
u256_to_bytes(struct u256 a, unsigned char out[U256_BYTES])
{
	for (size_t i = 0; i < U256_BYTES; i++)
		out[U256_BYTES - 1 - i] = (unsigned char)(a.limb[i / 8] >> i % 8 * 8);
}

size_t
u256_byte_length(struct u256 a)
{
	size_t n = U256_BYTES;

	while (n > 0 && (a.limb[(n - 1) / 8] >> (n - 1) % 8 * 8 & 0xff) == 0)
		n--;
	return n;
}
