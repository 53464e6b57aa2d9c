#include "routes.h"

#include "route_path.h"

/* ---- words of a line ------------------------------------------------------------------------ */

struct cursor {
	char *at, *end;	   /* of what is left of the line */
	struct span word;  /* the word taken last */
	const char *begin; /* where it stood */
	const char *why;   /* set when it was none */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of the line; its quotes are taken out in place. False at the end of the line, and
 * with why set when the quotes do not close. */
static bool
next_word(struct cursor *c)
{
	bool quoted = false;
	char *out;

	while (c->at < c->end && is_blank(*c->at))
		c->at++;
	c->begin = c->at;
	if (c->at == c->end)
		return false;
	out = c->at;
	c->word = (struct span){out, 0};
	for (; c->at < c->end && (quoted || !is_blank(*c->at)); c->at++) {
		if (*c->at == '"')
			quoted = !quoted;
		else
			*out++ = *c->at;
	}
	if (quoted) {
		c->why = "a quote is not closed";
		return false;
	}
	c->word.len = (size_t)(out - c->word.ptr);
	return true;
}

/* The same where the line must have one. */
static const char *
want_word(struct cursor *c, const char *otherwise)
{
	if (next_word(c))
		return NULL;
	return c->why ? c->why : otherwise;
}

/* ---- paths ---------------------------------------------------------------------------------- */

static const char *
check_path(struct span path)
{
	struct span rest = path, segment, name;
	size_t n = 0;

	if (path.len == 0 || path.ptr[0] != '/')
		return "a path begins with a slash";
	while (route_segment(&rest, &segment)) {
		if (route_variable(segment, &name)) {
			if (++n > ROUTE_VARIABLES)
				return "more than 8 variables";
			/* a name that stood before leads to the first of them */
			if (route_variable_of(path, name) != n - 1)
				return "a variable stands twice";
			continue;
		}
		for (size_t i = 0; i < segment.len; i++)
			if (!route_name_byte(segment.ptr[i]) && segment.ptr[i] != '~')
				return "a path has letters, digits, . _ - ~ and {variables}";
	}
	return NULL;
}

/* ---- options -------------------------------------------------------------------------------- */

static bool
number_of(struct span text, uint32_t min, uint32_t max, uint32_t *out)
{
	uint32_t n = 0;

	if (text.len == 0 || text.len > 8)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		n = n * 10 + (uint32_t)(text.ptr[i] - '0');
	}
	*out = n;
	return n >= min && n <= max;
}

/* A header's value of ours: it must not end the header. */
static bool
is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7e)
			return false;
	return s.len > 0;
}

static bool
take_prefix(struct span *word, const char *prefix)
{
	struct span p = span_of(prefix);

	if (!span_starts(*word, p))
		return false;
	word->ptr += p.len;
	word->len -= p.len;
	return true;
}

static const char *
read_run_option(struct route *r, struct span word)
{
	if (span_is(word, "json"))
		r->json = true;
	else if (span_is(word, "array"))
		r->array = true;
	else if (take_prefix(&word, "body="))
		return number_of(word, 1, ROUTE_BODY_BYTES, &r->body_max)
			   ? NULL
			   : "body= wants a number from 1 to 1048576";
	else if (take_prefix(&word, "timeout="))
		return number_of(word, 1, 600, &r->timeout_s)
			   ? NULL
			   : "timeout= wants a number of seconds from 1 to 600";
	else if (take_prefix(&word, "type="))
		r->type = word;
	else
		return "unknown option";
	return NULL;
}

/* NULL: taken. */
static const char *
read_option(struct route *r, struct span word)
{
	if (span_is(word, "open"))
		r->access = ROUTE_OPEN;
	else if (span_is(word, "sign"))
		r->access = ROUTE_SIGN;
	else if (span_is(word, "sign=2"))
		r->access = ROUTE_SIGN_2;
	else if (r->action == ROUTE_FILE && take_prefix(&word, "csp="))
		r->csp = word;
	else
		return r->action == ROUTE_RUN ? read_run_option(r, word) : "unknown option";
	return NULL;
}

static const char *
check_options(const struct route *r)
{
	if (r->json && r->body_max == 0)
		return "json needs body=";
	if (r->body_max && r->method != HTTP_POST)
		return "only a POST has a body";
	if (r->type.ptr && r->action == ROUTE_RUN && r->array)
		return "type= and array exclude each other";
	if ((r->type.ptr && !is_printable(r->type)) || (r->csp.ptr && !is_printable(r->csp)))
		return "a type or policy is printable ASCII";
	return NULL;
}

/* ---- actions -------------------------------------------------------------------------------- */

static const char *
check_file(struct span file)
{
	struct span rest = file;

	if (file.len == 0 || file.ptr[0] == '/' || memchr(file.ptr, 0, file.len))
		return "FILE is relative to the root";
	while (rest.len) {
		size_t n = span_find(rest, SPAN_LIT("/"));

		if (n == 0 || (n == 2 && memcmp(rest.ptr, "..", 2) == 0) ||
		    (n == 1 && rest.ptr[0] == '.'))
			return "FILE has an empty or dotted part";
		rest.ptr += n < rest.len ? n + 1 : n;
		rest.len -= n < rest.len ? n + 1 : n;
	}
	return NULL;
}

/* FILE TYPE, with options before them. */
static const char *
read_file_action(struct route *r, struct cursor *c)
{
	const char *why;

	for (;;) {
		why = want_word(c, "a FILE is missing");
		if (why)
			return why;
		if (read_option(r, c->word) != NULL)
			break;
	}
	r->file = c->word;
	why = check_file(r->file);
	if (!why)
		why = want_word(c, "a TYPE is missing");
	if (why)
		return why;
	r->type = c->word;
	return next_word(c) ? "a word too many" : c->why;
}

static const char *
check_word(const struct route *r, struct span word)
{
	struct span name;
	bool query;

	for (size_t i = 0, end; i < word.len; i = end) {
		end = i + 1;
		if (word.ptr[i] == 0)
			return "NUL";
		if (word.ptr[i] != '{')
			continue;
		if (!route_variable_at(word, i, &name, &query, &end))
			return "{ begins no variable";
		if (query && i == 0)
			return "an argument must not begin with a query variable";
		if (!query && route_variable_of(r->path, name) == ROUTE_VARIABLES)
			return "the path has no such variable";
	}
	return NULL;
}

static const char *
read_run_action(struct route *r, struct cursor *c)
{
	const char *why = NULL;

	while (!(why = want_word(c, "-- and a COMMAND are missing")) && !span_is(c->word, "--")) {
		why = read_option(r, c->word);
		if (why)
			return why;
	}
	while (!why && next_word(c)) {
		if (r->words_n == ROUTE_WORDS)
			return "more than 24 words";
		why = check_word(r, c->word);
		if (!why && r->words_n == 0 &&
		    (c->word.len == 0 || memchr(c->word.ptr, '{', c->word.len)))
			why = "the COMMAND is a plain word";
		r->words[r->words_n++] = c->word;
	}
	if (!why)
		why = c->why;
	return why || r->words_n ? why : "a COMMAND is missing";
}

static const char *
read_plain_action(struct route *r, struct cursor *c)
{
	const char *why = NULL;

	while (!why && next_word(c))
		why = read_option(r, c->word);
	if (!why && r->action == ROUTE_HEALTHZ && r->access != ROUTE_LOCAL &&
	    r->access != ROUTE_OPEN)
		return "healthz is always open";
	return why ? why : c->why;
}

static const char *
read_action(struct route *r, struct cursor *c)
{
	static const char *const names[] = {"healthz", "metrics", "file", "run"};

	for (enum route_action a = ROUTE_HEALTHZ; a <= ROUTE_RUN; a++) {
		if (!span_is(c->word, names[a]))
			continue;
		r->action = a;
		switch (a) {
		case ROUTE_HEALTHZ:
		case ROUTE_METRICS: return read_plain_action(r, c);
		case ROUTE_FILE: return read_file_action(r, c);
		case ROUTE_RUN: return read_run_action(r, c);
		}
	}
	return "an action is healthz, metrics, file or run";
}

static const char *
read_route(struct routes *routes, struct cursor *c)
{
	struct route *r = &routes->list[routes->n];
	const char *why;

	if (routes->n == ROUTES_MAX)
		return "more than 64 routes";
	*r = (struct route){.timeout_s = 60};
	if (!span_is(c->word, "GET") && !span_is(c->word, "POST"))
		return "a method is GET or POST";
	r->method = span_is(c->word, "GET") ? HTTP_GET : HTTP_POST;
	why = want_word(c, "a path is missing");
	if (why)
		return why;
	r->path = c->word;
	why = check_path(r->path);
	if (!why)
		why = want_word(c, "an action is missing");
	if (!why)
		why = read_action(r, c);
	if (!why && r->action != ROUTE_RUN && r->method != HTTP_GET)
		why = "only run takes a POST";
	if (!why)
		why = check_options(r);
	if (!why && r->action == ROUTE_HEALTHZ)
		r->access = ROUTE_OPEN;
	routes->n++;
	return why;
}

static const char *
read_line(struct routes *routes, struct cursor *c)
{
	if (c->end - c->at > ROUTES_LINE_BYTES)
		return "longer than 1024 bytes";
	if (!next_word(c))
		return c->why;
	return c->begin[0] == '#' ? NULL : read_route(routes, c);
}

bool
routes_parse(char *text, size_t len, struct routes *out, struct routes_fault *fault)
{
	size_t line = 1;

	out->n = 0;
	for (char *at = text, *end = text + len; at < end; line++) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		struct cursor c = {.at = at, .end = newline ? newline : end, .begin = at};
		const char *why = read_line(out, &c);

		if (why) {
			*fault = (struct routes_fault){line, (size_t)(c.begin - at) + 1, why};
			return false;
		}
		at = newline ? newline + 1 : end;
	}
	return true;
}
