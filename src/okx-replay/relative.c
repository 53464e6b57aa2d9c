#include "relative.h"

#include "okx_id.h"
#include "utc.h"

#define DAY_MS INT64_C(86400000)
#define LOW_MAX (UINT64_C(1) << 25)
/* The last moment that utc can print: 9999-12-31. */
#define LAST_MS INT64_C(253402300799999)

struct scan {
	const char *p;
	const char *end;
};

static bool
at(const struct scan *s, char c)
{
	return s->p < s->end && *s->p == c;
}

static bool
at_digit(const struct scan *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static bool
read_number(struct scan *s, uint64_t *value)
{
	*value = 0;
	if (!at_digit(s))
		return false;
	for (; at_digit(s); s->p++)
		if (__builtin_mul_overflow(*value, UINT64_C(10), value) ||
		    __builtin_add_overflow(*value, (uint64_t)(*s->p - '0'), value))
			return false;
	return true;
}

/* Milliseconds of the unit that stands here; "ms" and no unit are 1. */
static int64_t
read_unit(struct scan *s)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', DAY_MS}};

	if (at(s, 'm') && s->p + 1 < s->end && s->p[1] == 's') {
		s->p += 2;
		return 1;
	}
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (at(s, units[i].letter)) {
			s->p++;
			return units[i].ms;
		}
	}
	return 1;
}

/* "+1d2h": the terms after a sign. */
static bool
read_terms(struct scan *s, int64_t sign, int64_t *ms)
{
	do {
		uint64_t n;
		int64_t step;

		if (!read_number(s, &n) || n > (uint64_t)LAST_MS ||
		    __builtin_mul_overflow((int64_t)n, read_unit(s), &step) ||
		    __builtin_add_overflow(*ms, sign * step, ms))
			return false;
	} while (at_digit(s));
	return true;
}

/* All moves up to the end or a slash. */
static const char *
read_moves(struct scan *s, int64_t *ms)
{
	while (s->p < s->end && *s->p != '/') {
		char c = *s->p++;

		if (c == '^')
			*ms -= *ms % DAY_MS;
		else if (c != '+' && c != '-')
			return "expected +, - or ^ and a time such as 90m";
		else if (!read_terms(s, c == '-' ? -1 : 1, ms))
			return "not a number of ms, s, m, h or d";
		if (*ms <= 0 || *ms > LAST_MS)
			return "before 1970 or after 9999";
	}
	return NULL;
}

static const char *
put_id(struct scan *s, int64_t ms, struct buf *out)
{
	uint64_t low = 0, id;

	if (at(s, '/')) {
		s->p++;
		if (!read_number(s, &low) || low >= LOW_MAX)
			return "the number after / is below 33554432";
	}
	/* ids of the scheme in use since 2024 */
	if (ms < INT64_C(1709251200000))
		return "an id made before March 2024";
	if (ms > OKX_ID_LAST_MS)
		return "an id made after June 2040, when ids have no bits left for the time";
	id = okx_id_make(ms, (uint32_t)low);
	buf_u64(out, id);
	return NULL;
}

static void
put_ymd(int64_t ms, struct buf *out)
{
	char text[UTC_TEXT_MAX];

	utc_print_ms(ms, text);
	buf_add(out, (struct span){text + 2, 2});
	buf_add(out, (struct span){text + 5, 2});
	buf_add(out, (struct span){text + 8, 2});
}

static const char *
resolve(struct span token, int64_t now_ms, struct buf *out)
{
	struct scan s = {token.ptr, token.ptr + token.len};
	enum { TIME, ID, YMD } kind;
	int64_t ms = now_ms;
	const char *why = NULL;

	if (span_starts(token, SPAN_LIT("@ymd"))) {
		kind = YMD;
		s.p += 4;
	} else if (span_starts(token, SPAN_LIT("@id"))) {
		kind = ID;
		s.p += 3;
	} else if (span_starts(token, SPAN_LIT("@t"))) {
		kind = TIME;
		s.p += 2;
	} else {
		return "begins with @ but is no @t, @id or @ymd";
	}
	why = read_moves(&s, &ms);
	if (why)
		return why;
	switch (kind) {
	case TIME: buf_i64(out, ms); break;
	case ID: why = put_id(&s, ms, out); break;
	case YMD: put_ymd(ms, out); break;
	}
	return why ? why : s.p < s.end ? "text after the token" : NULL;
}

enum relative_result
relative_resolve(struct span text, int64_t now_ms, struct buf *out, const char **why)
{
	size_t from = 0;

	if (!span_starts(text, SPAN_LIT("@"))) {
		from = span_find(text, SPAN_LIT("@ymd"));
		if (from == text.len)
			return RELATIVE_PLAIN;
	}
	buf_add(out, (struct span){text.ptr, from});
	*why = resolve((struct span){text.ptr + from, text.len - from}, now_ms, out);
	return *why ? RELATIVE_BAD : RELATIVE_DONE;
}
