/*
 * buf: a byte buffer that grows up to a stated maximum.
 *
 * The maximum is given when the buffer is made. An append that does not fit (or finds no memory) is
 * dropped whole and sets `overflow`, which stays set: write many parts, ask buf_ok() once.
 * buf_clear() forgets contents and overflow and keeps the memory, so a loop allocates only until
 * its largest record has passed.
 *
 * The caller owns the struct; buf_release() frees the memory. Spans taken from the buffer die with
 * the next append.
 */
#ifndef TP_BUF_H
#define TP_BUF_H

#include "span.h"

#include <stdint.h>

struct buf {
	char *ptr;
	size_t len;
	size_t cap;
	size_t max;
	bool overflow;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
void buf_clear(struct buf *b);
bool buf_ok(const struct buf *b);
struct span buf_span(const struct buf *b);

/* Make room for n more bytes and return where they go; NULL (and overflow) when they do not fit.
 * buf_grown() takes them in. */
char *buf_room(struct buf *b, size_t n);
void buf_grown(struct buf *b, size_t n);

void buf_add(struct buf *b, struct span s);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);

/* s as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD: for diagnostics, not
 * for evidence. */
void buf_json_string(struct buf *b, struct span s);

/* Append `"name":` and, unless the last byte opens a container, a comma before it. The name must
 * need no escapes. */
void buf_json_key(struct buf *b, const char *name);

/* A key and a string, number, literal or NULL-able string (NULL prints null) in one call. */
void buf_json_member_string(struct buf *b, const char *name, struct span value);
void buf_json_member_u64(struct buf *b, const char *name, uint64_t value);
void buf_json_member_i64(struct buf *b, const char *name, int64_t value);
void buf_json_member_bool(struct buf *b, const char *name, bool value);
/* n bytes as hexadecimal digits. */
void buf_json_member_hex(struct buf *b, const char *name, const unsigned char *bytes, size_t n);
void buf_json_hex(struct buf *b, const unsigned char *bytes, size_t n);
void buf_json_member_raw(struct buf *b, const char *name, struct span json);

#endif
