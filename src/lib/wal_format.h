/*
 * wal_format: the bytes of a write-ahead log (wal.h, wal(5)): print, parse, and judge a bad tail.
 *
 * Pure: no I/O, no memory, no clock. Spans are borrowed; a batch's payload points into the bytes
 * that were parsed. The parser is byte exact, because wal.c is the only writer: one spelling a
 * value, so that every changed bit is seen.
 */
#ifndef TP_WAL_FORMAT_H
#define TP_WAL_FORMAT_H

#include "limit.h"
#include "span.h"

#include <stdint.h>

/* Sequence numbers have at most 18 digits: no sum of two of them overflows. */
#define WAL_SEQ_MAX UINT64_C(999999999999999999)

/* Files are numbered from 1: 0000000001.wal. */
#define WAL_NUMBER_MAX UINT64_C(9999999999)
#define WAL_NAME_BYTES sizeof "0000000001.wal"

/* The shortest and the longest first line of a file, and header line of a batch, with newline. */
#define WAL_HEADER_MIN 65
#define WAL_HEADER_MAX 103
#define WAL_BATCH_HEADER_MIN 56
#define WAL_BATCH_HEADER_MAX 100

/* A payload: up to LIMIT_WAL_BATCH_BYTES, or one longer line with its newline. */
#define WAL_PAYLOAD_MAX (LIMIT_LINE_BYTES + 1)
#define WAL_BATCH_MAX (WAL_BATCH_HEADER_MAX + WAL_PAYLOAD_MAX)

/* The whole file: it is ended before a batch that would take it past the limit; a mark still fits
 * behind, and so does a single batch in a file whose limit is set lower than one batch. */
#define WAL_FILE_MAX (LIMIT_WAL_FILE_BYTES + WAL_BATCH_MAX + WAL_BATCH_HEADER_MAX)

struct wal_header {
	uint32_t salt;
	uint32_t prev_crc;    /* the crc that ends the file before */
	uint64_t prev_number; /* 0: null, there is none */
	uint64_t first;	      /* seq of the first line that this file may hold */
};

struct wal_batch {
	uint64_t seq;	  /* of the first line, or of the line to come where n is 0 */
	uint64_t durable; /* highest seq known to be durable when this was written */
	uint32_t n;	  /* lines; 0 is a mark */
	uint32_t prev;	  /* crc of the batch before; the salt before the first of a file */
	uint32_t crc;
	size_t header_len;
	struct span payload;
};

/* SHORT: a beginning of something whole, as far as it goes. */
enum wal_parse { WAL_PARSE_WHOLE, WAL_PARSE_SHORT, WAL_PARSE_BAD };

/* "0000000007.wal" and back; false for names that are none. */
void wal_name(uint64_t number, char out[WAL_NAME_BYTES]);
bool wal_name_parse(const char *name, uint64_t *number);

/* The first line of a file. print returns its length; parse gives it in *len. */
size_t wal_header_print(const struct wal_header *h, char out[WAL_HEADER_MAX + 1]);
enum wal_parse wal_header_parse(struct span bytes, struct wal_header *out, size_t *len);

/* The header line of a batch: returns its length, and sets crc and header_len. The payload must be
 * n whole lines within the limits. */
size_t wal_batch_print(struct wal_batch *b, uint32_t salt, char out[WAL_BATCH_HEADER_MAX + 1]);

/* The batch at the beginning of bytes. WHOLE says that its crc, its lengths and its number of lines
 * agree; whether it belongs here, wal_chain_follows() says. */
enum wal_parse wal_batch_parse(struct span bytes, uint32_t salt, struct wal_batch *out);

/* Take the first line of a payload off, without its newline; false when none is left. */
bool wal_next_line(struct span *payload, struct span *line);

size_t wal_count_lines(struct span bytes);

/* Where a log stands behind some batch of a file. */
struct wal_chain {
	uint32_t salt;	  /* of the file */
	uint32_t crc;	  /* of the last batch; the salt where the file has none yet */
	uint64_t last;	  /* seq of the last line; 0: none yet */
	uint64_t durable; /* highest d so far; behind a file's header: all lines before it */
};

bool wal_chain_follows(const struct wal_chain *c, const struct wal_batch *b);
void wal_chain_take(struct wal_chain *c, const struct wal_batch *b);

/*
 * The newest file goes on, behind the last batch that belongs there, with bytes that are no such
 * batch: is that a write which a crash cut short (nothing in it was known to be durable), or damage
 * to lines that were? Damage is what has evidence: a whole batch at the very beginning that does
 * not belong there, or a whole batch anywhere that says that line last + 1 was durable. *at is
 * where the evidence begins.
 */
enum wal_judgement { WAL_JUDGED_TORN, WAL_JUDGED_MISPLACED, WAL_JUDGED_DURABLE };

enum wal_judgement wal_judge(const struct wal_chain *c, struct span tail, size_t *at);

#endif
