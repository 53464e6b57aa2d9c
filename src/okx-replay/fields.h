/*
 * fields: every documented member of the rows that OKX serves, in the order in which OKX prints
 * them, with its type and with what a scenario may leave out.
 *
 * Source: OKX API guide v5, the response examples of each endpoint.
 */
#ifndef TP_FIELDS_H
#define TP_FIELDS_H

#include <stddef.h>

enum row_kind {
	ROW_ORDER,
	ROW_FILL,
	ROW_BILL,
	ROW_POSITION,
	ROW_CLOSED, /* positions-history */
	ROW_CONFIG,
	ROW_INSTRUMENT,
	ROW_TRADE,
	ROW_KINDS,
};

/* All but the last four are JSON strings on the wire. */
enum field_type {
	FIELD_TEXT,
	FIELD_DECIMAL, /* or "" */
	FIELD_MS,      /* or "" */
	FIELD_ID,      /* 64 bits; or "" */
	FIELD_INTEGER, /* a sign is allowed; or "" */
	FIELD_WORD,    /* one of words */
	FIELD_BOOL,
	FIELD_NUMBER,
	FIELD_ARRAY,
	FIELD_OBJECT,
};

struct field {
	const char *name;
	enum field_type type;
	/*
	 * What stands there when the scenario says nothing: NULL, it must; "=name", the value of
	 * that member; "?name", the same where accFillSz is not 0, else ""; "%name", what inst.h
	 * knows of the instId; "$", the instId that the rows stand under; else JSON text.
	 */
	const char *otherwise;
	const char *words; /* separated by spaces; "-" stands for "" */
};

/* Ends with a NULL name. */
const struct field *fields_of(enum row_kind kind);

#endif
