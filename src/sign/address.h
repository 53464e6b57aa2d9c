/*
 * address: a chain's addresses between text and the bytes that transactions hold (struct tx_name).
 *
 *   btc     a scriptPubKey: segwit of the network's prefix, or base58check of P2PKH and P2SH
 *   evm     20 bytes: 0x and 40 digits; of mixed case only with the checksum of EIP-55
 *   solana  32 bytes of base58, which has no checksum
 *   tron    0x41 and 20 bytes: base58check
 *
 * Pure.
 */
#ifndef TP_ADDRESS_H
#define TP_ADDRESS_H

#include "tx.h"

enum address_family { FAMILY_BTC, FAMILY_EVM, FAMILY_SOLANA, FAMILY_TRON };
#define FAMILIES 4

/* Bitcoin's networks differ in their addresses. */
enum address_network { NETWORK_MAIN, NETWORK_TEST, NETWORK_REGTEST };
#define NETWORKS 3

bool address_family_of(struct span name, enum address_family *out);
bool address_network_of(struct span name, enum address_network *out);

/* Which chains take payloads of this form. */
enum address_family address_family_of_form(enum tx_form form);

/* network matters for FAMILY_BTC only. False: malformed, a wrong checksum, another network. */
bool address_parse(struct span text, enum address_family family, enum address_network network,
		   struct tx_name *out);

/* The longest is segwit's: 90. Nothing ("") for bytes that no address has. */
#define ADDRESS_TEXT_MAX 92
void address_print(const struct tx_name *name, enum address_family family,
		   enum address_network network, char out[ADDRESS_TEXT_MAX]);

#endif
