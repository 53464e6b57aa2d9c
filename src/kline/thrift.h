/*
 * thrift: Apache Thrift's compact protocol, as far as Parquet's metadata needs it.
 *
 * Each call names a field once and works both ways: it writes the field, or reads it and insists on
 * finding it there, in this order and in the shortest form. So one description of a structure is
 * its writer and its strict reader, and a file is accepted only if we would have written it so.
 *
 * A fault sets `bad`, which stays: describe it all, ask once. What is read after a fault is 0.
 */
#ifndef TP_THRIFT_H
#define TP_THRIFT_H

#include "buf.h"

#define THRIFT_DEPTH_MAX 8

enum thrift_type {
	THRIFT_BOOL = 1,
	THRIFT_I32 = 5,
	THRIFT_I64,
	THRIFT_TEXT = 8,
	THRIFT_LIST,
	THRIFT_STRUCT = 12
};

struct thrift {
	struct buf *out; /* NULL: reading */
	struct span in;	 /* what is left to read */
	bool bad;
	int last[THRIFT_DEPTH_MAX]; /* the field before, of each open structure */
	unsigned depth;
};

void thrift_write(struct thrift *t, struct buf *out);
void thrift_read(struct thrift *t, struct span in);

/* An element of a list of structures, or the outermost one. */
void thrift_begin(struct thrift *t);
void thrift_end(struct thrift *t);
/* A field that is a structure; ends with thrift_end(). */
void thrift_struct(struct thrift *t, int id);
/* A field that is a structure without fields. */
void thrift_empty(struct thrift *t, int id);

/* A list's head; its elements come next. At most max. */
void thrift_list(struct thrift *t, int id, enum thrift_type of, uint64_t *n, uint64_t max);
void thrift_list_of(struct thrift *t, int id, enum thrift_type of, uint64_t n);

void thrift_number(struct thrift *t, int id, enum thrift_type type, int64_t *v);
/* These must be just so. */
void thrift_is(struct thrift *t, int id, enum thrift_type type, int64_t v);
void thrift_is_true(struct thrift *t, int id);
void thrift_is_text(struct thrift *t, int id, const char *text);
/* Elements of lists. */
void thrift_item_is(struct thrift *t, int64_t v);
void thrift_item_is_text(struct thrift *t, const char *text);

/* Eight bytes, little end first, as a field. */
void thrift_bytes_i64(struct thrift *t, int id, int64_t *v);

#endif
