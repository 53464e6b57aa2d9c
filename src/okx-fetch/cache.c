#include "cache.h"

#include "diag.h"
#include "digest.h"
#include "durable.h"
#include "hex.h"
#include "json.h"
#include "utc.h"

#include <errno.h>
#include <stdio.h>

void
cache_name(const struct request *r, struct span site, char name[CACHE_NAME_MAX])
{
	/* every part is preceded by its length, so that no two lists of parts are one string */
	struct span values[] = {r->keys.api_key,
				r->keys.passphrase,
				site,
				span_of(r->simulated ? "simulated" : "real"),
				r->uid,
				r->inst_id,
				r->ord_id};
	struct span parts[2 * sizeof values / sizeof values[0] + 1];
	char lengths[sizeof values / sizeof values[0]][8];
	unsigned char mac[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	size_t n = 0;

	parts[n++] = SPAN_LIT("tradepipe cache v1");
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		int len = snprintf(lengths[i], sizeof lengths[i], "\n%zu:", values[i].len % 100000);

		parts[n++] = (struct span){lengths[i], (size_t)len};
		parts[n++] = values[i];
	}
	hmac_sha256(r->keys.secret_key, parts, n, mac);
	hex_print(mac, sizeof mac, hex);
	snprintf(name, CACHE_NAME_MAX, "cache-%s.json", hex);
}

bool
cache_read(int directory, const char *name, int64_t now_ms, int64_t max_age_ms, struct buf *text,
	   struct span *raw)
{
	struct span object, fetched;
	int64_t ms;

	buf_clear(text);
	if (directory < 0)
		return false;
	if (!durable_read(directory, name, text)) {
		if (errno != ENOENT)
			diag(DIAG_WARNING, "cache", diag_errno(errno));
		return false;
	}
	object = json_trim(buf_span(text));
	if (json_check(object, NULL) != JSON_OK || json_type(object) != JSON_OBJECT ||
	    !json_find(object, "fetchedMs", &fetched) || !json_find(object, "raw", raw) ||
	    json_type(*raw) != JSON_OBJECT || !utc_parse_ms_digits(fetched, &ms)) {
		diag(DIAG_WARNING, "cache", diag_str("file", name),
		     diag_str("why", "not an entry"));
		return false;
	}
	return ms <= now_ms && now_ms - ms <= max_age_ms;
}

void
cache_write(int directory, const char *name, int64_t now_ms, struct span raw, struct buf *text)
{
	if (directory < 0)
		return;
	buf_clear(text);
	buf_byte(text, '{');
	buf_json_member_i64(text, "fetchedMs", now_ms);
	buf_json_member_raw(text, "raw", raw);
	buf_str(text, "}\n");
	if (!buf_ok(text) || !durable_write(directory, name, buf_span(text), 0600))
		diag(DIAG_WARNING, "cache", diag_str("file", name), diag_errno(errno));
}
