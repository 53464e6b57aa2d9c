/*
 * fuzz: what the libFuzzer targets share. A target reads its input as somebody hostile wrote it and
 * checks what must hold for every input; FUZZ_CHECK() ends the process, which libFuzzer reports
 * with the input.
 */
#ifndef TP_FUZZ_H
#define TP_FUZZ_H

#include "span.h"
#include "tool.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* tool.c wants a page's text; fuzz targets have none. */
const char tool_name[] = "fuzz";
const char tool_help[] = "usage: fuzz\n\n";
const char tool_version[] = "0";

#define FUZZ_CHECK(x)                                                                   \
	do {                                                                            \
		if (!(x)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #x); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* The input as a span; an empty one points somewhere all the same. */
static inline struct span
fuzz_span(const uint8_t *data, size_t size)
{
	return (struct span){size ? (const char *)data : "", size};
}

/* Take the next n bytes off the input (or what is left of it). */
static inline struct span
fuzz_take(struct span *in, size_t n)
{
	struct span part = {in->ptr, n < in->len ? n : in->len};

	in->ptr += part.len;
	in->len -= part.len;
	return part;
}

/* Take what stands before the next `end`, and that byte too. */
static inline struct span
fuzz_until(struct span *in, char end)
{
	const char *at = in->len ? memchr(in->ptr, end, in->len) : NULL;
	struct span part = fuzz_take(in, at ? (size_t)(at - in->ptr) : in->len);

	fuzz_take(in, 1);
	return part;
}

static inline unsigned
fuzz_byte(struct span *in)
{
	struct span b = fuzz_take(in, 1);

	return b.len ? (unsigned char)b.ptr[0] : 0;
}

#endif
