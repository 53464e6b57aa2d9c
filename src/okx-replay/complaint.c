#include "complaint.h"

#include <stdarg.h>
#include <stdio.h>

void
complaint_init(struct complaint *c)
{
	*c = (struct complaint){0};
}

size_t
complaint_enter(struct complaint *c, const char *format, ...)
{
	size_t mark = c->len, room = sizeof c->path - c->len;
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(c->path + c->len, room, format, list);
	va_end(list);
	c->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
	return mark;
}

void
complaint_leave(struct complaint *c, size_t mark)
{
	c->len = mark;
	c->path[mark] = 0;
}

bool
complaint_say(struct complaint *c, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(c->why, sizeof c->why, format, list);
	va_end(list);
	return false;
}
