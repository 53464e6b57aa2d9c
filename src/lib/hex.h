/*
 * hex: bytes as lower-case hexadecimal text and back (strictly lower case where `upper` is false:
 * one spelling per value).
 */
#ifndef TP_HEX_H
#define TP_HEX_H

#include "span.h"

/* 2n digits and a NUL to out. */
void hex_print(const unsigned char *bytes, size_t n, char *out);

/* text must be exactly 2n digits. Lower case only unless any_case. False leaves bytes undefined. */
bool hex_parse(struct span text, bool any_case, unsigned char *bytes, size_t n);

/* "0x" and 64 lower-case digits, as hashes stand in evidence. */
bool hex_parse_hash(struct span text, unsigned char hash[32]);
void hex_print_hash(const unsigned char hash[32], char out[67]);

#endif
