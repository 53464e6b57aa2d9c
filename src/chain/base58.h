/*
 * base58: Bitcoin's alphabet without 0 O I l, and base58check (four bytes of a double SHA-256
 * behind the payload).
 *
 * Leading zero bytes are leading '1's and nothing else is, so there is one text a value. Pure; the
 * caller owns the buffers. Plain base58 has no checksum: what uses it (Solana) has to check in
 * another way.
 */
#ifndef TP_BASE58_H
#define TP_BASE58_H

#include "span.h"

/* The longest that we meet is an extended key (82 bytes, 111 digits); Core's vectors have 256. */
#define BASE58_BYTES_MAX 256
#define BASE58_TEXT_MAX 352

/* Text and a NUL to out; returns the length. At most BASE58_BYTES_MAX bytes. */
size_t base58_print(const unsigned char *bytes, size_t n, char out[BASE58_TEXT_MAX]);

/* At most max bytes (of BASE58_BYTES_MAX) to out. False: no base58, or too long. */
bool base58_parse(struct span text, unsigned char *out, size_t max, size_t *n);

/* The same with a checksum behind the bytes, which is no part of n. */
size_t base58check_print(const unsigned char *bytes, size_t n, char out[BASE58_TEXT_MAX]);
bool base58check_parse(struct span text, unsigned char *out, size_t max, size_t *n);

#endif
