#include "bech32.h"

#include <stdint.h>

#define CHECKSUM_DIGITS 6
#define TEXT_LEN_MAX 90
#define BECH32M_CONSTANT UINT32_C(0x2bc830a3)

static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* One group of five bits through the code's remainder (BIP173). */
static uint32_t
polymod_step(uint32_t c, unsigned value)
{
	static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
					      0x2a1462b3};
	uint32_t top = c >> 25;

	c = (c & 0x1ffffff) << 5 ^ value;
	for (unsigned i = 0; i < 5; i++)
		c ^= generator[i] & (0 - (top >> i & 1));
	return c;
}

static uint32_t
polymod_hrp(const char *hrp)
{
	uint32_t c = 1;

	for (const char *p = hrp; *p; p++)
		c = polymod_step(c, (unsigned char)*p >> 5);
	c = polymod_step(c, 0);
	for (const char *p = hrp; *p; p++)
		c = polymod_step(c, *p & 31);
	return c;
}

/* Each digit's value and one; 0: none of the alphabet. */
static const unsigned char places[256] = {
    ['q'] = 1,	['p'] = 2,  ['z'] = 3,	['r'] = 4,  ['y'] = 5,	['9'] = 6,  ['x'] = 7,	['8'] = 8,
    ['g'] = 9,	['f'] = 10, ['2'] = 11, ['t'] = 12, ['v'] = 13, ['d'] = 14, ['w'] = 15, ['0'] = 16,
    ['s'] = 17, ['3'] = 18, ['j'] = 19, ['n'] = 20, ['5'] = 21, ['4'] = 22, ['k'] = 23, ['h'] = 24,
    ['c'] = 25, ['e'] = 26, ['6'] = 27, ['m'] = 28, ['u'] = 29, ['a'] = 30, ['7'] = 31, ['l'] = 32};

/* The text in lower case; false when its cases are mixed or a byte is not printable. */
static bool
lower_text(struct span text, char out[BECH32_TEXT_MAX])
{
	bool lower = false, upper = false;

	if (text.len > TEXT_LEN_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c < 33 || c > 126)
			return false;
		lower |= c >= 'a' && c <= 'z';
		upper |= c >= 'A' && c <= 'Z';
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	out[text.len] = 0;
	return !(lower && upper);
}

enum bech32_kind
bech32_parse(struct span text, char hrp[BECH32_HRP_MAX], unsigned char data[BECH32_DATA_MAX],
	     size_t *n)
{
	char low[BECH32_TEXT_MAX];
	const char *one;
	size_t at, len = 0;
	uint32_t c;

	if (!lower_text(text, low))
		return BECH32_NONE;
	/* the last '1' parts the two */
	one = low + text.len;
	while (one > low && *one != '1')
		one--;
	if (one == low || text.len - (size_t)(one - low) - 1 < CHECKSUM_DIGITS)
		return BECH32_NONE;
	at = (size_t)(one - low);
	memcpy(hrp, low, at);
	hrp[at] = 0;
	c = polymod_hrp(hrp);
	for (size_t i = at + 1; i < text.len; i++) {
		unsigned place = places[(unsigned char)low[i]];

		if (place == 0)
			return BECH32_NONE;
		c = polymod_step(c, place - 1);
		if (i + CHECKSUM_DIGITS < text.len)
			data[len++] = (unsigned char)(place - 1);
	}
	*n = len;
	return c == 1 ? BECH32_OLD : c == BECH32M_CONSTANT ? BECH32_M : BECH32_NONE;
}

bool
bech32_print(enum bech32_kind kind, const char *hrp, const unsigned char *data, size_t n,
	     char out[BECH32_TEXT_MAX])
{
	size_t at = strlen(hrp);
	uint32_t c = polymod_hrp(hrp);

	if (at + 1 + n + CHECKSUM_DIGITS > TEXT_LEN_MAX)
		return false;
	memcpy(out, hrp, at);
	out[at++] = '1';
	for (size_t i = 0; i < n; i++) {
		c = polymod_step(c, data[i]);
		out[at++] = digits[data[i]];
	}
	for (unsigned i = 0; i < CHECKSUM_DIGITS; i++)
		c = polymod_step(c, 0);
	c ^= kind == BECH32_M ? BECH32M_CONSTANT : 1;
	for (unsigned i = 0; i < CHECKSUM_DIGITS; i++)
		out[at++] = digits[c >> 5 * (CHECKSUM_DIGITS - 1 - i) & 31];
	out[at] = 0;
	return true;
}

/* Groups of five to bytes: at most four bits are left over, and they are zero. */
static bool
bytes_of_fives(const unsigned char *fives, size_t n, unsigned char *out, size_t max, size_t *len)
{
	unsigned have = 0, bits = 0;

	*len = 0;
	for (size_t i = 0; i < n; i++) {
		have = (have << 5 | fives[i]) & 0xfff;
		bits += 5;
		if (bits < 8)
			continue;
		bits -= 8;
		if (*len == max)
			return false;
		out[(*len)++] = (unsigned char)(have >> bits);
	}
	return bits < 5 && (have & ((1u << bits) - 1)) == 0;
}

static size_t
fives_of_bytes(const unsigned char *bytes, size_t n, unsigned char *out)
{
	unsigned have = 0, bits = 0;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		have = (have << 8 | bytes[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			out[len++] = have >> (bits - 5) & 31;
	}
	if (bits)
		out[len++] = have << (5 - bits) & 31;
	return len;
}

static bool
program_is_allowed(unsigned version, size_t n)
{
	return version <= 16 && n >= 2 && n <= SEGWIT_PROGRAM_MAX &&
	       (version > 0 || n == 20 || n == 32);
}

bool
segwit_parse(struct span text, const char *hrp, unsigned *version,
	     unsigned char program[SEGWIT_PROGRAM_MAX], size_t *n)
{
	char have[BECH32_HRP_MAX];
	unsigned char data[BECH32_DATA_MAX];
	size_t len;
	enum bech32_kind kind = bech32_parse(text, have, data, &len);

	if (kind == BECH32_NONE || strcmp(have, hrp) != 0 || len == 0)
		return false;
	*version = data[0];
	return bytes_of_fives(data + 1, len - 1, program, SEGWIT_PROGRAM_MAX, n) &&
	       program_is_allowed(*version, *n) && kind == (*version ? BECH32_M : BECH32_OLD);
}

bool
segwit_print(const char *hrp, unsigned version, const unsigned char *program, size_t n,
	     char out[BECH32_TEXT_MAX])
{
	unsigned char data[BECH32_DATA_MAX];

	if (!program_is_allowed(version, n))
		return false;
	data[0] = (unsigned char)version;
	return bech32_print(version ? BECH32_M : BECH32_OLD, hrp, data,
			    1 + fives_of_bytes(program, n, data + 1), out);
}
