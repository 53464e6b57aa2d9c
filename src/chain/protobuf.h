/*
 * protobuf: fields of protocol buffer messages, written to and read from bytes that the caller
 * owns.
 *
 * Tron's transactions are three small nested messages. What a generated codec would add (a message
 * tree, allocations, a schema compiler at build time) is more than what it would save, and it would
 * drop what a signer must see: unknown fields, fields that stand twice, and integers that are
 * written longer than need be. So fields are written in the order of the calls, read one by one,
 * and the caller decides what is allowed.
 *
 * Source: protobuf.dev, "Encoding" (varints and length-delimited fields; groups and fixed-width
 * fields are no part of what Tron signs, and refused).
 */
#ifndef TP_PROTOBUF_H
#define TP_PROTOBUF_H

#include "span.h"

#include <stdint.h>

/* A writer over cap bytes; overflow is kept, and asked for once. */
struct protobuf {
	unsigned char *ptr;
	size_t len, cap;
	bool overflow;
};

void protobuf_init(struct protobuf *p, unsigned char *bytes, size_t cap);
void protobuf_put_number(struct protobuf *p, unsigned field, uint64_t value);
void protobuf_put_bytes(struct protobuf *p, unsigned field, struct span bytes);
struct span protobuf_span(const struct protobuf *p);

struct protobuf_field {
	uint64_t field;
	bool is_bytes;
	uint64_t number;   /* of a varint */
	struct span bytes; /* of a length-delimited field, borrowed */
};

enum protobuf_status {
	PROTOBUF_FIELD,
	PROTOBUF_END,
	PROTOBUF_BAD, /* ends inside a field, a varint of more than 64 bits, another wire type */
};

/* Take the next field off the input. */
enum protobuf_status protobuf_next(struct span *in, struct protobuf_field *out);

#endif
