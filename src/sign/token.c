#include "token.h"

#define WORD 32

/* An address has 12 bytes of zeros before it; anything else there would be dropped by the contract,
 * and read by others. */
static bool
address(struct span word, struct tx_name *out)
{
	for (size_t i = 0; i < WORD - TOKEN_ADDRESS_BYTES; i++) {
		if (word.ptr[i])
			return false;
	}
	return tx_name_set(
	    out, (struct span){word.ptr + WORD - TOKEN_ADDRESS_BYTES, TOKEN_ADDRESS_BYTES});
}

const char *
token_call(struct span data, struct tx_payment *out)
{
	static const struct {
		char selector[5];
		size_t words;
	} calls[] = {{"\xa9\x05\x9c\xbb", 2}, {"\x23\xb8\x72\xdd", 3}};
	const char *at = data.ptr + 4;

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		if (data.len < 4 || memcmp(data.ptr, calls[i].selector, 4) != 0)
			continue;
		if (data.len != 4 + calls[i].words * WORD)
			return "call data of another length than the call has";
		out->payer.len = 0;
		if (calls[i].words == 3) {
			if (!address((struct span){at, WORD}, &out->payer))
				return "an address with bytes before it";
			at += WORD;
		}
		if (!address((struct span){at, WORD}, &out->to))
			return "an address with bytes before it";
		if (!units_of_bytes((struct span){at + WORD, WORD}, &out->amount))
			return "an amount of more than 38 digits";
		return NULL;
	}
	return "a call that is neither transfer nor transferFrom";
}
