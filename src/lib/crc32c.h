/*
 * crc32c: CRC-32C (Castagnoli; RFC 3720 appendix B.4), with the processor's instruction where it
 * has one.
 *
 * For accidents, not for adversaries. crc32c(crc32c(seed, a), b) is crc32c(seed, a||b); a fresh sum
 * starts with 0.
 */
#ifndef TP_CRC32C_H
#define TP_CRC32C_H

#include "span.h"

#include <stdint.h>

uint32_t crc32c(uint32_t seed, struct span bytes);

/* The same without the instruction, for tests and other processors. */
uint32_t crc32c_table(uint32_t seed, struct span bytes);

#endif
