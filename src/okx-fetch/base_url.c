#include "base_url.h"

#include "tool.h"

#include <stdio.h>
#include <stdlib.h>

#define URL_MAX 200

static bool
is_loopback(struct span site)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};

	for (size_t i = 0; i < 3; i++) {
		struct span h = span_of(hosts[i]);

		if (span_starts(site, h) && (site.len == h.len || site.ptr[h.len] == ':'))
			return true;
	}
	return false;
}

static bool
is_site(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c && strchr(".-:[]", c))))
			return false;
	}
	return s.len > 0;
}

const char *
base_url_read(struct span *site)
{
	static char url[URL_MAX + 1];
	const char *setting = getenv("OKX_BASE_URL");
	size_t n, scheme;
	bool plain;

	if (!setting || !*setting)
		setting = "https://openapi.okx.com";
	n = strlen(setting);
	if (n > 0 && n <= URL_MAX && setting[n - 1] == '/')
		n--;
	if (n > URL_MAX)
		tool_die(EXIT_CONFIG, "settings", "OKX_BASE_URL", "longer than 200 bytes");
	snprintf(url, sizeof url, "%.*s", (int)n, setting);
	plain = span_starts(span_of(url), SPAN_LIT("http://"));
	if (!plain && !span_starts(span_of(url), SPAN_LIT("https://")))
		tool_die(EXIT_CONFIG, "settings", "OKX_BASE_URL", "must begin with https://");
	scheme = plain ? 7 : 8;
	*site = span_of(url + scheme);
	if (!is_site(*site))
		tool_die(EXIT_CONFIG, "settings", "OKX_BASE_URL",
			 "must be https://HOST[:PORT] and no more");
	if (plain && !is_loopback(*site))
		tool_die(EXIT_CONFIG, "settings", "OKX_BASE_URL",
			 "http:// would send keys in clear: only to this machine");
	return url;
}
