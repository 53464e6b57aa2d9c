/*
 * sha2_ni: one block of SHA-256 by the processor's own instructions (x86's SHA extensions), which
 * take a tenth of the time. mac.c asks whether there are any, and goes without them elsewhere.
 */
#ifndef TP_SHA2_NI_H
#define TP_SHA2_NI_H

#include <stdbool.h>
#include <stdint.h>

extern const uint32_t sha2_constants[64];

/* Anywhere (mac.c). */
void sha2_plain_compress(uint32_t state[8], const unsigned char block[64]);

/* Only where they are there. */
bool sha2_ni_there(void);
void sha2_ni_compress(uint32_t state[8], const unsigned char block[64]);

#endif
