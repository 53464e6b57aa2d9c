#include "address.h"

#include "hex.h"
#include "keccak.h"

const char *
address_error_text(enum address_error e)
{
	switch (e) {
	case ADDRESS_OK: return "ok";
	case ADDRESS_E_FORM: return "not 0x and 40 hexadecimal digits";
	case ADDRESS_E_CHECKSUM: return "its EIP-55 checksum is wrong";
	case ADDRESS_E_ZERO: return "the zero address";
	}
	return "?";
}

void
address_print(const struct address *a, char out[ADDRESS_TEXT_MAX])
{
	unsigned char hash[KECCAK_BYTES];
	char *digits = out + 2;

	out[0] = '0';
	out[1] = 'x';
	hex_print(a->bytes, ADDRESS_BYTES, digits);
	keccak256((struct span){digits, 2 * ADDRESS_BYTES}, hash);
	for (size_t i = 0; i < 2 * ADDRESS_BYTES; i++) {
		unsigned nibble = hash[i / 2] >> (i % 2 ? 0 : 4) & 15;

		if (digits[i] >= 'a' && nibble >= 8)
			digits[i] = (char)(digits[i] - 'a' + 'A');
	}
}

static bool
mixed_case(struct span digits)
{
	bool lower = false, upper = false;

	for (size_t i = 0; i < digits.len; i++) {
		lower |= digits.ptr[i] >= 'a' && digits.ptr[i] <= 'f';
		upper |= digits.ptr[i] >= 'A' && digits.ptr[i] <= 'F';
	}
	return lower && upper;
}

enum address_error
address_parse(struct span text, struct address *out)
{
	static const struct address zero;
	char spelled[ADDRESS_TEXT_MAX];
	struct span digits;

	if (text.len != ADDRESS_TEXT_MAX - 1 || !span_starts(text, SPAN_LIT("0x")))
		return ADDRESS_E_FORM;
	digits = (struct span){text.ptr + 2, text.len - 2};
	if (!hex_parse(digits, true, out->bytes, ADDRESS_BYTES))
		return ADDRESS_E_FORM;
	if (address_equal(out, &zero))
		return ADDRESS_E_ZERO;
	address_print(out, spelled);
	return mixed_case(digits) && !span_is(text, spelled) ? ADDRESS_E_CHECKSUM : ADDRESS_OK;
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return memcmp(a->bytes, b->bytes, ADDRESS_BYTES) == 0;
}

struct address
address_of_key(const unsigned char key[64])
{
	unsigned char hash[KECCAK_BYTES];
	struct address a;

	keccak256((struct span){(const char *)key, 64}, hash);
	memcpy(a.bytes, hash + KECCAK_BYTES - ADDRESS_BYTES, ADDRESS_BYTES);
	return a;
}
