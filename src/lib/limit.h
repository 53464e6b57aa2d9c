/*
 * limit: every bound that a tradepipe program keeps, in one place, each with its reason.
 *
 * A buffer that can grow is given one of these when it is made; a value past its limit is an error
 * that names the limit, never a crash and never a silent cut.
 */
#ifndef TP_LIMIT_H
#define TP_LIMIT_H

/* One market record. The longest that we print (a 400-level book) has 30 kB. */
#define LIMIT_LINE_BYTES (1u << 20)

/* One verify record: a bundle holds up to LIMIT_OKX_REPLIES replies of up to LIMIT_OKX_BODY_BYTES;
 * in practice 50 to 500 kB. */
#define LIMIT_BUNDLE_BYTES (8u << 20)

/* What a verify request may measure: keys, ids, and the caller's own remarks. It is held in locked
 * memory. */
#define LIMIT_REQUEST_BYTES (64u << 10)

/* Nesting of JSON containers. OKX's deepest reply has 5 levels, our deepest record 9. */
#define LIMIT_JSON_DEPTH 64

/* Members of one object that canonical JSON sorts at once. */
#define LIMIT_JCS_MEMBERS (1u << 20)

/* One reply of OKX: 100 rows of about 900 bytes make 90 kB; the longest instrument list has 400 kB.
 */
#define LIMIT_OKX_BODY_BYTES (1u << 20)

/* Replies kept in one bundle; with paging a busy position of three months needs about 40. */
#define LIMIT_OKX_REPLIES 96

/* Input and output buffers of a filter: 64 KiB writes into pipes were measured fastest (DESIGN:
 * speed). */
#define LIMIT_IO_BYTES (64u << 10)

/* A batch of the write-ahead log, and one file of it before the next is begun. */
#define LIMIT_WAL_BATCH_BYTES (64u << 10)
#define LIMIT_WAL_FILE_BYTES (64u << 20)

/* A secret: an API secret has 32 bytes, a passphrase up to 32; a PEM key would not fit and is not
 * meant to. */
#define LIMIT_SECRET_BYTES 1024

/* Leaves of one evidence tree. */
#define LIMIT_LEAVES (1u << 20)

#endif
