#include "sign.h"

#include "check.h"
#include "digest.h"
#include "hex.h"

#include <inttypes.h>
#include <stdio.h>

static void
add(struct sign_headers *out, const char *name, const char *value)
{
	int n;

	CHECK(out->n < SIGN_HEADERS);
	n = snprintf(out->line[out->n++], SIGN_HEADER_MAX, "%s: %s", name, value);
	CHECK(n > 0 && n < SIGN_HEADER_MAX);
}

void
sign_v1(struct span secret, struct span body, struct sign_headers *out)
{
	unsigned char mac[SHA256_BYTES];
	char text[2 * SHA256_BYTES + 1];

	out->n = 0;
	hmac_sha256(secret, &body, 1, mac);
	hex_print(mac, sizeof mac, text);
	add(out, "X-Signature", text);
}

void
sign_v2(struct span secret, int64_t now_s, const unsigned char nonce[SIGN_NONCE_BYTES],
	const char *method, const char *path, struct span body, struct sign_headers *out)
{
	unsigned char key[SHA256_BYTES], mac[SHA256_BYTES];
	struct span purpose = SPAN_LIT("toolchain hmac v2"), parts[10];
	char timestamp[24], nonce_text[2 * SIGN_NONCE_BYTES + 1];
	char text[3 + 2 * SHA256_BYTES + 1] = "v2=";

	out->n = 0;
	snprintf(timestamp, sizeof timestamp, "%" PRId64, now_s);
	hex_print(nonce, SIGN_NONCE_BYTES, nonce_text);
	hmac_sha256(secret, &purpose, 1, key);
	parts[0] = SPAN_LIT("v2\n");
	parts[1] = span_of(timestamp);
	parts[3] = span_of(nonce_text);
	parts[5] = span_of(method);
	parts[7] = span_of(path);
	parts[2] = parts[4] = parts[6] = parts[8] = SPAN_LIT("\n");
	parts[9] = body;
	hmac_sha256((struct span){(const char *)key, sizeof key}, parts, 10, mac);
	explicit_bzero(key, sizeof key);
	hex_print(mac, sizeof mac, text + 3);
	add(out, "X-Timestamp", timestamp);
	add(out, "X-Nonce", nonce_text);
	add(out, "X-Signature-V2", text);
}
