#include "evm_address.h"

#include "hex.h"
#include "keccak.h"

const char *
evm_address_error_text(enum evm_address_error e)
{
	switch (e) {
	case EVM_ADDRESS_OK: return "ok";
	case EVM_ADDRESS_E_FORM: return "not 0x and 40 hexadecimal digits";
	case EVM_ADDRESS_E_CHECKSUM: return "its EIP-55 checksum is wrong";
	case EVM_ADDRESS_E_ZERO: return "the zero address";
	}
	return "?";
}

void
evm_address_print(const struct evm_address *a, char out[EVM_ADDRESS_TEXT_MAX])
{
	unsigned char hash[KECCAK_BYTES];
	char *digits = out + 2;

	out[0] = '0';
	out[1] = 'x';
	hex_print(a->bytes, EVM_ADDRESS_BYTES, digits);
	keccak256((struct span){digits, 2 * EVM_ADDRESS_BYTES}, hash);
	for (size_t i = 0; i < 2 * EVM_ADDRESS_BYTES; i++) {
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

enum evm_address_error
evm_address_parse(struct span text, struct evm_address *out)
{
	static const struct evm_address zero;
	char spelled[EVM_ADDRESS_TEXT_MAX];
	struct span digits;

	if (text.len != EVM_ADDRESS_TEXT_MAX - 1 || !span_starts(text, SPAN_LIT("0x")))
		return EVM_ADDRESS_E_FORM;
	digits = (struct span){text.ptr + 2, text.len - 2};
	if (!hex_parse(digits, true, out->bytes, EVM_ADDRESS_BYTES))
		return EVM_ADDRESS_E_FORM;
	if (evm_address_equal(out, &zero))
		return EVM_ADDRESS_E_ZERO;
	evm_address_print(out, spelled);
	return mixed_case(digits) && !span_is(text, spelled) ? EVM_ADDRESS_E_CHECKSUM
							     : EVM_ADDRESS_OK;
}

bool
evm_address_equal(const struct evm_address *a, const struct evm_address *b)
{
	return memcmp(a->bytes, b->bytes, EVM_ADDRESS_BYTES) == 0;
}

struct evm_address
evm_address_of_key(const unsigned char key[64])
{
	unsigned char hash[KECCAK_BYTES];
	struct evm_address a;

	keccak256((struct span){(const char *)key, 64}, hash);
	memcpy(a.bytes, hash + KECCAK_BYTES - EVM_ADDRESS_BYTES, EVM_ADDRESS_BYTES);
	return a;
}
