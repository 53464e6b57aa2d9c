#include "route_path.h"

#include "routes.h"

static const struct span QUERY = {"query.", 6};

bool
route_segment(struct span *path, struct span *segment)
{
	if (path->len == 0)
		return false;
	path->ptr++;
	path->len--;
	*segment = (struct span){path->ptr, span_find(*path, SPAN_LIT("/"))};
	path->ptr += segment->len;
	path->len -= segment->len;
	return true;
}

bool
route_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!route_name_byte(s.ptr[i]) || s.ptr[i] == '.')
			return false;
	return s.len > 0;
}

bool
route_variable(struct span segment, struct span *name)
{
	if (segment.len < 3 || segment.ptr[0] != '{' || segment.ptr[segment.len - 1] != '}')
		return false;
	*name = (struct span){segment.ptr + 1, segment.len - 2};
	return is_name(*name);
}

size_t
route_variable_of(struct span path, struct span name)
{
	struct span segment, other;
	size_t n = 0;

	while (route_segment(&path, &segment)) {
		if (!route_variable(segment, &other))
			continue;
		if (span_equal(name, other))
			return n;
		n++;
	}
	return ROUTE_VARIABLES;
}

bool
route_variable_at(struct span word, size_t at, struct span *name, bool *query, size_t *end)
{
	struct span rest = {word.ptr + at, word.len - at};
	size_t close = span_find(rest, SPAN_LIT("}"));

	*name = (struct span){rest.ptr + 1, close ? close - 1 : 0};
	*query = span_starts(*name, QUERY);
	if (*query) {
		name->ptr += QUERY.len;
		name->len -= QUERY.len;
	}
	*end = at + close + 1;
	return close < rest.len && is_name(*name);
}
