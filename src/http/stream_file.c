#include "stream_file.h"

#include <inttypes.h>
#include <stdio.h>

#define SUFFIX ".ndjson"

void
stream_name(uint64_t first, char out[STREAM_NAME_MAX])
{
	snprintf(out, STREAM_NAME_MAX, "%020" PRIu64 SUFFIX, first);
}

/* Digits at the beginning of *text, taken off it. */
static bool
take_digits(struct span *text, uint64_t *out)
{
	size_t n = 0;
	uint64_t v = 0;

	while (n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9') {
		uint64_t digit = (uint64_t)(text->ptr[n++] - '0');

		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (n == 0)
		return false;
	text->ptr += n;
	text->len -= n;
	*out = v;
	return true;
}

static bool
take_number(struct span *text, uint64_t *out)
{
	bool zero =
	    text->len > 1 && text->ptr[0] == '0' && text->ptr[1] >= '0' && text->ptr[1] <= '9';

	return !zero && take_digits(text, out);
}

static bool
take_word(struct span *text, struct span word)
{
	if (!span_starts(*text, word))
		return false;
	text->ptr += word.len;
	text->len -= word.len;
	return true;
}

bool
stream_name_parse(const char *name, uint64_t *first)
{
	struct span text = span_of(name);

	return text.len == STREAM_NAME_MAX - 1 && take_digits(&text, first) &&
	       span_is(text, SUFFIX) && *first > 0;
}

bool
stream_number(struct span text, uint64_t *out)
{
	return take_number(&text, out) && text.len == 0;
}

void
stream_header_print(const struct stream_header *h, struct buf *out)
{
	buf_str(out, "{\"stream\":1,\"first\":");
	buf_u64(out, h->first);
	buf_str(out, ",\"snapshot\":");
	buf_u64(out, h->snapshot);
	buf_byte(out, '}');
}

bool
stream_header_parse(struct span line, struct stream_header *out)
{
	return take_word(&line, SPAN_LIT("{\"stream\":1,\"first\":")) &&
	       take_number(&line, &out->first) && out->first > 0 &&
	       take_word(&line, SPAN_LIT(",\"snapshot\":")) && take_number(&line, &out->snapshot) &&
	       span_is(line, "}");
}

void
stream_line_print(uint64_t seq, struct span record, struct buf *out)
{
	buf_str(out, "{\"s\":");
	buf_u64(out, seq);
	buf_str(out, ",\"r\":");
	buf_add(out, record);
	buf_byte(out, '}');
}

bool
stream_line_parse(struct span line, struct stream_line *out)
{
	if (!take_word(&line, SPAN_LIT("{\"s\":")) || !take_number(&line, &out->seq) ||
	    !take_word(&line, SPAN_LIT(",\"r\":")) || line.len < 3 ||
	    line.len - 1 > STREAM_RECORD_BYTES || line.ptr[line.len - 1] != '}')
		return false;
	out->record = (struct span){line.ptr, line.len - 1};
	return out->record.ptr[0] == '{' && out->record.ptr[out->record.len - 1] == '}';
}
