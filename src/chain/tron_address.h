/*
 * tron_address: accounts and contracts of Tron.
 *
 * An address is the byte 0x41 and the 20 bytes that the account has in the virtual machine (the end
 * of Keccak-256 over its public key, as on Ethereum); people write it as base58check ("T..."),
 * nodes as hexadecimal too. Only base58check has a checksum, so only that is taken from settings
 * and requests.
 */
#ifndef TP_TRON_ADDRESS_H
#define TP_TRON_ADDRESS_H

#include "span.h"

#define TRON_ADDRESS_BYTES 21
#define TRON_ADDRESS_TEXT_MAX 36
#define TRON_ADDRESS_PREFIX 0x41

struct tron_address {
	unsigned char bytes[TRON_ADDRESS_BYTES];
};

/* base58check of exactly 0x41 and 20 bytes. */
bool tron_address_parse(struct span text, struct tron_address *out);
void tron_address_print(const struct tron_address *address, char out[TRON_ADDRESS_TEXT_MAX]);
bool tron_address_equal(const struct tron_address *a, const struct tron_address *b);

/* The 20 bytes as they stand in calls and events. */
struct tron_address tron_address_of(const unsigned char evm[20]);

/* The address of an uncompressed public key without its first byte. */
struct tron_address tron_address_of_key(const unsigned char key[64]);

#endif
