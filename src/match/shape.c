#include "shape.h"

#include "plain.h"

static unsigned
kind_of(struct span line)
{
	return (unsigned char)line.ptr[SHAPE_TYPE_AT] % SHAPE_KINDS;
}

/* As many as SHAPE_BETWEEN_MAX bytes can be read at both. */
static inline bool
same_between(const char *a, const char *b, size_t n)
{
	for (; n > 16; n -= 16, a += 16, b += 16)
		if (!same_bytes(a, b, 16))
			return false;
	return same_bytes(a, b, n);
}

const struct shape *
shapes_guess(const struct shapes *x, struct span line, unsigned try)
{
	const struct shape *s;
	unsigned kind;

	if (line.len <= SHAPE_TYPE_AT || try >= SHAPE_WAYS)
		return NULL;
	kind = kind_of(line);
	s = &x->kept[kind][(x->recent[kind] + try) % SHAPE_WAYS];
	return s->n ? s : NULL;
}

bool
shape_match(const struct shape *s, struct span line, struct span m[])
{
	const struct shape_step *step = s->steps, *last = step + s->n;
	const char *p = line.ptr, *stop;

	for (; step < last; step++) {
		if (!same_between(p, step->between, step->len))
			return false;
		p += step->len;
		stop = step->string ? plain_string(p) : plain_number(p);
		if (!stop)
			return false;
		m[step->member] = (struct span){p, (size_t)(stop - p)};
		p = stop;
	}
	/* a value cannot have run over the end: what stands there is in no value, and in nothing
	 * between */
	p += last[-1].string;
	return *p == '}' && p + 1 == line.ptr + line.len;
}

void
shape_add(struct shape *s, const char *from, const char *value, unsigned member, bool string)
{
	size_t len = (size_t)(value - from);
	struct shape_step *step;

	if (s->n >= SHAPE_STEPS_MAX || len > SHAPE_BETWEEN_MAX) {
		s->n = SHAPE_STEPS_MAX + 1;
		return;
	}
	step = &s->steps[s->n++];
	memcpy(step->between, from, len);
	step->len = (unsigned char)len;
	step->member = (unsigned char)member;
	step->string = string;
}

void
shapes_keep(struct shapes *x, struct span line, const struct shape *s)
{
	unsigned kind;

	if (s->n == 0 || s->n > SHAPE_STEPS_MAX)
		return;
	kind = kind_of(line);
	x->recent[kind] = (unsigned char)((x->recent[kind] + 1) % SHAPE_WAYS);
	x->kept[kind][x->recent[kind]] = *s;
}

void
shapes_used(struct shapes *x, struct span line, unsigned try)
{
	unsigned kind = kind_of(line);

	x->recent[kind] = (unsigned char)((x->recent[kind] + try) % SHAPE_WAYS);
}
