/* Catches a route file that crashes its reader, and a request that makes of a taken one an argument
 * which begins with what the caller chose. Input: the file, a NUL, a path, a NUL, a query. */
#include "fuzz.h"
#include "routes.h"

static char text[ROUTES_FILE_BYTES];
static struct routes routes;

static void
check_arguments(const struct route_match *m, struct span query)
{
	struct buf out;
	size_t n, words = 0;
	const char *why;

	buf_init(&out, 128u << 10);
	why = route_arguments(m, query, &out, &n);
	if (!why) {
		FUZZ_CHECK(n >= 1 && n <= m->route->words_n && out.len &&
			   out.ptr[out.len - 1] == 0);
		FUZZ_CHECK(span_is(m->route->words[0], out.ptr));
		for (size_t i = 0; i < out.len; i++)
			words += out.ptr[i] == 0;
		FUZZ_CHECK(words == n);
		/* an argument is an option only if its word in the file is one */
		for (size_t at = strlen(out.ptr) + 1, w = 1; at < out.len;
		     at += strlen(out.ptr + at) + 1) {
			if (out.ptr[at] != '-')
				continue;
			while (w < m->route->words_n &&
			       !(m->route->words[w].len && m->route->words[w].ptr[0] == '-'))
				w++;
			FUZZ_CHECK(w++ < m->route->words_n);
		}
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), file = fuzz_until(&in, 0),
		    path = fuzz_until(&in, 0);
	struct routes_fault fault = {0, 0, NULL};
	struct route_match match;

	if (file.len > sizeof text)
		return 0;
	memcpy(text, file.ptr, file.len);
	if (!routes_parse(text, file.len, &routes, &fault)) {
		FUZZ_CHECK(fault.line >= 1 && fault.column >= 1 && fault.why);
		return 0;
	}
	FUZZ_CHECK(routes.n <= ROUTES_MAX);
	for (size_t i = 0; i < routes.n; i++) {
		const struct route *r = &routes.list[i];

		FUZZ_CHECK(r->path.len && r->path.ptr[0] == '/');
		FUZZ_CHECK((r->action == ROUTE_RUN) == (r->words_n > 0));
		FUZZ_CHECK(r->action != ROUTE_FILE || (r->file.len && r->file.ptr[0] != '/'));
	}
	if (path.len && path.ptr[0] == '/' && in.len <= HTTP_LINE_BYTES &&
	    routes_match(&routes, HTTP_GET, path, &match) == ROUTE_FOUND &&
	    match.route->action == ROUTE_RUN)
		check_arguments(&match, in);
	return 0;
}
