#include "record.h"

#include "check.h"
#include "limit.h"
#include "swar.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* So many bytes before each text can be read. */
#define RECORD_BEFORE 8

void
record_init(struct record_reader *r, const struct record_field fields[], size_t n)
{
	CHECK(n <= RECORD_FIELDS_MAX);
	*r = (struct record_reader){.fields = fields, .n = n};
	for (size_t i = 0; i < n; i++)
		r->names[i] = fields[i].name;
	buf_init(&r->decoded, RECORD_BEFORE + LIMIT_LINE_BYTES);
}

void
record_release(struct record_reader *r)
{
	buf_release(&r->decoded);
}

/* ---- the short way ---- */

static inline const char *
digits_end(const char *p, const char *end)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		/* the digits become the ten lowest numbers */
		const __m128i text =
		    _mm_add_epi8(_mm_loadu_si128((const __m128i *)p), _mm_set1_epi8(0x80 - '0'));
		int digits = _mm_movemask_epi8(_mm_cmplt_epi8(text, _mm_set1_epi8(-0x80 + 10)));

		if (digits != 0xffff)
			return p + __builtin_ctz(~(unsigned)digits);
	}
#endif
	while (p < end && (unsigned char)(*p - '0') < 10)
		p++;
	return p;
}

/* The end of an integer, or NULL when there is none. */
static inline const char *
integer_end(const char *p, const char *end)
{
	const char *begin = p += p < end && *p == '-';

	p = digits_end(p, end);
	return p == begin || (*begin == '0' && p - begin > 1) ? NULL : p;
}

/* Bytes of literal before the tail. */
static size_t
literal_used(const struct record_shape *s)
{
	return s->gaps ? (size_t)s->gap[s->gaps - 1].literal + s->gap[s->gaps - 1].len : 0;
}

/* Do the bytes at p begin with those before the gap? */
static inline bool
same_literal(const struct record_shape *s, const struct record_gap *g, const char *p,
	     const char *end)
{
#ifdef __SSE2__
	unsigned bits = g->bits;

	if (bits && end - p >= 16) {
		const __m128i same = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)p),
						    _mm_loadu_si128((const __m128i *)g->head));

		return (bits & ~(unsigned)_mm_movemask_epi8(same)) == 0;
	}
#endif
	return (size_t)(end - p) >= g->len && swar_same(p, s->literal + g->literal, g->len);
}

static inline bool
match(const struct record_shape *s, struct span line, struct span out[])
{
	const char *p = line.ptr, *end = line.ptr + line.len;

	for (const struct record_gap *g = s->gap, *last = g + s->gaps; g < last; g++) {
		const char *value = p + g->len;

		if (!same_literal(s, g, p, end))
			return false;
		p = g->string ? swar_plain_end(value, end) : integer_end(value, end);
		if (!p)
			return false;
		if (g->field >= 0)
			out[g->field] = (struct span){value, (size_t)(p - value)};
	}
	return (size_t)(end - p) == s->tail && swar_same(p, s->literal + literal_used(s), s->tail);
}

static bool
recall(struct record_reader *r, struct span line, struct span out[])
{
	for (size_t k = 0; k < r->shapes_n; k++) {
		size_t i = r->used + k < r->shapes_n ? r->used + k : r->used + k - r->shapes_n;
		const struct record_shape *s = &r->shapes[i];

		for (size_t f = 0; f < s->absent_n; f++)
			out[s->absent[f]] = (struct span){NULL, 0};
		for (size_t f = 0; s->fixed_any && f < r->n; f++)
			if (s->fixed[f].len)
				out[f] = (struct span){s->literal + s->fixed[f].literal,
						       s->fixed[f].len};
		if (match(s, line, out)) {
			r->used = i;
			return true;
		}
	}
	return false;
}

/* ---- learning ---- */

static bool
is_integer(struct span v)
{
	return integer_end(v.ptr, v.ptr + v.len) == v.ptr + v.len;
}

static signed char
field_of(const struct record_reader *r, struct span key)
{
	for (size_t i = 0; i < r->n; i++)
		if (json_key_is(key, r->names[i]))
			return (signed char)i;
	return -1;
}

/* One more value of the shape: `text` is where it varies, and what lies before it back to `from`
 * does not. */
static bool
add_gap(struct record_shape *s, const char *from, struct span text, bool string, signed char field)
{
	size_t n = (size_t)(text.ptr - from), used = literal_used(s);
	struct record_gap *g;

	if (s->gaps == RECORD_GAPS_MAX || used + n > RECORD_LITERAL_MAX)
		return false;
	memcpy(s->literal + used, from, n);
	g = &s->gap[s->gaps++];
	memcpy(g->head, from, n < sizeof g->head ? n : sizeof g->head);
	g->literal = (unsigned short)used;
	g->len = (unsigned short)n;
	g->bits = (uint16_t)(n && n <= sizeof g->head ? (1u << n) - 1 : 0);
	g->string = string;
	g->field = field;
	return true;
}

/* A member of the line. False: lines such as this one have no shape. */
static bool
learn_member(const struct record_reader *r, struct record_shape *s, struct span key,
	     struct span value, const char **from)
{
	signed char field = field_of(r, key);
	struct span text = value;
	bool string = json_plain(value, &text);

	/* what varies in ways that cannot be told apart from a word: it would be learnt again and
	 * again */
	if (json_type(value) == JSON_ARRAY || json_type(value) == JSON_OBJECT)
		return false;
	if (json_type(value) == JSON_STRING &&
	    (!string || swar_plain_end(text.ptr, text.ptr + text.len) != text.ptr + text.len))
		return false;
	/* what wants its quotes stays on the full way */
	if (string && field >= 0 && r->fields[field].kind == RECORD_ANY)
		return false;
	if (string || is_integer(value)) {
		if (!add_gap(s, *from, text, string, field))
			return false;
		*from = text.ptr + text.len;
		return true;
	}
	/* true, false, null, a fraction: bytes like those between */
	if (field >= 0) {
		size_t at = literal_used(s) + (size_t)(value.ptr - *from);

		if (at + value.len > RECORD_LITERAL_MAX)
			return false;
		s->fixed[field].literal = (unsigned short)at;
		s->fixed[field].len = (unsigned short)value.len;
		s->fixed_any = true;
	}
	return true;
}

static void
list_absent(const struct record_reader *r, struct record_shape *s)
{
	for (size_t f = 0; f < r->n; f++) {
		size_t i = 0;

		while (i < s->gaps && s->gap[i].field != (signed char)f)
			i++;
		if (i == s->gaps)
			s->absent[s->absent_n++] = (unsigned char)f;
	}
}

/* Keep the shape of a line that the full way has accepted, if it has one. */
static void
learn(struct record_reader *r, struct span line)
{
	struct record_shape *s = &r->scratch;
	struct json_walk w = json_walk(json_trim(line));
	struct span key, value;
	const char *from = line.ptr;

	memset(s, 0, sizeof *s);
	while (json_next_member(&w, &key, &value))
		if (!learn_member(r, s, key, value, &from))
			return;
	s->tail = (size_t)(line.ptr + line.len - from);
	if (literal_used(s) + s->tail > RECORD_LITERAL_MAX)
		return;
	memcpy(s->literal + literal_used(s), from, s->tail);
	list_absent(r, s);
	if (r->shapes_n < RECORD_SHAPES)
		r->shapes[r->shapes_n++] = *s;
	else
		r->shapes[r->replace++ % RECORD_SHAPES] = *s;
}

/* ---- the full way ---- */

static bool
kind_fits(struct record_reader *r, enum record_kind kind, struct span *value)
{
	struct span text;
	size_t begin;

	switch (kind) {
	case RECORD_ANY: return true;
	case RECORD_INTEGER: return is_integer(*value);
	case RECORD_BOOL: return json_type(*value) == JSON_BOOL;
	case RECORD_STRING: break;
	}
	if (json_type(*value) != JSON_STRING)
		return false;
	if (json_plain(*value, &text)) {
		*value = text;
		return true;
	}
	begin = r->decoded.len;
	json_decode(*value, &r->decoded);
	CHECK(buf_ok(&r->decoded));
	*value = (struct span){r->decoded.ptr + begin, r->decoded.len - begin};
	return true;
}

/* Apart, so that the short way is short. */
static __attribute__((noinline)) enum record_error
read_fully(struct record_reader *r, struct span line, struct span out[], struct record_fault *fault)
{
	size_t twice;

	r->slow++;
	*fault = (struct record_fault){0};
	fault->json = json_check(line, &fault->offset);
	if (fault->json != JSON_OK)
		return RECORD_E_JSON;
	if (json_type(json_trim(line)) != JSON_OBJECT)
		return RECORD_E_OBJECT;
	if (!json_pick(json_trim(line), r->names, r->n, out, &twice)) {
		fault->field = r->names[twice];
		return RECORD_E_TWICE;
	}
	/* decoded text is never longer than the line: one reservation, so that no span moves */
	buf_clear(&r->decoded);
	CHECK(buf_room(&r->decoded, RECORD_BEFORE + line.len));
	for (size_t i = 0; i < RECORD_BEFORE; i++)
		buf_byte(&r->decoded, 0);
	for (size_t i = 0; i < r->n; i++) {
		if (out[i].ptr && !kind_fits(r, r->fields[i].kind, &out[i])) {
			fault->field = r->names[i];
			return RECORD_E_KIND;
		}
	}
	learn(r, line);
	return RECORD_OK;
}

enum record_error
record_read(struct record_reader *r, struct span line, struct span out[],
	    struct record_fault *fault)
{
	return recall(r, line, out) ? RECORD_OK : read_fully(r, line, out, fault);
}

const char *
record_error_code(enum record_error e)
{
	switch (e) {
	case RECORD_OK: return "OK";
	case RECORD_E_JSON: return "BAD_JSON";
	case RECORD_E_OBJECT: return "NOT_OBJECT";
	case RECORD_E_TWICE: return "DUPLICATE_NAME";
	case RECORD_E_KIND: return "BAD_MEMBER";
	}
	check_failed(__FILE__, __LINE__, "a record_error");
}

const char *
record_error_text(enum record_error e, const struct record_fault *fault)
{
	switch (e) {
	case RECORD_OK: return "";
	case RECORD_E_JSON: return json_error_text(fault->json);
	case RECORD_E_OBJECT: return "not a JSON object";
	case RECORD_E_TWICE: return fault->field;
	case RECORD_E_KIND: return fault->field;
	}
	check_failed(__FILE__, __LINE__, "a record_error");
}
