#include "okx_sign.h"

#include "base64.h"
#include "check.h"
#include "digest.h"

void
okx_sign(struct span secret, struct span timestamp, struct span method, struct span path,
	 struct span body, char out[OKX_SIGN_MAX])
{
	const struct span parts[] = {timestamp, method, path, body};
	unsigned char mac[SHA256_BYTES];
	struct buf text;

	hmac_sha256(secret, parts, 4, mac);
	buf_init(&text, OKX_SIGN_MAX);
	base64_append((struct span){(const char *)mac, sizeof mac}, &text);
	CHECK(buf_ok(&text) && text.len == OKX_SIGN_MAX - 1);
	memcpy(out, text.ptr, text.len);
	out[text.len] = 0;
	buf_release(&text);
}
