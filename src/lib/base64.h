/*
 * base64: RFC 4648 section 4, with padding, strict on the way in (no line breaks, no stray bits:
 * one spelling per value).
 */
#ifndef TP_BASE64_H
#define TP_BASE64_H

#include "buf.h"
#include "span.h"

#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

void base64_append(struct span bytes, struct buf *out);
bool base64_decode(struct span text, struct buf *out);

#endif
