/*
 * evm_address: the 20 bytes of an account or a contract, and their text with the checksum of
 * EIP-55.
 *
 * Text of one case only carries no checksum and is taken as it is; text of mixed case must be
 * spelled exactly as EIP-55 spells it. Printed is always the checksum.
 */
#ifndef TP_EVM_ADDRESS_H
#define TP_EVM_ADDRESS_H

#include "span.h"

#define EVM_ADDRESS_BYTES 20
#define EVM_ADDRESS_TEXT_MAX 43 /* "0x", 40 digits and NUL */

struct evm_address {
	unsigned char bytes[EVM_ADDRESS_BYTES];
};

enum evm_address_error {
	EVM_ADDRESS_OK,
	EVM_ADDRESS_E_FORM,	/* not "0x" and 40 hexadecimal digits */
	EVM_ADDRESS_E_CHECKSUM, /* mixed case, and not EIP-55's */
	EVM_ADDRESS_E_ZERO,	/* nobody's: what is sent there is lost */
};

const char *evm_address_error_text(enum evm_address_error e);

enum evm_address_error evm_address_parse(struct span text, struct evm_address *out);
void evm_address_print(const struct evm_address *a, char out[EVM_ADDRESS_TEXT_MAX]);
bool evm_address_equal(const struct evm_address *a, const struct evm_address *b);

/* Of a public key as 64 bytes x, y. */
struct evm_address evm_address_of_key(const unsigned char key[64]);

#endif
