/*
 * rlp: Ethereum's recursive length prefix, both ways (Yellow Paper, appendix B).
 *
 * A writer fills the caller's memory from its end towards its beginning, last item first: a list's
 * length is then known when its head is written, and nothing is ever moved. Overflow is remembered;
 * ask rlp_written() once.
 *
 * The reader takes one item after the other off a span, without recursion or memory. There is
 * exactly one spelling of each value, and only that is read: the shortest head, no leading zeros in
 * lengths, none in integers. rlp_check() looks through a whole tree, RLP_DEPTH_MAX deep.
 */
#ifndef TP_RLP_H
#define TP_RLP_H

#include "u256.h"

/* A transaction with its access list has 4 levels. */
#define RLP_DEPTH_MAX 64

/* ---- writing ---- */

struct rlp_writer {
	unsigned char *memory;
	size_t size;
	size_t at; /* what is written stands from here to the end */
	bool overflow;
};

void rlp_writer_init(struct rlp_writer *w, unsigned char *memory, size_t size);

/* Each goes before what has been written. */
void rlp_put_bytes(struct rlp_writer *w, struct span bytes);
void rlp_put_u64(struct rlp_writer *w, uint64_t v);
void rlp_put_u256(struct rlp_writer *w, struct u256 v);

/* What has been put since rlp_mark() becomes one list. */
size_t rlp_mark(const struct rlp_writer *w);
void rlp_close_list(struct rlp_writer *w, size_t mark);

/* Items that are RLP already, end to end. */
void rlp_put_raw(struct rlp_writer *w, struct span items);

/* One byte as it is, outside RLP: the type before a transaction (EIP-2718). */
void rlp_put_type(struct rlp_writer *w, unsigned char type);

/* All of it; a NULL span when it did not fit. */
struct span rlp_written(const struct rlp_writer *w);

/* ---- reading ---- */

enum rlp_error {
	RLP_OK,
	RLP_E_TRUNCATED, /* the text ends within an item */
	RLP_E_SPELLING,	 /* a longer spelling than the value's own */
	RLP_E_DEPTH,
	RLP_E_TRAILING, /* bytes after the item */
	RLP_E_KIND,	/* a list where bytes belong, or the other way */
	RLP_E_RANGE,	/* an integer of more bits than there may be */
};

const char *rlp_error_text(enum rlp_error e);

struct rlp_item {
	bool list;
	struct span body; /* the bytes, or the list's items end to end */
};

/* Take one item off the beginning of in. */
enum rlp_error rlp_next(struct span *in, struct rlp_item *out);

/* The same, of one kind. A fixed number of bytes: rlp_next_exactly(). */
enum rlp_error rlp_next_list(struct span *in, struct span *items);
enum rlp_error rlp_next_bytes(struct span *in, struct span *bytes);
enum rlp_error rlp_next_u64(struct span *in, uint64_t *out);
enum rlp_error rlp_next_u256(struct span *in, struct u256 *out);

/* Exactly one item, with all that is in it. */
enum rlp_error rlp_check(struct span text);

#endif
