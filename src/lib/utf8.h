/*
 * utf8: strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef TP_UTF8_H
#define TP_UTF8_H

#include "span.h"

#include <stdint.h>

/* Bytes of the well-formed sequence at p (1 to 4), or 0 when there is none within n bytes. */
size_t utf8_width(const char *p, size_t n);

/* True when all of s is well formed; otherwise *offset (which may be NULL) is that of the first bad
 * byte. */
bool utf8_valid(struct span s, size_t *offset);

/* Write the code point (not a surrogate, at most 0x10FFFF) to out[4]; return its width. */
size_t utf8_encode(uint32_t code_point, char out[4]);

#endif
