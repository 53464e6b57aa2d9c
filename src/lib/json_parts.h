/*
 * json_parts: the bytes of JSON text that both its checker (json_check.c) and those who walk
 * checked text (json.c) look at, and nobody else.
 */
#ifndef TP_JSON_PARTS_H
#define TP_JSON_PARTS_H

#include <stdbool.h>

static inline bool
json_is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool
json_is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* json_check.c: four hex digits at p, which advances past them; -1 when they are not all there. */
int json_hex4(const unsigned char **p, const unsigned char *end);

#endif
