/*
 * Catches a request target that the stand-in for OKX decodes in two ways, or past its limits: what
 * has been read is written with every byte percent-encoded, and must be read the same.
 */
#include "fuzz.h"
#include "query.h"

static size_t
print_encoded(struct span text, char *out)
{
	for (size_t i = 0; i < text.len; i++)
		snprintf(out + 3 * i, 4, "%%%02X", (unsigned char)text.ptr[i]);
	return 3 * text.len;
}

static struct span
print_query(const struct query *q, char *out)
{
	size_t len = 0;

	out[len++] = '/';
	for (size_t i = 0; i < q->n; i++) {
		out[len++] = i ? '&' : '?';
		len += print_encoded(q->params[i].name, out + len);
		out[len++] = '=';
		len += print_encoded(q->params[i].value, out + len);
	}
	return (struct span){out, len};
}

static void
check_parts(struct span target, const struct query *q)
{
	size_t stored = 0;

	FUZZ_CHECK(span_equal(q->target, target) && span_starts(target, q->path));
	FUZZ_CHECK(q->path.len == target.len || q->path.len + 1 + q->text.len == target.len);
	FUZZ_CHECK(span_find(q->path, SPAN_LIT("?")) == q->path.len);
	FUZZ_CHECK(q->n <= QUERY_PARAMS_MAX);
	for (size_t i = 0; i < q->n; i++) {
		FUZZ_CHECK(q->params[i].value.len > 0);
		stored += q->params[i].name.len + q->params[i].value.len;
	}
	FUZZ_CHECK(stored <= QUERY_BYTES_MAX && stored <= target.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct query q, again;
	static char printed[3 * QUERY_BYTES_MAX + 2 * QUERY_PARAMS_MAX + 2];
	struct span target = fuzz_span(data, size);

	if (!query_parse(target, &q))
		return 0;
	check_parts(target, &q);
	FUZZ_CHECK(query_parse(print_query(&q, printed), &again) && again.n == q.n);
	for (size_t i = 0; i < q.n; i++)
		FUZZ_CHECK(span_equal(again.params[i].name, q.params[i].name) &&
			   span_equal(again.params[i].value, q.params[i].value));
	FUZZ_CHECK(query_get(&q, "no such name, with spaces").ptr == NULL || size > 25);
	return 0;
}
