/* verdict_says: what is said with a verdict. */
#include "verdict_parts.h"

#include "check.h"

#include <stdarg.h>
#include <stdio.h>

bool
verdict_answer(struct verdict *v, unsigned row, enum verdict_answer liquidated, const char *reason,
	       const char *sub)
{
	v->row = row;
	v->liquidated = liquidated;
	v->reason = reason;
	v->sub = sub;
	v->confidence = liquidated == VERDICT_NULL ? NULL : "proven";
	return true;
}

bool
verdict_unknown(struct verdict *v, unsigned row, const char *sub)
{
	return verdict_answer(v, row, VERDICT_NULL, "unknown", sub);
}

void
verdict_testify(struct verdict *v, const char *source, bool agrees, const char *format, ...)
{
	struct verdict_source *s;
	va_list ap;

	CHECK(v->sources_n < VERDICT_SOURCES);
	s = &v->sources[v->sources_n++];
	s->source = source;
	s->agrees = agrees;
	va_start(ap, format);
	vsnprintf(s->says, sizeof s->says, format, ap);
	va_end(ap);
}

const char *
verdict_text(struct span s, char room[32])
{
	snprintf(room, 32, "%.*s", (int)(s.len < 31 ? s.len : 31), s.ptr);
	return room;
}
