/*
 * okx_endpoint: the endpoints of OKX's v5 API that we ask, with their limits and retention (OKX API
 * guide v5, as of 2026-09).
 */
#ifndef TP_OKX_ENDPOINT_H
#define TP_OKX_ENDPOINT_H

#include "span.h"

#include <stdint.h>

/* Where OKX is unless OKX_BASE_URL says otherwise. */
#define OKX_SITE "https://openapi.okx.com"

enum okx_endpoint {
	OKX_TIME,
	OKX_CONFIG,
	OKX_ORDER,
	OKX_INSTRUMENTS,
	OKX_POSITIONS,
	OKX_POSITIONS_HISTORY,
	OKX_ORDERS_HISTORY,
	OKX_ORDERS_ARCHIVE,
	OKX_FILLS,
	OKX_FILLS_HISTORY,
	OKX_BILLS,
	OKX_BILLS_ARCHIVE,
	OKX_TRADES,
	OKX_HISTORY_TRADES,
	OKX_ENDPOINTS, /* how many; also "none of these" */
};

#define OKX_DAY_MS INT64_C(86400000)
/* "Three months" is not said in days anywhere: the shortest three months are meant where absence is
 * to be explained, see OKX_MONTHS_MAX_MS. */
#define OKX_MONTHS_MS (INT64_C(89) * OKX_DAY_MS)
#define OKX_MONTHS_MAX_MS (INT64_C(92) * OKX_DAY_MS)
/* A canceled order that never filled is kept this long. */
#define OKX_NEVER_FILLED_MS INT64_C(7200000)

struct okx_endpoint_facts {
	const char *name; /* the path behind /api/v5/, and the key in raw */
	bool secret;	  /* signed: needs a key */
	bool by_address;  /* limit is per IP address, not per user */
	unsigned limit;	  /* requests per ... */
	unsigned per_ms;
	int64_t retention_ms; /* 0: not limited, or not stated */
	unsigned page;	      /* rows in a full page; 0: not paged */
};

const struct okx_endpoint_facts *okx_endpoint_facts(enum okx_endpoint e);

/* From a name with or without "#2"; OKX_ENDPOINTS when it is none of ours. */
enum okx_endpoint okx_endpoint_find(struct span name);

/* "SWAP" and so on from the form of an instId. A-B is SPOT or MARGIN: `pair`. NULL when the form is
 * unknown (events). */
const char *okx_inst_type(struct span inst_id, bool *pair);

/* The value of a parameter in a query string ("a=1&b=2"), as written; false when absent. */
bool okx_query_get(struct span query, const char *name, struct span *value);

#endif
