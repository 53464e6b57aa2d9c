/* Catches a route file that is taken with an error in it, a path that leads to the wrong route, and
 * an argument that a caller could make an option of. */
#include "routes.h"
#include "test.h"

static char text[ROUTES_FILE_BYTES];
static struct routes routes;
static struct routes_fault fault;

static bool
parse(const char *file)
{
	memcpy(text, file, strlen(file));
	return routes_parse(text, strlen(file), &routes, &fault);
}

static const char *
why(const char *file)
{
	return parse(file) ? "fine" : fault.why;
}

static void
good(void)
{
	EXPECT(
	    parse("# a remark\n\n \t\nGET /healthz healthz\n  # another\n"
		  "GET\t/  file open csp=\"default-src 'none'; x\" a/b.html \"text/html; "
		  "charset=utf-8\"\n"
		  "POST /api/verify run body=1048576 json sign timeout=600 -- verify --x\n"
		  "POST /m run sign=2 -- cat\n"
		  "GET /e/{id}/f/{other-1} run array -- store --get {id} --o={query.o}{other-1}"));
	EXPECT(routes.n == 5);
	EXPECT(routes.list[0].action == ROUTE_HEALTHZ && routes.list[0].access == ROUTE_OPEN);
	EXPECT(span_is(routes.list[1].csp, "default-src 'none'; x"));
	EXPECT(span_is(routes.list[1].file, "a/b.html"));
	EXPECT(span_is(routes.list[1].type, "text/html; charset=utf-8"));
	EXPECT(routes.list[2].body_max == 1048576 && routes.list[2].timeout_s == 600 &&
	       routes.list[2].json && routes.list[2].access == ROUTE_SIGN);
	EXPECT(routes.list[3].access == ROUTE_SIGN_2 && routes.list[3].timeout_s == 60);
	EXPECT(routes.list[4].words_n == 4 && routes.list[4].array);
	EXPECT(parse("") && routes.n == 0);
}

static void
bad(void)
{
	EXPECT_STR(why("PUT /x healthz"), "a method is GET or POST");
	EXPECT_STR(why("get /x healthz"), "a method is GET or POST");
	EXPECT_STR(why("GET"), "a path is missing");
	EXPECT_STR(why("GET x healthz"), "a path begins with a slash");
	EXPECT_STR(why("GET /{} healthz"), "a path has letters, digits, . _ - ~ and {variables}");
	EXPECT_STR(why("GET /%41 healthz"), "a path has letters, digits, . _ - ~ and {variables}");
	EXPECT_STR(why("GET /{a}/{a} healthz"), "a variable stands twice");
	EXPECT_STR(why("GET /{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h} healthz"), "fine");
	EXPECT_STR(why("GET /{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i} healthz"),
		   "more than 8 variables");
	EXPECT_STR(why("GET /x"), "an action is missing");
	EXPECT_STR(why("GET /x exec"), "an action is healthz, metrics, file or run");
	EXPECT_STR(why("POST /x healthz"), "only run takes a POST");
	EXPECT_STR(why("GET /x healthz json"), "unknown option");
	EXPECT_STR(why("GET /x healthz sign"), "healthz is always open");
	EXPECT_STR(why("GET /x metrics a b"), "unknown option");
	EXPECT_STR(why("GET /x file a"), "a TYPE is missing");
	EXPECT_STR(why("GET /x file a b c"), "a word too many");
	EXPECT_STR(why("GET /x file /etc/passwd b"), "FILE is relative to the root");
	EXPECT_STR(why("GET /x file ../a b"), "FILE has an empty or dotted part");
	EXPECT_STR(why("GET /x file a/../b b"), "FILE has an empty or dotted part");
	EXPECT_STR(why("GET /x file a//b b"), "FILE has an empty or dotted part");
	EXPECT_STR(why("GET /x file a/./b b"), "FILE has an empty or dotted part");
	EXPECT_STR(why("GET /x file a/..b b"), "fine");
	EXPECT_STR(why("GET /x file a \"b\x01\""), "a type or policy is printable ASCII");
	EXPECT_STR(why("GET /x run cat"), "unknown option");
	EXPECT_STR(why("GET /x run"), "-- and a COMMAND are missing");
	EXPECT_STR(why("GET /x run --"), "a COMMAND is missing");
	EXPECT_STR(why("GET /x run -- \"\""), "the COMMAND is a plain word");
	EXPECT_STR(why("GET /{x} run -- {x}"), "the COMMAND is a plain word");
	EXPECT_STR(why("GET /x run -- a {query.b}"),
		   "an argument must not begin with a query variable");
	EXPECT_STR(why("GET /x run -- a {b}"), "the path has no such variable");
	EXPECT_STR(why("GET /x run -- a x{"), "{ begins no variable");
	EXPECT_STR(why("GET /x run -- a x{a"), "{ begins no variable");
	EXPECT_STR(why("GET /x run -- a x{}"), "{ begins no variable");
	EXPECT_STR(why("GET /x run -- a x{query.}"), "{ begins no variable");
	EXPECT_STR(why("GET /x run -- a x{query.a.b}"), "{ begins no variable");
	EXPECT_STR(why("GET /x run body=1 -- a"), "only a POST has a body");
	EXPECT_STR(why("POST /x run json -- a"), "json needs body=");
	EXPECT_STR(why("POST /x run body=0 -- a"), "body= wants a number from 1 to 1048576");
	EXPECT_STR(why("POST /x run body=1048577 -- a"), "body= wants a number from 1 to 1048576");
	EXPECT_STR(why("POST /x run body=99999999999 -- a"),
		   "body= wants a number from 1 to 1048576");
	EXPECT_STR(why("POST /x run timeout=601 -- a"),
		   "timeout= wants a number of seconds from 1 to 600");
	EXPECT_STR(why("GET /x run array type=a -- a"), "type= and array exclude each other");
	EXPECT_STR(why("GET /x run -- \"a"), "a quote is not closed");
	EXPECT_STR(why("GET /x run -- 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3"), "fine");
	EXPECT_STR(why("GET /x run -- 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4"),
		   "more than 24 words");
	EXPECT(!parse("GET /healthz healthz\n\nGET /x run -- a {query.b}\n"));
	EXPECT(fault.line == 3 && fault.column == 17);
}

static void
long_lines(void)
{
	char file[3000];

	memset(file, 'a', sizeof file);
	memcpy(file, "GET /", 5);
	snprintf(file + 1024 - 8, 20, " healthz");
	EXPECT_STR(why(file), "fine");
	memset(file + 5, 'a', 1100);
	snprintf(file + 1025 - 8, 20, " healthz");
	EXPECT_STR(why(file), "longer than 1024 bytes");
	file[0] = 0;
	for (int i = 0; i < 64; i++)
		snprintf(file + strlen(file), 30, "GET /x healthz\n");
	EXPECT_STR(why(file), "fine");
	snprintf(file + strlen(file), 30, "GET /x healthz\n");
	EXPECT_STR(why(file), "more than 64 routes");
}

static size_t
found(enum http_method m, const char *path)
{
	struct route_match match;
	enum route_found f = routes_match(&routes, m, span_of(path), &match);

	return f == ROUTE_FOUND ? match.index : f == ROUTE_NO_PATH ? 404 : 405;
}

static void
matching(void)
{
	char name[140];

	EXPECT(parse("GET / healthz\nGET /a healthz\nPOST /a run -- x\nGET /e/{id} run -- x {id}\n"
		     "GET /e/all run -- x\nGET /d/ healthz\n"));
	EXPECT(found(HTTP_GET, "/") == 0 && found(HTTP_HEAD, "/") == 0);
	EXPECT(found(HTTP_GET, "/a") == 1 && found(HTTP_POST, "/a") == 2);
	EXPECT(found(HTTP_POST, "/") == 405);
	EXPECT(found(HTTP_GET, "/e/all") == 3 && found(HTTP_GET, "/d/") == 5);
	EXPECT(found(HTTP_GET, "/A") == 404 && found(HTTP_GET, "/a/") == 404);
	EXPECT(found(HTTP_GET, "//") == 404 && found(HTTP_GET, "//a") == 404);
	EXPECT(found(HTTP_GET, "/e") == 404 && found(HTTP_GET, "/e/") == 404);
	EXPECT(found(HTTP_GET, "/e/..") == 404 && found(HTTP_GET, "/e/.x") == 404);
	EXPECT(found(HTTP_GET, "/e/-x") == 404 && found(HTTP_GET, "/e/a%2fb") == 404);
	EXPECT(found(HTTP_GET, "/e/a/b") == 404 && found(HTTP_GET, "/%61") == 404);
	EXPECT(found(HTTP_GET, "/../../etc/passwd") == 404);
	EXPECT(found(HTTP_GET, "/e/{id}") == 404);
	snprintf(name, sizeof name, "/e/%0128d", 0);
	EXPECT(found(HTTP_GET, name) == 3);
	snprintf(name, sizeof name, "/e/%0129d", 0);
	EXPECT(found(HTTP_GET, name) == 404);
}

/* The arguments joined by "|", or the reason. */
static const char *
arguments(const char *path, const char *query)
{
	static char out[4096];
	struct route_match match;
	struct buf b;
	const char *reason;
	size_t n;

	EXPECT(routes_match(&routes, HTTP_GET, span_of(path), &match) == ROUTE_FOUND);
	buf_init(&b, sizeof out - 1);
	reason = route_arguments(&match, span_of(query), &b, &n);
	snprintf(out, sizeof out, "%s", reason ? reason : "");
	for (size_t i = 0; !reason && i < b.len; i++) {
		out[i] = b.ptr[i] ? b.ptr[i] : '|';
		out[i + 1] = 0;
		n -= b.ptr[i] == 0;
	}
	EXPECT(reason || n == 0);
	buf_release(&b);
	return out;
}

static void
expanding(void)
{
	const char *odd = "a query variable is not 1 to 256 bytes of UTF-8 without control "
			  "characters";
	char query[800] = "a=";

	EXPECT(parse("GET /{id}/{b} run -- c {id}{b} x={b}. --a={query.a} p-{query.b}-{query.a}"));
	EXPECT_STR(arguments("/i/j", ""), "c|ij|x=j.|");
	EXPECT_STR(arguments("/i/j", "a=1"), "c|ij|x=j.|--a=1|");
	EXPECT_STR(arguments("/i/j", "b=2&a=1"), "c|ij|x=j.|--a=1|p-2-1|");
	EXPECT_STR(arguments("/i/j", "a=&b="), "c|ij|x=j.|");
	EXPECT_STR(arguments("/i/j", "a"), "c|ij|x=j.|");
	EXPECT_STR(arguments("/i/j", "&a=%41+%c3%a4&&"), "c|ij|x=j.|--a=A ä|");
	EXPECT_STR(arguments("/i/j", "a=--x%20$(id);`id`"), "c|ij|x=j.|--a=--x $(id);`id`|");
	EXPECT_STR(arguments("/i/j", "a=a=b"), "c|ij|x=j.|--a=a=b|");
	EXPECT_STR(arguments("/i/j", "A=1"), "the query has a variable that is not known here");
	EXPECT_STR(arguments("/i/j", "=1"), "the query has a variable that is not known here");
	EXPECT_STR(arguments("/i/j", "a=1&a=2"), "a query variable stands twice");
	EXPECT_STR(arguments("/i/j", "a=%00"), odd);
	EXPECT_STR(arguments("/i/j", "a=%0a"), odd);
	EXPECT_STR(arguments("/i/j", "a=%7f"), odd);
	EXPECT_STR(arguments("/i/j", "a=%ff"), odd);
	EXPECT_STR(arguments("/i/j", "a=%4"), odd);
	EXPECT_STR(arguments("/i/j", "a=%4g"), odd);
	EXPECT_STR(arguments("/i/j", "a=%c0%af"), odd);
	memset(query + 2, 'x', 256);
	EXPECT(strlen(arguments("/i/j", query)) == strlen("c|ij|x=j.|--a=|") + 256);
	query[2 + 256] = 'x';
	EXPECT_STR(arguments("/i/j", query), odd);
}

int
main(void)
{
	RUN(good);
	RUN(bad);
	RUN(long_lines);
	RUN(matching);
	RUN(expanding);
	return test_done();
}
