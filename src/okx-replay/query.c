#include "query.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decode into storage at *used; a NULL span when it cannot be. */
static struct span
decode(struct query *q, size_t *used, struct span text)
{
	struct span out = {q->storage + *used, 0};

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (*used == QUERY_BYTES_MAX)
			return (struct span){0};
		if (c == '+')
			c = ' ';
		if (c == '%') {
			int high = i + 2 < text.len ? hex_value(text.ptr[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_value(text.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return (struct span){0};
			c = (char)(high << 4 | low);
			i += 2;
		}
		q->storage[(*used)++] = c;
		out.len++;
	}
	return out;
}

static bool
add(struct query *q, size_t *used, struct span pair)
{
	size_t equals = span_find(pair, SPAN_LIT("="));
	struct span name = {pair.ptr, equals}, value = {NULL, 0};

	if (equals < pair.len)
		value = (struct span){pair.ptr + equals + 1, pair.len - equals - 1};
	if (value.len == 0)
		return true;
	if (q->n == QUERY_PARAMS_MAX)
		return false;
	name = decode(q, used, name);
	value = decode(q, used, value);
	if (!name.ptr || !value.ptr)
		return false;
	q->params[q->n].name = name;
	q->params[q->n].value = value;
	q->n++;
	return true;
}

bool
query_parse(struct span target, struct query *q)
{
	size_t mark = span_find(target, SPAN_LIT("?")), used = 0;
	struct span rest = {0};

	q->target = target;
	q->path = (struct span){target.ptr, mark};
	q->n = 0;
	if (mark < target.len)
		rest = (struct span){target.ptr + mark + 1, target.len - mark - 1};
	q->text = rest;
	while (rest.len) {
		size_t len = span_find(rest, SPAN_LIT("&"));
		size_t step = len < rest.len ? len + 1 : len;

		if (!add(q, &used, (struct span){rest.ptr, len}))
			return false;
		rest.ptr += step;
		rest.len -= step;
	}
	return true;
}

struct span
query_get(const struct query *q, const char *name)
{
	for (size_t i = 0; i < q->n; i++)
		if (span_is(q->params[i].name, name))
			return q->params[i].value;
	return (struct span){0};
}
