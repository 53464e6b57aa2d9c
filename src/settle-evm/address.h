/*
 * address: the 20 bytes of an account or a contract, and their text with the checksum of EIP-55.
 *
 * Text of one case only carries no checksum and is taken as it is; text of mixed case must be
 * spelled exactly as EIP-55 spells it. Printed is always the checksum.
 */
#ifndef TP_ADDRESS_H
#define TP_ADDRESS_H

#include "span.h"

#define ADDRESS_BYTES 20
#define ADDRESS_TEXT_MAX 43 /* "0x", 40 digits and NUL */

struct address {
	unsigned char bytes[ADDRESS_BYTES];
};

enum address_error {
	ADDRESS_OK,
	ADDRESS_E_FORM,	    /* not "0x" and 40 hexadecimal digits */
	ADDRESS_E_CHECKSUM, /* mixed case, and not EIP-55's */
	ADDRESS_E_ZERO,	    /* nobody's: what is sent there is lost */
};

const char *address_error_text(enum address_error e);

enum address_error address_parse(struct span text, struct address *out);
void address_print(const struct address *a, char out[ADDRESS_TEXT_MAX]);
bool address_equal(const struct address *a, const struct address *b);

/* Of a public key as 64 bytes x, y. */
struct address address_of_key(const unsigned char key[64]);

#endif
