#include "base_url.h"

#include "tool.h"

#include <stdio.h>
#include <stdlib.h>

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

void
base_url_read(const char *variable, const char *otherwise, struct base_url *out)
{
	const char *setting = getenv(variable);
	size_t n;

	if (!setting || !*setting)
		setting = otherwise;
	n = strlen(setting);
	if (n > 0 && n <= BASE_URL_MAX && setting[n - 1] == '/')
		n--;
	if (n > BASE_URL_MAX)
		tool_die(EXIT_CONFIG, "settings", variable, "longer than 200 bytes");
	snprintf(out->text, sizeof out->text, "%.*s", (int)n, setting);
	out->plain = span_starts(span_of(out->text), SPAN_LIT("http://"));
	if (!out->plain && !span_starts(span_of(out->text), SPAN_LIT("https://")))
		tool_die(EXIT_CONFIG, "settings", variable, "must begin with https://");
	out->site = span_of(out->text + (out->plain ? 7 : 8));
	out->loopback = is_loopback(out->site);
	if (!is_site(out->site))
		tool_die(EXIT_CONFIG, "settings", variable,
			 "must be https://HOST[:PORT] and no more");
	if (out->plain && !out->loopback)
		tool_die(EXIT_CONFIG, "settings", variable,
			 "http:// would send keys in clear: only to this machine");
}
