#include "wal_format.h"

#include "check.h"
#include "crc32c.h"

#include <inttypes.h>
#include <stdio.h>

_Static_assert(WAL_HEADER_MAX < WAL_HEADER_MIN + WAL_BATCH_HEADER_MIN,
	       "a file that has been used is longer than any header line");

/* ---- scanner ---- */

/* Bytes up to end are text; whoever meets end before he is through sets short_of. */
struct scan {
	const char *p;
	const char *end;
	bool bad;
	bool short_of;
};

static bool
going(const struct scan *s)
{
	return !s->bad && !s->short_of;
}

static void
literal(struct scan *s, struct span text)
{
	size_t have = (size_t)(s->end - s->p);
	size_t n = have < text.len ? have : text.len;

	if (!going(s))
		return;
	if (memcmp(s->p, text.ptr, n) != 0)
		s->bad = true;
	else if (n < text.len)
		s->short_of = true;
	s->p += n;
}

/* Up to max digits without leading zeros. */
static uint64_t
number(struct scan *s, int digits_max)
{
	const char *start = s->p;
	uint64_t v = 0;

	if (!going(s))
		return 0;
	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++) {
		if (s->p - start >= digits_max || (s->p > start && *start == '0')) {
			s->bad = true;
			return 0;
		}
		v = v * 10 + (uint64_t)(*s->p - '0');
	}
	if (s->p == s->end)
		s->short_of = true;
	else if (s->p == start)
		s->bad = true;
	return v;
}

static uint32_t
hex8(struct scan *s)
{
	uint32_t v = 0;

	if (!going(s))
		return 0;
	for (int i = 0; i < 8; i++, s->p++) {
		char c;

		if (s->p == s->end) {
			s->short_of = true;
			return 0;
		}
		c = *s->p;
		if (c >= '0' && c <= '9') {
			v = v << 4 | (uint32_t)(c - '0');
		} else if (c >= 'a' && c <= 'f') {
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		} else {
			s->bad = true;
			return 0;
		}
	}
	return v;
}

static enum wal_parse
verdict(const struct scan *s)
{
	if (s->bad)
		return WAL_PARSE_BAD;
	return s->short_of ? WAL_PARSE_SHORT : WAL_PARSE_WHOLE;
}

/* ---- names ---- */

void
wal_name(uint64_t file_number, char out[WAL_NAME_BYTES])
{
	CHECK(file_number >= 1 && file_number <= WAL_NUMBER_MAX);
	snprintf(out, WAL_NAME_BYTES, "%010" PRIu64 ".wal", file_number);
}

/* Ten digits with leading zeros and ".wal". */
static uint64_t
name(struct scan *s)
{
	uint64_t v = 0;

	if (!going(s))
		return 0;
	for (int i = 0; i < 10; i++, s->p++) {
		if (s->p == s->end) {
			s->short_of = true;
			return 0;
		}
		if (*s->p < '0' || *s->p > '9') {
			s->bad = true;
			return 0;
		}
		v = v * 10 + (uint64_t)(*s->p - '0');
	}
	if (v == 0)
		s->bad = true;
	literal(s, SPAN_LIT(".wal"));
	return v;
}

bool
wal_name_parse(const char *text, uint64_t *file_number)
{
	struct scan s = {.p = text, .end = text + strlen(text)};

	*file_number = name(&s);
	return verdict(&s) == WAL_PARSE_WHOLE && s.p == s.end;
}

/* ---- the first line of a file ---- */

/* Append `,"c":"CRC"}` and a newline to the n bytes of out. */
static size_t
finish(char *out, size_t n, size_t cap, uint32_t crc)
{
	int more = snprintf(out + n, cap - n, ",\"c\":\"%08" PRIx32 "\"}\n", crc);

	CHECK(more > 0 && n + (size_t)more < cap);
	return n + (size_t)more;
}

size_t
wal_header_print(const struct wal_header *h, char out[WAL_HEADER_MAX + 1])
{
	char prev[WAL_NAME_BYTES + 16] = "null";
	size_t n;

	CHECK(h->first >= 1 && h->first <= WAL_SEQ_MAX);
	if (h->prev_number) {
		char file[WAL_NAME_BYTES];

		wal_name(h->prev_number, file);
		snprintf(prev, sizeof prev, "\"%s:%08" PRIx32 "\"", file, h->prev_crc);
	}
	n = (size_t)snprintf(out, WAL_HEADER_MAX + 1,
			     "{\"wal\":1,\"salt\":\"%08" PRIx32 "\",\"first\":%" PRIu64
			     ",\"prev\":%s",
			     h->salt, h->first, prev);
	CHECK(n < WAL_HEADER_MAX);
	return finish(out, n, WAL_HEADER_MAX + 1, crc32c(0, (struct span){out, n}));
}

enum wal_parse
wal_header_parse(struct span bytes, struct wal_header *out, size_t *len)
{
	struct scan s = {.p = bytes.ptr, .end = bytes.ptr + bytes.len};
	uint32_t crc, expected;

	*out = (struct wal_header){0};
	literal(&s, SPAN_LIT("{\"wal\":1,\"salt\":\""));
	out->salt = hex8(&s);
	literal(&s, SPAN_LIT("\",\"first\":"));
	out->first = number(&s, 18);
	literal(&s, SPAN_LIT(",\"prev\":"));
	if (going(&s) && s.p < s.end && *s.p == '"') {
		s.p++;
		out->prev_number = name(&s);
		literal(&s, SPAN_LIT(":"));
		out->prev_crc = hex8(&s);
		literal(&s, SPAN_LIT("\""));
	} else {
		literal(&s, SPAN_LIT("null"));
	}
	expected = going(&s) ? crc32c(0, (struct span){bytes.ptr, (size_t)(s.p - bytes.ptr)}) : 0;
	literal(&s, SPAN_LIT(",\"c\":\""));
	crc = hex8(&s);
	literal(&s, SPAN_LIT("\"}\n"));
	if (going(&s) && (crc != expected || out->first == 0))
		s.bad = true;
	*len = (size_t)(s.p - bytes.ptr);
	return verdict(&s);
}

/* ---- batches ---- */

static bool
lengths_agree(uint64_t n, uint64_t bytes)
{
	if (n == 0 || bytes == 0)
		return n == bytes;
	if (bytes > WAL_PAYLOAD_MAX)
		return false;
	return bytes <= LIMIT_WAL_BATCH_BYTES || n == 1;
}

size_t
wal_count_lines(struct span bytes)
{
	size_t n = 0;
	struct span line;

	while (wal_next_line(&bytes, &line))
		n++;
	return n;
}

bool
wal_next_line(struct span *payload, struct span *line)
{
	const char *newline = payload->len ? memchr(payload->ptr, '\n', payload->len) : NULL;

	if (!newline)
		return false;
	*line = (struct span){payload->ptr, (size_t)(newline - payload->ptr)};
	payload->ptr += line->len + 1;
	payload->len -= line->len + 1;
	return true;
}

size_t
wal_batch_print(struct wal_batch *b, uint32_t salt, char out[WAL_BATCH_HEADER_MAX + 1])
{
	size_t n;

	CHECK(b->seq >= 1 && b->seq <= WAL_SEQ_MAX - b->n && b->durable < b->seq);
	CHECK(lengths_agree(b->n, b->payload.len));
	CHECK(b->n == 0 || b->payload.ptr[b->payload.len - 1] == '\n');
	n = (size_t)snprintf(out, WAL_BATCH_HEADER_MAX + 1,
			     "{\"s\":%" PRIu64 ",\"n\":%" PRIu32 ",\"d\":%" PRIu64
			     ",\"p\":\"%08" PRIx32 "\",\"b\":%zu",
			     b->seq, b->n, b->durable, b->prev, b->payload.len);
	CHECK(n < WAL_BATCH_HEADER_MAX);
	b->crc = crc32c(crc32c(salt, (struct span){out, n}), b->payload);
	b->header_len = finish(out, n, WAL_BATCH_HEADER_MAX + 1, b->crc);
	return b->header_len;
}

/* The header line alone; *sum is the crc of its bytes as far as the payload's joins on. */
static enum wal_parse
parse_header_line(struct span bytes, uint32_t salt, struct wal_batch *out, uint32_t *sum)
{
	struct scan s = {.p = bytes.ptr, .end = bytes.ptr + bytes.len};
	uint64_t n;

	*out = (struct wal_batch){0};
	literal(&s, SPAN_LIT("{\"s\":"));
	out->seq = number(&s, 18);
	literal(&s, SPAN_LIT(",\"n\":"));
	n = number(&s, 5);
	literal(&s, SPAN_LIT(",\"d\":"));
	out->durable = number(&s, 18);
	literal(&s, SPAN_LIT(",\"p\":\""));
	out->prev = hex8(&s);
	literal(&s, SPAN_LIT("\",\"b\":"));
	out->payload.len = number(&s, 7);
	*sum = going(&s) ? crc32c(salt, (struct span){bytes.ptr, (size_t)(s.p - bytes.ptr)}) : 0;
	literal(&s, SPAN_LIT(",\"c\":\""));
	out->crc = hex8(&s);
	literal(&s, SPAN_LIT("\"}\n"));
	out->n = (uint32_t)n;
	out->header_len = (size_t)(s.p - bytes.ptr);
	if (going(&s) && (!lengths_agree(n, out->payload.len) || out->durable >= out->seq))
		s.bad = true;
	return verdict(&s);
}

enum wal_parse
wal_batch_parse(struct span bytes, uint32_t salt, struct wal_batch *out)
{
	uint32_t sum;
	enum wal_parse parsed = parse_header_line(bytes, salt, out, &sum);

	if (parsed != WAL_PARSE_WHOLE)
		return parsed;
	if (bytes.len - out->header_len < out->payload.len)
		return WAL_PARSE_SHORT;
	out->payload.ptr = bytes.ptr + out->header_len;
	if (out->n && out->payload.ptr[out->payload.len - 1] != '\n')
		return WAL_PARSE_BAD;
	if (crc32c(sum, out->payload) != out->crc || wal_count_lines(out->payload) != out->n)
		return WAL_PARSE_BAD;
	return WAL_PARSE_WHOLE;
}

/* ---- the chain ---- */

bool
wal_chain_follows(const struct wal_chain *c, const struct wal_batch *b)
{
	return b->seq == c->last + 1 && b->prev == c->crc && b->durable >= c->durable &&
	       b->durable <= c->last && b->n <= WAL_SEQ_MAX - b->seq;
}

void
wal_chain_take(struct wal_chain *c, const struct wal_batch *b)
{
	CHECK(wal_chain_follows(c, b));
	c->crc = b->crc;
	c->last += b->n;
	c->durable = b->durable;
}

enum wal_judgement
wal_judge(const struct wal_chain *c, struct span tail, size_t *at)
{
	static const struct span opening = {"{\"s\":", 5};
	struct wal_batch b;

	*at = 0;
	if (wal_batch_parse(tail, c->salt, &b) == WAL_PARSE_WHOLE) {
		CHECK(!wal_chain_follows(c, &b));
		return WAL_JUDGED_MISPLACED;
	}
	/* at every offset, not only at line starts: the newline before may be what was damaged */
	for (;;) {
		struct span rest = {tail.ptr + *at, tail.len - *at};
		size_t hit = span_find(rest, opening);
		uint32_t sum;

		if (hit == rest.len)
			return WAL_JUDGED_TORN;
		*at += hit;
		rest = (struct span){rest.ptr + hit, rest.len - hit};
		/* the cheap question first: payload that looks like headers must not cost a crc
		 * each */
		if (parse_header_line(rest, c->salt, &b, &sum) == WAL_PARSE_WHOLE &&
		    b.durable > c->last && wal_batch_parse(rest, c->salt, &b) == WAL_PARSE_WHOLE)
			return WAL_JUDGED_DURABLE;
		*at += opening.len;
	}
}
