#include "findings.h"

#include "check.h"

void
findings_clear(struct findings *f)
{
	*f = (struct findings){0};
}

void
findings_checked(struct findings *f, const char *what)
{
	CHECK(f->checked_n < FINDINGS_MAX);
	f->checked[f->checked_n++] = what;
}

void
findings_unchecked(struct findings *f, const char *what)
{
	for (size_t i = 0; i < f->unchecked_n; i++)
		if (f->unchecked[i] == what)
			return;
	CHECK(f->unchecked_n < FINDINGS_MAX);
	f->unchecked[f->unchecked_n++] = what;
}

bool
findings_fail(struct findings *f, const char *why, struct span path)
{
	f->failed = why;
	f->failed_path = path;
	return false;
}
