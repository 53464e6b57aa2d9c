/*
 * bech32: BIP173 and BIP350, and the segwit addresses that they are for.
 *
 * A text is of one case, at most 90 characters, with a human-readable part of 1 to 83 characters, a
 * '1', and at least six characters of checksum. Which of the two constants the checksum ends with
 * says which of the two encodings it is: version 0 of a witness program goes with bech32, all later
 * ones with bech32m. Pure.
 */
#ifndef TP_BECH32_H
#define TP_BECH32_H

#include "span.h"

#define BECH32_TEXT_MAX 91 /* with NUL */
#define BECH32_HRP_MAX 84  /* with NUL */
#define BECH32_DATA_MAX 84
#define SEGWIT_PROGRAM_MAX 40

enum bech32_kind { BECH32_NONE, BECH32_OLD, BECH32_M };

/* Groups of five bits without the checksum to data, the part before in lower case to hrp.
 * BECH32_NONE where the text is none. */
enum bech32_kind bech32_parse(struct span text, char hrp[BECH32_HRP_MAX],
			      unsigned char data[BECH32_DATA_MAX], size_t *n);

/* Text and a NUL to out; false where it would be too long. */
bool bech32_print(enum bech32_kind kind, const char *hrp, const unsigned char *data, size_t n,
		  char out[BECH32_TEXT_MAX]);

/* A segwit address of this human-readable part: version 0-16 and a program of 2 to 40 bytes. */
bool segwit_parse(struct span text, const char *hrp, unsigned *version,
		  unsigned char program[SEGWIT_PROGRAM_MAX], size_t *n);
bool segwit_print(const char *hrp, unsigned version, const unsigned char *program, size_t n,
		  char out[BECH32_TEXT_MAX]);

#endif
