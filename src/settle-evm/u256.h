/*
 * u256: unsigned numbers of 256 bits, what the EVM counts in.
 *
 * Amounts of tokens, wei and prices of gas. Sums and products that do not fit say so; nothing
 * wraps. Three spellings: decimal text (records), the quantity of JSON-RPC ("0x" and hexadecimal
 * digits without leading zeros) and big-endian bytes (RLP, ABI).
 */
#ifndef TP_U256_H
#define TP_U256_H

#include "span.h"

#include <stdint.h>

struct u256 {
	uint64_t limb[4]; /* the lowest first */
};

#define U256_BYTES 32
#define U256_DECIMAL_MAX 79  /* 78 digits and NUL */
#define U256_QUANTITY_MAX 67 /* "0x", 64 digits and NUL */

struct u256 u256_of(uint64_t v);
bool u256_is_zero(struct u256 a);
/* -1, 0 or 1. */
int u256_compare(struct u256 a, struct u256 b);

/* False when the result does not fit; out is then undefined. out may be an operand. */
bool u256_add(struct u256 a, struct u256 b, struct u256 *out);
bool u256_subtract(struct u256 a, struct u256 b, struct u256 *out);
bool u256_multiply(struct u256 a, uint64_t by, struct u256 *out);

/* The quotient, rounded down, and what is left over. by is not 0. */
struct u256 u256_divide(struct u256 a, uint64_t by, uint64_t *rest);

/* a * up / down, rounded up; false when it does not fit. */
bool u256_scale_up(struct u256 a, uint64_t up, uint64_t down, struct u256 *out);

/* False when it needs more than 64 bits. */
bool u256_u64(struct u256 a, uint64_t *out);

/* Digits without leading zeros; nothing else. */
bool u256_parse_decimal(struct span text, struct u256 *out);
/* out is NUL-terminated; returns the length. */
size_t u256_print_decimal(struct u256 a, char out[U256_DECIMAL_MAX]);

/* "0x0", "0x41": as JSON-RPC writes quantities, in either case of letters. */
bool u256_parse_quantity(struct span text, struct u256 *out);
size_t u256_print_quantity(struct u256 a, char out[U256_QUANTITY_MAX]);

/* Up to 32 bytes, the highest first. */
struct u256 u256_from_bytes(const unsigned char *bytes, size_t n);
void u256_to_bytes(struct u256 a, unsigned char out[U256_BYTES]);
/* How many bytes are left without the leading zeros: 0 for 0. */
size_t u256_byte_length(struct u256 a);

#endif
