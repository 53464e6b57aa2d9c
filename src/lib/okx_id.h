/*
 * okx_id: what OKX's order, bill, algo and position ids say about time.
 *
 * They are snowflakes, undocumented but exact in every recorded sample: below 1.21e18 the
 * milliseconds since 2019-01-01T00:00+08:00 shifted left by 22, from there on those since
 * 2023-01-01T00:00+08:00 shifted left by 25. A re-used posId tells when it was minted, which is not
 * later than its position was opened. Use it to choose where to look first and to warn, never to
 * decide.
 */
#ifndef TP_OKX_ID_H
#define TP_OKX_ID_H

#include "span.h"

#include <stdint.h>

/* 1 to 20 digits without a leading zero, at most 2^64-1. */
bool okx_id_parse(struct span text, uint64_t *id);

/* Milliseconds since 1970 at which the id was made. */
int64_t okx_id_ms(uint64_t id);

/* The last moment that has an id: 39 bits of milliseconds end in June 2040. */
#define OKX_ID_LAST_MS (INT64_C(1672502400000) + (INT64_C(1) << 39) - 1)

/* An id of the newer scheme made at that time (from 2023 up to OKX_ID_LAST_MS); low < 2^25 tells
 * ids of one millisecond apart. */
uint64_t okx_id_make(int64_t ms, uint32_t low);

#endif
