#include "swap_book_parts.h"

#include "number.h"

#include <stdlib.h>

/* ---- memory ---- */

void
book_replace(char **to, struct span s)
{
	char *p = heap_copy(s);

	free(*to);
	*to = p;
}

/* ---- members ---- */

/* Absent or null: a NULL span. False: of another type. */
bool
book_get(struct span object, const char *name, enum json_type type, struct span *out)
{
	struct span value;

	*out = (struct span){0};
	if (!json_find(object, name, &value) || json_is_null(value))
		return true;
	if (json_type(value) != type)
		return false;
	if (type == JSON_STRING)
		return json_plain(value, out);
	*out = value;
	return true;
}

bool
book_get_text(struct span object, const char *name, struct span *out)
{
	return book_get(object, name, JSON_STRING, out);
}

bool
book_get_copy(struct span object, const char *name, char **to)
{
	struct span s;

	if (!book_get_text(object, name, &s))
		return false;
	book_replace(to, s);
	return true;
}

uint64_t
book_get_number(struct span object, const char *name)
{
	struct span value;
	uint64_t n = 0;

	return json_find(object, name, &value) && number_u64(value, &n) ? n : 0;
}
