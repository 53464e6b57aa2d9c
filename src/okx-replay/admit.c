#include "admit.h"

#include "okx_sign.h"
#include "secret.h"
#include "utc.h"

#define CLOCK_TOLERANCE_MS 30000

static bool
is_uuid(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		char c = s.ptr[i];

		if (dash ? c != '-'
			 : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			     (c >= 'A' && c <= 'F')))
			return false;
	}
	return s.len == 36;
}

static const char *
check_headers(const struct request *q)
{
	if (q->key.len == 0)
		return "50103";
	if (q->sign.len == 0)
		return "50106";
	if (q->timestamp.len == 0)
		return "50107";
	if (q->passphrase.len == 0)
		return "50104";
	return NULL;
}

static const char *
check_timestamp(const struct request *q)
{
	static const char form[] = "2020-12-08T09:08:57.715Z";
	int64_t us, off_ms;

	if (q->timestamp.len != sizeof form - 1 || q->timestamp.ptr[19] != '.' ||
	    !utc_parse_us(q->timestamp, &us))
		return "50112";
	off_ms = us / 1000 - q->clock_ms;
	if (off_ms > CLOCK_TOLERANCE_MS || off_ms < -CLOCK_TOLERANCE_MS)
		return "50102";
	return NULL;
}

static bool
signature_is_good(const struct account *a, const struct request *q)
{
	char expected[OKX_SIGN_MAX];

	okx_sign(span_of(a->secret), q->timestamp, q->method, q->target, q->body, expected);
	return q->sign.len == OKX_SIGN_MAX - 1 &&
	       secret_equal(q->sign.ptr, expected, OKX_SIGN_MAX - 1);
}

static bool
address_is_listed(const struct account *a, struct span peer)
{
	if (a->ips_n == 0)
		return true;
	for (size_t i = 0; i < a->ips_n; i++)
		if (span_is(peer, a->ips[i]))
			return true;
	return false;
}

static const char *
check_account(const struct account *a, const struct request *q)
{
	if (!signature_is_good(a, q))
		return "50113";
	if (!span_is(q->passphrase, a->passphrase))
		return "50105";
	if (span_is(q->simulated, "1") != a->simulated)
		return "50101";
	if (!address_is_listed(a, q->peer))
		return "50110";
	if (!strstr(a->perm, "read_only"))
		return "50120";
	return NULL;
}

const struct account *
admit(const struct replay *r, const struct request *q, const char **code, struct span *param)
{
	const struct account *a = replay_account_by_key(r, q->key);

	*param = q->peer;
	*code = check_headers(q);
	if (!*code && !a)
		*code = is_uuid(q->key) ? "50119" : "50111";
	if (!*code)
		*code = check_timestamp(q);
	if (!*code)
		*code = check_account(a, q);
	return *code ? NULL : a;
}
