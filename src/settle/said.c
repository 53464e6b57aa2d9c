#include "said.h"

#include "number.h"

#include <string.h>

/* ---- the answer ---- */

/* A request that ends without an answer is one that may have been carried out. */
const struct said said_nothing = {.class = FRAME_RETRY,
				  .code_text = "NO_ANSWER",
				  .msg_text = "the program ended or took too long"};

void
said_keep(struct span s, char *out, size_t size)
{
	size_t n = s.len < size - 1 ? s.len : size - 1;

	if (n)
		memcpy(out, s.ptr, n);
	out[n] = 0;
}

/* An answer to this very request: it has its id, its op, and where it names a payment, this one. */
static bool
is_answer(const struct said *a, uint64_t id, const char *op, const char *job)
{
	struct span value, plain;
	uint64_t got;

	return json_find(a->line, "id", &value) && number_u64(value, &got) && got == id &&
	       json_find(a->line, "op", &value) && json_plain(value, &plain) &&
	       span_is(plain, op) &&
	       (!job || !json_find(a->line, "job", &value) ||
		(json_plain(value, &plain) && span_is(plain, job)));
}

bool
said_read(struct span line, uint64_t id, const char *op, const char *job, struct said *out)
{
	struct span value, error;

	*out = (struct said){.line = json_trim(line), .class = FRAME_RETRY};
	if (json_check(line, NULL) != JSON_OK || json_type(out->line) != JSON_OBJECT ||
	    !is_answer(out, id, op, job) || !json_find(out->line, "ok", &value))
		return false;
	out->ok = json_is_true(value);
	if (out->ok)
		return true;
	if (!json_find(out->line, "error", &error) || json_type(error) != JSON_OBJECT ||
	    !json_find(error, "class", &value) || !json_plain(value, &value) ||
	    !frame_class_of(value, &out->class))
		return false;
	if (json_find(error, "code", &value) && json_plain(value, &out->code))
		said_keep(out->code, out->code_text, sizeof out->code_text);
	if (json_find(error, "msg", &value) && json_plain(value, &out->msg))
		said_keep(out->msg, out->msg_text, sizeof out->msg_text);
	return true;
}

/* ---- its members ---- */

bool
said_text(const struct said *a, const char *name, struct span *out)
{
	struct span value;

	*out = (struct span){0};
	return json_find(a->line, name, &value) && json_plain(value, out);
}

bool
said_json(const struct said *a, const char *name, enum json_type type, struct span *out)
{
	*out = (struct span){0};
	if (!json_find(a->line, name, out) || json_is_null(*out)) {
		*out = (struct span){0};
		return false;
	}
	return json_type(*out) == type;
}

bool
said_agrees(const struct said *a, const char *name, const char *with)
{
	struct span s;

	return said_text(a, name, &s) && span_is(s, with);
}
