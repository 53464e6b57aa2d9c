#include "answering.h"

#include "okx_id.h"

bool
refuse(struct answering *a, const char *code, const char *param)
{
	reply_code(a->reply, code, span_of(param));
	return false;
}

bool
get_needed(struct answering *a, const char *param, struct span *value)
{
	*value = query_get(&a->query, param);
	return value->ptr || refuse(a, "50014", param);
}

static bool
is_one_of(struct span list, char separator, struct span text)
{
	const struct span mark = {&separator, 1};

	for (;;) {
		size_t len = span_find(list, mark);

		if (span_equal((struct span){list.ptr, len}, text))
			return true;
		if (len == list.len)
			return false;
		list = (struct span){list.ptr + len + 1, list.len - len - 1};
	}
}

bool
in_list(struct span list, struct span text)
{
	return is_one_of(list, ',', text);
}

size_t
list_length(struct span list)
{
	size_t n = 1;

	for (size_t i = 0; i < list.len; i++)
		n += list.ptr[i] == ',';
	return n;
}

bool
get_word(struct answering *a, const char *param, const char *words, struct span *value)
{
	*value = query_get(&a->query, param);
	if (!value->ptr || is_one_of(span_of(words), ' ', *value))
		return true;
	return refuse(a, "51000", param);
}

bool
get_number(struct answering *a, const char *param, bool *has, uint64_t *value)
{
	struct span text = query_get(&a->query, param);

	*has = text.ptr != NULL;
	*value = 0;
	if (!*has || span_is(text, "0") || okx_id_parse(text, value))
		return true;
	return refuse(a, "51000", param);
}

bool
get_limit(struct answering *a, size_t usual, size_t max, size_t *value)
{
	bool has;
	uint64_t n;

	if (!get_number(a, "limit", &has, &n))
		return false;
	*value = has ? (size_t)n : usual;
	return (*value >= 1 && *value <= max) || refuse(a, "51000", "limit");
}

static bool
get_time(struct answering *a, const char *param, bool *has, int64_t *ms)
{
	uint64_t n;

	if (!get_number(a, param, has, &n))
		return false;
	*ms = (int64_t)n;
	return n <= INT64_MAX || refuse(a, "51000", param);
}

bool
get_paging(struct answering *a, size_t usual, size_t max, struct paging *p)
{
	return get_number(a, "after", &p->has_after, &p->after) &&
	       get_number(a, "before", &p->has_before, &p->before) &&
	       get_time(a, "begin", &p->has_begin, &p->begin_ms) &&
	       get_time(a, "end", &p->has_end, &p->end_ms) && get_limit(a, usual, max, &p->limit);
}

void
reply_page(struct answering *a, const struct paging *p, size_t n)
{
	size_t first, count;

	count = paging_cut(p, a->picked, n, &first);
	reply_open(a->reply);
	for (size_t i = 0; i < count; i++)
		reply_row(a->reply, row_text(a->picked[first + i]));
	reply_close(a->reply);
}
