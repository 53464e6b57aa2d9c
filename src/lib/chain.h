/*
 * chain: the verify record on its way okx-fetch -> normalize -> merkle-seal -> store (record(5)).
 *
 * A filter of the chain adds members and never re-prints what it did not make. chain_parse() reads
 * a line once and finds the members that have a meaning; chain_open() copies the record up to its
 * closing brace, chain_close() ends it, and between them the tool appends its own members with
 * buf_json_*.
 */
#ifndef TP_CHAIN_H
#define TP_CHAIN_H

#include "buf.h"
#include "span.h"

#include <stdint.h>

struct chain_record {
	struct span text;
	/* values; a NULL span where the member is absent */
	struct span meta, normalized, raw, perf, error, evidence, client_meta;
};

struct chain_fault {
	const char *code; /* "JSON_UTF8", "NOT_AN_OBJECT", "DUPLICATE" */
	const char *why;
	size_t offset;
};

/* False when the line is no JSON object, or a member with a meaning stands in it twice. */
bool chain_parse(struct span line, struct chain_record *out, struct chain_fault *fault);

/* True when the record carries an error that is not null. */
bool chain_has_error(const struct chain_record *r);

/*
 * Copy the record without its closing brace. error (a JSON object, or NULL span) takes the place of
 * a null error or is added where there is none; a record that carries an error already keeps it:
 * the first is the cause.
 */
void chain_open(const struct chain_record *r, struct span error, struct buf *out);
void chain_close(struct buf *out);

/* {"code","msg","hint"} */
void chain_error(const char *code, struct span msg, const char *hint, struct buf *out);

/*
 * The record for a line that could not be read: {"in":N,"error":{...}}. The line itself is not
 * repeated: it may hold a key that somebody sent to the wrong tool.
 */
void chain_unreadable(uint64_t in, const struct chain_fault *fault, struct buf *out);

#endif
