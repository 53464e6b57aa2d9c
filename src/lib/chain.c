#include "chain.h"

#include "check.h"
#include "json.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const names[] = {"meta",  "normalized", "raw",	"perf",
				    "error", "evidence",   "clientMeta"};
#define NAMES (sizeof names / sizeof names[0])

bool
chain_parse(struct span line, struct chain_record *out, struct chain_fault *fault)
{
	struct span found[NAMES];
	size_t offset, twice;
	enum json_error e = json_check(line, &offset);

	if (e != JSON_OK) {
		*fault = (struct chain_fault){json_error_code(e), json_error_text(e), offset};
		return false;
	}
	*out = (struct chain_record){.text = json_trim(line)};
	if (json_type(out->text) != JSON_OBJECT) {
		*fault = (struct chain_fault){"NOT_AN_OBJECT", "a record is a JSON object",
					      (size_t)(out->text.ptr - line.ptr)};
		return false;
	}
	if (!json_pick(out->text, names, NAMES, found, &twice)) {
		*fault = (struct chain_fault){"DUPLICATE", names[twice], 0};
		return false;
	}
	out->meta = found[0];
	out->normalized = found[1];
	out->raw = found[2];
	out->perf = found[3];
	out->error = found[4];
	out->evidence = found[5];
	out->client_meta = found[6];
	return true;
}

bool
chain_has_error(const struct chain_record *r)
{
	return r->error.ptr && !json_is_null(r->error);
}

void
chain_open(const struct chain_record *r, struct span error, struct buf *out)
{
	struct span open = {r->text.ptr, r->text.len - 1};
	size_t at;

	CHECK(r->text.len >= 2 && r->text.ptr[r->text.len - 1] == '}');
	/* white space before the brace would hide from buf_json_key() whether a comma is due */
	open = json_trim(open);
	if (!error.ptr || chain_has_error(r)) {
		buf_add(out, open);
	} else if (r->error.ptr) {
		at = (size_t)(r->error.ptr - open.ptr);
		buf_add(out, (struct span){open.ptr, at});
		buf_add(out, error);
		buf_add(out,
			(struct span){open.ptr + at + r->error.len, open.len - at - r->error.len});
	} else {
		buf_add(out, open);
		buf_json_member_raw(out, "error", error);
	}
}

void
chain_close(struct buf *out)
{
	buf_byte(out, '}');
}

void
chain_error(const char *code, struct span msg, const char *hint, struct buf *out)
{
	buf_byte(out, '{');
	buf_json_member_string(out, "code", span_of(code));
	buf_json_member_string(out, "msg", msg);
	buf_json_member_string(out, "hint", span_of(hint));
	buf_byte(out, '}');
}

void
chain_unreadable(uint64_t in, const struct chain_fault *fault, struct buf *out)
{
	char msg[200];
	int n = snprintf(msg, sizeof msg, "line %" PRIu64 " offset %zu: %s: %s", in, fault->offset,
			 fault->code, fault->why);

	buf_str(out, "{");
	buf_json_member_u64(out, "in", in);
	buf_json_key(out, "error");
	chain_error("BAD_REQUEST",
		    (struct span){msg, (size_t)n < sizeof msg ? (size_t)n : sizeof msg - 1},
		    "send one JSON object a line (RFC 8259), in UTF-8", out);
	buf_byte(out, '}');
}
