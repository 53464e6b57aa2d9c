#include "ids.h"

#include "lower_bound.h"

#include <stdlib.h>
#include <string.h>

void
ids_release(struct ids *s)
{
	free(s->runs);
	*s = (struct ids){0};
}

/* The run that holds id, or the first one behind it. */
static size_t
find(const struct ids *s, uint64_t id)
{
	return lower_bound_u64(s->runs, s->n, sizeof s->runs[0], offsetof(struct ids_run, last),
			       id);
}

enum ids_verdict
ids_look(const struct ids *s, uint64_t id, struct ids_run *gap)
{
	size_t i;

	if (s->last == 0 || id == s->last + 1)
		return IDS_NEW;
	if (id > s->last) {
		*gap = (struct ids_run){s->last + 1, id - 1};
		return IDS_NEW_AFTER_GAP;
	}
	i = find(s, id);
	if (i < s->n && s->runs[i].first <= id) {
		*gap = s->runs[i];
		return IDS_LATE;
	}
	return id <= s->given_up ? IDS_UNDECIDED : IDS_SEEN;
}

static bool
insert(struct ids *s, size_t at, struct ids_run run)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 8;
		struct ids_run *grown = realloc(s->runs, cap * sizeof *grown);

		if (!grown)
			return false;
		s->runs = grown;
		s->cap = cap;
	}
	memmove(s->runs + at + 1, s->runs + at, (s->n - at) * sizeof *s->runs);
	s->runs[at] = run;
	s->n++;
	return true;
}

static void
drop(struct ids *s, size_t at)
{
	memmove(s->runs + at, s->runs + at + 1, (s->n - at - 1) * sizeof *s->runs);
	s->n--;
}

/* Room for one more run, at the price of the lowest. */
static void
give_up_lowest(struct ids *s)
{
	if (s->n < IDS_RUNS_MAX)
		return;
	s->given_up = s->runs[0].last;
	drop(s, 0);
}

static bool
fill(struct ids *s, uint64_t id)
{
	size_t i = find(s, id);
	struct ids_run run = s->runs[i];

	if (run.first == run.last) {
		drop(s, i);
		return true;
	}
	if (id == run.first) {
		s->runs[i].first++;
		return true;
	}
	s->runs[i].last = id - 1;
	return id == run.last || insert(s, i + 1, (struct ids_run){id + 1, run.last});
}

enum ids_verdict
ids_take(struct ids *s, uint64_t id, enum ids_verdict verdict)
{
	bool ok = true;

	switch (verdict) {
	case IDS_NEW:
		if (s->last == 0) {
			s->known_from = id;
			ok = id <= 1 || insert(s, 0, (struct ids_run){1, id - 1});
		}
		s->last = id;
		break;
	case IDS_NEW_AFTER_GAP:
		give_up_lowest(s);
		ok = insert(s, s->n, (struct ids_run){s->last + 1, id - 1});
		s->last = id;
		break;
	case IDS_LATE:
		give_up_lowest(s);
		ok = find(s, id) == s->n || s->runs[find(s, id)].first > id || fill(s, id);
		break;
	case IDS_SEEN:
	case IDS_UNDECIDED:
	case IDS_NO_MEMORY: break;
	}
	return ok ? verdict : IDS_NO_MEMORY;
}
