#include "check.h"
#include "route_path.h"
#include "routes.h"
#include "utf8.h"

/* ---- matching ------------------------------------------------------------------------------- */

static bool
is_value(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!route_name_byte(s.ptr[i]))
			return false;
	return s.len > 0 && s.len <= ROUTE_SEGMENT_BYTES && s.ptr[0] != '.' && s.ptr[0] != '-';
}

static bool
path_matches(struct span pattern, struct span path, struct span values[ROUTE_VARIABLES])
{
	struct span want, have, name;
	size_t n = 0;

	for (;;) {
		bool more = route_segment(&pattern, &want);

		if (route_segment(&path, &have) != more)
			return false;
		if (!more)
			return true;
		if (!route_variable(want, &name)) {
			if (!span_equal(want, have))
				return false;
			continue;
		}
		if (!is_value(have))
			return false;
		CHECK(n < ROUTE_VARIABLES);
		values[n++] = have;
	}
}

enum route_found
routes_match(const struct routes *routes, enum http_method method, struct span path,
	     struct route_match *out)
{
	enum http_method wanted = method == HTTP_HEAD ? HTTP_GET : method;

	*out = (struct route_match){.route = NULL};
	for (size_t i = 0; i < routes->n; i++) {
		const struct route *r = &routes->list[i];

		if (!path_matches(r->path, path, out->values))
			continue;
		if (r->method == wanted) {
			out->route = r;
			out->index = i;
			return ROUTE_FOUND;
		}
		out->get = out->get || r->method == HTTP_GET;
		out->post = out->post || r->method == HTTP_POST;
	}
	return out->get || out->post ? ROUTE_NO_METHOD : ROUTE_NO_PATH;
}

/* ---- arguments ------------------------------------------------------------------------------ */

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* %XX and + undone (the URL standard's form encoding); what is left is bounded UTF-8 without
 * control characters, or it is none. */
static bool
decode(struct span in, char out[ROUTE_QUERY_BYTES], size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < in.len; i++) {
		char c = in.ptr[i] == '+' ? ' ' : in.ptr[i];

		if (c == '%') {
			if (in.len - i < 3 || digit_of(in.ptr[i + 1]) < 0 ||
			    digit_of(in.ptr[i + 2]) < 0)
				return false;
			c = (char)(digit_of(in.ptr[i + 1]) * 16 + digit_of(in.ptr[i + 2]));
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f || *len == ROUTE_QUERY_BYTES)
			return false;
		out[(*len)++] = c;
	}
	return utf8_valid((struct span){out, *len}, NULL);
}

/* The next name=value of a query string; both as they stand there. */
static bool
next_pair(struct span *query, struct span *name, struct span *value)
{
	struct span pair = {query->ptr, span_find(*query, SPAN_LIT("&"))};
	size_t taken = pair.len < query->len ? pair.len + 1 : pair.len, equals;

	if (query->len == 0)
		return false;
	query->ptr += taken;
	query->len -= taken;
	equals = span_find(pair, SPAN_LIT("="));
	*name = (struct span){pair.ptr, equals};
	*value = equals < pair.len ? (struct span){pair.ptr + equals + 1, pair.len - equals - 1}
				   : (struct span){pair.ptr, 0};
	return true;
}

static bool
query_value(struct span query, struct span wanted, struct span *value)
{
	struct span name;

	while (next_pair(&query, &name, value))
		if (span_equal(name, wanted) && value->len)
			return true;
	return false;
}

static bool
route_has_query(const struct route *r, struct span wanted)
{
	struct span name;
	bool query;

	for (size_t w = 0; w < r->words_n; w++) {
		struct span word = r->words[w];

		for (size_t i = 0, end; i < word.len; i = end) {
			end = i + 1;
			if (word.ptr[i] == '{' && route_variable_at(word, i, &name, &query, &end) &&
			    query && span_equal(name, wanted))
				return true;
		}
	}
	return false;
}

static const char *
check_query(const struct route *r, struct span query)
{
	struct span name, value, other, unused, rest = query;
	char decoded[ROUTE_QUERY_BYTES];
	size_t len;

	while (next_pair(&rest, &name, &value)) {
		struct span behind = rest;

		if (name.len == 0 && value.len == 0)
			continue;
		if (!route_has_query(r, name))
			return "the query has a variable that is not known here";
		if (!decode(value, decoded, &len))
			return "a query variable is not 1 to 256 bytes of UTF-8 without control "
			       "characters";
		while (next_pair(&behind, &other, &unused))
			if (span_equal(name, other))
				return "a query variable stands twice";
	}
	return NULL;
}

/* One word with its variables in place; false when it is to be left out. */
static bool
expand_word(const struct route_match *m, struct span query, struct span word, struct buf *out)
{
	char decoded[ROUTE_QUERY_BYTES];
	struct span name, value;
	bool of_query;
	size_t len;

	for (size_t i = 0, end; i < word.len; i = end) {
		end = i + 1;
		if (word.ptr[i] != '{') {
			buf_byte(out, word.ptr[i]);
			continue;
		}
		CHECK(route_variable_at(word, i, &name, &of_query, &end));
		if (!of_query) {
			buf_add(out, m->values[route_variable_of(m->route->path, name)]);
			continue;
		}
		if (!query_value(query, name, &value))
			return false;
		CHECK(decode(value, decoded, &len));
		buf_add(out, (struct span){decoded, len});
	}
	return true;
}

const char *
route_arguments(const struct route_match *match, struct span query, struct buf *out, size_t *n)
{
	const char *why = check_query(match->route, query);

	*n = 0;
	for (size_t i = 0; !why && i < match->route->words_n; i++) {
		size_t before = out->len;

		if (!expand_word(match, query, match->route->words[i], out)) {
			out->len = before;
			continue;
		}
		buf_byte(out, '\0');
		++*n;
	}
	return why || buf_ok(out) ? why : "the query is too long";
}
