#include "service.h"

#include "limit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

_Static_assert(sizeof((struct service_secrets *)0)->text[0] == LIMIT_SECRET_BYTES, "one secret");

static bool
name_begins(const char *variable, const char *prefix)
{
	return strncmp(variable, prefix, strlen(prefix)) == 0;
}

static bool
name_ends(struct span name, const char *end)
{
	size_t n = strlen(end);

	return name.len >= n && memcmp(name.ptr + name.len - n, end, n) == 0;
}

/* A secret has no business in an environment; should one be there, it goes no further. */
static bool
is_passed(const char *variable)
{
	static const char *const names[] = {"PATH=", "HOME=",	"LANG=",
					    "TZ=",   "TMPDIR=", "CREDENTIALS_DIRECTORY="},
				 *const prefixes[] = {"TRADEPIPE_", "OKX_", "JP_VERIFY_"},
				 *const never[] = {"_SECRET", "_PASSPHRASE", "_PASSWORD", "_FD"};
	struct span name = {variable, span_find(span_of(variable), SPAN_LIT("="))};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (name_begins(variable, names[i]))
			return true;
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (name_ends(name, never[i]))
			return false;
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (name_begins(variable, prefixes[i]))
			return true;
	return false;
}

/* PATH with our own directory first: for finding commands here, and for theirs. */
static void
extend_path(void)
{
	const char *old = getenv("PATH");
	char path[8192];
	ssize_t n = readlink("/proc/self/exe", path, 4096);

	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n <= 1)
		return;
	n--;
	snprintf(path + n, sizeof path - (size_t)n, ":%s",
		 old && *old ? old : "/usr/local/bin:/usr/bin:/bin");
	if (setenv("PATH", path, 1) != 0)
		tool_die(EXIT_TEMP, "memory", NULL, strerror(errno));
}

void
service_collect_environment(struct service *s)
{
	extend_path();
	for (char **v = environ; *v; v++) {
		if (!is_passed(*v))
			continue;
		if (s->environment_n == SERVICE_ENVIRONMENT)
			tool_die(EXIT_CONFIG, "environment", *v, "more than 64 variables");
		s->environment[s->environment_n++] = *v;
	}
}

static bool
command_is_there(struct span name)
{
	const char *path = getenv("PATH");
	char file[8192];

	if (memchr(name.ptr, '/', name.len)) {
		snprintf(file, sizeof file, "%.*s", (int)name.len, name.ptr);
		return access(file, X_OK) == 0;
	}
	for (const char *at = path ? path : ""; *at;) {
		size_t n = strcspn(at, ":");

		snprintf(file, sizeof file, "%.*s/%.*s", (int)n, at, (int)name.len, name.ptr);
		if (access(file, X_OK) == 0)
			return true;
		at += at[n] ? n + 1 : n;
	}
	return false;
}

const char *
service_missing(const struct service *s)
{
	static char text[ROUTES_LINE_BYTES + 1];

	for (size_t i = 0; i < s->routes.n; i++) {
		const struct route *r = &s->routes.list[i];
		struct span name = r->action == ROUTE_RUN ? r->words[0] : r->file;
		bool there = true;

		snprintf(text, sizeof text, "%.*s", (int)name.len, name.ptr ? name.ptr : "");
		if (r->action == ROUTE_RUN)
			there = command_is_there(name);
		else if (r->action == ROUTE_FILE)
			there = faccessat(s->root, text, R_OK, 0) == 0;
		if (!there)
			return text;
	}
	return NULL;
}

void
service_room_init(struct service_room *room)
{
	buf_init(&room->body, ROUTE_BODY_BYTES + 1);
	buf_init(&room->printed, ANSWER_BYTES);
	buf_init(&room->answer, ANSWER_BYTES + 64);
	buf_init(&room->reply, REPLY_HEAD_BYTES);
	/* each of 24 words of at most a line with 256 bytes for every variable of 4 */
	buf_init(&room->arguments, 128u << 10);
	/* a path of 1024 bytes, escaped, and the rest */
	buf_init(&room->log, 16u << 10);
}
