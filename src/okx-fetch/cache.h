/*
 * cache: past answers of OKX for a request, kept for those who hold the very same key.
 *
 * An entry's name is an HMAC-SHA256 under the secret key over API key, passphrase, site, mode, uid,
 * instId and ordId: who does not hold all three credentials cannot name it, and nobody reads
 * another's. The file (mode 0600) holds {"fetchedMs":N,"raw":{...}} and no secret.
 */
#ifndef TP_CACHE_H
#define TP_CACHE_H

#include "buf.h"
#include "request.h"

#include <stdint.h>

#define CACHE_NAME_MAX 80

void cache_name(const struct request *r, struct span site, char name[CACHE_NAME_MAX]);

/* The raw object of an entry not older than max_age_ms, within text; false when there is none or it
 * cannot be read. */
bool cache_read(int directory, const char *name, int64_t now_ms, int64_t max_age_ms,
		struct buf *text, struct span *raw);

/* Failing to keep an entry is no error of the request: a warning is printed. */
void cache_write(int directory, const char *name, int64_t now_ms, struct span raw,
		 struct buf *text);

#endif
