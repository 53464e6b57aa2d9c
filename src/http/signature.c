#include "signature.h"

#include "check.h"
#include "hex.h"
#include "secret.h"

/* "v2=HEX,v2=HEX": a caller in the middle of a change of secrets sends one for each. */
#define CANDIDATES 2

struct candidates {
	unsigned char mac[CANDIDATES][MAC_BYTES];
	size_t n;
};

void
signature_derive(struct signature_keys *keys)
{
	struct span label = SPAN_LIT("toolchain hmac v2");

	for (size_t i = 0; i < keys->n; i++)
		mac_sha256(keys->secret[i], &label, 1, keys->v2_key[i]);
}

static bool
read_v1(struct span text, struct candidates *out)
{
	if (span_starts(text, SPAN_LIT("sha256="))) {
		text.ptr += 7;
		text.len -= 7;
	}
	out->n = 1;
	return hex_parse(text, true, out->mac[0], MAC_BYTES);
}

static bool
read_v2(struct span text, struct candidates *out)
{
	for (out->n = 0; out->n < CANDIDATES; out->n++) {
		size_t comma = span_find(text, SPAN_LIT(","));
		struct span one = {text.ptr, comma};

		if (!span_starts(one, SPAN_LIT("v2=")))
			return false;
		one.ptr += 3;
		one.len -= 3;
		if (!hex_parse(one, true, out->mac[out->n], MAC_BYTES))
			return false;
		if (comma == text.len) {
			out->n++;
			return true;
		}
		text.ptr += comma + 1;
		text.len -= comma + 1;
	}
	return false;
}

static bool
read_time(struct span text, int64_t *s)
{
	*s = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		*s = *s * 10 + (text.ptr[i] - '0');
	}
	return text.len == 10;
}

static bool
is_nonce(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      c == '_' || c == '-'))
			return false;
	}
	return text.len >= 16 && text.len <= 64;
}

enum signature_verdict
signature_shape(const struct http_request *r, bool version_2_only)
{
	struct span v1 = r->fields[HTTP_X_SIGNATURE], v2 = r->fields[HTTP_X_SIGNATURE_V2];
	struct candidates unused;
	int64_t s;

	if (v2.ptr) {
		return r->fields[HTTP_X_TIMESTAMP].ptr && r->fields[HTTP_X_NONCE].ptr &&
			       read_v2(v2, &unused) && read_time(r->fields[HTTP_X_TIMESTAMP], &s) &&
			       is_nonce(r->fields[HTTP_X_NONCE])
			   ? SIGNATURE_GOOD
			   : SIGNATURE_E_SHAPE;
	}
	if (!v1.ptr)
		return SIGNATURE_ABSENT;
	if (version_2_only)
		return SIGNATURE_E_OLD;
	if (r->length == 0)
		return SIGNATURE_E_EMPTY;
	return read_v1(v1, &unused) ? SIGNATURE_GOOD : SIGNATURE_E_SHAPE;
}

/* Is any candidate the MAC of the parts under any key? All are tried, whatever fits. */
static bool
any_fits(const struct signature_keys *keys, const struct span key[SIGNATURE_KEYS],
	 const struct span parts[], size_t n, const struct candidates *candidates, size_t *which)
{
	unsigned fits = 0;

	for (size_t k = 0; k < keys->n; k++) {
		unsigned char mac[MAC_BYTES];
		unsigned here = 0;

		mac_sha256(key[k], parts, n, mac);
		for (size_t c = 0; c < candidates->n; c++)
			here |= secret_equal(mac, candidates->mac[c], MAC_BYTES);
		if (here)
			*which = k;
		fits |= here;
		secret_wipe(mac, sizeof mac);
	}
	return fits != 0;
}

static bool
fits_v1(const struct signature_keys *keys, const struct http_request *r, struct span body,
	size_t *key)
{
	struct candidates candidates;

	CHECK(read_v1(r->fields[HTTP_X_SIGNATURE], &candidates));
	return any_fits(keys, keys->secret, &body, 1, &candidates, key);
}

static bool
fits_v2(const struct signature_keys *keys, const struct http_request *r, struct span body,
	size_t *key)
{
	struct span derived[SIGNATURE_KEYS], newline = SPAN_LIT("\n");
	struct span parts[] = {SPAN_LIT("v2\n"), r->fields[HTTP_X_TIMESTAMP],
			       newline,		 r->fields[HTTP_X_NONCE],
			       newline,		 span_of(http_method_name(r->method)),
			       newline,		 r->target,
			       newline,		 body};
	struct candidates candidates;

	for (size_t i = 0; i < keys->n; i++)
		derived[i] = (struct span){(const char *)keys->v2_key[i], MAC_BYTES};
	CHECK(read_v2(r->fields[HTTP_X_SIGNATURE_V2], &candidates));
	return any_fits(keys, derived, parts, sizeof parts / sizeof parts[0], &candidates, key);
}

enum signature_verdict
signature_check(const struct signature_keys *keys, const struct http_request *r, struct span body,
		int64_t now_s, size_t *key)
{
	int64_t then;

	CHECK(keys->n >= 1 && keys->n <= SIGNATURE_KEYS);
	if (!r->fields[HTTP_X_SIGNATURE_V2].ptr)
		return fits_v1(keys, r, body, key) ? SIGNATURE_GOOD : SIGNATURE_E_MAC;
	if (!fits_v2(keys, r, body, key))
		return SIGNATURE_E_MAC;
	CHECK(read_time(r->fields[HTTP_X_TIMESTAMP], &then));
	return then < now_s - SIGNATURE_FRESH_S || then > now_s + SIGNATURE_FRESH_S
		   ? SIGNATURE_E_TIME
		   : SIGNATURE_GOOD;
}

const char *
signature_reason(enum signature_verdict v)
{
	switch (v) {
	case SIGNATURE_GOOD: return "signed";
	case SIGNATURE_ABSENT: return "not signed";
	case SIGNATURE_E_SHAPE: return "signature, timestamp or nonce malformed";
	case SIGNATURE_E_OLD: return "X-Signature where X-Signature-V2 is needed";
	case SIGNATURE_E_EMPTY: return "X-Signature over no body";
	case SIGNATURE_E_MAC: return "signature does not fit";
	case SIGNATURE_E_TIME: return "timestamp is not fresh";
	}
	CHECK(false);
	return "";
}
